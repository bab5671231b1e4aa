//! Commands beside a papo that quits, loses its broker, runs out of file descriptors, or has too many clients.

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
    commands::{Tail, command, run, run_ok},
    flood::{kept, publish},
    on_both_brokers, quit,
    wait::{poll_for, until},
};

/// papo quits within five seconds, even if something hangs; on a busy machine, programs take longer to exit.
const QUIT_TIMEOUT: Duration = Duration::from_secs(12);
/// The most connections that papo accepts at a time.
const CONNECTIONS: usize = 256;

on_both_brokers! {
    quitting_ends_an_import_that_waits_for_input
    quitting_ends_the_import_of_a_large_file
    second_signal_ends_papo_at_once
    incomplete_list_is_reported
    simultaneous_commands_all_succeed
    draft_survives_a_closed_terminal
    request_with_an_open_chat_is_refused
    tail_ends_when_its_output_is_closed
    export_of_an_unknown_chat_is_refused
}

fn socket(world: &World, id: &str) -> PathBuf {
    world.home().join(format!(".local/share/papo/{id}/papo.sock"))
}

#[expect(clippy::disallowed_methods, reason = "the test measures real time")]
fn now() -> Instant {
    Instant::now()
}

/// Waits until a program has exited by itself; returns its exit code.
#[track_caller]
fn ended(child: &mut Child) -> Option<i32> {
    let Some(status) = poll_for(QUIT_TIMEOUT, || child.try_wait().unwrap()) else {
        child.kill().unwrap();
        panic!("the program does not exit");
    };
    status.code()
}

fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The number of store jobs that papo is running; each has its own thread.
fn store_jobs(pid: u32) -> usize {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "papo-store-job").count()
}

/// Starts alice's papo with one message to bob in its history; returns it with the exported message.
fn with_history(world: &World) -> (crate::Terminal, String) {
    run_ok(world, "bob", &["users"]);
    run_ok(world, "alice", &["request", "bob"]);
    run_ok(world, "bob", &["accept", "alice"]);
    run_ok(world, "alice", &["send", "bob", "first"]);
    let line = run_ok(world, "alice", &["export"]);
    (world.start_online("alice"), line.trim().to_owned())
}

fn quitting_ends_an_import_that_waits_for_input(world: World) {
    let (mut alice, line) = with_history(&world);
    let mut import = command(&world, "alice", &["import", "-"]).spawn().unwrap();
    let mut input = import.stdin.take().unwrap();
    writeln!(input, "{line}").unwrap();
    let tail = Tail::start(&world, "alice", &[]);
    tail.first_line(|| drop(run_ok(&world, "alice", &["send", "bob", "still here"])));
    alice.types_line("/search first");
    until("the import runs", || store_jobs(alice.pid()) == 1);
    let began = now();
    alice.keys("\x11\x11\x11");
    assert_eq!(alice.ends(), 0);
    assert!(began.elapsed() < QUIT_TIMEOUT, "{:?}", began.elapsed());
    assert_eq!(ended(&mut import), Some(1), "the input is still open");
    let reason = stderr(&mut import);
    assert!(reason.contains("papo is quitting"), "{reason}");
    drop(input);
    let checked = run_ok(&world, "alice", &["check"]);
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
    assert!(began.elapsed() < QUIT_TIMEOUT, "{:?}", began.elapsed());
    assert_eq!(ended(&mut import), Some(1));
    assert!(matches!(ended(&mut export), Some(0 | 1)), "the export is complete, or papo has quit");
    let checked = run_ok(&world, "alice", &["check"]);
    assert!(checked.contains(" entries, 0 damaged"), "{checked}");
    let again = run_ok(&world, "alice", &["import", file.to_str().unwrap()]);
    assert!(again.contains(", 0 refused"), "{again}");
    assert_eq!(run_ok(&world, "alice", &["export"]).lines().count(), 200_001);
}

