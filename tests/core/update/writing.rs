//! What the user writes stays where they began it: drafts, replies and edits, and lines that are not what they seem.

use super::*;

/// Online, without any chat.
fn alone() -> Screen {
    let mut screen = Screen::new(Saved::default());
    screen.connect(false);
    screen.receive("USERS/bob", "bob online").receive("USERS/carol", "carol online");
    screen.effects.clear();
    screen
}

/// `user` accepts alice's request.
fn accepts(screen: &mut Screen, user: &str) {
    screen.receive("alice_Control", &format!("{START} {user}"));
}

/// Chats with bob and carol, and bob's in front.
fn two_chats() -> Screen {
    let chat = |id: &str, at| Conversation::new(id.parse().unwrap(), Timestamp::from_millis(at));
    let conversations = vec![chat("bob_alice_1", 1), chat("carol_alice_2", 2)];
    let mut screen = Screen::new(Saved { conversations, ..Saved::default() });
    screen.connect(false);
    screen.key("alt-1");
    screen.effects.clear();
    screen
}

#[test]
fn first_open_chat_does_not_take_the_composer_from_a_writer() {
    let mut screen = alone();
    screen.enter("/request bob").answer("enter").types("/request ca");
    accepts(&mut screen, "bob");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("", "/request ca"));
    assert_eq!(screen.notice(), "bob is open; Alt-A goes there");
    screen.effects.clear();
    screen.types("rol").key("enter");
    assert_eq!((screen.question(), screen.published()), ("Ask carol to chat? Enter again", vec![]));
    screen.key("esc").key("ctrl-u").types("/request dave").key("alt-a");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", ""), "it was not run yet");
}

#[test]
fn line_that_waited_for_a_chat_comes_along_and_goes_there() {
    for line in ["/query bob hello", "/msg bob hello"] {
        let mut screen = alone();
        screen.enter(line).answer("enter");
        assert_eq!(screen.composer(), line);
        accepts(&mut screen, "bob");
        screen.wait(5_000).key("alt-a").effects.clear();
        assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", line));
        screen.key("enter");
        assert_eq!(
            (screen.published(), screen.composer().as_str()),
            (vec![format!("bob_alice_{START} alice hello")], "")
        );
        screen.key("alt-w");
        assert_eq!(screen.composer(), "", "it has moved");
        // It is still held: what is typed next is not glued to it.
        let mut screen = alone();
        screen.enter(line).answer("enter");
        accepts(&mut screen, "bob");
        screen.wait(5_000).key("alt-a").effects.clear();
        screen.types("good morning").key("enter");
        assert_eq!(screen.published(), [format!("bob_alice_{START} alice good morning")]);
    }
}

#[test]
fn line_that_waited_goes_to_the_named_user_from_another_chat() {
    let mut screen = alone();
    screen.enter("/msg bob hello").answer("enter").receive("alice_Control", "REQUEST carol");
    screen.wait(5_000).key("alt-i").wait(5_000).key("a").answer("enter");
    accepts(&mut screen, "bob");
    screen.wait(5_000).key("alt-1").effects.clear();
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("carol", "/msg bob hello"));
    screen.key("enter");
    assert_eq!(screen.published(), [format!("bob_alice_{START} alice hello")]);
}

#[test]
fn drafts_come_back_after_a_line_that_came_along() {
    let mut screen = Screen::with_bob();
    screen.types("for bob").key("alt-w");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("", ""));
    screen.enter("/nosuch").wait(5_000).key("alt-k").types("bob").key("enter");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", "/nosuch"));
    screen.effects.clear();
    screen.types("hello").key("enter");
    assert_eq!((screen.published(), screen.composer().as_str()), (vec!["bob_alice_1 alice hello".into()], "for bob"));
}

