//! After every step of any walk the terminal shows what a fresh frame would.
//!
//! Virtual time goes on between the steps, and past them: whatever the screen says of the present is drawn again when that
//! changes, and nothing wakes papo up where nothing does.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Write},
    num::NonZeroU16,
    rc::Rc,
    time::Duration,
};

use jiff::tz::TimeZone;
use papo::{
    app::{Connection, Effect, LocalizedText, Message, Model, Page, update},
    domain::{ChatMessage, ConversationId, Lookup, Now},
    protocol::{AckToken, Inbound, Input, Operation, Output, PubOutcome},
    ui::{canvas::Canvas, theme::Theme, view},
};
use ratatui::layout::Size;

use super::world::*;
use crate::{dice::Dice, inbound::inbound, keys::key};

/// More frames than this for one change are drawn without end.
const FRAMES: usize = 8;
const STEPS: usize = 120;
const SEEDS: u64 = 12;

/// What a canvas writes to a terminal.
#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn terminal(size: Size) -> vt100::Parser {
    let cells = |count| NonZeroU16::new(count).expect("a screen has rows and columns");
    vt100::Parser::new(cells(size.height), cells(size.width), 0)
}

/// All that one sees: what stands in each cell, what it looks like, and the cursor.
fn seen(screen: &vt100::Screen) -> impl PartialEq {
    let (rows, columns) = screen.size();
    let places = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
    let cells = places.filter_map(|(row, column)| screen.cell(row, column)).map(|cell| {
        let text = if cell.contents().is_empty() { " " } else { cell.contents() };
        let look = (cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse());
        (text.to_owned(), cell.fgcolor(), cell.bgcolor(), look)
    });
    let cursor = (!screen.hide_cursor()).then(|| screen.cursor_position());
    (cells.collect::<Vec<_>>(), cursor)
}

/// Alice in front of a terminal, as the loop has it.
struct Screen {
    model: Model,
    theme: Theme,
    now: Now,
    size: Size,
    canvas: Canvas<Written>,
    written: Written,
    terminal: vt100::Parser,
    messages: BTreeMap<ConversationId, BTreeMap<u64, ChatMessage>>,
    /// How often papo woke up by itself.
    wakes: usize,
}

impl Screen {
    fn new(size: Size) -> Self {
        let World { model, theme } = World::new();
        let written = Written::default();
        let bob = (0..).zip(said_so_far()).collect();
        let mut screen = Self {
            model,
            theme,
            now: Now::from_millis(NOW),
            size,
            canvas: Canvas::new(written.clone()),
            written,
            terminal: terminal(size),
            messages: BTreeMap::from([(with_bob(), bob)]),
            wakes: 0,
        };
        screen.resize(size);
        screen
    }

    fn resize(&mut self, size: Size) {
        self.size = size;
        self.terminal
            .screen_mut()
            .set_size(NonZeroU16::new(size.height).unwrap(), NonZeroU16::new(size.width).unwrap());
        self.happens(Message::Resized);
    }

    /// Something happens, and a frame is drawn where the model asks for one.
    fn happens(&mut self, message: Message) {
        self.does(message);
        let mut frames = 0;
        while self.model.is_stale {
            let (model, theme) = (&self.model, &self.theme);
            let (layout, _) = self.canvas.draw(|buf| view(model, theme, &TimeZone::UTC, buf)).unwrap();
            self.does(Message::Drawn(layout));
            frames += 1;
            assert!(frames < FRAMES, "frames have an end");
        }
        let written = std::mem::take(&mut *self.written.0.borrow_mut());
        self.terminal.process(&written);
    }

    fn does(&mut self, message: Message) {
        let mut is_stale = false;
        let mut effects = update(&mut self.model, message, self.now);
        while !effects.is_empty() {
            is_stale |= self.model.is_stale;
            let answers: Vec<Message> = effects.drain(..).flat_map(|effect| self.perform(effect)).collect();
            for answer in answers {
                effects.extend(update(&mut self.model, answer, self.now));
                is_stale |= self.model.is_stale;
            }
        }
        self.model.is_stale |= is_stale;
    }

