//! Typing, pasting, drafts and completion in the composer.

use super::*;

#[test]
fn commands_work_when_no_chat_is_open() {
    let mut screen = Screen::new(Saved::default());
    screen.key("alt-c").types("hello").key("enter");
    assert!(screen.notice().contains("No chat is open"), "{}", screen.notice());
    assert_eq!(screen.composer(), "hello");
    screen.key("ctrl-u").types("/request bob").key("enter").answer("enter");
    assert_eq!(screen.published(), ["bob_Control REQUEST alice"]);
    assert_eq!(screen.composer(), "");
}

#[test]
fn failed_command_stays_in_the_composer() {
    let mut screen = Screen::with_bob();
    for line in ["/qiut", "/join nowhere", "/msg carol a long text", "/request alice", "/accept"] {
        screen.types(line).key("enter");
        assert_eq!((screen.composer().as_str(), screen.notice().is_empty()), (line, false));
        screen.key("ctrl-u");
    }
    assert_eq!(screen.published(), [""; 0]);
}

#[test]
fn sent_message_is_stored_and_the_composer_cleared() {
    let mut screen = Screen::with_bob();
    screen.types("hi bob").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec!["bob_alice_1 alice hi bob".to_owned()], ""));
    assert_eq!(screen.count_operations(|operation| matches!(operation, Operation::Append { .. })), 1);
    assert_eq!(screen.count_operations(|operation| matches!(operation, Operation::PutOutbox { .. })), 1);
}

#[test]
fn long_paste_asks_first_and_trailing_line_end_is_not_sent() {
    let mut screen = Screen::with_bob();
    screen.update(Message::Paste("two\r\nlines\r\n".into())).key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice two\nlines"]);
    let long = "line\n".repeat(30);
    screen.update(Message::Paste(long.clone()));
    assert_eq!(screen.composer(), "");
    assert_eq!(screen.question(), "Paste 30 lines? Enter again");
    screen.key("esc");
    assert_eq!(screen.composer(), "");
    // Terminals end the lines of a paste with carriage returns.
    screen.update(Message::Paste(long.replace('\n', "\r"))).answer("enter");
    assert_eq!(screen.composer(), long);
}

#[test]
fn quit_command_is_not_saved_as_draft() {
    let mut screen = Screen::with_bob();
    screen.enter("/quit");
    assert_eq!(screen.effects.last(), Some(&Effect::Quit), "no effect follows `Quit`");
    assert_eq!(screen.model.peer.draft(&"bob_alice_1".parse().unwrap()), "");
}

#[test]
fn draft_is_saved_during_continuous_typing() {
    let mut screen = Screen::with_bob();
    let drafts = |screen: &Screen| screen.count_operations(|operation| matches!(operation, Operation::PutDraft { .. }));
    for _ in 0..4 {
        screen.types("x").wait(400);
    }
    assert!(drafts(&screen) >= 1, "the draft is saved without a pause");
    screen.types("y");
    screen.update(Message::Quit);
    assert!(
        screen.count_operations(|operation| matches!(operation, Operation::PutDraft { text, .. } if text == "xxxxy"))
            == 1
    );
    assert_eq!(screen.effects.last(), Some(&Effect::Quit));
    assert!(screen.published().contains(&"USERS/alice alice offline".to_owned()));
}

#[test]
fn tab_completes_commands_their_arguments_and_names() {
    let mut screen = Screen::with_bob();
    for user in ["carol", "carla", "dave"] {
        screen.receive(&format!("USERS/{user}"), &format!("{user} online"));
    }
    screen.receive("GROUPS", "caves CREATE");
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
    assert_eq!(completed(&mut screen, "/request #", 1), "/request #", "a group cannot be asked to chat");
    assert_eq!(completed(&mut screen, "/join #c", 1), "/join #caves ");
    assert_eq!(completed(&mut screen, "/group invite #caves DA", 1), "/group invite #caves dave ");
    assert_eq!(completed(&mut screen, "ca", 1), "carla: ");
    assert_eq!(completed(&mut screen, "ca", 2), "carol: ");
    assert_eq!(completed(&mut screen, "ca", 3), "carla: ");
    assert_eq!(completed(&mut screen, "see b", 1), "see bob ", "the name of the chat partner is completed");
    assert_eq!(completed(&mut screen, "//c", 1), "//c");
    // Further typing continues after the completed name.
    completed(&mut screen, "ca", 1);
    screen.types("hi");
    assert_eq!((screen.composer(), screen.model.completion.is_none()), ("carla: hi".into(), true));
    // In an empty composer, Tab moves to the next pane.
    screen.key("ctrl-c").key("tab");
    assert_eq!(screen.model.focus, Pane::Users);
}

