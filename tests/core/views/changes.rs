//! Changes of a group in its chat: those that follow each other are one line.

use papo::{
    app::{Language, Message, Page},
    domain::{Body, ChatId, ChatMessage, Conversation, ConversationId, GroupName, Membership, Presence},
    protocol::Saved,
};

use super::{world::*, *};
use crate::keys::key;

fn devs() -> GroupName {
    GroupName::new("devs").unwrap()
}

/// A change that papo noted `minutes` ago.
fn noted(author: &str, minutes: u64, change: Membership) -> ChatMessage {
    let at = ago(minutes);
    ChatMessage {
        sequence_number: None,
        ..ChatMessage::new(message_id(10_000 - minutes), id(author), at, Body::Membership(change))
    }
}

pub fn joined(name: &str, minutes: u64) -> ChatMessage {
    noted(name, minutes, Membership::Joined(vec![id(name)]))
}

fn left(name: &str, minutes: u64) -> ChatMessage {
    noted(name, minutes, Membership::Left(id(name)))
}

/// The saved state of alice, who leads #devs with a chat of `len` messages, of which `unread` are unread.
pub fn leading(len: u64, unread: u64) -> Saved {
    let conversation = Conversation::new(ConversationId::Group(devs()), ago(5));
    Saved {
        users: ["bob", "carol", "dave", "erin"].map(|name| user(name, Presence::Online, 30)).to_vec(),
        groups: vec![group("devs", "alice", &["bob", "carol", "dave"])],
        conversations: vec![Conversation { len, unread, ..conversation }],
        ..Saved::default()
    }
}

/// The chat of #devs with these messages, the last `unread` of them unread.
fn with(messages: Vec<ChatMessage>, unread: u64) -> World {
    let before = u64::try_from(messages.len()).unwrap();
    let mut saved = leading(before, unread);
    saved.conversations[0].changes = ChatMessage::count_changes(&messages);
    let mut world = World::restored(saved);
    let messages = (0..).zip(messages).collect();
    world.update(Message::Page(Page { chat: ChatId::Group(devs()), before, messages }));
    world
}

/// Two runs, with messages before, between and after them.
pub fn two_runs() -> World {
    with(
        vec![
            noted("alice", 60, Membership::Created),
            said("alice", 1, 50, "who else is there?"),
            joined("bob", 40),
            joined("carol", 40),
            joined("dave", 39),
            left("erin", 38),
            said("bob", 1, 38, "hello"),
            joined("erin", 20),
            left("erin", 19),
            said("bob", 2, 19, "that was short"),
        ],
        0,
    )
}

/// Lets the model know the layout, as the runtime does after each frame.
fn shown(world: &mut World) -> Drawn {
    let drawn = world.draw(80, 24);
    world.update(Message::Drawn(drawn.layout.clone()));
    drawn
}

fn press(world: &mut World, keys: &str) -> Option<u64> {
    shown(world);
    for name in keys.split_whitespace() {
        // Letters that follow each other at once are no keys.
        world.wait();
        world.update(Message::Key(key(name)));
        world.wait();
        world.update(Message::Timeout);
        shown(world);
    }
    world.model.chats.chosen()
}

/// The rows of the chat, without the empty ones at the end.
fn rows(world: &World) -> Vec<String> {
    let drawn = world.draw(80, 24);
    let area = drawn.layout.chat.area;
    let row = |y| (area.left()..area.right()).map(|x| drawn.buffer[(x, y)].symbol()).collect::<String>();
    let rows = (area.top()..area.bottom()).map(|y| row(y).trim_end().to_owned());
    rows.filter(|row| !row.is_empty()).collect()
}

#[test]
fn changes_that_follow_each_other_are_one_line_without_an_author() {
    let rows = rows(&two_runs());
    assert_eq!(
        rows[1..],
        [
            "08:30        — you created the group —",
            "08:40 alice  who else is there?                  …",
            "08:52        — bob, carol and dave joined; erin",
            "             left —",
            "      bob    hello",
            "09:11        — erin joined and left —",
            "      bob    that was short",
        ]
    );
}

#[test]
fn changes_speak_portuguese() {
    let mut world = two_runs();
    world.model.language = Language::builtin("pt-BR");
    let text = rows(&world).join("\n");
    assert!(text.contains("— bob, carol e dave entraram no\n             grupo; erin saiu do grupo —"), "{text}");
    assert!(text.contains("— erin entrou e saiu —"), "{text}");
}

#[test]
fn keys_pass_a_run_as_one_line() {
    let mut world = two_runs();
    assert_eq!(press(&mut world, "alt-up"), Some(9));
    let ups: Vec<_> = (0..6).map(|_| press(&mut world, "up").unwrap()).collect();
    assert_eq!(ups, [7, 6, 2, 1, 0, 0]);
    let downs: Vec<_> = (0..6).map(|_| press(&mut world, "down")).collect();
    assert_eq!(downs, [Some(1), Some(2), Some(6), Some(7), Some(9), None]);
    assert_eq!(press(&mut world, "alt-up g"), Some(0));
    assert_eq!(press(&mut world, "G"), Some(9));
    assert_eq!(press(&mut world, "ctrl-u"), Some(2), "half of the six lines");
    assert_eq!(press(&mut world, "ctrl-d"), Some(9));
}

#[test]
fn click_on_any_row_of_a_run_chooses_it() {
    let mut world = two_runs();
    let area = shown(&mut world).layout.chat.area;
    for row in [3, 4] {
        world.click(area.x + 20, area.y + row);
        assert_eq!(world.model.chats.chosen(), Some(2));
        let buffer = shown(&mut world).buffer;
        let selected = world.theme.style(Role::Selected).add_modifier;
        let is_selected = |row| buffer[(area.x + 20, area.y + row)].modifier.contains(selected);
        assert_eq!([2, 3, 4, 5].map(is_selected), [false, true, true, false]);
        press(&mut world, "esc");
    }
}

