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
    assert_eq!(seen, [Pane::Users, Pane::Groups, Pane::Inbox, Pane::Chat, Pane::Users]);
}

#[test]
fn open_prompt_takes_all_keys() {
    let mut screen = Screen::with_bob();
    screen.key("alt-g").key("n").types("devs").key("ctrl-w").key("ctrl-n").key("alt-u").key("f1");
    let Some(Overlay::Prompt(prompt)) = &screen.model.overlay else { panic!("the prompt is gone") };
    assert_eq!((prompt.composer.text().as_str(), screen.model.focus), ("devs", Pane::Groups));
    assert_eq!(screen.model.chats.tabs().len(), 1);
    screen.key("enter");
    assert!(screen.published().contains(&"GROUPS/devs devs alice".to_owned()));
}

#[test]
fn new_group_is_subscribed_before_it_is_published() {
    let mut screen = Screen::with_bob();
    screen.key("alt-g").key("n").types("devs").key("enter");
    let outputs: Vec<&Output> = screen
        .effects
        .iter()
        .flat_map(|effect| match effect {
            Effect::Commit { outputs, .. } => outputs.as_slice(),
            _ => &[],
        })
        .collect();
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
    screen.key("alt-g").key("n").types("devs").key("enter");
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
    screen.key("alt-i").key("a");
    assert!(screen.published().iter().any(|line| line.starts_with("bob_Control ") && line.ends_with(" alice")));
}

#[test]
fn inbox_is_sorted_as_configured() {
    let seen = |order: InboxOrder, keys: &[&str]| -> Vec<String> {
        let mut screen = Screen::with_inbox_order(Saved::default(), order);
        screen.update(Message::Peer(Input::Connected { session_present: false }));
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
        palette.entries.iter().map(papo::app::PaletteEntry::name).take(4).collect::<Vec<_>>()
    };
    assert_eq!(entries(&mut screen, ""), ["bob", "barbara", "#pumps", "#devs"]);
    assert_eq!(entries(&mut screen, "bb")[0], "bob", "the letters match in their order");
    screen.key("enter");
    assert_eq!(screen.model.chats.active_chat().map(ToString::to_string).as_deref(), Some("bob"));
    assert_eq!(entries(&mut screen, "bara"), ["barbara"]);
    screen.key("enter");
    assert_eq!(screen.model.peer.requests().count(), 1, "a user without a chat is sent a request");
    // A command that needs arguments goes to the composer; a command that needs none runs.
    assert_eq!(entries(&mut screen, "grnew")[0], "/group new NAME");
    screen.key("enter");
    assert_eq!(screen.composer(), "/group new ");
    screen.key("ctrl-c");
    assert_eq!(entries(&mut screen, "/help")[0], "/help");
    screen.key("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))));
    assert_eq!(entries(&mut screen, "zzzz"), Vec::<String>::new());
    screen.key("enter");
    assert!(screen.model.overlay.is_some(), "nothing matches, so the palette stays open");
}

#[test]
fn command_cancels_a_request() {
    let mut screen = Screen::new(Saved::default());
    screen.key("alt-c").enter("/request bob").enter("/request carol").enter("/withdraw bob");
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

fn click(column: u16, row: u16) -> Message {
    let kind = MouseEventKind::Down(MouseButton::Left);
    Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
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
    assert_eq!(screen.model.chats.active_chat().unwrap().to_string(), "carol", "the oldest chat is the last");
}

#[test]
fn selection_stays_when_a_user_appears_above_it() {
    let mut screen = Screen::new(Saved::default());
    screen.update(Message::Peer(Input::Connected { session_present: false })).update(Message::Peer(Input::Subscribed));
    screen.receive("USERS/bob", "bob online").update(Message::Drawn(layout(Scroll::Bottom)));
    screen.receive("USERS/aaa", "aaa online").key("enter");
    let asked: Vec<String> = screen.published().into_iter().filter(|line| line.contains("_Control")).collect();
    assert!(matches!(asked.as_slice(), [asked] if asked.starts_with("bob_Control ")), "{asked:?}");
}

#[test]
fn clearing_the_inbox_asks_once() {
    let mut screen = Screen::with_bob();
    assert_eq!(screen.enter("/inbox clear").notice(), "No matching request is pending");
    assert!(screen.model.overlay.is_none());
    screen.key("ctrl-u").receive("alice_Control", "REQUEST eve").receive("alice_Control", "REQUEST mallory");
    let asked = |screen: &Screen| match &screen.model.overlay {
        Some(Overlay::Confirm(confirm)) => Language::english().translate(confirm.text(&screen.model.peer)),
        overlay => panic!("{overlay:?}"),
    };
    screen.effects.clear();
    screen.enter("/inbox clear");
    assert_eq!(asked(&screen), "Deny all 2 pending requests?");
    screen.key("n");
    assert_eq!((screen.model.peer.waiting_requests(), screen.published()), (2, vec![]));

    screen.enter("/inbox clear");
    // The answer does not cover a request that arrives after the question.
    screen.receive("alice_Control", "REQUEST trent");
    screen.key("y");
    assert_eq!(screen.published(), ["eve_Control DENIED alice", "mallory_Control DENIED alice"]);
    let left = screen.model.peer.requests().filter(|request| request.waits_for_me());
    assert_eq!(left.map(|request| request.peer.as_ref().unwrap().as_str()).collect::<Vec<_>>(), ["trent"]);

    screen.enter("/inbox clear");
    assert_eq!(asked(&screen), "Deny the pending request?");
    screen.key("enter");
    assert_eq!(screen.model.peer.waiting_requests(), 0);
}
