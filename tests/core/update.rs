//! The core of the screen: given, keys, and what becomes of it, with a real peer and no clock.

mod forgetting;
mod refused;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use papo::{
    app::{
        ChatLayout, Connection, Effect, Keymap, Language, Layout, Level, LocalizedText, Message, Model, Options,
        Overlay, Page, Pane, Scroll,
        scripts::{Answer, Ask, Item, Until},
        update,
    },
    domain::{
        Body, ChatMessage, Conversation, ConversationId, DeliveryFailure, Hit, InboxOrder, Lookup, MessageId, Now,
        Phase, Request, SearchEnd, SearchProgress, Timestamp, UiSettings, UserId,
    },
    protocol::{AckToken, Identity, Inbound, Input, Operation, Output, Peer, PubOutcome, Saved},
};
use ratatui::layout::Rect;

use crate::{inbound::inbound, keys::key};

const START: u64 = 1_763_900_000_000;

/// Alice in front of her screen.
struct Screen {
    model: Model,
    now: Now,
    effects: Vec<Effect>,
}

impl Screen {
    fn new(saved: Saved) -> Self {
        Self::ordered(saved, InboxOrder::default())
    }

    fn ordered(saved: Saved, inbox: InboxOrder) -> Self {
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
        screen.does(Message::Drawn(layout(Scroll::Bottom)));
        screen
    }

    /// With an open talk with bob, in front, and the connection made.
    fn talking() -> Self {
        let id: ConversationId = "bob_alice_1".parse().unwrap();
        let conversations = vec![Conversation::new(id, Timestamp::from_millis(1))];
        let mut screen = Self::new(Saved { conversations, ..Saved::default() });
        screen.does(Message::Peer(Input::Connected { session_present: false }));
        screen.does(Message::Peer(Input::Subscribed));
        screen.does(Message::Connection(Connection::Online));
        screen.key("alt-c");
        screen.effects.clear();
        screen
    }

    fn does(&mut self, message: Message) -> &mut Self {
        self.effects.extend(update(&mut self.model, message, self.now));
        self
    }

    fn key(&mut self, name: &str) -> &mut Self {
        self.does(Message::Key(key(name)))
    }

    fn types(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.does(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    /// Types a line in the talk in front, and sends it.
    fn line(&mut self, text: &str) -> &mut Self {
        self.key("alt-c").types(text).key("enter")
    }

    fn hears(&mut self, topic: &str, payload: &str) -> &mut Self {
        let inbound = inbound(topic, payload, &[]);
        self.does(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }))
    }

    fn waits(&mut self, millis: u64) -> &mut Self {
        self.passes(Duration::from_millis(millis)).does(Message::Timeout)
    }

    fn passes(&mut self, span: Duration) -> &mut Self {
        self.now = self.now + span;
        self
    }

    fn composer(&self) -> String {
        self.model.chats.composer().text()
    }

    fn notice(&self) -> &str {
        self.model.notices.current.as_ref().map_or("", |notice| &notice.text)
    }

    /// What has left for the broker, as `<topic> <payload>`.
    fn published(&self) -> Vec<String> {
        let outputs = self.effects.iter().filter_map(|effect| match effect {
            Effect::Commit { outputs, .. } => Some(outputs),
            _ => None,
        });
        outputs
            .flatten()
            .filter_map(|output| match output {
                Output::Publish { publication, .. } => {
                    Some(format!("{} {}", publication.topic, String::from_utf8_lossy(&publication.payload)))
                }
                _ => None,
            })
            .collect()
    }

    fn kept(&self, wanted: impl Fn(&Operation) -> bool) -> usize {
        let operations = self.effects.iter().filter_map(|effect| match effect {
            Effect::Commit { operations, .. } => Some(operations),
            _ => None,
        });
        operations.flatten().filter(|operation| wanted(operation)).count()
    }
}

/// Two talks with bob, the first ended long ago, and one in a group that was left.
fn archive() -> Saved {
    let talk = |id: &str, len, at, phase| Conversation {
        len,
        phase,
        ..Conversation::new(id.parse().unwrap(), Timestamp::from_millis(at))
    };
    let conversations = vec![
        talk("bob_alice_1", 1000, 10, Phase::Closed),
        talk("bob_alice_2", 0, 30, Phase::OPEN),
        talk("#devs", 3, 20, Phase::Left),
    ];
    Saved { conversations, ..Saved::default() }
}

fn hit(conversation: &str, seq: u64) -> Hit {
    let message = ChatMessage {
        id: MessageId::from_bytes([1; 16]),
        author: UserId::new("bob").unwrap(),
        n: Some(seq + 1),
        at: Timestamp::from_millis(seq),
        body: Body::Text(format!("the pump, {seq}")),
        failure: None,
        relation: None,
        is_edited: false,
        clock_is_off: false,
    };
    Hit { conversation: conversation.parse().unwrap(), seq, message }
}

fn layout(scroll: Scroll) -> Layout {
    let chat = ChatLayout { area: Rect::new(30, 2, 60, 20), scroll, ..ChatLayout::default() };
    Layout { chat, ..Layout::default() }
}

#[test]
fn panes_are_gone_through_in_order() {
    let mut screen = Screen::new(Saved::default());
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(screen.model.focus);
        screen.key("tab");
    }
    assert_eq!(seen, [Pane::Users, Pane::Groups, Pane::Inbox, Pane::Chat, Pane::Users]);
}

#[test]
fn commands_can_be_typed_where_no_talk_is_open() {
    let mut screen = Screen::new(Saved::default());
    screen.key("alt-c").types("hello").key("enter");
    assert!(screen.notice().contains("No chat is open"), "{}", screen.notice());
    assert_eq!(screen.composer(), "hello");
    screen.key("ctrl-u").types("/request bob").key("enter");
    assert_eq!(screen.published(), ["bob_Control REQUEST alice"]);
    assert_eq!(screen.composer(), "");
}

#[test]
fn a_command_that_cannot_be_done_stays_to_be_mended() {
    let mut screen = Screen::talking();
    for line in ["/qiut", "/join nowhere", "/msg carol a long text", "/request alice", "/accept"] {
        screen.types(line).key("enter");
        assert_eq!((screen.composer().as_str(), screen.notice().is_empty()), (line, false));
        screen.key("ctrl-u");
    }
    assert_eq!(screen.published(), [""; 0]);
}

#[test]
fn a_message_is_kept_before_it_leaves_and_leaves_the_composer() {
    let mut screen = Screen::talking();
    screen.types("hi bob").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec!["bob_alice_1 alice hi bob".to_owned()], ""));
    assert_eq!(screen.kept(|operation| matches!(operation, Operation::Append { .. })), 1);
    assert_eq!(screen.kept(|operation| matches!(operation, Operation::PutOutbox { .. })), 1);
}

#[test]
fn a_long_paste_asks_first_and_a_line_end_is_not_sent() {
    let mut screen = Screen::talking();
    screen.does(Message::Paste("two\r\nlines\r\n".into())).key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice two\nlines"]);
    let long = "line\n".repeat(30);
    screen.does(Message::Paste(long.clone()));
    assert_eq!(screen.composer(), "");
    assert!(matches!(screen.model.overlay, Some(Overlay::Confirm(_))));
    screen.key("n");
    assert_eq!(screen.composer(), "");
    // Terminals end the lines of a paste with carriage returns.
    screen.does(Message::Paste(long.replace('\n', "\r"))).key("y");
    assert_eq!(screen.composer(), long);
}