#[test]
fn typing_is_published_for_messages_if_enabled_but_not_for_commands() {
    let mut screen = with_archive();
    let typing =
        |screen: &Screen| screen.published().iter().filter(|publication| publication.contains("TYPING")).count();
    screen.update(from_papo("bob_alice_2", "bob hi", 1, "0123456789abcdef0123456789abcdef"));
    screen
        .update(Message::Peer(Input::Connected { session_present: true, names_senders: false }))
        .update(Message::Peer(Input::Subscribed));
    screen.update(from_papo("USERS/bob", "bob online", 1, "0123456789abcdef0123456789abcdee"));
    screen.types("/mute");
    assert_eq!(typing(&screen), 0);
    screen.key("ctrl-u").types("hello");
    assert_eq!(typing(&screen), 0, "the setting is off");
    screen.model.ui.typing = true;
    screen.types(" bob");
    assert_eq!(typing(&screen), 1);
}

#[test]
fn killed_text_is_yanked_in_another_chat_and_in_a_field() {
    let mut screen = with_archive();
    screen.types("one pump").key("ctrl-w").key("alt-s").key("ctrl-y");
    assert_eq!(screen.model.search.text, "pump");
    screen.key("ctrl-u").types("valve").key("ctrl-u").key("esc").key("ctrl-y");
    assert_eq!(screen.composer(), "one valve");
}

#[test]
fn sent_lines_are_searched_and_taken_without_sending() {
    let mut screen = Screen::with_bob();
    screen.enter("hi bob").enter("shall we go?");
    screen.effects.clear();
    screen.key("ctrl-r").types("hi").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("hi bob", vec![]));
    screen.key("ctrl-r").types("sh").key("ctrl-r").key("esc");
    assert_eq!(screen.composer(), "hi bob", "Esc leaves the search, and nothing else");
    screen.key("ctrl-r").types("shall").key("ctrl-e").types("!").key("enter");
    assert_eq!(screen.published(), ["bob_alice_1 alice shall we go?!"]);
}

#[test]
fn full_field_rejects_text_but_can_be_edited() {
    let mut screen = Screen::with_bob();
    screen.key("ctrl-f").types(&"x".repeat(300));
    screen.update(Message::Paste("y".repeat(300)));
    assert_eq!(screen.model.search.text, "x".repeat(256));
    screen.update(Message::Key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE))).types("zz");
    assert_eq!(screen.model.search.text, "x".repeat(255) + "z");
    screen.key("ctrl-u");
    assert_eq!(screen.model.search.text, "");
}

#[test]
fn line_from_a_pipe_leaves_the_draft_alone() {
    let mut screen = Screen::with_bob();
    screen.types("half a sentence");
    for line in ["whole", "/qiut", "", "also whole"] {
        screen.update(Message::Line(line.to_owned()));
        assert_eq!(screen.composer(), "half a sentence", "after {line:?}");
    }
    assert_eq!(screen.published(), ["bob_alice_1 alice whole", "bob_alice_1 alice also whole"]);
}

#[test]
fn line_from_a_pipe_answers_a_question() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/dave", "dave online");
    screen.update(Message::Line("/request carol".to_owned()));
    screen.wait(400).update(Message::Line("/request dave".to_owned()));
    assert_eq!(screen.published(), Vec::<String>::new(), "another line is no answer");
    screen.wait(400).update(Message::Line(String::new()));
    assert_eq!(screen.published(), ["dave_Control REQUEST alice"]);
}

#[test]
fn word_of_a_shell_from_a_pipe_is_sent_only_by_an_empty_line() {
    for (answer, sent) in [("", "exit"), ("not yet", "not yet")] {
        let mut screen = Screen::with_bob();
        screen.update(Message::Line("exit".to_owned()));
        assert_eq!((screen.question().is_empty(), screen.published()), (false, vec![]));
        screen.wait(400).update(Message::Line(answer.to_owned()));
        assert_eq!(screen.published(), [format!("bob_alice_1 alice {sent}")], "{answer:?}");
        assert_eq!((screen.composer().as_str(), screen.model.chats.active_tab().unwrap().draft().as_str()), ("", ""));
    }
}
