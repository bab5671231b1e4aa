//! Amplification: a peer that keeps requesting messages again must not saturate their author's connection.

use std::time::Duration;

use papo::{
    domain::{Body, ChatMessage, Conversation, ConversationId, DeliveryProgress, Group, MessageId, Now, User},
    protocol::{Command, Input, Output, Saved},
};

use crate::{
    alice::{Alice, id},
    inbound::{inbound, received},
};

const SESSION: &str = "bob_alice_7";
const MESSAGES: u64 = 400;
const LENGTH: usize = 1_600;
/// How often bob publishes in the ten seconds of an attack: once every `INTERVAL`.
const ATTACKS: u64 = 1_000;
const INTERVAL: Duration = Duration::from_millis(10);

/// Alice, who leads a large group with bob in it. She has sent bob `MESSAGES` messages; he has acknowledged none.
struct Victim {
    alice: Alice,
    /// The bytes that alice has published.
    published: usize,
    /// How much alice has sent to the broker: publications and subscriptions.
    packets: usize,
    /// The highest number that alice has published in the session.
    highest: u64,
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
        earlier: Vec::new(),
        is_hidden: false,
    }
}

/// The name of an attack, and what bob publishes in its `n`th interval.
type Attack<'a> = (&'a str, &'a dyn Fn(&mut Victim, u64));

impl Victim {
    fn new() -> Self {
        Self::with(MESSAGES)
    }

    /// Alice, who has sent bob this many messages.
    fn with(count: u64) -> Self {
        Self::in_group_of("alice", count)
    }

    /// Alice, in a large group that this user leads. If she does not, she has written one message there.
    fn in_group_of(leader: &str, count: u64) -> Self {
        let sent = u64::from(leader != "alice");
        let now = Now::from_millis(1_000_000);
        let (with_bob, ops): (ConversationId, ConversationId) = (SESSION.parse().unwrap(), "#ops".parse().unwrap());
        let others = (0..2_000).map(|n| id(&format!("u{n}")));
        let group = Group {
            name: "ops".parse().unwrap(),
            leader: Some(id(leader)),
            members: ["alice", "bob"].map(id).into_iter().filter(|it| *it != id(leader)).chain(others).collect(),
            rev: 3,
            born: now.wall,
            since: None,
        };
        let session = Conversation {
            sent: count,
            broker_acked: count,
            len: count,
            ..Conversation::new(with_bob.clone(), now.wall)
        };
        let progress = DeliveryProgress { received: Some(0), ..DeliveryProgress::default() };
        let saved = Saved {
            conversations: vec![
                session,
                Conversation { sent, broker_acked: sent, len: sent, ..Conversation::new(ops.clone(), now.wall) },
            ],
            progress: vec![(with_bob, id("bob"), progress), (ops, id("bob"), progress)],
            users: vec![User { is_papo: true, ..User::new(id("bob"), now.wall) }],
            groups: vec![group],
            ..Saved::default()
        };
        let mut alice = Alice::restored(saved);
        alice.now = now;
        alice.connects();
        Self { alice, published: 0, packets: 0, highest: 0 }
    }

    /// Handles an input and all fetches from the store that follow.
    fn handle_all(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for output in self.alice.handle(input).outputs {
                match output {
                    Output::Publish { publication, .. } => {
                        self.published += publication.topic.len() + publication.payload.len();
                        self.packets += 1;
                        let number = publication.properties.iter().find(|(name, _)| name == "n");
                        self.highest = number.map_or(0, |(_, n)| n.parse().unwrap()).max(self.highest);
                    }
                    Output::Subscribe(_) => self.packets += 1,
                    Output::Fetch { conversation, from, upto } => {
                        let messages = (from..=upto).map(message).collect();
                        inputs.push(Input::Fetched { conversation, from, upto, messages });
                    }
                    _ => {}
                }
            }
        }
    }

    /// Receives a publication of bob's.
    fn receive(&mut self, topic: &str, payload: &str, properties: &[(&str, &str)]) {
        self.receive_from("bob", topic, payload, properties);
    }

    fn receive_from(&mut self, user: &str, topic: &str, payload: &str, properties: &[(&str, &str)]) {
        let properties = [&[("papo", "1"), ("from", user)], properties].concat();
        self.handle_all(received(inbound(topic, payload, &properties)));
    }

    fn wait(&mut self, span: Duration) {
        let until = self.alice.now + span;
        while let Some(due) = self.alice.peer.next_timeout().filter(|due| *due <= until.tick) {
            self.alice.now = self.alice.now + due.since(self.alice.now.tick);
            self.handle_all(Input::Timeout);
        }
        self.alice.now = until;
    }
}

