//! What leaves for others is asked about first, and every question is answered on the screen.

use super::*;

/// Alice leads #devs, in which bob is; zoë leads #ops.
fn with_groups() -> Screen {
    let mut screen = Screen::with_bob();
    screen.enter("/group new devs").receive("USERS/carol", "carol online").receive("GROUPS/ops", "ops zoë");
    screen.enter("/group invite devs bob").answer("enter").receive("groups/devs/leader", "bob ENTER").key("alt-1");
    screen.effects.clear();
    screen
}

#[test]
fn request_is_sent_by_a_second_enter() {
    let mut screen = with_groups();
    for start in [&["alt-u", "end", "enter"][..], &["alt-u", "end", "r"]] {
        for key in start {
            screen.key(key);
        }
        assert_eq!((screen.question(), screen.published()), ("Ask carol to chat? Enter again", vec![]));
        screen.answer("esc");
        assert_eq!((screen.question(), screen.notice()), ("", "Not asked: carol"));
    }
    screen.enter("/request carol");
    assert_eq!((screen.question(), screen.published()), ("Ask carol to chat? Enter again", vec![]));
    screen.answer("enter");
    assert_eq!(screen.published(), ["carol_Control REQUEST alice"]);
    assert_eq!((screen.question(), screen.notice()), ("", "Asked carol to chat"));
}

#[test]
fn enter_pressed_twice_at_once_asks_nobody() {
    let mut screen = with_groups();
    screen.key("alt-u").key("end").key("enter").key("enter").advance_clock(Duration::from_millis(399)).key("enter");
    assert_eq!((screen.question(), screen.published()), ("Ask carol to chat? Enter again", vec![]));
    screen.advance_clock(Duration::from_millis(399)).key("enter");
    assert_eq!(screen.published(), [""; 0], "each Enter that comes too early starts the time again");
    screen.answer("enter");
    assert_eq!(screen.published(), ["carol_Control REQUEST alice"]);
}

#[test]
fn another_key_cancels_the_question_and_does_what_it_always_does() {
    let mut screen = with_groups();
    screen.enter("/request carol").answer("h").key("i");
    assert_eq!((screen.question(), screen.composer().as_str(), screen.notice()), ("", "hi", "Not asked: carol"));
    screen.answer("enter").answer("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice hi"]);
}

#[test]
fn request_to_someone_with_an_open_chat_goes_there() {
    let mut screen = with_groups();
    screen.receive("USERS/bob", "bob online").key("alt-2").key("alt-u").key("r");
    assert_eq!((screen.active_chat().as_str(), screen.model.focus), ("#devs", Pane::Users), "a letter changes no chat");
    assert_eq!((screen.question(), screen.notice()), ("", "You already have a chat with bob; Enter opens it"));
    screen.answer("enter");
    assert_eq!((screen.active_chat().as_str(), screen.model.focus), ("bob", Pane::Chat));
    screen.key("alt-2").enter("/request bob");
    assert_eq!(screen.active_chat(), "bob");
    assert_eq!((screen.notice(), screen.published()), ("You already have an open chat with bob", vec![]));
}

#[test]
fn joining_asks_first() {
    let mut screen = with_groups();
    screen.enter("/join ops");
    assert_eq!(screen.question(), "Ask zoë to let you into #ops? Enter again");
    screen.answer("esc").key("alt-g").key("end").key("enter");
    assert_eq!(screen.question(), "Ask zoë to let you into #ops? Enter again");
    assert_eq!(screen.published(), [""; 0]);
    screen.answer("enter");
    assert_eq!(screen.published(), ["groups/ops/leader alice ENTER"]);
    screen.enter("/join devs");
    assert_eq!((screen.question(), screen.notice()), ("", "You are already in #devs"));
    assert_eq!(screen.active_chat(), "#devs");
    screen.key("alt-1").key("alt-g").key("home").key("J");
    assert_eq!((screen.active_chat().as_str(), screen.model.focus), ("bob", Pane::Groups));
    assert_eq!(screen.notice(), "You are already in #devs; Enter opens it");
}

