//! Attacks over real connections on mosquitto, with the files of `papo acl` and with the configuration of docker/.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use base64::Engine as _;
use rumqttc::v5::{
    AsyncClient, ConnectionError, MqttOptions,
    mqttbytes::{
        QoS,
        v5::{ConnectReturnCode, LastWill},
    },
};

use crate::{
    acl::{papo_acl, printed_configuration, write_files},
    attacker::Client,
    broker::Broker,
};

const USERS: [&str; 4] = ["alice", "bob", "carol", "eve"];

/// The access that the embedded broker denies and mosquitto's rules cannot deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// Anyone may read and write sessions: their topics are on the level of control topics, and a rule covers a whole
    /// level.
    Session,
    /// Anyone may read and write all other topics on that level.
    Level,
    /// Anyone may read and write in groups: members change, and rules do not.
    Group,
    /// Anyone may write the record of a group: leaders change, and rules do not.
    Record,
}

/// The reason why the embedded broker is stricter, and the initials of the users who may read and write there.
type Stricter = Option<(Gap, &'static str, &'static str)>;

/// A topic, and the initials of the users who may read it and who may write it: alice, bob (leader of devs), carol
/// (member of devs) and eve.
const TABLE: [(&str, &str, &str, Stricter); 21] = [
    ("alice_Control", "a", "abce", None),
    ("bob_Control", "b", "abce", None),
    ("clients/alice", "a", "abce", None),
    ("clients/bob", "b", "abce", None),
    ("USERS/alice", "abce", "a", None),
    ("USERS/eve", "abce", "e", None),
    ("USERS/nobody", "abce", "", None),
    ("USERS", "abce", "abce", None),
    ("GROUPS", "abce", "abce", None),
    ("groups/info", "abce", "abce", None),
    ("GROUPS/devs", "abce", "abce", Some((Gap::Record, "abce", "b"))),
    ("groups/devs/leader", "abce", "abce", Some((Gap::Group, "b", "abce"))),
    ("groups/devs/members", "abce", "abce", Some((Gap::Group, "bc", "bc"))),
    ("groups/devs/messages", "abce", "abce", Some((Gap::Group, "bc", "bc"))),
    ("alice_bob_1763900000000", "abce", "abce", Some((Gap::Session, "ab", "ab"))),
    ("elsewhere", "abce", "abce", Some((Gap::Level, "", ""))),
    ("elsewhere/deep", "", "", None),
    ("groups/devs", "", "", None),
    ("groups/devs/other", "", "", None),
    ("USERS/alice/deep", "", "", None),
    ("clients/bob/deep", "", "", None),
];

/// The topics of the table whose column has the user's `letter`.
fn topics(prefix: &str, user: &str, column: impl Fn(usize) -> &'static str) -> BTreeSet<String> {
    let is_in = |&index: &usize| column(index).contains(&user[..1]);
    (0..TABLE.len()).filter(is_in).map(|index| format!("{prefix}{}", TABLE[index].0)).collect()
}

/// Writes the files of `papo acl` for every user in the table, and adds `root`, who may read and write everything: papo
/// keeps lines that it did not write. Returns the lines for mosquitto.conf.
fn files(folder: &Path, prefix: &str) -> Vec<String> {
    write_files(folder, &USERS[..2], prefix);
    let rules = folder.join("acl");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text + "user root\ntopic readwrite #\ntopic read $SYS/#\n").unwrap();
    let added =
        Command::new("mosquitto_passwd").arg("-b").arg(folder.join("passwords")).args(["root", "root"]).status();
    assert!(added.unwrap().success());
    printed_configuration(&papo_acl(folder, &USERS, &USERS.join("\n")))
}

/// Starts mosquitto with these files and the configuration that `papo acl` prints.
fn start(folder: &Path, prefix: &str) -> Broker {
    let lines = files(folder, prefix);
    // The test sets these itself.
    let replaced = ["listener ", "max_queued_messages ", "persistence ", "autosave_"];
    let lines: Vec<_> =
        lines.into_iter().filter(|line| !replaced.iter().any(|start| line.starts_with(start))).collect();
    Broker::start_with(&(lines.join("\n") + "\n"))
}