#[test]
fn chosen_run_stays_chosen_when_it_grows() {
    let mut world = with(vec![said("bob", 1, 9, "hello"), joined("carol", 8)], 0);
    assert_eq!(press(&mut world, "alt-up"), Some(1));
    // Alice lets eve in: another change follows.
    world.deliver(inbound("groups/devs/leader", "eve ENTER", &[]));
    world.accept("eve");
    world.model.notices.current = None;
    assert_eq!(press(&mut world, ""), Some(1));
    assert_eq!(rows(&world).last().unwrap(), "09:30        — carol and eve joined —");
    assert_eq!(press(&mut world, "down"), None, "nothing is below it");
}

#[test]
fn unread_marker_splits_a_run_until_it_is_gone() {
    let messages = vec![said("bob", 1, 9, "hello"), joined("carol", 8), joined("dave", 7), joined("erin", 6)];
    let mut world = with(messages, 0);
    let tab = &mut world.model.chats;
    tab.active_tab_mut().unwrap().unread_marker = Some(marker(&with(vec![said("bob", 1, 9, ""); 4], 2), 2));
    let rows_with_marker = rows(&world);
    assert_eq!(rows_with_marker[2], "09:22        — carol joined —");
    assert!(rows_with_marker[3].contains(" 2 new "), "{rows_with_marker:#?}");
    assert_eq!(rows_with_marker[4], "09:24        — dave and erin joined —");
    assert_eq!(press(&mut world, "alt-up"), Some(2));
    world.model.chats.active_tab_mut().unwrap().unread_marker = None;
    assert_eq!(rows(&world)[2..], ["09:24        — carol, dave and erin joined —"]);
    assert_eq!(press(&mut world, ""), Some(1), "the line of the chosen change is chosen now");
}

/// The unread marker of a chat above position `from`.
fn marker(world: &World, from: u64) -> papo::app::UnreadMarker {
    let marker = world.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!(marker.from, from);
    marker
}

#[test]
fn midnight_splits_a_run() {
    let day = 24 * 60;
    let world = with(vec![joined("bob", day + 1), joined("carol", day), joined("dave", 1), left("erin", 0)], 0);
    let rows = rows(&world);
    assert!(rows[0].contains(" Sun 22 Nov ") && rows[2].contains(" Mon 23 Nov "), "{rows:#?}");
    assert_eq!(rows[1], "09:30        — bob and carol joined —");
    assert_eq!(rows[3], "09:30        — dave joined; erin left —");
}

#[test]
fn change_after_a_cleared_screen_is_shown() {
    let mut world = with(vec![joined("carol", 8)], 0);
    world.type_in("/clear");
    press(&mut world, "enter");
    assert_eq!(rows(&world).len(), 0);
    world.deliver(inbound("groups/devs/leader", "eve ENTER", &[]));
    world.accept("eve");
    world.model.notices.current = None;
    assert_eq!(rows(&world), ["09:30        — eve joined —"]);
    press(&mut world, "pgup");
    assert_eq!(rows(&world)[1..], ["09:30        — carol and eve joined —"]);
}

#[test]
fn chosen_change_has_only_keys_that_work() {
    let mut world = two_runs();
    press(&mut world, "alt-up up");
    let hints = |world: &World| world.picture(80, 24).lines().last().unwrap().trim().to_owned();
    assert_eq!(hints(&world), "Esc close, back to newest   ↑ up   i message info   Ctrl-F search");
    for name in ["r", "e", "y", "o", "u", "x"] {
        world.model.notices.current = None;
        assert_eq!(press(&mut world, name), Some(7), "{name}");
        let text = world.picture(80, 24);
        assert!(text.contains("This is a change of the group, not a message"), "{name}: {text}");
    }
    press(&mut world, "up");
    assert!(hints(&world).contains("r reply"), "{}", hints(&world));
}

#[test]
fn info_of_a_run_lists_each_change() {
    let mut world = two_runs();
    press(&mut world, "alt-up up up up i");
    insta::assert_snapshot!(world.picture(80, 24));
}

#[test]
fn info_of_a_long_run_scrolls() {
    let mut world = with((0..40).map(|n| joined(&format!("user{n}"), 40 - n)).collect(), 0);
    press(&mut world, "alt-up i");
    assert!(world.picture(80, 24).contains("user0 joined") && !world.picture(80, 24).contains("user39 joined"));
    press(&mut world, "pgdn pgdn pgdn");
    assert!(world.picture(80, 24).contains("user39 joined"), "{}", world.picture(80, 24));
}

#[test]
fn list_of_chats_counts_messages_but_not_changes() {
    let mut world = two_runs();
    press(&mut world, "alt-t");
    let text = world.picture(80, 24);
    assert!(text.contains("3 messages"), "{text}");
}

#[test]
fn lookalike_in_a_change_is_marked() {
    let mut world = with(vec![joined("b\u{43e}b", 8), joined("carol", 7), said("b\u{43e}b", 1, 6, "hi")], 0);
    world.deliver(inbound("USERS/b\u{43e}b", "online", &[]));
    let text = rows(&world).join("\n");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("— b\u{43e}b (looks like bob) and carol joined —"), "{text}");
    assert!(text.contains("!b\u{43e}b"), "{text}");
    assert!(text.ends_with("(looks like bob)"), "the warning is below the message, too: {text}");
}
