//! What a peer does when the broker refuses subscriptions.

use super::super::super::{Peer, link::RESUBSCRIBE_AFTER};
use crate::{
    domain::Now,
    protocol::{Batch, Event, Identity, Input, Notice, Output, Saved},
};

/// Alice, who is connected. The broker has not answered her subscriptions yet.
fn alice() -> Peer {
    let mut alice = Peer::restore(Identity::new("alice".parse().unwrap(), "d", 7), Saved::default());
    alice.handle_input(now(), Input::Connected { session_present: false, names_senders: false });
    alice.take_batch();
    alice
}

fn now() -> Now {
    Now::from_millis(1_000_000)
}

#[test]
fn refused_subscription_after_disconnect_is_ignored() {
    let mut alice = alice();
    answer_subscriptions(&mut alice, &[]);
    alice.handle_input(now(), Input::Disconnected);
    alice.take_batch();
    answer_subscriptions(&mut alice, &["alice_Control"]);
    assert_eq!(alice.take_batch().outputs, []);
    assert!(!alice.is_control_refused());
}

/// Delivers the broker's answer to the subscriptions; `refused` are the refused topic filters.
fn answer_subscriptions(alice: &mut Peer, refused: &[&str]) {
    if !refused.is_empty() {
        let refused = refused.iter().map(ToString::to_string).collect();
        alice.handle_input(now(), Input::SubscribeRefused(refused));
    }
    alice.handle_input(now(), Input::Subscribed);
}

/// The payloads published on alice's presence topic.
fn presence(batch: &Batch) -> Vec<String> {
    let publications = batch.outputs.iter().filter_map(|output| match output {
        Output::Publish { publication, .. } if publication.topic == "USERS/alice" => Some(publication),
        _ => None,
    });
    publications.map(|publication| String::from_utf8(publication.payload.clone()).unwrap()).collect()
}

#[test]
fn peer_without_control_topic_does_not_announce_itself() {
    let mut alice = alice();
    answer_subscriptions(&mut alice, &["alice_Control", "clients/alice"]);
    let batch = alice.take_batch();
    assert_eq!(batch.outputs, []);
    assert_eq!(batch.events, [Event::ControlRefused("alice_Control".into())]);
    assert!(alice.is_control_refused());

    // Alice retries twice: the broker refuses again, then accepts.
    for refused in [["alice_Control"].as_slice(), &[]] {
        assert_eq!(alice.next_timeout(), Some(now().tick + RESUBSCRIBE_AFTER));
        alice.handle_input(now() + RESUBSCRIBE_AFTER, Input::Timeout);
        let wanted = alice.take_batch().outputs;
        assert!(
            matches!(wanted.as_slice(), [Output::Subscribe(wanted)] if wanted[0].filter == "alice_Control"),
            "{wanted:?}"
        );
        answer_subscriptions(&mut alice, refused);
    }
    assert!(!alice.is_control_refused());
    assert_eq!(presence(&alice.take_batch()), ["alice online"]);
}

#[test]
fn peer_without_control_topic_announces_it_is_offline() {
    let mut alice = alice();
    answer_subscriptions(&mut alice, &[]);
    assert_eq!(presence(&alice.take_batch()), ["alice online"]);
    alice.handle_input(now(), Input::Disconnected);
    alice.handle_input(now(), Input::Connected { session_present: true, names_senders: false });
    answer_subscriptions(&mut alice, &["alice_Control"]);
    assert_eq!(presence(&alice.take_batch()), ["alice offline"]);
    assert!(alice.is_control_refused());
}

#[test]
fn other_refused_topics_are_reported_and_presence_is_announced() {
    let mut alice = alice();
    answer_subscriptions(&mut alice, &["GROUPS/#"]);
    let batch = alice.take_batch();
    assert_eq!(batch.events, [Event::Notice(Notice::SubscriptionsRefused(vec!["GROUPS/#".into()]))]);
    assert_eq!(presence(&batch), ["alice online"]);
}

#[test]
fn peer_takes_its_id_back_without_another_check() {
    for is_taken in [false, true] {
        let mut alice = alice();
        answer_subscriptions(&mut alice, &[]);
        alice.take_batch();
        alice.handle_input(now(), Input::Disconnected);
        if is_taken {
            alice.handle_input(now(), Input::TakenOver);
        }
        alice.handle_input(now(), Input::Connected { session_present: true, names_senders: false });
        answer_subscriptions(&mut alice, &[]);
        let announced = presence(&alice.take_batch());
        assert_eq!(announced, if is_taken { &["alice online"][..] } else { &[] }, "taken over: {is_taken}");
    }
}