/// Attacks a broker that should enforce the rules of [`TABLE`].
async fn attack(port: u16, prefix: &str) {
    check_reading(port, prefix).await;
    check_writing(port, prefix).await;
    check_identity(port, prefix).await;
}

/// Checks that every user, who subscribes to everything in every way, receives only what the table allows.
async fn check_reading(port: u16, prefix: &str) {
    let mut root = Client::connect(port, "root").await;
    let outside = format!("{}outside", if prefix.is_empty() { "deep/" } else { "" });
    let all = || TABLE.iter().map(|(topic, ..)| format!("{prefix}{topic}")).chain([outside.clone()]);
    for topic in all() {
        assert!(root.may_publish(&topic, true, "retained").await);
    }
    for user in USERS {
        let mut client = Client::connect(port, user).await;
        let wildcards = ["#", "+", "+/#", "$SYS/#", "$share/x/#", "$share/y/+/+"].map(str::to_owned);
        for filter in
            all().chain(wildcards).chain([format!("{prefix}clients/+"), format!("$share/z/{prefix}clients/bob")])
        {
            // mosquitto accepts every subscription, and filters what it delivers.
            assert!(client.may_subscribe(&filter).await, "{user} {filter}");
        }
        for topic in all() {
            assert!(root.may_publish(&topic, false, "live").await);
        }
        let end = format!("{user}'s end");
        assert!(root.may_publish(&format!("{prefix}USERS/{user}"), false, &end).await);
        assert_eq!(client.hears_until(&end).await, topics(prefix, user, |index| TABLE[index].1), "{user} reads");
    }
    // The messages that users do not receive exist: root receives all.
    assert!(root.may_subscribe("$SYS/#").await && root.may_subscribe("#").await);
    assert!(root.may_publish("end", false, "root's end").await);
    let received = root.hears_until("root's end").await;
    assert!(received.iter().any(|topic| topic.starts_with("$SYS/")) && all().all(|topic| received.contains(&topic)));
    for topic in all() {
        assert!(root.may_publish(&topic, true, "").await);
    }
}

/// Checks that every user can publish only what the table allows.
async fn check_writing(port: u16, prefix: &str) {
    let mut root = Client::connect(port, "root").await;
    assert!(root.may_subscribe("#").await);
    for user in USERS {
        let mut written = BTreeSet::new();
        let others = ["$SYS/x", "deep/outside"].map(str::to_owned);
        for topic in TABLE.iter().map(|(topic, ..)| format!("{prefix}{topic}")).chain(others) {
            // A new connection for each topic, because mosquitto may close it.
            if Client::connect(port, user).await.may_publish(&topic, false, "mine").await {
                written.insert(topic);
            }
        }
        assert_eq!(written, topics(prefix, user, |index| TABLE[index].2), "{user} writes");
        let end = format!("{user}'s end");
        assert!(root.may_publish("end", false, &end).await);
        assert_eq!(root.hears_until(&end).await, written, "mosquitto delivers only permitted publications");
    }
}

