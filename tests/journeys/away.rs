//! Offline users receive everything when they return, and papo keeps their history.

use std::fs;

use crate::{World, on_both_brokers, quit};

on_both_brokers! {
    offline_users_receive_everything_when_they_return
    messages_written_while_the_broker_was_down_arrive
    history_is_shown_without_a_broker
}

fn offline_users_receive_everything_when_they_return(mut world: World) {
    let (mut alice, mut bob, _wire, _) = world.talking();
    alice.makes_group("devs");
    alice.invites("bob", "devs");
    bob.accepts("alice").shows("Write to #devs");
    alice.shows("★alice bob");
    quit(bob);
    alice.shows("○ bob");

    alice.composes("to the group");
    alice.shows("to the group");
    alice.opens_tab(1).types_line("to you alone");
    alice.shows("to you alone");
    let mut carol = world.start_online("carol");
    carol.shows("● alice");
    carol.shows("○ bob");
    carol.asks("bob");
    carol.shows("Asked bob to chat");
    alice.has_sent_all();
    carol.has_sent_all();
    world.kill_broker();
    world.restart_broker();
    alice.shows("● online");

    let mut bob = world.start_online("bob");
    bob.shows("? carol wants to chat");
    // The group is in front, so what is written there is read.
    bob.shows("to the group");
    bob.shows("1 unread");
    bob.opens_tab(1).shows("to you alone");
    bob.has_read_all();

    // An acceptance reaches an offline user, too.
    carol.kill();
    bob.accepts("carol");
    bob.shows("Write to carol");
    bob.types_line("welcome back");
    bob.has_sent_all();
    let carol = world.start_online("carol");
    carol.shows("welcome back");
}

fn messages_written_while_the_broker_was_down_arrive(mut world: World) {
    let (mut alice, bob, wire, _) = world.talking();
    drop(wire);
    world.kill_broker();
    alice.shows("retrying");
    alice.types_line("written offline");
    alice.shows("written offline");
    alice.shows("outbox 1");
    // The message survives a restart of papo.
    quit(alice);
    world.restart_broker();
    let alice = world.start_online("alice");
    bob.shows("written offline");
    alice.has_sent_all();
}

fn history_is_shown_without_a_broker(mut world: World) {
    let (mut alice, mut bob, wire, _) = world.talking();
    bob.composes("remember this");
    alice.shows("remember this");
    alice.makes_group("devs");
    bob.types_line("and this");
    alice.shows("1 unread");
    alice.opens_users();
    wire.publish("alice_Control", "REQUEST eve");
    alice.shows("? eve wants to chat");
    alice.opens_tab(1).keys("half a sentence");
    alice.shows("half a sentence");
    alice.opens_users();
    quit(alice);
    drop(wire);
    world.kill_broker();

    let mut alice = world.start("alice");
    alice.shows("? eve wants to chat");
    alice.shows("#devs ★alice");
    // The tabs keep their order.
    alice.opens_tab(1);
    alice.shows("remember this");
    alice.shows("and this");
    alice.shows("half a sentence");
    alice.opens_sent_requests();
    alice.shows("accepted");
    alice.shows("bob_alice_");
    let store = world.home().join(".local/share/papo/alice/papo.redb");
    assert!(fs::metadata(store).unwrap().len() > 0);
}
