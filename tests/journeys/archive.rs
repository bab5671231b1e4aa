//! Exports and imports of the history.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::{World, on_both_brokers, quit};

on_both_brokers! {
    history_is_exported_and_imported
}

fn papo(home: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(arguments)
        .env_clear()
        .envs([("HOME", home.to_str().unwrap()), ("PAPO_ID", "alice"), ("TZ", "UTC")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // papo may exit without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    crate::wait::output(child)
}

/// The output of a command that succeeded.
fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn history_is_exported_and_imported(world: World) {
    let (mut alice, mut bob, _wire, _) = world.talking();
    alice.types_line("shall we look at the pump?");
    bob.shows("the pump?");
    bob.types_line("yes");
    alice.shows("bob    yes");

    // `/export` writes to a file that only its owner can read, and never overwrites one.
    let file = world.home().join("talk of bob.md");
    alice.types_line(&format!("/export markdown {}", file.display()));
    alice.shows("Exported 2 messages");
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.contains("**alice** shall we look at the pump?"), "{written}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    alice.types_line(&format!("/export markdown {}", file.display()));
    alice.shows("the file exists");
    // Without a name, each export gets a new file, and papo shows its path.
    for name in ["papo-alice-bob.jsonl", "papo-alice-bob-2.jsonl", "papo-alice-bob-3.jsonl"] {
        alice.types_line("/export");
        alice.shows(name);
        let written = fs::read_to_string(world.home().join(name)).unwrap();
        assert!(written.lines().count() == 2 && written.starts_with('{'), "{name}: {written}");
    }
    alice.types_line("/export pdf");
    alice.shows("unknown format");
    assert_eq!(
        out(&papo(&world.home(), &["export"], "")).lines().count(),
        2,
        "`papo export` works beside the running papo"
    );
    alice.clears_composer();
    quit(alice);

    // `papo export` exports everything, for another installation.
    let all = out(&papo(&world.home(), &["export", "bob"], ""));
    assert_eq!(all.lines().count(), 2, "{all}");
    assert!(all.contains("\"text\":\"yes\"") && all.contains("\"with\":\"bob\""), "{all}");
    let text = out(&papo(&world.home(), &["export", "--format", "text"], ""));
    assert!(text.contains(" alice: shall we look at the pump?\n"), "{text}");
    let shared = world.home().join("shared.jsonl");
    fs::write(&shared, "older and longer ".repeat(1000)).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o666)).unwrap();
    out(&papo(&world.home(), &["export", "--force", "--output", shared.to_str().unwrap()], ""));
    assert_eq!(fs::metadata(&shared).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&shared).unwrap().lines().count(), 2);
    let nobody = papo(&world.home(), &["export", "carol"], "");
    assert!(!nobody.status.success() && String::from_utf8_lossy(&nobody.stderr).contains("No chat is called carol"));

    // Importing twice adds nothing, and invalid lines are reported.
    let elsewhere = tempfile::tempdir().unwrap();
    let imported = papo(elsewhere.path(), &["import", "-"], &format!("{all}nonsense\n"));
    assert!(String::from_utf8_lossy(&imported.stderr).contains("cannot verify who wrote"));
    assert_eq!(out(&imported), "messages: 2 new, 0 known, 1 refused\n");
    assert_eq!(out(&papo(elsewhere.path(), &["import", "-"], &all)), "messages: 0 new, 2 known, 0 refused\n");
    assert_eq!(out(&papo(elsewhere.path(), &["export"], "")).lines().count(), 2);
    out(&papo(elsewhere.path(), &["check", "alice"], ""));
    let later = all.lines().last().unwrap().replace("yes", "and carol?").replacen("\"id\":\"0", "\"id\":\"1", 1);
    assert_eq!(out(&papo(&world.home(), &["import", "-"], &later)), "messages: 1 new, 0 known, 0 refused\n");

    // Existing chats continue; imported ones can only be read.
    let mut alice = world.start_online("alice");
    alice.until("shows all messages", |screen| {
        ["the pump?", "yes", "and carol?"].iter().all(|text| screen.contains(text))
    });
    alice.composes("it goes on");
    bob.shows("it goes on");
    alice.until("has two ticks", |screen| screen.contains("✓✓"));
}
