//! After each step of a random walk, the terminal shows the same as a full redraw.
//!
//! Virtual time passes between the steps and after them. papo redraws relative times when they change. While nothing on
//! the screen changes, it has no timeout.

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
    domain::{ChatMessage, ConversationId, HistoryLookup, Now, Piece},
    protocol::{AckToken, Inbound, Input, Operation, Output, PubOutcome},
    ui::{canvas::Canvas, theme::Theme, view},
};
use ratatui::layout::Size;

use super::world::*;
use crate::{dice::Dice, inbound::inbound, keys::key};

/// If one change needs this many frames, redrawing is endless.
const MAX_FRAMES: usize = 8;
const STEPS: usize = 120;
const SEEDS: u64 = 12;

/// The bytes that a canvas has written to a terminal.
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

/// Everything visible: the text and style of each cell, and the position of the cursor.
fn visible(screen: &vt100::Screen) -> impl PartialEq {
    let (rows, columns) = screen.size();
    let places = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
    let cells = places.filter_map(|(row, column)| screen.cell(row, column)).map(|cell| {
        let text = if cell.contents().is_empty() { " " } else { cell.contents() };
        let modifiers = (cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse());
        (text.to_owned(), cell.fgcolor(), cell.bgcolor(), modifiers)
    });
    let cursor = (!screen.hide_cursor()).then(|| screen.cursor_position());
    (cells.collect::<Vec<_>>(), cursor)
}

/// Alice's papo and terminal, connected as in the event loop.
struct Screen {
    model: Model,
    theme: Theme,
    now: Now,
    size: Size,
    canvas: Canvas<Written>,
    written: Written,
    terminal: vt100::Parser,
    messages: BTreeMap<ConversationId, BTreeMap<u64, ChatMessage>>,
    /// How many timeouts of the model have fired.
    wakes: usize,
}

impl Screen {
    fn new(size: Size) -> Self {
        let World { model, theme, .. } = World::new();
        let written = Written::default();
        let bob = (0..).zip(messages_with_bob()).collect();
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
        self.handle(Message::Resized);
    }

    /// Handles a message, and draws frames while the model asks for them.
    fn handle(&mut self, message: Message) {
        self.update(message);
        let mut frames = 0;
        while self.model.is_stale {
            let (model, theme) = (&self.model, &self.theme);
            let (layout, _) = self.canvas.draw(|buf| view(model, theme, &TimeZone::UTC, buf)).unwrap();
            self.update(Message::Drawn(layout));
            frames += 1;
            assert!(frames < MAX_FRAMES, "redrawing is endless");
        }
        let written = std::mem::take(&mut *self.written.0.borrow_mut());
        self.terminal.process(&written);
    }

    /// Handles a message and the answers to its effects, without drawing.
    fn update(&mut self, message: Message) {
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

    /// Performs an effect as the runtime does. Returns the answers.
    fn perform(&mut self, effect: Effect) -> Vec<Message> {
        match effect {
            Effect::Redraw => {
                self.canvas.clear(self.size).unwrap();
                Vec::new()
            }
            Effect::Lookup(HistoryLookup::Page(range)) => {
                let page = range.iter().flat_map(|(start, Piece { conversation, positions })| {
                    let known = self.messages.get(conversation).into_iter();
                    let wanted = known.flat_map(|known| known.range(positions.clone()));
                    wanted.map(move |(seq, message)| (start + (seq - positions.start), message.clone()))
                });
                let messages: Vec<_> = page.collect();
                vec![Message::Page(Page { before: range.end(), chat: range.chat, messages })]
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

    /// Lets time pass, and fires each timeout that is due.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.model.next_timeout().filter(|due| *due <= end.tick) {
            self.now = self.now + due.since(self.now.tick);
            self.wakes += 1;
            self.handle(Message::Timeout);
        }
        self.now = end;
    }

    /// Draws the current frame on a new terminal.
    fn redrawn(&mut self) -> vt100::Parser {
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

    /// Panics with the steps so far if the terminal differs from a full redraw.
    #[track_caller]
    fn check(&mut self, steps: &[String]) {
        let redrawn = self.redrawn();
        let (shown, redrawn) = (self.terminal.screen(), redrawn.screen());
        assert!(
            visible(shown) == visible(redrawn),
            "after {steps:#?}\nthe terminal shows:\n{}\na full redraw shows:\n{}",
            shown.contents(),
            redrawn.contents()
        );
    }

    fn receive(&mut self, inbound: Inbound) {
        self.handle(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 0 } }));
    }

    fn press(&mut self, name: &str) {
        self.handle(Message::Key(key(name)));
    }

