//! A user with nothing but mosquitto's command line clients is a full peer.

use crate::{World, on_both_brokers};

on_both_brokers! {
    carol_chats_by_hand
    dave_leads_a_group_by_hand
    eve_is_a_member_by_hand
}

fn carol_chats_by_hand(world: World) {
    let wire = world.wire();
    let mut alice = world.papo("alice");
    wire.publish_with(&["-t", "USERS/carol", "-m", "carol online", "-r"]);
    alice.shows("● carol");
    wire.publish("alice_Control", "REQUEST carol");
    alice.shows("? carol wants to chat");
    alice.keys("\x1bi").keys("a");
    alice.shows("Write to carol");
    let accepted = wire.shows(|line| line.starts_with("carol_Control ") && line.ends_with(" alice"), "the acceptance");
    let topic = format!("alice_carol_{}", accepted.split(' ').nth(1).unwrap());
    wire.publish(&topic, "carol hello by hand");
    alice.shows("hello by hand");
    alice.line("hello typed");
    wire.has(&format!("{topic} alice hello typed"));
    wire.publish(&topic, "END");
    alice.shows("carol proposed to end this session");
    wire.publish(&topic, "carol or rather not");
    alice.hides("(ending)");

    // In the other direction, over the other family of control topics.
    wire.publish("clients/alice", "REQUEST carol");
    alice.shows("? carol wants to chat");
    alice.keys("\x1bi").keys("d");
    wire.has("clients/carol DENIED alice");
    alice.keys("\x1bu").keys("r");
    wire.has("clients/carol REQUEST alice");
    wire.publish("clients/alice", "1763900000000 carol");
    alice.shows("carol accepted your request");
    alice.keys("\x1bi").keys("c");
    alice.shows("carol_alice_17639");
    // Anything typed before alice subscribes is lost; her message shows that she has.
    alice.keys("\x1b[F\x1b[H\r").shows("No messages yet");
    alice.line("so soon");
    wire.has("carol_alice_1763900000000 alice so soon");
    alice.keys("\x1bu").shows("start a chat");
    wire.publish("carol_alice_1763900000000", "carol again");
    alice.shows("1 unread");
    alice.keys("\x1ba");
    alice.shows("again");
    assert!(!wire.heard(|line| line.contains("ACK") || line.contains("READ") || line.contains("RESEND")));
}

fn dave_leads_a_group_by_hand(world: World) {
    let wire = world.wire();
    let mut alice = world.papo("alice");
    wire.publish("groups/info", "ops CREATE");
    alice.shows("#ops");
    wire.publish("groups/info", "ops dave");
    alice.shows("★dave");
    wire.publish("clients/alice", "GI ops");
    alice.shows("invites");
    alice.keys("\x1bi").keys("a");
    wire.has("groups/ops/leader alice ENTER");
    wire.publish_with(&["-t", "GROUPS/ops", "-m", "ops dave alice", "-r"]);
    wire.has("groups/ops/members alice");
    wire.publish("groups/ops/messages", "dave good morning");
    alice.shows("good morning");
    alice.line("morning");
    wire.has("groups/ops/messages alice morning");
    wire.publish("GROUPS", "ops alice");
    alice.shows("★alice");
    // A message after that shows that she listens as the leader too.
    alice.line("so be it");
    wire.has("groups/ops/messages alice so be it");
    wire.publish("groups/ops/leader", "frank ENTER");
    alice.shows("frank → #ops");
}

fn eve_is_a_member_by_hand(world: World) {
    let wire = world.wire();
    let mut alice = world.papo("alice");
    alice.keys("\x1bg").keys("n").line("devs");
    wire.has("groups/info devs CREATE");
    wire.publish("groups/devs/leader", "eve ENTER");
    alice.shows("eve → #devs");
    alice.keys("\x1bi").keys("a");
    wire.has("groups/info devs alice eve");
    wire.publish("groups/devs/members", "eve");
    wire.publish("groups/devs/messages", "eve at last");
    alice.keys("\x1bc");
    alice.shows("at last");
    // A stranger is ignored, and cannot disband a group of others.
    wire.publish("groups/devs/messages", "mallory listen to me");
    alice.shows("someone who is not in it");
    wire.publish("GROUPS", "devs DISBAND");
    wire.publish("groups/devs/messages", "eve still here");
    alice.shows("still here");
    wire.publish("groups/devs/leader", "eve LEAVE");
    wire.has("groups/info devs alice");
}