fn second_signal_ends_papo_at_once(world: World) {
    let mut alice = world.start_online("alice");
    // A stopped broker does not acknowledge papo's last publications, so papo waits.
    let broker = match &world.broker {
        AnyBroker::Mosquitto(broker) => broker.pid(),
        AnyBroker::Own(broker) => broker.pid(),
    };
    let signal = |name: &str, pid: u32| {
        assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
    };
    signal("-STOP", broker);
    alice.signal("TERM");
    alice.until("is closed", |screen| !screen.contains("● online"));
    let began = now();
    alice.signal("TERM");
    let code = alice.ends();
    let took = began.elapsed();
    signal("-CONT", broker);
    assert_eq!(code, 1);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

fn simultaneous_commands_all_succeed(world: World) {
    run_ok(&world, "bob", &["users"]);
    run_ok(&world, "alice", &["request", "bob"]);
    run_ok(&world, "bob", &["accept", "alice"]);
    let texts: Vec<String> = (10..30).map(|number| format!("text {number}")).collect();
    let mut sending: Vec<Child> =
        texts.iter().map(|text| command(&world, "alice", &["send", "bob", text]).spawn().unwrap()).collect();
    for child in &mut sending {
        assert_eq!(ended(child), Some(0), "{}", stderr(child));
    }
    let written = run_ok(&world, "alice", &["export"]);
    let mut found: Vec<String> = written
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    found.sort();
    assert_eq!(found, texts);
}

/// When a terminal closes, papo reads the end of its input, and gets SIGHUP from the shell, the kernel, or both.
fn draft_survives_a_closed_terminal(world: World) {
    let (alice, bob, ..) = world.talking();
    quit(alice);
    let mut script = world.start_below_shell("alice");
    script.shows("● online");
    script.opens_composer();
    script.keys("half a sentence");
    script.shows("half a sentence");
    script.kill();
    until("papo has exited", || !socket(&world, "alice").exists());
    let mut alice = world.start_online("alice");
    alice.shows("half a sentence");
    alice.clears_composer();
    quit(alice);
    quit(bob);
}

#[test]
fn failed_output_is_an_error() {
    let world = World::on_mosquitto();
    run_ok(&world, "bob", &["users"]);
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
    run_ok(&world, "alice", &["users"]);
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
    assert!(raw.windows(8).any(|bytes| bytes == b"\x1b[?1049l"), "papo leaves the alternate screen");
}

/// Asserts that `papo users` lists all of `count` retained users, both without a running papo and with one that is
/// still connecting.
fn lists_users_completely(world: &World, count: usize) {
    let everybody = (0..count).map(|n| kept(format!("USERS/u{n:05}"), format!("u{n:05} online"))).collect();
    publish(world.port(), everybody);
    assert_eq!(run_ok(world, "alice", &["users"]).lines().count(), count, "without a running papo");
    let bob = world.start("bob");
    until("bob's papo has its socket", || socket(world, "bob").exists());
    assert_eq!(run_ok(world, "bob", &["users"]).lines().count(), count + 1, "with a papo that is connecting");
    quit(bob);
}

fn incomplete_list_is_reported(mut world: World) {
    let count = 1_000;
    lists_users_completely(&world, count);
    world.kill_broker();
    for list in ["users", "groups", "inbox"] {
        let partial = run(&world, "alice", &[list], "");
        assert_eq!(partial.status.code(), Some(4), "{list}: {partial:?}");
        assert!(
            String::from_utf8_lossy(&partial.stderr).contains("what papo knew when it was last connected"),
            "{partial:?}"
        );
    }
    let known = run(&world, "alice", &["users"], "").stdout;
    assert_eq!(String::from_utf8(known).unwrap().lines().count(), count, "the known users are printed");
    assert_eq!(run_ok(&world, "alice", &["outbox"]), "", "`papo outbox` needs no broker");
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
    // bob receives this message after any request that alice had sent before.
    run_ok(&world, "alice", &["send", "bob", "no second request", "--until", "delivered"]);
    assert!(!run_ok(&world, "bob", &["inbox"]).contains("pending"));
    quit(alice);
    quit(bob);
}

fn tail_ends_when_its_output_is_closed(world: World) {
    let ends = |what: &str| {
        let mut tail = command(&world, "alice", &["tail", "--json"]).spawn().unwrap();
        drop(tail.stdout.take());
        assert_eq!(ended(&mut tail), Some(0), "{what}: a pipe");
        let (reader, writer) = UnixStream::pair().unwrap();
        let writer = Stdio::from(std::os::fd::OwnedFd::from(writer));
        let mut tail = command(&world, "alice", &["tail"]).stdout(writer).spawn().unwrap();
        drop(reader);
        assert_eq!(ended(&mut tail), Some(0), "{what}: a socket");
    };
    ends("without a running papo");
    let alice = world.start_online("alice");
    ends("beside a running papo");
    quit(alice);
}

fn export_of_an_unknown_chat_is_refused(world: World) {
    run_ok(&world, "alice", &["outbox"]);
    let refused = |what: &str| {
        let output = run(&world, "alice", &["export", "nobody"], "");
        assert_eq!(output.status.code(), Some(3), "{what}: {output:?}");
    };
    refused("without a running papo");
    let alice = world.start_online("alice");
    refused("beside a running papo");
    quit(alice);
}

/// Only on mosquitto. papo's own broker would interrupt commands in the same way, but more slowly, because it first
/// writes each message to disk.
#[test]
fn commands_survive_a_short_interruption() {
    let mut world = World::on_mosquitto();
    let (mut alice, bob, _wire, _) = world.talking();
    let tail = Tail::start(&world, "alice", &["bob"]);
    tail.first_line(|| drop(run_ok(&world, "alice", &["send", "bob", "before"])));
    for round in 0..2 {
        world.kill_broker();
        alice.shows("retrying in");
        let sending: Vec<Child> = (0..5)
            .map(|n| command(&world, "alice", &["send", "bob", &format!("{round}.{n}")]).spawn().unwrap())
            .collect();
        // Each message is in the outbox, and its command waits.
        until("all messages are in the outbox", || run_ok(&world, "alice", &["outbox"]).lines().count() == 5);
        world.restart_broker();
        for child in sending {
            let output = crate::wait::output(child);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
    }
    let expected: Vec<String> = (0..10).map(|n| format!("bob alice: {}.", n / 5)).collect();
    let mut printed = Vec::new();
    while printed.len() < expected.len() {
        let line = tail.line();
        printed.extend((!line.ends_with("before")).then_some(line));
    }
    assert!(printed.iter().zip(&expected).all(|(line, begins)| line.starts_with(begins)), "{printed:?}");
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
    until("the message is in the outbox", || run_ok(&world, "alice", &["outbox"]).lines().count() == 1);
    quit(alice);
    assert_eq!(ended(&mut send), Some(4));
    let reason = stderr(&mut send);
    assert!(reason.contains("continues when it starts again"), "{reason}");
    world.restart_broker();
    let alice = world.start_online("alice");
    bob.shows("later");
    quit(alice);
    quit(bob);
}

/// Limits the number of open files of a process.
fn limit_files(pid: u32, files: usize) {
    let set = Command::new("prlimit").args(["--pid", &pid.to_string(), &format!("--nofile={files}:")]).status();
    assert!(set.unwrap().success());
}

fn log(world: &World) -> String {
    fs::read_to_string(world.home().join(".local/state/papo/papo.log")).unwrap()
}

#[test]
fn commands_work_again_after_file_descriptors_ran_out() {
    let world = World::on_mosquitto();
    let alice = world.start_online("alice");
    let open = fs::read_dir(format!("/proc/{}/fd", alice.pid())).unwrap().count();
    limit_files(alice.pid(), open + 4);
    let path = socket(&world, "alice");
    let many: Vec<UnixStream> = (0..40).map(|_| UnixStream::connect(&path).unwrap()).collect();
    until("a connection fails", || log(&world).contains("cannot accept a connection"));
    drop(many);
    assert_eq!(run_ok(&world, "alice", &["users"]), "");
    quit(alice);
}

#[test]
fn too_many_connections_are_refused() {
    let world = World::on_mosquitto();
    let alice = world.start_online("alice");
    let path = socket(&world, "alice");
    let tails: Vec<UnixStream> = (0..CONNECTIONS).map(|_| connect_tail(&path)).collect();
    let refused = run(&world, "alice", &["users"], "");
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("too many programs (256)"), "{refused:?}");
    drop(tails);
    until("papo accepts connections again", || run(&world, "alice", &["users"], "").status.success());
    quit(alice);
}

/// Connects to papo's socket, and sends the request of `papo tail`.
fn connect_tail(path: &Path) -> UnixStream {
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
        run_ok(&world, "alice", &["send", "bob", "a line"]);
        head.try_wait().unwrap().is_some()
    });
    out.read_line(&mut line).unwrap();
    assert!(line.contains("\"text\":\"a line\""), "{line}");
    assert_eq!(ended(&mut tail), Some(0), "tail exits without printing another line");
    quit(alice);
    quit(bob);
}
