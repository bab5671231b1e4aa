//! Alice's model and screen, filled to a given size, without a terminal, broker or disk.
#![allow(dead_code, reason = "each bench uses what it needs")]

use std::{
    cell::Cell,
    io::{self, Write},
    rc::Rc,
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use papo::{
    app::{Connection, Keymap, Message, Model, Options, Page, Pane, update as app_update},
    domain::{
        Body, ChatId, ChatMessage, ChatRange, Conversation, ConversationId, Group, MessageId, Now, Piece, Presence,
        Timestamp, UiSettings, User, UserId,
    },
    protocol::{AckToken, Identity, Inbound, Input, Operation, Peer, Saved},
    ui::{
        canvas::Canvas,
        theme::{Theme, Variant},
        view,
    },
};
use ratatui::layout;

/// The time in the scene.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_426_200_000);
/// Messages per page.
const PAGE: u64 = 100;
const SCREEN: layout::Size = layout::Size { width: 120, height: 40 };
const NOTHING_FAILS: &str = "nothing is written to a terminal";
const SESSION: &str = "bob_alice_1763900000000";

/// How much of everything a scene has.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Messages in the active chat.
    pub messages: u64,
    /// Online users.
    pub users: usize,
    /// Groups of five.
    pub groups: usize,
    /// Sessions with a tab.
    pub tabs: usize,
}

impl Default for Size {
    /// The usual amounts for a few friends.
    fn default() -> Self {
        Self { messages: 100, users: 10, groups: 1, tabs: 1 }
    }
}

/// Alice's model and screen.
pub struct Scene {
    model: Model,
    theme: Theme,
    canvas: Canvas<Counter>,
    drawn: Rc<Cell<u64>>,
    received: u64,
}

impl Scene {
    /// Opens the chat with bob, and draws it once.
    pub fn new(size: Size) -> Self {
        let identity = Identity::new(user("alice"), "bench", 7);
        // Without typing notices, because their cost depends on the time since the last key.
        let ui = UiSettings { typing: false, ..UiSettings::default() };
        let options =
            Options { broker: "localhost:1883".to_owned(), keymap: Keymap::builtin(), ui, ..Options::default() };
        let model = Model::new(Peer::restore(identity, saved(size)), options, Now::from_millis(NOW.as_millis()));
        let drawn = Rc::<Cell<u64>>::default();
        let canvas = Canvas::new(Counter(Rc::clone(&drawn)));
        let mut scene = Self { model, theme: Theme::builtin(Variant::Dark), canvas, drawn, received: 0 };
        scene.update(Message::Connection(Connection::Online));
        scene.update(Message::Peer(Input::Connected { session_present: false, names_senders: false }));
        scene.update(Message::Peer(Input::Subscribed));
        for n in 0..size.users {
            scene.receive(inbound(format!("USERS/u{n:05}"), format!("u{n:05} online")));
        }
        // At the start only the latest chats have a tab; the others get one with their first message.
        for n in 1..size.tabs {
            scene.receive(inbound(other_session(n), format!("p{n:05} hello")));
        }
        scene.model.focus = Pane::Chat;
        let first = size.messages.saturating_sub(PAGE);
        let messages = (first..size.messages).map(|seq| (seq, message(seq))).collect();
        scene.update(Message::Page(Page { chat: chat(), before: size.messages, messages }));
        scene.draw_full();
        assert_eq!(scene.model.chats.active_chat(), Some(&chat()), "the chat with bob is active");
        assert_eq!(scene.model.chats.tabs().len(), size.tabs);
        scene
    }

    /// A plain client sends a message in the active chat.
    pub fn receive_plain(&mut self) {
        self.received += 1;
        let said = inbound(SESSION.to_owned(), format!("bob {:06} shall we look at the pump tomorrow?", self.received));
        self.receive_shown(said);
    }

    /// A papo client sends a message in the active chat.
    pub fn receive_papo(&mut self) {
        self.received += 1;
        self.receive_shown(said_by_papo(self.received));
    }

    /// A user goes offline or comes back.
    pub fn receive_presence(&mut self) {
        self.received += 1;
        let state = if self.received.is_multiple_of(2) { "online" } else { "offline" };
        self.receive(inbound("USERS/u00000".to_owned(), format!("u00000 {state}")));
    }

    /// Types a letter.
    pub fn type_letter(&mut self, letter: char) {
        self.press_key(KeyCode::Char(letter), KeyModifiers::NONE);
    }

    /// Clears the composer, so that it stays within its row.
    pub fn clear_line(&mut self) {
        self.press_key(KeyCode::Char('c'), KeyModifiers::CONTROL);
    }

