//! The outbox: its messages are listed, dropped, edited, and finally sent.

use tempfile::tempdir;

use crate::{AnyBroker, World, broker::Broker, on_both_brokers, quit};

/// Messages written offline are listed in the outbox, survive a restart without a broker, and are sent once the broker
/// is back.
fn offline_messages_are_sent_after_a_restart(mut world: World) {
    let (mut alice, bob, _wire, _) = world.talking();
    world.kill_broker();
    alice.shows("retrying in");
    alice.types_line("first").types_line("second thoughts").types_line("third");
    alice.shows("outbox 3");
    alice.opens_outbox();
    alice.shows("2 bob         second thoughts");
    alice.keys("\x1b[A").keys("d").confirms("Drop “second thoughts”");
    alice.shows("✗ dropped");
    quit(alice);

    let alice = world.start("alice");
    alice.shows("outbox 2");
    world.restart_broker();
    bob.shows("third");
    assert!(!bob.screen().contains("second thoughts"));
    let screen = alice.until("shows that both messages are delivered", |screen| screen.matches("✓✓").count() == 2);
    assert!(!screen.contains("outbox "), "{screen}");
}

on_both_brokers! { offline_messages_are_sent_after_a_restart }

/// A refused message stays visible, does not block later ones, and can be edited.
#[test]
fn refused_message_is_edited_and_sent() {
    let broker = Broker::start_with("allow_anonymous true\nmessage_size_limit 300\n");
    let world = World { broker: AnyBroker::Mosquitto(broker), homes: tempdir().unwrap() };
    let (mut alice, bob, _wire, _) = world.talking();
    let long = "word ".repeat(80);
    alice.types_line(&long);
    alice.shows("✗ not delivered");
    alice.shows("1 refused");
    alice.types_line("meanwhile");
    bob.shows("meanwhile");
    alice.types_line("/edit");
    // The refused message stays until another one replaces it.
    alice.shows("edit: word");
    alice.clears_composer().keys("short enough\r");
    bob.shows("short enough");
    alice.has_sent_all();
    assert!(!alice.screen().contains("1 refused"));
}
