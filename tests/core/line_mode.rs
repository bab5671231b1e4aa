//! The lines that line mode prints, with a real peer and no clock.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use papo::{
    app::{
        Connection, Effect, Keymap, Language, LocalizedText, Message, Model, Options, Overlay, Page, Pane, View, update,
    },
    domain::{
        Body, ChatMessage, Conversation, ConversationId, Hit, Lookup, MessageId, Now, SearchEnd, SearchProgress, Tick,
        Timestamp,
    },
    protocol::{Input, Peer, Saved},
    ui::line_mode::{self, LineView},
};

use crate::{
    alice::{id, identity},
    inbound::{inbound, received},
};

/// 2026-11-23 09:30:00 UTC
const NOW: u64 = 1_795_426_200_000;

/// Alice, who reads the lines that her papo prints.
struct Reader {
    model: Model,
    linear: LineView,
    effects: Vec<Effect>,
    /// The lines printed since the last call of `said`.
    lines: Vec<String>,
}

impl Reader {
    fn new(saved: Saved) -> Self {
        let options =
            Options { broker: "here".into(), keymap: Keymap::builtin(), view: View::Lines, ..Options::default() };
        let model = Model::new(Peer::restore(identity(), saved), options, Now::from_millis(NOW));
        let mut reader = Self { model, linear: LineView::default(), effects: Vec::new(), lines: Vec::new() };
        for message in [
            Message::Peer(Input::Connected { session_present: false }),
            Message::Peer(Input::Subscribed),
            Message::Connection(Connection::Online),
        ] {
            reader.does(message);
        }
        reader
    }

    /// With an active chat with bob that has these messages.
    fn talking(said: &[&str]) -> Self {
        let len = u64::try_from(said.len()).unwrap();
        let talk = Conversation { len, ..Conversation::new(with_bob(), Timestamp::from_millis(1)) };
        let mut reader = Self::new(Saved { conversations: vec![talk], ..Saved::default() });
        let messages = (0..).zip(said.iter().map(|text| message("bob", text))).collect();
        reader.does(Message::Page(Page { conversation: with_bob(), before: len, messages }));
        reader
    }

    /// Updates and prints as the runtime does.
    fn does(&mut self, message: Message) -> &mut Self {
        for message in [Some(message), None] {
            let message = message.unwrap_or_else(|| Message::Drawn(self.linear.layout(&self.model)));
            self.effects.extend(update(&mut self.model, message, Now::from_millis(NOW)));
            let entries = self.model.notices.journal.take();
            self.lines.extend(self.linear.follow(&self.model, entries, &TimeZone::UTC));
        }
        self
    }

    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) -> &mut Self {
        self.does(Message::Key(KeyEvent::new(code, modifiers)))
    }

    fn line(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.key(KeyCode::Char(c), KeyModifiers::NONE);
        }
        self.key(KeyCode::Enter, KeyModifiers::NONE)
    }

    fn hears(&mut self, topic: &str, payload: &str) -> &mut Self {
        self.does(Message::Peer(received(inbound(topic, payload, &[]))))
    }

    fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    fn prompt(&self) -> String {
        line_mode::prompt(&self.model, 60).text
    }
}

fn with_bob() -> ConversationId {
    "bob_alice_1".parse().unwrap()
}

fn message(author: &str, text: &str) -> ChatMessage {
    ChatMessage {
        id: MessageId::from_bytes([0; 16]),
        author: id(author),
        sequence_number: None,
        at: Timestamp::from_millis(NOW - 60_000),
        body: Body::Text(text.to_owned()),
        failure: None,
        relation: None,
        is_edited: false,
        clock_is_off: false,
    }
}

#[test]
fn start_prints_user_broker_and_connection() {
    let mut reader = Reader::new(Saved::default());
    assert_eq!(
        reader.said(),
        [
            "papo: you are alice, on here. /help lists commands and keys",
            "no chat is open. /request ID asks someone to chat, /chats lists all chats, /help shows more",
            "connection: connecting",
            "connection: online",
        ]
    );
    assert_eq!(reader.prompt(), "papo> ");
}

#[test]
fn activated_chat_prints_its_last_messages_and_is_read() {
    let mut reader = Reader::talking(&["one", "two\nthree"]);
    assert_eq!(
        reader.said()[1..],
        [
            "connection: connecting",
            "chat: bob, not seen yet",
            "connection: online",
            "09:29 bob: one",
            "09:29 bob: two",
            "  three"
        ]
    );
    reader.hears("bob_alice_1", "bob four");
    assert_eq!(reader.said(), ["09:30 bob: four"]);
    assert_eq!(reader.model.unread(), 0);
    assert_eq!(reader.prompt(), "bob> ");
}

