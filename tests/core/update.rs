//! The update loop with a real peer and no clock: keys and other messages in, effects and the new model out.

mod asking;
mod changes;
mod composing;
mod directory;
mod fields;
mod focus;
mod forgetting;
mod front;
mod held;
mod leaving;
mod letters;
mod login;
mod mistakes;
mod mouse;
mod notices;
mod outbox;
mod panes;
mod programs;
mod prose;
mod reading;
mod refused;
mod replies;
mod run_on;
mod sessions;
mod settings;
mod tabs;
mod vim;
mod words;
mod writing;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use papo::{
    app::{
        ChatLayout, Connection, Effect, InboxView, Keymap, Language, Layout, Level, ListLayout, ListPane as _,
        LocalizedText, Message, Model, Options, Overlay, Page, Pane, Scroll,
        scripts::{Answer, GroupAction, Item, ScriptRequest, Until},
        update,
    },
    domain::{
        Body, ChatMessage, Conversation, ConversationId, DeliveryFailure, Group, HistoryLookup, Hit, InboxOrder,
        MessageId, Now, Phase, Request, SearchEnd, SearchProgress, Timestamp, UiSettings, UserId,
    },
    protocol::{AckToken, Identity, Inbound, Input, Operation, Output, Peer, PubOutcome, Publication, Saved},
};
use ratatui::layout::Rect;

use crate::{inbound::inbound, keys::key};

const START: u64 = 1_763_900_000_000;

/// Alice's screen: the model, in virtual time.
struct Screen {
    model: Model,
    now: Now,
    /// The effects since a test last cleared them.
    effects: Vec<Effect>,
}

impl Screen {
    fn new(saved: Saved) -> Self {
        Self::with_inbox_order(saved, InboxOrder::default())
    }

    fn with_inbox_order(saved: Saved, inbox: InboxOrder) -> Self {
        let me = UserId::new("alice").unwrap();
        let identity = Identity::new(me, "d", 7);
        let options = Options {
            broker: "mqtt://here".into(),
            keymap: Keymap::builtin(),
            language: Language::english(),
            ui: UiSettings { inbox, typing: false, ..UiSettings::default() },
            ..Options::default()
        };
        let now = Now::from_millis(START);
        let model = Model::new(Peer::restore(identity, saved), options, now);
        let mut screen = Self { model, now, effects: Vec::new() };
        screen.update(Message::Drawn(layout(Scroll::Bottom)));
        screen
    }

    /// Online, with an open and active chat with bob.
    fn with_bob() -> Self {
        let id: ConversationId = "bob_alice_1".parse().unwrap();
        let conversations = vec![Conversation::new(id, Timestamp::from_millis(1))];
        let mut screen = Self::new(Saved { conversations, ..Saved::default() });
        screen.connect(false).key("alt-c").effects.clear();
        screen
    }

    /// Connects to the broker, which has kept the session or not.
    fn connect(&mut self, session_present: bool) -> &mut Self {
        self.update(Message::Peer(Input::Connected { session_present, names_senders: false }))
            .update(Message::Peer(Input::Subscribed));
        self.update(Message::Connection(Connection::Online))
    }

    fn update(&mut self, message: Message) -> &mut Self {
        self.effects.extend(update(&mut self.model, message, self.now));
        self
    }

    fn key(&mut self, name: &str) -> &mut Self {
        self.update(Message::Key(key(name)))
    }

    /// Waits until the next key counts as meant: a question can be read, and a text does not run on after a key.
    fn pause(&mut self) -> &mut Self {
        self.advance_clock(Duration::from_millis(400))
    }

    /// Answers a question, once it has been on the screen long enough to be read.
    fn answer(&mut self, name: &str) -> &mut Self {
        self.pause().key(name)
    }

    /// Answers a question that needs a word, once it has been on the screen long enough to be read.
    fn answer_with(&mut self, word: &str) -> &mut Self {
        self.pause().types(word).key("enter")
    }

    /// Answers a question with the word that it asks for.
    #[track_caller]
    fn answer_with_word(&mut self) -> &mut Self {
        let word = self.word();
        self.answer_with(&word)
    }

    /// The word that the question asks for.
    #[track_caller]
    fn word(&self) -> String {
        let asked = self.question().split_once(" Type ").and_then(|(_, asked)| asked.strip_suffix(", then Enter"));
        asked.unwrap_or_else(|| panic!("{:?} asks for no word", self.question())).to_owned()
    }

