//! Attacks on a mosquitto with the files of `papo acl`, and on the one of docker/, over real connections.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

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

/// What papo's own broker separates and mosquitto cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// Sessions are on the level of control topics, and a rule covers a whole level.
    Talk,
    /// So are all other topics on that level.
    Level,
    /// Members change, rules do not.
    Group,
    /// So do leaders.
    Record,
}

/// Why papo's own broker is stricter, and who may read and write on it.
type Stricter = Option<(Gap, &'static str, &'static str)>;

/// A topic, who may read it, who may write it: of alice, bob (leads devs), carol (is in devs) and eve.
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
    ("alice_bob_1763900000000", "abce", "abce", Some((Gap::Talk, "ab", "ab"))),
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

/// The files of `papo acl` for every user in the table, and for an administrator who may read and write everything.
/// Their lines stay when papo writes the files again.
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

/// A mosquitto with these files and the other lines of `papo acl`.
fn start(folder: &Path, prefix: &str) -> Broker {
    let lines = files(folder, prefix);
    // The test has its own port, and its own lines about it.
    let said = ["listener ", "max_queued_messages ", "persistence ", "autosave_"];
    let lines: Vec<_> = lines.into_iter().filter(|line| !said.iter().any(|said| line.starts_with(said))).collect();
    Broker::start_with(&(lines.join("\n") + "\n"))
}

/// Attacks a broker that should enforce the rules of [`TABLE`].
async fn attack(port: u16, prefix: &str) {
    reads_only_what_it_may(port, prefix).await;
    writes_only_what_it_may(port, prefix).await;
    is_nobody_else(port, prefix).await;
}

/// Every user subscribes to everything in every way, and gets only their own messages.
async fn reads_only_what_it_may(port: u16, prefix: &str) {
    let mut root = Client::connect(port, "root").await;
    let outside = format!("{}outside", if prefix.is_empty() { "deep/" } else { "" });
    let all = || TABLE.iter().map(|(topic, ..)| format!("{prefix}{topic}")).chain([outside.clone()]);
    for topic in all() {
        assert!(root.may_publish(&topic, true, "kept").await);
    }
    for user in USERS {
        let mut client = Client::connect(port, user).await;
        let ways = ["#", "+", "+/#", "$SYS/#", "$share/x/#", "$share/y/+/+"].map(str::to_owned);
        for filter in all().chain(ways).chain([format!("{prefix}clients/+"), format!("$share/z/{prefix}clients/bob")]) {
            // mosquitto accepts every subscription, and filters what it delivers.
            assert!(client.may_subscribe(&filter).await, "{user} {filter}");
        }
        for topic in all() {
            assert!(root.may_publish(&topic, false, "said").await);
        }
        let end = format!("{user}'s end");
        assert!(root.may_publish(&format!("{prefix}USERS/{user}"), false, &end).await);
        assert_eq!(client.hears_until(&end).await, topics(prefix, user, |index| TABLE[index].1), "{user} reads");
    }
    // The messages that they do not get exist.
    assert!(root.may_subscribe("$SYS/#").await && root.may_subscribe("#").await);
    assert!(root.may_publish("end", false, "root's end").await);
    let heard = root.hears_until("root's end").await;
    assert!(heard.iter().any(|topic| topic.starts_with("$SYS/")) && all().all(|topic| heard.contains(&topic)));
    for topic in all() {
        assert!(root.may_publish(&topic, true, "").await);
    }
}

async fn writes_only_what_it_may(port: u16, prefix: &str) {
    let mut root = Client::connect(port, "root").await;
    assert!(root.may_subscribe("#").await);
    for user in USERS {
        let mut written = BTreeSet::new();
        let others = ["$SYS/x", "deep/outside"].map(str::to_owned);
        for topic in TABLE.iter().map(|(topic, ..)| format!("{prefix}{topic}")).chain(others) {
            // Each on its own connection, which may be cut.
            if Client::connect(port, user).await.may_publish(&topic, false, "mine").await {
                written.insert(topic);
            }
        }
        assert_eq!(written, topics(prefix, user, |index| TABLE[index].2), "{user} writes");
        let end = format!("{user}'s end");
        assert!(root.may_publish("end", false, &end).await);
        assert_eq!(root.hears_until(&end).await, written, "what is refused goes nowhere");
    }
}