#[test]
fn the_command_that_leaves_is_no_draft() {
    let mut screen = Screen::talking();
    screen.line("/quit");
    assert_eq!(screen.effects.last(), Some(&Effect::Quit), "what comes behind it is not done");
    assert_eq!(screen.model.peer.draft(&"bob_alice_1".parse().unwrap()), "");
}

#[test]
fn a_draft_is_kept_while_one_types_on() {
    let mut screen = Screen::talking();
    let drafts = |screen: &Screen| screen.kept(|operation| matches!(operation, Operation::PutDraft { .. }));
    for _ in 0..4 {
        screen.types("x").waits(400);
    }
    assert!(drafts(&screen) >= 1, "typing without a pause is kept too");
    screen.types("y");
    screen.does(Message::Quit);
    assert!(screen.kept(|operation| matches!(operation, Operation::PutDraft { text, .. } if text == "xxxxy")) == 1);
    assert_eq!(screen.effects.last(), Some(&Effect::Quit));
    assert!(screen.published().contains(&"USERS/alice alice offline".to_owned()));
}

#[test]
fn messages_are_read_only_when_they_are_seen() {
    let mut screen = Screen::talking();
    let unread = |screen: &Screen| screen.model.unread();
    screen.hears("bob_alice_1", "bob seen at once");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().unread_marker), (0, None));

    screen.does(Message::FocusChanged(false)).hears("bob_alice_1", "bob one").hears("bob_alice_1", "bob two");
    let fresh = screen.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!((unread(&screen), fresh.from, fresh.count), (2, 1, 2));
    screen.does(Message::FocusChanged(true));
    assert_eq!(unread(&screen), 0);

    // A second absence has a separator of its own.
    screen.does(Message::FocusChanged(false)).hears("bob_alice_1", "bob three");
    let fresh = screen.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!((fresh.from, fresh.count), (3, 1));
    screen.does(Message::FocusChanged(true)).types("yes").key("enter");
    assert_eq!(screen.model.chats.active_tab().unwrap().unread_marker, None);

    // Reading back, nothing is read and nothing moves.
    screen.does(Message::Drawn(layout(Scroll::At { seq: 0, rows: 0 }))).hears("bob_alice_1", "bob four");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().scroll), (1, Scroll::At { seq: 0, rows: 0 }));
    screen.key("alt-a");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().scroll), (0, Scroll::Bottom));
}

#[test]
fn a_frame_without_messages_does_not_move_them() {
    let mut screen = Screen::talking();
    screen.hears("bob_alice_1", "bob hi").does(Message::Drawn(layout(Scroll::At { seq: 0, rows: 0 })));
    screen.does(Message::Drawn(Layout::default()));
    assert_eq!(screen.model.chats.active_tab().unwrap().scroll, Scroll::At { seq: 0, rows: 0 });
    screen.hears("bob_alice_1", "bob unseen");
    assert_eq!(screen.model.unread(), 1);
}

#[test]
fn pages_are_asked_for_once() {
    let id: ConversationId = "bob_alice_1".parse().unwrap();
    let conversations = vec![Conversation { len: 250, ..Conversation::new(id.clone(), Timestamp::from_millis(1)) }];
    let mut screen = Screen::new(Saved { conversations, ..Saved::default() });
    let loads = |screen: &Screen| {
        let load = |effect: &Effect| match effect {
            Effect::Lookup(Lookup::Page { before, .. }) => Some(*before),
            _ => None,
        };
        screen.effects.iter().filter_map(load).collect::<Vec<_>>()
    };
    screen.does(Message::Drawn(layout(Scroll::Bottom))).does(Message::Drawn(layout(Scroll::Bottom)));
    assert_eq!(loads(&screen), [250]);
    screen.does(Message::Page(Page { conversation: id, before: 250, messages: vec![] }));
    screen.key("alt-c").key("pgup").does(Message::Drawn(layout(Scroll::At { seq: 155, rows: 0 })));
    assert_eq!(loads(&screen), [250, 150]);
}

#[test]
fn what_lies_over_the_panes_has_the_keys() {
    let mut screen = Screen::talking();
    screen.key("alt-g").key("n").types("devs").key("ctrl-w").key("ctrl-n").key("alt-u").key("f1");
    let Some(Overlay::Prompt(prompt)) = &screen.model.overlay else { panic!("the prompt is gone") };
    assert_eq!((prompt.composer.text().as_str(), screen.model.focus), ("devs", Pane::Groups));
    assert_eq!(screen.model.chats.tabs().len(), 1);
    screen.key("enter");
    assert!(screen.published().contains(&"GROUPS/devs devs alice".to_owned()));
}

#[test]
fn a_group_is_listened_to_before_others_hear_of_it() {
    let mut screen = Screen::talking();
    screen.key("alt-g").key("n").types("devs").key("enter");
    let outputs: Vec<&Output> = screen
        .effects
        .iter()
        .flat_map(|effect| match effect {
            Effect::Commit { outputs, .. } => outputs.as_slice(),
            _ => &[],
        })
        .collect();
    let place = |wanted: &dyn Fn(&Output) -> bool| outputs.iter().position(|output| wanted(output)).unwrap();
    let listens = place(
        &|output| matches!(output, Output::Subscribe(wanted) if wanted.iter().any(|one| one.filter == "groups/devs/leader")),
    );
    let says =
        place(&|output| matches!(output, Output::Publish { publication, .. } if publication.topic == "GROUPS/devs"));
    assert!(listens < says);
}

#[test]
fn a_prompt_that_is_refused_stays_open_with_the_reason() {
    let mut screen = Screen::new(Saved::default());
    screen.key("alt-g").key("n").types("devs").key("enter");
    let Some(Overlay::Prompt(prompt)) = &screen.model.overlay else { panic!("the prompt is gone") };
    let error = screen.model.language.translate(prompt.error.clone().unwrap());
    assert!(error.starts_with("Offline"), "{error}");
}

#[test]
fn a_flood_of_garbage_is_one_notice_with_a_count_and_one_line_in_the_log() {
    let mut screen = Screen::talking();
    for _ in 0..10_000 {
        screen.hears("alice_Control", "REQUEST no form");
    }
    assert!(screen.notice().contains("10000"), "{}", screen.notice());
    assert_eq!(
        screen.effects.iter().filter(|effect| matches!(effect, Effect::LogIgnored { is_first: true, .. })).count(),
        1
    );
    screen.waits(8_000);
    assert_eq!(screen.model.notices.current, None);
}

