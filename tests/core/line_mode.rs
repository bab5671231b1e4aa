//! The lines that line mode prints, with a real peer and no clock.

mod questions;
mod sessions;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use papo::{
    app::{
        Connection, Effect, Keymap, Language, LocalizedText, Message, Model, Options, Overlay, Page, Pane, View, update,
    },
    domain::{
        Body, ChatMessage, Conversation, ConversationId, HistoryLookup, Hit, MessageId, Now, SearchEnd, SearchProgress,
        Tick, Timestamp,
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

/// Alice's papo in line mode, and the lines that it prints.
struct Reader {
    model: Model,
    lines_view: LineView,
    effects: Vec<Effect>,
    /// The lines printed since the last call of `take_lines`.
    lines: Vec<String>,
    now: Now,
}

impl Reader {
    fn new(saved: Saved) -> Self {
        let options =
            Options { broker: "here".into(), keymap: Keymap::builtin(), view: View::Lines, ..Options::default() };
        let model = Model::new(Peer::restore(identity(), saved), options, Now::from_millis(NOW));
        let mut reader = Self {
            model,
            lines_view: LineView::default(),
            effects: Vec::new(),
            lines: Vec::new(),
            now: Now::from_millis(NOW),
        };
        for message in [
            Message::Peer(Input::Connected { session_present: false, names_senders: false }),
            Message::Peer(Input::Subscribed),
            Message::Connection(Connection::Online),
        ] {
            reader.handle(message);
        }
        reader
    }

    /// With an active chat in which bob has sent these texts.
    fn with_messages(texts: &[&str]) -> Self {
        let len = u64::try_from(texts.len()).unwrap();
        let chat = Conversation { len, ..Conversation::new(with_bob(), Timestamp::from_millis(1)) };
        let mut reader = Self::new(Saved { conversations: vec![chat], ..Saved::default() });
        let messages = (0..).zip(texts.iter().map(|text| message("bob", text))).collect();
        reader.handle(Message::Page(Page { chat: "bob".parse().unwrap(), before: len, messages }));
        reader
    }

    /// Handles a message, and prints as the runtime does.
    fn handle(&mut self, message: Message) -> &mut Self {
        for message in [Some(message), None] {
            let message = message.unwrap_or_else(|| Message::Drawn(self.lines_view.layout(&self.model)));
            self.effects.extend(update(&mut self.model, message, self.now));
            let entries = self.model.notices.journal.take();
            self.lines.extend(self.lines_view.follow(&self.model, entries, &TimeZone::UTC));
        }
        self
    }

    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) -> &mut Self {
        self.handle(Message::Key(KeyEvent::new(code, modifiers)))
    }

    fn enter(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.key(KeyCode::Char(c), KeyModifiers::NONE);
        }
        self.key(KeyCode::Enter, KeyModifiers::NONE)
    }

    /// Answers a question with Enter, once there was time to read it.
    fn confirm(&mut self) -> &mut Self {
        self.now = self.now + Duration::from_millis(400);
        self.enter("")
    }

    fn receive(&mut self, topic: &str, payload: &str) -> &mut Self {
        self.handle(Message::Peer(received(inbound(topic, payload, &[]))))
    }

    fn take_lines(&mut self) -> Vec<String> {
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
        earlier: Vec::new(),
        is_hidden: false,
    }
}

