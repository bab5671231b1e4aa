//! The stories: the commands of each section, and their results.

use std::{fs, process::Command};

use crate::{
    authority::Authority,
    machine::{ADDRESS, Machine, NAME, Running},
    people::quit,
    terminal::Terminal,
    text::{Story, block},
    wait::{PATIENCE, poll_for, until},
};

/// Runs `make` with `-n`, which only prints the commands: the real ones would rebuild the running tests.
pub fn two_users_start_and_chat(machine: Machine, mut story: Story) {
    for (line, words) in [
        (story.next("make run"), "run --release --locked --"),
        ("make run ID=bob", "-- bob"),
        ("make run ARGS=--demo", "--demo"),
        ("make install", "install --path ."),
        (story.next("make test"), "test --locked"),
    ] {
        let commands = dry_run(line);
        assert!(commands.contains(words), "{line}: {commands}");
    }

    let mut alice = machine.open("us", "papo");
    alice.shows("Your ID:");
    alice.shows("mqtt://127.0.0.1:1883");
    alice.types_line("alice").keys("\r").shows("Welcome, alice.");
    alice.keys("\r").hides("Welcome, alice.");
    alice.shows("● online");
    let mut bob = machine.open("us", "papo");
    bob.shows("already open as alice");
    bob.types_line("bob").shows("● online");
    chat(&mut alice, &mut bob);
    alice.presses_quit().confirms("Quit and stop it?");
    assert_eq!(alice.ends(), 0);
    // bob's papo takes over the broker with all its data.
    bob.shows("○ alice");
    let alice = machine.open("us", "papo");
    alice.shows("● bob");
    bob.types_line("welcome back");
    alice.shows("welcome back");
}

pub fn two_users_join_with_a_login(machine: Machine, mut story: Story) {
    let mut prompt = machine.open("server", story.next("papo broker user add alice"));
    for question in ["Password for alice:", "Again:"] {
        prompt.shows(question);
        // The README's commands contain this placeholder, so it is the real password here.
        prompt.types_line("…");
    }
    assert_eq!(prompt.ends(), 0);
    let added = machine.run("server", story.next("papo broker user add bob"), "his\n");
    assert!(added.status.success(), "{added:?}");
    assert_eq!(machine.says("server", "papo broker user list"), "alice\nbob\n");
    let broker = machine.start_running("server", story.next("papo broker --listen 0.0.0.0"));
    broker.says("listening on mqtt://0.0.0.0:1883");

    let alice = story.next("PAPO_USER=alice PAPO_PASSWORD=… papo alice -b mqtt://192.168.1.10");
    let guess = machine.open("eve", &alice.replace('…', "guess"));
    guess.shows("user name or password");
    drop(guess);
    let mut alice = machine.open("alice", alice);
    let bob = story.next("PAPO_USER=bob PAPO_PASSWORD=… papo bob -b mqtt://192.168.1.10");
    let mut bob = machine.open("bob", &bob.replace('…', "his"));
    chat(&mut alice, &mut bob);
    quit(alice);
    quit(bob);
    broker.stop();
}

/// The environment with bob's login.
const BOB: &str = "PAPO_USER=bob PAPO_PASSWORD=his";

pub fn two_users_join_over_tls(machine: Machine, mut story: Story) {
    // The README's commands contain "…" as alice's password, so it is the real one here.
    for (user, password) in [("alice", "…\n"), ("bob", "his\n")] {
        let added = machine.run("server", &format!("papo broker user add {user}"), password);
        assert!(added.status.success(), "{added:?}");
    }
    let made = machine.says("server", story.next("papo broker cert"));
    let (file, fingerprint) = (after_label(&made, "CA:"), after_label(&made, "SHA-256 of CA:"));
    let file = file.trim_end_matches(" (new)");
    let names = after_label(&made, "certificate for:");
    assert!(file.ends_with("/ca.pem") && names.split(", ").any(|name| name == ADDRESS), "{made}");
    let authority = fs::read_to_string(file).unwrap();
    let broker = machine.start_running("server", story.next("papo broker --listen mqtts://0.0.0.0"));
    broker.says("listening on mqtts://0.0.0.0:8883");
    machine.write("alice", "ca.pem", &authority);
    let compared = machine.says("alice", story.next("openssl x509 -in ca.pem -noout -fingerprint -sha256"));
    assert_eq!(compared.trim().split_once('='), Some(("sha256 Fingerprint", fingerprint)));
    let alice = story.next("PAPO_USER=alice PAPO_PASSWORD=… papo alice -b mqtts://192.168.1.10 --ca-file ca.pem");
    let stranger = machine.open("alice", alice.split(" --ca-file").next().unwrap());
    stranger.shows("comes from an unknown CA");
    quit(stranger);
    let config = format!("broker = \"mqtts://{ADDRESS}\"\nca_file = \"ca.pem\"\n");
    machine.write("bob", ".config/papo/config.toml", &config);
    machine.write("bob", ".config/papo/ca.pem", &authority);
    let (mut alice, mut bob) = (machine.open("alice", alice), machine.open("bob", &format!("{BOB} papo bob")));
    bob.shows("● alice");
    chat(&mut alice, &mut bob);
    quit(alice);
    quit(bob);
    broker.stop();

    // A new certificate covers the given names, and has the same CA.
    let again = machine.says("server", &format!("papo broker cert --name {NAME}"));
    assert_eq!((after_label(&again, "certificate for:"), after_label(&again, "SHA-256 of CA:")), (NAME, fingerprint));
    assert_eq!(fs::read_to_string(file).unwrap(), authority);
    let broker = machine.start_running("server", "papo broker --listen mqtts://0.0.0.0");
    broker.says("listening");
    let report = machine.says("bob", &format!("{BOB} papo doctor --id bob -b mqtts://{NAME}"));
    assert!(report.contains(fingerprint) && report.contains("✓ tls "), "{report}");
}

