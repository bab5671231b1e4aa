//! Users create, join, use, hand over, leave and disband groups.

use crate::{World, on_both_brokers};

on_both_brokers! {
    group_is_created_joined_handed_over_and_disbanded
    requests_and_invitations_can_be_denied
    denied_lead_returns_to_the_old_leader
}

fn group_is_created_joined_handed_over_and_disbanded(world: World) {
    let wire = world.wire();
    let (mut alice, mut bob, mut carol) =
        (world.start_online("alice"), world.start_online("bob"), world.start_online("carol"));
    alice.makes_group("devs");
    for line in ["GROUPS/devs devs alice", "GROUPS devs CREATE", "groups/info devs CREATE"] {
        wire.has(line);
    }
    // A second group with the same name is refused.
    bob.shows("#devs");
    bob.opens_groups().looks_after("n").types_line("devs");
    bob.shows("#devs exists");
    bob.keys("\x1b").hides("#devs exists");

    bob.keys("J").presses_enter_again();
    wire.has("groups/devs/leader bob ENTER");
    alice.shows("bob → #devs");
    alice.answers_in_inbox("a");
    bob.shows("★alice bob");
    wire.has("GROUPS/devs devs alice bob");
    wire.has("groups/devs/members bob");

    // papo admits invited users at once.
    alice.opens_groups().looks_after("i").types_line("carol").presses_enter_again();
    wire.has("carol_Control GI devs");
    carol.shows("alice invites");
    carol.answers_in_inbox("a");
    wire.has("GROUPS/devs devs alice bob carol");
    carol.sees("You are in #devs now");

    alice.composes("hello all");
    bob.shows("hello all");
    carol.shows("hello all");
    wire.has("groups/devs/messages alice hello all");
    alice.shows("✓✓");

    alice.opens_members();
    alice.keys("\x1b[B").keys("H");
    alice.types_name("Hand the lead of #devs to bob?");
    bob.shows("made you leader of #devs");
    wire.has("GROUPS devs bob");
    wire.has("GROUPS/devs devs bob carol alice");
    bob.answers_in_inbox("a");
    alice.shows("bob leads #devs now");
    bob.opens_groups();

    carol.opens_groups().keys("L");
    carol.types_name("Leave #devs?");
    wire.has("groups/devs/leader carol LEAVE");
    wire.has("GROUPS/devs devs bob alice");
    carol.shows("You have left this group.");

    bob.opens_groups().looks_after("m").keys("\x1b[B").keys("x");
    bob.types_name("Remove alice from #devs?");
    wire.has("GROUPS/devs devs bob");
    alice.shows("(ask to join)");

    bob.keys("\x1b").hides("★ leads");
    bob.keys("D");
    bob.types_name("Disband #devs");
    wire.has("GROUPS devs DISBAND");
    wire.has("groups/info devs DISBAND");
    alice.hides("#devs ★");
    carol.hides("#devs ★");
}

fn requests_and_invitations_can_be_denied(world: World) {
    let wire = world.wire();
    let (mut alice, mut bob) = (world.start_online("alice"), world.start_online("bob"));
    alice.makes_group("ops");
    bob.shows("#ops");
    bob.joins("ops");
    alice.denies("bob");
    wire.has("bob_Control DENIED alice ops");
    bob.shows("alice denied your request to join #ops");
    alice.invites("bob", "ops");
    bob.denies("alice");
    wire.has("alice_Control DENIED bob ops");
    alice.shows("bob denied your invitation to #ops");
}

fn denied_lead_returns_to_the_old_leader(world: World) {
    let wire = world.wire();
    let (mut alice, mut bob) = (world.start_online("alice"), world.start_online("bob"));
    alice.makes_group("ops");
    alice.invites("bob", "ops");
    bob.accepts("alice");
    alice.shows("★alice bob");
    alice.composes("/group claim");
    alice.shows("You lead #ops");
    alice.clears_composer().hands_over("ops", "bob");
    bob.shows("made you leader of #ops");
    bob.composes("/group claim");
    bob.shows("You lead #ops");
    bob.clears_composer().types_line("/deny alice").presses_enter_again();
    wire.has("GROUPS ops alice");
    alice.shows("bob handed the lead of #ops back");
    bob.shows("★alice bob");
    bob.types_line("/group claim");
    bob.shows("was seen within the last 14 days");
}