/// Runs an attack of ten seconds. Returns the number of bytes that alice publishes.
fn published(attack: impl Fn(&mut Victim, u64)) -> usize {
    let mut alice = Victim::new();
    for n in 0..ATTACKS {
        attack(&mut alice, n);
        alice.wait(INTERVAL);
    }
    alice.published
}

fn control(alice: &mut Victim, payload: &str) {
    alice.receive("alice_Control", payload, &[]);
}

/// The bytes that an acknowledging reader gets at most in ten seconds: one chunk of 400 messages a second.
const LIMIT: usize = 11 * 400 * (LENGTH + 100);

#[test]
fn repeated_resend_requests_do_not_multiply_traffic() {
    let all = |alice: &mut Victim, _| control(alice, &format!("RESEND {SESSION} 1"));
    let last = |alice: &mut Victim, _| control(alice, &format!("RESEND {SESSION} 201"));
    let a_part = |alice: &mut Victim, _| control(alice, &format!("RESEND {SESSION} 201 400"));
    let parts_in_turn = |alice: &mut Victim, n: u64| {
        let from = 1 + 100 * (n % 4);
        control(alice, &format!("RESEND {SESSION} {from} {}", from + 99));
    };
    let more_and_more =
        |alice: &mut Victim, n: u64| control(alice, &format!("RESEND {SESSION} {}", MESSAGES - n % MESSAGES));
    let with_receipts = |alice: &mut Victim, n: u64| {
        control(alice, &format!("RESEND {SESSION} 1"));
        control(alice, &format!("ACK {SESSION} {}", 1 + n % MESSAGES));
        control(alice, &format!("READ {SESSION} {MESSAGES}"));
    };
    let online_again = |alice: &mut Victim, n: u64| {
        alice.receive("USERS/bob", "bob online", &[("ts", &(900_000 + n).to_string())]);
    };
    let online_and_offline = |alice: &mut Victim, n: u64| {
        let word = if n.is_multiple_of(2) { "bob online" } else { "bob offline" };
        alice.receive("USERS/bob", word, &[("ts", &(900_000 + n).to_string())]);
    };
    let after_the_end = |alice: &mut Victim, n: u64| {
        if n == 0 {
            alice.receive(SESSION, "END", &[]);
        }
        control(alice, &format!("ACK {SESSION} 0"));
    };
    let attacks: [Attack; 9] = [
        ("all", &all),
        ("the last", &last),
        ("a part", &a_part),
        ("parts in turn", &parts_in_turn),
        ("more and more", &more_and_more),
        ("all, with receipts", &with_receipts),
        ("online again and again", &online_again),
        ("online and offline", &online_and_offline),
        ("receipts after the end", &after_the_end),
    ];
    let published: Vec<(&str, usize)> = attacks.into_iter().map(|(name, attack)| (name, published(attack))).collect();
    assert!(published.iter().all(|(_, bytes)| (LENGTH..LIMIT).contains(bytes)), "{published:?}");
    // Without receipts, alice sends the messages once and then backs off.
    let quiet = published.iter().filter(|(name, _)| !name.contains("with receipts"));
    assert!(quiet.clone().all(|(_, bytes)| *bytes < LIMIT / 2), "{published:?}");
}

#[test]
fn repeated_requests_for_a_record_do_not_multiply_traffic() {
    let resend = |alice: &mut Victim, _: u64| control(alice, "RESEND #ops 1");
    let enter = |alice: &mut Victim, _: u64| alice.receive("groups/ops/leader", "bob ENTER", &[]);
    for published in [published(resend), published(enter)] {
        assert!((12_000..100_000).contains(&published), "{published}");
    }
}

/// A reader that acknowledges is sent the next messages at once.
#[test]
fn acknowledging_reader_gets_all_messages_soon() {
    let mut alice = Victim::new();
    control(&mut alice, &format!("RESEND {SESSION} 1"));
    alice.wait(Duration::from_secs(1));
    control(&mut alice, &format!("ACK {SESSION} 200"));
    assert!(alice.published > usize::try_from(MESSAGES).unwrap() * LENGTH, "{}", alice.published);
}

