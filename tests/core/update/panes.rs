//! Panes, lists, prompts and overlays.

use super::*;

#[test]
fn tab_cycles_through_the_panes() {
    let mut screen = Screen::new(Saved::default());
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(screen.model.focus);
        screen.key("tab");
    }
    assert_eq!(seen, [Pane::Chat, Pane::Users, Pane::Groups, Pane::Inbox, Pane::Chat]);
}

#[test]
fn open_prompt_takes_all_keys() {
    let mut screen = Screen::with_bob();
    screen.key("alt-g").key("n").pause().types("devs").key("alt-w").key("alt-right").key("alt-u").key("f1");
    let Some(Overlay::Prompt(prompt)) = &screen.model.overlay else { panic!("the prompt is gone") };
    assert_eq!((prompt.composer.text().as_str(), screen.model.focus), ("devs", Pane::Groups));
    assert_eq!(screen.model.chats.tabs().len(), 1);
    screen.key("enter").answer("enter");
    assert!(screen.published().contains(&"GROUPS/devs devs alice".to_owned()));
}

#[test]
fn new_group_is_subscribed_before_it_is_published() {
    let mut screen = Screen::with_bob();
    screen.key("alt-g").key("n").pause().types("devs").key("enter").answer("enter");
    let outputs: Vec<&Output> = screen.commits().flat_map(|(_, outputs)| outputs).collect();
    let position = |wanted: &dyn Fn(&Output) -> bool| outputs.iter().position(|output| wanted(output)).unwrap();
    let subscribes = position(
        &|output| matches!(output, Output::Subscribe(wanted) if wanted.iter().any(|one| one.filter == "groups/devs/leader")),
    );
    let publishes =
        position(&|output| matches!(output, Output::Publish { publication, .. } if publication.topic == "GROUPS/devs"));
    assert!(subscribes < publishes);
}

#[test]
fn refused_prompt_stays_open_with_the_reason() {
    let mut screen = Screen::new(Saved::default());
    screen.key("alt-g").key("n").pause().types("devs").key("enter");
    let Some(Overlay::Prompt(prompt)) = &screen.model.overlay else { panic!("the prompt is gone") };
    let error = screen.model.language.translate(prompt.error.clone().unwrap());
    assert!(error.starts_with("Offline"), "{error}");
}

#[test]
fn request_notice_shows_the_keys_that_answer_it() {
    let mut screen = Screen::with_bob();
    screen.receive("alice_Control", "REQUEST bob");
    assert_eq!(screen.notice(), "bob wants to chat: Alt-I, then a accepts, d denies");
    assert!(screen.effects.contains(&Effect::Notify { title: "papo".into(), body: "bob wants to chat".into() }));
    screen.key("alt-i").key("a").answer("enter");
    assert!(screen.published().iter().any(|line| line.starts_with("bob_Control ") && line.ends_with(" alice")));
}

