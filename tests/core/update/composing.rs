//! Typing, pasting, drafts and completion in the composer.

use super::*;

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
