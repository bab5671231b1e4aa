//! Messages that arrive before earlier ones of the same author: they are kept, and only the gap is requested.

use std::time::Duration;

use papo::{
    domain::{Body, ConversationId, MessageId},
    protocol::Command,
};

use super::world::World;
use crate::dice::Dice;

/// alice and bob, who are connected and have a session, and the session.
fn pair() -> (World, ConversationId) {
    let mut world = World::new("", 1 << 16);
    for name in ["alice", "bob"] {
        world.add(name, name.parse().unwrap());
        world.connect(name);
    }
    world.wait(Duration::from_secs(1));
    world.command("alice", Command::RequestChat("bob".parse().unwrap()));
    world.settle();
    let request: MessageId = world.node("bob").running().requests().next().unwrap().id;
    world.command("bob", Command::Accept(request));
    world.wait(Duration::from_secs(5));
    world.broker.watched.clear();
    let session = world.node("alice").running().conversations().keys().next().unwrap().clone();
    (world, session)
}

/// alice writes the numbers in this range.
fn writes(world: &mut World, session: &ConversationId, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let conversation = session.clone();
        world.command("alice", Command::Send { conversation, text: number.to_string(), relation: None });
    }
}

/// What bob has, in his order.
fn read(world: &World, session: &ConversationId) -> Vec<usize> {
    let text = |body: &Body| if let Body::Text(text) = body { text.parse().unwrap() } else { panic!("{body:?}") };
    world.node("bob").store.messages(session).iter().map(|message| text(&message.body)).collect()
}

/// How often alice's messages were published since the last question.
fn published(world: &mut World, session: &ConversationId) -> usize {
    let topic = session.to_string();
    world.broker.watched.drain(..).filter(|(on, _)| *on == topic).count()
}

#[test]
fn burst_in_another_order_arrives_at_once() {
    for seed in 0..20 {
        let (mut world, session) = pair();
        world.cut("bob");
        writes(&mut world, &session, 0..300);
        world.wait(Duration::from_secs(5));
        assert_eq!(published(&mut world, &session), 300);
        (world.shuffle, world.window) = (Some(Dice(seed)), 64);
        world.connect("bob");
        world.settle();
        assert_eq!(read(&world, &session), (0..300).collect::<Vec<_>>(), "seed {seed}");
        // The first gap was requested before it was filled; a message may be late by more than a window.
        let repeated = published(&mut world, &session);
        assert!(repeated <= 128, "seed {seed}: {repeated} were published again");
    }
}

#[test]
fn only_the_gap_is_requested() {
    let (mut world, session) = pair();
    for number in 0..100 {
        world.drops = [9, 10, 50].contains(&number).then(|| ("bob".to_owned(), 1));
        writes(&mut world, &session, number..number + 1);
        world.settle();
    }
    world.wait(Duration::from_secs(3));
    assert_eq!(read(&world, &session), (0..100).collect::<Vec<_>>());
    // The three, and the first one behind each gap.
    assert_eq!(published(&mut world, &session), 105);
}

#[test]
fn what_does_not_fit_is_requested_again() {
    let (mut world, session) = pair();
    world.drops = Some(("bob".to_owned(), 1));
    writes(&mut world, &session, 0..1_300);
    // alice does not hear bob's requests meanwhile.
    for _ in 0..1_400 {
        world.step_up("alice");
        world.step_down("bob");
    }
    assert_eq!(read(&world, &session), [0_usize; 0]);
    world.wait(Duration::from_secs(20));
    assert_eq!(read(&world, &session), (0..1_300).collect::<Vec<_>>());
    let again = published(&mut world, &session) - 1_300;
    assert!((300..700).contains(&again), "{again} were published again");
}
