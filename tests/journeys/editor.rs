//! Writing in the user's editor: the editor uses the terminal while papo continues in the background.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use crate::{World, on_both_brokers, quit, terminal::Terminal};

on_both_brokers! {
    message_is_written_in_the_editor
    signal_ends_papo_and_its_editor
}

/// An editor. It prints the file, then reads a line from the terminal and appends it to the file. After the line `mark`
/// the file contains a command after a byte order mark; after the line `fail` the editor fails.
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

/// Opens a chat between alice, who has this editor, and bob.
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
    // While the editor runs, papo receives, stores and acknowledges messages, but marks none as read.
    bob.composes("are you there?");
    bob.until("has two ticks", |screen| screen.contains("there?") && screen.contains("✓✓"));
    alice.keys("look at the pump?\r");
    alice.until("shows the message received and the text written meanwhile", |screen| {
        ["are you there?", "1 new", "shall we"].iter().all(|words| screen.contains(words))
    });
    alice.keys("\r");
    bob.shows("look at the pump?");

    // papo ignores a byte order mark at the start of the file, so a command may follow it. The text `a command`
    // distinguishes the editor's output from the earlier one, which is still on the screen.
    alice.keys("a command").keys("\x0f").shows("EDITING a command");
    alice.keys("mark\r").shows("│ /marked");
    alice.keys("\r").shows("Unknown command /marked");
    alice.clears_composer().hides("│ /marked");

    // If the editor fails, the composer keeps its text, and the editor's file is kept.
    alice.keys("half").keys("\x0f");
    alice.shows("EDITING half");
    alice.keys("fail\r");
    alice.shows("The editor failed");
    alice.until("shows the text from before the editor", |screen| {
        screen.contains("half") && !screen.contains("EDITING")
    });
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
