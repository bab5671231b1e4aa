//! Anybody can make up users, groups and requests: how many of them a peer takes in, and what it says of the rest.

use std::time::Duration;

use papo::{
    app::Language,
    domain::{MessageId, Now, UserId},
    protocol::{AckToken, Command, Event, Identity, Ignored, Input, Operation, Peer, Saved, SeenText},
};

use crate::inbound::inbound;

struct Alice {
    peer: Peer,
    now: Now,
}

impl Alice {
    fn new() -> Self {
        let identity = Identity::new(UserId::new("alice").unwrap(), "d", 7);
        Self { peer: Peer::restore(identity, Saved::default()), now: Now::from_millis(1_763_900_000_000) }
    }

    /// Takes an input; gives what it has put into the store, and what it warned of.
    fn takes(&mut self, input: Input) -> (Vec<Operation>, Vec<String>) {
        self.peer.handle_input(self.now, input);
        self.outcome()
    }

    fn does(&mut self, command: Command) {
        self.peer.command(self.now, command).unwrap();
        self.peer.take_batch();
    }

    fn outcome(&mut self) -> (Vec<Operation>, Vec<String>) {
        let batch = self.peer.take_batch();
        let warning = |event| {
            if let Event::Suspicious(Ignored { reason, .. }) = event {
                Some(Language::english().translate(reason))
            } else {
                None
            }
        };
        (batch.operations, batch.events.into_iter().filter_map(warning).collect())
    }

    fn hears(&mut self, topic: &str, payload: &str) -> (Vec<Operation>, Vec<String>) {
        let inbound = inbound(topic, payload, &[]);
        self.takes(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } })
    }

    fn waiting(&self) -> Vec<MessageId> {
        self.peer.requests().filter(|request| request.waits_for_me()).map(|request| request.id).collect()
    }
}

#[test]
fn a_full_inbox_takes_in_no_more_until_something_is_answered() {
    let mut alice = Alice::new();
    for n in 0..10_000 {
        let (_, warnings) = alice.hears("alice_Control", &format!("REQUEST u{n}"));
        assert_eq!(warnings, Vec::<String>::new());
    }
    assert_eq!(alice.peer.waiting_requests(), 10_000);
    let (operations, warnings) = alice.hears("alice_Control", "REQUEST late");
    assert_eq!(warnings, ["Inbox full: the request from late was dropped"]);
    assert!(!operations.iter().any(|operation| matches!(operation, Operation::PutRequest(_))));
    alice.hears("clients/alice", "GI devs");
    assert_eq!((alice.peer.waiting_requests(), alice.waiting().len()), (10_000, 10_000));
    // Who is known to ask is heard again, and whom I ask is not one of the flood.
    alice.hears("alice_Control", "REQUEST u77");
    let oldest = alice.waiting()[0];
    alice.does(Command::Deny(oldest));
    alice.hears("alice_Control", "REQUEST late");
    assert_eq!(alice.peer.waiting_requests(), 10_000);
    assert_eq!(alice.peer.requests().next_back().unwrap().peer, UserId::new("late").ok());
}

#[test]
fn the_list_of_users_ends_somewhere_and_blocking_works_beyond() {
    let mut alice = Alice::new();
    for n in 0..100_000 {
        alice.hears(&format!("USERS/u{n}"), &format!("u{n} online"));
    }
    let (operations, warnings) = alice.hears("USERS/late", "late online");
    assert_eq!((operations, warnings.len(), alice.peer.users().len()), (vec![], 1, 100_000));
    // Somebody who is known goes on being followed.
    alice.hears("USERS/u9", "u9 offline");
    assert!(!alice.peer.users()[&UserId::new("u9").unwrap()].is_online());
    alice.does(Command::Block(UserId::new("late").unwrap()));
    alice.hears("alice_Control", "REQUEST late");
    assert_eq!(alice.peer.waiting_requests(), 0);
}

#[test]
fn members_of_groups_that_one_is_not_in_are_not_users() {
    let mut alice = Alice::new();
    let names: Vec<String> = (0..2_000).map(|n| format!("u{n}")).collect();
    alice.hears("GROUPS/others", &format!("others {}", names.join(" ")));
    assert_eq!(alice.peer.groups()[&"others".parse().unwrap()].members.len(), 1_999);
    assert_eq!(alice.peer.users().len(), 0);
    // Nor does it help to name me.
    alice.hears("GROUPS/ours", &format!("ours {} alice", names.join(" ")));
    assert_eq!(alice.peer.users().len(), 0);
    alice.does(Command::Accept(alice.waiting()[0]));
    assert_eq!(alice.peer.users().len(), 2_000);
}

#[test]
fn a_full_list_of_users_forgets_the_least_known() {
    let mut alice = Alice::new();
    let id = |name: &str| UserId::new(name).unwrap();
    alice.does(Command::RequestTalk(id("bob")));
    alice.hears("USERS/bob", "bob online");
    alice.does(Command::Block(id("eve")));
    alice.hears("USERS/carol", "carol online");
    // They have gone, the first of them longest ago.
    for n in 0..99_997 {
        alice.now = alice.now + Duration::from_millis(1);
        alice.hears(&format!("USERS/u{n}"), &format!("u{n} offline"));
    }
    assert_eq!(alice.peer.users().len(), 100_000);
    let (operations, warnings) = alice.hears("USERS/late", "late online");
    assert_eq!(warnings, Vec::<String>::new());
    let forgotten = operations.iter().filter(|operation| matches!(operation, Operation::RemoveUser(_))).count();
    assert_eq!((forgotten, alice.peer.users().len()), (1_000, 99_001));
    assert!(!alice.peer.users().contains_key(&id("u999")));
    for name in ["bob", "eve", "carol", "late", "u1000", "u99996"] {
        assert!(alice.peer.users().contains_key(&id(name)), "{name}");
    }
    // Who is no better known than all others is not taken in, and forgets nobody.
    for n in 0..999 {
        alice.hears(&format!("USERS/w{n}"), &format!("w{n} offline"));
    }
    let (operations, warnings) = alice.hears("USERS/w999", "w999 offline");
    assert_eq!((operations, warnings.len(), alice.peer.users().len()), (vec![], 1, 100_000));
    // In the same second somebody who is online is.
    alice.hears("USERS/later", "later online");
    assert!(alice.peer.users().contains_key(&id("later")));
}

