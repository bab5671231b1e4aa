//! The counts in the titles of the lists.

use papo::{domain::Presence, protocol::Saved};

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
