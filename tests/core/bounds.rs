//! Anyone can publish made-up users, groups and requests, so a peer bounds its lists and reports what it drops.

use std::time::Duration;

use papo::{
    app::Language,
    domain::MessageId,
    protocol::{Batch, Command, Event, Ignored, Operation, Saved, SeenText},
};

use crate::{
    alice::{Alice, id},
    inbound::inbound,
};

fn alice() -> Alice {
    Alice::restored(Saved::default())
}

/// The store operations of a batch, and its warnings in English.
fn outcome(batch: Batch) -> (Vec<Operation>, Vec<String>) {
    let warning = |event| {
        if let Event::Suspicious(Ignored { reason, .. }) = event {
            Some(Language::english().translate(reason))
        } else {
            None
        }
    };
    (batch.operations, batch.events.into_iter().filter_map(warning).collect())
}

/// The IDs of the requests that wait for alice's answer.
fn waiting(alice: &Alice) -> Vec<MessageId> {
    alice.peer.requests().filter(|request| request.waits_for_me()).map(|request| request.id).collect()
}

#[test]
fn full_inbox_drops_requests_until_one_is_answered() {
    let mut alice = alice();
    for n in 0..10_000 {
        let (_, warnings) = outcome(alice.hears("alice_Control", &format!("REQUEST u{n}")));
        assert_eq!(warnings, Vec::<String>::new());
    }
    assert_eq!(alice.peer.waiting_requests(), 10_000);
    let (operations, warnings) = outcome(alice.hears("alice_Control", "REQUEST late"));
    assert_eq!(warnings, ["Inbox full: the request from late was dropped"]);
    assert!(!operations.iter().any(|operation| matches!(operation, Operation::PutRequest(_))));
    alice.hears("clients/alice", "GI devs");
    assert_eq!((alice.peer.waiting_requests(), waiting(&alice).len()), (10_000, 10_000));
    // A full inbox still accepts a repeated request. Denying one makes room for a new one.
    alice.hears("alice_Control", "REQUEST u77");
    let oldest = waiting(&alice)[0];
    alice.command(Command::Deny(oldest)).unwrap();
    alice.hears("alice_Control", "REQUEST late");
    assert_eq!(alice.peer.waiting_requests(), 10_000);
    assert_eq!(alice.peer.requests().next_back().unwrap().peer, Some(id("late")));
}

#[test]
fn user_list_is_bounded_and_blocking_works_beyond_it() {
    let mut alice = alice();
    for n in 0..100_000 {
        alice.hears(&format!("USERS/u{n}"), &format!("u{n} online"));
    }
    let (operations, warnings) = outcome(alice.hears("USERS/late", "late online"));
    assert_eq!((operations, warnings.len(), alice.peer.users().len()), (vec![], 1, 100_000));
    // The presence of a listed user is still updated.
    alice.hears("USERS/u9", "u9 offline");
    assert!(!alice.peer.users()[&id("u9")].is_online());
    alice.command(Command::Block(id("late"))).unwrap();
    alice.hears("alice_Control", "REQUEST late");
    assert_eq!(alice.peer.waiting_requests(), 0);
}

#[test]
fn members_of_foreign_groups_are_not_listed_as_users() {
    let mut alice = alice();
    let names: Vec<String> = (0..2_000).map(|n| format!("u{n}")).collect();
    alice.hears("GROUPS/others", &format!("others {}", names.join(" ")));
    assert_eq!(alice.peer.groups()[&"others".parse().unwrap()].members.len(), 1_999);
    assert_eq!(alice.peer.users().len(), 0);
    // A group that lists me adds no users either, until I accept the invitation.
    alice.hears("GROUPS/ours", &format!("ours {} alice", names.join(" ")));
    assert_eq!(alice.peer.users().len(), 0);
    alice.command(Command::Accept(waiting(&alice)[0])).unwrap();
    assert_eq!(alice.peer.users().len(), 2_000);
}

#[test]
fn full_user_list_drops_offline_strangers_first() {
    let mut alice = alice();
    alice.command(Command::RequestChat(id("bob"))).unwrap();
    alice.hears("USERS/bob", "bob online");
    alice.command(Command::Block(id("eve"))).unwrap();
    alice.hears("USERS/carol", "carol online");
    // All are offline; u0 has been offline longest.
    for n in 0..99_997 {
        alice.now = alice.now + Duration::from_millis(1);
        alice.hears(&format!("USERS/u{n}"), &format!("u{n} offline"));
    }
    assert_eq!(alice.peer.users().len(), 100_000);
    let (operations, warnings) = outcome(alice.hears("USERS/late", "late online"));
    assert_eq!(warnings, Vec::<String>::new());
    let forgotten = operations.iter().filter(|operation| matches!(operation, Operation::RemoveUser(_))).count();
    assert_eq!((forgotten, alice.peer.users().len()), (1_000, 99_001));
    assert!(!alice.peer.users().contains_key(&id("u999")));
    for name in ["bob", "eve", "carol", "late", "u1000", "u99996"] {
        assert!(alice.peer.users().contains_key(&id(name)), "{name}");
    }
    // An unknown offline user is not added and displaces nobody.
    for n in 0..999 {
        alice.hears(&format!("USERS/w{n}"), &format!("w{n} offline"));
    }
    let (operations, warnings) = outcome(alice.hears("USERS/w999", "w999 offline"));
    assert_eq!((operations, warnings.len(), alice.peer.users().len()), (vec![], 1, 100_000));
    // An online user is added, even in the same second.
    alice.hears("USERS/later", "later online");
    assert!(alice.peer.users().contains_key(&id("later")));
}