pub fn users_join_a_broker_with_a_public_name(machine: Machine, mut story: Story) {
    // The machines trust this CA, as they would a public one.
    let authority = Authority::new("public");
    let (certificate, key) = authority.server(&[NAME], -1..1);
    for (file, from) in [("fullchain.pem", certificate), ("privkey.pem", key)] {
        machine.write("server", file, &fs::read_to_string(from).unwrap());
    }
    let trusting_ca = |line: &str| format!("export SSL_CERT_FILE={}; {line}", authority.certificate().display());
    for (user, password) in [("alice", "s3cret\n"), ("bob", "his\n")] {
        let added = machine.run("server", &format!("papo broker user add {user}"), password);
        assert!(added.status.success(), "{added:?}");
    }
    let serve = story.next("papo broker --listen mqtts://0.0.0.0 --cert fullchain.pem --key privkey.pem");
    let broker = machine.start_running("server", serve);
    broker.says("listening on mqtts://0.0.0.0:8883");

    machine.write("alice", ".config/papo/config.toml", &block("On the internet", "toml"));
    machine.program("alice", "pass", "#!/bin/sh\n[ \"$*\" = \"show boat\" ] && echo s3cret\n");
    machine.write("bob", ".config/papo/password", "his\n");
    let config = format!("broker = \"mqtts://{NAME}\"\nuser = \"bob\"\npassword_file = \"password\"\n");
    machine.write("bob", ".config/papo/config.toml", &config);
    let mut bob = machine.open("bob", &trusting_ca("papo bob"));
    bob.shows("● online");
    let report = machine.says("alice", &trusting_ca(story.next("papo doctor -P boat")));
    for good in ["tls", "delivery", "retained", "privacy", "ids"] {
        assert!(report.contains(&format!("✓ {good} ")), "{good}: {report}");
    }
    assert!(!report.contains('✗'), "{report}");
    let doctor = format!("PAPO_ID=bob PAPO_USER=bob PAPO_PASSWORD=guess papo doctor -b mqtts://{NAME}");
    let refused = machine.run("bob", &trusting_ca(&doctor), "");
    assert!(String::from_utf8_lossy(&refused.stdout).contains("✗ connect"), "{refused:?}");
    let mut alice = machine.open("alice", &trusting_ca(story.next("papo -P boat")));
    chat(&mut alice, &mut bob);
    // Other users do not see the doctor's checks.
    assert!(!bob.screen().contains("papo-doctor"), "{}", bob.screen());
    quit(alice);
    quit(bob);
    broker.stop();

    let broker = machine.start_running("server", story.next("papo broker --listen ws://127.0.0.1:8080"));
    broker.says("listening on ws://127.0.0.1:8080");
    let web = machine.write("server", "web.py", include_str!("web.py"));
    let web = machine.start_running("server", &format!("exec python3 {}", web.display()));
    web.says("ready");
    let mut alice = machine.open("alice", &trusting_ca(story.next("papo -P boat -b wss://boat.example.org")));
    alice.shows("● online");
    web.says("GET /mqtt HTTP/1.1");
    let bob = machine.open("bob", &trusting_ca(&format!("papo bob -b wss://{NAME}")));
    alice.shows("● bob");
    alice.composes("through the web");
    bob.shows("through the web");
}

