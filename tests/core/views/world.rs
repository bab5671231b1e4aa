//! Alice's screen with chats, groups and requests.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::tz::TimeZone;
use papo::{
    app::{Connection, Effect, Keymap, Layout, Message, Model, Options, Page, Pane, update},
    domain::{
        Body, ChatId, ChatMessage, ControlTopic, Conversation, ConversationId, DeliveryProgress, Direction, Group,
        GroupName, MessageId, Now, Phase, Presence, Request, RequestKind, RequestState, SessionId, Timestamp, User,
        UserId,
    },
    protocol::{AckToken, Command, Identity, Inbound, Input, Peer, PubOutcome, Saved},
    ui::{
        theme::{Theme, Variant},
        view,
    },
};
use ratatui::{
    buffer::{Buffer, Cell, CellWidth},
    layout::{Position, Rect},
};

use crate::inbound::inbound;

/// 2026-11-23 09:30:00 UTC
pub const NOW: u64 = 1_795_426_200_000;
pub const MINUTE: u64 = 60_000;

/// The time `minutes` before [`NOW`].
pub fn ago(minutes: u64) -> Timestamp {
    Timestamp::from_millis(NOW - minutes * MINUTE)
}

pub fn id(text: &str) -> UserId {
    UserId::new(text).unwrap()
}

pub fn message_id(n: u64) -> MessageId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    MessageId::from_bytes(bytes)
}

/// A user of papo whose presence changed `minutes` ago.
pub fn user(name: &str, presence: Presence, minutes: u64) -> User {
    User { presence, since: Some(ago(minutes)), is_papo: true, ..User::new(id(name), ago(minutes)) }
}

pub fn group(name: &str, leader: &str, members: &[&str]) -> Group {
    Group {
        name: GroupName::new(name).unwrap(),
        leader: Some(id(leader)),
        members: members.iter().map(|member| id(member)).collect(),
        rev: 1,
        born: ago(900),
        since: None,
    }
}

/// Request number `n`, made `minutes` ago and answered a minute later unless it is pending.
pub fn request(
    n: u64,
    direction: Direction,
    kind: RequestKind,
    peer: &str,
    state: RequestState,
    minutes: u64,
) -> Request {
    Request {
        id: message_id(n),
        direction,
        kind,
        peer: Some(id(peer)),
        at: ago(minutes),
        answered_at: (state != RequestState::Pending).then(|| ago(minutes - 1)),
        state,
        control_topic: ControlTopic::Control,
        times: 1,
    }
}

pub fn session(accepter: &str, requester: &str) -> SessionId {
    SessionId { accepter: id(accepter), requester: id(requester), started: ago(60 * 20).into() }
}

pub fn with_bob() -> ConversationId {
    ConversationId::Session(session("bob", "alice"))
}

/// Message number `n` of `author`, written `minutes` ago.
pub fn said(author: &str, n: u64, minutes: u64, text: &str) -> ChatMessage {
    ChatMessage {
        id: message_id(n),
        author: id(author),
        sequence_number: Some(n),
        at: ago(minutes),
        body: Body::Text(text.to_owned()),
        failure: None,
        relation: None,
        is_edited: false,
        clock_is_off: false,
        earlier: Vec::new(),
        is_hidden: false,
    }
}

/// Alice's screen.
pub struct World {
    pub model: Model,
    pub theme: Theme,
    now: Now,
}

impl World {
    pub fn new() -> Self {
        Self::with_messages(vec![
            said("bob", 1, 60 * 18, "see you tomorrow"),
            said("bob", 2, 18, "morning!"),
            said("alice", 1, 17, "hi, shall we look at the pump?"),
            said("bob", 3, 10, "yes"),
            said("bob", 4, 10, "now?"),
        ])
    }

