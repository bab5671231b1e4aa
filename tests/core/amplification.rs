//! Amplification: a peer that keeps asking for messages that were already sent must not
//! fill the link of their author.

use std::time::Duration;

use papo::{
    domain::{Body, ChatMessage, Conversation, ConversationId, Group, MessageId, Now, Progress, User},
    protocol::{Input, Output, Saved},
};

use crate::{
    alice::{Alice, id},
    inbound::{inbound, received},
};

const TALK: &str = "bob_alice_7";
const MESSAGES: u64 = 400;
const LENGTH: usize = 1_600;
/// The number of attacks in ten seconds, at even intervals.
const ATTACKS: u64 = 1_000;
const EVERY: Duration = Duration::from_millis(10);

/// Alice has sent all these messages to bob, who has acknowledged none, and leads a large group with bob in it.
struct Victim {
    alice: Alice,
    published: usize,
}

fn message(n: u64) -> ChatMessage {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    ChatMessage {
        id: MessageId::from_bytes(bytes),
        author: id("alice"),
        sequence_number: Some(n),
        at: Now::from_millis(0).wall,
        body: Body::Text("x".repeat(LENGTH)),
        failure: None,
        relation: None,
        is_edited: false,
        clock_is_off: false,
    }
}

/// A name, and what bob does each time.
type Attack<'a> = (&'a str, &'a dyn Fn(&mut Victim, u64));

impl Victim {
    fn new() -> Self {
        let now = Now::from_millis(1_000_000);
        let (talk, ops): (ConversationId, ConversationId) = (TALK.parse().unwrap(), "#ops".parse().unwrap());
        let others = (0..2_000).map(|n| id(&format!("u{n}")));
        let group = Group {
            name: "ops".parse().unwrap(),
            leader: Some(id("alice")),
            members: std::iter::once(id("bob")).chain(others).collect(),
            rev: 3,
            born: now.wall,
        };
        let talked = Conversation {
            sent: MESSAGES,
            at_broker: MESSAGES,
            len: MESSAGES,
            ..Conversation::new(talk.clone(), now.wall)
        };
        let progress = Progress { received: Some(0), ..Progress::default() };
        let saved = Saved {
            conversations: vec![talked, Conversation::new(ops.clone(), now.wall)],
            progress: vec![(talk, id("bob"), progress), (ops, id("bob"), progress)],
            users: vec![User { is_papo: true, ..User::new(id("bob"), now.wall) }],
            groups: vec![group],
            ..Saved::default()
        };
        let mut alice = Alice::restored(saved);
        alice.now = now;
        alice.connects();
        Self { alice, published: 0 }
    }

    /// Handles an input, and the answers of the store.
    fn takes(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for output in self.alice.handle(input).outputs {
                match output {
                    Output::Publish { publication, .. } => {
                        self.published += publication.topic.len() + publication.payload.len();
                    }
                    Output::Fetch { conversation, from, upto } => {
                        let messages = (from..=upto).map(message).collect();
                        inputs.push(Input::Fetched { conversation, from, upto, messages });
                    }
                    _ => {}
                }
            }
        }
    }

    /// Bob publishes something.
    fn hears(&mut self, topic: &str, payload: &str, more: &[(&str, &str)]) {
        let properties = [&[("papo", "1"), ("from", "bob")], more].concat();
        self.takes(received(inbound(topic, payload, &properties)));
    }

    fn wait(&mut self, span: Duration) {
        let until = self.alice.now + span;
        while let Some(due) = self.alice.peer.next_timeout().filter(|due| *due <= until.tick) {
            self.alice.now = self.alice.now + due.since(self.alice.now.tick);
            self.takes(Input::Timeout);
        }
        self.alice.now = until;
    }
}

/// The bytes that alice publishes in the ten seconds of an attack.
fn published(attack: impl Fn(&mut Victim, u64)) -> usize {
    let mut alice = Victim::new();
    for n in 0..ATTACKS {
        attack(&mut alice, n);
        alice.wait(EVERY);
    }
    alice.published
}

fn control(alice: &mut Victim, payload: &str) {
    alice.hears("alice_Control", payload, &[]);
}

/// The most that an honest reader gets in that time: a chunk a second.
const MOST: usize = 11 * 400 * (LENGTH + 100);

#[test]
fn repeated_resend_requests_do_not_multiply_traffic() {
    let all = |alice: &mut Victim, _| control(alice, &format!("RESEND {TALK} 1"));
    let last = |alice: &mut Victim, _| control(alice, &format!("RESEND {TALK} 201"));
    let a_part = |alice: &mut Victim, _| control(alice, &format!("RESEND {TALK} 201 400"));
    let in_turn = |alice: &mut Victim, n: u64| {
        let from = 1 + 100 * (n % 4);
        control(alice, &format!("RESEND {TALK} {from} {}", from + 99));
    };
    let more_and_more =
        |alice: &mut Victim, n: u64| control(alice, &format!("RESEND {TALK} {}", MESSAGES - n % MESSAGES));
    let with_receipts = |alice: &mut Victim, n: u64| {
        control(alice, &format!("RESEND {TALK} 1"));
        control(alice, &format!("ACK {TALK} {}", 1 + n % MESSAGES));
        control(alice, &format!("READ {TALK} {MESSAGES}"));
    };
    let comes = |alice: &mut Victim, n: u64| {
        alice.hears("USERS/bob", "bob online", &[("ts", &(900_000 + n).to_string())]);
    };
    let comes_and_goes = |alice: &mut Victim, n: u64| {
        let word = if n.is_multiple_of(2) { "bob online" } else { "bob offline" };
        alice.hears("USERS/bob", word, &[("ts", &(900_000 + n).to_string())]);
    };
    let after_the_end = |alice: &mut Victim, n: u64| {
        if n == 0 {
            alice.hears(TALK, "END", &[]);
        }
        control(alice, &format!("ACK {TALK} 0"));
    };
    let attacks: [Attack; 9] = [
        ("all", &all),
        ("the last", &last),
        ("a part", &a_part),
        ("parts in turn", &in_turn),
        ("more and more", &more_and_more),
        ("all, with receipts", &with_receipts),
        ("coming", &comes),
        ("coming and going", &comes_and_goes),
        ("receipts after the end", &after_the_end),
    ];
    let published: Vec<(&str, usize)> = attacks.into_iter().map(|(name, attack)| (name, published(attack))).collect();
    assert!(published.iter().all(|(_, bytes)| (LENGTH..MOST).contains(bytes)), "{published:?}");
    // None of these is acknowledged: alice sends them once, and then ever less often.
    let quiet = published.iter().filter(|(name, _)| !name.contains("with receipts"));
    assert!(quiet.clone().all(|(_, bytes)| *bytes < MOST / 2), "{published:?}");
}

#[test]
fn repeated_requests_for_a_record_do_not_multiply_traffic() {
    let asks = |alice: &mut Victim, _: u64| control(alice, "RESEND #ops 1");
    let enters = |alice: &mut Victim, _: u64| alice.hears("groups/ops/leader", "bob ENTER", &[]);
    for published in [published(asks), published(enters)] {
        assert!((12_000..100_000).contains(&published), "{published}");
    }
}

/// An honest reader waits for nothing but its own receipts.
#[test]
fn acknowledging_reader_gets_all_messages_soon() {
    let mut alice = Victim::new();
    control(&mut alice, &format!("RESEND {TALK} 1"));
    alice.wait(Duration::from_secs(1));
    control(&mut alice, &format!("ACK {TALK} 200"));
    assert!(alice.published > usize::try_from(MESSAGES).unwrap() * LENGTH, "{}", alice.published);
}