pub fn shell_user_chats(machine: Machine, mut story: Story) {
    let _broker = open_mosquitto(&machine);
    let mut bob = machine.open("bob", "papo bob");
    bob.shows("● online");
    // Commands with & run in the background while the next one is typed.
    let start_listening = |command: &str| machine.start_running("carol", &format!("{command}\nwait"));
    let control = start_listening(story.next("mosquitto_sub -t carol_Control &"));
    wait_until_subscribed(&machine, &control, "carol_Control");
    machine.says("carol", story.next("mosquitto_pub -t bob_Control -m 'REQUEST carol'"));
    bob.accepts("carol");
    let accepted = next(&control);
    let time = accepted.strip_suffix(" bob").unwrap_or_else(|| panic!("carol received {accepted:?}"));
    let with_real_time = |command: &str| command.replace("1763900000000", time);
    let session = start_listening(&with_real_time(story.next("mosquitto_sub -t bob_carol_1763900000000 &")));
    wait_until_subscribed(&machine, &session, &format!("bob_carol_{time}"));
    let send = story.next("mosquitto_pub -t bob_carol_1763900000000 -m 'carol hello from the shell'");
    machine.says("carol", &with_real_time(send));
    bob.shows("hello from the shell");
    bob.types_line("hello from the screen");
    assert_eq!([next(&session), next(&session)], ["carol hello from the shell", "bob hello from the screen"]);
}

