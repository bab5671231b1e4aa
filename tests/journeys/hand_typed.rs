//! A user who has only mosquitto's command-line clients can do everything that the protocol offers.

use crate::{World, on_both_brokers};

on_both_brokers! {
    plain_client_chats_with_papo
    plain_client_leads_a_group
    plain_client_is_a_group_member
}

fn plain_client_chats_with_papo(world: World) {
    let wire = world.wire();
    let mut alice = world.start_online("alice");
    wire.publish_with(&["-t", "USERS/carol", "-m", "carol online", "-r"]);
    alice.shows("● carol");
    wire.publish("alice_Control", "REQUEST carol");
    alice.accepts("carol");
    alice.shows("Write to carol");
    let accepted = wire.shows(|line| line.starts_with("carol_Control ") && line.ends_with(" alice"), "the acceptance");
    let topic = format!("alice_carol_{}", accepted.split(' ').nth(1).unwrap());
    wire.publish(&topic, "carol hello by hand");
    alice.shows("hello by hand");
    alice.types_line("hello typed");
    wire.has(&format!("{topic} alice hello typed"));
    wire.publish(&topic, "END");
    alice.shows("carol proposed to end this session");
    wire.publish(&topic, "carol or rather not");
    alice.hides("(ending)");
    wire.publish(&topic, "END");
    alice.shows("(ending)");
    alice.types_line("/end").shows("(ended)");

    // From here on, carol uses the other name of the control topics, `clients/<id>`, and alice requests a chat too.
    wire.publish("clients/alice", "REQUEST carol");
    alice.denies("carol");
    wire.has("clients/carol DENIED alice");
    alice.asks("carol");
    wire.has("clients/carol REQUEST alice");
    wire.publish("clients/alice", "1763900000000 carol");
    alice.sees("carol accepted your request");
    alice.opens_sent_requests();
    alice.shows("carol_alice_17639");
    // Whatever carol publishes before alice subscribes is lost; a message of alice shows that she has subscribed.
    alice.keys("\x1b[F\x1b[H\r").shows("Write to carol");
    alice.types_line("so soon");
    wire.has("carol_alice_1763900000000 alice so soon");
    alice.makes_group("devs");
    wire.publish("carol_alice_1763900000000", "carol again");
    alice.shows("1 unread");
    alice.opens_unread();
    alice.shows("again");
    assert!(!wire.heard(|line| line.contains("ACK") || line.contains("READ") || line.contains("RESEND")));
}

fn plain_client_leads_a_group(world: World) {
    let wire = world.wire();
    let mut alice = world.start_online("alice");
    wire.publish("groups/info", "ops CREATE");
    alice.shows("#ops");
    wire.publish("groups/info", "ops dave");
    alice.shows("★dave");
    wire.publish("clients/alice", "GI ops");
    alice.shows("invites");
    alice.composes("/accept").sees("Write to #ops");
    wire.has("groups/ops/leader alice ENTER");
    wire.publish_with(&["-t", "GROUPS/ops", "-m", "ops dave alice", "-r"]);
    wire.has("groups/ops/members alice");
    wire.publish("groups/ops/messages", "dave good morning");
    alice.shows("good morning");
    alice.types_line("morning");
    wire.has("groups/ops/messages alice morning");
    wire.publish("GROUPS", "ops alice");
    alice.shows("★alice");
    // papo publishes this message after it has subscribed to the leader's topic.
    alice.types_line("so be it");
    wire.has("groups/ops/messages alice so be it");
    wire.publish("groups/ops/leader", "frank ENTER");
    alice.shows("frank → #ops");
}

fn plain_client_is_a_group_member(world: World) {
    let wire = world.wire();
    let mut alice = world.start_online("alice");
    alice.makes_group("devs");
    wire.has("groups/info devs CREATE");
    wire.publish("groups/devs/leader", "eve ENTER");
    alice.accepts("eve");
    wire.has("groups/info devs alice eve");
    wire.publish("groups/devs/members", "eve");
    wire.publish("groups/devs/messages", "eve at last");
    alice.opens_composer();
    alice.shows("at last");
    // papo ignores users who are not members, and does not let others disband alice's group.
    wire.publish("groups/devs/messages", "mallory listen to me");
    alice.shows("someone who is not in it");
    wire.publish("GROUPS", "devs DISBAND");
    wire.publish("groups/devs/messages", "eve still here");
    alice.shows("still here");
    wire.publish("groups/devs/leader", "eve LEAVE");
    wire.has("groups/info devs alice");
}
