//! Keys as terminals and slow connections send them, and the modes that papo sets in terminals.

use std::{path::Path, process::Command};

use portable_pty::CommandBuilder;

use crate::{World, on_both_brokers, quit, terminal::Terminal};

on_both_brokers! {
    large_paste_is_read_as_one_paste
    paste_split_over_reads_is_read_as_one_paste
    modified_keys_are_enabled_and_parsed
    every_key_works_in_the_kitty_protocol
}

/// A bracketed paste of `length` bytes, including the brackets, whose text ends with `end`.
fn paste(length: usize, end: &str) -> String {
    let (start_mark, end_mark) = ("\x1b[200~", "\x1b[201~");
    let filler = length - start_mark.len() - end_mark.len() - end.len();
    format!("{start_mark}{}{end}{end_mark}", "x".repeat(filler))
}

fn large_paste_is_read_as_one_paste(world: World) {
    let (mut alice, bob, wire, _) = world.talking();
    // Each line would be sent if it were typed.
    let lines = format!("{}\r", "y".repeat(1023)).repeat(1024);
    alice.keys(&format!("\x1b[200~{lines}\x1b[201~"));
    alice.shows("Paste 1024 lines?");
    alice.keys("\x1b").hides("Paste 1024 lines?");
    alice.types_line("after it");
    bob.shows("after it");
    assert!(!wire.lines().iter().any(|line| line.contains("yyy")), "no line of the paste is sent");
    quit(alice);
    quit(bob);
}

/// A read from a terminal returns at most 4,095 bytes, so it may split the brackets.
fn paste_split_over_reads_is_read_as_one_paste(world: World) {
    let (mut alice, bob, wire, _) = world.talking();
    for length in (4090..=4102).chain([8190, 8191, 8192]) {
        let end = format!("\rend {length}");
        alice.keys(&paste(length, &end));
        alice.shows(&format!("end {length}"));
        alice.keys("\x15\x7f\x15");
        alice.shows("Write to bob");
    }
    alice.types_line("after all that");
    bob.shows("after all that");
    assert!(!wire.lines().iter().any(|line| line.contains("xxx")), "no line of the paste is sent");
    quit(alice);
    quit(bob);
}

fn modified_keys_are_enabled_and_parsed(world: World) {
    let (mut alice, mut bob, wire, _) = world.talking();
    alice.wait_for_bytes(0, b"\x1b[>4;1m");
    alice.wait_for_bytes(0, b"\x1b[>5u");
    for (n, shift_enter) in ["\x1b[13;2u", "\x1b[27;2;13~", "\x1b\r"].into_iter().enumerate() {
        alice.keys(&format!("one {n}")).keys(shift_enter).keys(&format!("two {n}"));
        alice.until("has both lines", |screen| {
            let has_line = |line: String| screen.lines().any(|row| row.trim_end().ends_with(&line));
            has_line(format!("one {n}")) && has_line(format!("two {n}"))
        });
        assert!(!wire.lines().iter().any(|line| line.contains(&format!("one {n}"))), "the message is not sent yet");
        alice.keys("\r");
        bob.shows(&format!("two {n}"));
    }
    // Unknown sequences leave nothing on the screen.
    for screen in [alice.screen(), bob.screen()] {
        assert!(!screen.contains(">4") && !screen.contains("[m") && !screen.contains(">5u"), "{screen}");
    }
    // Some terminals keep separate modes for the alternate screen, so papo resets them before it leaves that screen.
    let modes_are_reset = |papo: &Terminal| {
        let raw = papo.raw();
        let last = |wanted: &[u8]| {
            raw.windows(wanted.len()).rposition(|bytes| bytes == wanted).expect("the sequence is written")
        };
        let is_reset = |reset: &[u8], set: &[u8]| last(set) < last(reset) && last(reset) < last(b"\x1b[?1049l");
        is_reset(b"\x1b[<1u", b"\x1b[>5u") && is_reset(b"\x1b[>4m", b"\x1b[>4;1m")
    };
    alice.quits();
    alice.wait_for_bytes(0, b"\x1b[?1049l");
    assert!(modes_are_reset(&alice), "modes on exit");
    bob.keys("\x1a");
    bob.stops();
    bob.wait_for_bytes(0, b"\x1b[?1049l");
    assert!(modes_are_reset(&bob), "modes while papo is suspended");
    let before = bob.written();
    bob.signal("CONT");
    bob.wait_for_bytes(before, b"\x1b[>5u");
    bob.shows("● online");
    quit(bob);
}

