//! Two chats side by side, in a real tmux.

use crate::{World, on_both_brokers, tmux::Tmux};

on_both_brokers! {
    each_line_goes_to_the_chat_above_the_cursor
}

/// Types a line as a person does, and presses Enter.
fn types_line(papo: &Tmux, line: &str) {
    papo.keys(&["-l", line]);
    papo.keys(&["Enter"]);
}

fn each_line_goes_to_the_chat_above_the_cursor(world: World) {
    let wire = world.wire();
    let alice = Tmux::start(&world, "alice", (120, 30));
    alice.shows("● online");
    for group in ["devs", "ops"] {
        types_line(&alice, &format!("/group new {group}"));
        alice.shows(&format!("Write to #{group}"));
    }
    types_line(&alice, "/split #devs");
    let screen = alice.until("shows both chats", |screen| {
        ["Write to #ops", "Alt-X goes to #devs"].iter().all(|text| screen.contains(text))
    });
    let row = screen.lines().find(|row| row.contains("Write to #ops")).expect("the composers are on the screen");
    assert!(row.find("Write to #ops") < row.find("goes to #devs"), "the cursor stays, at the left: {screen}");
    types_line(&alice, "said in ops");
    wire.has("groups/ops/messages alice said in ops");
    // A draft stays in its half while the line in the other one is sent.
    alice.keys(&["-l", "half a line"]);
    alice.shows("half a line");
    alice.keys(&["M-x"]);
    types_line(&alice, "said in devs");
    wire.has("groups/devs/messages alice said in devs");
    alice.until("shows what was said in both chats, and the draft", |screen| {
        ["said in devs", "said in ops", "half a line"].iter().all(|text| screen.contains(text))
    });
    types_line(&alice, "/unsplit");
    alice.until("shows one chat", |screen| screen.contains("said in devs") && !screen.contains("said in ops"));
    alice.keys(&["M-2"]);
    alice.until("shows the other", |screen| screen.contains("said in ops") && screen.contains("half a line"));
    let sent = wire.lines().into_iter().filter(|line| line.contains("/messages ")).count();
    assert_eq!(sent, 2, "{:?}", wire.lines());
    alice.keys(&["C-q"]);
}
