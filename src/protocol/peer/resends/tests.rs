//! Chunks that are read back late.

use super::super::Peer;
use crate::{
    domain::{Body, ChatMessage, Conversation, ConversationId, MessageId, Now, Progress, Timestamp, User, UserId},
    protocol::{AckToken, Identity, Inbound, Input, Output, Saved},
};

const TALK: &str = "bob_alice_7";

/// Alice has written eight messages to bob, who is a papo.
fn alice() -> Peer {
    let identity = Identity::new("alice".parse().unwrap(), "d", 7);
    let (talk, bob): (ConversationId, UserId) = (TALK.parse().unwrap(), "bob".parse().unwrap());
    let conversation = Conversation { sent: 8, at_broker: 8, len: 8, ..Conversation::new(talk.clone(), now().wall) };
    let progress = Progress { received: Some(0), ..Progress::default() };
    let saved = Saved {
        conversations: vec![conversation],
        progress: vec![(talk, bob.clone(), progress)],
        users: vec![User { is_papo: true, ..User::new(bob, Timestamp::default()) }],
        ..Saved::default()
    };
    Peer::restore(identity, saved)
}

fn now() -> Now {
    Now::from_millis(1_000_000)
}

fn connect(alice: &mut Peer) {
    alice.handle_input(now(), Input::Connected { session_present: true });
    alice.handle_input(now(), Input::Subscribed);
}

/// Bob misses alice's numbers from `from` on.
fn misses(alice: &mut Peer, from: u64) {
    asks(alice, &from.to_string());
}

/// Bob asks for `numbers` of alice's.
fn asks(alice: &mut Peer, numbers: &str) {
    let properties = [("papo", "1"), ("from", "bob")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let inbound = Inbound {
        topic: "alice_Control".into(),
        payload: format!("RESEND {TALK} {numbers}").into_bytes(),
        properties: properties.into(),
        ..Inbound::default()
    };
    alice.handle_input(now(), Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } });
}

fn fetched(from: u64, upto: u64) -> Input {
    let message = |n: u64| {
        let (id, alice) = (MessageId::from_bytes([u8::try_from(n).unwrap(); 16]), "alice".parse().unwrap());
        ChatMessage { sequence_number: Some(n), ..ChatMessage::new(id, alice, now().wall, Body::Text(n.to_string())) }
    };
    Input::Fetched { conversation: TALK.parse().unwrap(), from, upto, messages: (from..=upto).map(message).collect() }
}

/// What was published in the talk since the last call, and where each says what is before it.
fn sent(alice: &mut Peer) -> Vec<(String, Option<String>)> {
    let outputs = alice.take_batch().outputs.into_iter();
    let published = outputs.filter_map(|output| match output {
        Output::Publish { publication, .. } if publication.topic == TALK => {
            let after = publication.properties.iter().find(|(name, _)| name == "after");
            Some((String::from_utf8(publication.payload).unwrap(), after.map(|(_, number)| number.clone())))
        }
        _ => None,
    });
    published.collect()
}

#[test]
fn what_was_read_back_for_an_earlier_connection_skips_nothing_on_this_one() {
    let mut alice = alice();
    connect(&mut alice);
    misses(&mut alice, 5);
    // The store is slow: the connection is gone and there again before it answers.
    alice.handle_input(now(), Input::Disconnected);
    connect(&mut alice);
    misses(&mut alice, 3);
    alice.handle_input(now(), fetched(5, 8));
    assert_eq!(sent(&mut alice), []);
    alice.handle_input(now(), fetched(3, 8));
    assert_eq!(sent(&mut alice), [3, 4, 5, 6, 7, 8].map(|n| (format!("alice {n}"), None)));
}

#[test]
fn what_was_just_sent_again_is_sent_once_more_to_who_has_only_begun_to_listen() {
    let mut alice = alice();
    connect(&mut alice);
    misses(&mut alice, 7);
    alice.handle_input(now(), fetched(7, 8));
    assert_eq!(sent(&mut alice).len(), 2);
    // Bob has a later number and lacks these, which are on their way.
    asks(&mut alice, "7 8");
    assert!(sent(&mut alice).is_empty());
    alice.handle_input(now(), fetched(7, 8));
    assert!(sent(&mut alice).is_empty());
    // He did not listen when they went.
    misses(&mut alice, 7);
    alice.handle_input(now(), fetched(7, 8));
    assert_eq!(sent(&mut alice).len(), 2);
    // That happens once.
    misses(&mut alice, 7);
    alice.handle_input(now(), fetched(7, 8));
    assert!(sent(&mut alice).is_empty());
}