#[test]
fn inbox_is_sorted_as_configured() {
    let seen = |order: InboxOrder, keys: &[&str]| -> Vec<String> {
        let mut screen = Screen::with_inbox_order(Saved::default(), order);
        screen.update(Message::Peer(Input::Connected { session_present: false, names_senders: false }));
        screen.update(Message::Peer(Input::Subscribed));
        for name in ["bob", "carol"] {
            screen.wait(60_000);
            screen.receive("alice_Control", &format!("REQUEST {name}"));
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
fn palette_finds_chats_users_groups_and_commands() {
    let mut screen = Screen::new(archive());
    screen.receive("USERS/barbara", "barbara online").receive("GROUPS", "pumps CREATE");
    let entries = |screen: &mut Screen, letters: &str| {
        screen.key("esc").key("esc").key("ctrl-k").types(letters);
        let Some(Overlay::Palette(palette)) = &screen.model.overlay else { panic!("no palette") };
        palette.entries.iter().map(|entry| entry.name(&screen.model.language)).take(4).collect::<Vec<_>>()
    };
    assert_eq!(entries(&mut screen, ""), ["bob", "barbara", "#pumps", "#devs"]);
    assert_eq!(entries(&mut screen, "bb")[0], "bob", "the letters match in their order");
    screen.pause().key("enter");
    assert_eq!(screen.active_chat(), "bob");
    assert_eq!(entries(&mut screen, "bara"), ["barbara"]);
    screen.pause().key("enter").answer("enter");
    assert_eq!(screen.model.peer.requests().count(), 1, "a user without a chat is sent a request");
    // A command that needs arguments goes to the composer; a command that needs none runs.
    assert_eq!(entries(&mut screen, "grnew")[0], "/group new NAME");
    screen.pause().key("enter");
    assert_eq!(screen.composer(), "/group new ");
    screen.key("ctrl-c");
    assert_eq!(entries(&mut screen, "/help")[0], "/help [WORD]");
    screen.pause().key("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))));
    assert_eq!(entries(&mut screen, "zzzz"), Vec::<String>::new());
    screen.key("enter");
    assert!(screen.model.overlay.is_some(), "nothing matches, so the palette stays open");
}

#[test]
fn palette_lists_a_user_with_an_ended_chat_once() {
    let mut saved = archive();
    saved.conversations.retain(|known| known.id.to_string() == "bob_alice_1");
    let mut screen = Screen::new(saved);
    screen.receive("USERS/bob", "bob online").key("alt-k").types("bob");
    let Some(Overlay::Palette(palette)) = &screen.model.overlay else { panic!("no palette") };
    let names = palette.entries.iter().map(|entry| entry.name(&screen.model.language));
    assert_eq!(names.filter(|name| name == "bob").count(), 1);
}

#[test]
fn command_cancels_a_request() {
    let mut screen = Screen::new(Saved::default());
    screen
        .key("alt-c")
        .enter("/request bob")
        .answer("enter")
        .enter("/request carol")
        .answer("enter")
        .enter("/withdraw bob");
    let pending = |screen: &Screen| -> Vec<String> {
        let pending = screen.model.peer.requests().filter(|request| request.is_pending());
        pending.map(|request| request.peer.as_ref().unwrap().to_string()).collect()
    };
    assert_eq!(pending(&screen), ["carol"]);
    screen.enter("/withdraw");
    assert_eq!(pending(&screen), Vec::<String>::new());
    screen.enter("/withdraw");
    assert_eq!(screen.notice(), "No request of yours is pending");
}

#[test]
fn every_list_has_the_keys_of_a_pager() {
    let mut screen = Screen::new(Saved::default());
    for user in ["bob", "carol", "dave", "erin", "frank"] {
        screen.receive(&format!("USERS/{user}"), &format!("{user} online"));
    }
    let shown = (0..4).map(|row| (usize::from(row), Rect::new(1, 3 + row, 26, 1))).collect();
    let users = ListLayout { area: Rect::new(0, 2, 28, 6), items: shown };
    screen.key("alt-u").update(Message::Drawn(Layout { users, ..layout(Scroll::Bottom) }));
    // My own row is the first; the one after it is selected.
    let steps = [("j", 2), ("j", 3), ("k", 2), ("ctrl-d", 4), ("ctrl-u", 2), ("G", 5), ("g", 0), ("k", 0)];
    for (key, selected) in steps {
        screen.key(key);
        assert_eq!(screen.model.users.selected_index(&screen.model.peer), Some(selected), "{key}");
    }
    assert_eq!((screen.published(), screen.composer().as_str()), (vec![], ""));
}

#[test]
fn pager_keys_in_the_list_of_groups_publish_nothing() {
    let mut screen = Screen::with_bob();
    screen.receive("GROUPS", "devs CREATE").receive("GROUPS/devs", "devs carol");
    screen.key("alt-g");
    screen.effects.clear();
    for key in ["j", "k", "l", "g", "h"] {
        screen.key(key);
        assert!(screen.published().is_empty() && screen.model.overlay.is_none(), "{key}");
    }
}

#[test]
fn slash_in_a_list_begins_a_command() {
    let mut screen = Screen::with_bob();
    screen.key("alt-u").key("/").types("help").key("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))));
    assert_eq!((screen.composer().as_str(), screen.model.focus), ("", Pane::Chat));
}

#[test]
fn keys_of_vim_lead_from_the_composer_to_the_messages_and_back() {
    let mut screen = Screen::with_bob();
    screen.model.keymap = Keymap::named(papo::domain::KeymapName::Vim);
    for text in ["one", "two", "three"] {
        screen.receive("bob_alice_1", &format!("bob {text}"));
    }
    screen.types("half").key("esc");
    assert_eq!(screen.model.chats.chosen(), Some(2));
    for (key, chosen) in [("k", 1), ("g", 0), ("j", 1), ("G", 2), ("esc", 2), ("ctrl-u", 1), ("esc", 2)] {
        screen.key(key);
        assert_eq!(screen.model.chats.chosen(), Some(chosen), "{key}");
    }
    screen.key("i").types("!");
    assert_eq!((screen.composer().as_str(), screen.model.chats.chosen()), ("half!", None));
    screen.key("esc").key("a").types("?").key("ctrl-u").key("esc");
    assert_eq!(screen.composer(), "");
    screen.key(":").types("help").key("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))));
    screen.key("esc").key("esc").key("/");
    assert!(matches!(screen.model.overlay, Some(Overlay::Search(_))));
}

#[test]
fn keys_of_vim_leave_prompts_and_lists_as_in_vim() {
    let mut screen = Screen::with_bob();
    screen.model.keymap = Keymap::named(papo::domain::KeymapName::Vim);
    // Esc closes a prompt.
    screen.key("alt-g").key("n").types("ca").key("esc").key("i");
    assert!(screen.model.overlay.is_none());
    // i goes to the composer.
    for pane in ["alt-u", "alt-g", "alt-i"] {
        screen.wait(500).key(pane).key("i");
        assert_eq!((screen.model.focus, screen.model.overlay.is_none()), (Pane::Chat, true), "{pane}");
    }
    // Esc leaves nothing of a command that was just begun, and returns to the list.
    screen.key("alt-u").key(":").key("esc");
    assert_eq!((screen.composer().as_str(), screen.model.focus), ("", Pane::Users));
    screen.key("i").types("draft").key("alt-u").key(":").types("mu").key("esc");
    assert_eq!((screen.composer().as_str(), screen.model.focus), ("draft", Pane::Users));
    // A notice names a key, not an action.
    screen.key("i");
    screen.receive("bob_alice_1", "bob https://example.org").key("esc").wait(5_000).key("z");
    assert_eq!(screen.notice(), "The composer does not have the focus; i goes there");
    screen.answer("o").types("!");
    assert_eq!(screen.composer(), "draft!");
}

#[test]
fn keys_that_close_and_go_elsewhere_leave_the_keys_of_readline_alone() {
    let mut screen = Screen::with_bob();
    screen.types("one two").key("ctrl-w");
    assert_eq!((screen.composer().as_str(), screen.model.chats.tabs().len()), ("one ", 1));
    for key in ["ctrl-w", "ctrl-w", "ctrl-d"] {
        screen.key(key);
        assert_eq!((screen.composer().as_str(), screen.model.chats.tabs().len()), ("", 1), "{key}");
    }
    screen.key("ctrl-k");
    assert!(matches!(screen.model.overlay, Some(Overlay::Palette(_))), "on an empty line");
    screen.key("esc").types("one").key("ctrl-a").key("ctrl-k");
    assert!(screen.model.overlay.is_none() && screen.composer().is_empty());
    screen.key("ctrl-f");
    assert!(matches!(screen.model.overlay, Some(Overlay::Search(_))), "on an empty line");
    screen.key("esc").key("alt-k");
    assert!(matches!(screen.model.overlay, Some(Overlay::Palette(_))));
    screen.key("esc").key("alt-w");
    assert_eq!(screen.model.chats.tabs().len(), 0);
}

#[test]
fn first_click_in_an_overlay_selects_and_second_click_opens() {
    let mut saved = archive();
    let carol = Conversation::new("carol_alice_1".parse().unwrap(), Timestamp::from_millis(5));
    saved.conversations.push(Conversation { phase: Phase::Closed, ..carol });
    let mut screen = Screen::new(saved);
    screen.key("alt-t");
    let overlay_items = (0..3).map(|row| (usize::from(row), Rect::new(10, 5 + row, 60, 1))).collect();
    screen.update(Message::Drawn(Layout { overlay_items, ..layout(Scroll::Bottom) }));
    screen.update(click(0, 0)).update(click(20, 6));
    assert!(
        screen.model.overlay.is_some(),
        "a click outside does not close the list, and the first click inside only selects"
    );
    let wheel = MouseEvent { kind: MouseEventKind::ScrollDown, column: 20, row: 6, modifiers: KeyModifiers::NONE };
    screen.update(Message::Mouse(wheel)).update(click(20, 7));
    assert!(screen.model.overlay.is_none());
    assert_eq!(screen.active_chat(), "carol", "the oldest chat is the last");
}

#[test]
fn selection_stays_when_a_user_appears_above_it() {
    let mut screen = Screen::new(Saved::default());
    screen
        .update(Message::Peer(Input::Connected { session_present: false, names_senders: false }))
        .update(Message::Peer(Input::Subscribed));
    screen.key("alt-u").receive("USERS/bob", "bob online").update(Message::Drawn(layout(Scroll::Bottom)));
    screen.receive("USERS/aaa", "aaa online").key("enter").answer("enter");
    let asked: Vec<String> = screen.published().into_iter().filter(|line| line.contains("_Control")).collect();
    assert!(matches!(asked.as_slice(), [asked] if asked.starts_with("bob_Control ")), "{asked:?}");
}

#[test]
fn clearing_the_inbox_asks_once() {
    let mut screen = Screen::with_bob();
    assert_eq!(screen.enter("/inbox clear").notice(), "No matching request is pending");
    assert!(screen.model.overlay.is_none());
    screen.key("ctrl-u").receive("alice_Control", "REQUEST eve").receive("alice_Control", "REQUEST mallory");
    screen.effects.clear();
    screen.enter("/inbox clear");
    assert_eq!(screen.question(), "Deny all 2 pending requests? Enter again");
    screen.key("esc");
    assert_eq!((screen.model.peer.waiting_requests(), screen.published()), (2, vec![]));

    screen.enter("/inbox clear");
    // The answer does not cover a request that arrives after the question.
    screen.receive("alice_Control", "REQUEST trent");
    screen.answer("enter");
    assert_eq!(screen.published(), ["eve_Control DENIED alice", "mallory_Control DENIED alice"]);
    let left = screen.model.peer.requests().filter(|request| request.waits_for_me());
    assert_eq!(left.map(|request| request.peer.as_ref().unwrap().as_str()).collect::<Vec<_>>(), ["trent"]);

    screen.enter("/inbox clear");
    assert_eq!(screen.question(), "Deny the pending request? Enter again");
    screen.answer("enter");
    assert_eq!(screen.model.peer.waiting_requests(), 0);
}

/// The users in the order of the list.
fn users(screen: &Screen) -> Vec<&str> {
    screen.model.users.ids(&screen.model.peer).into_iter().map(UserId::as_str).collect()
}

#[test]
fn users_are_sorted_by_unread_open_chats_presence_and_name() {
    let mut screen = Screen::with_bob();
    for (name, presence) in [("Zoe", "online"), ("émile", "online"), ("fred", "online"), ("carol", "offline")] {
        screen.receive(&format!("USERS/{name}"), &format!("{name} {presence}"));
    }
    screen.receive("USERS/bob", "bob offline");
    assert_eq!(users(&screen), ["bob", "alice", "émile", "fred", "Zoe", "carol"]);
    screen.model.in_front = false;
    screen
        .receive("alice_Control", "REQUEST zoltan")
        .key("alt-i")
        .key("a")
        .answer("enter")
        .receive("USERS/abe", "abe online");
    assert_eq!(users(&screen)[..3], ["bob", "zoltan", "abe"]);
}

#[test]
fn users_keep_their_places_while_the_list_has_the_focus() {
    let mut screen = Screen::with_bob();
    for name in ["bob", "carol", "dave"] {
        screen.receive(&format!("USERS/{name}"), &format!("{name} online"));
    }
    screen.key("alt-u").key("down").key("down");
    assert_eq!(users(&screen), ["bob", "alice", "carol", "dave"]);
    assert_eq!(screen.model.users.selected(&screen.model.peer).unwrap().as_str(), "carol");
    screen
        .receive("USERS/dave", "dave offline")
        .receive("USERS/abe", "abe online")
        .receive("USERS/carol", "carol offline");
    assert_eq!(users(&screen), ["bob", "alice", "carol", "dave", "abe"]);
    assert_eq!(screen.model.users.selected(&screen.model.peer).unwrap().as_str(), "carol");
    screen.key("alt-c");
    assert_eq!(users(&screen), ["bob", "abe", "alice", "carol", "dave"]);
}

#[test]
fn selection_stays_on_my_own_row_once_the_user_has_moved() {
    let selected = |screen: &Screen| screen.model.users.selected(&screen.model.peer).unwrap().to_string();
    let appears = |screen: &mut Screen| {
        screen.receive("USERS/bob", "bob online").update(Message::Drawn(layout(Scroll::Bottom)));
    };
    let mut screen = Screen::new(Saved::default());
    screen.connect(false).key("alt-u").update(Message::Drawn(layout(Scroll::Bottom)));
    appears(&mut screen);
    assert_eq!(selected(&screen), "bob", "the first user who appears, as nothing was selected yet");
    let mut screen = Screen::new(Saved::default());
    screen.connect(false).key("alt-u").update(Message::Drawn(layout(Scroll::Bottom))).key("j");
    screen.update(Message::Drawn(layout(Scroll::Bottom)));
    appears(&mut screen);
    assert_eq!(selected(&screen), "alice");
    screen.key("j");
    assert_eq!(selected(&screen), "bob");
}