#[test]
fn lookalike_users_are_announced() {
    let mut reader = Reader::talking(&["morning!"]);
    reader.said();
    reader.hears("USERS/b\u{43e}b", "online").hears("alice_Control", "REQUEST b\u{43e}b");
    let said = reader.said();
    assert!(said[0].starts_with("request: b\u{43e}b (looks like bob) wants to chat"), "{said:?}");
    let listed = reader.key(KeyCode::Char('u'), KeyModifiers::ALT).said();
    assert!(listed.iter().any(|line| line.contains("b\u{43e}b") && line.ends_with(", looks like bob")), "{listed:?}");
}

#[test]
fn empty_texts_and_wrong_clocks_are_announced() {
    let mut reader = Reader::talking(&["morning!"]);
    reader.said();
    reader.hears("bob_alice_1", "bob ");
    let said = reader.said();
    assert!(said.iter().any(|line| line.ends_with(" bob: (empty message)")), "{said:?}");
    let late = (NOW + 3 * 86_400_000).to_string();
    reader.does(Message::Peer(received(inbound("bob_alice_1", "bob hi", &[("papo", "1"), ("ts", &late)]))));
    let said = reader.said();
    assert!(said.iter().any(|line| line.starts_with("arrived ") && line.ends_with(" bob: hi")), "{said:?}");
}

#[test]
fn messages_in_other_chats_name_their_chat_and_stay_unread() {
    let mut reader = Reader::talking(&["one"]);
    reader.line("/group new devs").said();
    reader.hears("bob_alice_1", "bob hello\x1b[2J");
    assert_eq!(reader.said(), ["bob 09:30 bob: hello␛[2J"]);
    assert_eq!((reader.model.unread(), reader.prompt().as_str()), (1, "#devs> "));
    reader.line("/chats bob");
    assert_eq!(reader.said(), ["chat: bob, not seen yet", "09:29 bob: one", "09:30 bob: hello␛[2J"]);
    assert_eq!(reader.model.unread(), 0);
}

#[test]
fn nothing_is_printed_when_nothing_happens() {
    let mut reader = Reader::talking(&["one"]);
    reader.said();
    reader.does(Message::Timeout).does(Message::Resized).does(Message::FocusChanged(false));
    reader.key(KeyCode::Char('x'), KeyModifiers::NONE).key(KeyCode::Left, KeyModifiers::NONE);
    assert_eq!(reader.said(), Vec::<String>::new());
}

#[test]
fn requests_print_the_commands_that_answer_them() {
    let mut reader = Reader::new(Saved::default());
    reader.said();
    reader.hears("alice_Control", "REQUEST eve");
    assert_eq!(reader.said(), ["request: eve wants to chat. /accept eve or /deny eve"]);
    reader.line("/deny eve").said();
    reader.line("/request bob");
    assert_eq!(reader.said(), ["papo: Asked bob to chat"]);
    reader.hears("alice_Control", "1763900000000 bob");
    assert_eq!(reader.said(), ["answer: bob accepted your request to chat", "chat: bob, not seen yet, not using papo"]);
}

#[test]
fn presence_is_printed_for_chat_partners_only() {
    let mut reader = Reader::talking(&[]);
    reader.said();
    for (topic, payload) in [("USERS/bob", "bob online"), ("USERS/eve", "eve online"), ("USERS/bob", "bob offline")] {
        reader.hears(topic, payload);
    }
    assert_eq!(reader.said(), ["bob is online", "bob is offline"]);
}

#[test]
fn lost_connection_is_printed_once_per_reason() {
    let mut reader = Reader::talking(&[]);
    reader.said();
    for attempt in 0..3 {
        let at = Tick::from_millis(NOW + attempt);
        reader.does(Message::Connection(Connection::Reconnecting { at, why: LocalizedText::quoted("it is gone") }));
        reader.does(Message::Connection(Connection::Connecting));
    }
    reader.does(Message::Connection(Connection::Online));
    assert_eq!(reader.said(), ["connection: offline: it is gone; papo keeps trying", "connection: online"]);
}

#[test]
fn printing_a_list_leaves_focus_in_the_composer() {
    let mut reader = Reader::talking(&[]);
    reader.hears("USERS/bob", "bob online").said();
    let alt = KeyModifiers::ALT;
    for (key, first) in [
        ('u', "user: bob, online, not using papo"),
        ('g', "groups: none yet"),
        ('i', "inbox: no requests yet"),
        ('t', "chat: bob, shown"),
    ] {
        reader.key(KeyCode::Char(key), alt);
        assert!(reader.said()[0].starts_with(first), "Alt-{key}");
    }
    for code in [KeyCode::F(1), KeyCode::Tab, KeyCode::BackTab, KeyCode::PageDown, KeyCode::PageUp] {
        reader.key(code, KeyModifiers::NONE);
        assert!(!reader.said().is_empty(), "{code:?} says something");
    }
    for key in ['k', 'f'] {
        reader.key(KeyCode::Char(key), KeyModifiers::CONTROL);
        assert!(!reader.said().is_empty(), "Ctrl-{key} says something");
    }
    reader.key(KeyCode::Up, alt);
    assert!(!reader.said().is_empty());
    assert!(
        reader.model.overlay.is_none() && reader.model.focus == Pane::Chat && reader.model.chats.chosen().is_none()
    );
    assert_eq!(reader.prompt(), "bob> ");
}

