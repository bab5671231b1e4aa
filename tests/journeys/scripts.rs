//! Scripts beside a papo that quits, loses its broker, has no file descriptors, or has too many clients.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    AnyBroker, World,
    commands::{Tail, command, run, says},
    flood::{kept, publish},
    on_both_brokers, quit,
    wait::{poll_for, until},
};

/// papo quits within five seconds, whatever hangs; a busy machine takes longer to start and end.
const LEAVES_WITHIN: Duration = Duration::from_secs(12);
/// The most connections that papo accepts at a time.
const CONNECTIONS: usize = 256;

on_both_brokers! {
    quitting_ends_an_import_that_waits_for_input
    quitting_ends_the_import_of_a_large_file
    second_signal_ends_papo_at_once
    incomplete_list_says_so
    simultaneous_commands_all_succeed
    draft_outlives_the_terminal
    request_with_an_open_chat_is_refused
    tail_ends_when_its_output_is_closed
    unknown_conversations_are_refused_by_either_papo
}

fn socket(world: &World, id: &str) -> PathBuf {
    world.home().join(format!(".local/share/papo/{id}/papo.sock"))
}

#[expect(clippy::disallowed_methods, reason = "a test may see the clock")]
fn now() -> Instant {
    Instant::now()
}

/// Waits until a program has ended by itself; returns its exit code.
#[track_caller]
fn ended(child: &mut Child) -> Option<i32> {
    let Some(status) = poll_for(LEAVES_WITHIN, || child.try_wait().unwrap()) else {
        child.kill().unwrap();
        panic!("it does not end");
    };
    status.code()
}

fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The number of running store jobs: each has a thread.
fn store_jobs(pid: u32) -> usize {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "papo-store-job").count()
}

/// Alice's papo, with bob's messages in its history, and one of them as an exported line.
fn with_history(world: &World) -> (crate::Terminal, String) {
    says(world, "bob", &["users"]);
    says(world, "alice", &["request", "bob"]);
    says(world, "bob", &["accept", "alice"]);
    says(world, "alice", &["send", "bob", "first"]);
    let line = says(world, "alice", &["export"]);
    (world.start_online("alice"), line.trim().to_owned())
}

fn quitting_ends_an_import_that_waits_for_input(world: World) {
    let (mut alice, line) = with_history(&world);
    let mut import = command(&world, "alice", &["import", "-"]).spawn().unwrap();
    let mut input = import.stdin.take().unwrap();
    writeln!(input, "{line}").unwrap();
    let tail = Tail::start(&world, "alice", &[]);
    tail.hears(|| drop(says(&world, "alice", &["send", "bob", "still here"])));
    alice.types_line("/search first");
    until("the import runs", || store_jobs(alice.pid()) == 1);
    let began = now();
    alice.keys("\x11\x11\x11");
    assert_eq!(alice.ends(), 0);
    assert!(began.elapsed() < LEAVES_WITHIN, "{:?}", began.elapsed());
    assert_eq!(ended(&mut import), Some(1), "the input is still open");
    let said = stderr(&mut import);
    assert!(said.contains("papo is quitting"), "{said}");
    drop(input);
    let checked = says(&world, "alice", &["check"]);
    assert!(checked.contains(" entries, 0 damaged"), "{checked}");
}

