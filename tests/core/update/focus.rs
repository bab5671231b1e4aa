//! Where the keys go, and which chat is in front.

use super::*;

/// Alice has asked carol to chat, while her chat with bob is in front.
fn waiting_for_carol() -> Screen {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/carol", "carol online").enter("/request carol").answer("enter");
    screen.wait(5_000);
    screen
}

/// Carol accepts alice's request.
fn carol_accepts(screen: &mut Screen) -> &mut Screen {
    screen.receive("alice_Control", "1763900000000 carol")
}

#[test]
fn text_on_the_welcome_page_goes_to_the_composer() {
    let mut screen = Screen::with_bob();
    screen.update(Message::Welcome).types("oops");
    assert_eq!((screen.composer().as_str(), screen.model.overlay.is_none()), ("oops", true));
    screen.update(Message::Welcome).key("down").key("enter");
    assert_eq!((screen.composer().as_str(), screen.model.overlay.is_none()), ("oops", true));
}

#[test]
fn letters_in_an_overlay_without_a_field_say_how_to_close_it() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online");
    for open in ["/log", "/whois bob", "/settings"] {
        screen.enter(open).key("z");
        assert_eq!(screen.notice(), "There is nothing to type into here; Esc closes this", "{open}");
        screen.key("esc").key("esc");
    }
}

#[test]
fn composer_has_the_focus_at_the_start() {
    for mut screen in [Screen::new(Saved::default()), with_archive()] {
        screen.types("hi");
        assert_eq!((screen.model.focus, screen.composer().as_str()), (Pane::Chat, "hi"));
    }
}

#[test]
fn composer_has_the_focus_after_opening_accepting_and_creating() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online").key("alt-u").key("enter");
    assert_eq!((screen.model.focus, screen.active_chat()), (Pane::Chat, "bob".to_owned()));
    screen.receive("alice_Control", "REQUEST eve").key("alt-i").key("a").answer("enter");
    assert_eq!((screen.model.focus, screen.active_chat()), (Pane::Chat, "eve".to_owned()));
    screen.key("alt-g").key("n").pause().types("devs").key("enter");
    assert_eq!(screen.question(), "Create #devs? Enter again");
    screen.answer("enter");
    assert_eq!((screen.model.focus, screen.active_chat()), (Pane::Chat, "#devs".to_owned()));
}

#[test]
fn accepted_request_comes_to_the_front_with_the_focus() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/carol", "carol online").receive("USERS/bob", "bob offline");
    screen.key("alt-u").key("end").key("enter").answer("enter");
    assert_eq!(screen.model.focus, Pane::Users);
    carol_accepts(&mut screen);
    assert_eq!((screen.model.focus, screen.active_chat()), (Pane::Chat, "carol".to_owned()));
    assert_eq!(screen.notice(), "carol accepted your request to chat");
}

#[test]
fn accepted_request_waits_once_the_user_has_pressed_a_key() {
    let mut screen = waiting_for_carol();
    screen.key("alt-g");
    carol_accepts(&mut screen);
    assert_eq!((screen.model.focus, screen.active_chat()), (Pane::Groups, "bob".to_owned()));
    assert_eq!(screen.notice(), "carol is open; Alt-A goes there");
}

#[test]
fn accepted_request_waits_while_the_user_writes() {
    let mut screen = waiting_for_carol();
    screen.types("dear bob");
    carol_accepts(&mut screen);
    assert_eq!((screen.active_chat(), screen.composer().as_str()), ("bob".to_owned(), "dear bob"));
    assert_eq!(screen.notice(), "carol is open; Alt-A goes there");
    screen.key("enter").answer("enter").receive("GROUPS/devs", "devs bob").key("alt-a");
    assert_eq!((screen.active_chat(), screen.notice()), ("carol".to_owned(), ""));
}

#[test]
fn waiting_chat_comes_before_unread_ones() {
    let mut screen = waiting_for_carol();
    screen.receive("alice_Control", "REQUEST eve").key("alt-i").key("a").answer("enter").key("alt-1").types("dear bob");
    carol_accepts(&mut screen);
    let eve = screen.model.peer.chat(&screen.model.chats.tabs()[1].chat).unwrap().current().id.to_string();
    screen.receive(&eve, "eve hello").key("alt-a");
    assert_eq!(screen.active_chat(), "carol");
    screen.key("alt-a");
    assert_eq!(screen.active_chat(), "eve");
}

#[test]
fn accepted_request_waits_while_the_user_is_occupied() {
    for keys in [&["f1"][..], &["alt-g", "n"], &["ctrl-c"]] {
        let mut screen = waiting_for_carol();
        for key in keys {
            screen.key(key);
        }
        carol_accepts(&mut screen);
        assert_eq!(
            (screen.active_chat(), screen.notice()),
            ("bob".to_owned(), "carol is open; Alt-A goes there"),
            "{keys:?}"
        );
    }
    let mut screen = waiting_for_carol();
    screen.model.chats.active_tab_mut().unwrap().scroll = Scroll::At { seq: 0, rows: 0 };
    carol_accepts(&mut screen);
    assert_eq!(screen.active_chat(), "bob", "reading back");
}