#[test]
fn start_prints_user_broker_and_connection() {
    let mut reader = Reader::new(Saved::default());
    assert_eq!(
        reader.take_lines(),
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
    let mut reader = Reader::with_messages(&["one", "two\nthree"]);
    assert_eq!(
        reader.take_lines()[1..],
        [
            "connection: connecting",
            "chat: bob, not seen yet",
            "connection: online",
            "09:29 bob: one",
            "09:29 bob: two",
            "  bob: three"
        ]
    );
    reader.receive("bob_alice_1", "bob four");
    assert_eq!(reader.take_lines(), ["09:30 bob: four"]);
    assert_eq!(reader.model.unread(), 0);
    assert_eq!(reader.prompt(), "bob> ");
}

#[test]
fn lookalike_users_are_announced() {
    let mut reader = Reader::with_messages(&["morning!"]);
    reader.take_lines();
    reader.receive("USERS/b\u{43e}b", "online").receive("alice_Control", "REQUEST b\u{43e}b");
    let lines = reader.take_lines();
    assert!(lines[0].starts_with("request: b\u{43e}b (looks like bob) wants to chat"), "{lines:?}");
    let listed = reader.key(KeyCode::Char('u'), KeyModifiers::ALT).take_lines();
    assert!(listed.iter().any(|line| line.contains("b\u{43e}b") && line.ends_with(", looks like bob")), "{listed:?}");
}

#[test]
fn empty_texts_and_wrong_clocks_are_announced() {
    let mut reader = Reader::with_messages(&["morning!"]);
    reader.take_lines();
    reader.receive("bob_alice_1", "bob ");
    let lines = reader.take_lines();
    assert!(lines.iter().any(|line| line.ends_with(" bob: (empty message)")), "{lines:?}");
    let late = (NOW + 3 * 86_400_000).to_string();
    reader.handle(Message::Peer(received(inbound("bob_alice_1", "bob hi", &[("papo", "1"), ("ts", &late)]))));
    let lines = reader.take_lines();
    assert!(lines.iter().any(|line| line.starts_with("arrived ") && line.ends_with(" bob: hi")), "{lines:?}");
}

#[test]
fn messages_in_other_chats_name_their_chat_and_stay_unread() {
    let mut reader = Reader::with_messages(&["one"]);
    reader.enter("/group new devs").take_lines();
    reader.receive("bob_alice_1", "bob hello\x1b[2J");
    assert_eq!(reader.take_lines(), ["bob 09:30 bob: hello␛[2J"]);
    assert_eq!((reader.model.unread(), reader.prompt().as_str()), (1, "#devs> "));
    reader.enter("/chats bob");
    assert_eq!(reader.take_lines(), ["chat: bob, not seen yet", "09:29 bob: one", "09:30 bob: hello␛[2J"]);
    assert_eq!(reader.model.unread(), 0);
}

#[test]
fn nothing_is_printed_when_nothing_happens() {
    let mut reader = Reader::with_messages(&["one"]);
    reader.take_lines();
    reader.handle(Message::Timeout).handle(Message::Resized).handle(Message::FocusChanged(false));
    reader.key(KeyCode::Char('x'), KeyModifiers::NONE).key(KeyCode::Left, KeyModifiers::NONE);
    assert_eq!(reader.take_lines(), Vec::<String>::new());
}

#[test]
fn requests_print_the_commands_that_answer_them() {
    let mut reader = Reader::new(Saved::default());
    reader.take_lines();
    reader.receive("alice_Control", "REQUEST eve");
    assert_eq!(reader.take_lines(), ["request: eve wants to chat. /accept eve or /deny eve"]);
    reader.enter("/deny eve").take_lines();
    reader.enter("/request bob");
    assert_eq!(
        reader.take_lines(),
        ["question: Ask bob to chat? Nobody has seen this ID. Enter again; anything else cancels"]
    );
    reader.confirm();
    assert_eq!(reader.take_lines(), ["papo: Asked bob to chat"]);
    reader.receive("alice_Control", "1763900000000 bob");
    assert_eq!(
        reader.take_lines(),
        ["answer: bob accepted your request to chat", "chat: bob, not seen yet, not using papo"]
    );
}

#[test]
fn chat_that_waits_is_told_once_with_its_command() {
    let mut reader = Reader::with_messages(&[]);
    reader.receive("USERS/carol", "carol online").enter("/request carol").confirm();
    reader.key(KeyCode::Char('h'), KeyModifiers::NONE).take_lines();
    reader.receive("alice_Control", "1763900000000 carol");
    assert_eq!(
        reader.take_lines(),
        ["answer: carol accepted your request to chat", "chat: carol is open. /chats carol shows it"]
    );
}

#[test]
fn keys_of_the_tabs_print_the_chat_and_those_of_sent_lines_stay_in_it() {
    let mut reader = Reader::with_messages(&[]);
    reader.enter("/group new devs").enter("to the group").take_lines();
    for (key, prompt) in [('p', "#devs> to the group"), ('p', "#devs> to the group"), ('n', "#devs> ")] {
        reader.key(KeyCode::Char(key), KeyModifiers::CONTROL);
        assert_eq!(reader.prompt(), prompt);
    }
    assert_eq!(reader.take_lines(), [""; 0]);
    reader.key(KeyCode::Left, KeyModifiers::ALT);
    assert_eq!((reader.take_lines(), reader.prompt().as_str()), (vec!["chat: bob, not seen yet".to_owned()], "bob> "));
}

#[test]
fn presence_is_printed_for_chat_partners_only() {
    let mut reader = Reader::with_messages(&[]);
    reader.take_lines();
    for (topic, payload) in [("USERS/bob", "bob online"), ("USERS/eve", "eve online"), ("USERS/bob", "bob offline")] {
        reader.receive(topic, payload);
    }
    assert_eq!(reader.take_lines(), ["bob is online", "bob is offline"]);
}

#[test]
fn lost_connection_is_printed_once_per_reason() {
    let mut reader = Reader::with_messages(&[]);
    reader.take_lines();
    for attempt in 0..3 {
        let at = Tick::from_millis(NOW + attempt);
        reader.handle(Message::Connection(Connection::Reconnecting { at, why: LocalizedText::quoted("it is gone") }));
        reader.handle(Message::Connection(Connection::Connecting));
    }
    reader.handle(Message::Connection(Connection::Online));
    assert_eq!(reader.take_lines(), ["connection: offline, papo keeps trying: it is gone", "connection: online"]);
}

#[test]
fn printing_a_list_leaves_focus_in_the_composer() {
    let mut reader = Reader::with_messages(&[]);
    reader.receive("USERS/bob", "bob online").take_lines();
    let alt = KeyModifiers::ALT;
    for (key, first) in [
        ('u', "user: bob, online, not using papo"),
        ('g', "groups: none yet"),
        ('i', "inbox: no requests yet"),
        ('t', "chat: bob, shown"),
    ] {
        reader.key(KeyCode::Char(key), alt);
        assert!(reader.take_lines()[0].starts_with(first), "Alt-{key}");
    }
    for code in [KeyCode::F(1), KeyCode::Tab, KeyCode::BackTab, KeyCode::PageDown, KeyCode::PageUp] {
        reader.key(code, KeyModifiers::NONE);
        assert!(!reader.take_lines().is_empty(), "{code:?} prints nothing");
    }
    for key in ['k', 'f'] {
        reader.key(KeyCode::Char(key), KeyModifiers::CONTROL);
        assert!(!reader.take_lines().is_empty(), "Ctrl-{key} prints nothing");
    }
    reader.key(KeyCode::Up, alt);
    assert!(!reader.take_lines().is_empty());
    assert!(
        reader.model.overlay.is_none() && reader.model.focus == Pane::Chat && reader.model.chats.chosen().is_none()
    );
    assert_eq!(reader.prompt(), "bob> ");
}

#[test]
fn no_action_opens_an_invisible_overlay() {
    for action in papo::app::Action::ALL {
        let mut reader = Reader::with_messages(&["one"]);
        reader.model.keymap.merge(&format!("composer = [{{ on = \"f9\", run = \"{}\" }}]", action.name())).unwrap();
        reader.key(KeyCode::F(9), KeyModifiers::NONE);
        let is_visible = match &reader.model.overlay {
            None => true,
            Some(Overlay::Prompt(_)) => reader.prompt() != "bob> ",
            Some(_) => false,
        };
        assert!(is_visible, "{}", action.name());
        assert_eq!((reader.model.focus, reader.model.chats.chosen()), (Pane::Chat, None), "{}", action.name());
    }
}

#[test]
fn question_is_printed_and_asked_in_the_prompt() {
    let mut reader = Reader::with_messages(&[]);
    reader.take_lines();
    reader.key(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(reader.take_lines(), ["question: Quit papo? Enter again; anything else cancels"]);
    reader.key(KeyCode::Char('n'), KeyModifiers::NONE);
    assert_eq!((reader.take_lines(), reader.prompt().as_str()), (vec![], "Enter, or no? n"));
    reader.key(KeyCode::Char('i'), KeyModifiers::NONE);
    assert_eq!(
        (reader.take_lines(), reader.prompt().as_str()),
        (vec!["papo: Cancelled: Quit papo?".into()], "bob> ni")
    );
    reader.key(KeyCode::Char('u'), KeyModifiers::CONTROL).enter("/group new devs").take_lines();
    reader.enter("/disband devs");
    assert_eq!(
        reader.take_lines(),
        ["question: Disband #devs for all its members? Type devs, then Enter; anything else cancels"]
    );
    assert_eq!(reader.prompt(), "devs, or no? ");
    reader.key(KeyCode::Char('d'), KeyModifiers::NONE);
    assert_eq!(reader.prompt(), "devs, or no? d");
    reader.key(KeyCode::Char('o'), KeyModifiers::NONE);
    assert_eq!(
        (reader.take_lines(), reader.prompt().as_str()),
        (vec!["papo: Cancelled: Disband #devs for all its members?".to_owned()], "#devs> do")
    );
}

#[test]
fn line_that_was_not_sent_is_marked_and_replaced_by_the_next_one() {
    let mut reader = Reader::with_messages(&["hello"]);
    reader.enter("/qiut");
    assert_eq!(reader.prompt(), "bob (not sent)> /qiut");
    reader.take_lines();
    reader.key(KeyCode::Char('h'), KeyModifiers::NONE);
    assert_eq!(
        (reader.take_lines(), reader.prompt().as_str()),
        (vec!["papo: ↑ brings back the line".into()], "bob> h")
    );
    reader.key(KeyCode::Up, KeyModifiers::NONE);
    assert_eq!(reader.prompt(), "bob> /qiut");
}

#[test]
fn begun_reply_is_announced() {
    let mut reader = Reader::with_messages(&["shall we?"]);
    reader.receive("bob_alice_1", "bob or not?").take_lines();
    reader.enter("/reply yes");
    let expected = "papo: Replying to bob: or not? (Enter sends, Ctrl-C stops)";
    assert!(reader.take_lines().contains(&expected.to_owned()));
}

#[test]
fn completions_are_printed_once_while_cycling() {
    let mut reader = Reader::with_messages(&[]);
    reader.take_lines();
    for c in "/re".chars() {
        reader.key(KeyCode::Char(c), KeyModifiers::NONE);
    }
    reader.key(KeyCode::Tab, KeyModifiers::NONE).key(KeyCode::Tab, KeyModifiers::NONE);
    assert_eq!(reader.take_lines(), ["6 completions: /reply, /request, /resend, /reconnect, /redraw, /reload"]);
    assert_eq!(reader.prompt(), "bob> /request ");
}

#[test]
fn history_is_printed_page_by_page() {
    let texts: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let mut reader = Reader::with_messages(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(reader.take_lines().iter().filter(|line| line.starts_with("09:29")).count(), 8);
    let page = |reader: &mut Reader| reader.key(KeyCode::PageUp, KeyModifiers::NONE).take_lines();
    let first = page(&mut reader);
    assert_eq!((first[0].as_str(), first[1].as_str(), first.len()), ("earlier messages (8):", "09:29 bob: 4", 10));
    assert_eq!(page(&mut reader)[1], "09:29 bob: 0");
    assert_eq!(page(&mut reader), ["No earlier messages"]);
    reader.receive("bob_alice_1", "bob new");
    assert_eq!((reader.take_lines(), reader.model.unread()), (vec!["09:30 bob: new".to_owned()], 0));
}

#[test]
fn search_results_are_printed_when_complete() {
    let mut reader = Reader::with_messages(&["the pump"]);
    reader.enter("/search pump").take_lines();
    let number = reader.effects.iter().find_map(|effect| match effect {
        Effect::Lookup(HistoryLookup::Search { number, .. }) => Some(*number),
        _ => None,
    });
    let hit = Hit { chat: "bob".parse().unwrap(), position: 0, message: message("bob", "the pump") };
    let found = SearchProgress { hits: vec![hit], end: Some(SearchEnd::Complete) };
    reader.handle(Message::Found { number: number.unwrap(), found });
    assert_eq!(reader.take_lines(), ["found: bob 09:29 bob: the pump", "search: 1 found"]);
}

#[test]
fn refused_message_is_printed_as_error_and_in_outbox() {
    let mut reader = Reader::with_messages(&[]);
    reader.handle(Message::Connection(Connection::Reconnecting {
        at: Tick::from_millis(NOW),
        why: LocalizedText::quoted("gone"),
    }));
    reader.take_lines();
    reader.enter("are you there?");
    assert_eq!(reader.take_lines(), ["09:30 alice: are you there?"]);
    let row = reader.model.peer.outbox().next().map(|waiting| waiting.row).unwrap();
    reader.handle(Message::Peer(Input::Published { row, outcome: papo::protocol::PubOutcome::Refused("no".into()) }));
    let lines = reader.take_lines();
    assert_eq!(lines, ["error: Message not sent: no; see /outbox"]);
    reader.enter("/outbox");
    assert_eq!(reader.take_lines()[0], "outbox 1: to bob: are you there? (refused: no)");
}

#[test]
fn lines_are_printed_in_the_configured_language() {
    let mut reader = Reader::new(Saved::default());
    reader.take_lines();
    reader.model.language = Language::builtin("pt-BR");
    reader.receive("alice_Control", "REQUEST bob").enter("/jion");
    let lines = reader.take_lines();
    assert!(lines.contains(&"pedido: bob quer conversar. /accept bob ou /deny bob".to_owned()), "{lines:?}");
    assert!(
        lines.contains(&"aviso: Não existe /jion; quis dizer /join? (// começa uma mensagem com barra)".to_owned()),
        "{lines:?}"
    );
}