#[test]
fn chat_that_waits_is_named_when_a_line_needs_one() {
    let mut screen = alone();
    screen.enter("/end");
    let without = screen.notice().to_owned();
    screen.key("ctrl-u").enter("/request bob").answer("enter").types("hel");
    accepts(&mut screen, "bob");
    for line in ["hello", "/end", "/clear", "/notify", "/reply", "/copy"] {
        screen.key("ctrl-u").wait(20_000).enter(line);
        let notice = screen.notice();
        assert_eq!((notice, screen.composer().as_str()), ("No active chat: Alt-A goes to bob", line));
    }
    assert_ne!(without, screen.notice());
    screen.effects.clear();
    screen.key("ctrl-u").enter("hello").key("alt-a").wait(5_000).key("enter");
    assert_eq!(screen.published(), [format!("bob_alice_{START} alice hello")]);
}

#[test]
fn text_without_a_chat_moves_along_to_the_chat_that_the_user_goes_to() {
    let mut screen = alone();
    screen.types("dear all").receive("bob_alice_1", "bob hello");
    screen.receive("alice_Control", "REQUEST bob").enter("");
    screen.key("alt-i").key("a");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("", "dear all"));
    screen.key("alt-a");
    assert_eq!((screen.active_chat().as_str(), screen.composer().as_str()), ("bob", "dear all"));
    screen.key("alt-w");
    assert_eq!(screen.composer(), "", "it has moved");
}

#[test]
fn edit_begun_by_a_command_does_not_become_the_target_of_the_draft() {
    let mut screen = Screen::with_bob();
    screen.enter("lunch?");
    let row = screen.model.peer.outbox().next_back().unwrap().row;
    screen.broker_accepts(row);
    screen.types("dear bob").key("alt-u").types("/edit").key("enter");
    assert_eq!(screen.composer(), "lunch?");
    screen.key("esc");
    let tab = screen.model.chats.active_tab().unwrap();
    assert_eq!((screen.composer().as_str(), &tab.compose_target), ("dear bob", &None));
    screen.key("esc");
    assert_eq!(screen.composer(), "dear bob");
}

#[test]
fn command_begun_during_an_edit_keeps_the_edit() {
    let mut screen = Screen::with_bob();
    screen.enter("lunch?").enter("/edit").types(" at one").key("alt-u").types("/hide groups").key("enter");
    let tab = screen.model.chats.active_tab().unwrap();
    assert_eq!(screen.composer(), "lunch? at one");
    assert!(tab.compose_target.is_some());
}

#[test]
fn deleting_a_command_and_typing_another_runs_that_one() {
    let mut screen = Screen::with_bob();
    screen.types("dear club").key("alt-u").types("/x").key("backspace").key("backspace");
    screen.types("/hide groups").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("dear club", vec![]));
    assert_eq!(screen.model.ui.hide.len(), 1);
    screen.key("alt-u").types("/x").key("ctrl-u").types("!").key("enter");
    assert_eq!((screen.composer().as_str(), screen.published()), ("dear club", vec!["bob_alice_1 alice !".into()]));
}