    fn perform(&mut self, effect: Effect) -> Vec<Message> {
        match effect {
            Effect::Redraw => {
                self.canvas.clear(self.size).unwrap();
                Vec::new()
            }
            Effect::Lookup(Lookup::Page { conversation, before, limit }) => {
                let known = self.messages.entry(conversation.clone()).or_default();
                let page = known.range(..before).rev().take(limit);
                let mut messages: Vec<_> = page.map(|(seq, message)| (*seq, message.clone())).collect();
                messages.reverse();
                vec![Message::Page(Page { conversation, before, messages })]
            }
            Effect::Commit { operations, outputs } => {
                for operation in operations {
                    if let Operation::Append { conversation, seq, message } = operation {
                        self.messages.entry(conversation).or_default().insert(seq, message);
                    }
                }
                let rows = outputs.into_iter().filter_map(|output| match output {
                    Output::Publish { row, .. } => row,
                    _ => None,
                });
                let is_online = self.model.connection == Connection::Online;
                let taken = |row| Message::Peer(Input::Published { row, outcome: PubOutcome::Taken });
                rows.filter(|_| is_online).map(taken).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Time passes; what the model has waited for happens meanwhile.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.model.next_timeout().filter(|due| *due <= end.tick) {
            self.now = self.now + due.since(self.now.tick);
            self.wakes += 1;
            self.happens(Message::Timeout);
        }
        self.now = end;
    }

    /// What a terminal shows on which nothing was drawn before.
    fn fresh(&mut self) -> vt100::Parser {
        let written = Written::default();
        let mut canvas = Canvas::new(written.clone());
        canvas.clear(self.size).unwrap();
        let before = std::mem::replace(&mut self.model.now, self.now);
        let (model, theme) = (&self.model, &self.theme);
        canvas.draw(|buf| view(model, theme, &TimeZone::UTC, buf)).unwrap();
        self.model.now = before;
        let mut terminal = terminal(self.size);
        terminal.process(&written.0.borrow());
        terminal
    }

    #[track_caller]
    fn check(&mut self, steps: &[String]) {
        let fresh = self.fresh();
        let (shown, fresh) = (self.terminal.screen(), fresh.screen());
        assert!(
            seen(shown) == seen(fresh),
            "after {steps:#?}\nthis is shown:\n{}\nand a fresh frame shows:\n{}",
            shown.contents(),
            fresh.contents()
        );
    }

    fn hears(&mut self, inbound: Inbound) {
        self.happens(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 0 } }));
    }

    fn presses(&mut self, name: &str) {
        self.happens(Message::Key(key(name)));
    }

    fn shows(&self, words: &str) -> bool {
        self.terminal.screen().contents().contains(words)
    }
}

/// What [`World::new`] has in the talk with bob.
fn said_so_far() -> Vec<ChatMessage> {
    vec![
        said("bob", 1, 60 * 18, "see you tomorrow"),
        said("bob", 2, 18, "morning!"),
        said("alice", 1, 17, "hi, shall we look at the pump?"),
        said("bob", 3, 10, "yes"),
        said("bob", 4, 10, "now?"),
    ]
}

const KEYS: [&str; 40] = [
    "a", "b", "j", "g", "r", "d", "x", "i", "n", "?", "enter", "enter", "esc", "esc", "tab", "up", "down", "home",
    "pgup", "pgdn", "pgdn", "end", "f1", "alt-u", "alt-g", "alt-i", "alt-c", "alt-c", "alt-a", "alt-h", "ctrl-n",
    "ctrl-p", "ctrl-k", "ctrl-l", "ctrl-w", "ctrl-u", "alt-up", "alt-l", "alt-o", "alt-t",
];
const TOPICS: [&str; 9] = [
    "USERS/bob",
    "USERS/carol",
    "USERS/dave",
    "USERS/eve",
    "alice_Control",
    "alice_Control",
    "GROUPS/devs",
    "GROUPS/ops",
    "GROUPS",
];
const WORDS: [&str; 8] = [
    "online",
    "offline",
    "one",
    "two 日本語 words",
    "a line that is rather long and goes on for some time, so that it is wrapped",
    "TYPING",
    "REQUEST",
    "END",
];
const SPANS: [u64; 10] = [1, 300, 900, 4_000, 8_000, 20_000, 59_000, 61_000, 3_600_000, 86_400_000];

