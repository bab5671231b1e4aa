//! All topics and payloads have the forms that the protocol describes, and the README's commands do what it says.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use crate::{World, on_both_brokers, quit, terminal::Terminal, wire::Wire};

on_both_brokers! {
    session_publishes_exactly_these_payloads
    every_payload_has_the_form_of_its_topic
    readme_commands_chat_with_papo
    announcements_of_plain_clients_are_understood
}

fn session_publishes_exactly_these_payloads(world: World) {
    let (mut alice, mut bob, wire, topic) = world.talking();
    let started = topic.rsplit('_').next().unwrap().to_owned();
    // Messages published before this RESEND may be published twice.
    wire.has(&format!("bob_Control RESEND {topic} 1"));
    alice.types_line("olá  bob ");
    bob.shows("olá  bob");
    wire.has(&format!("{topic} alice olá  bob "));
    bob.composes("//END");
    wire.has(&format!("{topic} bob /END"));
    alice.shows("/END");
    alice.types_line("/end");
    bob.shows("alice proposed to end this session");
    bob.types_line("/end");
    alice.shows("(ended)");
    bob.until("has its END acknowledged", |screen| screen.contains("(ended)") && !screen.contains("outbox "));
    quit(bob);
    alice.shows("○ bob");
    quit(alice);
    wire.has("USERS alice offline");

    let is_receipt =
        |line: &&String| [" ACK ", " READ ", " RESEND ", " TYPING "].iter().any(|word| line.contains(word));
    let mut by_topic: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in wire.lines().iter().filter(|line| !is_receipt(line) && *line != "hello wire") {
        let (topic, payload) = line.split_once(' ').expect("a line has a topic");
        by_topic.entry(topic.to_owned()).or_default().push(payload.to_owned());
    }
    let accepted = format!("{started} bob");
    let expected = [
        ("USERS", vec!["alice online", "bob online", "bob offline", "alice offline"]),
        ("USERS/alice", vec!["alice online", "alice offline"]),
        ("USERS/bob", vec!["bob online", "bob offline"]),
        ("bob_Control", vec!["REQUEST alice"]),
        ("alice_Control", vec![&accepted]),
        (&topic, vec!["alice olá  bob ", "bob /END", "END", "END"]),
    ];
    let mut expected: BTreeMap<String, Vec<String>> = expected
        .into_iter()
        .map(|(topic, texts)| (topic.to_owned(), texts.into_iter().map(str::to_owned).collect()))
        .collect();
    // Different users' announcements arrive in no fixed order.
    for publications in [&mut by_topic, &mut expected] {
        publications.get_mut("USERS").expect("users announce themselves").sort();
    }
    assert_eq!(by_topic, expected);
}

fn every_payload_has_the_form_of_its_topic(world: World) {
    let (mut alice, mut bob, wire, _) = world.talking();
    alice.types_line("hello");
    bob.shows("hello");
    alice.makes_group("devs");
    wire.has("GROUPS/devs devs alice");
    alice.invites("bob", "devs");
    bob.accepts("alice");
    bob.shows("★alice bob");
    alice.hands_over("devs", "bob");
    wire.has("groups/info devs bob");
    wire.has("GROUPS/devs devs bob alice");
    alice.types_line("in the group");
    wire.has("groups/devs/messages alice in the group");
    bob.shows("made you leader of #devs");
    alice.leaves("devs");
    wire.has("GROUPS/devs devs bob");
    bob.disbands("devs");
    wire.has("GROUPS devs DISBAND");
    wire.has("groups/info devs DISBAND");
    // An empty payload, which mosquitto_sub prints as `(null)`, deletes the retained record.
    wire.has("GROUPS/devs (null)");
    quit(alice);
    quit(bob);
    wire.has("USERS bob offline");
    let invalid: Vec<_> = wire.lines().into_iter().filter(|line| line != "hello wire" && !has_form(line)).collect();
    assert!(invalid.is_empty(), "{invalid:#?}");
}

/// Whether a line `<topic> <payload>` has one of the forms in the protocol's tables.
fn has_form(line: &str) -> bool {
    let Some((topic, payload)) = line.split_once(' ') else { return false };
    let words: Vec<_> = payload.split(' ').collect();
    let levels: Vec<_> = topic.split('/').collect();
    let is_id = |word: &str| ["alice", "bob"].contains(&word);
    let is_number = |word: &str| word.parse::<u64>().is_ok_and(|number| number.to_string() == word);
    let is_session = |word: &str| match word.split('_').collect::<Vec<_>>()[..] {
        [accepter, requester, started] => is_id(accepter) && is_id(requester) && is_number(started),
        _ => false,
    };
    let is_chat = |word: &str| is_session(word) || word == "#devs";
    match (&levels[..], &words[..]) {
        (["USERS", owner], [id, "online" | "offline"]) => is_id(id) && owner == id,
        (["GROUPS" | "groups", ..], ["devs", "CREATE" | "DISBAND"]) => ["GROUPS", "groups/info"].contains(&topic),
        (["GROUPS"] | ["groups", "info"] | ["GROUPS", "devs"], ["devs", leader, members @ ..]) => {
            is_id(leader) && members.iter().all(|member| is_id(member) && member != leader)
        }
        // mosquitto_sub prints an empty payload like this.
        (["GROUPS", "devs"], ["(null)"]) => true,
        (["USERS"], [id, "online" | "offline"])
        | (["groups", "devs", "leader"], [id, "ENTER" | "LEAVE"])
        | (["groups", "devs", "members"], [id])
        | (["groups", "devs", "messages"], [id, _, ..]) => is_id(id),
        ([control], _) if control.strip_suffix("_Control").is_some_and(is_id) => match words[..] {
            ["REQUEST" | "DENIED", id] | ["DENIED", id, "devs"] => is_id(id),
            ["GI", "devs"] => true,
            ["ACK" | "READ", chat, n] => is_chat(chat) && is_number(n),
            ["TYPING", chat] => is_chat(chat),
            ["RESEND", chat, from] => is_chat(chat) && is_number(from),
            ["RESEND", chat, from, upto] => is_chat(chat) && is_number(from) && is_number(upto),
            [started, id] => is_number(started) && is_id(id),
            _ => false,
        },
        ([session], _) if is_session(session) => payload == "END" || words.len() > 1 && is_id(words[0]),
        _ => false,
    }
}