pub fn scripts_use_all_commands(machine: Machine, mut story: Story) {
    let _broker = open_mosquitto(&machine);
    let alice = |line: &str| format!("export PAPO_ID=alice; {line}");
    let mut bob = machine.open("bob", "papo bob");
    bob.shows("● online");
    for who in ["alice", "carol", "dave", "eve"] {
        // The broker queues messages for users who have connected before.
        machine.says(who, &format!("papo users --id {who}"));
    }
    machine.says("alice", &alice("papo request bob"));
    bob.accepts("alice");
    bob.shows("Write to alice");
    bob.types_line("/group new crew").shows("#crew ★bob");
    bob.opens_tab(1);

    until("alice's request is accepted", || machine.says("alice", &alice("papo inbox")).contains("accepted"));
    machine.says("alice", &alice(story.next("papo send bob \"the pump is on\"")));
    bob.shows("the pump is on");
    let piped = machine.run("alice", &alice("papo send bob"), "and hot\n");
    assert!(piped.status.success(), "{piped:?}");
    bob.shows("and hot");
    bob.types_line("/group invite crew alice").presses_enter_again();
    until("the invitation arrives", || machine.says("alice", &alice("papo inbox")).contains("#crew"));
    machine.says("alice", &alice("papo accept bob"));
    until("alice is a member", || machine.says("alice", &alice("papo groups")).contains("#crew ★bob alice"));
    machine.says("alice", &alice("papo send '#crew' to all"));
    bob.opens_tab(2).shows("to all");
    bob.opens_tab(1);
    machine.says("alice", &alice(story.next("papo send bob \"come quick\" --until read --timeout 600")));
    assert!(bob.screen().contains("come quick"), "{}", bob.screen());

    for who in ["dave", "eve"] {
        machine.says(who, &format!("papo request alice --id {who}"));
    }
    until("both requests arrive", || {
        let inbox = machine.says("alice", &alice("papo inbox"));
        ["dave", "eve"].iter().all(|who| inbox.contains(who))
    });
    machine
        .says("alice", &alice(story.next("papo request carol; papo accept dave; papo deny eve; papo withdraw carol")));
    for (who, notice) in [("carol", "alice wants to chat"), ("dave", "accepted"), ("eve", "denied")] {
        until(notice, || machine.says(who, &format!("papo inbox --id {who}")).contains(notice));
    }
    group_is_managed(&machine, &mut bob, &mut story);
    machine.says("alice", &alice(story.next("papo block eve; papo unblock eve")));
    let lists = story.next("papo users; papo groups; papo inbox; papo outbox");
    let printed = machine.says("alice", &alice(lists));
    for words in ["bob online", "carol offline", "#crew ★bob", "chat with carol"] {
        assert!(printed.contains(words), "{words}: {printed}");
    }
    let objects = machine.says("alice", &alice(&lists.replace(';', " --json;")));
    for line in objects.lines().filter(|line| line.starts_with('{')) {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    assert!(objects.contains("\"presence\":\"online\""), "{objects}");

    let status = machine.says("alice", &alice(story.next("papo status")));
    assert!(status.contains("online"), "{status}");

    machine.says("sned", "papo users --id sned");
    bob.shows("○ sned");
    machine.says("alice", &alice(story.next("papo forget sned")));
    bob.hides("sned");

    let tail = machine.start_running("alice", &alice(story.next("papo tail bob")));
    let received = poll_for(PATIENCE, || {
        bob.types_line("are you there?");
        tail.soon()
    });
    assert_eq!(received.as_deref(), Some("bob bob: are you there?"));
    tail.stop();
}

/// alice runs the commands for groups one by one; in between, the others answer.
fn group_is_managed(machine: &Machine, bob: &mut Terminal, story: &mut Story) {
    let run = |command: &str| drop(machine.says("alice", &format!("export PAPO_ID=alice; {command}")));
    let listed = |record: &str| {
        let listed = || machine.says("alice", "papo groups --id alice");
        until(record, || listed().lines().any(|line| line == record));
    };
    let line = "papo group new devs; papo group invite devs bob; papo group kick devs eve; papo group lead devs bob";
    let [new, invite, kick, lead] = story.next(line).split("; ").collect::<Vec<_>>()[..] else { panic!("{line}") };
    run(new);
    machine.says("eve", "papo join devs --id eve");
    run("papo accept eve");
    listed("#devs ★alice eve");
    run(invite);
    bob.accepts("alice");
    listed("#devs ★alice eve bob");
    run(kick);
    listed("#devs ★alice bob");
    run(lead);
    bob.shows("made you leader of #devs");
    bob.composes("/deny alice").presses_enter_again();
    listed("#devs ★alice bob");

    let line = "papo join ops; papo group leave ops; papo group disband devs";
    let [join, leave, disband] = story.next(line).split("; ").collect::<Vec<_>>()[..] else { panic!("{line}") };
    bob.makes_group("ops");
    listed("#ops ★bob");
    run(join);
    bob.accepts("alice");
    listed("#ops ★bob alice");
    run(leave);
    listed("#ops ★bob");
    run(disband);
    bob.opens_tab(1).hides("#devs ★");
}

pub fn history_is_exported_and_imported(machine: Machine, mut story: Story) {
    let _broker = open_mosquitto(&machine);
    let (mut alice, mut bob) = (machine.open("alice", "papo alice"), machine.open("bob", "papo bob"));
    chat(&mut alice, &mut bob);
    // All commands run while papo has the profile open.
    let as_alice = |line: &str| format!("export PAPO_ID=alice; {line}");
    machine.says("alice", &as_alice(story.next("papo export > history.jsonl")));
    let history = fs::read_to_string(machine.home("alice").join("history.jsonl")).unwrap();
    let messages: Vec<serde_json::Value> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<_> = messages.iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["shall we look at the pump?", "it is on"]);
    machine.says("alice", &as_alice(story.next("papo export bob --format markdown --output bob.md")));
    let written = fs::read_to_string(machine.home("alice").join("bob.md")).unwrap();
    assert!(written.contains("**alice** shall we look at the pump?") && written.contains("**bob** it is on"));
    let import = as_alice(story.next("papo import history.jsonl"));
    assert_eq!(machine.says("alice", &import), "messages: 0 new, 2 known, 0 refused\n");
    assert!(machine.says("alice", &as_alice("papo check")).contains(" entries, 0 damaged"));

    machine.write("laptop", "history.jsonl", &history);
    assert_eq!(machine.says("laptop", &import), "messages: 2 new, 0 known, 0 refused\n");
    assert_eq!(machine.says("laptop", &as_alice("papo export")).lines().count(), 2);
}

pub fn history_is_moved_and_data_removed(machine: Machine, mut story: Story) {
    let _broker = open_mosquitto(&machine);
    let (mut alice, mut bob) = (machine.open("alice", "NO_COLOR=1 papo alice"), machine.open("bob", "papo bob"));
    chat(&mut alice, &mut bob);
    let has_colours = |papo: &Terminal| {
        papo.with_screen(|screen| {
            let cells = (0..30).flat_map(|row| (0..100).filter_map(move |col| screen.cell(row, col)));
            cells.into_iter().any(|cell| cell.fgcolor() != vt100::Color::Default)
        })
    };
    assert!(has_colours(&bob) && !has_colours(&alice));
    let shown = machine.says("alice", "papo config show --origin");
    assert!(shown.lines().any(|line| line.starts_with("broker = ") && line.contains("default")), "{shown}");
    quit(alice);

    // The history continues on another machine.
    let [old, new] = ["alice", "laptop"].map(|who| machine.home(who).join(".local/share"));
    fs::create_dir_all(&new).unwrap();
    machine.says("laptop", &format!("cp -r {}/papo {}", old.display(), new.display()));
    machine.says("laptop", "papo send bob 'from my laptop' --until delivered --id alice");
    bob.shows("from my laptop");
    assert!(machine.says("laptop", "papo export --id alice").contains("it is on"));

    let kept = || machine.run("bob", "mosquitto_sub -t USERS/alice -C 1 -W 1", "").stdout;
    assert_eq!(String::from_utf8_lossy(&kept()), "alice offline\n");
    machine.says("alice", story.next("mosquitto_pub -r -n -t USERS/alice"));
    assert!(kept().is_empty());
    machine.says("alice", story.next("rm -rf ~/.config/papo ~/.local/share/papo ~/.local/state/papo"));
    let left = machine.says("alice", "find . -name '*papo*'");
    assert_eq!(left, "");
}