/// Takes a step by chance, and says which.
fn step(screen: &mut Screen, dice: &mut Dice) -> String {
    match dice.roll(20) {
        0..=7 => {
            let name = dice.pick(&KEYS).unwrap();
            screen.presses(name);
            format!("press {name}")
        }
        8..=10 => {
            let span = Duration::from_millis(*dice.pick(&SPANS).unwrap());
            screen.pass(span);
            format!("let {span:?} pass")
        }
        11..=13 => {
            let words = dice.pick(&WORDS).unwrap();
            screen.hears(inbound(&with_bob().to_string(), &format!("bob {words}"), &[]));
            format!("bob says {words}")
        }
        14 => {
            let author = dice.pick(&["bob", "carol", "alice"]).unwrap();
            screen.hears(inbound("GROUPS/devs/messages", &format!("{author} hello"), &[]));
            format!("{author} says hello in #devs")
        }
        15 | 16 => {
            let (topic, words) = (dice.pick(&TOPICS).unwrap(), dice.pick(&WORDS).unwrap());
            let name = topic.strip_prefix("USERS/").unwrap_or("bob");
            let payload = match *topic {
                "GROUPS/devs" | "GROUPS/ops" => format!("{} DISBAND", &topic[7..]),
                "GROUPS" => "devs alice bob".to_owned(),
                _ if *words == "TYPING" => format!("TYPING {}", with_bob()),
                _ if *words == "REQUEST" => format!("REQUEST {name}"),
                _ => format!("{name} {words}"),
            };
            let properties = [("papo", "1"), ("from", name)];
            screen.hears(inbound(topic, &payload, &properties));
            format!("{topic} {payload}")
        }
        17 => {
            let connection = match dice.roll(3) {
                0 => Connection::Reconnecting {
                    at: screen.now.tick + Duration::from_millis(4_321),
                    why: LocalizedText::quoted("the broker has left"),
                },
                1 => Connection::Connecting,
                _ => Connection::Online,
            };
            let said = format!("{connection:?}");
            screen.happens(Message::Connection(connection));
            said
        }
        18 => {
            let in_front = dice.roll(3) > 0;
            screen.happens(Message::FocusChanged(in_front));
            format!("in front: {in_front}")
        }
        _ => {
            let (width, height) = *dice.pick(&[(80, 24), (120, 40), (60, 20), (30, 8)]).unwrap();
            screen.resize(Size { width, height });
            format!("{width}×{height}")
        }
    }
}

#[test]
fn a_walk_always_shows_what_a_fresh_frame_would() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let mut screen = Screen::new(Size { width: 80, height: 24 });
        let mut steps = vec![format!("seed {seed}")];
        for _ in 0..STEPS {
            let step = step(&mut screen, &mut dice);
            steps.push(step);
            screen.check(&steps);
        }
    }
}

#[test]
fn what_a_frame_has_brought_about_is_seen_in_the_next() {
    let mut screen = Screen::new(Size { width: 80, height: 24 });
    screen.happens(Message::FocusChanged(true));
    for n in 0..40 {
        screen.hears(inbound(&with_bob().to_string(), &format!("bob line {n}"), &[]));
    }
    screen.presses("pgup");
    screen.hears(inbound(&with_bob().to_string(), "bob one more", &[]));
    assert!(screen.shows("2 unread"), "one of them in another talk");
    screen.presses("pgdn");
    assert!(screen.shows("2 unread"), "it is below the last that is seen");
    // Only the frame tells that this is the end.
    screen.presses("pgdn");
    let shown = screen.terminal.screen().contents();
    assert!(screen.shows("1 unread") && screen.shows("one more"), "{shown}");
}

#[test]
fn a_time_that_is_shown_goes_on_and_wakes_papo_up_once_a_minute_at_most() {
    let mut screen = Screen::new(Size { width: 80, height: 24 });
    screen.hears(inbound("USERS/eve", "eve offline", &[]));
    assert!(screen.shows("just now"));
    screen.pass(Duration::from_secs(60));
    assert!(screen.shows("1 min ago"), "{}", screen.terminal.screen().contents());
    screen.wakes = 0;
    screen.pass(Duration::from_secs(10 * 60));
    assert!(screen.shows("11 min ago") && screen.wakes <= 10, "{} wake-ups", screen.wakes);
    screen.pass(Duration::from_secs(3600));
    screen.wakes = 0;
    screen.pass(Duration::from_secs(6 * 3600));
    assert!(screen.shows("7 h ago") && screen.wakes <= 13, "{} wake-ups", screen.wakes);
}

#[test]
fn where_no_time_is_shown_nothing_wakes_papo_up() {
    let mut screen = Screen::new(Size { width: 50, height: 24 });
    screen.pass(Duration::from_secs(3600));
    screen.wakes = 0;
    screen.pass(Duration::from_secs(3600));
    assert_eq!(screen.wakes, 0);
}

#[test]
fn help_goes_to_its_ends_from_any_place() {
    let mut screen = Screen::new(Size { width: 80, height: 24 });
    screen.presses("f1");
    let first = screen.terminal.screen().contents();
    screen.presses("down");
    screen.presses("end");
    let last = screen.terminal.screen().contents();
    screen.presses("up");
    screen.presses("end");
    assert_eq!(screen.terminal.screen().contents(), last);
    screen.presses("home");
    assert_eq!(screen.terminal.screen().contents(), first);
    assert_ne!(first, last);
}