#[test]
fn presence_of_contact_is_tracked_when_user_list_is_full() {
    let mut alice = alice();
    let bob = id("bob");
    for n in 0..100_000 {
        alice.hears(&format!("USERS/u{n}"), &format!("u{n} online"));
    }
    alice.hears("USERS/bob", "bob online");
    assert!(!alice.peer.users().contains_key(&bob));
    alice.command(Command::RequestChat(bob.clone())).unwrap();
    alice.hears("USERS/late", "late online");
    alice.hears("USERS/bob", "bob online");
    assert!(alice.peer.users()[&bob].is_online());
}

#[test]
fn one_sender_cannot_fill_the_inbox() {
    let mut alice = alice();
    let invites = |alice: &mut Alice, n: u32| {
        outcome(alice.receives(inbound("alice_Control", &format!("GI g{n}"), &[("papo", "1"), ("from", "eve")]))).1
    };
    for n in 0..20 {
        assert_eq!(invites(&mut alice, n), Vec::<String>::new());
    }
    let warnings = invites(&mut alice, 20);
    assert_eq!(warnings, ["20 requests from eve are pending: one more was dropped"]);
    // Repeated requests from eve and requests from others are still accepted. Once alice has answered one, eve can
    // send a new one.
    assert_eq!(invites(&mut alice, 7), Vec::<String>::new());
    alice.hears("alice_Control", "REQUEST bob");
    assert_eq!(alice.peer.waiting_requests(), 21);
    alice.command(Command::Deny(waiting(&alice)[0])).unwrap();
    invites(&mut alice, 20);
    assert_eq!(alice.peer.waiting_requests(), 21);
    // Requests without a sender are limited as well.
    for n in 0..30 {
        alice.hears("clients/alice", &format!("GI plain{n}"));
    }
    assert_eq!(alice.peer.waiting_requests(), 41);
}

#[test]
fn group_list_is_bounded_except_for_own_groups() {
    let mut alice = alice();
    for n in 0..20_000 {
        alice.hears("GROUPS", &format!("g{n} CREATE"));
    }
    let (mut operations, warnings) = outcome(alice.hears("GROUPS", "late CREATE"));
    // Not counted: `PutSeen` only replaces an older entry in the list of seen texts.
    operations.retain(|operation| !matches!(operation, Operation::PutSeen(SeenText { slot: ..1_000, .. })));
    assert_eq!((operations, warnings), (vec![], vec!["Group list full: #late not shown".into()]));
    alice.hears("GROUPS/other", "other bob carol");
    alice.hears("GROUPS/ours", "ours bob alice");
    assert_eq!(alice.peer.groups().len(), 20_001);
    assert!(alice.peer.groups().contains_key(&"ours".parse().unwrap()));
}

#[test]
fn full_group_list_drops_groups_with_unknown_leaders_first() {
    let mut alice = alice();
    alice.connects();
    let name = |name: &str| name.parse().unwrap();
    for user in ["zoe", "yan"] {
        alice.hears(&format!("USERS/{user}"), &format!("{user} online"));
    }
    alice.hears("USERS/will", "will offline");
    // Groups that I lead, was in, asked to join, am invited to, or that list me.
    alice.command(Command::CreateGroup(name("mine"))).unwrap();
    alice.hears("alice_Control", "GI old");
    alice.command(Command::Accept(waiting(&alice)[0])).unwrap();
    alice.command(Command::LeaveGroup(name("old"))).unwrap();
    alice.hears("GROUPS", "wanted CREATE");
    alice.command(Command::JoinGroup(name("wanted"))).unwrap();
    alice.hears("GROUPS", "offered CREATE");
    alice.hears("alice_Control", "GI offered");
    alice.hears("GROUPS/ours", "ours bob alice");
    let own = ["mine", "old", "wanted", "offered", "ours"];
    alice.hears("GROUPS/seen", "seen zoe");
    alice.hears("GROUPS/gone", "gone will");
    for n in 0..19_993 {
        alice.now = alice.now + Duration::from_millis(1);
        alice.hears("GROUPS", &format!("g{n} CREATE"));
    }
    assert_eq!(alice.peer.groups().len(), 20_000);
    // The leader of #late is as unknown as those of the other groups, so #late is not added.
    let (_, warnings) = outcome(alice.hears("GROUPS/late", "late eve"));
    assert_eq!((warnings.len(), alice.peer.groups().len()), (1, 20_000));
    // A group with a known leader is added, even in the same second.
    let (operations, warnings) = outcome(alice.hears("GROUPS/later", "later yan"));
    assert_eq!(warnings, Vec::<String>::new());
    let forgotten = operations.iter().filter(|operation| matches!(operation, Operation::RemoveGroup(_))).count();
    assert_eq!((forgotten, alice.peer.groups().len()), (1_000, 19_001));
    // The oldest groups with unknown leaders were removed.
    assert!(!alice.peer.groups().contains_key(&name("g999")));
    for group in own.into_iter().chain(["seen", "gone", "later", "g1000", "g19992"]) {
        assert!(alice.peer.groups().contains_key(&name(group)), "{group}");
    }
    // Groups of zoe, who is online, fill the list. My groups stay, and a contact's group is still added.
    for n in 0..30_000 {
        alice.hears(&format!("GROUPS/z{n}"), &format!("z{n} zoe"));
    }
    assert_eq!(alice.peer.groups().len(), 20_000);
    for group in own {
        assert!(alice.peer.groups().contains_key(&name(group)), "{group}");
    }
    assert!(!alice.peer.groups().contains_key(&name("g19992")));
    alice.command(Command::RequestChat(id("bob"))).unwrap();
    alice.hears("GROUPS/bobs", "bobs bob");
    assert!(alice.peer.groups().contains_key(&name("bobs")));
}
