//! Line mode, for screen readers: papo prints lines instead of drawing a screen.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output, Stdio},
};

use crate::{
    World,
    broker::free_port,
    commands::{Tail, command, run, run_ok},
    terminal::Terminal,
};

const SIZE: (u16, u16) = (80, 40);

#[test]
fn two_users_chat_in_line_mode_on_own_broker() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/papo");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "embedded_broker = \"always\"\n[ui]\nlinear = true\n").unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let start = |arguments: &[&str]| Terminal::start(home.path(), &[arguments, &["-b", &url]].concat(), SIZE);

    let mut alice = start(&[]);
    alice.shows("your ID:");
    alice.keys("al ice").shows("not allowed");
    alice.clears_composer().types_line("alice");
    alice.shows("connection: online");
    let mut bob = start(&["bob", "--linear"]);
    bob.shows("connection: online");
    bob.types_line("/request alice").presses_enter_again();
    alice.shows("request: bob wants to chat. /accept bob or /deny bob");
    alice.types_line("/accept bob");
    alice.shows("chat: bob, online");
    bob.sees("answer: alice accepted your request");
    bob.types_line("morning!\x1b]0;owned");
    alice.shows("bob: morning!");
    alice.types_line("olá 日本語");
    bob.shows("alice: olá 日本語");

    // The text around the cursor is visible, however long it is.
    alice.keys(&"long and longer ".repeat(20)).keys("the end").shows("longer the end");
    assert_eq!(alice.screen().matches("bob> …").count(), 1, "{}", alice.screen());
    bob.types_line("meanwhile");
    alice.until("prints the message above the prompt", |screen| {
        let at = |text| screen.lines().position(|line| line.contains(text));
        matches!((at("bob: meanwhile"), at("longer the end")), (Some(line), Some(prompt)) if line + 1 == prompt)
    });
    alice.resize(60, 40);
    alice.clears_composer().types_line("short");
    bob.until("shows the prompt below the message", |screen| {
        screen
            .lines()
            .skip_while(|line| !line.contains("alice: short"))
            .nth(1)
            .is_some_and(|line| line.starts_with("alice>"))
    });

    // While nothing happens, papo writes nothing. Only waiting can show that.
    let before = bob.written();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(bob.written(), before);
    // papo never writes a sequence that draws a screen or sets a mode for one.
    let written = String::from_utf8_lossy(&bob.raw()).into_owned();
    for sequence in ["\x1b[?1049h", "\x1b[?1000h", "\x1b[?1004h", "\x1b[2J", "\x1b[H", "\x1b]"] {
        assert!(!written.contains(sequence), "{sequence:?} in {written:?}");
    }

    bob.signal("TERM");
    assert_eq!(bob.ends(), 0);
    assert!(bob.raw().ends_with(b"\x1b[?2004l\r\n"), "{:?}", String::from_utf8_lossy(&bob.raw()));
    alice.shows("bob is offline");
    alice.types_line("are you there?");
    let bob = start(&["bob"]);
    bob.shows("alice: are you there?");
    alice.shows("delivered to bob");
    alice.keys("\x03").confirms("question: Quit papo?").confirms("Quit and stop it?");
    assert_eq!(alice.ends(), 0);
}

#[test]
fn dumb_terminal_gets_no_escape_sequences() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let mut alice = Terminal::start_with(home.path(), &["alice", "-b", &url], &[("TERM", "dumb")], SIZE);
    alice.shows("papo: you are alice");
    alice.types_line("/request bob").presses_enter_again().shows("papo: Asked bob to chat");
    alice.keys("abc\x1b[Dx").shows("papo> abxc");
    alice.keys("\x05\x15").types_line("/quit");
    assert_eq!(alice.ends(), 0);
    let written = String::from_utf8_lossy(&alice.raw()).into_owned();
    assert!(!written.contains('\x1b'), "{written:?}");
}

