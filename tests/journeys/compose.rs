//! The composer: pastes, several lines, tabs and drafts.

use crate::{World, on_both_brokers, quit, terminal::Terminal};

on_both_brokers! {
    paste_is_not_sent
    each_tab_has_its_own_draft
    message_is_replied_to_and_edited
    deleted_text_leaves_nothing_on_the_screen
    half_a_sequence_blocks_nothing
}

/// After Alt-[ alone, or in a paste over a slow line, the rest may come late or never.
fn half_a_sequence_blocks_nothing(world: World) {
    let (mut alice, mut bob, _, _) = world.talking();
    alice.keys("one\x1b[");
    bob.types_line("are you there?");
    alice.shows("are you there?");
    alice.keys("Dtw").shows("ontwe");
    alice.keys("\x1b[200~hal");
    bob.types_line("and now?");
    alice.shows("and now?");
    alice.keys("f\x1b[201~").shows("ontwhalfe");
    quit(alice);
    quit(bob);
}

/// After a key only the composer is drawn, after other events everything.
fn deleted_text_leaves_nothing_on_the_screen(world: World) {
    let (mut alice, bob, _, _) = world.talking();
    let composer = |screen: &str| screen.lines().rev().nth(2).map(str::to_owned).unwrap_or_default();
    let shows = |alice: &Terminal, text: &str| {
        let row = format!("│ {text}");
        alice.until(text, |screen| composer(screen).trim_end().ends_with(&row));
    };
    alice.keys("日本語x");
    shows(&alice, "日本語x");
    alice.keys("\x7f\x7f");
    shows(&alice, "日本");
    // Another part of the screen changes.
    alice.opens_inbox().shows("accept");
    shows(&alice, "日本");
    alice.opens_composer().keys("\x7f\x7f");
    alice.keys("ab");
    shows(&alice, "ab");
    alice.keys("\x7f").opens_inbox().shows("accept");
    shows(&alice, "a");
    alice.opens_composer().keys("\x7f");
    alice.shows("Write to bob");
    // It grows and shrinks.
    alice.keys(&"long ".repeat(30));
    alice.clears_composer();
    alice.shows("Write to bob");
    alice.hides("long long");
    drop(bob);
}

fn paste_is_not_sent(world: World) {
    let (mut alice, bob, wire, topic) = world.talking();
    alice.keys("\x1b[200~one\r\n\ttwo /quit\r/end\x1b[201~");
    alice.shows("/end");
    alice.keys("\x1b\rlast");
    alice.shows("last");
    assert!(!wire.heard(|line| line.contains("one")), "nothing is sent before Enter");
    alice.keys("\r");
    bob.shows("last");
    // A message of four lines; mosquitto_sub prints the topic before the first.
    wire.shows(|line| line == "last", "the last line");
    let lines = wire.lines();
    let at = lines.iter().position(|line| *line == format!("{topic} alice one")).expect("the first line");
    assert_eq!(lines[at + 1..at + 4], ["\ttwo /quit", "/end", "last"]);

    // Large enough to be a mistake.
    let many: Vec<_> = (0..30).map(|n| format!("row {n}")).collect();
    let paste = format!("\x1b[200~{}\x1b[201~", many.join("\r"));
    alice.keys(&paste);
    alice.shows("Paste 30 lines?");
    alice.keys("\x1b");
    alice.hides("Paste 30 lines?");
    alice.keys(&paste);
    alice.confirms("Paste 30 lines?").sees("row 29").keys("\r");
    bob.shows("row 29");
    wire.has("row 29");
    let count = wire.lines().iter().filter(|line| line.contains("row 17")).count();
    assert_eq!(count, 1, "what was declined is not sent");
}

fn each_tab_has_its_own_draft(world: World) {
    let (mut alice, bob, wire, _) = world.talking();
    alice.asks("carol");
    wire.has("carol_Control REQUEST alice");
    wire.publish("alice_Control", "1763900000000 carol");
    alice.sees("carol accepted your request");
    alice.opens_tab(2).types_line("are you there?");
    // Alice publishes after subscribing, so from now on she receives what carol writes.
    wire.has("carol_alice_1763900000000 alice are you there?");
    alice.opens_tab(1);
    alice.shows("Write to bob");
    alice.keys("to bob, later");
    alice.opens_tab(2);
    alice.shows("Write to carol");
    alice.keys("to carol, later");
    // Alt-← and Alt-→ go through the tabs only where the draft is not being written.
    alice.opens_tab(1);
    alice.until("the draft to bob", |screen| screen.contains("to bob, later") && !screen.contains("to carol, later"));
    alice.keys("\x1b[1;3C");
    alice.until("the draft to carol", |screen| screen.contains("to carol, later") && !screen.contains("to bob, later"));

    // Messages in another tab are counted there and in the header.
    wire.publish("carol_alice_1763900000000", "carol in front");
    alice.shows("in front");
    alice.keys("\x1b[1;3D");
    alice.shows("to bob, later");
    wire.publish("carol_alice_1763900000000", "carol first");
    wire.publish("carol_alice_1763900000000", "carol second");
    alice.shows("2 unread");
    alice.shows("carol 2");
    alice.opens_unread();
    alice.shows("2 new");
    alice.has_read_all();

    // A closed tab reopens with its draft. A restart keeps the drafts too.
    alice.keys("\x1bw");
    alice.hides("to carol, later");
    wire.publish("carol_alice_1763900000000", "carol third");
    alice.shows("1 unread");
    alice.opens_unread();
    alice.shows("to carol, later");
    alice.shows("third");
    quit(alice);
    let mut alice = world.start_online("alice");
    alice.opens_tab(1);
    alice.keys("\r");
    alice.opens_tab(2);
    alice.keys("\r");
    bob.shows("to bob, later");
    wire.has("carol_alice_1763900000000 alice to carol, later");
}

fn message_is_replied_to_and_edited(world: World) {
    let (mut alice, mut bob, wire, topic) = world.talking();
    alice.types_line("shall we look at the pmup?");
    bob.shows("pmup");
    bob.opens_composer().keys("\x1b[1;3A").looks_after("r");
    bob.shows("reply to alice: shall we");
    bob.keys("n");
    alice.shows("bob is typing…");
    bob.types_line("ow?");
    alice.shows("│ alice: shall we look at the pmup?");
    alice.hides("is typing…");
    // Up to the message, past the reply.
    alice.keys("\x1b[1;3A\x1b[1;3Ae");
    alice.shows("edit: shall we");
    alice.clears_composer().types_line("shall we look at the pump?");
    bob.shows("look at the pump? (edited)");
    bob.shows("│ alice: shall we look at the pump?");
    alice.shows("look at the pump? (edited)");
    wire.has(&format!("{topic} alice shall we look at the pump?"));
    alice.types_line("see https://example.org/pump.");
    bob.wait_for_bytes(0, b"\x1b]8;;https://example.org/pump\x1b\\https://example.org/pump\x1b]8;;\x1b\\");
    alice.keys("\x1b[1;3A\x1b[1;3A\x1b[1;3A\x1b[1;3Ai");
    alice.shows("bob read");
    alice.keys("\x1b").hides("bob read");
    // Esc would close the notice first.
    alice.hides("accepted your request");
    alice.keys("\x1b").hides("back to newest");
    quit(alice);
    quit(bob);
}
