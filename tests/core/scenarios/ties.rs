//! Two users create a group of the same name at once. Whose record the broker receives first leads, for everyone.

use std::time::Duration;

use papo::{
    domain::{GroupName, UserId},
    protocol::Command,
};

use super::world::World;
use crate::dice::Dice;

const CREATORS: [&str; 2] = ["alice", "bob"];
const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Moves one packet of a random program.
fn step(world: &mut World, dice: &mut Dice) {
    let name = *dice.pick(&NAMES).unwrap();
    if dice.roll(2) == 0 {
        world.step_up(name);
    } else {
        world.step_down(name);
    }
}

/// The leader of #ops as each user knows it, in the order of [`NAMES`].
fn leaders(world: &World, group: &GroupName) -> Vec<Option<UserId>> {
    let leader = |name: &&str| world.node(name).running().groups().get(group)?.leader.clone();
    NAMES.iter().map(leader).collect()
}

#[test]
fn two_creations_at_once_result_in_one_group() {
    let group: GroupName = "ops".parse().unwrap();
    let (mut both, mut won) = (0, [0, 0]);
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let mut world = World::new("", seed << 16);
        world.broker.names_senders = dice.roll(2) == 0;
        for name in NAMES {
            world.add(name, name.parse().unwrap());
        }
        // dave comes in between.
        NAMES[..3].iter().for_each(|name| world.connect(name));
        world.wait(Duration::from_secs(1));
        let (first, dave_at, cut_at) = (dice.roll(2), dice.roll(60), dice.roll(120));
        world.command(CREATORS[first], Command::CreateGroup(group.clone()));
        for _ in 0..dice.roll(6) {
            step(&mut world, &mut dice);
        }
        // The other one may have the earlier or the later time.
        let minutes = i64::try_from(dice.roll(3)).unwrap() - 1;
        world.set_clock(CREATORS[1 - first], minutes * 60_000);
        world.command(CREATORS[1 - first], Command::CreateGroup(group.clone()));
        both += u32::from(world.node(CREATORS[1 - first]).refusals.is_empty());
        for at in 0..60 {
            if at == dave_at {
                world.connect("dave");
            }
            if at == cut_at {
                let name = CREATORS[dice.roll(2)];
                world.cut(name);
                world.connect(name);
            }
            step(&mut world, &mut dice);
        }
        world.wait(Duration::from_secs(60));
        let leaders = leaders(&world, &group);
        let winner = CREATORS.iter().position(|name| leaders[0].as_ref().is_some_and(|id| id.as_str() == *name));
        let winner = winner.unwrap_or_else(|| panic!("seed {seed}: nobody leads"));
        won[winner] += 1;
        assert!(leaders.iter().all(|leader| *leader == leaders[0]), "seed {seed}: {leaders:?}");
        let loser = world.node(CREATORS[1 - winner]);
        if loser.refusals.is_empty() {
            let asks = loser.running().requests().any(|request| request.kind.group() == Some(&group));
            assert!(asks, "seed {seed}: the other one asks to join");
        }
        world.check_stores();
    }
    assert!(both > 100, "in {both} runs both have created the group");
    assert!(won[0] > 50 && won[1] > 50, "who was first has won: {won:?}");
}
