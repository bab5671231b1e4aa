//! The separators between the sessions of one chat.

use papo::{
    app::Page,
    domain::{ChatId, Conversation},
    protocol::Saved,
};

use super::{world::*, *};

/// The rows of the chat with bob, whose sessions began so many minutes ago, with a message by bob in each.
fn chat_with_sessions(sessions: &[(u64, &str)]) -> World {
    let conversation = |minutes: &u64| {
        let id = format!("bob_alice_{}", ago(*minutes).as_millis()).parse().unwrap();
        Conversation { len: 1, ..Conversation::new(id, ago(*minutes)) }
    };
    let conversations = sessions.iter().map(|(minutes, _)| conversation(minutes)).collect();
    let mut world = World::restored(Saved { conversations, ..Saved::default() });
    let messages = sessions.iter().zip(1..).map(|((minutes, text), n)| said("bob", n, minutes - 1, text));
    let messages = (0..).zip(messages.collect::<Vec<_>>()).collect();
    world.update(Message::Page(Page { chat: ChatId::User(id("bob")), before: sessions.len() as u64, messages }));
    world.model.focus = Pane::Chat;
    world
}

/// The separators on the screen.
fn separators(world: &World) -> Vec<String> {
    let picture = world.picture(100, 20);
    let inner = |row: &str| row.split('│').find(|part| part.contains("─ ")).map(|part| part.replace('─', ""));
    picture
        .lines()
        .filter(|row| row.contains("─ ") && row.contains(" ─"))
        .filter_map(inner)
        .map(|row| row.trim().to_owned())
        .collect()
}

#[test]
fn only_session_has_no_separator() {
    assert_eq!(separators(&chat_with_sessions(&[(20, "morning")])), ["Mon 23 Nov"]);
}

#[test]
fn each_session_begins_with_a_separator() {
    let world = chat_with_sessions(&[(60 * 24, "yesterday"), (20, "morning"), (5, "again")]);
    let expected = ["Sun 22 Nov", "session of 09:30", "Mon 23 Nov", "session of 09:10", "session of 09:25"];
    assert_eq!(separators(&world), expected);
    insta::assert_snapshot!(world.picture(100, 20));
}

#[test]
fn session_without_messages_is_announced_below_the_last_message() {
    let mut world = chat_with_sessions(&[(20, "morning")]);
    world.deliver(crate::inbound::inbound("alice_Control", "REQUEST bob", &[]));
    world.accept("bob");
    assert_eq!(separators(&world), ["Mon 23 Nov", "session of 09:10", "session of 09:30"]);
}

#[test]
fn message_info_tells_two_open_sessions_apart() {
    let mut world = chat_with_sessions(&[(20, "morning"), (5, "again")]);
    world.press(KeyCode::Up, KeyModifiers::ALT);
    world.type_in("i");
    let info = world.picture(100, 20);
    assert!(info.contains(&format!(" bob_alice_{} ", ago(5).as_millis())), "{info}");
    assert!(info.contains("began Mon 23 Nov 09:25, open"), "{info}");
}