    fn types(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.update(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    /// Types a line in the composer, and presses Enter.
    fn enter(&mut self, text: &str) -> &mut Self {
        self.key("alt-c").types(text).key("enter")
    }

    /// Enters a command that papo refuses: it asks nothing, and leaves the command in the composer. Then clears that.
    #[track_caller]
    fn refuses(&mut self, line: &str, why: &str) -> &mut Self {
        self.enter(line);
        assert_eq!((self.notice(), self.composer().as_str()), (why, line));
        assert_eq!((self.question(), self.model.overlay.is_none()), ("", true), "{line}");
        self.key("ctrl-u")
    }

    /// Receives a publication of a plain client.
    fn receive(&mut self, topic: &str, payload: &str) -> &mut Self {
        let inbound = inbound(topic, payload, &[]);
        self.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }))
    }

    /// Lets time pass, and then handles the timeouts that are due.
    fn wait(&mut self, millis: u64) -> &mut Self {
        self.advance_clock(Duration::from_millis(millis)).update(Message::Timeout)
    }

    fn advance_clock(&mut self, span: Duration) -> &mut Self {
        self.now = self.now + span;
        self
    }

    fn composer(&self) -> String {
        self.model.chats.composer().text()
    }

    fn notice(&self) -> &str {
        self.model.notices.current.as_ref().map_or("", |notice| &notice.text)
    }

    /// The question that is pinned above the composer, or nothing.
    fn question(&self) -> &str {
        self.model.notices.question.as_ref().map_or("", |question| &question.text)
    }

    /// The chat in front, or nothing.
    fn active_chat(&self) -> String {
        self.model.chats.active_chat().map_or_else(String::new, ToString::to_string)
    }

    /// What papo has published, or will publish once it is connected, as `<topic> <payload>`.
    fn published(&self) -> Vec<String> {
        let words = |it: &Publication| format!("{} {}", it.topic, String::from_utf8_lossy(&it.payload));
        self.publications().into_iter().map(words).collect()
    }

    /// Each new row of the outbox, and each other publication.
    fn publications(&self) -> Vec<&Publication> {
        let mut all = Vec::new();
        for (operations, outputs) in self.commits() {
            let mut rows = Vec::new();
            for operation in operations {
                if let Operation::PutOutbox(stored) = operation {
                    rows.push(stored.row);
                    all.push(&stored.publication);
                }
            }
            all.extend(outputs.iter().filter_map(|output| match output {
                Output::Publish { row, publication } if row.is_none_or(|row| !rows.contains(&row)) => Some(publication),
                _ => None,
            }));
        }
        all
    }

    /// The operations of each commit, and what leaves after it.
    fn commits(&self) -> impl DoubleEndedIterator<Item = (&[Operation], &[Output])> {
        self.effects.iter().filter_map(|effect| match effect {
            Effect::Commit { operations, outputs } => Some((operations.as_slice(), outputs.as_slice())),
            _ => None,
        })
    }

    /// The number of rows of the outbox that were handed to the MQTT client.
    fn count_sent_rows(&self) -> usize {
        self.commits()
            .flat_map(|(_, outputs)| outputs)
            .filter(|output| matches!(output, Output::Publish { row: Some(_), .. }))
            .count()
    }

    /// The number of matching operations that were committed.
    fn count_operations(&self, wanted: impl Fn(&Operation) -> bool) -> usize {
        self.commits().flat_map(|(operations, _)| operations).filter(|operation| wanted(operation)).count()
    }
}

/// Two sessions with bob, of which the first has ended, and the chat of a group that alice has left.
fn archive() -> Saved {
    let chat = |id: &str, len, at, phase| Conversation {
        len,
        phase,
        ..Conversation::new(id.parse().unwrap(), Timestamp::from_millis(at))
    };
    let conversations = vec![
        chat("bob_alice_1", 1000, 10, Phase::Closed),
        chat("bob_alice_2", 0, 30, Phase::OPEN),
        chat("#devs", 3, 20, Phase::Left),
    ];
    Saved { conversations, ..Saved::default() }
}

/// The chats of bob and of #devs, which alice leads and bob is a member of.
fn bob_and_devs() -> Saved {
    let at = Timestamp::from_millis(1);
    let devs = Group {
        members: vec!["bob".parse().unwrap()],
        rev: 1,
        ..Group::new("devs".parse().unwrap(), Some("alice".parse().unwrap()), at)
    };
    let conversations = ["bob_alice_1", "#devs"].map(|id| Conversation::new(id.parse().unwrap(), at)).to_vec();
    Saved { conversations, groups: vec![devs], ..Saved::default() }
}

fn hit(chat: &str, seq: u64) -> Hit {
    let message = ChatMessage {
        id: MessageId::from_bytes([1; 16]),
        author: UserId::new("bob").unwrap(),
        sequence_number: Some(seq + 1),
        at: Timestamp::from_millis(seq),
        body: Body::Text(format!("the pump, {seq}")),
        failure: None,
        relation: None,
        is_edited: false,
        clock_is_off: false,
        earlier: Vec::new(),
        is_hidden: false,
    };
    Hit { chat: chat.parse().unwrap(), position: seq, message }
}

fn layout(scroll: Scroll) -> Layout {
    let chat = ChatLayout { area: Rect::new(30, 2, 60, 20), scroll, ..ChatLayout::default() };
    Layout { chat, ..Layout::default() }
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Message {
    Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

fn click(column: u16, row: u16) -> Message {
    mouse(MouseEventKind::Down(MouseButton::Left), column, row)
}

/// A chat message from a user of papo, with sequence number `n`, as it is received.
fn from_papo(topic: &str, payload: &str, n: u64, id: &str) -> Message {
    let (from, n) = (payload.split(' ').next().unwrap(), n.to_string());
    let properties = [("papo", "1"), ("from", from), ("id", id), ("n", &n), ("ts", "1")];
    let inbound = inbound(topic, payload, &properties);
    Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } })
}

/// The screen with [`archive`] and the chat with bob active. Its messages are loaded, but unreadable.
fn with_archive() -> Screen {
    let mut screen = Screen::new(archive());
    screen.model.focus = Pane::Chat;
    screen.update(Message::Drawn(layout(Scroll::Bottom)));
    screen.update(Message::Page(Page { chat: "bob".parse().unwrap(), before: 1000, messages: vec![] }));
    screen
}

impl Screen {
    /// Handles the request of a script. Returns the answers so far.
    fn ask(&mut self, request: ScriptRequest) -> Vec<Answer> {
        self.effects.clear();
        self.update(Message::Asked(1, request));
        self.take_answers()
    }

    /// The answers to scripts since the last call.
    fn take_answers(&mut self) -> Vec<Answer> {
        let answer = |effect| if let Effect::Answer(1, answer) = effect { Some(answer) } else { None };
        std::mem::take(&mut self.effects).into_iter().filter_map(answer).collect()
    }
}