/// Neither by client ID nor by will.
async fn is_nobody_else(port: u16, prefix: &str) {
    use ConnectReturnCode::NotAuthorized;

    let refused = async |id: &str, change: fn(&mut MqttOptions)| {
        Client::try_connect(port, id, change).await.map(|_| "let in").unwrap_err()
    };
    assert_eq!(refused("mallory", |_| ()).await, NotAuthorized);
    assert_eq!(refused("eve", |options| _ = options.set_credentials("eve", "guess")).await, NotAuthorized);
    assert_eq!(refused("eve", |options| _ = options.set_credentials("eve", "")).await, NotAuthorized);
    let (_sender, mut events) = AsyncClient::new(MqttOptions::new("eve", "127.0.0.1", port), 8);
    let error = crate::attacker::next(&mut events).await.unwrap_err();
    assert!(matches!(error, ConnectionError::ConnectionRefused(NotAuthorized)), "without a name: {error}");

    // Another client ID has no effect: bob's session and its queue stay his.
    let keeps = |options: &mut MqttOptions| {
        options.set_clean_start(false).set_session_expiry_interval(Some(3600));
    };
    let control = format!("{prefix}clients/bob");
    let mut bob = Client::try_connect(port, "bob", keeps).await.unwrap();
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
    let mut bob = Client::try_connect(port, "bob", keeps).await.unwrap();
    assert!(bob.connected.session_present);
    assert_eq!(bob.receive().await, "REQUEST alice");

    // The broker checks the rules when it publishes the will.
    let presence = |user: &str| format!("{prefix}USERS/{user}");
    assert!(alice.may_subscribe(&presence("+")).await);
    for (topic, text) in [(presence("bob"), "bob offline"), (presence("eve"), "eve offline")] {
        let leaves = |options: &mut MqttOptions| {
            options.set_last_will(LastWill::new(topic, text, QoS::AtLeastOnce, false, None));
        };
        drop(Client::try_connect(port, "eve", leaves).await.unwrap());
        // Connecting with her name ends the session she had before.
        Client::connect(port, "eve").await;
    }
    assert_eq!(alice.receive().await, "eve offline", "nothing was said of bob");
}

#[tokio::test]
async fn rules_hold() {
    let folder = tempfile::tempdir().unwrap();
    attack(start(folder.path(), "").port(), "").await;
}

#[tokio::test]
async fn rules_hold_below_a_prefix() {
    let folder = tempfile::tempdir().unwrap();
    attack(start(folder.path(), "home/papo/").port(), "home/papo/").await;
}

/// docker/mosquitto.conf with only its paths, ports and log changed, and with certificates made as docker/README.md
/// says.
fn shipped(folder: &Path, tls: u16) -> Broker {
    let certs = folder.join("certs");
    fs::create_dir(&certs).unwrap();
    let readme = include_str!("../../docker/README.md");
    let commands = readme.split("```").find(|block| block.contains("openssl req")).expect("it says how they are made");
    let commands = commands.trim_start_matches("sh\n").replace("HOST=chat.example", "HOST=localhost");
    let made = Command::new("bash").args(["-ec", &commands]).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
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
            assert!(text.contains(from), "the shipped file has {from:?}");
            text.replace(from, to)
        });
        // Started by root it would drop its rights, and lose the folder.
        format!("{text}\nuser root\n")
    })
}

#[tokio::test]
async fn rules_hold_with_the_docker_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = shipped(folder.path(), crate::broker::free_port());
    broker.restart();
    attack(broker.port(), "").await;
}

#[tokio::test]
async fn docker_configuration_keeps_queued_messages_over_a_restart() {
    const COUNT: usize = 1_500;
    let folder = tempfile::tempdir().unwrap();
    let mut broker = shipped(folder.path(), crate::broker::free_port());
    broker.restart();
    let keeps = |options: &mut MqttOptions| {
        options.set_clean_start(false).set_session_expiry_interval(Some(3600));
    };
    let mut bob = Client::try_connect(broker.port(), "bob", keeps).await.unwrap();
    assert!(bob.may_subscribe("clients/bob").await);
    drop(bob);
    let mut alice = Client::connect(broker.port(), "alice").await;
    for n in 0..COUNT {
        assert!(alice.may_publish("clients/bob", false, &n.to_string()).await);
    }
    broker.stop();

    broker.restart();
    let mut bob = Client::try_connect(broker.port(), "bob", keeps).await.unwrap();
    assert!(bob.connected.session_present);
    for n in 0..COUNT {
        assert_eq!(bob.receive().await, n.to_string());
    }
}