#[test]
fn commands_that_remove_or_hand_over_ask_first() {
    let mut screen = with_groups();
    for (line, asked, word) in [
        ("/group kick devs bob", "Remove bob from #devs?", "bob"),
        ("/group lead devs bob", "Hand the lead of #devs to bob?", "bob"),
        ("/group disband devs", "Disband #devs for all its members?", "devs"),
        ("/forget dave", "Clear the presence of dave on the broker, for everyone?", "dave"),
    ] {
        screen.receive("USERS/dave", "dave offline").effects.clear();
        screen.enter(line).key("enter").types(word).key("enter");
        let question = format!("{asked} Type {word}, then Enter");
        assert_eq!((screen.question(), screen.published()), (question.as_str(), vec![]), "{line}: too early");
        screen.pause().key("backspace").key("enter");
        assert_eq!((screen.question(), screen.published()), (question.as_str(), vec![]), "{line}: half a name");
        for _ in word.chars() {
            screen.key("backspace");
        }
        screen.types("NO").key("enter");
        let cancelled = format!("Cancelled: {asked}");
        assert_eq!((screen.question(), screen.notice()), ("", cancelled.as_str()));
        assert_eq!((screen.composer().as_str(), screen.published()), ("", vec![]), "no goes nowhere");
    }
    screen.enter("/group kick devs bob").answer_with("@Bob");
    assert_eq!(screen.notice(), "Removed bob from #devs");
    screen.enter("/group disband devs").answer_with("#DEVS");
    assert!(!screen.model.peer.groups().contains_key(&"devs".parse().unwrap()));
}

#[test]
fn answer_to_a_friend_confirms_no_question() {
    for (line, question) in [
        ("/group kick devs bob", "Remove bob from #devs? Type bob, then Enter"),
        ("/request carol", "Ask carol to chat? Enter again"),
    ] {
        for yes in ["y", "Yes"] {
            let mut screen = with_groups();
            screen.enter(line).wait(1_000).receive("bob_alice_1", "bob are you coming? y/n");
            screen.wait(5_000).types(yes).key("enter");
            let asked = format!("“{yes}” confirms nothing. {question}");
            assert_eq!((screen.question(), screen.published()), (asked.as_str(), vec![]));
            assert_eq!(
                (screen.composer().as_str(), screen.model.notices.question.as_ref().unwrap().typed.as_str()),
                ("", "")
            );
            screen.key("enter");
            assert_eq!((screen.question(), screen.published()), (asked.as_str(), vec![]), "a double Enter");
            for no in ["n", "NO"] {
                screen.types(no).key("enter").pause().enter(line).pause();
                assert_eq!(
                    (screen.question(), screen.composer().as_str(), screen.published()),
                    (question, "", vec![]),
                    "{no}"
                );
            }
        }
    }
}

#[test]
fn short_text_that_cancels_a_question_is_not_sent_at_once() {
    for (line, text, asks) in [
        ("/request carol", "ok", true),
        ("/request carol", "sure", true),
        ("/invite carol devs", "yep", true),
        ("/invite carol devs", "right", false),
        ("/invite carol devs", "see you at five", false),
        ("/kick devs bob", "bbo", true),
        ("/kick devs bob", "bob!", true),
        ("/kick devs bob", "bobby", true),
        ("/kick devs bob", "see you at five", false),
    ] {
        let mut screen = with_groups();
        screen.enter(line).pause().types(text).key("enter");
        let sent = format!("bob_alice_1 alice {text}");
        if asks {
            let question = format!("Send “{text}” to bob? It cancelled the question before. Enter sends");
            assert_eq!((screen.question(), screen.published()), (question.as_str(), vec![]), "{line} {text}");
            screen.answer("enter");
        }
        assert_eq!((screen.question(), screen.published()), ("", vec![sent]), "{line} {text}");
        screen.effects.clear();
        screen.enter("ok");
        assert_eq!(screen.published(), ["bob_alice_1 alice ok"], "the next line asks nothing");
    }
}

#[test]
fn sentence_that_cancels_a_question_in_a_list_asks_before_it_is_sent() {
    for (keys, sentence, place) in [
        (&["alt-g", "D"][..], "do you really", "the list of groups"),
        (&["alt-u", "end", "r"], "not now", "the list of users"),
        (&["alt-u", "end", "r"], "yes, at five", "the list of users"),
    ] {
        let mut screen = with_groups();
        for key in keys {
            screen.key(key);
        }
        assert!(!screen.question().is_empty(), "{keys:?}");
        screen.wait(1_000).types(sentence).key("enter");
        let question = format!("Send to bob? You typed this while {place} had the keys. Enter sends");
        assert_eq!((screen.question(), screen.published()), (question.as_str(), vec![]), "{sentence}");
        // A blank cancels it, and the next Enter asks again.
        screen.pause().types(" ").key("enter");
        assert_eq!((screen.question(), screen.published()), (question.as_str(), vec![]), "{sentence}");
    }
}