/// Starts a mosquitto without logins, which stores retained and queued messages.
fn open_mosquitto(machine: &Machine) -> Running {
    let kept = machine.home("server").join("data");
    fs::create_dir_all(&kept).unwrap();
    let lines = "listener 1883\nallow_anonymous true\npersistence true\nautosave_interval 1\nautosave_on_changes true\n\
        max_queued_messages 0\nset_tcp_nodelay true\n";
    machine.mosquitto("server", &format!("{lines}persistence_location {}/\n", kept.display()))
}

/// The two users start a chat with a request, and each sends a message.
fn chat(alice: &mut Terminal, bob: &mut Terminal) {
    alice.opens_chat("alice", bob, "bob");
    alice.composes("shall we look at the pump?");
    bob.shows("shall we look at the pump?");
    bob.types_line("it is on");
    alice.shows("it is on");
}

/// The commands that this line would run, from `make -n`.
fn dry_run(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(words[0], "make");
    let output =
        Command::new("make").arg("-n").args(&words[1..]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The text after a label.
#[track_caller]
fn after_label<'a>(text: &'a str, label: &str) -> &'a str {
    let found = text.lines().find_map(|line| line.strip_prefix(label));
    found.unwrap_or_else(|| panic!("no {label}: {text}")).trim()
}

/// The message that tests whether a subscription is active.
const PROBE: &str = "carol is there";

/// Publishes [`PROBE`] until `running` prints it, because `mosquitto_sub` does not report that its subscription is
/// active.
fn wait_until_subscribed(machine: &Machine, running: &Running, topic: &str) {
    until("the subscription is active", || {
        machine.says("carol", &format!("mosquitto_pub -q 1 -t {topic} -m '{PROBE}'"));
        running.soon().is_some_and(|line| line == PROBE)
    });
}

/// The next line that is not [`PROBE`].
fn next(running: &Running) -> String {
    loop {
        let line = running.line();
        if line != PROBE {
            return line;
        }
    }
}

pub fn users_join_a_shared_mosquitto(machine: Machine, mut story: Story) {
    let printed = machine.says("server", story.next("papo acl alice bob --prefix papo/ --generate --output mosquitto"));
    let password = after_label(&printed, "alice ").to_owned();
    let added = machine.run("server", story.next("papo acl carol --output mosquitto"), "hers\n");
    assert!(added.status.success(), "{added:?}");
    machine.says("server", story.next("papo acl --remove bob --output mosquitto"));
    let (_, lines) = printed.split_once("Add this to mosquitto.conf:\n").expect("instructions for mosquitto.conf");
    let lines = lines.split("\n\n").find(|part| part.contains("listener 1883")).expect("a listener");
    let _broker = machine.mosquitto("server", &format!("{}\n", lines.trim()));

    for who in ["alice", "bob", "carol"] {
        machine.write(who, ".config/papo/config.toml", "topic_prefix = \"papo/\"\n");
    }
    let join = story.next("PAPO_USER=alice PAPO_PASSWORD=… papo alice -b mqtt://192.168.1.10");
    let mut alice = machine.open("alice", &join.replace('…', &password));
    alice.shows("● online");
    let removed = after_label(&printed, "bob ");
    let bob = machine.open("bob", &format!("PAPO_USER=bob PAPO_PASSWORD={removed} papo bob -b mqtt://{ADDRESS}"));
    bob.shows("check user name");
    let mut carol =
        machine.open("carol", &format!("PAPO_USER=carol PAPO_PASSWORD=hers papo carol -b mqtt://{ADDRESS}"));
    alice.opens_chat("alice", &mut carol, "carol");
    carol.types_line("below a prefix");
    alice.shows("below a prefix");
}
