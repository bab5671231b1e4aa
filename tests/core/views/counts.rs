//! The counts in the titles of the lists.

use crossterm::event::{KeyCode, KeyModifiers};
use papo::{
    app::Message,
    domain::Presence,
    protocol::{Input, Saved},
};

use super::world::*;

/// The first row of the screen with the title of the users.
fn users_title(world: &World) -> String {
    let picture = world.picture(100, 30);
    picture.lines().find(|row| row.contains("Users")).unwrap_or_default().to_owned()
}

#[test]
fn title_of_many_users_never_shows_a_part_of_a_number() {
    let users = (1..10_002).map(|n| user(&format!("u{n}"), Presence::Offline, 1)).collect();
    let mut world = World::restored(Saved { users, ..Saved::default() });
    for n in 1..5_626 {
        world.receive(&format!("USERS/u{n}"), &format!("u{n} online"));
    }
    let titles = [
        (29, "Users 5626 of 10002 online "),
        (28, "Users 5626/10002 online "),
        (20, "Users 5626/10002 "),
        (16, "Users ─"),
    ];
    for (columns, expected) in titles {
        world.model.ui.width = columns;
        assert!(users_title(&world).contains(expected), "{columns}: {}", users_title(&world));
    }
}

#[test]
fn title_of_more_users_than_papo_follows_says_as_of_when_the_list_is() {
    let users = (1..10_002).map(|n| user(&format!("u{n}"), Presence::Offline, 1)).collect();
    let mut world = World::restored(Saved { users, ..Saved::default() });
    world.update(Message::Peer(Input::Connected { session_present: false, names_senders: false }));
    world.update(Message::Peer(Input::Subscribed));
    assert!(users_title(&world).contains("Users 10002 ─"), "{}", users_title(&world));
    world.press(KeyCode::Char('u'), KeyModifiers::ALT);
    for n in 1..5_626 {
        world.receive(&format!("USERS/u{n}"), &format!("u{n} online"));
    }
    world.update(Message::Peer(Input::Subscribed));
    world.wait();
    world.wait();
    world.update(Message::Timeout);
    let titles = [
        (35, "Users 5626 of 10002 as of 09:30 "),
        (31, "Users 5626/10002 as of 09:30 "),
        (29, "Users 5626 of 10002 online "),
        (20, "Users 5626/10002 "),
    ];
    for (columns, expected) in titles {
        world.model.ui.width = columns;
        assert!(users_title(&world).contains(expected), "{columns}: {}", users_title(&world));
    }
    world.model.ui.width = 29;
    assert!(world.picture(100, 30).contains("Groups as of 09:30 "), "{}", world.picture(100, 30));
}