    /// With these messages in the session with bob, the last two unread.
    pub fn with_messages(messages: Vec<ChatMessage>) -> Self {
        let len = u64::try_from(messages.len()).unwrap();
        let sent = messages
            .iter()
            .filter(|message| message.author == id("alice"))
            .filter_map(|message| message.sequence_number)
            .max();
        let mut world = Self::restored(saved(len, sent.unwrap_or(0)));
        let page = Page { chat: ChatId::User(id("bob")), before: len, messages: (0..).zip(messages).collect() };
        world.update(Message::Page(page));
        for online in ["bob", "carol", "eve"] {
            let properties = [("papo", "1"), ("from", online)];
            let online = inbound(&format!("USERS/{online}"), &format!("{online} online"), &properties);
            world.deliver(Inbound { retained: true, ..online });
        }
        world
    }

    pub fn restored(saved: Saved) -> Self {
        let identity = Identity::new(id("alice"), "test", 1);
        let options = Options { broker: "localhost:1883".to_owned(), keymap: Keymap::builtin(), ..Options::default() };
        let model = Model::new(Peer::restore(identity, saved), options, Now::from_millis(NOW));
        let mut world = Self { model, theme: Theme::builtin(Variant::Dark), now: Now::from_millis(NOW) };
        world.update(Message::Connection(Connection::Online));
        world.model.focus = Pane::Chat;
        // The terminal has no focus, so messages stay unread.
        world.model.in_front = false;
        let model = &mut world.model;
        if let Some(bob) = model.chats.tabs().iter().position(|tab| tab.chat == ChatId::User(id("bob"))) {
            model.chats.activate(&model.peer, bob);
        }
        world
    }

    pub fn update(&mut self, message: Message) {
        update(&mut self.model, message, self.now);
    }

    /// Lets the time pass that it takes to read a question.
    pub fn wait(&mut self) {
        self.now = self.now + Duration::from_millis(400);
    }

    /// Receives a publication of a plain client; presence is retained.
    pub fn receive(&mut self, topic: &str, payload: &str) {
        self.deliver(Inbound { retained: topic.starts_with("USERS/"), ..inbound(topic, payload, &[]) });
    }

    pub fn deliver(&mut self, inbound: Inbound) -> Vec<Effect> {
        let input = Input::Received { inbound, token: AckToken { epoch: 1, packet: 0 } };
        update(&mut self.model, Message::Peer(input), self.now)
    }

    /// Accepts the request of this user that waits for an answer.
    pub fn accept(&mut self, user: &str) {
        let waits = |request: &&Request| request.waits_for_me() && request.peer == Some(id(user));
        let request = self.model.peer.requests().find(waits).unwrap().id;
        self.update(Message::Command(Command::Accept(request)));
    }

    pub fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.update(Message::Key(KeyEvent::new(code, modifiers)));
    }

    pub fn click(&mut self, column: u16, row: u16) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    }

    pub fn wheel_up(&mut self, column: u16, row: u16) {
        self.mouse(MouseEventKind::ScrollUp, column, row);
    }

    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.update(Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    /// Types a text after a pause.
    pub fn type_in(&mut self, text: &str) {
        self.wait();
        for c in text.chars() {
            self.press(KeyCode::Char(c), KeyModifiers::NONE);
        }
    }

    pub fn draw(&self, width: u16, height: u16) -> Drawn {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let (layout, cursor) = view(&self.model, &self.theme, &TimeZone::UTC, &mut buffer);
        Drawn { buffer, layout, cursor }
    }

    /// Puts two messages and two requests into the outbox; the broker has refused the second message.
    pub fn fill_outbox(&mut self) {
        let user = |name: &str| UserId::new(name).unwrap();
        let text = |text: &str| Command::Send { conversation: with_bob(), text: text.to_owned(), relation: None };
        let commands = [
            text("shall we look at the pump?"),
            text("日本語 \u{1b}[2J\nand a second line"),
            Command::RequestChat(user("zoë")),
            Command::Invite { group: GroupName::new("devs").unwrap(), user: user("eve") },
        ];
        for command in commands {
            self.update(Message::Command(command));
        }
        let row = self.model.peer.outbox().nth(1).unwrap().row;
        let outcome = PubOutcome::Refused("not authorized".into());
        self.update(Message::Peer(Input::Published { row, outcome }));
        self.model.notices.current = None;
    }

    pub fn picture(&self, width: u16, height: u16) -> String {
        picture(&self.draw(width, height).buffer)
    }
}