    /// Draws the changes.
    pub fn draw(&mut self) {
        let (model, theme) = (&self.model, &self.theme);
        let drawn = self.canvas.draw(|buf| view(model, theme, &TimeZone::UTC, buf));
        self.update(Message::Drawn(drawn.expect(NOTHING_FAILS).0));
    }

    /// Draws a full frame, as if the content of the terminal were unknown.
    pub fn draw_full(&mut self) {
        self.canvas.clear(SCREEN).expect(NOTHING_FAILS);
        self.draw();
    }

    /// The bytes drawn so far.
    pub fn drawn(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.drawn)
    }

    /// Asserts that the message is shown: an ignored one would cost less without anyone noticing.
    fn receive_shown(&mut self, said: Inbound) {
        let len = |scene: &Self| scene.model.chats.active_tab().map(|tab| tab.window.len());
        let before = len(self);
        self.receive(said);
        assert!(before < len(self), "the message is shown");
    }

    fn press_key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.update(Message::Key(KeyEvent::new(code, modifiers)));
    }

    fn receive(&mut self, inbound: Inbound) {
        self.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
    }

    fn update(&mut self, message: Message) {
        app_update(&mut self.model, message, Now::from_millis(NOW.as_millis()));
    }
}

fn chat() -> ChatId {
    "bob".parse().expect("a user")
}

/// The first messages of the chat with bob.
pub fn whole(len: u64) -> ChatRange {
    ChatRange { chat: chat(), start: 0, pieces: vec![Piece { conversation: session(), positions: 0..len }] }
}

/// The session with bob.
pub fn session() -> ConversationId {
    SESSION.parse().expect("a session")
}

/// The `n`th message in that session, sent by a papo client.
pub fn said_by_papo(n: u64) -> Inbound {
    let properties = [
        ("papo", "1".to_owned()),
        ("id", format!("{n:032x}")),
        ("from", "bob".to_owned()),
        ("n", n.to_string()),
        ("ts", NOW.to_string()),
        ("device", "0192d3a4b5c67d8e9fa0b1c2d3e4f506".to_owned()),
    ];
    Inbound {
        content_type: Some("text/plain".to_owned()),
        expiry: None,
        properties: properties.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        ..inbound(SESSION.to_owned(), format!("bob {n:06} shall we look at the pump tomorrow?"))
    }
}

/// The operations that append a message to that session, and update the session's record.
pub fn append(seq: u64) -> [Operation; 2] {
    let record = Conversation { len: seq + 1, ..Conversation::new(session(), NOW) };
    [Operation::Append { conversation: session(), seq, message: message(seq) }, Operation::PutConversation(record)]
}

/// The saved state at the start.
pub fn saved(size: Size) -> Saved {
    let earlier = |n: usize| Timestamp::from_millis(NOW.as_millis() - 1 - n as u64);
    let others = (1..size.tabs).map(|n| Conversation::new(other_session(n).parse().expect("a session"), earlier(n)));
    let active = Conversation { len: size.messages, ..Conversation::new(session(), NOW) };
    let users = (0..size.users).map(|n| {
        let id = user(&format!("u{n:05}"));
        User { presence: Presence::Offline, since: Some(NOW), ..User::new(id, NOW) }
    });
    let groups = (0..size.groups).map(|n| Group {
        name: format!("g{n:05}").parse().expect("a name"),
        leader: Some(user("bob")),
        members: ["carol", "dave", "eve", "frank"].map(user).to_vec(),
        rev: 1,
        born: NOW,
        since: None,
    });
    Saved {
        users: users.collect(),
        groups: groups.collect(),
        conversations: others.chain([active]).collect(),
        ..Saved::default()
    }
}

fn other_session(n: usize) -> String {
    format!("p{n:05}_alice_1763900000000")
}

fn message(seq: u64) -> ChatMessage {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&seq.to_be_bytes());
    ChatMessage {
        id: MessageId::from_bytes(id),
        author: user("bob"),
        sequence_number: None,
        at: NOW,
        body: Body::Text(format!("{seq:06} shall we look at the pump tomorrow, before it is too late for that?")),
        failure: None,
        relation: None,
        is_edited: false,
        clock_is_off: false,
        earlier: Vec::new(),
        is_hidden: false,
    }
}

fn user(name: &str) -> UserId {
    name.parse().expect("an id")
}

fn inbound(topic: String, payload: String) -> Inbound {
    let retained = topic.starts_with("USERS/");
    Inbound { topic, payload: payload.into_bytes(), retained, content_type: None, expiry: None, properties: Vec::new() }
}

/// Counts the bytes written and discards them.
struct Counter(Rc<Cell<u64>>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