#[test]
fn what_is_ignored_is_logged_with_topic_sender_and_reason() {
    let mut screen = Screen::talking();
    for (topic, payload) in [
        ("alice_Control", "REQUEST e_ve\u{1b}"),
        ("clients/alice", "REQUEST e_ve\u{1b}"),
        ("bob_alice_1", "eve hi"),
        ("alice_Control", "REACT to a later version"),
    ] {
        screen.hears(topic, payload);
    }
    let logged = screen.effects.iter().filter_map(|effect| match effect {
        Effect::LogIgnored { ignored, reason, is_first } => {
            Some((ignored.topic.as_str(), ignored.sender.as_deref(), reason.as_str(), *is_first))
        }
        _ => None,
    });
    let logged: Vec<_> = logged.collect();
    let name = r#"Ignored a publication: "e_ve\u{1b}" is refused as a name: '_' is not allowed in a name: use letters, digits, . and -"#;
    let stranger = "Ignored a message in bob_alice_1 from someone who is not in it";
    let word = r#"Ignored a publication: the control word "REACT" is unknown"#;
    assert_eq!(
        logged,
        [
            (r#""alice_Control""#, None, name, true),
            (r#""clients/alice""#, None, name, false),
            (r#""bob_alice_1""#, Some(r#""eve""#), stranger, true),
            (r#""alice_Control""#, None, word, false),
        ]
    );
}

#[test]
fn a_control_word_of_a_later_version_tells_the_user_nothing() {
    let mut screen = Screen::talking();
    for payload in ["REACT bob_alice_1 4", "hello", ""] {
        screen.hears("alice_Control", payload);
        assert_eq!(screen.notice(), "", "{payload}");
    }
}

/// Where and how a message of bob counts that says it was written at `ts`, in a session that began a year ago.
fn dated(ts: u64) -> (u64, bool) {
    const YEAR: u64 = 365 * 86_400_000;
    let began = START - YEAR;
    let id: ConversationId = format!("bob_alice_{began}").parse().unwrap();
    let conversations = vec![Conversation::new(id.clone(), Timestamp::from_millis(began))];
    let mut screen = Screen::new(Saved { conversations, ..Saved::default() });
    let inbound = inbound(&id.to_string(), "bob hi", &[("papo", "1"), ("ts", &ts.to_string())]);
    screen.does(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
    let mut messages = screen.effects.iter().filter_map(|effect| match effect {
        Effect::Commit { operations, .. } => Some(operations),
        _ => None,
    });
    let message = messages.find_map(|operations| {
        operations.iter().find_map(|operation| match operation {
            Operation::Append { message, .. } => Some(message.clone()),
            _ => None,
        })
    });
    let message = message.unwrap();
    (message.at.as_millis(), message.clock_is_off)
}

#[test]
fn a_clock_that_is_off_by_more_than_a_day_is_not_believed() {
    const HOUR: u64 = 3_600_000;
    let began = START - 365 * 24 * HOUR;
    for believed in [START, START + 23 * HOUR, START - 300 * 24 * HOUR, began - 23 * HOUR] {
        assert_eq!(dated(believed), (believed, false));
    }
    for wrong in [0, 1_000, began - 25 * HOUR, START + 25 * HOUR, u64::MAX] {
        assert_eq!(dated(wrong), (START, true), "{wrong}");
    }
}

#[test]
fn a_request_says_how_it_is_answered() {
    let mut screen = Screen::talking();
    screen.hears("alice_Control", "REQUEST bob");
    assert_eq!(screen.notice(), "bob wants to chat: Alt-I, then a accepts, d denies");
    assert!(screen.effects.contains(&Effect::Notify { title: "papo".into(), body: "bob wants to chat".into() }));
    screen.key("alt-i").key("a");
    assert!(screen.published().iter().any(|line| line.starts_with("bob_Control ") && line.ends_with(" alice")));
}

#[test]
fn leaving_asks_when_others_need_the_broker() {
    let mut screen = Screen::talking();
    screen.hears("USERS/bob", "bob online").does(Message::Hosting(true)).key("ctrl-q");
    assert!(!screen.effects.contains(&Effect::Quit));
    screen.key("n").key("ctrl-c").key("ctrl-c");
    assert!(!screen.effects.contains(&Effect::Quit), "Ctrl-C twice asks that too");
    screen.key("y");
    assert!(screen.effects.contains(&Effect::Quit));
}

#[test]
fn suspending_asks_when_others_need_the_broker() {
    let mut screen = Screen::talking();
    screen.hears("USERS/bob", "bob online").does(Message::Hosting(true)).key("ctrl-z");
    assert!(!screen.effects.contains(&Effect::Suspend));
    screen.key("y");
    assert!(screen.effects.contains(&Effect::Suspend));
    assert!(screen.published().contains(&"USERS/alice alice offline".to_owned()), "{:?}", screen.published());
    // What a signal asks for is not put into question.
    screen.does(Message::Suspend);
    assert!(screen.effects.contains(&Effect::Suspend));
}

#[test]
fn an_id_that_was_taken_over_is_left_alone_until_it_is_taken_back() {
    let mut screen = Screen::talking();
    let inbound = inbound("USERS/alice", "alice online", &[("papo", "1"), ("device", "another")]);
    screen.does(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
    assert!(
        matches!(&screen.model.connection, Connection::Stopped { why } if screen.model.language.translate(why.clone()).contains("/reconnect"))
    );
    assert!(screen.effects.contains(&Effect::Disconnect));
    assert_eq!(screen.model.notices.current.as_ref().map(|notice| notice.level), Some(Level::Error));
    screen.types("/reconnect").key("enter");
    assert!(screen.effects.contains(&Effect::Reconnect));
}

#[test]
fn the_header_says_that_nobody_can_reach_me_until_somebody_can() {
    let mut screen = Screen::talking();
    screen.does(Message::Peer(Input::Disconnected)).does(Message::Connection(Connection::Connecting));
    screen.does(Message::Peer(Input::Connected { session_present: true }));
    for _ in 0..2 {
        screen.does(Message::Peer(Input::SubscribeRefused(vec!["alice_Control".into()])));
        screen.does(Message::Peer(Input::Subscribed)).does(Message::Connection(Connection::Online));
        let Connection::ControlRefused { why } = &screen.model.connection else {
            panic!("{:?}", screen.model.connection)
        };
        assert_eq!(
            screen.model.language.translate(why.clone()),
            "no one can reach you: the broker refuses the subscription to alice_Control; ask its operator to allow it"
        );
        screen.waits(60_000);
    }
    screen.does(Message::Peer(Input::Subscribed)).does(Message::Connection(Connection::Online));
    assert_eq!(screen.model.connection, Connection::Online);
}

#[test]
fn a_model_at_rest_wakes_nobody() {
    let mut screen = Screen::talking();
    screen.waits(20_000).waits(20_000);
    assert_eq!(screen.model.next_timeout(), None);
    let at = screen.now.tick + Duration::from_millis(3_500);
    screen.does(Message::Connection(Connection::Reconnecting { at, why: LocalizedText::quoted("x") }));
    for _ in 0..6 {
        let due = screen.model.next_timeout();
        assert!(due.is_none_or(|due| due > screen.now.tick), "{due:?}");
        screen.waits(1_000);
    }
    assert_eq!(screen.model.next_timeout(), None);
}

impl Screen {
    /// The broker refuses the last message in the outbox.
    fn is_refused(&mut self) -> &mut Self {
        let row = self.model.peer.outbox().next_back().unwrap().row;
        let outcome = PubOutcome::Refused("not authorized".into());
        self.does(Message::Peer(Input::Published { row, outcome }))
    }

    /// The outbox, as places and what is wrong.
    fn outbox(&self) -> Vec<(String, Option<DeliveryFailure>)> {
        let peer = &self.model.peer;
        let what = |row| self.model.language.translate(papo::app::outbox::words(peer, row).1);
        peer.outbox().map(|row| (what(row), row.failure.clone())).collect()
    }
}

#[test]
fn a_refused_message_is_sent_again_from_the_outbox() {
    let mut screen = Screen::talking();
    screen.types("one").key("enter").is_refused();
    assert_eq!(screen.outbox(), [("one".to_owned(), Some("not authorized".into()))]);
    assert!(screen.notice().contains("not authorized"), "{}", screen.notice());
    screen.effects.clear();
    screen.key("alt-o").key("r");
    assert_eq!(screen.published(), ["bob_alice_1 alice one"]);
    assert_eq!(screen.outbox(), [("one".to_owned(), None)]);
    screen.key("r");
    assert!(screen.notice().contains("papo sends this by itself"), "{}", screen.notice());
    screen.key("esc").types("two").key("enter").is_refused();
    screen.effects.clear();
    screen.types("/resend").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec!["bob_alice_1 alice two".to_owned()], ""));
}

#[test]
fn what_waits_is_taken_back_to_be_edited() {
    let mut screen = Screen::talking();
    screen.types("mistake").key("enter").types("/edit").key("enter");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("mistake", 0));
    // What is being written is not overwritten.
    screen.key("enter").types("something else").key("alt-o").key("e");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("something else", 1));
    screen.key("esc").key("ctrl-u").key("alt-o").key("e");
    assert_eq!((screen.composer().as_str(), screen.outbox().len()), ("mistake", 0));
    assert!(screen.model.overlay.is_none());
}

#[test]
fn what_waits_is_dropped_from_the_list_or_by_its_number() {
    let mut screen = Screen::talking();
    for text in ["one", "two", "three", "four"] {
        screen.types(text).key("enter");
    }
    screen.types("/drop 2").key("enter").types("/drop").key("enter");
    let texts = |screen: &Screen| screen.outbox().into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    assert_eq!(texts(&screen), ["one", "three"]);
    screen.key("alt-o").key("d").key("d");
    assert_eq!((texts(&screen), screen.model.overlay.is_none()), (vec![], true));
    screen.key("alt-o");
    assert!(screen.notice().contains("empty"), "{}", screen.notice());
    let forgotten = screen.kept(|operation| matches!(operation, Operation::SetFailure { .. }));
    assert_eq!(forgotten, 4);
}

#[test]
fn the_lists_of_the_inbox_are_ordered_as_set() {
    let seen = |order: InboxOrder, keys: &[&str]| -> Vec<String> {
        let mut screen = Screen::ordered(Saved::default(), order);
        screen.does(Message::Peer(Input::Connected { session_present: false }));
        screen.does(Message::Peer(Input::Subscribed));
        for name in ["bob", "carol"] {
            screen.waits(60_000);
            screen.hears("alice_Control", &format!("REQUEST {name}"));
        }
        for key in keys {
            screen.key(key);
        }
        let names = |request: &&Request| request.peer.as_ref().unwrap().to_string();
        screen.model.inbox.list(&screen.model.peer).iter().map(names).collect()
    };
    let history = ["alt-i", "h"];
    assert_eq!(seen(InboxOrder::Usual, &[]), ["bob", "carol"]);
    assert_eq!(seen(InboxOrder::Usual, &history), ["carol", "bob"]);
    assert_eq!(seen(InboxOrder::Oldest, &history), ["bob", "carol"]);
    assert_eq!(seen(InboxOrder::Newest, &[]), ["carol", "bob"]);
}

#[test]
fn talks_that_have_ended_are_listed_narrowed_and_read() {
    let mut screen = Screen::new(archive());
    assert_eq!(screen.model.chats.tabs().len(), 1, "only what is open has a tab at the start");
    screen.key("alt-t");
    let listed = |screen: &Screen| {
        let Some(Overlay::Chats(talks)) = &screen.model.overlay else { panic!("no list") };
        talks.list(&screen.model.peer).iter().map(|talk| talk.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&screen), ["bob_alice_2", "#devs", "bob_alice_1"]);
    screen.types("bo");
    assert_eq!(listed(&screen), ["bob_alice_2", "bob_alice_1"]);
    screen.effects.clear();
    screen.key("down").key("enter");
    assert_eq!(screen.model.chats.active_chat().map(ToString::to_string).as_deref(), Some("bob_alice_1"));
    screen.does(Message::Drawn(layout(Scroll::Bottom)));
    let wanted = |effect: &Effect| matches!(effect, Effect::Lookup(Lookup::Page { before: 1000, .. }));
    assert!(screen.effects.iter().any(wanted), "{:?}", screen.effects);
}

fn searches(screen: &Screen) -> Vec<(String, Vec<String>)> {
    let searches = screen.effects.iter().filter_map(|effect| match effect {
        Effect::Lookup(Lookup::Search { query, conversations, .. }) => {
            Some((query.to_string(), conversations.iter().map(ToString::to_string).collect()))
        }
        _ => None,
    });
    searches.collect()
}

#[test]
fn words_are_looked_for_here_then_everywhere_and_what_is_found_is_gone_through() {
    let mut screen = Screen::new(archive());
    screen.effects.clear();
    screen.key("alt-c").key("ctrl-f").types("pu").key("tab");
    let all = ["bob_alice_2", "#devs", "bob_alice_1"].map(str::to_owned).to_vec();
    let here = || vec!["bob_alice_2".to_owned()];
    assert_eq!(searches(&screen), [("p".into(), here()), ("pu".into(), here()), ("pu".into(), all)]);
    let hits = vec![hit("#devs", 1), hit("bob_alice_1", 500), hit("bob_alice_1", 20)];
    // What an earlier search still had to say is of no interest.
    screen.does(Message::Found { number: 2, found: SearchProgress { hits: vec![hit("#devs", 2)], end: None } });
    screen.does(Message::Found { number: 4, found: SearchProgress { hits: hits[..1].to_vec(), end: None } });
    screen.does(Message::Found {
        number: 4,
        found: SearchProgress { hits: hits[1..].to_vec(), end: Some(SearchEnd::Complete) },
    });
    assert_eq!(screen.model.search.hits, hits);
    let at = |screen: &Screen| {
        (screen.model.chats.active_chat().map(ToString::to_string).unwrap(), screen.model.chats.chosen())
    };
    screen.key("down").key("enter");
    assert_eq!(at(&screen), ("bob_alice_1".into(), Some(500)));
    screen.does(Message::Drawn(layout(Scroll::At { seq: 500, rows: -10 })));
    let around = |effect: &Effect| matches!(effect, Effect::Lookup(Lookup::Page { before: 550, .. }));
    assert!(screen.effects.iter().any(around), "{:?}", screen.effects);
    screen.key("n");
    assert_eq!(at(&screen), ("bob_alice_1".into(), Some(20)));
    screen.key("n");
    assert_eq!(at(&screen), ("bob_alice_1".into(), Some(20)), "there is no further one");
    screen.key("N").key("N");
    assert_eq!(at(&screen), ("#devs".into(), Some(1)));
    // Letters are keys here, and are written again behind Esc.
    screen.types("xyz");
    assert_eq!(screen.composer(), "");
    screen.key("esc").key("esc").types("xyz");
    assert_eq!((screen.model.chats.chosen(), screen.composer()), (None, "xyz".into()));
}

#[test]
fn messages_are_chosen_by_keys_and_below_the_last_one_writes() {
    let mut screen = Screen::talking();
    for n in ["one", "two", "three"] {
        screen.types(n).key("enter");
    }
    screen.key("alt-up");
    assert_eq!(screen.model.chats.chosen(), Some(2));
    screen.key("k").key("k").key("k");
    assert_eq!(screen.model.chats.chosen(), Some(0));
    screen.key("j").key("j").key("j").types("on");
    assert_eq!((screen.model.chats.chosen(), screen.composer()), (None, "on".into()));
}

#[test]
fn the_palette_goes_to_talks_users_groups_and_commands() {
    let mut screen = Screen::new(archive());
    screen.hears("USERS/barbara", "barbara online").hears("GROUPS", "pumps CREATE");
    let goals = |screen: &mut Screen, letters: &str| {
        screen.key("esc").key("esc").key("ctrl-k").types(letters);
        let Some(Overlay::Palette(palette)) = &screen.model.overlay else { panic!("no palette") };
        let me = screen.model.peer.me();
        palette.goals.iter().map(|goal| goal.name(me)).take(4).collect::<Vec<_>>()
    };
    assert_eq!(goals(&mut screen, ""), ["bob", "barbara", "#pumps", "#devs"]);
    assert_eq!(goals(&mut screen, "bb")[0], "bob", "the letters in their order");
    screen.key("enter");
    assert_eq!(screen.model.chats.active_chat().map(ToString::to_string).as_deref(), Some("bob_alice_2"));
    assert_eq!(goals(&mut screen, "bara"), ["barbara"]);
    screen.key("enter");
    assert_eq!(screen.model.peer.requests().count(), 1, "who is no talk yet is asked for one");
    // A command is begun where words are missing, and run where none are.
    assert_eq!(goals(&mut screen, "grnew")[0], "/group new NAME");
    screen.key("enter");
    assert_eq!(screen.composer(), "/group new ");
    screen.key("ctrl-c");
    assert_eq!(goals(&mut screen, "/help")[0], "/help");
    screen.key("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))));
    assert_eq!(goals(&mut screen, "zzzz"), Vec::<String>::new());
    screen.key("enter");
    assert!(screen.model.overlay.is_some(), "there is nothing to go to");
}

#[test]
fn tab_completes_commands_their_arguments_and_names() {
    let mut screen = Screen::talking();
    for user in ["carol", "carla", "dave"] {
        screen.hears(&format!("USERS/{user}"), &format!("{user} online"));
    }
    screen.hears("GROUPS", "caves CREATE");
    let completed = |screen: &mut Screen, text: &str, tabs: usize| {
        if !screen.composer().is_empty() {
            screen.key("ctrl-c");
        }
        screen.types(text);
        for _ in 0..tabs {
            screen.key("tab");
        }
        screen.composer()
    };
    assert_eq!(completed(&mut screen, "/req", 1), "/request ");
    assert_eq!(completed(&mut screen, "/group in", 1), "/group invite ");
    assert_eq!(completed(&mut screen, "/request d", 1), "/request dave ");
    assert_eq!(completed(&mut screen, "/request #", 1), "/request #", "a group cannot be asked for a talk");
    assert_eq!(completed(&mut screen, "/join #c", 1), "/join #caves ");
    assert_eq!(completed(&mut screen, "/group kick #caves DA", 1), "/group kick #caves dave ");
    assert_eq!(completed(&mut screen, "ca", 1), "carla: ");
    assert_eq!(completed(&mut screen, "ca", 2), "carol: ");
    assert_eq!(completed(&mut screen, "ca", 3), "carla: ");
    assert_eq!(completed(&mut screen, "see b", 1), "see bob ", "the other one of the talk is known");
    assert_eq!(completed(&mut screen, "//c", 1), "//c");
    // What is typed next stands behind the word.
    completed(&mut screen, "ca", 1);
    screen.types("hi");
    assert_eq!((screen.composer(), screen.model.completion.is_none()), ("carla: hi".into(), true));
    // Where nothing is written, Tab goes on to the next pane.
    screen.key("ctrl-c").key("tab");
    assert_eq!(screen.model.focus, Pane::Users);
}

#[test]
fn a_chosen_message_is_copied_and_its_link_opened() {
    let mut screen = Screen::talking();
    screen.types("see https://example.org/a.").key("enter").key("alt-up");
    screen.effects.clear();
    screen.key("y").key("o");
    let wanted = [Effect::Copy("see https://example.org/a.".into()), Effect::OpenLink("https://example.org/a".into())];
    assert_eq!(screen.effects, wanted);
    screen.key("esc").key("esc").types("no link").key("enter").key("alt-up");
    screen.effects.clear();
    screen.key("o");
    assert_eq!((screen.effects.len(), screen.notice()), (0, "No link in this message"));
}

#[test]
fn the_last_message_is_copied_and_the_last_link_opened_by_commands() {
    let mut screen = Screen::talking();
    screen.line("/copy");
    assert_eq!(screen.notice(), "No text here to copy");
    screen.key("ctrl-c").line("see https://example.org/a.").line("well?");
    screen.effects.clear();
    screen.line("/copy").line("/open");
    let asked = |effect: &&Effect| matches!(effect, Effect::Copy(_) | Effect::OpenLink(_));
    let asked: Vec<Effect> = screen.effects.iter().filter(asked).cloned().collect();
    assert_eq!(asked, [Effect::Copy("well?".into()), Effect::OpenLink("https://example.org/a".into())]);
    assert_eq!(screen.notice(), "Opening https://example.org/a from an earlier message by alice");
    screen.line("and https://münchen.de/straße").line("/open");
    assert_eq!(screen.effects.last(), Some(&Effect::OpenLink("https://xn--mnchen-3ya.de/stra%C3%9Fe".into())));
    assert_eq!(screen.notice(), "Opening https://xn--mnchen-3ya.de/stra%C3%9Fe");
}

#[test]
fn a_request_is_taken_back_by_a_command() {
    let mut screen = Screen::new(Saved::default());
    screen.key("alt-c").line("/request bob").line("/request carol").line("/withdraw bob");
    let pending = |screen: &Screen| -> Vec<String> {
        let pending = screen.model.peer.requests().filter(|request| request.is_pending());
        pending.map(|request| request.peer.as_ref().unwrap().to_string()).collect()
    };
    assert_eq!(pending(&screen), ["carol"]);
    screen.line("/withdraw");
    assert_eq!(pending(&screen), Vec::<String>::new());
    screen.line("/withdraw");
    assert_eq!(screen.notice(), "No request of yours is pending");
}

#[test]
fn messages_are_told_to_who_looks_elsewhere_as_was_said() {
    let mut screen = Screen::talking();
    screen.hears("GROUPS/devs", "devs bob alice").line("/join devs");
    let told = |screen: &mut Screen, topic: &str, payload: &str| {
        screen.effects.clear();
        screen.hears(topic, payload);
        let told = screen.effects.iter().find_map(|effect| match effect {
            Effect::Notify { title, body } => Some(format!("{title}: {body}")),
            _ => None,
        });
        told.unwrap_or_default()
    };
    screen.key("alt-u");
    // What waited when the connection was made is the backlog, as long as it keeps coming.
    assert_eq!(told(&mut screen, "bob_alice_1", "bob one"), "");
    screen.waits(2_900);
    assert_eq!(told(&mut screen, "bob_alice_1", "bob two"), "");
    screen.waits(500);
    assert_eq!(told(&mut screen, "bob_alice_1", "bob three"), "");
    screen.waits(1_500);
    assert_eq!(told(&mut screen, "bob_alice_1", "bob four"), "bob: four");
    assert_eq!(told(&mut screen, "groups/devs/messages", "bob five"), "");
    assert_eq!(told(&mut screen, "groups/devs/messages", "bob Alice, six"), "#devs: bob: Alice, six");
    // What is before one's eyes needs no notice, unless the terminal is not.
    screen.key("alt-1").key("alt-c");
    let front = screen.model.chats.active_chat().map(ToString::to_string).unwrap();
    assert_eq!((front.as_str(), told(&mut screen, "bob_alice_1", "bob seven")), ("bob_alice_1", String::new()));
    screen.does(Message::FocusChanged(false));
    assert_eq!(told(&mut screen, "bob_alice_1", "bob eight"), "bob: eight");
    screen.line("/mute");
    assert_eq!(told(&mut screen, "bob_alice_1", "bob alice: nine"), "");
    screen.line("/notify mentions");
    assert_eq!(told(&mut screen, "bob_alice_1", "bob alice: ten"), "bob: alice: ten");
    screen.line("/notify usual");
    screen.model.notifications.settings.content = false;
    assert_eq!(told(&mut screen, "bob_alice_1", "bob a secret"), "bob: bob wrote");
    // A request is always told.
    assert_eq!(told(&mut screen, "alice_Control", "REQUEST eve"), "papo: eve wants to chat");
}

#[test]
fn setting_the_clock_back_moves_no_deadline() {
    let mut screen = Screen::talking();
    screen.types("a draft");
    screen.hears("alice_Control", "REQUEST eve").key("alt-u");
    assert!(!screen.notice().is_empty());
    let due = screen.model.next_timeout();
    screen.now.wall = screen.now.wall - Duration::from_secs(3600);
    screen.does(Message::FocusChanged(false));
    assert_eq!(screen.model.next_timeout(), due, "a deadline is a tick");
    screen.waits(5_000);
    assert_eq!(screen.notice(), "", "the notice goes when its time is over");
    screen.effects.clear();
    screen.hears("bob_alice_1", "bob one");
    let bell = Effect::Notify { title: "bob".into(), body: "one".into() };
    assert!(screen.effects.contains(&bell), "what comes after the backlog rings");
    screen.waits(20_000);
    assert_eq!(screen.model.next_timeout(), None);
}

/// A message of a papo, as it comes in.
fn from_papo(topic: &str, payload: &str, n: u64, id: &str) -> Message {
    let (from, n) = (payload.split(' ').next().unwrap(), n.to_string());
    let properties = [("papo", "1"), ("from", from), ("id", id), ("n", &n), ("ts", "1")];
    let inbound = inbound(topic, payload, &properties);
    Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } })
}