#[test]
fn backspace_cancels_a_question_about_the_line_and_edits_it() {
    let mut screen = with_groups();
    screen.enter("/request carol").key("esc").types("hello").key("enter");
    assert_eq!(screen.question(), "Send to bob? You named carol last. Enter sends");
    screen.pause().key("backspace");
    assert_eq!((screen.question(), screen.composer().as_str()), ("", "hell"));
}

#[test]
fn line_from_the_history_has_no_doubt_of_an_earlier_one() {
    let mut screen = with_groups();
    screen.enter("ok").enter("/kick devs bob").pause().types("see you at five").key("enter").effects.clear();
    screen.key("up").key("up").key("up").key("enter");
    assert_eq!((screen.question(), screen.published()), ("", vec!["bob_alice_1 alice ok".to_owned()]));
}

#[test]
fn name_that_says_no_is_typed_with_its_sign() {
    let mut screen = Screen::with_bob();
    screen.enter("/group new no").enter("/group disband no").answer_with("no");
    assert_eq!((screen.question(), screen.notice()), ("", "Cancelled: Disband #no for all its members?"));
    screen.enter("/group disband no");
    assert_eq!(screen.question(), "Disband #no for all its members? Type #no, then Enter");
    screen.answer_with_word();
    assert!(!screen.model.peer.groups().contains_key(&"no".parse().unwrap()));
}

#[test]
fn name_may_be_pasted_and_its_accents_may_be_separate() {
    for typed in ["zoë", "Zoe\u{308}"] {
        let mut screen = Screen::with_bob();
        screen.receive("USERS/zoë", "zoë offline").enter("/forget zoë").answer_with("zoe");
        assert_eq!(screen.question(), "Clear the presence of zoë on the broker, for everyone? Type zoë, then Enter");
        screen.key("ctrl-c").effects.clear();
        screen.enter("/forget zoë").pause().types(typed).key("enter");
        assert_eq!(screen.published(), ["USERS/zoë "], "{typed}");
    }
    let mut screen = with_groups();
    screen.enter("/kick devs bob").pause().update(Message::Paste("bob\n".into())).key("enter");
    assert_eq!(screen.notice(), "Removed bob from #devs");
}

#[test]
fn text_that_is_no_answer_cancels_and_goes_where_it_was_meant() {
    for (text, published) in [
        ("you there?", "bob_alice_1 alice you there?"),
        ("yes I am back", "bob_alice_1 alice yes I am back"),
        ("no, wait", "bob_alice_1 alice no, wait"),
        ("bob, come", "bob_alice_1 alice bob, come"),
        ("bob: come", "bob_alice_1 alice bob: come"),
    ] {
        let mut screen = with_groups();
        screen.enter("/kick devs bob").pause().pause().types(text);
        assert_eq!((screen.question(), screen.notice()), ("", "Cancelled: Remove bob from #devs?"), "{text}");
        assert_eq!(screen.composer(), text);
        screen.key("enter");
        assert_eq!(screen.published(), [published]);
    }
    let mut screen = with_groups();
    screen.enter("/kick devs bob").pause().types("bo").update(Message::Paste("x".into()));
    assert_eq!((screen.question(), screen.composer().as_str()), ("", "box"));
}

#[test]
fn command_typed_at_a_question_runs() {
    for line in ["/kick devs bob", "/request carol"] {
        let mut screen = with_groups();
        screen.enter(line).pause().types("/win 2").key("enter");
        assert_eq!((screen.active_chat().as_str(), screen.published()), ("#devs", vec![]), "{line}");
    }
}

#[test]
fn keys_that_answer_nothing_leave_the_composer_as_it_is() {
    let mut screen = with_groups();
    screen
        .types("half a thought")
        .key("alt-g")
        .key("D")
        .pause()
        .key("enter")
        .key("backspace")
        .types("de")
        .key("ctrl-c");
    assert_eq!((screen.question(), screen.notice()), ("", "Cancelled: Disband #devs for all its members?"));
    screen.key("D").pause().types("de").pause().key("down");
    assert_eq!((screen.question(), screen.composer().as_str()), ("", "half a thought"));
    assert_eq!((screen.model.focus, screen.published()), (Pane::Groups, vec![]));
    screen.pause().key("home").key("D").answer_with_word();
    assert!(!screen.model.peer.groups().contains_key(&"devs".parse().unwrap()));
}