    fn shows(&self, words: &str) -> bool {
        self.terminal.screen().contents().contains(words)
    }
}

/// The messages of [`World::new`] in the session with bob.
fn messages_with_bob() -> Vec<ChatMessage> {
    vec![
        said("bob", 1, 60 * 18, "see you tomorrow"),
        said("bob", 2, 18, "morning!"),
        said("alice", 1, 17, "hi, shall we look at the pump?"),
        said("bob", 3, 10, "yes"),
        said("bob", 4, 10, "now?"),
    ]
}

const KEYS: [&str; 43] = [
    "a", "b", "j", "g", "r", "d", "x", "i", "n", "?", "enter", "enter", "esc", "esc", "tab", "up", "down", "home",
    "pgup", "pgdn", "pgdn", "end", "f1", "alt-u", "alt-g", "alt-i", "alt-c", "alt-c", "alt-a", "alt-h", "ctrl-n",
    "ctrl-p", "alt-left", "ctrl-k", "ctrl-l", "ctrl-w", "alt-w", "ctrl-u", "ctrl-d", "alt-up", "alt-l", "alt-o",
    "alt-t",
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

/// Takes a random step. Returns its description.
fn random_step(screen: &mut Screen, dice: &mut Dice) -> String {
    match dice.roll(20) {
        0..=7 => {
            let name = dice.pick(&KEYS).unwrap();
            screen.press(name);
            format!("press {name}")
        }
        8..=10 => {
            let span = Duration::from_millis(*dice.pick(&SPANS).unwrap());
            screen.pass(span);
            format!("let {span:?} pass")
        }
        11..=13 => {
            let words = dice.pick(&WORDS).unwrap();
            screen.receive(inbound(&with_bob().to_string(), &format!("bob {words}"), &[]));
            format!("bob says {words}")
        }
        14 => {
            let author = dice.pick(&["bob", "carol", "alice"]).unwrap();
            screen.receive(inbound("GROUPS/devs/messages", &format!("{author} hello"), &[]));
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
            screen.receive(inbound(topic, &payload, &properties));
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
            let description = format!("{connection:?}");
            screen.handle(Message::Connection(connection));
            description
        }
        18 => {
            let in_front = dice.roll(3) > 0;
            screen.handle(Message::FocusChanged(in_front));
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
fn random_walk_shows_the_same_as_full_redraws() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let mut screen = Screen::new(Size { width: 80, height: 24 });
        let mut steps = vec![format!("seed {seed}")];
        for _ in 0..STEPS {
            let step = random_step(&mut screen, &mut dice);
            steps.push(step);
            screen.check(&steps);
        }
    }
}

#[test]
fn change_caused_by_a_frame_is_drawn_in_the_next() {
    let mut screen = Screen::new(Size { width: 80, height: 24 });
    screen.handle(Message::FocusChanged(true));
    for n in 0..40 {
        screen.receive(inbound(&with_bob().to_string(), &format!("bob line {n}"), &[]));
    }
    screen.press("pgup");
    screen.receive(inbound(&with_bob().to_string(), "bob one more", &[]));
    assert!(screen.shows("2 unread"), "one of them in another chat");
    screen.press("pgdn");
    assert!(screen.shows("2 unread"), "the new message is below the visible rows");
    // Only the drawn frame shows that the chat is scrolled to its end.
    screen.press("pgdn");
    let shown = screen.terminal.screen().contents();
    assert!(screen.shows("1 unread") && screen.shows("one more"), "{shown}");
}

#[test]
fn relative_time_is_updated_at_most_once_a_minute() {
    let mut screen = Screen::new(Size { width: 80, height: 24 });
    screen.receive(inbound("USERS/eve", "eve offline", &[]));
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
fn screen_without_relative_times_has_no_timeouts() {
    let mut screen = Screen::new(Size { width: 50, height: 24 });
    screen.pass(Duration::from_secs(3600));
    screen.wakes = 0;
    screen.pass(Duration::from_secs(3600));
    assert_eq!(screen.wakes, 0);
}

#[test]
fn home_and_end_reach_the_ends_of_help() {
    let mut screen = Screen::new(Size { width: 80, height: 24 });
    screen.press("f1");
    let first = screen.terminal.screen().contents();
    screen.press("down");
    screen.press("end");
    let last = screen.terminal.screen().contents();
    screen.press("up");
    screen.press("end");
    assert_eq!(screen.terminal.screen().contents(), last);
    screen.press("home");
    assert_eq!(screen.terminal.screen().contents(), first);
    assert_ne!(first, last);
}