/// The properties `re` and `edit` of what has left for the broker.
fn relation(screen: &Screen) -> Vec<(String, String, String)> {
    let outputs = screen.effects.iter().filter_map(|effect| match effect {
        Effect::Commit { outputs, .. } => Some(outputs),
        _ => None,
    });
    let publications = outputs.flatten().filter_map(|output| match output {
        Output::Publish { publication, .. } => Some(publication),
        _ => None,
    });
    let mut found = Vec::new();
    for publication in publications {
        let payload = String::from_utf8_lossy(&publication.payload).into_owned();
        let meant = publication.properties.iter().filter(|(name, _)| name == "re" || name == "edit");
        found.extend(meant.map(|(name, value)| (payload.clone(), name.clone(), value.clone())));
    }
    found
}

fn talk_with_bob() -> Screen {
    let mut screen = Screen::new(archive());
    screen.model.focus = Pane::Chat;
    screen.does(Message::Drawn(layout(Scroll::Bottom)));
    screen
}

#[test]
fn a_chosen_message_is_answered() {
    let mut screen = talk_with_bob();
    let id = "0123456789abcdef0123456789abcdef";
    screen.does(from_papo("bob_alice_2", "bob shall we?", 1, id));
    screen.key("alt-up").key("r").types("yes").key("enter");
    assert_eq!(relation(&screen), [("alice yes".to_owned(), "re".to_owned(), id.to_owned())]);
    screen.types("now").key("enter");
    assert_eq!(relation(&screen).len(), 1, "the next one answers nothing");
}

