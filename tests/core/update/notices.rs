//! The status line, the log and notifications.

use papo::{app::Priority, protocol::Notice};

use super::*;

#[test]
fn invalid_publications_share_one_counted_notice_and_one_log_line() {
    let mut screen = Screen::with_bob();
    for _ in 0..10_000 {
        screen.receive("alice_Control", "REQUEST no form");
    }
    assert!(screen.notice().contains("10000"), "{}", screen.notice());
    assert_eq!(
        screen.effects.iter().filter(|effect| matches!(effect, Effect::LogIgnored { is_first: true, .. })).count(),
        1
    );
    screen.wait(8_000);
    assert_eq!(screen.model.notices.current, None);
}

#[test]
fn ignored_publication_is_logged_with_topic_sender_and_reason() {
    let mut screen = Screen::with_bob();
    for (topic, payload) in [
        ("alice_Control", "REQUEST e_ve\u{1b}"),
        ("clients/alice", "REQUEST e_ve\u{1b}"),
        ("bob_alice_1", "eve hi"),
        ("alice_Control", "REACT to a later version"),
    ] {
        screen.receive(topic, payload);
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
fn unknown_control_word_shows_no_notice() {
    let mut screen = Screen::with_bob();
    for payload in ["REACT bob_alice_1 4", "hello", ""] {
        screen.receive("alice_Control", payload);
        assert_eq!(screen.notice(), "", "{payload}");
    }
}

/// Receives bob's message with the timestamp `ts`, in a session that began a year ago. Returns the stored time in
/// milliseconds, and `clock_is_off`.
fn receive_dated(ts: u64) -> (u64, bool) {
    const YEAR: u64 = 365 * 86_400_000;
    let began = START - YEAR;
    let id: ConversationId = format!("bob_alice_{began}").parse().unwrap();
    let conversations = vec![Conversation::new(id.clone(), Timestamp::from_millis(began))];
    let mut screen = Screen::new(Saved { conversations, ..Saved::default() });
    let inbound = inbound(&id.to_string(), "bob hi", &[("papo", "1"), ("ts", &ts.to_string())]);
    screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
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
fn timestamp_off_by_more_than_a_day_becomes_the_time_of_arrival() {
    const HOUR: u64 = 3_600_000;
    let began = START - 365 * 24 * HOUR;
    for plausible in [START, START + 23 * HOUR, START - 300 * 24 * HOUR, began - 23 * HOUR] {
        assert_eq!(receive_dated(plausible), (plausible, false));
    }
    for wrong in [0, 1_000, began - 25 * HOUR, START + 25 * HOUR, u64::MAX] {
        assert_eq!(receive_dated(wrong), (START, true), "{wrong}");
    }
}

#[test]
fn notifications_depend_on_focus_and_chat_settings() {
    let mut screen = Screen::with_bob();
    screen.receive("GROUPS/devs", "devs bob alice").enter("/join devs").answer("enter");
    let notification = |screen: &mut Screen, topic: &str, payload: &str| {
        screen.effects.clear();
        screen.receive(topic, payload);
        let notification = screen.effects.iter().find_map(|effect| match effect {
            Effect::Notify { title, body } => Some(format!("{title}: {body}")),
            _ => None,
        });
        notification.unwrap_or_default()
    };
    // The messages arrive in chats that are not in front.
    screen.enter("/group new ops");
    // The first messages after connecting are the backlog, which ends with a pause. They do not notify.
    assert_eq!(notification(&mut screen, "bob_alice_1", "bob one"), "");
    screen.wait(2_500);
    assert_eq!(notification(&mut screen, "bob_alice_1", "bob two"), "");
    screen.wait(500);
    assert_eq!(notification(&mut screen, "bob_alice_1", "bob three"), "");
    screen.wait(1_500);
    assert_eq!(notification(&mut screen, "bob_alice_1", "bob four"), "bob: four");
    assert_eq!(notification(&mut screen, "groups/devs/messages", "bob five"), "");
    assert_eq!(notification(&mut screen, "groups/devs/messages", "bob Alice, six"), "#devs: bob: Alice, six");
    // A message in the active chat does not notify, unless the terminal has lost the focus.
    screen.key("alt-1").key("alt-c");
    let active = screen.model.chats.active_chat().map(ToString::to_string).unwrap();
    assert_eq!((active.as_str(), notification(&mut screen, "bob_alice_1", "bob seven")), ("bob", String::new()));
    screen.update(Message::FocusChanged(false));
    assert_eq!(notification(&mut screen, "bob_alice_1", "bob eight"), "bob: eight");
    screen.enter("/mute");
    assert_eq!(notification(&mut screen, "bob_alice_1", "bob alice: nine"), "");
    screen.enter("/notify mentions");
    assert_eq!(notification(&mut screen, "bob_alice_1", "bob alice: ten"), "bob: alice: ten");
    screen.enter("/notify usual");
    screen.model.notifications.settings.content = false;
    assert_eq!(notification(&mut screen, "bob_alice_1", "bob a secret"), "bob: bob wrote");
    // A request always notifies.
    assert_eq!(notification(&mut screen, "alice_Control", "REQUEST eve"), "papo: eve wants to chat");
}

#[test]
fn past_notices_can_be_read_in_the_log() {
    let mut screen = Screen::new(Saved::default());
    let why = LocalizedText::quoted("nobody listens");
    let lost = Connection::Reconnecting { at: screen.now.tick, why };
    screen.update(Message::Connection(Connection::Online)).update(Message::Connection(lost.clone()));
    screen.update(Message::Connection(lost)).update(Message::Warned(LocalizedText::quoted("odd")));
    let logged: Vec<&str> = screen.model.notices.log.lines().map(|line| line.text.as_str()).collect();
    assert_eq!(logged, ["Connected to mqtt://here", "Not connected: nobody listens", "odd"]);
    for n in 0..1000 {
        screen.update(Message::Warned(LocalizedText::quoted(format!("odd {n}"))));
    }
    assert_eq!(screen.model.notices.log.lines().count(), 500, "the log is bounded");
    screen.key("alt-l");
    assert!(screen.model.overlay.is_some());
    screen.key("alt-l");
    assert!(screen.model.overlay.is_none());
}

#[test]
fn notice_about_a_request_goes_when_the_request_is_answered() {
    let mut screen = Screen::with_bob();
    screen.receive("alice_Control", "REQUEST eve");
    screen.wait(500);
    assert_eq!(screen.notice(), "eve wants to chat: Alt-I, then a accepts, d denies");
    screen.update(Message::Asked(1, ScriptRequest::Deny("eve".into())));
    assert_eq!(screen.notice(), "");
}

#[test]
fn answer_to_a_key_replaces_an_event_and_is_not_hidden_by_one() {
    let mut screen = Screen::with_bob();
    screen.receive("alice_Control", "REQUEST eve").enter("/mute");
    assert_eq!(screen.notice(), "Muted; no message will notify you here");
    screen.receive("alice_Control", "REQUEST carl");
    assert_eq!(screen.notice(), "Muted; no message will notify you here");
    screen.wait(1_999);
    assert_eq!(screen.notice(), "Muted; no message will notify you here");
    screen.wait(1);
    assert_eq!(screen.notice(), "2 requests: Alt-I", "eve's was shown too short a time");
    screen.wait(3_999);
    assert_ne!(screen.notice(), "", "it has its whole time");
    screen.wait(1);
    assert_eq!(screen.notice(), "");
}

#[test]
fn waiting_requests_are_told_one_by_one_and_not_pushed_out() {
    let mut screen = Screen::new(bob_and_devs());
    screen.connect(true).enter("/go bob");
    screen.receive("alice_Control", "REQUEST hal").key("alt-i").key("d").answer("enter").wait(100);
    assert_eq!(screen.notice(), "Denied: hal wants to chat");
    screen.receive("groups/devs/leader", "eve ENTER");
    // Something ordinary happens meanwhile.
    let invitation = ScriptRequest::Group { group: "devs".into(), action: GroupAction::Invite("carol".into()) };
    screen.update(Message::Asked(1, invitation));
    screen.wait(1_899);
    assert_eq!(screen.notice(), "Denied: hal wants to chat");
    screen.wait(1);
    assert_eq!(screen.notice(), "eve wants to join #devs: a accepts, d denies", "Denied was read for two seconds");
    screen.receive("alice_Control", "REQUEST carl");
    assert_eq!(screen.notice(), "eve wants to join #devs: a accepts, d denies");
    screen.wait(2_000);
    assert_eq!(screen.notice(), "carl wants to chat: Alt-I, then a accepts, d denies");
    screen.wait(4_000);
    assert_eq!(screen.notice(), "Invited carol to #devs");
}

#[test]
fn requests_that_wait_together_are_counted() {
    let mut screen = Screen::with_bob();
    screen.enter("/mute");
    for user in ["carl", "eve", "hal"] {
        screen.receive("alice_Control", &format!("REQUEST {user}"));
    }
    screen.wait(2_000);
    assert_eq!(screen.notice(), "3 requests: Alt-I");
    screen.update(Message::Asked(1, ScriptRequest::Deny("eve".into())));
    assert_eq!(screen.notice(), "2 requests: Alt-I");
    screen.update(Message::Asked(2, ScriptRequest::Deny("carl".into())));
    assert_eq!(screen.notice(), "hal wants to chat: Alt-I, then a accepts, d denies");
    screen.key("alt-i");
    assert_eq!(screen.notice(), "hal wants to chat: a accepts, d denies");
}

#[test]
fn many_failures_wait_but_no_request_is_lost_among_them() {
    let mut screen = Screen::with_bob();
    screen.enter("/mute").receive("alice_Control", "REQUEST carl");
    for group in 0..20 {
        let notice = Notice::LeadTaken { group: format!("g{group}").parse().unwrap(), leader: "eve".parse().unwrap() };
        screen.model.notices.show(
            Level::Warning.into(),
            Level::Warning,
            Language::english().translate(notice),
            Priority::Important,
            None,
            screen.now,
        );
    }
    let mut shown = Vec::new();
    for _ in 0..10 {
        shown.push(screen.wait(2_000).notice().to_owned());
    }
    assert!(shown.contains(&"carl wants to chat: Alt-I, then a accepts, d denies".to_owned()), "{shown:?}");
    assert!(shown.contains(&"eve took over #g19 while you were away".to_owned()), "{shown:?}");
    shown.dedup();
    assert!(shown.len() < 8, "{shown:?}");
}

#[test]
fn lost_text_is_told_beside_a_new_answer_and_can_be_read() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online").key("alt-u").key("r").types("eally?");
    let remark = "What you typed is in the composer; the list of users had the keys";
    let both = format!("You already have a chat with bob; Enter opens it · {remark}");
    assert_eq!(screen.notice(), both);
    // What others do meanwhile waits.
    screen.receive("alice_Control", "REQUEST hal").wait(1_999);
    assert_eq!(screen.notice(), both);
    screen.wait(1);
    assert_eq!(screen.notice(), "hal wants to chat: Alt-I, then a accepts, d denies");
}

#[test]
fn answer_is_over_with_the_next_line() {
    let mut screen = Screen::with_bob();
    for line in ["hello", "/go bob", "/mark"] {
        screen.enter("/ping");
        assert_eq!(screen.notice(), "No /ping: the header shows the connection; papo status in a shell does, too.");
        screen.key("ctrl-u").enter(line);
        assert_ne!(screen.notice(), "No /ping: the header shows the connection; papo status in a shell does, too.");
    }
}

#[test]
fn answer_is_over_with_the_place_it_was_given_in() {
    let mut screen = Screen::new(bob_and_devs());
    screen.connect(true).enter("/go #devs");
    // In another chat.
    screen.enter("/invite carol").answer("enter").wait(0);
    screen.key("alt-1");
    assert_eq!(screen.notice(), "");
    // Over an overlay, and after it.
    screen.enter("/mute");
    assert_ne!(screen.notice(), "");
    screen.key("f1");
    assert_eq!(screen.notice(), "");
    screen.key("esc").key("alt-l").key("z");
    assert_eq!(screen.notice(), "There is nothing to type into here; Esc closes this");
    screen.key("esc");
    assert_eq!(screen.notice(), "");
}

#[test]
fn no_completions_is_said_until_the_line_changes() {
    let mut screen = Screen::new(bob_and_devs());
    screen.connect(true).enter("/go bob");
    screen.types("/msg zzz").key("tab");
    assert_eq!(screen.notice(), "No completions");
    screen.key("backspace");
    assert_eq!(screen.notice(), "");
    screen.key("tab");
    assert_eq!(screen.notice(), "No completions");
    screen.key("ctrl-u");
    assert_eq!(screen.notice(), "");
    screen.types("/msg zzz").key("tab").key("alt-2");
    assert_eq!(screen.notice(), "");
}

#[test]
fn lead_that_was_handed_over_says_what_denying_does() {
    let mut screen = Screen::with_bob();
    screen.receive("GROUPS/ops", "ops bob alice").enter("/join ops").answer("enter").wait(10_000);
    screen.receive("GROUPS/ops", "ops alice bob").wait(2_000);
    let told: Vec<&str> = screen.model.notices.log.lines().map(|line| line.text.as_str()).collect();
    assert!(told.contains(&"You lead #ops now"), "{told:?}");
}

#[test]
fn notice_about_stray_keys_goes_when_the_composer_has_the_focus() {
    let mut screen = Screen::with_bob();
    screen.key("alt-u").key("z");
    assert_eq!(screen.notice(), "The composer does not have the focus; Esc goes there");
    screen.key("alt-c");
    assert_eq!(screen.notice(), "");
}

#[test]
fn notice_about_stray_keys_does_not_replace_a_new_answer() {
    let mut screen = Screen::with_bob();
    screen.enter("/mute").key("alt-u").key("z");
    assert_eq!(screen.notice(), "Muted; no message will notify you here");
    screen.wait(1_500).key("z");
    assert_eq!(screen.notice(), "Muted; no message will notify you here");
    screen.wait(500).key("z");
    assert_eq!(screen.notice(), "The composer does not have the focus; Esc goes there");
}

#[test]
fn notice_about_a_chat_goes_when_another_chat_comes_to_the_front() {
    let mut screen = Screen::with_bob();
    screen.enter("/group new devs");
    for line in ["/mute", "/open", "/chat nosuch#"] {
        screen.key("alt-1").enter(line);
        assert_ne!(screen.notice(), "", "{line}");
        screen.key("ctrl-u").key("alt-2");
        assert_eq!(screen.notice(), "", "{line}");
    }
    screen.enter("/chat bob");
    assert_eq!(screen.model.chats.active(), Some(0));
}

#[test]
fn notice_about_a_draft_goes_with_the_draft() {
    let mut screen = Screen::with_bob();
    screen.enter("first");
    screen.types("a draft");
    screen.update(Message::Drawn(Layout {
        chat: ChatLayout { fully_visible: Some((0, 0)), ..layout(Scroll::Bottom).chat },
        ..Layout::default()
    }));
    let row = screen.last_row();
    screen.broker_accepts(row).key("alt-up").key("e");
    assert_eq!(screen.notice(), "You are writing something already; send it or clear it first");
    screen.key("down").key("ctrl-c");
    assert_eq!(screen.notice(), "");
}

#[test]
fn proposal_to_end_says_how_to_take_it_back() {
    let mut screen = Screen::with_bob();
    screen.enter("/end");
    assert_eq!(screen.notice(), "You proposed to end this session; your next message here takes that back");
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "END").enter("/end");
    assert_eq!(screen.notice(), "", "the session is over");
}

#[test]
fn indicator_of_typing_ends_when_the_user_leaves() {
    let bob: UserId = "bob".parse().unwrap();
    for (what, topic, payload) in [
        ("goes offline", "USERS/bob", "bob offline"),
        ("is forgotten", "USERS/bob", ""),
        ("ends the session", "bob_alice_1", "END"),
    ] {
        let mut screen = Screen::with_bob();
        screen.receive("USERS/bob", "bob online");
        let inbound = inbound("alice_Control", "TYPING bob_alice_1", &[("papo", "1"), ("from", "bob")]);
        screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
        assert!(screen.model.peer.is_typing(&bob));
        screen.receive(topic, payload);
        assert!(!screen.model.peer.is_typing(&bob), "bob {what}");
    }
    for line in ["/block bob", "/end"] {
        let mut screen = Screen::with_bob();
        screen.receive("USERS/bob", "bob online").receive("bob_alice_1", "END").wait(1_000);
        let inbound = inbound("alice_Control", "TYPING bob_alice_1", &[("papo", "1"), ("from", "bob")]);
        screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
        assert!(screen.model.peer.is_typing(&bob));
        screen.enter(line);
        assert!(!screen.model.peer.is_typing(&bob), "{line}");
    }
}

#[test]
fn notice_about_a_text_typed_in_a_list_goes_with_the_text() {
    let moved = "What you typed is in the composer; your draft comes back afterwards";
    let typed = || {
        let mut screen = Screen::new(bob_and_devs());
        screen.connect(true).enter("/go bob").types("a draft").key("alt-u").pause().types("hello").effects.clear();
        assert_eq!(screen.composer(), "hello");
        screen.types(" there");
        assert!(screen.notice().ends_with(moved), "it stays while the user types on: {}", screen.notice());
        screen
    };
    let mut screen = typed();
    screen.key("enter").answer("enter");
    assert_eq!((screen.composer().as_str(), screen.notice()), ("a draft", ""), "sent: {:?}", screen.published());
    let mut screen = typed();
    screen.key("ctrl-u");
    assert_eq!(screen.notice(), "", "cleared");
    let mut screen = typed();
    screen.key("alt-2");
    assert_eq!((screen.active_chat().as_str(), screen.notice()), ("#devs", ""), "another chat");
}

#[test]
fn indicator_of_typing_that_comes_after_the_message_is_not_shown() {
    let mut screen = Screen::with_bob();
    let bob: UserId = "bob".parse().unwrap();
    let types = |screen: &mut Screen| {
        let inbound = inbound("alice_Control", "TYPING bob_alice_1", &[("papo", "1"), ("from", "bob")]);
        screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
        screen.model.peer.is_typing(&bob)
    };
    assert!(types(&mut screen));
    screen.receive("bob_alice_1", "bob hello");
    assert!(!screen.model.peer.is_typing(&bob));
    assert!(!types(&mut screen), "the broker delivered it late");
    screen.wait(1_000);
    assert!(types(&mut screen));
}

#[test]
fn selected_member_who_left_is_named() {
    let mut screen = Screen::new(bob_and_devs());
    screen.connect(true).enter("/members #devs").pause().key("down");
    screen.receive("groups/devs/leader", "bob LEAVE").key("x");
    assert_eq!(screen.notice(), "bob is not a member any more");
}