#[test]
fn question_over_an_overlay_is_answered_there() {
    let mut screen = with_groups();
    screen.key("alt-g").key("m").pause().key("end").key("x");
    assert_eq!(screen.question(), "Remove bob from #devs? Type bob, then Enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Members(_))));
    screen.pause().types("bobo").key("x").key("i");
    assert_eq!((screen.question(), screen.published()), ("", vec![]), "the letters are no keys of the overlay");
    assert_eq!(
        screen.notice(),
        "Cancelled: Remove bob from #devs? · Ignored “boboxi”, typed while the window had the keys; Esc closes it, ↑ in the \
         composer brings the text back"
    );
    screen.wait(1_500).key("x").answer_with_word();
    assert_eq!(screen.notice(), "Removed bob from #devs");
    assert!(matches!(screen.model.overlay, Some(Overlay::Members(_))));
}

#[test]
fn inviting_asks_first() {
    let mut screen = with_groups();
    for line in ["/invite devs carol", "/group invite carol #devs"] {
        screen.enter(line);
        assert_eq!((screen.question(), screen.published()), ("Invite carol to #devs? Enter again", vec![]), "{line}");
        screen.answer("esc");
        assert_eq!(screen.notice(), "Cancelled: Invite carol to #devs?");
    }
    screen.refuses("/invite devs bob", "bob is already in #devs");
    screen.enter("/invite devs carol").answer("enter");
    assert_eq!(screen.notice(), "Invited carol to #devs");
}

#[test]
fn impossible_actions_say_so_without_a_question() {
    let mut screen = with_groups();
    for (line, why) in [
        ("/group kick devs carol", "carol is not a member of #devs"),
        ("/group kick devs alice", "You lead #devs: hand over the lead or disband the group first"),
        ("/group lead devs alice", "You lead #devs already"),
        ("/group new devs", "You lead #devs already"),
        ("/group leave devs", "You lead #devs: hand over the lead or disband the group first"),
        ("/group disband ops", "Only the leader of #ops can do that"),
        ("/group leave ops", "You are not in #ops"),
        ("/join nowhere", "No group is called #nowhere; /create nowhere creates it"),
    ] {
        screen.refuses(line, why);
    }
    screen.update(Message::Peer(Input::Disconnected)).enter("/join nowhere");
    assert_eq!(screen.notice(), "#nowhere is not known here; papo is offline, so it may exist");
}

#[test]
fn accept_takes_the_only_request_and_lists_several() {
    let mut screen = with_groups();
    screen.receive("alice_Control", "REQUEST carl").enter("/accept");
    assert_eq!(screen.active_chat(), "carl");
    screen.receive("alice_Control", "REQUEST carol").receive("groups/devs/leader", "carl ENTER").effects.clear();
    screen.enter("/accept");
    assert_eq!(screen.notice(), "2 pending requests: carol (chat), carl → #devs; /accept ID [#GROUP]");
    assert_eq!((screen.composer().as_str(), screen.published()), ("/accept", vec![]));
    screen.types(" carl #devs").key("enter");
    assert_eq!(screen.notice(), "carl joined #devs");
    screen.enter("/deny carol");
    assert_eq!(screen.notice(), "Denied: carol wants to chat");
    assert_eq!(screen.enter("/deny").notice(), "No matching request is pending");
}

#[test]
fn answer_to_a_user_with_two_requests_is_about_the_chat() {
    let mut screen = with_groups();
    screen.receive("groups/devs/leader", "carl ENTER").receive("alice_Control", "REQUEST carl").enter("/accept carl");
    assert_eq!(screen.active_chat(), "carl");
    screen.enter("/accept #devs");
    assert_eq!(screen.notice(), "carl joined #devs");
}

#[test]
fn accepting_key_pressed_twice_types_nothing() {
    let mut screen = Screen::with_bob();
    screen.receive("alice_Control", "REQUEST eve").key("alt-i").key("a").key("a");
    assert_eq!(screen.question(), "Accept: eve wants to chat? Enter again");
    screen.answer("enter").key("enter");
    assert_eq!((screen.model.focus, screen.composer().as_str()), (Pane::Chat, ""));
    assert_eq!(screen.active_chat(), "eve");
    screen.types("ha");
    assert_eq!(screen.composer(), "ha");
}

#[test]
fn enter_that_opens_a_chat_does_not_send_its_draft() {
    let mut screen = with_groups();
    screen
        .types("half a thought")
        .key("alt-2")
        .receive("USERS/bob", "bob online")
        .key("alt-u")
        .key("enter")
        .key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("half a thought", vec![]));
    screen.answer("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice half a thought"]);
}