#[test]
fn an_answer_is_given_up_with_esc_and_what_is_written_stays() {
    let mut screen = talk_with_bob();
    screen.does(from_papo("bob_alice_2", "bob shall we?", 1, "0123456789abcdef0123456789abcdef"));
    screen.key("alt-up").key("r").types("yes").key("esc").key("enter");
    assert_eq!((relation(&screen), screen.published().pop().unwrap()), (vec![], "bob_alice_2 alice yes".to_owned()));
}

#[test]
fn what_a_plain_peer_wrote_is_quoted_in_plain_text() {
    let mut screen = talk_with_bob();
    screen.hears("bob_alice_2", "bob shall we?");
    screen.key("alt-up").key("r");
    assert_eq!(screen.composer(), "> shall we?\n");
}

#[test]
fn what_i_wrote_is_edited_once_the_broker_has_it() {
    let mut screen = talk_with_bob();
    screen.types("//helo").key("enter");
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    screen.key("alt-up").key("e");
    assert_eq!(screen.composer(), "//helo", "a slash is no command");
    screen.key("ctrl-u").types("hello").key("enter");
    let text = |screen: &Screen, seq| screen.model.chats.active_tab().unwrap().window.get(seq).unwrap().clone();
    assert!(matches!(text(&screen, 0), ChatMessage { is_edited: false, .. }));
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    assert_eq!((text(&screen, 0).body, text(&screen, 0).is_edited), (Body::Text("hello".to_owned()), true));
    assert_eq!(screen.kept(|operation| matches!(operation, Operation::Edit { .. })), 1);
}