#[test]
fn accepting_does_not_take_away_a_draft() {
    let mut screen = Screen::with_bob();
    screen.types("dear bob").receive("alice_Control", "REQUEST eve").key("alt-i").key("a").answer("enter");
    assert_eq!((screen.active_chat(), screen.composer().as_str()), ("bob".to_owned(), "dear bob"));
    assert_eq!(screen.notice(), "eve is open; Alt-A goes there");
    screen.key("alt-a").types("hello eve");
    assert_eq!((screen.active_chat(), screen.composer().as_str()), ("eve".to_owned(), "hello eve"));
}

#[test]
fn chat_that_the_user_did_not_ask_for_stays_behind() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/carol", "carol online");
    screen.update(Message::Asked(1, ScriptRequest::Request("carol".into())));
    assert_eq!(screen.active_chat(), "bob");
    screen.receive("alice_Control", "REQUEST eve").update(Message::Asked(2, ScriptRequest::Accept("eve".into())));
    assert_eq!(screen.active_chat(), "bob", "a script has accepted");
}

#[test]
fn enter_just_after_the_chat_changed_by_itself_asks_first() {
    let mut screen = waiting_for_carol();
    screen.effects.clear();
    carol_accepts(&mut screen);
    screen.types("meet me at six").advance_clock(Duration::from_millis(699)).key("enter");
    assert_eq!(screen.question(), "This chat has just come to the front. Send to carol? Enter sends");
    assert_eq!(screen.composer(), "meet me at six");
    assert!(!screen.published().iter().any(|line| line.contains("meet")), "{:?}", screen.published());
    screen.answer("enter");
    assert!(screen.published().contains(&"carol_alice_1763900000000 alice meet me at six".to_owned()));
    assert_eq!(screen.composer(), "");
}

#[test]
fn enter_sends_once_the_title_was_there_long_enough_or_the_user_switched() {
    let mut screen = waiting_for_carol();
    carol_accepts(&mut screen).wait(2_000).types("one").key("enter");
    assert!(screen.published().contains(&"carol_alice_1763900000000 alice one".to_owned()));
    // A line that is begun at once may be meant for the chat before.
    let mut screen = waiting_for_carol();
    carol_accepts(&mut screen).wait(1_999).types("o").wait(60_000).types("ne").key("enter");
    assert_eq!(screen.question(), "This chat has just come to the front. Send to carol? Enter sends");
    screen.answer("enter").types("two").key("enter");
    assert!(screen.published().contains(&"carol_alice_1763900000000 alice two".to_owned()));
    let mut screen = waiting_for_carol();
    carol_accepts(&mut screen).key("alt-1").types("two").key("enter");
    assert!(screen.published().contains(&"bob_alice_1 alice two".to_owned()));
}

#[test]
fn letters_without_an_action_name_the_key_of_the_composer() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/carol", "carol online").key("alt-u").types("z");
    assert_eq!(screen.notice(), "The composer does not have the focus; Esc goes there");
    screen.key("esc").types("hello");
    assert_eq!((screen.model.focus, screen.composer().as_str()), (Pane::Chat, "hello"));
    screen.key("alt-u").update(Message::Paste("pasted".into()));
    assert_eq!(screen.notice(), "The composer does not have the focus; Esc goes there");
    assert_eq!(screen.composer(), "hello");
}

#[test]
fn slash_begins_a_command_in_every_pane() {
    for keys in [&["alt-u"][..], &["alt-g"], &["alt-i"], &["alt-l"], &["alt-o"]] {
        let mut screen = Screen::with_bob();
        screen.receive("USERS/bob", "bob online").receive("GROUPS/devs", "devs bob");
        for key in keys {
            screen.key(key);
        }
        screen.types("/hide groups").key("enter");
        assert_eq!(
            (screen.notice(), screen.model.focus),
            ("Hidden: Groups; /show brings them back", Pane::Chat),
            "{keys:?}"
        );
    }
    let mut screen = with_archive();
    screen.update(Message::Peer(Input::Connected { session_present: false, names_senders: false }));
    screen.receive("bob_alice_2", "bob hello").key("alt-up").types("/mute").key("enter");
    assert_eq!((screen.notice(), screen.model.chats.chosen()), ("Muted; no message will notify you here", None));
}

#[test]
fn draft_comes_back_after_a_command_begun_in_a_list() {
    let mut screen = Screen::with_bob();
    screen.types("dear bob").key("alt-u").types("/hide groups");
    assert_eq!(screen.composer(), "/hide groups");
    screen.key("enter");
    assert_eq!((screen.composer().as_str(), screen.model.ui.hide.len()), ("dear bob", 1));
    for cancels in [&["esc"][..], &["ctrl-c", "ctrl-c"], &["backspace", "backspace", "enter"], &["ctrl-u", "esc"]] {
        screen.key("esc").key("alt-u").types("/");
        for key in cancels {
            screen.key(key);
        }
        assert_eq!((screen.composer().as_str(), screen.published()), ("dear bob", vec![]), "{cancels:?}");
    }
    // The stored draft is the text, not the command.
    screen.key("alt-u").types("/he").update(Message::Quit);
    assert_eq!(screen.model.peer.draft(&"bob_alice_1".parse().unwrap()), "dear bob");
}

