//! Commands for a running papo, or without one: for scripts and bots.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
        process::CommandExt,
    },
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use crate::{World, on_both_brokers, quit};

/// Longer than anything here takes; only a failure waits this long.
const PATIENCE: Duration = Duration::from_secs(20);
const TRIES: usize = 50;

on_both_brokers! {
    two_users_chat_by_commands_alone
    commands_use_the_running_papo
    refusals_have_a_reason_and_an_exit_code
    late_messages_are_sent_later
    invalid_requests_are_refused_with_a_reason
    export_import_and_check_work_beside_a_running_papo
    readme_bot_repeats_every_message
}

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

pub(crate) fn run(world: &World, id: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = command(world, id, arguments).spawn().unwrap();
    // It may exit without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Its output, if it succeeds.
pub(crate) fn says(world: &World, id: &str, arguments: &[&str]) -> String {
    let output = run(world, id, arguments, "");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// `papo tail`, until it is dropped.
pub(crate) struct Tail {
    child: Child,
    lines: Receiver<String>,
}

impl Tail {
    pub(crate) fn start(world: &World, id: &str, arguments: &[&str]) -> Self {
        let mut child = command(world, id, &[&["tail"], arguments].concat()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines }
    }

    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line comes")
    }

    /// Repeats `say` until a line comes, which shows that it listens.
    pub(crate) fn hears(&self, mut say: impl FnMut()) -> String {
        let mut heard = (0..TRIES).filter_map(|_| {
            say();
            self.lines.recv_timeout(Duration::from_millis(200)).ok()
        });
        heard.next().expect("it listens")
    }

    pub(crate) fn stop(mut self) {
        let stopped = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(stopped.success() && self.child.wait().unwrap().success());
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // It may have exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    // Each check starts a program.
    assert!((0..TRIES).any(|_| is_so()), "{what}");
}

/// The broker queues messages for users who have connected before.
fn is_known(world: &World, id: &str) {
    says(world, id, &["users"]);
}

fn two_users_chat_by_commands_alone(world: World) {
    is_known(&world, "bob");
    says(&world, "alice", &["request", "bob"]);
    assert_eq!(says(&world, "alice", &["inbox"]), "chat with bob (pending)\n");
    says(&world, "bob", &["accept", "alice"]);
    // No papo was running when it was accepted.
    says(&world, "alice", &["send", "bob", "shall", "we?"]);
    // A file may begin with a byte order mark and have CRLF line ends.
    let sent = run(&world, "alice", &["send", "bob"], "\u{feff}two\r\nlines\n");
    assert!(sent.status.success(), "{sent:?}");
    for blank in ["\u{feff}\n", " \n\t\n", ""] {
        let refused = run(&world, "alice", &["send", "bob"], blank);
        assert_eq!(refused.status.code(), Some(3), "{blank:?}: {refused:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("The message is empty"), "{refused:?}");
    }
    let tail = Tail::start(&world, "bob", &[]);
    assert_eq!([tail.line(), tail.line()], ["alice alice: shall we?", "alice alice: two␊lines"]);
    says(&world, "alice", &["send", "bob", "--until", "delivered", "still there?"]);
    assert_eq!(tail.line(), "alice alice: still there?");
    tail.stop();
    assert!(says(&world, "alice", &["users"]).starts_with("bob offline"));
    assert_eq!(says(&world, "alice", &["outbox"]), "");
}

fn commands_use_the_running_papo(world: World) {
    let (alice, mut bob, _wire, _) = world.talking();
    let socket = world.home().join(".local/share/papo/alice/papo.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let tail = Tail::start(&world, "alice", &["bob", "--json"]);
    // It listens once it has printed something.
    let heard = tail.hears(|| drop(says(&world, "alice", &["send", "bob", "from a script", "--until", "delivered"])));
    bob.shows("from a script");
    alice.shows("from a script");
    assert!(heard.contains("\"text\":\"from a script\"") && heard.contains("\"author\":\"alice\""), "{heard}");
    bob.types_line("for a script");
    let mut heard = tail.line();
    while heard.contains("from a script") {
        heard = tail.line();
    }
    assert!(heard.contains("\"text\":\"for a script\"") && heard.contains("\"with\":\"bob\""), "{heard}");
    assert!(says(&world, "alice", &["users", "--json"]).contains("\"presence\":\"online\""));
    bob.types_line("/group new devs");
    until("the group is known", || says(&world, "alice", &["groups"]).contains("#devs ★bob"));
    tail.stop();
    quit(alice);
    assert!(!socket.exists(), "the socket goes with the papo");
}

fn refusals_have_a_reason_and_an_exit_code(world: World) {
    for (arguments, code, why) in [
        (["send", "bob", "hello"].as_slice(), 3, "No open chat with bob"),
        (&["send", "#devs", "hello"], 3, "You are not in #devs"),
        (&["send", "b_b", "hello"], 3, "not allowed in a name"),
        (&["accept", "bob"], 3, "The inbox has no such request"),
        (&["request", "alice"], 3, "yourself"),
        (&["send", "bob"], 3, "The message is empty"),
        (&["send", "bob", " \t\n "], 3, "The message is empty"),
        (&["send"], 2, "WHO"),
        (&["send", "bob", "x", "--until", "never"], 2, "never"),
    ] {
        let output = run(&world, "alice", arguments, "");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
}

fn late_messages_are_sent_later(mut world: World) {
    is_known(&world, "bob");
    says(&world, "alice", &["request", "bob"]);
    says(&world, "bob", &["accept", "alice"]);
    says(&world, "alice", &["send", "bob", "first"]);
    world.kill_broker();
    let late = run(&world, "alice", &["send", "bob", "second", "--timeout", "1"], "");
    assert_eq!(late.status.code(), Some(4), "{late:?}");
    assert!(String::from_utf8_lossy(&late.stderr).contains("refused the connection; check"), "{late:?}");
    let listed = run(&world, "alice", &["inbox"], "");
    assert!(String::from_utf8_lossy(&listed.stderr).contains("refused the connection; check"), "{listed:?}");
    assert_eq!(says(&world, "alice", &["outbox"]), "bob: second\n");
    world.restart_broker();
    until("it has gone", || says(&world, "alice", &["outbox"]).is_empty());
    // Bob requests from alice what the killed broker lost.
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
    // A leftover socket is no obstacle.
    drop(UnixListener::bind(&socket).unwrap());
    let alice = world.start_online("alice");
    assert_eq!(says(&world, "alice", &["users"]), "");
    quit(alice);
}

fn export_import_and_check_work_beside_a_running_papo(world: World) {
    is_known(&world, "bob");
    says(&world, "alice", &["request", "bob"]);
    says(&world, "bob", &["accept", "alice"]);
    says(&world, "alice", &["send", "bob", "first"]);
    let mut alice = world.start_online("alice");
    alice.shows("first");
    let mut bob = world.start_online("bob");
    bob.shows("first");
    bob.writes("second");
    alice.shows("second");

    let exported = says(&world, "alice", &["export"]);
    assert_eq!(exported.lines().count(), 2, "{exported}");
    let text = says(&world, "alice", &["export", "bob", "--format", "text"]);
    assert!(text.contains(" alice: first\n") && text.contains(" bob: second\n"), "{text}");
    let file = world.home().join("talk.md");
    let said = says(&world, "alice", &["export", "-f", "markdown", "-o", file.to_str().unwrap()]);
    assert!(said.starts_with("exported 2 messages to "), "{said}");
    assert!(fs::read_to_string(&file).unwrap().contains("**bob** second"));
    let refused = run(&world, "alice", &["export", "nobody"], "");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("nobody"), "{refused:?}");

    // Messages of the same chat from another machine, earlier and later; and of an unknown chat.
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
    let brought = run(&world, "alice", &["import", "-"], &format!("{exported}{}\nnonsense\n", more.join("\n")));
    assert_eq!(String::from_utf8_lossy(&brought.stdout), "messages: 3 new, 2 known, 2 refused\n");
    let aside = String::from_utf8_lossy(&brought.stderr).into_owned();
    assert!(aside.contains("line 7: ") && aside.contains("chats without alice"), "{aside}");
    let brought = run(&world, "alice", &["import", "-"], &more.join("\n"));
    assert_eq!(String::from_utf8_lossy(&brought.stdout), "messages: 0 new, 3 known, 1 refused\n");
    alice.until("shows them in their places", |screen| {
        let places: Vec<_> = ["zeroth", "first", "second", "last of all"].map(|text| screen.find(text)).into();
        places.iter().all(Option::is_some) && places.is_sorted()
    });
    let text = says(&world, "alice", &["export", "#sailors", "--format", "text"]);
    assert!(text.contains("long ago"), "{text}");

    let checked = says(&world, "alice", &["check"]);
    assert!(checked.contains(" entries, 0 damaged"), "{checked}");
    // The chat continues.
    bob.types_line("third");
    alice.shows("third");
    alice.writes("fourth");
    bob.shows("fourth");
    quit(alice);
    quit(bob);
    assert_eq!(says(&world, "alice", &["export", "bob"]).lines().count(), 6);
    assert!(says(&world, "alice", &["check"]).contains(" entries, 0 damaged"));
}

fn readme_bot_repeats_every_message(world: World) {
    let readme = include_str!("../../README.md");
    let bot = readme.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(bot.lines().count() <= 20, "it is short");
    let script = world.home().join("bot.py");
    fs::write(&script, bot).unwrap();
    let papo = Path::new(env!("CARGO_BIN_EXE_papo")).parent().unwrap();
    let path = format!("{}:{}", papo.display(), std::env::var("PATH").unwrap());
    let mut bot = Command::new("python3")
        .arg(&script)
        .env_clear()
        .env("HOME", world.home())
        .env("PATH", path)
        .env("PAPO_ID", "echo")
        .env("PAPO_BROKER", format!("mqtt://127.0.0.1:{}", world.port()))
        .process_group(0)
        .spawn()
        .unwrap();
    let mut alice = world.start_online("alice");
    alice.shows("● echo");
    alice.asks("echo");
    alice.shows("echo accepted your request");
    alice.writes("--help yourself").types_line("two words");
    alice.until("says everything again", |screen| {
        let again = |words: &str| screen.lines().any(|line| line.contains("echo ") && line.contains(words));
        again("--help yourself") && again("two words")
    });
    let stopped = Command::new("kill").args(["-INT", "--", &format!("-{}", bot.id())]).status().unwrap();
    assert!(stopped.success());
    bot.wait().unwrap();
    quit(alice);
}
