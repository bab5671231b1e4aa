//! Ten thousand users, of whom most have nothing to do with alice.

use std::time::Duration;

use papo::protocol::{Command, Publication};

use super::world::World;

const USERS: usize = 10_000;
const CONTACTS: usize = 50;

fn announce(world: &mut World, users: std::ops::Range<usize>, state: &str) {
    for n in users {
        let topic = format!("USERS/u{n}");
        let presence = Publication { retain: true, ..Publication::new(topic, format!("u{n} {state}")) };
        world.broker.publish("", presence);
    }
}

#[test]
fn changes_of_strangers_reach_no_one_beyond_the_limit() {
    let mut world = World::new("", 1 << 16);
    announce(&mut world, 0..USERS, "online");
    world.add("alice", "alice".parse().unwrap());
    world.connect("alice");
    world.wait(Duration::from_secs(1));
    let alice = world.node("alice").running();
    assert_eq!(alice.users().len(), USERS, "a newcomer gets the whole list");
    assert!(alice.users().values().all(papo::domain::User::is_online));
    assert!(alice.directory_as_of().is_some());
    for n in 0..CONTACTS {
        world.command("alice", Command::RequestChat(format!("u{n}").parse().unwrap()));
    }
    world.wait(Duration::from_secs(1));

    let before = world.inputs;
    announce(&mut world, CONTACTS..USERS, "offline");
    world.settle();
    assert_eq!(world.inputs, before);
    announce(&mut world, 0..CONTACTS, "offline");
    world.settle();
    assert_eq!(world.inputs - before, CONTACTS as u64);
    let online = world.node("alice").running().users().values().filter(|user| user.is_online()).count();
    assert_eq!(online, USERS - CONTACTS);
}
