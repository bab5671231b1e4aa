//! A line goes to the chat that the user has in mind: the one that they see, or the one that they have just named.

use super::*;

/// Chats with bob and with carol, and bob's in front; dave is online, and so is a group of zoë.
fn with_chats() -> Screen {
    let chat = |id: &str, at| Conversation::new(id.parse().unwrap(), Timestamp::from_millis(at));
    let conversations = vec![chat("bob_alice_1", 1), chat("carol_alice_2", 2)];
    let mut screen = Screen::new(Saved { conversations, ..Saved::default() });
    screen.connect(false).receive("USERS/dave", "dave online").receive("GROUPS/ops", "ops zoë").key("alt-1");
    screen.effects.clear();
    screen
}

fn dave_accepts(screen: &mut Screen) -> &mut Screen {
    screen.receive("alice_Control", &format!("{START} dave"))
}

fn zoe_lets_me_in(screen: &mut Screen) -> &mut Screen {
    screen.receive("GROUPS/ops", "ops zoë alice")
}

/// What was sent in chats.
fn said(screen: &Screen) -> Vec<String> {
    let is_said = |line: &String| line.contains("_alice_") || line.contains("/messages ");
    screen.published().into_iter().filter(is_said).collect()
}

#[test]
fn chat_asked_for_waits_after_the_next_line() {
    for (ask, name, accept) in [
        ("/request dave", "dave", dave_accepts as fn(&mut Screen) -> &mut Screen),
        ("/join ops", "#ops", zoe_lets_me_in),
    ] {
        let mut screen = with_chats();
        screen.enter(ask).answer("enter").wait(11_000).enter("still there?");
        accept(&mut screen);
        assert_eq!(screen.active_chat(), "bob");
        screen.wait(2_000).enter("this is private");
        assert_eq!(said(&screen), ["bob_alice_1 alice still there?", "bob_alice_1 alice this is private"], "{name}");
        screen.key("alt-a");
        assert_eq!(screen.active_chat(), name);
    }
}

#[test]
fn chat_asked_for_comes_to_the_front_if_nothing_was_pressed() {
    let mut screen = with_chats();
    screen.enter("/join ops").answer("enter").wait(60_000);
    zoe_lets_me_in(&mut screen);
    assert_eq!(screen.active_chat(), "#ops");
    // Asked before this start, so keys were pressed since.
    let mut screen = with_chats();
    screen.enter("/request dave").answer("enter");
    let before = Timestamp::from_millis(START - 1);
    let requests = screen.model.peer.requests().cloned().map(|request| Request { at: before, ..request }).collect();
    let conversations = screen.model.peer.conversations().values().cloned().collect();
    let mut screen = Screen::new(Saved { requests, conversations, ..Saved::default() });
    screen.connect(false);
    dave_accepts(&mut screen);
    assert_eq!((screen.active_chat().as_str(), screen.notice()), ("carol", "dave is open; Alt-A goes there"));
}

#[test]
fn first_chat_comes_to_the_front_although_keys_were_pressed() {
    let mut screen = Screen::new(Saved::default());
    screen.connect(false).receive("USERS/dave", "dave online").enter("/request dave").answer("enter");
    screen.key("alt-u").key("esc");
    dave_accepts(&mut screen);
    assert_eq!(screen.active_chat(), "dave");
}

#[test]
fn line_after_naming_another_chat_asks_first() {
    // Asked about, and typed on; refused; asked for, and confirmed.
    for (line, answer, named) in [
        ("/query dave", None, "dave"),
        ("/request dave", Some("enter"), "dave"),
        ("/request dave", Some("esc"), "dave"),
        ("/chat @nobody", None, "nobody"),
        ("/join #ops", None, "#ops"),
        ("/join nowhere", None, "nowhere"),
        ("/go nowhere", None, "nowhere"),
    ] {
        let mut screen = with_chats();
        screen.enter(line);
        if let Some(key) = answer {
            screen.answer(key);
        }
        screen.pause().key("ctrl-u").wait(5_000).types("about the salary").key("enter");
        let asked = format!("Send to bob? You named {named} last. Enter sends");
        assert_eq!((screen.question(), said(&screen)), (asked.as_str(), vec![]), "{line}");
        screen.key("enter");
        assert_eq!(said(&screen), [""; 0], "{line}: not before it can be read");
        screen.answer("enter").enter("another");
        let both = ["bob_alice_1 alice about the salary", "bob_alice_1 alice another"];
        assert_eq!((screen.question(), said(&screen)), ("", both.map(str::to_owned).to_vec()), "{line}");
    }
}