#[test]
fn nobody_else_is_edited_and_an_edit_that_is_given_up_leaves_nothing_behind() {
    let mut screen = talk_with_bob();
    screen.does(from_papo("bob_alice_2", "bob shall we?", 1, "0123456789abcdef0123456789abcdef"));
    screen.key("alt-up").key("e");
    assert!(screen.notice().contains("only your own messages"), "{}", screen.notice());
    screen.key("esc").key("esc").types("yes").key("enter");
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    screen.key("alt-up").key("e").key("esc");
    assert_eq!(screen.composer(), "");
}

#[test]
fn what_is_answered_far_back_is_looked_for_once_and_shown_with_its_edits() {
    let mut screen = talk_with_bob();
    let id = "0123456789abcdef0123456789abcdef";
    let Message::Peer(Input::Received { mut inbound, token }) =
        from_papo("bob_alice_2", "bob yes", 1, "1123456789abcdef0123456789abcdef")
    else {
        unreachable!()
    };
    inbound.properties.push(("re".to_owned(), id.to_owned()));
    screen.does(Message::Peer(Input::Received { inbound, token }));
    let seen =
        Layout { chat: ChatLayout { fully_visible: Some((0, 0)), ..layout(Scroll::Bottom).chat }, ..Layout::default() };
    screen.does(Message::Drawn(seen.clone())).does(Message::Drawn(seen));
    let asked = screen.effects.iter().filter(|effect| matches!(effect, Effect::Lookup(Lookup::Message { .. }))).count();
    assert_eq!(asked, 1);
    let conversation: ConversationId = "bob_alice_2".parse().unwrap();
    let found = Some((7, hit("bob_alice_2", 7).message));
    screen.does(Message::Quoted { conversation, id: id.parse().unwrap(), found });
    let quoted = screen.model.chats.active_tab().unwrap().quoted(id.parse().unwrap()).map(|(seq, _)| seq);
    assert_eq!(quoted, Some(7));
}

