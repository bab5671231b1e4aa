//! Ticks and names in a group's chat stay the same when members leave or the group is disbanded.

use std::collections::BTreeMap;

use papo::{
    app::{Effect, Message, Page, update},
    domain::{ChatMessage, Conversation, ConversationId, DeliveryProgress, Group, GroupName, Now, Presence, UserId},
    protocol::{Command, Operation, Saved},
};

use super::world::*;

fn devs() -> GroupName {
    GroupName::new("devs").unwrap()
}

/// Alice leads #devs; bob and bartholomew are members. Carol left before she received a message, dave after the first.
fn start() -> Saved {
    let id = ConversationId::Group(devs());
    let progress = |name: &str, acked, read| {
        (id.clone(), self::id(name), DeliveryProgress { acked, read, ..DeliveryProgress::default() })
    };
    Saved {
        users: ["bob", "bartholomew", "carol", "dave"].map(|name| user(name, Presence::Online, 30)).to_vec(),
        groups: vec![group("devs", "alice", &["bob", "bartholomew"])],
        conversations: vec![Conversation { len: 4, sent: 3, broker_acked: 3, ..Conversation::new(id.clone(), ago(5)) }],
        progress: vec![
            progress("bob", 2, 1),
            progress("bartholomew", 1, 1),
            progress("carol", 0, 0),
            progress("dave", 1, 1),
        ],
        ..Saved::default()
    }
}

fn messages() -> Vec<ChatMessage> {
    vec![
        said("alice", 1, 9, "one"),
        said("alice", 2, 8, "two"),
        said("bartholomew", 1, 7, "three"),
        said("alice", 3, 6, "four"),
    ]
}

fn shown(saved: Saved) -> World {
    let mut world = World::restored(saved);
    let messages = (0..).zip(messages()).collect();
    world.update(Message::Page(Page { conversation: ConversationId::Group(devs()), before: 4, messages }));
    world
}

/// The rows of the messages.
fn rows(world: &World) -> Vec<String> {
    let picture = world.picture(80, 24);
    picture.lines().filter(|line| line.contains("09:2")).map(|line| line.chars().skip(28).collect()).collect()
}

/// Executes a command, and applies the operations that it commits to `saved`.
fn execute(world: &mut World, command: Command, saved: &mut Saved) {
    let effects = update(&mut world.model, Message::Command(command), Now::from_millis(NOW));
    let mut groups: BTreeMap<GroupName, Group> =
        saved.groups.drain(..).map(|group| (group.name.clone(), group)).collect();
    let mut progress: BTreeMap<(ConversationId, UserId), DeliveryProgress> =
        saved.progress.drain(..).map(|(id, user, progress)| ((id, user), progress)).collect();
    let committed = effects.into_iter().filter_map(|effect| match effect {
        Effect::Commit { operations, .. } => Some(operations),
        _ => None,
    });
    for operation in committed.flatten() {
        match operation {
            Operation::PutGroup(group) => drop(groups.insert(group.name.clone(), group)),
            Operation::RemoveGroup(name) => drop(groups.remove(&name)),
            Operation::PutProgress { conversation, user, progress: known } => {
                progress.insert((conversation, user), known);
            }
            Operation::PutConversation(conversation) => saved.conversations = vec![conversation],
            _ => {}
        }
    }
    saved.groups = groups.into_values().collect();
    saved.progress = progress.into_iter().map(|((id, user), progress)| (id, user, progress)).collect();
}

#[test]
fn ticks_and_names_stay_when_a_group_is_disbanded() {
    let mut saved = start();
    let mut world = shown(saved.clone());
    let before = rows(&world);
    let assert_tick =
        |row: usize, tick: &str| assert!(before[row].trim_end_matches(['│', ' ']).ends_with(tick), "{before:#?}");
    assert_tick(0, "✓✓");
    assert_tick(1, "1/2");
    assert_tick(3, "✓");
    assert!(before[2].contains(" bartholomew "), "{before:#?}");
    execute(&mut world, Command::DisbandGroup(devs()), &mut saved);
    assert!(world.picture(80, 24).contains("disbanded"));
    assert_eq!(rows(&world), before);
    // After a restart, a chat has a tab only if it is open or has unread messages.
    saved.conversations[0].unread = 1;
    // `shown` has no line about the end of the group.
    saved.conversations[0].len = 4;
    let restarted = shown(saved);
    assert!(restarted.model.peer.groups().is_empty());
    assert_eq!(rows(&restarted), before, "a restart does not change them");
}

#[test]
fn ticks_and_names_stay_when_a_reader_is_removed() {
    let mut saved = start();
    let mut world = shown(saved.clone());
    let before = rows(&world);
    for user in ["bob", "bartholomew"] {
        execute(&mut world, Command::RemoveMember { group: devs(), user: id(user) }, &mut saved);
    }
    let after = rows(&world);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    execute(&mut world, Command::DisbandGroup(devs()), &mut saved);
    assert_eq!(rows(&world), after, "disbanding the group does not change them");
}