/// Esc, letters with Ctrl and Alt, and the keypad, as terminals send them in the kitty protocol.
fn every_key_works_in_the_kitty_protocol(world: World) {
    let (mut alice, bob, _, _) = world.talking();
    alice.keys("\x1b[57399u\x1b[57408;129u ab\x1b[97;5u<\x1b[101;5u>");
    alice.shows("<09 ab>");
    // A repeated key, and a released one.
    alice.keys("c\x1b[99;1:2u\x1b[99;1:3u\x1b[127;1:3u");
    alice.until("has two letters", |screen| screen.lines().any(|row| row.trim_end().ends_with("<09 ab>cc")));
    alice.keys("\x1b[117;5u").hides("<09");
    alice.keys("\x1b[107;5u").shows("Type to filter");
    alice.keys("\x1b[27u");
    alice.until("has closed the filter", |screen| screen.contains("Write to bob"));
    alice.keys("\x1b[117;3u").shows("Enter open");
    alice.keys("\x1b[99;3u").shows("Write to bob");
    alice.keys("\x1b[P").shows("Keys and commands");
    alice.keys("\x1b[27u").hides("Keys and commands");
    alice.keys("last\x1b[57414u");
    bob.shows("last");
    alice.keys("\x1b[113;5u");
    assert_eq!(alice.ends(), 0);
    quit(bob);
}

/// Starts bash with job control in a terminal, and types the command `line`.
fn shell(world: &World, line: &str) -> Terminal {
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    command.env_clear();
    command.env("HOME", world.home());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC"), ("PS1", "ready> ")] {
        command.env(name, value);
    }
    command.cwd(world.home());
    let mut shell = Terminal::run(command, (100, 30));
    shell.shows("ready>");
    shell.types_line(line);
    shell
}

fn papo_command(world: &World, id: &str) -> String {
    format!("env PAPO_ID={id} {} -b mqtt://127.0.0.1:{}", env!("CARGO_BIN_EXE_papo"), world.port())
}

/// The process ID of the program that a shell has started.
fn child_pid(shell: &Terminal) -> String {
    let listed = Command::new("ps").args(["-o", "pid=", "--ppid", &shell.pid().to_string()]).output().unwrap();
    String::from_utf8(listed.stdout).unwrap().trim().to_owned()
}

#[test]
fn papo_reads_each_key_after_sigstop() {
    let world = World::on_mosquitto();
    let bob = world.start_online("bob");
    let mut alice = shell(&world, &papo_command(&world, "alice"));
    alice.shows("● bob");
    let papo = child_pid(&alice);
    for _ in 0..2 {
        assert!(Command::new("kill").args(["-STOP", &papo]).status().unwrap().success());
        alice.shows("Stopped");
        let before = alice.written();
        // The shell and `stty` set line mode, and papo has to set raw mode again.
        alice.types_line("stty sane; fg");
        for set in ["\x1b[?1049h", "\x1b[?2004h", "\x1b[?1004h", "\x1b[?1006h", "\x1b[>5u"] {
            alice.wait_for_bytes(before, set.as_bytes());
        }
        alice.until("shows papo again", |screen| screen.contains("● online") && !screen.contains("Stopped"));
        alice.keys("\x1bOP").shows("Keys and commands");
        alice.keys("\x1b").hides("Keys and commands");
    }
    alice.presses_quit();
    alice.shows("ready>");
    // The terminal has the modes from before papo: echo is on, and Ctrl-C sends a signal.
    alice.types_line("stty -a | tr ' ;' '\\n\\n' | grep -x -e icanon -e echo -e isig | tr '\\n' ,");
    alice.shows("isig,icanon,echo,");
    quit(bob);
}

/// tmux with its default settings, on a separate server.
struct Tmux<'a> {
    world: &'a World,
}