#[test]
fn docker_configuration_requires_a_login_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let port = crate::broker::free_port();
    let mut broker = shipped(folder.path(), port);
    broker.restart();
    let publish = |words: &[&str]| {
        let mut command = Command::new("mosquitto_pub");
        command.args(["-h", "localhost", "-p", &port.to_string(), "-V", "5", "-q", "1", "-m", "x"]).args(words);
        let output = command.current_dir(folder.path()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (tls, alice) = (["--cafile", "certs/ca.crt"], ["-u", "alice", "-P", "alice"]);
    let with = |words: &[&str]| publish(&[&tls[..], words].concat());
    assert_eq!(with(&[&alice[..], &["-t", "clients/bob"]].concat()), (true, String::new()));
    assert!(with(&[&alice[..], &["-t", "USERS/bob"]].concat()).1.contains("Not authorized"));
    assert!(!with(&["-t", "clients/bob"]).0, "nobody");
    assert!(!with(&["-u", "alice", "-P", "bob", "-t", "clients/bob"]).0, "a guess");
    let (done, _) = publish(&[&alice[..], &["-t", "clients/bob"]].concat());
    assert!(!done, "nothing is heard without TLS");
}

/// papo's own broker has the same rules, except where a gap is documented.
#[cfg(feature = "broker")]
#[test]
fn rules_equal_those_of_own_broker_except_documented_gaps() {
    use papo::{
        broker::access::{Access, GroupMembers},
        domain::UserId,
    };
    let mut gaps = BTreeSet::new();
    for (topic, read, write, gap) in TABLE {
        let (own_read, own_write) = gap.map_or((read, write), |(gap, read, write)| {
            gaps.insert(gap);
            (read, write)
        });
        assert!(gap.is_none() || (own_read, own_write) != (read, write), "{topic}: this is no gap");
        let stricter = |own: &str, stock: &str| own.chars().all(|letter| stock.contains(letter));
        assert!(stricter(own_read, read) && stricter(own_write, write), "{topic}");
        for user in USERS {
            let mut groups = GroupMembers::default();
            groups.learn_record("GROUPS/devs", b"devs bob carol");
            let id: UserId = user.parse().unwrap();
            let mut may = |access| groups.allow(&id, access);
            assert_eq!(may(Access::Subscribe(topic)), own_read.contains(&user[..1]), "{user} reads {topic}");
            assert_eq!(may(Access::Publish(topic)), own_write.contains(&user[..1]), "{user} writes {topic}");
        }
    }
    assert_eq!(gaps, BTreeSet::from([Gap::Talk, Gap::Level, Gap::Group, Gap::Record]));
}

/// Each gap is described in the output of `papo acl`.
#[test]
fn documented_gaps_are_printed() {
    for words in ["bob_alice_TIME", "one level", "groups/NAME", "GROUPS/NAME", "name someone else as the sender"] {
        assert!(papo::acl::GAPS.contains(words), "{words}");
    }
}

#[test]
fn second_run_keeps_existing_users() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("new");
    let run = |words: &[&str], lines: &str| {
        let output = papo_acl(&folder, words, lines);
        let said = if output.status.success() { &output.stdout } else { &output.stderr };
        (output.status.success(), String::from_utf8(said.clone()).unwrap())
    };
    let both = || ["acl", "passwords"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    assert!(run(&["alice", "bob"], "a\nb\n").0);
    let [rules, passwords] = both();
    // Existing users need no password; lines of others stay.
    assert!(run(&["alice", "bob"], "").0);
    assert_eq!(both(), [rules, passwords.clone()]);
    assert!(run(&["alice", "bob", "carol"], "a\nb\nc\n").0);
    assert!(both()[1].starts_with(&passwords));
    assert!(papo_passwords(&folder, "carol", "c"));
    let before = both();
    for (words, lines, why) in [
        (&["dave", "erin"][..], "d\n", "no line for the password of erin"),
        (&["dave"], "\n", "empty"),
        (&["--remove", "nobody"], "", "no user nobody"),
        (&["a_b"], "x\n", "a_b"),
    ] {
        let (done, said) = run(words, lines);
        assert!(!done && said.contains(why), "{words:?}: {said}");
        assert_eq!(both(), before, "{words:?}");
    }
    assert!(run(&["--remove", "bob"], "").0);
    assert!(both().iter().all(|text| !text.contains("bob")));
    // To get a new password, a user is removed and added.
    assert!(run(&["carol", "--remove", "carol"], "new\n").0);
    assert!(papo_passwords(&folder, "carol", "new") && !papo_passwords(&folder, "carol", "c"));
    assert!(!run(&["carol"], "new\n").1.contains("topic_prefix"));
    assert!(run(&["carol", "--prefix", "papo/"], "new\n").1.contains("\ntopic_prefix = \"papo/\"\n"));
    assert!(run(&["carol"], "new\n").1.contains("topic_prefix"), "it stays");
    let (_, said) = run(&["dave", "--generate"], "");
    let password = said.lines().find_map(|line| line.strip_prefix("dave ")).expect("it is said");
    assert!(password.len() >= 20 && papo_passwords(&folder, "dave", password));
    assert!(!run(&["dave", "--generate"], "").1.contains(password), "only once");
    fs::remove_file(folder.join("acl")).unwrap();
    let (done, said) = run(&["alice"], "a\n");
    assert!(!done && said.contains("carol, dave"), "{said}");
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.join("passwords")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["passwords"], "nothing is left behind");
}

/// Whether the file has this password for a user.
fn papo_passwords(folder: &Path, user: &str, password: &str) -> bool {
    let text = fs::read_to_string(folder.join("passwords")).unwrap();
    let hash =
        text.lines().find_map(|line| line.strip_prefix(&format!("{user}:"))).expect("there is a user").to_owned();
    let salt = base64::engine::general_purpose::STANDARD.decode(hash.split('$').nth(3).unwrap()).unwrap();
    papo::acl::hash(password, salt.try_into().unwrap()) == hash
}