#[test]
fn messages_in_view_are_read_whichever_pane_has_the_focus() {
    let unread = |screen: &Screen| screen.model.peer.conversations().values().map(|chat| chat.unread).sum::<u64>();
    let mut screen = Screen::with_bob();
    screen.key("alt-u").receive("bob_alice_1", "bob one");
    assert_eq!(unread(&screen), 0);
    screen.update(Message::FocusChanged(false)).receive("bob_alice_1", "bob two");
    assert_eq!(unread(&screen), 1);
    screen.update(Message::FocusChanged(true));
    assert_eq!(unread(&screen), 0);
}

#[test]
fn loss_of_a_group_is_reported_while_another_chat_is_in_front() {
    let mut screen = Screen::with_bob();
    screen.receive("GROUPS/devs", "devs bob").enter("/join devs").answer("enter");
    screen.receive("GROUPS/devs", "devs bob alice").wait(9_000).key("alt-1");
    screen.receive("GROUPS/devs", "devs bob");
    assert_eq!(screen.notice(), "bob removed you from #devs");
    assert_eq!(screen.active_chat(), "bob");
}

/// The layout of a screen with three users and one group on the left.
fn with_lists() -> Layout {
    let list = |y, items: u16| ListLayout {
        area: Rect::new(0, y, 28, 6),
        items: (0..items).map(|item| (usize::from(item), Rect::new(1, y + 1 + item, 26, 1))).collect(),
    };
    Layout { users: list(1, 3), groups: list(7, 1), ..layout(Scroll::Bottom) }
}

#[test]
fn click_on_a_title_or_an_empty_row_gives_the_list_the_keys() {
    for row in [1, 5] {
        let mut screen = Screen::with_bob();
        screen.receive("USERS/bob", "bob online").receive("USERS/carol", "carol online");
        screen.update(Message::Drawn(with_lists())).update(click(4, row)).types("jj").key("r");
        assert_eq!((screen.model.focus, screen.composer().as_str()), (Pane::Users, ""), "{row}");
        assert_eq!(screen.question(), "Ask carol to chat? Enter again");
    }
}

#[test]
fn click_on_a_user_or_group_opens_it_and_focuses_the_composer() {
    let mut screen = Screen::with_bob();
    screen.receive("USERS/bob", "bob online").receive("USERS/carol", "carol online").enter("/group new devs");
    screen.update(Message::Drawn(with_lists())).update(click(4, 2)).types("hi");
    assert_eq!((screen.active_chat(), screen.composer().as_str()), ("bob".to_owned(), "hi"));
    screen.update(Message::Drawn(with_lists())).update(click(4, 8)).types("ho");
    assert_eq!((screen.active_chat(), screen.composer().as_str()), ("#devs".to_owned(), "ho"));
    screen.effects.clear();
    screen.update(Message::Drawn(with_lists())).update(click(4, 4));
    assert_eq!(
        (screen.question(), screen.notice()),
        ("", "Selected carol; to ask for a chat: Alt-U, then r, or /request carol"),
        "Enter is meant for the draft"
    );
    screen.answer("enter");
    assert_eq!(screen.question(), "Send to #devs? You named carol last. Enter sends");
    screen.answer("enter");
    assert_eq!(screen.published(), ["groups/devs/messages alice ho"]);
    screen.update(click(4, 4));
    assert_eq!(screen.question(), "Ask carol to chat? Enter again");
    screen.answer("esc");
    assert_eq!((screen.question(), screen.notice()), ("", "Not asked: carol"));
    screen.update(click(4, 4)).answer("enter");
    assert_eq!(screen.notice(), "Asked carol to chat");
}

#[test]
fn keys_that_go_elsewhere_close_the_welcome_page() {
    let mut screen = Screen::with_bob();
    screen.update(Message::Welcome).receive("alice_Control", "REQUEST eve").key("alt-i");
    assert_eq!((screen.model.focus, screen.model.overlay.is_none()), (Pane::Inbox, true));
    screen.update(Message::Drawn(layout(Scroll::Bottom))).pause().key("a").answer("enter");
    assert_eq!(screen.active_chat(), "eve");
    for (name, pane) in [("alt-u", Pane::Users), ("alt-g", Pane::Groups)] {
        screen.update(Message::Welcome).key(name);
        assert_eq!((screen.model.focus, screen.model.overlay.is_none()), (pane, true), "{name}");
    }
    screen.update(Message::Welcome).key("ctrl-k");
    assert!(matches!(screen.model.overlay, Some(Overlay::Palette(_))));
    screen.update(Message::Welcome).key("down").key("pgup").key("ctrl-l");
    assert!(matches!(screen.model.overlay, Some(Overlay::Welcome(_))));
}