#[test]
fn line_after_accepting_an_invitation_asks_until_the_group_is_there() {
    let mut screen = with_chats();
    let id = "0123456789abcdef0123456789abcdef";
    for received in [
        inbound("USERS/zoë", "zoë online", &[("papo", "1"), ("device", "z")]),
        inbound("alice_Control", "GI ops", &[("papo", "1"), ("from", "zoë"), ("id", id), ("ts", "1")]),
    ] {
        let token = AckToken { epoch: 1, packet: 1 };
        screen.update(Message::Peer(Input::Received { inbound: received, token }));
    }
    screen.enter("/accept");
    assert_eq!((screen.active_chat().as_str(), screen.published().len()), ("bob", 1), "asked for, but not there yet");
    screen.wait(2_000).enter("I am in");
    assert_eq!((screen.question(), said(&screen)), ("Send to bob? You named #ops last. Enter sends", vec![]));
}

#[test]
fn line_after_a_list_key_that_went_nowhere_asks_first() {
    for keys in [&["alt-u", "end", "enter"][..], &["alt-u", "end", "r"], &["alt-g", "J"], &["alt-g", "enter"]] {
        let mut screen = with_chats();
        for key in keys {
            screen.key(key);
        }
        screen.answer("esc").key("esc").types("hi").key("enter");
        let named = if keys[0] == "alt-u" { "dave" } else { "#ops" };
        let asked = format!("Send to bob? You named {named} last. Enter sends");
        assert_eq!((screen.question(), said(&screen)), (asked.as_str(), vec![]), "{keys:?}");
    }
}

#[test]
fn line_is_sent_at_once_when_it_is_clear_where_it_goes() {
    // The user has gone to a chat, even to the same one; time has passed; they went where they wanted.
    for (keys, topic) in
        [(&["alt-2"][..], "carol_alice_2"), (&["alt-2", "alt-1"], "bob_alice_1"), (&["alt-1"], "bob_alice_1")]
    {
        let mut screen = with_chats();
        screen.enter("/query dave").answer("esc");
        for key in keys {
            screen.key(key);
        }
        screen.types("hi").key("enter");
        assert_eq!((screen.question(), said(&screen)), ("", vec![format!("{topic} alice hi")]), "{keys:?}");
    }
    let mut screen = with_chats();
    screen.enter("/query dave").answer("esc").wait(10_000).enter("hi");
    assert_eq!(said(&screen), ["bob_alice_1 alice hi"]);
    screen.enter("/query carol").enter("ho");
    assert_eq!((screen.active_chat().as_str(), said(&screen).len()), ("carol", 2));
    screen.enter("/request dave").answer("enter");
    dave_accepts(&mut screen);
    screen.wait(2_000).enter("hello");
    assert_eq!((screen.question(), said(&screen).len()), ("", 3));
}

#[test]
fn commands_after_naming_another_chat_run_at_once() {
    let mut screen = with_chats();
    screen.enter("/query dave").answer("esc").enter("/mute");
    assert_eq!((screen.question(), screen.notice()), ("", "Muted; no message will notify you here"));
}

#[test]
fn only_commands_about_this_chat_ask_when_it_has_just_come_to_the_front() {
    for line in ["/query carol", "/request dave", "/msg carol hi", "/set", "/leave #ops", "/kick #ops bob", "/edit 1"] {
        let mut screen = with_chats();
        screen.enter("/query dave").key("alt-w").enter(line);
        let question = screen.question();
        assert!(question.is_empty() || question == "Ask dave to chat? Enter again", "{line}: {question}");
    }
    for line in ["/wc", "/end", "/p", "/k dave", "/cls", "/edit", "/reply hi", "/say hi"] {
        let mut screen = with_chats();
        screen.enter("/query dave").key("alt-w").enter(line);
        let word = line.split(' ').next().unwrap();
        let asked = format!("carol has just come to the front. Run {word} here? Enter runs it");
        assert_eq!((screen.question(), said(&screen)), (asked.as_str(), vec![]), "{line}");
    }
}

#[test]
fn line_kept_in_an_ended_chat_is_not_sent_when_the_chat_opens_again() {
    let ended = Conversation {
        phase: Phase::Closed,
        ..Conversation::new("bob_alice_1".parse().unwrap(), Timestamp::from_millis(1))
    };
    let mut screen = Screen::new(Saved { conversations: vec![ended], ..Saved::default() });
    screen.connect(false).receive("USERS/bob", "bob online").effects.clear();
    screen.types("are you there?").key("enter").answer("enter").wait(3_000);
    screen.receive("alice_Control", &format!("{START} bob")).wait(60_000);
    assert_eq!((screen.composer().as_str(), said(&screen)), ("are you there?", vec![]));
}

#[test]
fn line_right_after_an_acceptance_asks_where_it_goes() {
    for (pause, asks) in [(200, true), (800, false)] {
        let mut screen = with_chats();
        screen.receive("alice_Control", "REQUEST dave").wait(2_000).enter("/accept");
        assert_eq!(screen.active_chat(), "dave");
        screen.wait(pause).types("to bob").key("enter");
        let question = if asks { "This chat has just come to the front. Send to dave? Enter sends" } else { "" };
        assert_eq!(
            (screen.question(), !screen.published().iter().any(|line| line.ends_with("alice to bob"))),
            (question, asks),
            "{pause}"
        );
    }
}