#[test]
fn every_command_about_a_request_is_answered() {
    let mut screen = with_groups();
    screen.enter("/request carol").answer("enter").enter("/withdraw");
    assert_eq!(screen.notice(), "Request cancelled: chat with carol");
    assert_eq!(screen.enter("/hide users").notice(), "Hidden: Users; /show brings them back");
    assert_eq!(screen.enter("/show").notice(), "All lists are shown");
    assert_eq!(screen.enter("/reconnect").notice(), "Connecting to mqtt://here");
    assert_eq!(screen.update(Message::Connection(Connection::Connecting)).notice(), "Connecting to mqtt://here");
    assert_eq!(screen.connect(true).notice(), "", "papo is online");
    screen.receive("alice_Control", "REQUEST eve").key("alt-i").key("enter");
    assert_eq!(screen.question(), "Accept: eve wants to chat? Enter again");
    screen.answer("enter");
    assert_eq!(screen.notice(), "The chat with eve is open");
}

#[test]
fn accepted_invitation_says_when_i_am_in() {
    for (leader, expected) in
        [("zoë", "Accepted: you join #ops when zoë confirms"), ("", "Accepted: you join #ops when its leader confirms")]
    {
        let mut screen = Screen::with_bob();
        if !leader.is_empty() {
            let record = inbound("GROUPS/ops", "ops zoë", &[("papo", "1"), ("rev", "1"), ("born", "1")]);
            screen.update(Message::Peer(Input::Received { inbound: record, token: AckToken { epoch: 1, packet: 1 } }));
        }
        let id = "0123456789abcdef0123456789abcdef";
        let invitation = inbound("alice_Control", "GI ops", &[("papo", "1"), ("from", "zoë"), ("id", id)]);
        screen.update(Message::Peer(Input::Received { inbound: invitation, token: AckToken { epoch: 1, packet: 2 } }));
        screen.enter("/accept");
        assert_eq!(screen.notice(), expected);
    }
}

#[test]
fn chat_that_opens_nevertheless_ends_the_notice_that_it_was_not_asked_for() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/carol", "carol online").enter("/request carol").answer("enter").wait(5_000);
    screen.enter("/request carol").answer("esc");
    assert_eq!(screen.notice(), "Not asked: carol");
    screen.receive("alice_Control", &format!("{START} carol"));
    assert!(!screen.notice().starts_with("Not "), "{}", screen.notice());
    // The requests cross while the question is open.
    let mut screen = Screen::with_bob();
    screen.receive("USERS/carol", "carol online").enter("/request carol").answer("enter").wait(5_000);
    screen.enter("/request carol");
    assert_eq!(screen.question(), "You asked carol before. Ask once more? Enter again");
    asks(&mut screen, "carol");
    assert!(screen.model.peer.chat(&"carol".parse().unwrap()).is_some_and(|chat| chat.is_open()));
    assert_eq!(screen.question(), "");
    assert!(!screen.notice().starts_with("Not "), "{}", screen.notice());
}

/// Receives a request to chat from a user of papo.
fn asks(screen: &mut Screen, user: &str) {
    let id = "0123456789abcdef0123456789abcdef";
    let inbound =
        inbound("alice_Control", &format!("REQUEST {user}"), &[("papo", "1"), ("from", user), ("id", id), ("ts", "1")]);
    screen.update(Message::Peer(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }));
}

#[test]
fn command_asks_before_it_answers_a_request_that_came_after_it_was_begun() {
    for (command, question) in
        [("/accept", "Accept: eve wants to chat? Enter again"), ("/deny", "Deny: eve wants to chat? Enter again")]
    {
        let mut screen = with_groups();
        screen.types(command).wait(300).receive("alice_Control", "REQUEST eve").wait(2_000).key("enter");
        assert_eq!(screen.question(), question);
        assert!(screen.model.peer.requests().any(Request::waits_for_me));
        screen.answer("enter");
        assert!(!screen.model.peer.requests().any(Request::waits_for_me));
    }
}

#[test]
fn letter_after_an_answer_in_the_inbox_is_not_sent_at_once() {
    let mut screen = with_groups();
    screen.receive("alice_Control", "REQUEST eve").receive("alice_Control", "REQUEST frank").wait(2_000);
    screen.key("alt-i").key("a").answer("enter").wait(5_000).types("a").key("enter");
    assert!(screen.question().starts_with("This chat has just come to the front."), "{}", screen.question());
    screen.key("esc").types("hello").key("enter");
    assert!(screen.published().last().unwrap().ends_with("alice hello"), "{:?}", screen.published());
}
