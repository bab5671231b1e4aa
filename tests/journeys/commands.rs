//! Commands for scripts and bots: they use the running papo, or work without one.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
        process::CommandExt,
    },
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use crate::{
    World, on_both_brokers, quit,
    wait::{exit, output, until},
};

/// The timeout of every step. Longer than any step takes, so only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a publication is repeated until `papo tail` prints its first line.
const TRIES: usize = 50;

on_both_brokers! {
    two_users_chat_by_commands_alone
    commands_use_the_running_papo
    refusals_have_a_reason_and_an_exit_code
    unsent_messages_are_sent_once_the_broker_is_back
    invalid_requests_are_refused_with_a_reason
    export_import_and_check_work_beside_a_running_papo
    readme_bot_repeats_every_message
}

/// Prepares a papo command with the ID `id`, for this world's broker and home folder.
pub(crate) fn command(world: &World, id: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_papo"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", world.home())
        .env("PAPO_ID", id)
        .env("PAPO_BROKER", format!("mqtt://127.0.0.1:{}", world.port()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a papo command with this standard input, and waits until it has exited.
pub(crate) fn run(world: &World, id: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = command(world, id, arguments).spawn().unwrap();
    // papo may exit without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    output(child)
}

/// Runs a papo command, asserts that it succeeds, and returns its output.
pub(crate) fn run_ok(world: &World, id: &str, arguments: &[&str]) -> String {
    let output = run(world, id, arguments, "");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Asserts that the command failed with exit code 3, and returns the reason that it printed.
#[track_caller]
pub(crate) fn refused(output: &Output) -> String {
    let reason = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    reason
}

/// A running `papo tail`. Dropping it kills the process.
pub(crate) struct Tail {
    child: Child,
    lines: Receiver<String>,
}

impl Tail {
    pub(crate) fn start(world: &World, id: &str, arguments: &[&str]) -> Self {
        let mut child = command(world, id, &[&["tail"], arguments].concat()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// Waits for the next line.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("tail prints a line")
    }

    /// Repeats `publish` until tail prints a line, which shows that tail follows the chat; returns the line.
    pub(crate) fn first_line(&self, mut publish: impl FnMut()) -> String {
        let mut printed = (0..TRIES).filter_map(|_| {
            publish();
            self.lines.recv_timeout(Duration::from_millis(200)).ok()
        });
        printed.next().expect("tail prints a line")
    }

    /// Interrupts tail, and asserts that it succeeds.
    pub(crate) fn stop(mut self) {
        let stopped = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(stopped.success() && exit(&mut self.child).success());
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // The process may have exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bot of the README. Dropping it kills the bot and the commands that it runs, which would keep running without a
/// broker.
struct Bot(Child);

impl Bot {
    fn signal(&self, name: &str) -> ExitStatus {
        let group = format!("-{}", self.0.id());
        Command::new("kill").args([name, "--", &group]).stderr(Stdio::null()).status().unwrap()
    }

    /// Interrupts it, as Ctrl-C does, and waits until it has exited.
    fn stop(mut self) {
        assert!(self.signal("-INT").success());
        exit(&mut self.0);
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // It may have exited.
        self.signal("-KILL");
        let _ = self.0.wait();
    }
}

/// Connects `id` once: the broker queues messages only for users who have connected before.
fn connects_once(world: &World, id: &str) {
    run_ok(world, id, &["users"]);
}

fn two_users_chat_by_commands_alone(world: World) {
    connects_once(&world, "bob");
    run_ok(&world, "alice", &["request", "bob"]);
    assert_eq!(run_ok(&world, "alice", &["inbox"]), "chat with bob (pending)\n");
    run_ok(&world, "bob", &["accept", "alice"]);
    // No papo of alice was running when bob accepted the request.
    run_ok(&world, "alice", &["send", "bob", "shall", "we?"]);
    // The input may begin with a byte order mark and have CRLF line ends.
    let sent = run(&world, "alice", &["send", "bob"], "\u{feff}two\r\nlines\n");
    assert!(sent.status.success(), "{sent:?}");
    for blank in ["\u{feff}\n", " \n\t\n", ""] {
        let refused = run(&world, "alice", &["send", "bob"], blank);
        assert_eq!(refused.status.code(), Some(3), "{blank:?}: {refused:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("The message is empty"), "{refused:?}");
    }
    let tail = Tail::start(&world, "bob", &[]);
    assert_eq!([tail.line(), tail.line()], ["alice alice: shall we?", "alice alice: two␊lines"]);
    run_ok(&world, "alice", &["send", "bob", "--until", "delivered", "still there?"]);
    assert_eq!(tail.line(), "alice alice: still there?");
    tail.stop();
    assert!(run_ok(&world, "alice", &["users"]).starts_with("bob offline"));
    assert_eq!(run_ok(&world, "alice", &["outbox"]), "");
}

fn commands_use_the_running_papo(world: World) {
    let (alice, mut bob, _wire, _) = world.talking();
    let socket = world.home().join(".local/share/papo/alice/papo.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let tail = Tail::start(&world, "alice", &["bob", "--json"]);
    let printed =
        tail.first_line(|| drop(run_ok(&world, "alice", &["send", "bob", "from a script", "--until", "delivered"])));
    bob.shows("from a script");
    alice.shows("from a script");
    assert!(printed.contains("\"text\":\"from a script\"") && printed.contains("\"author\":\"alice\""), "{printed}");
    bob.types_line("for a script");
    let mut printed = tail.line();
    while printed.contains("from a script") {
        printed = tail.line();
    }
    assert!(printed.contains("\"text\":\"for a script\"") && printed.contains("\"with\":\"bob\""), "{printed}");
    assert!(run_ok(&world, "alice", &["users", "--json"]).contains("\"presence\":\"online\""));
    bob.types_line("/group new devs");
    until("the group is known", || run_ok(&world, "alice", &["groups"]).contains("#devs ★bob"));
    tail.stop();
    quit(alice);
    assert!(!socket.exists(), "papo removes its socket when it quits");
}

fn refusals_have_a_reason_and_an_exit_code(world: World) {
    for (arguments, code, why) in [
        (["send", "bob", "hello"].as_slice(), 3, "No open chat with bob"),
        (&["send", "#devs", "hello"], 3, "You are not in #devs"),
        (&["send", "b_b", "hello"], 3, "not allowed in a name"),
        (&["accept", "bob"], 3, "No matching request is pending"),
        (&["request", "alice"], 3, "yourself"),
        (&["send", "bob"], 3, "The message is empty"),
        (&["send", "bob", " \t\n "], 3, "The message is empty"),
        (&["send"], 2, "WHO"),
        (&["send", "bob", "x", "--until", "never"], 2, "never"),
    ] {
        let output = run(&world, "alice", arguments, "");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(why), "{arguments:?}: {stderr}");
    }
}

fn unsent_messages_are_sent_once_the_broker_is_back(mut world: World) {
    connects_once(&world, "bob");
    run_ok(&world, "alice", &["request", "bob"]);
    run_ok(&world, "bob", &["accept", "alice"]);
    run_ok(&world, "alice", &["send", "bob", "first"]);
    world.kill_broker();
    let unsent = run(&world, "alice", &["send", "bob", "second", "--timeout", "1"], "");
    assert_eq!(unsent.status.code(), Some(4), "{unsent:?}");
    assert!(String::from_utf8_lossy(&unsent.stderr).contains("nothing listens on "), "{unsent:?}");
    let listed = run(&world, "alice", &["inbox"], "");
    assert!(String::from_utf8_lossy(&listed.stderr).contains("nothing listens on "), "{listed:?}");
    assert_eq!(run_ok(&world, "alice", &["outbox"]), "bob: second\n");
    world.restart_broker();
    until("the outbox is empty", || run_ok(&world, "alice", &["outbox"]).is_empty());
    // bob requests from alice the messages that the killed broker lost.
    let alice = world.start_online("alice");
    let tail = Tail::start(&world, "bob", &[]);
    assert_eq!([tail.line(), tail.line()], ["alice alice: first", "alice alice: second"]);
    quit(alice);
}

fn invalid_requests_are_refused_with_a_reason(world: World) {
    let alice = world.start_online("alice");
    let socket = world.home().join(".local/share/papo/alice/papo.sock");
    for (question, answer) in [
        ("\n", "invalid request"),
        ("{\"papo\":9,\"json\":false,\"ask\":\"users\"}\n", "another version"),
        ("{\"papo\":1,\"json\":false,\"ask\":{\"fly\":1}}\n", "invalid request"),
    ] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(question.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        assert!(line.contains("refused") && line.contains(answer), "{question:?}: {line}");
    }
    quit(alice);
    // A leftover socket does not prevent the next start.
    drop(UnixListener::bind(&socket).unwrap());
    let alice = world.start_online("alice");
    assert_eq!(run_ok(&world, "alice", &["users"]), "");
    quit(alice);
}

fn export_import_and_check_work_beside_a_running_papo(world: World) {
    connects_once(&world, "bob");
    run_ok(&world, "alice", &["request", "bob"]);
    run_ok(&world, "bob", &["accept", "alice"]);
    run_ok(&world, "alice", &["send", "bob", "first"]);
    let mut alice = world.start_online("alice");
    alice.shows("first");
    let mut bob = world.start_online("bob");
    bob.shows("first");
    bob.composes("second");
    alice.shows("second");

    let exported = run_ok(&world, "alice", &["export"]);
    assert_eq!(exported.lines().count(), 2, "{exported}");
    let text = run_ok(&world, "alice", &["export", "bob", "--format", "text"]);
    assert!(text.contains(" alice: first\n") && text.contains(" bob: second\n"), "{text}");
    let file = world.home().join("talk.md");
    let printed = run_ok(&world, "alice", &["export", "-f", "markdown", "-o", file.to_str().unwrap()]);
    assert!(printed.starts_with("exported 2 messages to "), "{printed}");
    assert!(fs::read_to_string(&file).unwrap().contains("**bob** second"));
    let refused = run(&world, "alice", &["export", "nobody"], "");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("nobody"), "{refused:?}");

    // Import messages from another machine: of the same chat, earlier and later ones; of an unknown chat; and of a chat
    // without alice.
    let line = exported.lines().next().unwrap();
    let other = |id: char, text: &str, time: &str| {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["id"] = id.to_string().repeat(32).into();
        record["text"] = text.into();
        record["time"] = time.into();
        record
    };
    let mut unknown = other('3', "long ago", "2020-01-01T00:00:00Z");
    unknown["conversation"] = "#sailors".into();
    let mut foreign = other('4', "not hers", "2020-01-01T00:00:00Z");
    foreign["conversation"] = "carol_dave_7".into();
    let more = [
        other('1', "zeroth", "2021-01-01T00:00:00Z"),
        other('2', "last of all", "2099-01-01T00:00:00Z"),
        unknown,
        foreign,
    ];
    let more: Vec<String> = more.iter().map(ToString::to_string).collect();
    let imported = run(&world, "alice", &["import", "-"], &format!("{exported}{}\nnonsense\n", more.join("\n")));
    assert_eq!(String::from_utf8_lossy(&imported.stdout), "messages: 3 new, 2 known, 2 refused\n");
    let warnings = String::from_utf8_lossy(&imported.stderr).into_owned();
    assert!(warnings.contains("line 7: ") && warnings.contains("chats without alice"), "{warnings}");
    let imported = run(&world, "alice", &["import", "-"], &more.join("\n"));
    assert_eq!(String::from_utf8_lossy(&imported.stdout), "messages: 0 new, 3 known, 1 refused\n");
    alice.until("shows the imported messages in order of time", |screen| {
        let places: Vec<_> = ["zeroth", "first", "second", "last of all"].map(|text| screen.find(text)).into();
        places.iter().all(Option::is_some) && places.is_sorted()
    });
    let text = run_ok(&world, "alice", &["export", "#sailors", "--format", "text"]);
    assert!(text.contains("long ago"), "{text}");

    let checked = run_ok(&world, "alice", &["check"]);
    assert!(checked.contains(" entries, 0 damaged"), "{checked}");
    // The chat continues.
    bob.types_line("third");
    alice.shows("third");
    alice.composes("fourth");
    bob.shows("fourth");
    quit(alice);
    quit(bob);
    assert_eq!(run_ok(&world, "alice", &["export", "bob"]).lines().count(), 6);
    assert!(run_ok(&world, "alice", &["check"]).contains(" entries, 0 damaged"));
}

fn readme_bot_repeats_every_message(world: World) {
    let readme = include_str!("../../README.md");
    let bot = readme.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(bot.lines().count() <= 20, "the bot is short");
    let script = world.home().join("bot.py");
    fs::write(&script, bot).unwrap();
    let papo = Path::new(env!("CARGO_BIN_EXE_papo")).parent().unwrap();
    let path = format!("{}:{}", papo.display(), std::env::var("PATH").unwrap());
    let bot = Command::new("python3")
        .arg(&script)
        .env_clear()
        .env("HOME", world.home())
        .env("PATH", path)
        .env("PAPO_ID", "echo")
        .env("PAPO_BROKER", format!("mqtt://127.0.0.1:{}", world.port()))
        .process_group(0)
        .spawn();
    let bot = Bot(bot.unwrap());
    let mut alice = world.start_online("alice");
    alice.shows("● echo");
    alice.asks("echo");
    alice.sees("echo accepted your request");
    alice.composes("--help yourself").types_line("two words");
    alice.until("shows both repeated messages", |screen| {
        let is_repeated = |words: &str| screen.lines().any(|line| !line.contains('✓') && line.contains(words));
        is_repeated("--help yourself") && is_repeated("two words")
    });
    bot.stop();
    quit(alice);
}
