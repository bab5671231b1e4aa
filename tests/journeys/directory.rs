//! More users than papo follows: it follows those with whom its user has to do, and reads the list of all when the user
//! looks at it, or a command asks for it.

use std::fs;

use crate::{
    World,
    commands::run_ok,
    flood::{kept, publish},
    on_both_brokers, quit,
};

on_both_brokers! {
    only_contacts_are_followed_beyond_the_limit
}

fn only_contacts_are_followed_beyond_the_limit(world: World) {
    let config = world.home().join(".config/papo");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("config.toml"), "directory_limit = 3\n").unwrap();
    let strangers = ["sam1", "sam2", "sam3", "sam4"];
    publish(world.port(), strangers.map(|id| kept(format!("USERS/{id}"), format!("{id} online"))).into());
    let (mut alice, bob, wire, _) = world.talking();
    alice.shows("● sam1");
    alice.shows("6 of 6 as of ");

    // Bob's presence is live, that of a stranger is as of the list.
    wire.publish_with(&["-t", "USERS/sam1", "-r", "-m", "sam1 offline"]);
    wire.has("USERS/sam1 sam1 offline");
    quit(bob);
    alice.shows("○ bob");
    assert!(alice.screen().contains("● sam1"), "{}", alice.screen());

    // A command reads the list anew, beside a running papo and without one.
    for id in ["alice", "carol"] {
        let users = run_ok(&world, id, &["users"]);
        assert!(users.contains("sam1 offline") && users.contains("sam4 online"), "{users}");
        assert!(users.contains("bob offline"), "{users}");
    }
    alice.shows("○ sam1");
    quit(alice);

    // After a start, papo asks only for the contacts, until the user looks at the list.
    alice = world.start_online("alice");
    alice.shows("○ bob");
    alice.shows("? sam2");
    assert!(!alice.screen().contains("as of "), "{}", alice.screen());
    alice.opens_users().shows("● sam2");
    alice.shows(" as of ");
    let bob = world.start_online("bob");
    alice.shows("● bob");
    quit(bob);
    quit(alice);
}