/// Checks that no user can act as another, by login, client ID or will.
async fn check_identity(port: u16, prefix: &str) {
    use ConnectReturnCode::NotAuthorized;

    let connect_error = async |id: &str, change: fn(&mut MqttOptions)| {
        Client::try_connect(port, id, change).await.map(|_| "let in").unwrap_err()
    };
    assert_eq!(connect_error("mallory", |_| ()).await, NotAuthorized);
    assert_eq!(connect_error("eve", |options| _ = options.set_credentials("eve", "guess")).await, NotAuthorized);
    assert_eq!(connect_error("eve", |options| _ = options.set_credentials("eve", "")).await, NotAuthorized);
    let (_sender, mut events) = AsyncClient::new(MqttOptions::new("eve", "127.0.0.1", port), 8);
    let error = crate::attacker::next(&mut events).await.unwrap_err();
    assert!(matches!(error, ConnectionError::ConnectionRefused(NotAuthorized)), "without a user name: {error}");

    // mosquitto ignores the client ID: eve cannot take bob's session and its queue.
    let keep_session = |options: &mut MqttOptions| {
        options.set_clean_start(false).set_session_expiry_interval(Some(3600));
    };
    let control = format!("{prefix}clients/bob");
    let mut bob = Client::try_connect(port, "bob", keep_session).await.unwrap();
    assert!(bob.may_subscribe(&control).await);
    drop(bob);
    let mut alice = Client::connect(port, "alice").await;
    assert!(alice.may_publish(&control, false, "REQUEST alice").await);
    for is_clean in [true, false] {
        let as_eve = |options: &mut MqttOptions| {
            options.set_credentials("eve", "eve").set_clean_start(is_clean);
        };
        let eve = Client::try_connect(port, "bob", as_eve).await.unwrap();
        assert!(!eve.connected.session_present);
    }
    let mut bob = Client::try_connect(port, "bob", keep_session).await.unwrap();
    assert!(bob.connected.session_present);
    assert_eq!(bob.receive().await, "REQUEST alice");

    // The broker checks the rules when it publishes the will.
    let presence = |user: &str| format!("{prefix}USERS/{user}");
    assert!(alice.may_subscribe(&presence("+")).await);
    for (topic, text) in [(presence("bob"), "bob offline"), (presence("eve"), "eve offline")] {
        let with_will = |options: &mut MqttOptions| {
            options.set_last_will(LastWill::new(topic, text, QoS::AtLeastOnce, false, None));
        };
        drop(Client::try_connect(port, "eve", with_will).await.unwrap());
        // eve's next connection ends the previous one, which publishes the will.
        Client::connect(port, "eve").await;
    }
    assert_eq!(alice.receive().await, "eve offline", "mosquitto published bob's presence for eve");
}

#[tokio::test]
async fn rules_of_papo_acl_hold() {
    let folder = tempfile::tempdir().unwrap();
    attack(start(folder.path(), "").port(), "").await;
}

#[tokio::test]
async fn rules_of_papo_acl_hold_below_a_prefix() {
    let folder = tempfile::tempdir().unwrap();
    attack(start(folder.path(), "home/papo/").port(), "home/papo/").await;
}

/// A mosquitto, not started yet, with docker/mosquitto.conf, in which only paths, ports and the log are changed. Its
/// certificates are created by the commands of docker/README.md.
fn docker_broker(folder: &Path, tls: u16) -> Broker {
    let certs = folder.join("certs");
    fs::create_dir(&certs).unwrap();
    let readme = include_str!("../../docker/README.md");
    let commands = readme
        .split("```")
        .find(|block| block.contains("openssl req"))
        .expect("the README has commands that create certificates");
    let commands = commands.trim_start_matches("sh\n").replace("HOST=chat.example", "HOST=localhost");
    let created = Command::new("bash").args(["-ec", &commands]).current_dir(folder).output().unwrap();
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    files(folder, "");
    Broker::written(|data, port| {
        let [folder, data, certs] = [folder, data, &certs].map(|path| format!("{}/", path.display()));
        let changes = [
            ("listener 1883", format!("listener {port} 127.0.0.1")),
            ("listener 8883", format!("listener {tls} 127.0.0.1")),
            ("/mosquitto/users/", folder),
            ("/mosquitto/data/", data),
            ("/mosquitto/certs/", certs),
            ("log_dest stdout", "log_dest none".to_owned()),
        ];
        let text = changes.iter().fold(include_str!("../../docker/mosquitto.conf").to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "docker/mosquitto.conf does not contain {from:?}");
            text.replace(from, to)
        });
        // If root runs the test, mosquitto must stay root; as another user it could not read the folder.
        format!("{text}\nuser root\n")
    })
}

