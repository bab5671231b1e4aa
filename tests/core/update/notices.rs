//! What the status line, the log and notifications say.

use super::*;

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
