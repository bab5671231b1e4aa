//! Anybody can make up users, groups and requests: how many of them a peer takes in, and what it says of the rest.

#[path = "support/inbound.rs"]
mod inbound;

use papo::{
    app::Language,
    domain::{MessageId, Now, UserId},
    protocol::{AckToken, Command, Event, Identity, Ignored, Input, Operation, Peer, Saved},
};

use self::inbound::inbound;

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
        let batch = self.peer.take_batch();
        let warning = |event| {
            if let Event::Suspicious(Ignored { reason, .. }) = event {
                Some(Language::english().say(reason))
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
    assert_eq!(warnings, ["the inbox is full: a request of late is not taken in"]);
    assert!(!operations.iter().any(|operation| matches!(operation, Operation::PutRequest(_))));
    alice.hears("clients/alice", "GI devs");
    assert_eq!((alice.peer.waiting_requests(), alice.waiting().len()), (10_000, 10_000));
    // Who is known to ask is heard again, and whom I ask is not one of the flood.
    alice.hears("alice_Control", "REQUEST u77");
    let oldest = alice.waiting()[0];
    alice.takes(Input::Command(Command::Deny(oldest)));
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
    alice.takes(Input::Command(Command::Block(UserId::new("late").unwrap())));
    alice.hears("alice_Control", "REQUEST late");
    assert_eq!(alice.peer.waiting_requests(), 0);
}

#[test]
fn the_list_of_groups_ends_somewhere_but_not_for_mine() {
    let mut alice = Alice::new();
    for n in 0..20_000 {
        alice.hears("GROUPS", &format!("g{n} CREATE"));
    }
    let (operations, warnings) = alice.hears("GROUPS", "late CREATE");
    assert_eq!((operations, warnings.len()), (vec![], 1));
    alice.hears("GROUPS/other", "other bob carol");
    alice.hears("GROUPS/ours", "ours bob alice");
    assert_eq!(alice.peer.groups().len(), 20_001);
    assert!(alice.peer.groups().contains_key(&"ours".parse().unwrap()));
}
