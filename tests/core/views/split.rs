//! Two chats side by side.

use super::*;

/// Draws at a size, and lets the model know the layout, as the runtime does.
fn shown(world: &mut World, width: u16, height: u16) -> Drawn {
    let drawn = world.draw(width, height);
    world.update(Message::Drawn(drawn.layout.clone()));
    drawn
}

fn enter(world: &mut World, text: &str) {
    world.wait();
    world.type_in(text);
    world.press(KeyCode::Enter, KeyModifiers::NONE);
}

/// Bob's chat at the right, and that of the group at the left, which has the focus.
fn split() -> World {
    let mut world = World::new();
    world.press(KeyCode::Char('2'), KeyModifiers::ALT);
    shown(&mut world, 120, 20);
    world.press(KeyCode::Char('v'), KeyModifiers::ALT);
    shown(&mut world, 120, 20);
    world
}

fn active(world: &World) -> String {
    world.model.chats.active_chat().unwrap().to_string()
}

#[test]
fn two_chats_are_side_by_side() {
    let mut world = split();
    world.type_in("hello, all of you");
    insta::assert_snapshot!(world.picture(120, 20));
    assert_eq!(active(&world), "#devs");
    assert!(!world.picture(100, 20).contains("goes to bob"), "a narrow screen has only the active one");
}

#[test]
fn keys_go_to_the_half_with_the_focus() {
    let mut world = split();
    world.type_in("for the group");
    world.press(KeyCode::Char('x'), KeyModifiers::ALT);
    assert_eq!(active(&world), "bob");
    world.type_in("for bob");
    let drawn = shown(&mut world, 120, 20);
    let row = picture(&drawn.buffer).lines().nth(17).unwrap().to_owned();
    let at = |words: &str| row.find(words).unwrap_or_else(|| panic!("{row}"));
    assert!(at("for the group") < at("for bob"), "the chats stay at their places: {row}");
    assert!(drawn.cursor.unwrap().x > 75, "the cursor is in the right one");
    world.press(KeyCode::Char('x'), KeyModifiers::ALT);
    assert_eq!(active(&world), "#devs");
}

#[test]
fn tab_goes_through_both_chats() {
    let mut world = split();
    let mut places = Vec::new();
    for _ in 0..5 {
        world.press(KeyCode::Tab, KeyModifiers::NONE);
        shown(&mut world, 120, 20);
        places.push(if world.model.focus == Pane::Chat { active(&world) } else { format!("{:?}", world.model.focus) });
    }
    assert_eq!(places, ["bob", "Users", "Groups", "Inbox", "#devs"]);
    world.press(KeyCode::BackTab, KeyModifiers::SHIFT);
    world.press(KeyCode::BackTab, KeyModifiers::SHIFT);
    assert_eq!(world.model.focus, Pane::Groups);
}

#[test]
fn messages_in_both_halves_are_read() {
    let mut world = split();
    let unread = |world: &World| world.model.peer.conversations()[&with_bob()].unread;
    world.receive(&with_bob().to_string(), "bob look");
    assert_eq!(unread(&world), 3);
    world.update(Message::FocusChanged(true));
    shown(&mut world, 120, 20);
    assert_eq!(unread(&world), 0);
    world.receive(&with_bob().to_string(), "bob and here");
    assert_eq!((unread(&world), active(&world)), (0, "#devs".to_owned()));
    // On a narrow screen, it is not in view.
    shown(&mut world, 100, 20);
    world.receive(&with_bob().to_string(), "bob and there");
    assert_eq!(unread(&world), 1);
}

#[test]
fn command_shows_a_named_chat_beside_this_one_and_leaves_the_cursor() {
    let mut world = World::new();
    shown(&mut world, 120, 20);
    enter(&mut world, "/split #devs");
    let drawn = shown(&mut world, 120, 20);
    assert_eq!(active(&world), "bob");
    assert!(picture(&drawn.buffer).lines().nth(2).unwrap().contains(" #devs ─"), "{}", picture(&drawn.buffer));
    assert!(drawn.layout.beside_half.x > drawn.layout.chat.area.x, "the named one is at the right");
    let notice = |world: &World| world.model.notices.current.as_ref().unwrap().text.clone();
    for (line, why) in [
        ("/split devs", "#devs is beside this chat already"),
        ("/split bob", "bob is this chat; name another one: /split NAME"),
    ] {
        enter(&mut world, line);
        assert_eq!(notice(&world), why, "{line}");
        world.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    }
    enter(&mut world, "/unsplit");
    shown(&mut world, 120, 20);
    assert_eq!((active(&world).as_str(), world.model.chats.beside()), ("bob", None));
    enter(&mut world, "/unsplit");
    assert_eq!(notice(&world), "Only one chat is shown; /split shows two");
    world.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    shown(&mut world, 80, 20);
    enter(&mut world, "/split");
    assert!(notice(&world).starts_with("No room for two chats side by side"), "{}", notice(&world));
}

#[test]
fn closing_one_chat_leaves_the_other() {
    let mut world = split();
    world.press(KeyCode::Char('w'), KeyModifiers::ALT);
    let drawn = shown(&mut world, 120, 20);
    assert_eq!((active(&world).as_str(), world.model.chats.beside()), ("bob", None));
    assert_eq!(drawn.layout.beside_half, Rect::ZERO);
}

#[test]
fn click_and_wheel_reach_the_other_chat() {
    let mut world = World::with_messages((1..=60).map(|n| said("bob", n, 1, &format!("line {n}"))).collect());
    world.press(KeyCode::Char('2'), KeyModifiers::ALT);
    shown(&mut world, 120, 20);
    world.press(KeyCode::Char('v'), KeyModifiers::ALT);
    let area = shown(&mut world, 120, 20).layout.beside.area;
    world.wheel_up(area.x, area.y);
    let layout = shown(&mut world, 120, 20).layout;
    assert!(matches!(layout.beside.scroll, Scroll::At { .. }), "it scrolls");
    assert_eq!(active(&world), "#devs", "without taking the focus");
    world.click(layout.beside.newest.x, layout.beside.newest.y);
    let layout = shown(&mut world, 120, 20).layout;
    assert_eq!((active(&world).as_str(), layout.chat.scroll), ("bob", Scroll::Bottom));
    world.click(layout.beside.area.x, layout.beside.area.y);
    assert_eq!(active(&world), "#devs");
}