/// Runs papo in line mode with this standard input and without a terminal.
fn piped(world: &World, id: &str, input: &str) -> Output {
    run(world, id, &["--linear"], input)
}

#[test]
fn piped_lines_are_typed_and_sent_before_papo_ends() {
    let mut world = World::on_mosquitto();
    run_ok(&world, "bob", &["users"]);
    let unanswered = piped(&world, "alice", "/request bob\n");
    assert_eq!(unanswered.status.code(), Some(4), "{unanswered:?}");
    assert!(String::from_utf8_lossy(&unanswered.stderr).contains("Ask bob to chat?"), "{unanswered:?}");
    assert_eq!(run_ok(&world, "alice", &["inbox"]), "", "nothing was asked");
    // An empty line is the second Enter.
    let asked = piped(&world, "alice", "/request bob\n\n");
    assert!(asked.status.success(), "{asked:?}");
    run_ok(&world, "bob", &["accept", "alice"]);
    let sent = piped(&world, "alice", "/msg bob olá\nsecond\tline");
    let printed = String::from_utf8(sent.stdout).unwrap();
    assert!(sent.status.success() && printed.contains("alice: olá\n"), "{printed}");
    assert!(!printed.contains(['\r', '\u{1b}']) && !printed.contains("bob> "), "no prompt: {printed:?}");
    let tail = Tail::start(&world, "bob", &[]);
    assert_eq!([tail.line(), tail.line()], ["alice alice: olá", "alice alice: second    line"]);
    tail.stop();
    // A draft is neither sent with a line nor lost.
    let mut alice = world.start_online("alice");
    alice.keys("half a sentence").shows("half a sentence");
    alice.quits();
    let sent = piped(&world, "alice", "whole\n\n");
    assert!(sent.status.success(), "{sent:?}");
    let tail = Tail::start(&world, "bob", &["alice"]);
    assert_eq!(tail.line(), "alice alice: whole");
    tail.stop();
    let mut alice = world.start_online("alice");
    alice.shows("half a sentence");
    alice.clears_composer().quits();
    let wrong = String::from_utf8(piped(&world, "alice", "/qiut\n").stdout).unwrap();
    assert!(wrong.contains("warning: Unknown command /qiut"), "{wrong}");
    world.kill_broker();
    let late = piped(&world, "alice", "/msg bob later\n");
    assert_eq!(late.status.code(), Some(4), "{late:?}");
    assert!(String::from_utf8_lossy(&late.stderr).contains("1 message was not sent in time"), "{late:?}");
}

/// To learn the size of a missing terminal, crossterm runs the program `tput` twice.
#[cfg(target_os = "linux")]
#[test]
fn pipe_has_no_size_to_ask_for() {
    let world = World::on_mosquitto();
    let folder = tempfile::tempdir().unwrap();
    let (tput, calls) = (folder.path().join("tput"), folder.path().join("calls"));
    fs::write(&tput, format!("#!/bin/sh\necho \"$*\" >> '{}'\necho 80\n", calls.display())).unwrap();
    fs::set_permissions(&tput, PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let papo = command(&world, "alice", &["--linear"]);
    // In a session of its own, papo has no terminal even if the tests have one.
    let mut alone = Command::new("setsid");
    alone.arg("--wait").arg(papo.get_program()).args(papo.get_args());
    alone.env_clear().envs(papo.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path);
    let printed = alone.stdin(Stdio::null()).output().unwrap();
    assert!(String::from_utf8_lossy(&printed.stdout).contains("you are alice"), "{printed:?}");
    assert_eq!(fs::read_to_string(&calls).unwrap_or_default(), "");
}

#[test]
fn pipe_without_an_id_is_refused_with_the_reason() {
    let world = World::on_mosquitto();
    let mut papo = command(&world, "", &["--linear"]);
    let refused = papo.stdin(Stdio::null()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("papo has no ID yet"), "{refused:?}");
}
