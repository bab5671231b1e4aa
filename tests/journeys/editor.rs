//! The user's editor: it has the terminal, and papo continues in the background.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use crate::{World, on_both_brokers, quit, terminal::Terminal};

on_both_brokers! {
    message_is_written_in_the_editor
    signal_ends_papo_and_its_editor
}

/// Prints the file, reads a line from the terminal and appends it, and fails if that line says so.
const EDITOR: &str = r#"#!/bin/sh
printf 'EDITING %s\n' "$(cat "$1")"
read line
[ "$line" = mark ] && printf '\357\273\277/marked\r\n' > "$1" || printf '%s\n' "$line" >> "$1"
[ "$line" != fail ]
"#;

fn script(world: &World) -> PathBuf {
    let script = world.home().join("editor");
    fs::write(&script, EDITOR).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    script
}

/// Alice with such an editor, in a chat with bob.
fn talking(world: &World) -> (Terminal, Terminal) {
    let url = format!("mqtt://127.0.0.1:{}", world.port());
    let editor = script(world).display().to_string();
    let folder = world.home().join("tmp");
    fs::create_dir_all(&folder).unwrap();
    let environment = [("EDITOR", editor.as_str()), ("TMPDIR", folder.to_str().unwrap())];
    let mut alice = Terminal::start_with(&world.home(), &["alice", "-b", &url], &environment, (100, 30));
    alice.shows("● online");
    let mut bob = world.start_online("bob");
    alice.opens_chat("alice", &mut bob, "bob");
    alice.opens_composer();
    (alice, bob)
}

fn message_is_written_in_the_editor(world: World) {
    let (mut alice, mut bob) = talking(&world);
    alice.keys("shall we").keys("\x0f");
    alice.shows("EDITING shall we");
    // Meanwhile papo receives, stores and acknowledges, and marks nothing as read.
    bob.writes("are you there?");
    bob.until("has two ticks", |screen| screen.contains("there?") && screen.contains("✓✓"));
    alice.keys("look at the pump?\r");
    alice.until("has what was said and what was written", |screen| {
        ["are you there?", "1 new", "shall we"].iter().all(|words| screen.contains(words))
    });
    alice.keys("\r");
    bob.shows("look at the pump?");

    // A byte order mark at the start of the file is not text: a command may follow it. The text tells this editor's
    // line from the one above, which the terminal still has.
    alice.keys("a command").keys("\x0f").shows("EDITING a command");
    alice.keys("mark\r").shows("││ /marked ");
    alice.keys("\r").shows("Unknown command /marked");
    alice.clears_composer().hides("││ /marked");

    // An editor that fails changes nothing, and its text is not lost.
    alice.keys("half").keys("\x0f");
    alice.shows("EDITING half");
    alice.keys("fail\r");
    alice.shows("The editor failed");
    alice.until("has the half", |screen| screen.contains("half") && !screen.contains("EDITING"));
    let kept: Vec<_> = fs::read_dir(world.home().join("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let kept = kept.iter().filter(|path| path.extension().is_some_and(|end| end == "md")).collect::<Vec<_>>();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(fs::read_to_string(kept[0]).unwrap(), "halffail\n");
    alice.clears_composer();
    quit(alice);
    quit(bob);
}

fn signal_ends_papo_and_its_editor(world: World) {
    let (mut alice, bob) = talking(&world);
    alice.keys("half").keys("\x0f");
    alice.shows("EDITING half");
    alice.signal("TERM");
    assert_eq!(alice.ends(), 0);
    bob.shows("○ alice");
    let again = world.start_online("alice");
    again.shows("half");
    quit(again);
    quit(bob);
}
