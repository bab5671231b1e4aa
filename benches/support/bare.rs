//! The bare stack: ratatui, crossterm, rumqttc and tokio with one conversation in memory, no store, no rules, no peers.
//!
//! What papo is measured against, so it is written as fast as these libraries allow: one thread, what is typed drawn
//! alone, Enter on the wire before it is drawn, a flood read once a frame.

use std::{
    io::{Write as _, stdin, stdout},
    os::fd::AsFd as _,
    time::Duration,
};

use crossterm::event::{Event as Key, KeyCode, KeyModifiers, poll, read};
use futures_util::FutureExt as _;
use ratatui::{DefaultTerminal, Frame, style::Style};
use rumqttc::v5::{
    AsyncClient, Event, EventLoop, Incoming, MqttOptions,
    mqttbytes::{QoS, v5::ConnectProperties},
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    time::{Instant, sleep_until},
};

/// The shortest time between frames in a flood.
const FRAME: Duration = Duration::from_millis(16);
/// So much of a flood is taken in at once.
const AT_ONCE: usize = 4096;

/// What it holds.
#[derive(Default)]
struct Talk {
    lines: Vec<Box<str>>,
    written: String,
    /// How many of the last lines lie below the screen.
    scroll: usize,
}

/// Shows what is published to `topic`, and what `name` publishes there, until Ctrl-Q.
pub fn run(port: u16, topic: &str, name: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut terminal = ratatui::init();
    runtime.block_on(talk(port, topic, name, &mut terminal));
    ratatui::restore();
}

async fn talk(port: u16, topic: &str, name: &str, terminal: &mut DefaultTerminal) {
    let mut talk = Talk::default();
    draw(&talk, terminal);
    let (client, mut events) = client(port, name);
    client.subscribe(topic, QoS::AtLeastOnce).await.expect("room");
    let keys = watched();
    // What comes next is drawn at once.
    let mut drawn = Instant::now().checked_sub(FRAME).expect("the machine runs for longer");
    let mut due = None;
    loop {
        let is_whole = tokio::select! {
            biased;
            ready = keys.readable() => {
                ready.expect("the terminal is there").clear_ready();
                let mut is_whole = false;
                while poll(Duration::ZERO).expect("the terminal is there") {
                    match talk.takes(read().expect("the terminal is there")) {
                        Taken::Typed => {}
                        Taken::Scrolled => is_whole = true,
                        Taken::Said(line) => {
                            client.publish(topic, QoS::AtLeastOnce, false, line).await.expect("room");
                            let _ = events.poll().now_or_never();
                        }
                        Taken::Left => return,
                    }
                }
                is_whole || !echo(&talk.written)
            }
            () = sleep_until(due.unwrap_or(drawn)), if due.is_some() => {
                hear(&mut talk, &mut events, None);
                true
            }
            event = events.poll(), if due.is_none() => {
                let has_come = hear(&mut talk, &mut events, Some(event.expect("the broker runs")));
                due = has_come.then_some(drawn + FRAME);
                due.is_some_and(|due| due <= Instant::now())
            }
        };
        if is_whole {
            draw(&talk, terminal);
            (drawn, due) = (Instant::now(), None);
        }
    }
}

/// What comes of a key.
enum Taken {
    Typed,
    Scrolled,
    Said(String),
    Left,
}

impl Talk {
    fn takes(&mut self, event: Key) -> Taken {
        let Key::Key(key) = event else { return Taken::Typed };
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('q') if has_control => return Taken::Left,
            KeyCode::Char('c') if has_control => self.written.clear(),
            KeyCode::Char(letter) => self.written.push(letter),
            KeyCode::Enter => return Taken::Said(std::mem::take(&mut self.written)),
            KeyCode::PageUp => {
                let height = usize::from(crossterm::terminal::size().expect("the terminal is there").1) - 2;
                self.scroll = (self.scroll + height).min(self.lines.len().saturating_sub(height));
                return Taken::Scrolled;
            }
            _ => {}
        }
        Taken::Typed
    }
}

/// Takes in what has arrived; says whether there was anything to be seen.
fn hear(talk: &mut Talk, events: &mut EventLoop, first: Option<Event>) -> bool {
    let mut next = first.or_else(|| events.poll().now_or_never().and_then(Result::ok));
    let before = talk.lines.len();
    while let Some(event) = next {
        match event {
            Event::Incoming(Incoming::Publish(publish)) => {
                talk.lines.push(String::from_utf8_lossy(&publish.payload).into());
            }
            Event::Incoming(Incoming::SubAck(_)) => talk.lines.push("connected".into()),
            _ => {}
        }
        let has_room = talk.lines.len() - before < AT_ONCE;
        next = if has_room { events.poll().now_or_never().and_then(Result::ok) } else { None };
    }
    talk.lines.len() > before
}

fn draw(talk: &Talk, terminal: &mut DefaultTerminal) {
    terminal.draw(|frame| view(talk, frame)).expect("the terminal is there");
}

fn view(talk: &Talk, frame: &mut Frame) {
    let area = frame.area();
    let (rows, width) = (area.height.saturating_sub(2), usize::from(area.width));
    let end = talk.lines.len() - talk.scroll;
    let seen = &talk.lines[end.saturating_sub(usize::from(rows))..end];
    let buffer = frame.buffer_mut();
    for (y, line) in (0..rows).zip(seen) {
        buffer.set_stringn(0, y, line, width, Style::new());
    }
    let status = format!("{:width$}", format!("{} lines", talk.lines.len()));
    buffer.set_stringn(0, rows, status, width, Style::new().reversed());
    buffer.set_stringn(0, rows + 1, format!("> {}", talk.written), width, Style::new());
}

/// Writes the last row alone.
fn echo(written: &str) -> bool {
    let Ok((_, rows)) = crossterm::terminal::size() else { return false };
    let mut out = stdout().lock();
    write!(out, "\x1b[{rows};1H\x1b[0m> {written}\x1b[K").and_then(|()| out.flush()).is_ok()
}

#[expect(deprecated, reason = "what took its place is unsafe")]
fn watched() -> AsyncFd<std::os::fd::OwnedFd> {
    let keys = stdin().as_fd().try_clone_to_owned().expect("the terminal is there");
    AsyncFd::with_interest(keys, Interest::READABLE).expect("a terminal can be watched")
}

fn client(port: u16, id: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(id, "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(60)).set_outgoing_inflight_upper_limit(100);
    options.set_connect_properties(ConnectProperties::new());
    let (client, mut events) = AsyncClient::new(options, 100);
    let mut network = events.options.network_options();
    network.set_tcp_nodelay(true);
    events.options.set_network_options(network);
    (client, events)
}
