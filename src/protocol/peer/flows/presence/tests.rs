//! Forgetting a user who is gone for good.

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

fn hears(alice: &mut Peer, payload: &str) {
    let topic = "USERS/bob".to_owned();
    let inbound = Inbound { topic, payload: payload.into(), retained: true, ..Inbound::default() };
    alice.handle_input(now(), Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } });
}

/// Alice, connected, with a clear of bob's presence on its way; and what she did for that.
fn forgetting() -> (Peer, RowId, Batch) {
    let mut alice = Peer::restore(Identity::new("alice".parse().unwrap(), "d", 7), Saved::default());
    alice.handle_input(now(), Input::Connected { session_present: false });
    alice.handle_input(now(), Input::Subscribed);
    hears(&mut alice, "offline");
    alice.take_batch();
    alice.command(now(), Command::Forget(bob())).unwrap();
    let batch = alice.take_batch();
    let [Output::Publish { row: Some(row), publication }] = batch.outputs.as_slice() else { panic!("{batch:?}") };
    assert_eq!((publication.topic.as_str(), publication.payload.as_slice()), ("USERS/bob", [].as_slice()));
    assert!(publication.retain, "the broker would keep the presence");
    (alice, *row, batch)
}

#[test]
fn a_clear_ends_with_its_connection() {
    let (mut alice, row, batch) = forgetting();
    assert_eq!(batch.operations, [], "a start finds none");
    assert_eq!(alice.outbox().len(), 0);
    alice.handle_input(now(), Input::Disconnected);
    let batch = alice.take_batch();
    assert_eq!(batch.outputs, [Output::Forget(row)]);
    let why = NotForgotten::Disconnected;
    assert_eq!(batch.events, [Event::NotForgotten { user: bob(), why }]);
    // An answer that comes all the same is too late.
    alice.handle_input(now(), Input::Published { row, outcome: PubOutcome::Taken });
    assert_eq!(alice.take_batch().events, []);
    assert!(alice.users().contains_key(&bob()));
}

#[test]
fn a_user_who_comes_online_before_the_answer_stays_listed() {
    let (mut alice, row, _) = forgetting();
    hears(&mut alice, "online");
    alice.handle_input(now(), Input::Published { row, outcome: PubOutcome::Taken });
    assert!(alice.users()[&bob()].is_online());
}

#[test]
fn a_refused_clear_leaves_the_user_listed() {
    let (mut alice, row, _) = forgetting();
    let refused = PubOutcome::Refused(DeliveryFailure::NotAllowed);
    alice.handle_input(now(), Input::Published { row, outcome: refused });
    let why = NotForgotten::Refused(DeliveryFailure::NotAllowed);
    assert_eq!(alice.take_batch().events, [Event::NotForgotten { user: bob(), why }]);
    assert!(alice.users().contains_key(&bob()));
}
