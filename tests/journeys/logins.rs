//! Two users can do everything on a broker with logins and access rules.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::{World, broker::free_port, commands::command, own::OwnBroker, quit, terminal::Terminal, wait};

/// Adds a user to papo's own broker with `papo broker user add`; returns what it prints to stderr.
pub fn add_user(state: &Path, name: &str, password: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(["broker", "user", "add", name, "--state"])
        .arg(state)
        .env("HOME", state)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    String::from_utf8(crate::wait::output(child).stderr).unwrap()
}

#[test]
fn everything_works_with_logins() {
    let homes = tempfile::tempdir().unwrap();
    let state = homes.path().join("broker");
    for name in ["alice", "bob"] {
        assert_eq!(add_user(&state, name, &format!("{name}'s secret")), "");
    }
    assert!(add_user(&state, "bob", "x").contains("user bob exists"));
    let broker = OwnBroker::start(&state);
    everything_users_do(|name, password| {
        let own = format!("{name}'s secret");
        with_login(homes.path(), broker.port(), name, password.unwrap_or(&own))
    });
}

/// Starts papo with a user name and a password, and with `config.toml` in `home` if that file exists.
pub fn with_login(home: &Path, port: u16, name: &str, password: &str) -> Terminal {
    let (url, config) = (format!("mqtt://127.0.0.1:{port}"), home.join("config.toml"));
    let mut words = vec![name, "-b", &url];
    if config.exists() {
        words.extend(["-c", config.to_str().expect("the path is text")]);
    }
    Terminal::start_with(home, &words, &[("PAPO_USER", name), ("PAPO_PASSWORD", password)], (100, 30))
}

/// alice and bob chat, create and join a group, hand it over, leave and quit. `start` starts papo for a user with the
/// given password; `None` is the user's real password.
pub fn everything_users_do(start: impl Fn(&str, Option<&str>) -> Terminal) {
    let intruder = start("alice", Some("a guess"));
    intruder.shows("user name");
    quit(intruder);

    let (mut alice, mut bob) = (start("alice", None), start("bob", None));
    alice.opens_chat("alice", &mut bob, "bob");
    alice.composes("hello");
    bob.shows("alice  hello");
    alice.until("has two ticks", |screen| screen.contains("✓✓"));

    alice.types_line("/group new devs").types_line("first words");
    alice.shows("#devs");
    bob.shows("#devs");
    bob.joins("devs");
    alice.accepts("bob");
    bob.sees("You are in #devs now");
    alice.composes("welcome");
    bob.shows("welcome");
    bob.types_line("glad to be here");
    alice.shows("glad to be here");
    bob.until("shows that the message is delivered", |screen| screen.matches("✓✓").count() == 1);
    alice.hands_over("devs", "bob");
    bob.shows("made you leader");
    bob.types_line("/accept alice");
    bob.hides("1 request");
    alice.leaves("devs");
    alice.shows("You have left this group");
    bob.until("shows bob as the only member", |screen| screen.contains("#devs ★bob") && !screen.contains("★bob alice"));
    bob.disbands("devs");
    bob.sees("Disbanded #devs");
    // papo has a notice for every publication that the broker refuses.
    for papo in [&mut alice, &mut bob] {
        papo.has_sent_all();
        let notices = papo.opens_log().shows("Notices");
        assert!(!notices.contains("Not sent to"), "{notices}");
        papo.keys("\x1b").hides("Notices");
    }
    quit(alice);
    bob.shows("○ alice");
    quit(bob);
}

/// papo's own broker with users refuses a message in a group that it does not know.
#[test]
fn messages_wait_until_the_broker_knows_the_group_again() {
    let mut world = World::with_logins(&["alice", "bob"]);
    let start = |name| with_login(&world.home(), world.port(), name, "secret");
    let (mut alice, mut bob) = (start("alice"), start("bob"));
    alice.opens_chat("alice", &mut bob, "bob");
    alice.types_line("/group new devs");
    alice.shows("#devs");
    bob.shows("#devs");
    bob.joins("devs");
    alice.accepts("bob");
    bob.sees("You are in #devs now");

    world.kill_broker();
    std::fs::remove_file(world.home().join("broker/broker.redb")).unwrap();
    for papo in [&mut alice, &mut bob] {
        papo.shows("retrying");
        papo.composes("written meanwhile");
    }
    world.restart_broker();
    for papo in [&mut alice, &mut bob] {
        papo.shows("● online");
        papo.composes("written at once");
    }
    for papo in [&mut alice, &mut bob] {
        papo.until("has all four", |screen| screen.matches("written").count() == 4);
        papo.has_sent_all();
        papo.hides("✗");
    }
    quit(alice);
    quit(bob);
}