/// A drawn frame, its layout, and the position of the cursor if it is visible.
pub struct Drawn {
    pub buffer: Buffer,
    pub layout: Layout,
    pub cursor: Option<Position>,
}

/// The text of a screen. A wide character counts once, although it fills two cells.
pub fn picture(buffer: &Buffer) -> String {
    let row = |cells: &[Cell]| {
        let mut hidden = 0;
        let seen = cells.iter().filter(|cell| {
            let is_seen = hidden == 0;
            hidden = if is_seen { cell.cell_width().saturating_sub(1) } else { hidden - 1 };
            is_seen
        });
        seen.map(Cell::symbol).collect::<String>() + "\n"
    };
    buffer.content.chunks(usize::from(buffer.area.width.max(1))).map(row).collect()
}

/// Alice's saved state. The session with bob has `len` messages, of which alice has sent `sent`.
pub fn saved(len: u64, sent: u64) -> Saved {
    use Direction::{Incoming, Outgoing};
    let devs = GroupName::new("devs").unwrap();
    let bob = with_bob();
    let conversation = |id: &ConversationId, minutes| Conversation::new(id.clone(), ago(minutes));
    let with_carol = ConversationId::Session(session("carol", "alice"));
    let accepted = RequestState::Accepted(Some(session("bob", "alice")));
    Saved {
        users: vec![
            user("bob", Presence::Online, 30),
            user("carol", Presence::Online, 90),
            user("dave", Presence::Offline, 125),
            user("eve", Presence::Online, 3),
            User::new(id("mallory"), ago(5)),
        ],
        groups: vec![group("devs", "alice", &["bob", "carol"]), group("ops", "dave", &[])],
        requests: vec![
            request(1, Outgoing, RequestKind::Chat, "bob", accepted, 20),
            request(2, Outgoing, RequestKind::Chat, "dave", RequestState::Denied, 60 * 40),
            request(3, Outgoing, RequestKind::Chat, "zoë", RequestState::Pending, 5),
            request(4, Incoming, RequestKind::Chat, "eve", RequestState::Pending, 5),
            request(5, Incoming, RequestKind::Join(devs.clone()), "mallory", RequestState::Pending, 2),
            request(6, Incoming, RequestKind::Chat, "carol", RequestState::Denied, 60 * 30),
        ],
        conversations: vec![
            Conversation {
                len,
                sent,
                broker_acked: sent.saturating_sub(u64::from(sent > 1)),
                unread: len.min(2),
                ..conversation(&bob, 10)
            },
            Conversation { phase: Phase::Closed, len: 1, unread: 1, ..conversation(&with_carol, 30) },
            conversation(&ConversationId::Group(devs), 20),
        ],
        progress: vec![(bob, id("bob"), DeliveryProgress { acked: 2, read: 1, ..DeliveryProgress::default() })],
        ..Saved::default()
    }
}

/// Messages that are hard to draw: wide, combined and right-to-left characters, escape sequences and long words.
pub fn hostile() -> Vec<ChatMessage> {
    let texts = [
        "日本語のとても長い文章は、画面の端で正しく折り返されなければなりません。",
        "👩‍👩‍👧‍👦 family, 👍🏽 thumb, 🇧🇷 flag, ❤️ heart",
        "שלום עולם, مرحبا بالعالم",
        "e\u{301}a\u{308} and a tower: z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}!",
        "\u{1b}[2J\u{1b}]0;owned\u{7} bell, exe\u{202e}gpj.scr, pay\u{200b}pal",
        "two\nlines\tand a tab",
        "https://example.org/a/very/long/address/that/does/not/fit/into/any/line/of/this/screen/at/all?q=1",
    ];
    let mut messages: Vec<_> = (1..).zip(texts).map(|(n, text)| said("bob", n, 20 - n, text)).collect();
    let other = |n, body| ChatMessage { body, ..said("bob", n, 5, "") };
    messages.push(other(8, Body::Other { content_type: "image/\u{1b}png".to_owned(), content: vec![0; 512] }));
    messages.push(ChatMessage { failure: Some("not authorized".into()), ..said("alice", 1, 4, "lost?") });
    messages.push(said("alice", 2, 3, "on its way"));
    messages.push(other(9, Body::End));
    messages
}