#[test]
fn writing_is_told_but_no_command_and_nothing_where_one_does_not_want_it() {
    let mut screen = talk_with_bob();
    let typing = |screen: &Screen| screen.published().iter().filter(|what| what.contains("TYPING")).count();
    screen.does(from_papo("bob_alice_2", "bob hi", 1, "0123456789abcdef0123456789abcdef"));
    screen.does(Message::Peer(Input::Connected { session_present: true })).does(Message::Peer(Input::Subscribed));
    screen.hears("USERS/bob", "bob online");
    screen.types("/mute");
    assert_eq!(typing(&screen), 0);
    screen.key("ctrl-u").types("hello");
    assert_eq!(typing(&screen), 0, "it is not wanted");
    screen.model.ui.typing = true;
    screen.types(" bob");
    assert_eq!(typing(&screen), 1);
}

fn click(column: u16, row: u16) -> Message {
    let kind = MouseEventKind::Down(MouseButton::Left);
    Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

#[test]
fn a_click_in_a_list_over_the_panes_selects_and_a_second_one_opens() {
    let mut screen = Screen::new(archive());
    screen.key("alt-t");
    let overlay_items = (0..3).map(|row| (usize::from(row), Rect::new(10, 5 + row, 60, 1))).collect();
    screen.does(Message::Drawn(Layout { overlay_items, ..layout(Scroll::Bottom) }));
    screen.does(click(0, 0)).does(click(20, 6));
    assert!(screen.model.overlay.is_some(), "a click beside closes nothing, and the first one selects");
    let wheel = MouseEvent { kind: MouseEventKind::ScrollDown, column: 20, row: 6, modifiers: KeyModifiers::NONE };
    screen.does(Message::Mouse(wheel)).does(click(20, 7));
    assert!(screen.model.overlay.is_none());
    assert_eq!(screen.model.chats.active_chat().unwrap().to_string(), "bob_alice_1", "the oldest is the last");
}

#[test]
fn a_full_field_takes_no_more_text_and_can_still_be_changed() {
    let mut screen = Screen::talking();
    screen.key("ctrl-f").types(&"x".repeat(300));
    screen.does(Message::Paste("y".repeat(300)));
    assert_eq!(screen.model.search.text, "x".repeat(256));
    screen.does(Message::Key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE))).types("zz");
    assert_eq!(screen.model.search.text, "x".repeat(255) + "z");
    screen.key("ctrl-u");
    assert_eq!(screen.model.search.text, "");
}

#[test]
fn who_comes_in_above_the_shown_selection_does_not_take_its_place() {
    let mut screen = Screen::new(Saved::default());
    screen.does(Message::Peer(Input::Connected { session_present: false })).does(Message::Peer(Input::Subscribed));
    screen.hears("USERS/bob", "bob online").does(Message::Drawn(layout(Scroll::Bottom)));
    screen.hears("USERS/aaa", "aaa online").key("enter");
    let asked: Vec<String> = screen.published().into_iter().filter(|line| line.contains("_Control")).collect();
    assert!(matches!(asked.as_slice(), [asked] if asked.starts_with("bob_Control ")), "{asked:?}");
}

#[test]
fn what_went_from_the_bottom_line_can_be_read_in_the_log() {
    let mut screen = Screen::new(Saved::default());
    let why = LocalizedText::quoted("nobody listens");
    let lost = Connection::Reconnecting { at: screen.now.tick, why };
    screen.does(Message::Connection(Connection::Online)).does(Message::Connection(lost.clone()));
    screen.does(Message::Connection(lost)).does(Message::Warned(LocalizedText::quoted("odd")));
    let said: Vec<&str> = screen.model.notices.log.lines().map(|said| said.text.as_str()).collect();
    assert_eq!(said, ["Connected to mqtt://here", "Not connected: nobody listens", "odd"]);
    for n in 0..1000 {
        screen.does(Message::Warned(LocalizedText::quoted(format!("odd {n}"))));
    }
    assert_eq!(screen.model.notices.log.lines().count(), 500, "a flood does not fill the memory");
    screen.key("alt-l");
    assert!(screen.model.overlay.is_some());
    screen.key("alt-l");
    assert!(screen.model.overlay.is_none());
}

#[test]
fn the_last_of_each_is_answered_and_edited_by_a_command() {
    let mut screen = talk_with_bob();
    let id = "0123456789abcdef0123456789abcdef";
    screen.line("/reply yes");
    assert!(screen.notice().contains("No message here"), "{}", screen.notice());
    screen.key("ctrl-u").does(from_papo("bob_alice_2", "bob shall we?", 1, id));
    screen.line("/reply yess");
    assert_eq!(relation(&screen), [("alice yess".to_owned(), "re".to_owned(), id.to_owned())]);
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    screen.line("/edit");
    assert_eq!(screen.composer(), "yess");
    screen.key("ctrl-u").line("yes");
    let edits = relation(&screen).into_iter().filter(|(_, name, _)| name == "edit").count();
    assert_eq!(edits, 1);
}

impl Screen {
    fn answers(&mut self, ask: Ask) -> Vec<Answer> {
        self.effects.clear();
        self.does(Message::Asked(1, ask));
        self.answered()
    }

    fn answered(&mut self) -> Vec<Answer> {
        let answer = |effect| if let Effect::Answer(1, answer) = effect { Some(answer) } else { None };
        std::mem::take(&mut self.effects).into_iter().filter_map(answer).collect()
    }
}