#[test]
fn text_that_waits_for_a_group_says_why() {
    let mut world = World::with_logins(&["alice", "bob"]);
    let start = |world: &World, name| with_login(&world.home(), world.port(), name, "secret");
    let (mut alice, mut bob) = (start(&world, "alice"), start(&world, "bob"));
    alice.shows("● online");
    alice.types_line("/group new devs");
    bob.shows("#devs");
    bob.joins("devs");
    alice.accepts("bob");
    bob.sees("You are in #devs now");
    quit(alice);
    world.kill_broker();
    std::fs::remove_file(world.home().join("broker/broker.redb")).unwrap();
    bob.shows("retrying");
    world.restart_broker();
    bob.shows("● online");
    bob.composes("hello, all");
    bob.shows("The broker does not know #devs; messages wait until its leader is online");
    let outbox = |words: &[&str]| {
        let output = wait::output(command(&world, "bob", words).spawn().unwrap());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(outbox(&["outbox"]), "#devs: hello, all (waiting: the broker does not know the group yet)\n");
    assert!(outbox(&["outbox", "--json"]).contains("\"waits_because\":\"the broker does not know the group yet\""));
    bob.types_line("/outbox");
    bob.shows("waiting: the broker does not know the group yet");
    bob.keys("\x1b");

    let alice = start(&world, "alice");
    bob.has_sent_all();
    alice.shows("hello, all");
    quit(alice);
    quit(bob);
}

/// papo's own broker, in a folder of `homes`, with alice as its only user; and its URL.
fn broker_of_alice(homes: &Path) -> (OwnBroker, String) {
    let state = homes.join("broker");
    assert_eq!(add_user(&state, "alice", "alice's secret"), "");
    let broker = OwnBroker::start(&state);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    (broker, url)
}

#[test]
fn login_is_typed_on_the_screen() {
    let homes = tempfile::tempdir().unwrap();
    let (_broker, url) = broker_of_alice(homes.path());
    let mut alice = Terminal::start(homes.path(), &["alice", "-b", &url], (100, 30));
    alice.shows("this broker wants a login");
    // What is typed before the answer of the broker arrives goes into the field, too.
    alice.keys("a guess").shows("•••••••");
    alice.keys("\ranother").shows("wrong user name or password");
    alice.shows("•••••••");
    alice.keys("\x15").hides("•");
    alice.keys("alice's secret").shows(&"•".repeat(14));
    assert!(!alice.screen().contains("secret"));
    alice.keys("\r").shows("● online");
    alice.hides("Password of alice");
    quit(alice);
    assert!(!contains(homes.path(), b"alice's secret"), "the password is kept for this run only");
}

/// A screen reader reads what is printed, so nothing of the password is.
#[test]
fn login_is_typed_in_line_mode() {
    let homes = tempfile::tempdir().unwrap();
    let (_broker, url) = broker_of_alice(homes.path());
    let mut alice = Terminal::start(homes.path(), &["alice", "--linear", "-b", &url], (100, 30));
    alice.shows("Password of alice, for this run only:");
    for tries in 1..=2 {
        alice.keys("a guess\r");
        alice.until("says each time that it was wrong", |screen| {
            screen.matches("the broker does not accept this user name or password").count() == tries
        });
    }
    alice.keys("\r").shows("A password is needed");
    alice.keys("alice's secret\r").shows("connection: online");
    alice.until("is ready for messages", |screen| screen.lines().any(|line| line.starts_with("papo>")));
    let written = String::from_utf8_lossy(&alice.raw()).into_owned();
    assert!(!written.contains("guess") && !written.contains("secret") && !written.contains('•'), "{written}");
    alice.types_line("/quit");
    assert_eq!(alice.ends(), 0);
    assert!(!contains(homes.path(), b"alice's secret"), "the password is no message");
}

/// papo begins at a random broker of the list. The other one is down.
#[test]
fn login_is_typed_for_the_broker_of_the_list_that_wants_one() {
    let homes = tempfile::tempdir().unwrap();
    let (_broker, url) = broker_of_alice(homes.path());
    let down = format!("mqtt://127.0.0.1:{}", free_port());
    for start in 0..4 {
        let home = homes.path().join(start.to_string());
        let folder = home.join(".config/papo");
        std::fs::create_dir_all(&folder).unwrap();
        let brokers = [&url, &down];
        std::fs::write(folder.join("config.toml"), format!("broker = {brokers:?}\n[profiles.alice]\n")).unwrap();
        let mut alice = Terminal::start(&home, &["alice"], (100, 30));
        alice.shows("Password of alice");
        let prompt_says = |screen: &str, words: &str| {
            screen.lines().any(|line| line.contains(&format!("│ {words}")) && line.trim_end().ends_with('│'))
        };
        // Several rounds at the broker that is down.
        alice.until("papo has gone on trying", |screen| screen.contains("retrying in 2 s"));
        let screen = alice.screen();
        assert!(prompt_says(&screen, "this broker wants a login"), "{screen}");
        assert!(!screen.contains("nothing listens"), "{screen}");
        let header = screen.lines().next().unwrap();
        assert!(header.contains(&url) || !header.contains('@'), "{header}");
        alice.keys("alice's secret\r").shows("● online");
        quit(alice);
    }
}

#[test]
fn papo_comes_back_as_soon_as_the_broker_takes_passwords_again() {
    let homes = tempfile::tempdir().unwrap();
    let (_broker, url) = broker_of_alice(homes.path());
    let mut alice = Terminal::start(homes.path(), &["alice", "-b", &url], (100, 30));
    alice.shows("Password of alice");
    // Six wrong passwords at once: the broker takes the next 24 s later.
    let guess = |home: usize| {
        let home = homes.path().join(home.to_string());
        Command::new(env!("CARGO_BIN_EXE_papo"))
            .args(["status", "--id", "alice", "-b", &url])
            .envs([("HOME", home.as_os_str()), ("PAPO_USER", "alice".as_ref()), ("PAPO_PASSWORD", "x".as_ref())])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    for mut guess in (0..6).map(guess).collect::<Vec<_>>() {
        guess.wait().unwrap();
    }
    alice.keys("alice's secret\r").shows("Too many failed logins. papo tries");
    let screen = alice.keys("\x1b").shows("Login closed; /reconnect asks for it again");
    assert!(screen.contains("retrying in") && screen.contains("too many failed logins"), "{screen}");
    assert!(!screen.contains("wait about a minute"), "the header counts down instead: {screen}");
    alice.types_line("/help");
    alice.shows("Keys");
    alice.keys("\x1b").shows("● online");
    assert!(!alice.screen().contains("Password of alice"));
    quit(alice);
}

#[test]
fn mended_password_is_read_by_reconnect() {
    let homes = tempfile::tempdir().unwrap();
    let (_broker, url) = broker_of_alice(homes.path());
    let secret = homes.path().join("secret");
    let config = homes.path().join("config.toml");
    let lines = format!("user = \"alice\"\npassword_file = \"{}\"\n", secret.display());
    std::fs::write(&config, lines).unwrap();
    std::fs::write(&secret, "a guess").unwrap();
    let words = ["alice", "-b", &url, "-c", config.to_str().expect("the path is text")];
    let mut alice = Terminal::start(homes.path(), &words, (100, 30));
    alice.shows("does not accept this user name or password");
    std::fs::write(&secret, "alice's secret").unwrap();
    alice.types_line("/reconnect");
    alice.shows("● online");
    quit(alice);
}

#[test]
fn request_with_a_wrong_login_is_queued_and_says_so_at_once() {
    let homes = tempfile::tempdir().unwrap();
    let (_broker, url) = broker_of_alice(homes.path());
    let run = |words: &[&str]| {
        let login = [("PAPO_USER", "alice"), ("PAPO_PASSWORD", "x"), ("PAPO_ID", "alice"), ("PAPO_BROKER", &url)];
        let mut papo = Command::new(env!("CARGO_BIN_EXE_papo"));
        papo.args(words).env("HOME", homes.path()).envs(login).output().unwrap()
    };
    let request = run(&["request", "bob", "--timeout", "600"]);
    let stderr = String::from_utf8(request.stderr).unwrap();
    assert_eq!(request.status.code(), Some(4), "{stderr}");
    assert!(
        stderr.contains("does not accept this user name or password")
            && stderr.contains("it is queued in the outbox")
            && !stderr.contains("/reconnect"),
        "{stderr}"
    );
    let outbox = run(&["outbox"]);
    assert!(String::from_utf8_lossy(&outbox.stdout).contains("bob"), "{outbox:?}");
}

/// Whether a file in the folder contains these bytes.
fn contains(folder: &Path, wanted: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            contains(&path, wanted)
        } else {
            std::fs::read(path).is_ok_and(|bytes| bytes.windows(wanted.len()).any(|part| part == wanted))
        }
    })
}

#[test]
fn first_user_is_told_that_the_running_broker_lets_everyone_in() {
    let homes = tempfile::tempdir().unwrap();
    let state = homes.path().join("broker");
    let _broker = OwnBroker::start(&state);
    let note = add_user(&state, "alice", "secret");
    assert!(note.contains("the running broker had no users, so it lets everyone in"), "{note}");
    assert_eq!(add_user(&state, "bob", "secret"), "", "it is said once");
}

#[test]
fn broker_without_users_refuses_to_listen_on_all_addresses() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(["broker", "--listen", "0.0.0.0:0"])
        .env("HOME", home.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && stderr.contains("papo broker user add") && stderr.contains("--open"),
        "{stderr}"
    );
}