/// Runs the README's commands; only the port and the session's start time are replaced.
fn readme_commands_chat_with_papo(world: World) {
    let readme = include_str!("../../README.md");
    let section = readme.split("## By hand").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let commands: Vec<_> = section.lines().filter(|line| line.starts_with("mosquitto_")).collect();
    let [listen, request, listen_session, send] = commands[..] else { panic!("other commands: {commands:?}") };
    let readme_time = "1763900000000";
    let wire = world.wire();
    let mut bob = world.start_online("bob");

    let control = Shell::run(&world, listen);
    control.awaits_subscription(&wire, "carol_Control");
    Shell::run(&world, request).finish();
    bob.accepts("carol");
    let accepted = control.next();
    let started = accepted.strip_suffix(" bob").unwrap_or_else(|| panic!("carol receives {accepted:?}"));
    let session = Shell::run(&world, &listen_session.replace(readme_time, started));
    session.awaits_subscription(&wire, &format!("bob_carol_{started}"));
    Shell::run(&world, &send.replace(readme_time, started)).finish();
    bob.shows("hello from the shell");
    bob.types_line("hello from the screen");
    assert_eq!([session.next(), session.next()], ["carol hello from the shell", "bob hello from the screen"]);
}

/// Published to find out whether a subscription is active.
const PROBE: &str = "carol is there";

/// A running command of a shell.
struct Shell {
    child: Child,
    lines: Receiver<String>,
}

impl Shell {
    /// Runs a command of mosquitto's clients against the world's broker.
    fn run(world: &World, command: &str) -> Self {
        let (program, rest) = command.trim_end_matches('&').split_once(' ').expect("a command has arguments");
        let line = format!("exec {program} -p {} {rest}", world.port());
        let child = Command::new("sh").args(["-c", &line]).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("sh runs");
        let out = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// Waits until the command has succeeded.
    fn finish(mut self) {
        assert!(crate::wait::exit(&mut self.child).success());
    }

    /// Waits until the subscription is active, which the client does not report.
    fn awaits_subscription(&self, wire: &Wire, topic: &str) {
        let received = (0..1000).any(|_| {
            wire.publish(topic, PROBE);
            self.lines.recv_timeout(Duration::from_millis(20)).is_ok_and(|line| line == PROBE)
        });
        assert!(received, "nothing is received on {topic}");
    }

    /// The next line that is not a probe.
    fn next(&self) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(20)).expect("a line");
            if line != PROBE {
                return line;
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn announcements_of_plain_clients_are_understood(world: World) {
    let wire = world.wire();
    let mut alice = world.start_online("alice");
    wire.publish("USERS", "carol online");
    alice.shows("● carol");
    wire.publish("USERS", "carol offline");
    alice.shows("○ carol");

    wire.publish("GROUPS", "ops dave frank");
    alice.shows("#ops ★dave");
    alice.joins("ops");
    wire.has("groups/ops/leader alice ENTER");
    wire.publish("clients/alice", "DENIED dave ops");
    alice.shows("dave denied your request to join #ops");
    alice.joins("ops");
    alice.shows("(asked)");
    wire.publish("groups/info", "ops dave frank alice");
    wire.has("groups/ops/members alice");
    // The list of groups has no room for the names of all members.
    alice.opens_members();
    alice.until("has leader and member", |screen| screen.contains("dave  ★ leads") && screen.contains("? frank"));
    wire.publish("groups/ops/members", "grace");
    alice.shows("? grace");
    wire.publish("groups/info", "ops frank");
    alice.shows("frank  ★ leads");
    alice.keys("\x1b").hides("★ leads");
    wire.publish("groups/info", "ops DISBAND");
    alice.sees("(ended)");

    // Both users end the session, and the next session has a new topic, but the same tab.
    let session = |alice: &mut Terminal, time: u64, text: &str| {
        alice.asks("carol");
        alice.shows("Asked carol to chat");
        wire.publish("alice_Control", &format!("{time} carol"));
        alice.sees("carol accepted your request");
        alice.opens_tab(2).types_line(text);
        // papo publishes this after it has subscribed, so from now on alice misses no message of carol.
        wire.has(&format!("carol_alice_{time} alice {text}"));
    };
    session(&mut alice, 1_763_900_000_000, "are you there?");
    wire.has("carol_Control REQUEST alice");
    wire.publish("carol_alice_1763900000000", "END");
    alice.shows("carol proposed to end this session");
    alice.types_line("/end");
    wire.has("carol_alice_1763900000000 END");
    alice.shows("(ended)");
    session(&mut alice, 1_763_900_000_001, "and now?");
    wire.publish("carol_alice_1763900000001", "carol once more");
    alice.shows("once more");
}