#[test]
fn no_action_opens_an_invisible_overlay() {
    for action in papo::app::Action::ALL {
        let mut reader = Reader::talking(&["one"]);
        reader.model.keymap.merge(&format!("composer = [{{ on = \"f9\", run = \"{}\" }}]", action.name())).unwrap();
        reader.key(KeyCode::F(9), KeyModifiers::NONE);
        let is_seen = match &reader.model.overlay {
            None => true,
            Some(Overlay::Confirm(_) | Overlay::Prompt(_)) => reader.prompt() != "bob> ",
            Some(_) => false,
        };
        assert!(is_seen, "{}", action.name());
        assert_eq!((reader.model.focus, reader.model.chats.chosen()), (Pane::Chat, None), "{}", action.name());
    }
}

#[test]
fn question_is_printed_and_asked_in_the_prompt() {
    let mut reader = Reader::talking(&[]);
    reader.said();
    reader.key(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(reader.said(), ["question: Quit papo? y for yes, n for no"]);
    assert_eq!(reader.prompt(), "y or n? ");
    reader.key(KeyCode::Char('n'), KeyModifiers::NONE);
    assert_eq!((reader.said().len(), reader.prompt().as_str()), (0, "bob> "));
}

#[test]
fn completions_are_printed_once_while_cycling() {
    let mut reader = Reader::talking(&[]);
    reader.said();
    for c in "/re".chars() {
        reader.key(KeyCode::Char(c), KeyModifiers::NONE);
    }
    reader.key(KeyCode::Tab, KeyModifiers::NONE).key(KeyCode::Tab, KeyModifiers::NONE);
    assert_eq!(reader.said(), ["5 completions: /reply, /request, /resend, /reconnect, /reload"]);
    assert_eq!(reader.prompt(), "bob> /request ");
}

#[test]
fn history_is_printed_page_by_page() {
    let texts: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let mut reader = Reader::talking(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(reader.said().iter().filter(|line| line.starts_with("09:29")).count(), 8);
    let page = |reader: &mut Reader| reader.key(KeyCode::PageUp, KeyModifiers::NONE).said();
    let first = page(&mut reader);
    assert_eq!((first[0].as_str(), first[1].as_str(), first.len()), ("earlier messages (8):", "09:29 bob: 4", 10));
    assert_eq!(page(&mut reader)[1], "09:29 bob: 0");
    assert_eq!(page(&mut reader), ["No earlier messages"]);
    reader.hears("bob_alice_1", "bob new");
    assert_eq!((reader.said(), reader.model.unread()), (vec!["09:30 bob: new".to_owned()], 0));
}

#[test]
fn search_results_are_printed_when_complete() {
    let mut reader = Reader::talking(&["the pump"]);
    reader.line("/search pump").said();
    let number = reader.effects.iter().find_map(|effect| match effect {
        Effect::Lookup(Lookup::Search { number, .. }) => Some(*number),
        _ => None,
    });
    let hit = Hit { conversation: with_bob(), position: 0, message: message("bob", "the pump") };
    let found = SearchProgress { hits: vec![hit], end: Some(SearchEnd::Complete) };
    reader.does(Message::Found { number: number.unwrap(), found });
    assert_eq!(reader.said(), ["found: bob 09:29 bob: the pump", "search: 1 found"]);
}

#[test]
fn refused_message_is_printed_as_error_and_in_outbox() {
    let mut reader = Reader::talking(&[]);
    reader.does(Message::Connection(Connection::Reconnecting {
        at: Tick::from_millis(NOW),
        why: LocalizedText::quoted("gone"),
    }));
    reader.said();
    reader.line("are you there?");
    assert_eq!(reader.said(), ["09:30 alice: are you there?"]);
    let row = reader.model.peer.outbox().next().map(|waiting| waiting.row).unwrap();
    reader.does(Message::Peer(Input::Published { row, outcome: papo::protocol::PubOutcome::Refused("no".into()) }));
    let said = reader.said();
    assert_eq!(said, ["error: Message not sent: no; see /outbox"]);
    reader.line("/outbox");
    assert_eq!(reader.said()[0], "outbox 1: to bob: are you there? (refused: no)");
}

#[test]
fn lines_are_printed_in_the_configured_language() {
    let mut reader = Reader::new(Saved::default());
    reader.said();
    reader.model.language = Language::builtin("pt-BR");
    reader.hears("alice_Control", "REQUEST bob").line("/jion");
    let said = reader.said();
    assert!(said.contains(&"pedido: bob quer conversar. /accept bob ou /deny bob".to_owned()), "{said:?}");
    assert!(
        said.contains(&"aviso: Não existe /jion; quis dizer /join? (// começa uma mensagem com barra)".to_owned()),
        "{said:?}"
    );
}