#[test]
fn editor_begun_from_a_list_gets_the_draft() {
    let mut screen = Screen::with_bob();
    screen.types("dear bob").key("alt-u").types("/editor").key("enter");
    let edited = screen.effects.iter().find_map(|effect| match effect {
        Effect::Edit { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(edited, Some("dear bob"));
}

#[test]
fn sent_line_that_is_looked_at_does_not_replace_the_draft() {
    for keys in [&["up"][..], &["ctrl-r", "o", "n", "e"]] {
        let mut screen = Screen::with_bob();
        screen.enter("one").types("half a thought").effects.clear();
        for key in keys {
            screen.key(key);
        }
        assert_eq!(screen.composer(), "one", "{keys:?}");
        screen.update(Message::Quit);
        assert_eq!(screen.model.peer.draft(&"bob_alice_1".parse().unwrap()), "half a thought", "{keys:?}");
    }
    let mut screen = Screen::with_bob();
    screen.enter("one").types("half a thought").key("ctrl-r").types("on").key("end").key("ctrl-_");
    assert_eq!(screen.composer(), "half a thought");
}

#[test]
fn line_that_looks_like_an_editors_command_is_sent_only_by_a_second_enter() {
    for line in [":q", ":wq", ":w!", ":dms"] {
        let mut screen = Screen::with_bob();
        screen.enter(line).key("enter");
        let asked = format!("Send {line} to bob as a message? Enter again (commands begin with /)");
        assert_eq!((screen.question(), screen.published()), (asked.as_str(), vec![]));
        screen.answer("enter");
        assert_eq!(screen.published(), [format!("bob_alice_1 alice {line}")]);
    }
    let mut screen = Screen::with_bob();
    screen.enter(":D").enter(": no").enter(":-)");
    assert_eq!(screen.published().len(), 3);
}

#[test]
fn word_of_a_shell_is_sent_only_by_a_second_enter() {
    for (line, command) in [
        ("exit", "/quit"),
        ("quit", "/quit"),
        ("logout", "/quit"),
        ("help", "/help"),
        ("clear", "/clear"),
        ("ls", "/chats"),
    ] {
        let mut screen = Screen::with_bob();
        screen.enter(line).key("enter");
        let asked = format!("Send “{line}” to bob as a message? Enter again (the command is {command})");
        assert_eq!((screen.question(), screen.published()), (asked.as_str(), vec![]));
        screen.answer("enter");
        assert_eq!(screen.published(), [format!("bob_alice_1 alice {line}")]);
    }
    let mut screen = Screen::with_bob();
    screen.enter("exit").answer("esc").types("/quit").key("enter");
    assert!(matches!(screen.effects.last(), Some(Effect::Quit)), "the command replaces the word");
    let mut screen = Screen::with_bob();
    screen.enter("exit 3").enter("help me").enter("Help");
    assert_eq!(screen.published().len(), 3);
}

#[test]
fn q_alone_says_how_to_leave() {
    let mut screen = Screen::with_bob();
    screen.enter("/q");
    assert_eq!(screen.notice(), "Usage: /q NAME [TEXT] goes to a chat; /close closes this tab, /quit leaves papo");
    assert!(screen.model.overlay.is_none());
}

#[test]
fn msg_sends_and_stays_in_this_chat() {
    let mut screen = two_chats();
    screen.enter("/msg carol psst");
    assert_eq!((screen.active_chat().as_str(), screen.notice()), ("bob", "Sent to carol: psst"));
    assert_eq!(screen.published(), ["carol_alice_2 alice psst"]);
    screen.enter("/chat carol psst");
    assert_eq!(screen.active_chat(), "carol");
}

#[test]
fn text_to_somebody_without_an_open_chat_is_kept_while_papo_asks() {
    let mut screen = alone();
    for line in ["/msg carol a long text", "/chat carol a long text"] {
        screen.enter(line);
        assert_eq!((screen.question(), screen.composer().as_str()), ("Ask carol to chat? Enter again", line));
        screen.answer("esc").key("ctrl-u");
    }
    assert_eq!(screen.published(), [""; 0]);
}

#[test]
fn command_for_a_chat_that_has_just_come_to_the_front_asks() {
    let mut screen = two_chats();
    screen.key("alt-w").types("/mute").key("enter");
    assert_eq!(screen.question(), "carol has just come to the front. Run /mute here? Enter runs it");
    screen.answer("enter");
    assert_eq!(screen.notice(), "Muted; no message will notify you here");
    let mut screen = two_chats();
    screen.key("alt-w").types("see you").key("enter");
    assert_eq!((screen.question().is_empty(), screen.published()), (false, vec![]));
}

#[test]
fn tabs_keep_their_order_after_a_start() {
    let chat = |id: &str, since, active, unread| Conversation {
        unread,
        len: unread,
        active: Timestamp::from_millis(active),
        ..Conversation::new(id.parse().unwrap(), Timestamp::from_millis(since))
    };
    let conversations = vec![chat("bob_alice_1", 1, 30, 0), chat("#devs", 2, 40, 1), chat("carol_alice_2", 3, 20, 0)];
    let screen = Screen::new(Saved { conversations, ..Saved::default() });
    let names: Vec<String> = screen.model.chats.tabs().iter().map(|tab| tab.chat.to_string()).collect();
    assert_eq!(names, ["bob", "#devs", "carol"]);
    assert_eq!(screen.active_chat(), "bob", "the latest without unread messages");
}

#[test]
fn opening_the_chat_in_front_unchooses_the_message() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online").receive("bob_alice_1", "bob hello");
    for keys in [&["alt-u", "enter"][..], &["alt-u", "esc"], &["alt-1"]] {
        screen.key("alt-up");
        assert!(screen.model.chats.chosen().is_some());
        for key in keys {
            screen.key(key);
        }
        assert_eq!((screen.model.focus, screen.model.chats.chosen()), (Pane::Chat, None), "{keys:?}");
    }
}

#[test]
fn begun_reply_counts_as_writing() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/carol", "carol online").enter("/request carol").answer("enter");
    screen.receive("bob_alice_1", "bob hello").key("alt-up").key("r");
    accepts(&mut screen, "carol");
    assert_eq!((screen.active_chat().as_str(), screen.notice()), ("bob", "carol is open; Alt-A goes there"));
}

#[test]
fn command_without_its_slash_is_sent_only_by_a_second_enter() {
    for (line, shown, command) in [
        ("msg carol oops", "msg …", "/msg"),
        ("query @carol", "query …", "/query"),
        ("join #devs", "join …", "/join"),
        ("kick bob", "kick …", "/kick"),
        ("win 2", "win 2", "/win"),
        (" /msg carol hi", " /msg …", "/msg"),
        ("bye", "bye", "/quit"),
        ("names", "names", "/members"),
    ] {
        let mut screen = Screen::with_bob();
        screen.receive("USERS/bob", "bob online").receive("USERS/carol", "carol online").enter(line).key("enter");
        let asked = format!("Send “{shown}” to bob as a message? Enter again (the command is {command})");
        assert_eq!((screen.question(), screen.published()), (asked.as_str(), vec![]), "{line}");
        screen.answer("enter");
        assert_eq!(screen.published(), [format!("bob_alice_1 alice {line}")]);
    }
    let mut screen = Screen::with_bob();
    screen.enter("join us at five").enter("msg dave about it").enter("bye for now").enter(" hello");
    assert_eq!(screen.published().len(), 4);
}

#[test]
fn command_without_its_slash_from_a_pipe_is_sent() {
    for line in ["names", "bye", "win 2", " /end", "join #devs"] {
        let mut screen = Screen::with_bob();
        screen.update(Message::Line(line.to_owned()));
        assert_eq!((screen.question(), screen.published()), ("", vec![format!("bob_alice_1 alice {line}")]));
    }
}

#[test]
fn word_of_a_shell_without_a_chat_names_its_command() {
    for (line, command) in [("exit", "/quit"), ("ls", "/chats"), ("names", "/members")] {
        let mut screen = Screen::new(Saved::default());
        let why = format!("No chat is open to send “{line}” to; the command is {command}");
        screen.connect(true).refuses(line, &why);
    }
}

#[test]
fn keys_without_a_function_say_so() {
    for (name, shown) in [("f7", "F7"), ("ctrl-g", "Ctrl-G"), ("alt-j", "Alt-J"), ("ctrl-up", "Ctrl-↑")] {
        let mut screen = Screen::with_bob();
        screen.types("half a thought").key(name);
        assert_eq!(screen.notice(), format!("{shown} has no function; F1 shows all keys"));
        assert_eq!(screen.composer(), "half a thought");
    }
    for name in ["ctrl-t", "ctrl-y", "ctrl-n", "ctrl-p", "ctrl-d", "alt-f", "ctrl-right", "ctrl-_", "up", "pgup", "esc"]
    {
        let mut screen = Screen::with_bob();
        screen.key(name);
        assert_eq!(screen.notice(), "", "{name}");
    }
}

#[test]
fn ctrl_c_keeps_the_text_that_it_clears() {
    let mut screen = Screen::with_bob();
    screen.enter("one").types("half a thought").key("ctrl-c");
    assert_eq!(screen.composer(), "");
    screen.key("up");
    assert_eq!(screen.composer(), "half a thought");
    screen.key("up");
    assert_eq!(screen.composer(), "one");
}