/// Bob requests all messages again each second, and acknowledges what has come.
fn request_all(alice: &mut Victim, seconds: u64) {
    for _ in 0..seconds {
        control(alice, &format!("RESEND {SESSION} 1"));
        for _ in 0..5 {
            let n = alice.highest;
            control(alice, &format!("ACK {SESSION} {n}"));
            alice.wait(Duration::from_millis(200));
        }
    }
}

#[test]
fn reader_that_wants_everything_again_gets_little() {
    let mut alice = Victim::with(5_000);
    // What is new to it once, then a mebibyte, and then four kibibytes a second.
    let all = 5_000 * (LENGTH + 100);
    request_all(&mut alice, 120);
    assert_eq!(alice.highest, 5_000);
    assert!(alice.published < all + (3 << 20), "{}", alice.published);
    request_all(&mut alice, 3_600);
    assert!(alice.published < all + (18 << 20), "{}", alice.published);
}

#[test]
fn reader_that_has_lost_much_gets_it_soon() {
    let mut alice = Victim::with(20_000);
    control(&mut alice, &format!("RESEND {SESSION} 1"));
    let mut seconds = 0;
    while alice.highest < 20_000 {
        alice.wait(Duration::from_secs(1));
        let n = alice.highest;
        control(&mut alice, &format!("ACK {SESSION} {n}"));
        seconds += 1;
        assert!(seconds < 60, "{} of 20,000", alice.highest);
    }
}

/// The ranges do not overlap, so nothing is requested twice.
#[test]
fn parts_of_a_long_history_are_not_sent_all_at_once() {
    let mut alice = Victim::with(1_000_000);
    for n in 0..ATTACKS {
        let from = 1 + 200 * n;
        control(&mut alice, &format!("RESEND {SESSION} {from} {}", from + 199));
        alice.wait(INTERVAL);
    }
    assert!(alice.published < 2 * LIMIT, "{}", alice.published);
}

/// What alice sends to the broker in ten seconds in which a user publishes this a hundred times a second.
fn packets(alice: &mut Victim, user: &str, topic: &str, payload: &str) -> usize {
    let before = alice.packets;
    for _ in 0..ATTACKS {
        alice.receive_from(user, topic, payload, &[("id", ASKED)]);
        alice.wait(INTERVAL);
    }
    alice.packets - before
}

const ASKED: &str = "0199d2a1b27c7d8e8f5a6b7c8d9e0f01";

#[test]
fn repeated_publications_are_answered_with_back_off() {
    // At once, after 1, 3 and 7 seconds, and what the timers repeat.
    let few = 1..=8;
    let answer = |alice: &mut Victim, accepts: bool| {
        let waiting = alice.alice.peer.requests().find(|request| request.waits_for_me()).unwrap().id;
        alice.alice.command(if accepts { Command::Accept(waiting) } else { Command::Deny(waiting) }).unwrap();
    };
    let requests = [
        ("bob", "alice_Control", "REQUEST bob", true),
        ("bob", "alice_Control", "REQUEST bob", false),
        ("bob", "alice_Control", "GI devs", true),
        ("bob", "alice_Control", "GI devs", false),
        ("eve", "groups/ops/leader", "eve ENTER", true),
        ("eve", "groups/ops/leader", "eve ENTER", false),
    ];
    for (user, topic, payload, accepts) in requests {
        let mut alice = Victim::new();
        alice.receive_from(user, topic, payload, &[("id", ASKED)]);
        answer(&mut alice, accepts);
        let sent = packets(&mut alice, user, topic, payload);
        assert!(few.contains(&sent), "{payload}, accepted: {accepts}: {sent}");
    }

    let mut alice = Victim::new();
    alice.alice.command(Command::RequestChat(id("bob"))).unwrap();
    let sent = packets(&mut alice, "bob", "alice_Control", "1763900000000 bob");
    assert!(few.contains(&sent), "acceptance: {sent}");

    // The session is closed for both.
    let mut alice = Victim::new();
    control(&mut alice, &format!("READ {SESSION} {MESSAGES}"));
    alice.alice.command(Command::End(SESSION.parse().unwrap())).unwrap();
    alice.receive(SESSION, "END", &[]);
    let sent = packets(&mut alice, "bob", "alice_Control", &format!("RESEND {SESSION} 401"));
    // Each time a subscription, the message and a receipt.
    assert!((1..=16).contains(&sent), "RESEND after the end: {sent}");
    let sent = packets(&mut alice, "bob", "groups/ops/members", "bob");
    assert!(sent <= 8, "announcements of a member: {sent}");
}