#[test]
fn a_contact_is_followed_though_strangers_who_are_online_fill_the_list() {
    let mut alice = Alice::new();
    let bob = UserId::new("bob").unwrap();
    for n in 0..100_000 {
        alice.hears(&format!("USERS/u{n}"), &format!("u{n} online"));
    }
    alice.hears("USERS/bob", "bob online");
    assert!(!alice.peer.users().contains_key(&bob));
    alice.does(Command::RequestTalk(bob.clone()));
    alice.hears("USERS/late", "late online");
    alice.hears("USERS/bob", "bob online");
    assert!(alice.peer.users()[&bob].is_online());
}

#[test]
fn one_sender_does_not_fill_the_inbox() {
    let mut alice = Alice::new();
    let invites = |alice: &mut Alice, n: u32| {
        let inbound = inbound("alice_Control", &format!("GI g{n}"), &[("papo", "1"), ("from", "eve")]);
        alice.takes(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }).1
    };
    for n in 0..20 {
        assert_eq!(invites(&mut alice, n), Vec::<String>::new());
    }
    let warnings = invites(&mut alice, 20);
    assert_eq!(warnings, ["20 requests from eve are pending: one more was dropped"]);
    // What it asks again is known, and others are heard; so is it itself once something is answered.
    assert_eq!(invites(&mut alice, 7), Vec::<String>::new());
    alice.hears("alice_Control", "REQUEST bob");
    assert_eq!(alice.peer.waiting_requests(), 21);
    alice.does(Command::Deny(alice.waiting()[0]));
    invites(&mut alice, 20);
    assert_eq!(alice.peer.waiting_requests(), 21);
    // Nor do those that do not say from whom they come.
    for n in 0..30 {
        alice.hears("clients/alice", &format!("GI plain{n}"));
    }
    assert_eq!(alice.peer.waiting_requests(), 41);
}

#[test]
fn the_list_of_groups_ends_somewhere_but_not_for_mine() {
    let mut alice = Alice::new();
    for n in 0..20_000 {
        alice.hears("GROUPS", &format!("g{n} CREATE"));
    }
    let (mut operations, warnings) = alice.hears("GROUPS", "late CREATE");
    // That the text has come is remembered in place of an older one.
    operations.retain(|operation| !matches!(operation, Operation::PutSeen(SeenText { slot: ..1_000, .. })));
    assert_eq!((operations, warnings), (vec![], vec!["Group list full: #late not shown".into()]));
    alice.hears("GROUPS/other", "other bob carol");
    alice.hears("GROUPS/ours", "ours bob alice");
    assert_eq!(alice.peer.groups().len(), 20_001);
    assert!(alice.peer.groups().contains_key(&"ours".parse().unwrap()));
}

#[test]
fn a_full_list_of_groups_forgets_those_of_the_least_known_leaders() {
    let mut alice = Alice::new();
    alice.takes(Input::Connected { session_present: false });
    alice.takes(Input::Subscribed);
    let name = |name: &str| name.parse().unwrap();
    for user in ["zoe", "yan"] {
        alice.hears(&format!("USERS/{user}"), &format!("{user} online"));
    }
    alice.hears("USERS/will", "will offline");
    // What I lead, was in, have asked to be let into, am invited to, or that counts me in.
    alice.does(Command::CreateGroup(name("mine")));
    alice.hears("alice_Control", "GI old");
    alice.does(Command::Accept(alice.waiting()[0]));
    alice.does(Command::LeaveGroup(name("old")));
    alice.hears("GROUPS", "wanted CREATE");
    alice.does(Command::JoinGroup(name("wanted")));
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
    // Nobody knows who leads it, as with the others.
    let (_, warnings) = alice.hears("GROUPS/late", "late eve");
    assert_eq!((warnings.len(), alice.peer.groups().len()), (1, 20_000));
    // In the same second one by somebody who was heard is taken in.
    let (operations, warnings) = alice.hears("GROUPS/later", "later yan");
    assert_eq!(warnings, Vec::<String>::new());
    let forgotten = operations.iter().filter(|operation| matches!(operation, Operation::RemoveGroup(_))).count();
    assert_eq!((forgotten, alice.peer.groups().len()), (1_000, 19_001));
    // The oldest of them have gone.
    assert!(!alice.peer.groups().contains_key(&name("g999")));
    for kept in own.into_iter().chain(["seen", "gone", "later", "g1000", "g19992"]) {
        assert!(alice.peer.groups().contains_key(&name(kept)), "{kept}");
    }
    // Those of others who are online fill it up; what is mine stays, and a contact's group still comes in.
    for n in 0..30_000 {
        alice.hears(&format!("GROUPS/z{n}"), &format!("z{n} zoe"));
    }
    assert_eq!(alice.peer.groups().len(), 20_000);
    for kept in own {
        assert!(alice.peer.groups().contains_key(&name(kept)), "{kept}");
    }
    assert!(!alice.peer.groups().contains_key(&name("g19992")));
    alice.does(Command::RequestTalk(UserId::new("bob").unwrap()));
    alice.hears("GROUPS/bobs", "bobs bob");
    assert!(alice.peer.groups().contains_key(&name("bobs")));
}
