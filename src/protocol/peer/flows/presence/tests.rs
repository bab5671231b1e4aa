//! Clearing the presence of a user who is gone for good.

use super::super::super::Peer;
use crate::{
    domain::{DeliveryFailure, Now, UserId},
    protocol::{
        AckToken, Batch, Command, Event, Identity, Inbound, Input, NotForgotten, Output, PubOutcome, RowId, Saved,
    },
};

fn now() -> Now {
    Now::from_millis(1_000_000)
}

fn bob() -> UserId {
    "bob".parse().unwrap()
}

fn receive_presence(alice: &mut Peer, payload: &str) {
    let topic = "USERS/bob".to_owned();
    let inbound = Inbound { topic, payload: payload.into(), retained: true, ..Inbound::default() };
    alice.handle_input(now(), Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } });
}

/// Returns alice, who is connected and clears bob's presence; the row ID of the clear; and the batch that contains it.
fn alice_clearing_bob() -> (Peer, RowId, Batch) {
    let mut alice = Peer::restore(Identity::new("alice".parse().unwrap(), "d", 7), Saved::default());
    alice.handle_input(now(), Input::Connected { session_present: false, names_senders: false });
    alice.handle_input(now(), Input::Subscribed);
    receive_presence(&mut alice, "offline");
    alice.take_batch();
    alice.command(now(), Command::Forget(bob())).unwrap();
    let batch = alice.take_batch();
    let [Output::Publish { row: Some(row), publication }] = batch.outputs.as_slice() else { panic!("{batch:?}") };
    assert_eq!((publication.topic.as_str(), publication.payload.as_slice()), ("USERS/bob", [].as_slice()));
    assert!(publication.retain, "only a retained publication clears the presence");
    (alice, *row, batch)
}

#[test]
fn clear_ends_with_its_connection() {
    let (mut alice, row, batch) = alice_clearing_bob();
    assert_eq!(batch.operations, [], "a clear is never stored");
    assert_eq!(alice.outbox().len(), 0);
    alice.handle_input(now(), Input::Disconnected);
    let batch = alice.take_batch();
    assert_eq!(batch.outputs, [Output::Forget(row)]);
    let why = NotForgotten::Disconnected;
    assert_eq!(batch.events, [Event::NotForgotten { user: bob(), why }]);
    // An answer that arrives nevertheless is too late.
    alice.handle_input(now(), Input::Published { row, outcome: PubOutcome::Taken });
    assert_eq!(alice.take_batch().events, []);
    assert!(alice.users().contains_key(&bob()));
}

#[test]
fn user_who_comes_online_before_the_answer_stays_listed() {
    let (mut alice, row, _) = alice_clearing_bob();
    receive_presence(&mut alice, "online");
    alice.handle_input(now(), Input::Published { row, outcome: PubOutcome::Taken });
    assert!(alice.users()[&bob()].is_online());
}

#[test]
fn refused_clear_leaves_the_user_listed() {
    let (mut alice, row, _) = alice_clearing_bob();
    let refused = PubOutcome::Refused(DeliveryFailure::NotAllowed);
    alice.handle_input(now(), Input::Published { row, outcome: refused });
    let why = NotForgotten::Refused(DeliveryFailure::NotAllowed);
    assert_eq!(alice.take_batch().events, [Event::NotForgotten { user: bob(), why }]);
    assert!(alice.users().contains_key(&bob()));
}