/// The pauses are longer than the time between two receipts for single messages.
#[test]
fn message_that_is_repeated_gets_a_receipt_a_second() {
    let mut alice = Victim::new();
    for _ in 0..400 {
        alice.receive(SESSION, "bob hello", &[("id", ASKED), ("n", "1")]);
        alice.wait(Duration::from_millis(25));
    }
    assert!((1..=12).contains(&alice.packets), "{}", alice.packets);
}

/// bob has left numbers out, and comes and goes. Messages of a gap are requested by the timer in between.
#[test]
fn author_of_a_gap_who_comes_online_again_and_again_is_asked_with_back_off() {
    for payload in ["bob online", "bob offline"] {
        let mut alice = Victim::new();
        control(&mut alice, &format!("READ {SESSION} {MESSAGES}"));
        alice.receive(SESSION, "bob hello", &[("id", ASKED), ("n", "500")]);
        let before = alice.packets;
        for n in 0..ATTACKS {
            let payload = if n % 2 == 0 { "bob online" } else { payload };
            alice.receive("USERS/bob", payload, &[]);
            alice.wait(INTERVAL);
        }
        let requests = alice.packets - before;
        assert!((1..20).contains(&requests), "{payload}: {requests}");
    }
}

/// bob leaves numbers out under one device, and writes the first message of ever new devices.
#[test]
fn author_of_a_gap_with_ever_new_devices_is_asked_with_back_off() {
    for repeats_gap in [false, true] {
        let mut alice = Victim::new();
        control(&mut alice, &format!("READ {SESSION} {MESSAGES}"));
        let before = alice.packets;
        let write = |alice: &mut Victim, turn: u64, n: &str, device: &str| {
            let message = format!("0199d2a1b27c7d8e8f5a6b7c{turn:08x}");
            alice.receive(SESSION, "bob hello", &[("id", &message), ("n", n), ("device", device)]);
        };
        write(&mut alice, 0, "5", "g");
        for turn in 1..=ATTACKS {
            if repeats_gap {
                write(&mut alice, 0, "5", "g");
            }
            write(&mut alice, turn, "1", &format!("d{turn}"));
            alice.wait(INTERVAL);
        }
        let packets = alice.packets - before;
        assert!((1..30).contains(&packets), "{repeats_gap}: {packets}");
    }
}

/// bob sends each second number first. Each is a new gap, which the next message closes.
#[test]
fn author_who_swaps_numbers_is_not_asked_each_time() {
    let mut alice = Victim::new();
    control(&mut alice, &format!("READ {SESSION} {MESSAGES}"));
    let before = alice.packets;
    for turn in 0..ATTACKS {
        for n in [2 * turn + 2, 2 * turn + 1] {
            let (id, number) = (format!("0199d2a1b27c7d8e8f5a6b7c{n:08x}"), n.to_string());
            alice.receive(SESSION, "bob hello", &[("id", &id), ("n", &number), ("device", "g")]);
        }
        alice.wait(INTERVAL);
    }
    let packets = alice.packets - before;
    assert!((100..140).contains(&packets), "{packets}");
}

#[test]
fn leader_who_comes_online_again_and_again_gets_a_report_every_five_seconds() {
    for kept in [&[("kept", "1")][..], &[]] {
        let mut alice = Victim::in_group_of("bob", MESSAGES);
        control(&mut alice, &format!("READ {SESSION} {MESSAGES}"));
        let before = alice.packets;
        for turn in 1..=ATTACKS {
            let ts = (1_000_000 + turn).to_string();
            let properties = [&[("words", "HAVE"), ("device", "g"), ("ts", &ts)][..], kept].concat();
            alice.receive("USERS/bob", "bob online", &properties);
            alice.wait(INTERVAL);
        }
        let packets = alice.packets - before;
        assert!((1..25).contains(&packets), "{kept:?}: {packets}");
    }
}