fn quitting_ends_the_import_of_a_large_file(world: World) {
    let (mut alice, line) = with_history(&world);
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    let mut lines = String::new();
    for n in 0..200_000 {
        let mut record = record.clone();
        record["id"] = format!("{n:032x}").into();
        lines.push_str(&record.to_string());
        lines.push('\n');
    }
    let file = world.home().join("large.jsonl");
    fs::write(&file, lines).unwrap();
    let mut import = command(&world, "alice", &["import", file.to_str().unwrap()]).spawn().unwrap();
    let mut export = command(&world, "alice", &["export"]).stdout(Stdio::null()).spawn().unwrap();
    until("the import runs", || store_jobs(alice.pid()) == 1);
    let began = now();
    alice.signal("TERM");
    assert_eq!(alice.ends(), 0);
    assert!(began.elapsed() < LEAVES_WITHIN, "{:?}", began.elapsed());
    assert_eq!(ended(&mut import), Some(1));
    assert!(matches!(ended(&mut export), Some(0 | 1)), "it is done, or the papo has left");
    let checked = says(&world, "alice", &["check"]);
    assert!(checked.contains(" entries, 0 damaged"), "{checked}");
    let again = says(&world, "alice", &["import", file.to_str().unwrap()]);
    assert!(again.contains(", 0 refused"), "{again}");
    assert_eq!(says(&world, "alice", &["export"]).lines().count(), 200_001);
}

fn second_signal_ends_papo_at_once(world: World) {
    let mut alice = world.start_online("alice");
    // A stopped broker does not answer the last publications.
    let broker = match &world.broker {
        AnyBroker::Mosquitto(broker) => broker.pid(),
        AnyBroker::Own(broker) => broker.pid(),
    };
    let signal = |name: &str, pid: u32| {
        assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
    };
    signal("-STOP", broker);
    alice.signal("TERM");
    alice.until("leaves", |screen| !screen.contains("● online"));
    let began = now();
    alice.signal("TERM");
    let code = alice.ends();
    let took = began.elapsed();
    signal("-CONT", broker);
    assert_eq!(code, 1);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

fn simultaneous_commands_all_succeed(world: World) {
    says(&world, "bob", &["users"]);
    says(&world, "alice", &["request", "bob"]);
    says(&world, "bob", &["accept", "alice"]);
    let texts: Vec<String> = (10..30).map(|number| format!("text {number}")).collect();
    let mut sending: Vec<Child> =
        texts.iter().map(|text| command(&world, "alice", &["send", "bob", text]).spawn().unwrap()).collect();
    for child in &mut sending {
        assert_eq!(ended(child), Some(0), "{}", stderr(child));
    }
    let written = says(&world, "alice", &["export"]);
    let mut found: Vec<String> = written
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    found.sort();
    assert_eq!(found, texts);
}

/// A closing terminal is read to its end, and sends SIGHUP: from the shell, the kernel, or both.
fn draft_outlives_the_terminal(world: World) {
    let (alice, bob, ..) = world.talking();
    quit(alice);
    let mut script = world.start_below_shell("alice");
    script.shows("● online");
    script.opens_composer();
    script.keys("half a sentence");
    script.shows("half a sentence");
    script.kill();
    until("papo has left", || !socket(&world, "alice").exists());
    let mut alice = world.start_online("alice");
    alice.shows("half a sentence");
    alice.clears_composer();
    quit(alice);
    quit(bob);
}

#[test]
fn failed_output_is_an_error() {
    let world = World::on_mosquitto();
    says(&world, "bob", &["users"]);
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for words in [&["version"][..], &["--help"], &["help", "send"], &["-V"], &["users"], &["check"]] {
        let mut child = command(&world, "alice", words).stdout(full()).spawn().unwrap();
        assert_eq!(ended(&mut child), Some(1), "{words:?}: {}", stderr(&mut child));
    }
    let mut child = command(&world, "alice", &["send", "carol", "x"]).stderr(full()).spawn().unwrap();
    assert_eq!(ended(&mut child), Some(3), "there is no session with carol");
}

#[test]
fn closed_pipe_is_no_error() {
    let world = World::on_mosquitto();
    says(&world, "alice", &["users"]);
    for words in [&["version"][..], &["--help"], &["man", "send"], &["users"], &["check"], &["config", "show"]] {
        let mut child = command(&world, "alice", words).stdout(closed()).spawn().unwrap();
        assert_eq!(ended(&mut child), Some(0), "{words:?}: {}", stderr(&mut child));
    }
}

/// A pipe without a reader.
fn closed() -> Stdio {
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    write.into()
}

#[test]
fn sigquit_restores_the_terminal() {
    let world = World::on_mosquitto();
    let mut alice = world.start_online("alice");
    alice.signal("QUIT");
    assert_eq!(alice.ends(), 0);
    let raw = alice.raw();
    assert!(raw.windows(8).any(|bytes| bytes == b"\x1b[?1049l"), "the alternate screen is left");
}

/// With this many retained users, a papo started for the list and a running one list all of them.
fn lists_users_completely(world: &World, count: usize) {
    let everybody = (0..count).map(|n| kept(format!("USERS/u{n:05}"), format!("u{n:05} online"))).collect();
    publish(world.port(), everybody);
    assert_eq!(says(world, "alice", &["users"]).lines().count(), count, "started for it alone");
    let bob = world.start("bob");
    until("bob's papo can be asked", || socket(world, "bob").exists());
    assert_eq!(says(world, "bob", &["users"]).lines().count(), count + 1, "asked while it connects");
    quit(bob);
}

fn incomplete_list_says_so(mut world: World) {
    let count = 1_000;
    lists_users_completely(&world, count);
    world.kill_broker();
    for list in ["users", "groups", "inbox"] {
        let late = run(&world, "alice", &[list], "");
        assert_eq!(late.status.code(), Some(4), "{list}: {late:?}");
        assert!(String::from_utf8_lossy(&late.stderr).contains("The list may be incomplete"), "{late:?}");
    }
    let known = run(&world, "alice", &["users"], "").stdout;
    assert_eq!(String::from_utf8(known).unwrap().lines().count(), count, "what is known is printed");
    assert_eq!(says(&world, "alice", &["outbox"]), "", "that needs no broker");
}

#[test]
fn ten_thousand_users_are_listed_completely() {
    lists_users_completely(&World::on_forgetful_mosquitto(), 10_000);
}

fn request_with_an_open_chat_is_refused(world: World) {
    let (alice, bob, _wire, _) = world.talking();
    let refused = run(&world, "alice", &["request", "bob"], "");
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("open chat with bob"), "{refused:?}");
    // A later message shows that no request came before.
    says(&world, "alice", &["send", "bob", "no second request", "--until", "delivered"]);
    assert!(!says(&world, "bob", &["inbox"]).contains("pending"));
    quit(alice);
    quit(bob);
}