impl<'a> Tmux<'a> {
    /// Starts tmux in a terminal, and the command `line` in tmux.
    fn start(world: &'a World, line: &str) -> (Self, Terminal) {
        let mut command = CommandBuilder::new("tmux");
        let socket = Self::socket(&world.home());
        command.args(["-S", socket.to_str().unwrap(), "-f", "/dev/null", "new-session", line]);
        command.env_clear();
        command.env("HOME", world.home());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC")] {
            command.env(name, value);
        }
        command.cwd(world.home());
        (Self { world }, Terminal::run(command, (100, 30)))
    }

    fn socket(home: &Path) -> std::path::PathBuf {
        home.join("tmux")
    }

    /// Runs a tmux command, and returns its output.
    fn run(&self, words: &[&str]) -> String {
        let socket = Self::socket(&self.world.home());
        let output = Command::new("tmux").arg("-S").arg(socket).args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn keys_and_clipboard_work_in_default_tmux() {
    let world = World::on_mosquitto();
    let mut bob = world.start_online("bob");
    let (tmux, mut alice) = Tmux::start(&world, &papo_command(&world, "alice"));
    alice.opens_chat("alice", &mut bob, "bob");
    bob.types_line("take this: \"a\" & 'b' 日本");
    alice.shows("日本");
    let screen = alice.screen();
    assert!(!screen.contains(">4") && !screen.contains(">5u") && !screen.contains("[<1u"), "{screen}");
    // `send-keys` passes Alt-Up to papo as one sequence. If its bytes came from the terminal, tmux would wait after the
    // escape.
    tmux.run(&["send-keys", "M-c", "M-Up"]);
    alice.shows("copy");
    let before = alice.written();
    tmux.run(&["send-keys", "y"]);
    // The outer terminal gets the text for its clipboard.
    alice.wait_for_bytes(before, b"\x1b]52;");
    assert_eq!(tmux.run(&["show-buffer"]), "take this: \"a\" & 'b' 日本");
    tmux.run(&["send-keys", "C-q"]);
    alice.ends();
    quit(bob);
}

#[test]
fn first_screen_follows_the_terminal_size() {
    let home = tempfile::tempdir().unwrap();
    let mut papo = Terminal::start(home.path(), &[], (100, 30));
    papo.shows("Your ID:");
    for (cols, rows) in [(60, 20), (40, 12), (120, 40), (60, 20)] {
        papo.resize(cols, rows);
        papo.until("is drawn completely", |screen| {
            let lines: Vec<_> = screen.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            lines.len() <= rows.into()
                && lines.first().is_some_and(|line| line.starts_with('╭') && line.ends_with('╮'))
                && lines.last().is_some_and(|line| line.starts_with('╰') && line.ends_with('╯'))
                && lines.iter().skip(1).rev().skip(1).all(|line| line.starts_with('│') && line.ends_with('│'))
                && screen.contains("Your ID:")
                && screen.contains("Enter: next")
        });
    }
    let before = papo.written();
    papo.keys("\x0c");
    papo.wait_for_bytes(before, b"\x1b[2J");
    papo.types_line("alice").keys("\r");
    papo.shows("Welcome, alice.");
    papo.shows("Enter closes this page");
    papo.keys("\x1b[6~").shows("where you are.");
    papo.resize(100, 40);
    papo.until("is drawn completely", |screen| screen.contains("Welcome, alice.") && screen.contains("where you are."));
}

#[test]
fn terminal_gets_only_sequences_it_supports() {
    let world = World::on_mosquitto();
    let url = format!("mqtt://127.0.0.1:{}", world.port());
    let start =
        |id: &str, term: &str| Terminal::start_with(&world.home(), &[id, "-b", &url], &[("TERM", term)], (100, 30));
    let has = |papo: &Terminal, wanted: &str| papo.raw().windows(wanted.len()).any(|bytes| bytes == wanted.as_bytes());
    // The SGR parameters of more than one digit, which set colours.
    let colours = |papo: &Terminal| {
        let mut parameters: Vec<String> = String::from_utf8_lossy(&papo.raw())
            .split("\x1b[")
            .filter_map(|sequence| sequence.split_once('m').map(|(numbers, _)| numbers.to_owned()))
            .filter(|numbers| numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'))
            .flat_map(|numbers| numbers.split(';').map(str::to_owned).collect::<Vec<_>>())
            .filter(|number| number.len() > 1)
            .collect();
        parameters.sort_unstable();
        parameters.dedup();
        parameters
    };
    for term in ["", "dumb"] {
        let mut papo = start("dana", term);
        papo.shows("connection: online");
        assert!(!papo.raw().contains(&0x1b), "{term:?}: {:?}", String::from_utf8_lossy(&papo.raw()));
        papo.types_line("/quit");
        papo.ends();
    }
    for (term, allowed) in [("vt100", vec![]), ("ansi", (30..=37).chain(40..=47).chain([39, 49]).collect::<Vec<i32>>())]
    {
        let mut papo = start("vera", term);
        papo.shows("● online");
        papo.keys("\x1bOP").shows("Keys and commands");
        let unsupported: Vec<_> = colours(&papo)
            .into_iter()
            .filter(|number| !allowed.iter().any(|known| known.to_string() == *number))
            .collect();
        assert!(unsupported.is_empty(), "{term}: {unsupported:?}");
        papo.keys("\x1b").hides("Keys and commands");
        papo.quits();
        for newer in ["\x1b[?1000h", "\x1b[?1006h", "\x1b]", "\x1b[>"] {
            assert!(!has(&papo, newer), "{term}: {newer:?}");
        }
    }
}
