//! How many receipts a reader sends, and when.

use std::time::Duration;

use super::super::Peer;
use crate::{
    domain::{Conversation, ConversationId, DeliveryProgress, Group, Now, Timestamp, User, UserId},
    protocol::{AckToken, Command, Identity, Inbound, Input, Output, Saved},
};

const SESSION: &str = "bob_alice_7";

/// Bob, who is in a conversation with alice and `others` other users of papo.
struct Bob {
    peer: Peer,
    conversation: ConversationId,
    now: Now,
    sent: u64,
    /// The receipts so far, with the milliseconds after the start.
    receipts: Vec<(u64, String)>,
}

const START: u64 = 1_000_000;

impl Bob {
    fn new(conversation: &str, others: usize) -> Self {
        let conversation: ConversationId = conversation.parse().unwrap();
        let alice: UserId = "alice".parse().unwrap();
        let now = Now::from_millis(START);
        let members = ["bob".to_owned()].into_iter().chain((0..others).map(|n| format!("u{n}")));
        let group = Group {
            members: members.map(|name| name.parse().unwrap()).collect(),
            rev: 2,
            ..Group::new("ops".parse().unwrap(), Some(alice.clone()), now.wall)
        };
        let saved = Saved {
            conversations: vec![Conversation::new(conversation.clone(), now.wall)],
            progress: vec![(conversation.clone(), alice.clone(), DeliveryProgress::default())],
            users: vec![User { is_papo: true, ..User::new(alice, Timestamp::default()) }],
            groups: vec![group],
            ..Saved::default()
        };
        let peer = Peer::restore(Identity::new("bob".parse().unwrap(), "b", 7), saved);
        let mut bob = Self { peer, conversation, now, sent: 0, receipts: Vec::new() };
        bob.handle(Input::Connected { session_present: true, names_senders: false });
        bob.handle(Input::Subscribed);
        bob
    }

    fn handle(&mut self, input: Input) {
        self.peer.handle_input(self.now, input);
        self.note_receipts();
    }

    fn note_receipts(&mut self) {
        for output in self.peer.take_batch().outputs {
            if let Output::Publish { publication, .. } = output
                && publication.topic == "alice_Control"
            {
                let text = String::from_utf8(publication.payload).unwrap();
                let (word, n) = (text.split(' ').next().unwrap(), text.rsplit(' ').next().unwrap());
                if ["ACK", "READ"].contains(&word) {
                    self.receipts.push((self.now.tick.as_millis() - START, format!("{word} {n}")));
                }
            }
        }
    }

    /// Receives alice's next message.
    fn receive(&mut self) {
        self.sent += 1;
        let (n, id) = (self.sent.to_string(), format!("{:032x}", self.sent));
        let properties = [("papo", "1"), ("from", "alice"), ("device", "a"), ("n", &n), ("id", &id)];
        let topic = match &self.conversation {
            ConversationId::Session(session) => session.to_string(),
            ConversationId::Group(group) => format!("groups/{group}/messages"),
        };
        let inbound = Inbound {
            topic,
            payload: b"alice hello".to_vec(),
            properties: properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Inbound::default()
        };
        self.handle(Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } });
    }

    fn read(&mut self) {
        self.peer.command(self.now, Command::MarkRead(self.conversation.clone())).unwrap();
        self.note_receipts();
    }

    /// Lets time pass, and stops at each due timeout.
    fn wait(&mut self, millis: u64) {
        let until = self.now + Duration::from_millis(millis);
        while let Some(due) = self.peer.next_timeout().filter(|due| *due <= until.tick) {
            self.now = self.now + due.since(self.now.tick);
            self.handle(Input::Timeout);
        }
        self.now = until;
    }

    fn receipts(&self) -> Vec<(u64, &str)> {
        self.receipts.iter().map(|(at, text)| (*at, text.as_str())).collect()
    }
}

#[test]
fn one_read_takes_the_place_of_both_receipts() {
    let mut bob = Bob::new(SESSION, 0);
    for _ in 0..2 {
        bob.receive();
        bob.read();
        bob.wait(30_000);
    }
    bob.receive();
    bob.wait(300);
    bob.read();
    bob.wait(30_000);
    let expected = [(0, "READ 1"), (30_000, "READ 2"), (60_000, "ACK 3"), (60_300, "READ 3")];
    assert_eq!(bob.receipts(), expected);
}

#[test]
fn author_who_waits_for_each_receipt_gets_it_at_once() {
    let mut bob = Bob::new(SESSION, 0);
    let mut expected = Vec::new();
    for n in 1..=100 {
        bob.receive();
        bob.wait(25);
        expected.push(((n - 1) * 25, format!("ACK {n}")));
    }
    assert_eq!(bob.receipts, expected);
}

#[test]
fn stream_gets_one_receipt_a_second() {
    let mut bob = Bob::new(SESSION, 0);
    for _ in 0..3_000 {
        bob.receive();
        bob.wait(1);
    }
    bob.wait(10_000);
    assert_eq!(bob.receipts(), [(0, "ACK 1"), (1_000, "ACK 1000"), (2_000, "ACK 2000"), (3_000, "ACK 3000")]);
}

/// No timeout comes between the messages.
#[test]
fn flood_does_not_delay_receipts() {
    let mut bob = Bob::new(SESSION, 0);
    for _ in 0..2_500 {
        bob.receive();
        bob.now = bob.now + Duration::from_millis(1);
    }
    assert_eq!(bob.receipts(), [(1, "ACK 2"), (1_001, "ACK 1002"), (2_001, "ACK 2002")]);
}

#[test]
fn large_group_spaces_receipts() {
    for (others, spacing) in [(0, 1_000), (6, 1_000), (14, 2_000), (30, 4_000)] {
        let mut bob = Bob::new("#ops", others);
        bob.receive();
        bob.wait(10);
        bob.receive();
        bob.wait(30_000);
        assert_eq!(bob.receipts(), [(0, "ACK 1"), (spacing, "ACK 2")], "{} members", others + 2);
    }
}
