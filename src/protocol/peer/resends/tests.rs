//! Retransmission when the store or a reader's subscription is late.

use super::super::Peer;
use crate::{
    domain::{
        Body, ChatMessage, Conversation, ConversationId, DeliveryProgress, MessageId, Now, Timestamp, User, UserId,
    },
    protocol::{AckToken, Identity, Inbound, Input, Output, Saved},
};

const SESSION: &str = "bob_alice_7";

/// Alice, who has written eight messages to bob. Bob uses papo and has acknowledged none.
fn alice() -> Peer {
    let identity = Identity::new("alice".parse().unwrap(), "d", 7);
    let (session, bob): (ConversationId, UserId) = (SESSION.parse().unwrap(), "bob".parse().unwrap());
    let conversation =
        Conversation { sent: 8, broker_acked: 8, len: 8, ..Conversation::new(session.clone(), now().wall) };
    let progress = DeliveryProgress { received: Some(0), ..DeliveryProgress::default() };
    let saved = Saved {
        conversations: vec![conversation],
        progress: vec![(session, bob.clone(), progress)],
        users: vec![User { is_papo: true, ..User::new(bob, Timestamp::default()) }],
        ..Saved::default()
    };
    Peer::restore(identity, saved)
}

fn now() -> Now {
    Now::from_millis(1_000_000)
}

fn connect(alice: &mut Peer) {
    alice.handle_input(now(), Input::Connected { session_present: true, names_senders: false });
    alice.handle_input(now(), Input::Subscribed);
}

/// Bob requests all numbers of alice from `from` on, as a reader that has just subscribed.
fn requests_from(alice: &mut Peer, from: u64) {
    requests(alice, &from.to_string());
}

/// Bob requests `numbers` of alice, such as `7` or `7 8`.
fn requests(alice: &mut Peer, numbers: &str) {
    let properties = [("papo", "1"), ("from", "bob")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let inbound = Inbound {
        topic: "alice_Control".into(),
        payload: format!("RESEND {SESSION} {numbers}").into_bytes(),
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
    Input::Fetched {
        conversation: SESSION.parse().unwrap(),
        from,
        upto,
        messages: (from..=upto).map(message).collect(),
    }
}

/// The payloads published in the session since the last call, each with its property `after`.
fn sent(alice: &mut Peer) -> Vec<(String, Option<String>)> {
    let outputs = alice.take_batch().outputs.into_iter();
    let published = outputs.filter_map(|output| match output {
        Output::Publish { publication, .. } if publication.topic == SESSION => {
            let after = publication.properties.iter().find(|(name, _)| name == "after");
            Some((String::from_utf8(publication.payload).unwrap(), after.map(|(_, number)| number.clone())))
        }
        _ => None,
    });
    published.collect()
}

#[test]
fn chunk_read_for_an_earlier_connection_is_not_sent() {
    let mut alice = alice();
    connect(&mut alice);
    requests_from(&mut alice, 5);
    // The store is slow: alice reconnects before it answers.
    alice.handle_input(now(), Input::Disconnected);
    connect(&mut alice);
    requests_from(&mut alice, 3);
    alice.handle_input(now(), fetched(5, 8));
    assert_eq!(sent(&mut alice), []);
    alice.handle_input(now(), fetched(3, 8));
    assert_eq!(sent(&mut alice), [3, 4, 5, 6, 7, 8].map(|n| (format!("alice {n}"), None)));
}

#[test]
fn messages_in_flight_are_resent_once_to_a_new_subscriber() {
    let mut alice = alice();
    connect(&mut alice);
    requests_from(&mut alice, 7);
    alice.handle_input(now(), fetched(7, 8));
    assert_eq!(sent(&mut alice).len(), 2);
    // Bob has a later number and requests these, which are in flight.
    requests(&mut alice, "7 8");
    assert!(sent(&mut alice).is_empty());
    alice.handle_input(now(), fetched(7, 8));
    assert!(sent(&mut alice).is_empty());
    // Now bob claims that he was not subscribed when they were sent.
    requests_from(&mut alice, 7);
    alice.handle_input(now(), fetched(7, 8));
    assert_eq!(sent(&mut alice).len(), 2);
    // A second claim is not granted at once.
    requests_from(&mut alice, 7);
    alice.handle_input(now(), fetched(7, 8));
    assert!(sent(&mut alice).is_empty());
}