#[test]
fn a_program_that_sends_is_answered_when_the_message_has_come_that_far() {
    let mut screen = Screen::talking();
    let send = |until| Ask::Send { to: "bob".into(), text: "hello".into(), until };
    assert_eq!(screen.answers(send(Until::Broker)), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    assert_eq!(screen.answered(), [Answer::Done]);
    assert_eq!(screen.answers(send(Until::Delivered)), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    screen.does(Message::Peer(Input::Published { row, outcome: PubOutcome::Taken }));
    assert_eq!(screen.answered(), [], "bob does not have it yet");
    screen.does(Message::Unasked(1)).does(Message::Timeout);
    assert_eq!(screen.answered(), [], "nobody wants to know any more");
}

#[test]
fn a_program_that_sends_is_told_what_the_broker_refuses() {
    let mut screen = Screen::talking();
    let ask = Ask::Send { to: "bob".into(), text: "hello".into(), until: Until::Read };
    assert_eq!(screen.answers(ask), []);
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    let outcome = PubOutcome::Refused("not authorized".into());
    screen.does(Message::Peer(Input::Published { row, outcome }));
    assert_eq!(screen.answered(), [Answer::Refused(LocalizedText::quoted("not authorized"))]);
}

#[test]
fn what_may_still_come_is_waited_for_after_connecting_and_not_without_a_connection() {
    let mut screen = Screen::new(Saved::default());
    let ask = Ask::Send { to: "bob".into(), text: "hello".into(), until: Until::Broker };
    assert_eq!(screen.answers(ask.clone()), [], "the acceptance may be on its way");
    screen.does(Message::Connection(Connection::Online));
    let due = screen.model.next_timeout().unwrap();
    screen.hears("alice_Control", "1763900000000 bob");
    screen.passes(due.since(screen.now.tick));
    screen.does(Message::Timeout);
    assert!(matches!(screen.answered()[..], [Answer::Refused(_)]), "bob was never asked");
    let why = LocalizedText::quoted("nobody listens");
    screen.does(Message::Connection(Connection::Reconnecting { at: screen.now.tick, why }));
    let note = |why: &str| {
        Answer::Item(Item::Note(LocalizedText::from("not-connected").with("why", &LocalizedText::quoted(why))))
    };
    let why = note("nobody listens");
    let answers = screen.answers(ask);
    assert!(matches!(&answers[..], [said, Answer::Refused(_)] if *said == why), "{answers:?}");
    let so_far = Answer::Late("list-so-far".into());
    assert_eq!(screen.answers(Ask::Groups), [why.clone(), so_far], "there may be more");
    assert_eq!(screen.answers(Ask::Outbox), [why.clone(), Answer::Done], "that is here");
    // Who waits is told of another reason, and of each once.
    assert_eq!(screen.answers(Ask::Tail(None)), std::slice::from_ref(&why));
    let stopped = |why: &str| Message::Connection(Connection::Stopped { why: LocalizedText::quoted(why) });
    screen.does(stopped("nobody listens"));
    assert_eq!(screen.answered(), []);
    screen.does(stopped("not authorized"));
    assert_eq!(screen.answered(), [note("not authorized")]);
}

#[test]
fn a_list_of_users_waits_for_a_pause_in_what_is_retained() {
    let mut screen = Screen::new(Saved::default());
    screen.does(Message::Connection(Connection::Online));
    assert_eq!(screen.answers(Ask::Users), []);
    for n in 0..10 {
        screen.waits(400);
        let inbound = Inbound { retained: true, ..inbound(&format!("USERS/u{n}"), &format!("u{n} online"), &[]) };
        screen.does(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
        screen.hears("alice_Control", "nonsense");
        assert_eq!(screen.answered(), [], "{n}");
    }
    screen.waits(499).hears("alice_Control", "nonsense");
    assert_eq!(screen.answered(), []);
    screen.waits(1);
    let answers = screen.answered();
    assert_eq!((answers.len(), answers.last()), (11, Some(&Answer::Done)));
    screen.waits(1_000);
    assert_eq!(screen.answers(Ask::Users).last(), Some(&Answer::Done), "at once from then on");
    screen.does(Message::Timeout);
    assert!(screen.model.next_timeout().is_none_or(|due| due > screen.now.tick), "nothing is due for ever");
}

#[test]
fn a_list_that_never_ends_is_given_up() {
    let mut screen = Screen::new(Saved::default());
    screen.does(Message::Connection(Connection::Online));
    assert_eq!(screen.answers(Ask::Inbox), []);
    for _ in 0..49 {
        screen.waits(400).hears("alice_Control", "nonsense");
    }
    assert_eq!(screen.answered(), []);
    screen.waits(400);
    assert_eq!(screen.answered(), [Answer::Late("list-so-far".into())]);
}

#[test]
fn a_pause_of_the_loop_is_no_pause_of_the_broker() {
    let mut screen = Screen::new(Saved::default());
    screen.does(Message::Connection(Connection::Online));
    assert_eq!(screen.answers(Ask::Users), []);
    screen.passes(Duration::from_secs(3));
    screen.does(Message::FocusChanged(true));
    assert_eq!(screen.answered(), [], "what has arrived meanwhile is yet to be handled");
}

#[test]
fn who_waits_is_answered_when_papo_leaves() {
    let mut screen = Screen::talking();
    let send = || Ask::Send { to: "bob".into(), text: "hello".into(), until: Until::Broker };
    assert_eq!(screen.answers(send()), []);
    screen.does(Message::Quit);
    assert_eq!(screen.answered(), [Answer::Late("remote-leaves".into())]);
    let mut screen = Screen::talking();
    assert_eq!(screen.answers(send()), []);
    screen.does(Message::StoreFailed("full".into())).does(Message::Quit);
    assert_eq!(screen.answered(), [], "it may not be kept");
}

#[test]
fn a_request_to_somebody_with_an_open_chat_is_refused() {
    let mut screen = Screen::talking();
    screen.waits(1_000).effects.clear();
    let why = LocalizedText::from("request-is-open").with("user", &UserId::new("bob").unwrap());
    assert_eq!(screen.answers(Ask::Request("bob".into())), [Answer::Refused(why)]);
    assert_eq!(screen.model.peer.requests().count(), 0);
    assert_eq!(screen.answers(Ask::Request("carol".into())), []);
    assert_eq!(screen.model.peer.requests().count(), 1);
}

#[test]
fn who_listens_hears_what_it_wants_to_hear() {
    let mut screen = Screen::talking();
    assert_eq!(screen.answers(Ask::Tail(Some("bob".into()))), []);
    screen.hears("bob_alice_1", "bob hello").hears("carol_Control", "x").hears("alice_Control", "REQUEST eve");
    let heard = screen.answered();
    assert!(
        matches!(&heard[..], [Answer::Item(Item::Message(_, message))] if message.body.words() == "hello"),
        "{heard:?}"
    );
}

#[test]
fn the_inbox_is_cleared_after_one_question() {
    let mut screen = Screen::talking();
    assert_eq!(screen.line("/inbox clear").notice(), "No such request is pending");
    assert!(screen.model.overlay.is_none());
    screen.key("ctrl-u").hears("alice_Control", "REQUEST eve").hears("alice_Control", "REQUEST mallory");
    let asked = |screen: &Screen| match &screen.model.overlay {
        Some(Overlay::Confirm(confirm)) => Language::english().translate(confirm.text(&screen.model.peer)),
        overlay => panic!("{overlay:?}"),
    };
    screen.effects.clear();
    screen.line("/inbox clear");
    assert_eq!(asked(&screen), "Deny all 2 pending requests?");
    screen.key("n");
    assert_eq!((screen.model.peer.waiting_requests(), screen.published()), (2, vec![]));

    screen.line("/inbox clear");
    // Nobody has been asked about what comes now.
    screen.hears("alice_Control", "REQUEST trent");
    screen.key("y");
    assert_eq!(screen.published(), ["eve_Control DENIED alice", "mallory_Control DENIED alice"]);
    let left = screen.model.peer.requests().filter(|request| request.waits_for_me());
    assert_eq!(left.map(|request| request.peer.as_ref().unwrap().as_str()).collect::<Vec<_>>(), ["trent"]);

    screen.line("/inbox clear");
    assert_eq!(asked(&screen), "Deny the pending request?");
    screen.key("enter");
    assert_eq!(screen.model.peer.waiting_requests(), 0);
}