fn tail_ends_when_its_output_is_closed(world: World) {
    let ends = |what: &str| {
        let mut tail = command(&world, "alice", &["tail", "--json"]).spawn().unwrap();
        drop(tail.stdout.take());
        assert_eq!(ended(&mut tail), Some(0), "{what}: a pipe");
        let (mine, its) = UnixStream::pair().unwrap();
        let its = Stdio::from(std::os::fd::OwnedFd::from(its));
        let mut tail = command(&world, "alice", &["tail"]).stdout(its).spawn().unwrap();
        drop(mine);
        assert_eq!(ended(&mut tail), Some(0), "{what}: a socket");
    };
    ends("alone");
    let alice = world.start_online("alice");
    ends("beside a running papo");
    quit(alice);
}

fn unknown_conversations_are_refused_by_either_papo(world: World) {
    says(&world, "alice", &["outbox"]);
    let refused = |what: &str| {
        let output = run(&world, "alice", &["export", "nobody"], "");
        assert_eq!(output.status.code(), Some(3), "{what}: {output:?}");
    };
    refused("alone");
    let alice = world.start_online("alice");
    refused("beside a running papo");
    quit(alice);
}

/// Only mosquitto: papo's own broker stores each message on disk first, and the short interruptions are the same.
#[test]
fn commands_survive_a_short_interruption() {
    let mut world = World::on_mosquitto();
    let (mut alice, bob, _wire, _) = world.talking();
    let tail = Tail::start(&world, "alice", &["bob"]);
    tail.hears(|| drop(says(&world, "alice", &["send", "bob", "before"])));
    for blink in 0..2 {
        world.kill_broker();
        alice.shows("retrying in");
        let sending: Vec<Child> = (0..5)
            .map(|n| command(&world, "alice", &["send", "bob", &format!("{blink}.{n}")]).spawn().unwrap())
            .collect();
        // Each one is in the outbox and waits.
        until("all are written", || says(&world, "alice", &["outbox"]).lines().count() == 5);
        world.restart_broker();
        for child in sending {
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
    }
    let all: Vec<String> = (0..10).map(|n| format!("bob alice: {}.", n / 5)).collect();
    let mut heard = Vec::new();
    while heard.len() < all.len() {
        let line = tail.line();
        heard.extend((!line.ends_with("before")).then_some(line));
    }
    assert!(heard.iter().zip(&all).all(|(line, begins)| line.starts_with(begins)), "{heard:?}");
    tail.stop();
    alice.quits();
    quit(bob);
}

#[test]
fn waiting_send_ends_when_papo_quits() {
    let mut world = World::on_mosquitto();
    let (alice, bob, _wire, _) = world.talking();
    world.kill_broker();
    alice.shows("retrying in");
    let mut send = command(&world, "alice", &["send", "bob", "later"]).spawn().unwrap();
    until("it is written", || says(&world, "alice", &["outbox"]).lines().count() == 1);
    quit(alice);
    assert_eq!(ended(&mut send), Some(4));
    let said = stderr(&mut send);
    assert!(said.contains("continues when it starts again"), "{said}");
    world.restart_broker();
    let alice = world.start_online("alice");
    bob.shows("later");
    quit(alice);
    quit(bob);
}

fn limit(pid: u32, files: usize) {
    let set = Command::new("prlimit").args(["--pid", &pid.to_string(), &format!("--nofile={files}:")]).status();
    assert!(set.unwrap().success());
}

fn log(world: &World) -> String {
    fs::read_to_string(world.home().join(".local/state/papo/papo.log")).unwrap()
}

#[test]
fn ipc_recovers_from_missing_file_descriptors() {
    let world = World::on_mosquitto();
    let alice = world.start_online("alice");
    let open = fs::read_dir(format!("/proc/{}/fd", alice.pid())).unwrap().count();
    limit(alice.pid(), open + 4);
    let path = socket(&world, "alice");
    let many: Vec<UnixStream> = (0..40).map(|_| UnixStream::connect(&path).unwrap()).collect();
    until("a connection fails", || log(&world).contains("cannot accept a connection"));
    drop(many);
    assert_eq!(says(&world, "alice", &["users"]), "");
    quit(alice);
}

#[test]
fn too_many_connections_are_refused() {
    let world = World::on_mosquitto();
    let alice = world.start_online("alice");
    let path = socket(&world, "alice");
    let tails: Vec<UnixStream> = (0..CONNECTIONS).map(|_| tailing(&path)).collect();
    let refused = run(&world, "alice", &["users"], "");
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("too many programs (256)"), "{refused:?}");
    drop(tails);
    until("there is room again", || run(&world, "alice", &["users"], "").status.success());
    quit(alice);
}

/// A client that subscribes to events.
fn tailing(path: &Path) -> UnixStream {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(b"{\"papo\":1,\"json\":true,\"ask\":{\"tail\":null}}\n").unwrap();
    stream
}

#[test]
fn head_ends_tail_after_a_line() {
    let world = World::on_mosquitto();
    let (alice, bob, _wire, _) = world.talking();
    let mut tail = command(&world, "alice", &["tail", "--json"]).spawn().unwrap();
    let mut head = Command::new("head")
        .arg("-1")
        .stdin(Stdio::from(tail.stdout.take().unwrap()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(head.stdout.take().unwrap());
    until("head has a line", || {
        says(&world, "alice", &["send", "bob", "a line"]);
        head.try_wait().unwrap().is_some()
    });
    out.read_line(&mut line).unwrap();
    assert!(line.contains("\"text\":\"a line\""), "{line}");
    assert_eq!(ended(&mut tail), Some(0), "without another line");
    quit(alice);
    quit(bob);
}
