//! What is seen of a group does not change because somebody leaves it, or because it is no more.

use std::collections::BTreeMap;

use papo::{
    app::{Effect, Message, Page, update},
    domain::{ChatMessage, Conversation, ConversationId, Group, GroupName, Now, Presence, Progress, UserId},
    protocol::{Command, Operation, Saved},
};

use super::world::*;

fn devs() -> GroupName {
    GroupName::new("devs").unwrap()
}

/// Alice leads, and bob and bartholomew are in. Carol has left without having read anything, dave behind the first message.
fn start() -> Saved {
    let id = ConversationId::Group(devs());
    let progress =
        |name: &str, acked, read| (id.clone(), self::id(name), Progress { acked, read, ..Progress::default() });
    Saved {
        users: ["bob", "bartholomew", "carol", "dave"].map(|name| user(name, Presence::Online, 30)).to_vec(),
        groups: vec![group("devs", "alice", &["bob", "bartholomew"])],
        conversations: vec![Conversation { len: 4, sent: 3, at_broker: 3, ..Conversation::new(id.clone(), ago(5)) }],
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

fn showing(saved: Saved) -> World {
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

/// Carries out a command, and keeps of it what a restart finds.
fn does(world: &mut World, command: Command, saved: &mut Saved) {
    let effects = update(&mut world.model, Message::Command(command), Now::from_millis(NOW));
    let mut groups: BTreeMap<GroupName, Group> =
        saved.groups.drain(..).map(|group| (group.name.clone(), group)).collect();
    let mut progress: BTreeMap<(ConversationId, UserId), Progress> =
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
    let mut world = showing(saved.clone());
    let before = rows(&world);
    let ends =
        |row: usize, tick: &str| assert!(before[row].trim_end_matches(['│', ' ']).ends_with(tick), "{before:#?}");
    ends(0, "✓✓");
    ends(1, "1/2");
    ends(3, "✓");
    assert!(before[2].contains(" bartholomew "), "{before:#?}");
    does(&mut world, Command::DisbandGroup(devs()), &mut saved);
    assert!(world.picture(80, 24).contains("disbanded"));
    assert_eq!(rows(&world), before);
    // What is unread has a tab after a start.
    saved.conversations[0].unread = 1;
    let restarted = showing(saved);
    assert!(restarted.model.peer.groups().is_empty());
    assert_eq!(rows(&restarted), before, "nor do they change with a restart");
}

#[test]
fn ticks_and_names_stay_when_a_reader_is_removed() {
    let mut saved = start();
    let mut world = showing(saved.clone());
    let before = rows(&world);
    for user in ["bob", "bartholomew"] {
        does(&mut world, Command::RemoveMember { group: devs(), user: id(user) }, &mut saved);
    }
    let after = rows(&world);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    does(&mut world, Command::DisbandGroup(devs()), &mut saved);
    assert_eq!(rows(&world), after, "nor when it is disbanded then");
}