#[tokio::test]
async fn rules_of_papo_acl_hold_with_the_docker_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = docker_broker(folder.path(), crate::broker::free_port());
    broker.restart();
    attack(broker.port(), "").await;
}

#[tokio::test]
async fn docker_configuration_keeps_queued_messages_over_a_restart() {
    const COUNT: usize = 1_500;
    let folder = tempfile::tempdir().unwrap();
    let mut broker = docker_broker(folder.path(), crate::broker::free_port());
    broker.restart();
    let keep_session = |options: &mut MqttOptions| {
        options.set_clean_start(false).set_session_expiry_interval(Some(3600));
    };
    let mut bob = Client::try_connect(broker.port(), "bob", keep_session).await.unwrap();
    assert!(bob.may_subscribe("clients/bob").await);
    drop(bob);
    let mut alice = Client::connect(broker.port(), "alice").await;
    for n in 0..COUNT {
        assert!(alice.may_publish("clients/bob", false, &n.to_string()).await);
    }
    broker.stop();

    broker.restart();
    let mut bob = Client::try_connect(broker.port(), "bob", keep_session).await.unwrap();
    assert!(bob.connected.session_present);
    for n in 0..COUNT {
        assert_eq!(bob.receive().await, n.to_string());
    }
}

#[test]
fn docker_configuration_requires_a_login_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let port = crate::broker::free_port();
    let mut broker = docker_broker(folder.path(), port);
    broker.restart();
    let publish = |arguments: &[&str]| {
        let mut command = Command::new("mosquitto_pub");
        command.args(["-h", "localhost", "-p", &port.to_string(), "-V", "5", "-q", "1", "-m", "x"]).args(arguments);
        let output = command.current_dir(folder.path()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (tls, alice) = (["--cafile", "certs/ca.crt"], ["-u", "alice", "-P", "alice"]);
    let publish_over_tls = |arguments: &[&str]| publish(&[&tls[..], arguments].concat());
    assert_eq!(publish_over_tls(&[&alice[..], &["-t", "clients/bob"]].concat()), (true, String::new()));
    assert!(publish_over_tls(&[&alice[..], &["-t", "USERS/bob"]].concat()).1.contains("Not authorized"));
    assert!(!publish_over_tls(&["-t", "clients/bob"]).0, "without a login");
    assert!(!publish_over_tls(&["-u", "alice", "-P", "bob", "-t", "clients/bob"]).0, "with a wrong password");
    let (done, _) = publish(&[&alice[..], &["-t", "clients/bob"]].concat());
    assert!(!done, "mosquitto accepts a publication without TLS");
}

#[cfg(feature = "broker")]
#[test]
fn rules_differ_from_the_embedded_broker_only_by_documented_gaps() {
    use papo::{
        broker::access::{Groups, Publishing, may_subscribe},
        domain::UserId,
    };
    let mut gaps = BTreeSet::new();
    for (topic, read, write, gap) in TABLE {
        let (own_read, own_write) = gap.map_or((read, write), |(gap, read, write)| {
            gaps.insert(gap);
            (read, write)
        });
        assert!(
            gap.is_none() || (own_read, own_write) != (read, write),
            "{topic}: the table lists a gap without a difference"
        );
        let is_stricter = |own: &str, mosquitto: &str| own.chars().all(|letter| mosquitto.contains(letter));
        assert!(is_stricter(own_read, read) && is_stricter(own_write, write), "{topic}");
        for user in USERS {
            let records = [("GROUPS/devs", &b"devs bob carol"[..])];
            let groups = Groups::new(std::time::Duration::ZERO, BTreeMap::new(), records.into_iter());
            let id: UserId = user.parse().unwrap();
            let reads = may_subscribe(&id, topic) && (topic.contains(['#', '+']) || groups.may_receive(&id, topic));
            assert_eq!(reads, own_read.contains(&user[..1]), "{user} reads {topic}");
            let publishing = Publishing { topic, payload: b"?", properties: 0, retain: false, from: &[], since: None };
            let writes = groups.check(&id, publishing, std::time::Duration::ZERO).is_ok();
            assert_eq!(writes, own_write.contains(&user[..1]), "{user} writes {topic}");
        }
    }
    assert_eq!(gaps, BTreeSet::from([Gap::Session, Gap::Level, Gap::Group, Gap::Record]));
}

/// `papo acl` prints `GAPS`.
#[test]
fn papo_acl_describes_every_gap() {
    for words in ["bob_alice_TIME", "one level", "groups/NAME", "GROUPS/NAME", "name someone else as the sender"] {
        assert!(papo::acl::GAPS.contains(words), "{words}");
    }
}

#[test]
fn second_run_of_papo_acl_keeps_existing_users() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("new");
    let run = |arguments: &[&str], lines: &str| {
        let output = papo_acl(&folder, arguments, lines);
        let printed = if output.status.success() { &output.stdout } else { &output.stderr };
        (output.status.success(), String::from_utf8(printed.clone()).unwrap())
    };
    let read_files = || ["acl", "passwords"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    assert!(run(&["alice", "bob"], "a\nb\n").0);
    let [rules, passwords] = read_files();
    // An existing user needs no password.
    assert!(run(&["alice", "bob"], "").0);
    assert_eq!(read_files(), [rules, passwords.clone()]);
    assert!(run(&["alice", "bob", "carol"], "a\nb\nc\n").0);
    assert!(read_files()[1].starts_with(&passwords));
    assert!(has_password(&folder, "carol", "c"));
    let before = read_files();
    for (words, lines, why) in [
        (&["dave", "erin"][..], "d\n", "no line for the password of erin"),
        (&["dave"], "\n", "empty"),
        (&["--remove", "nobody"], "", "no user nobody"),
        (&["a_b"], "x\n", "a_b"),
    ] {
        let (done, printed) = run(words, lines);
        assert!(!done && printed.contains(why), "{words:?}: {printed}");
        assert_eq!(read_files(), before, "{words:?}");
    }
    assert!(run(&["--remove", "bob"], "").0);
    assert!(read_files().iter().all(|text| !text.contains("bob")));
    // To get a new password, a user is removed and added.
    assert!(run(&["carol", "--remove", "carol"], "new\n").0);
    assert!(has_password(&folder, "carol", "new") && !has_password(&folder, "carol", "c"));
    assert!(!run(&["carol"], "new\n").1.contains("topic_prefix"));
    assert!(run(&["carol", "--prefix", "papo/"], "new\n").1.contains("\ntopic_prefix = \"papo/\"\n"));
    assert!(run(&["carol"], "new\n").1.contains("topic_prefix"), "a run without --prefix keeps the prefix");
    let (_, printed) = run(&["dave", "--generate"], "");
    let password =
        printed.lines().find_map(|line| line.strip_prefix("dave ")).expect("the generated password is printed");
    assert!(password.len() >= 20 && has_password(&folder, "dave", password));
    assert!(!run(&["dave", "--generate"], "").1.contains(password), "a generated password is printed only once");
    fs::remove_file(folder.join("acl")).unwrap();
    let (done, printed) = run(&["alice"], "a\n");
    assert!(!done && printed.contains("carol, dave"), "{printed}");
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.join("passwords")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["passwords"], "papo acl leaves no temporary file");
}

/// Returns whether the passwords file has this password for the user.
fn has_password(folder: &Path, user: &str, password: &str) -> bool {
    let text = fs::read_to_string(folder.join("passwords")).unwrap();
    let hash =
        text.lines().find_map(|line| line.strip_prefix(&format!("{user}:"))).expect("the user has a line").to_owned();
    let salt = base64::engine::general_purpose::STANDARD.decode(hash.split('$').nth(3).unwrap()).unwrap();
    papo::acl::hash(password, salt.try_into().unwrap()) == hash
}
