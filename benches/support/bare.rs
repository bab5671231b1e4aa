//! The bare stack: a minimal chat with papo's libraries, ratatui, crossterm, rumqttc and tokio. It keeps one
//! conversation in memory, and has no store and no protocol of its own.
//!
//! papo is measured against it, so it is as fast as these libraries allow: it has one thread, draws only the last row
//! after a key, publishes before it draws after Enter, and reads a flood once per frame.

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
/// The maximum number of messages that are read between two frames.
const MAX_READ: usize = 4096;

/// The state of the program: one conversation.
#[derive(Default)]
struct Chat {
    lines: Vec<Box<str>>,
    draft: String,
    /// The number of lines below the visible ones.
    scroll: usize,
}

/// Shows the messages of `topic`, and publishes there with the client ID `name`, until Ctrl-Q.
pub fn run(port: u16, topic: &str, name: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut terminal = ratatui::init();
    runtime.block_on(chat(port, topic, name, &mut terminal));
    ratatui::restore();
}

async fn chat(port: u16, topic: &str, name: &str, terminal: &mut DefaultTerminal) {
    let mut chat = Chat::default();
    draw(&chat, terminal);
    let (client, mut events) = client(port, name);
    client.subscribe(topic, QoS::AtLeastOnce).await.expect("the queue has room");
    let keys = watch_keys();
    // A time in the past, to draw the first message at once.
    let mut drawn = Instant::now().checked_sub(FRAME).expect("the machine has run for longer than a frame");
    let mut due = None;
    loop {
        let is_whole = tokio::select! {
            biased;
            ready = keys.readable() => {
                ready.expect("the terminal works").clear_ready();
                let mut is_whole = false;
                while poll(Duration::ZERO).expect("the terminal works") {
                    match chat.handle(read().expect("the terminal works")) {
                        KeyResult::Typed => {}
                        KeyResult::Scrolled => is_whole = true,
                        KeyResult::Send(line) => {
                            client.publish(topic, QoS::AtLeastOnce, false, line).await.expect("the queue has room");
                            let _ = events.poll().now_or_never();
                        }
                        KeyResult::Quit => return,
                    }
                }
                is_whole || !echo(&chat.draft)
            }
            () = sleep_until(due.unwrap_or(drawn)), if due.is_some() => {
                receive(&mut chat, &mut events, None);
                true
            }
            event = events.poll(), if due.is_none() => {
                let has_new_lines = receive(&mut chat, &mut events, Some(event.expect("the broker runs")));
                due = has_new_lines.then_some(drawn + FRAME);
                due.is_some_and(|due| due <= Instant::now())
            }
        };
        if is_whole {
            draw(&chat, terminal);
            (drawn, due) = (Instant::now(), None);
        }
    }
}

/// The effect of a key.
enum KeyResult {
    Typed,
    Scrolled,
    Send(String),
    Quit,
}

impl Chat {
    fn handle(&mut self, event: Key) -> KeyResult {
        let Key::Key(key) = event else { return KeyResult::Typed };
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('q') if has_control => return KeyResult::Quit,
            KeyCode::Char('c') if has_control => self.draft.clear(),
            KeyCode::Char(letter) => self.draft.push(letter),
            KeyCode::Enter => return KeyResult::Send(std::mem::take(&mut self.draft)),
            KeyCode::PageUp => {
                let height = usize::from(crossterm::terminal::size().expect("the terminal works").1) - 2;
                self.scroll = (self.scroll + height).min(self.lines.len().saturating_sub(height));
                return KeyResult::Scrolled;
            }
            _ => {}
        }
        KeyResult::Typed
    }
}

/// Handles `first` and the pending events. Returns whether there are new lines.
fn receive(chat: &mut Chat, events: &mut EventLoop, first: Option<Event>) -> bool {
    let mut next = first.or_else(|| events.poll().now_or_never().and_then(Result::ok));
    let before = chat.lines.len();
    while let Some(event) = next {
        match event {
            Event::Incoming(Incoming::Publish(publish)) => {
                chat.lines.push(String::from_utf8_lossy(&publish.payload).into());
            }
            Event::Incoming(Incoming::SubAck(_)) => chat.lines.push("connected".into()),
            _ => {}
        }
        let has_room = chat.lines.len() - before < MAX_READ;
        next = if has_room { events.poll().now_or_never().and_then(Result::ok) } else { None };
    }
    chat.lines.len() > before
}

fn draw(chat: &Chat, terminal: &mut DefaultTerminal) {
    terminal.draw(|frame| view(chat, frame)).expect("the terminal works");
}

fn view(chat: &Chat, frame: &mut Frame) {
    let area = frame.area();
    let (rows, width) = (area.height.saturating_sub(2), usize::from(area.width));
    let end = chat.lines.len() - chat.scroll;
    let seen = &chat.lines[end.saturating_sub(usize::from(rows))..end];
    let buffer = frame.buffer_mut();
    for (y, line) in (0..rows).zip(seen) {
        buffer.set_stringn(0, y, line, width, Style::new());
    }
    let status = format!("{:width$}", format!("{} lines", chat.lines.len()));
    buffer.set_stringn(0, rows, status, width, Style::new().reversed());
    buffer.set_stringn(0, rows + 1, format!("> {}", chat.draft), width, Style::new());
}

/// Redraws only the last row. Returns whether that succeeded.
fn echo(draft: &str) -> bool {
    let Ok((_, rows)) = crossterm::terminal::size() else { return false };
    let mut out = stdout().lock();
    write!(out, "\x1b[{rows};1H\x1b[0m> {draft}\x1b[K").and_then(|()| out.flush()).is_ok()
}

#[expect(deprecated, reason = "the replacement is unsafe")]
/// The standard input, for waiting until it is readable.
fn watch_keys() -> AsyncFd<std::os::fd::OwnedFd> {
    let keys = stdin().as_fd().try_clone_to_owned().expect("the terminal works");
    AsyncFd::with_interest(keys, Interest::READABLE).expect("tokio can watch the terminal")
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
