//! What a peer does when the broker refuses subscriptions.

use super::super::super::{Peer, link::ASK_AGAIN};
use crate::{
    domain::Now,
    protocol::{Batch, Event, Identity, Input, Notice, Output, Saved},
};

/// Alice, connected; the broker has not answered for her subscriptions.
fn alice() -> Peer {
    let mut alice = Peer::restore(Identity::new("alice".parse().unwrap(), "d", 7), Saved::default());
    alice.handle_input(now(), Input::Connected { session_present: false });
    alice.take_batch();
    alice
}

fn now() -> Now {
    Now::from_millis(1_000_000)
}

#[test]
fn a_refusal_that_comes_after_the_connection_is_gone_says_nothing() {
    let mut alice = alice();
    answered(&mut alice, &[]);
    alice.handle_input(now(), Input::Disconnected);
    alice.take_batch();
    answered(&mut alice, &["alice_Control"]);
    assert_eq!(alice.take_batch().outputs, []);
    assert!(!alice.is_control_refused());
}

/// Takes what the broker says of the subscriptions.
fn answered(alice: &mut Peer, refused: &[&str]) {
    if !refused.is_empty() {
        let refused = refused.iter().map(ToString::to_string).collect();
        alice.handle_input(now(), Input::SubscribeRefused(refused));
    }
    alice.handle_input(now(), Input::Subscribed);
}

/// What is published on the presence topic.
fn presence(batch: &Batch) -> Vec<String> {
    let publications = batch.outputs.iter().filter_map(|output| match output {
        Output::Publish { publication, .. } if publication.topic == "USERS/alice" => Some(publication),
        _ => None,
    });
    publications.map(|publication| String::from_utf8(publication.payload.clone()).unwrap()).collect()
}

#[test]
fn a_peer_that_nobody_can_reach_does_not_announce_itself() {
    let mut alice = alice();
    answered(&mut alice, &["alice_Control", "clients/alice"]);
    let batch = alice.take_batch();
    assert_eq!(batch.outputs, []);
    assert_eq!(batch.events, [Event::ControlRefused("alice_Control".into())]);
    assert!(alice.is_control_refused());

    // It asks again, in vain and then not.
    for refused in [["alice_Control"].as_slice(), &[]] {
        assert_eq!(alice.next_timeout(), Some(now().tick + ASK_AGAIN));
        alice.handle_input(now() + ASK_AGAIN, Input::Timeout);
        let wanted = alice.take_batch().outputs;
        assert!(
            matches!(wanted.as_slice(), [Output::Subscribe(wanted)] if wanted[0].filter == "alice_Control"),
            "{wanted:?}"
        );
        answered(&mut alice, refused);
    }
    assert!(!alice.is_control_refused());
    assert_eq!(presence(&alice.take_batch()), ["alice online"]);
}

#[test]
fn peer_without_control_topic_announces_it_is_offline() {
    let mut alice = alice();
    answered(&mut alice, &[]);
    assert_eq!(presence(&alice.take_batch()), ["alice online"]);
    alice.handle_input(now(), Input::Disconnected);
    alice.handle_input(now(), Input::Connected { session_present: true });
    answered(&mut alice, &["alice_Control"]);
    assert_eq!(presence(&alice.take_batch()), ["alice offline"]);
    assert!(alice.is_control_refused());
}

#[test]
fn another_refused_topic_is_named_and_does_not_hide_me() {
    let mut alice = alice();
    answered(&mut alice, &["GROUPS/#"]);
    let batch = alice.take_batch();
    assert_eq!(batch.events, [Event::Notice(Notice::SubscriptionsRefused(vec!["GROUPS/#".into()]))]);
    assert_eq!(presence(&batch), ["alice online"]);
}
