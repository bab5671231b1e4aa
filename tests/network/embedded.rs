//! The embedded broker. `mosquitto_acl.rs` tests mosquitto with the configuration of docker/.
#![cfg(feature = "broker")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use papo::broker::{self, Running, Settings, StartError, Users};
use rumqttc::v5::{
    AsyncClient, ConnectionError, Event, EventLoop, MqttOptions,
    mqttbytes::{
        QoS,
        v5::{ConnAck, ConnectReturnCode, Packet, Publish},
    },
};

/// The time limit of each wait. Longer than any step takes on a busy machine, so only a failing test reaches it.
const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: u32 = 60 * 60;

/// An MQTT client. Its event loop runs only while a test waits for something.
struct Client {
    sender: AsyncClient,
    events: EventLoop,
    connected: ConnAck,
}

impl Client {
    async fn connect(address: SocketAddr, id: &str) -> Self {
        Self::connect_with(address, id, |_| ()).await
    }

    async fn connect_with(address: SocketAddr, id: &str, change: impl FnOnce(&mut MqttOptions)) -> Self {
        let mut options = MqttOptions::new(id, address.ip().to_string(), address.port());
        options.set_clean_start(false).set_session_expiry_interval(Some(HOUR));
        options.set_keep_alive(Duration::from_secs(60));
        change(&mut options);
        let (sender, mut events) = AsyncClient::new(options, 4096);
        let connected = wait(async {
            loop {
                if let Event::Incoming(Packet::ConnAck(ack)) = next(&mut events).await.expect("the broker answers") {
                    return ack;
                }
            }
        })
        .await;
        assert_eq!(connected.code, ConnectReturnCode::Success);
        Self { sender, events, connected }
    }

    /// Runs the event loop until `find` returns a value, and returns that value.
    async fn until<T>(&mut self, mut find: impl FnMut(Packet) -> Option<T>) -> T {
        wait(async {
            loop {
                if let Event::Incoming(packet) = next(&mut self.events).await.expect("the connection is open")
                    && let Some(found) = find(packet)
                {
                    return found;
                }
            }
        })
        .await
    }

    async fn subscribe(&mut self, filter: &str) {
        self.sender.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        self.until(|packet| matches!(packet, Packet::SubAck(_)).then_some(())).await;
    }

    /// Publishes all texts, and waits until the broker has acknowledged each.
    async fn publish(&mut self, topic: &str, retain: Retain, texts: impl IntoIterator<Item = String>) {
        let mut unacknowledged = 0_usize;
        for text in texts {
            self.sender.publish(topic, QoS::AtLeastOnce, retain == Retain::Yes, text).await.unwrap();
            unacknowledged += 1;
        }
        self.until(|packet| {
            unacknowledged -= usize::from(matches!(packet, Packet::PubAck(_)));
            (unacknowledged == 0).then_some(())
        })
        .await;
    }

    async fn receive(&mut self) -> Publish {
        self.until(|packet| match packet {
            Packet::Publish(publish) => Some(publish),
            _ => None,
        })
        .await
    }

    async fn receive_text(&mut self) -> String {
        text(&self.receive().await)
    }

    async fn disconnect(mut self) {
        self.sender.disconnect().await.unwrap();
        wait(async { while next(&mut self.events).await.is_ok() {} }).await;
    }
}

/// The next event; boxed, because the client's future is large.
async fn next(events: &mut EventLoop) -> Result<Event, ConnectionError> {
    Box::pin(events.poll()).await
}

#[derive(PartialEq, Eq)]
enum Retain {
    Yes,
    No,
}

fn text(publish: &Publish) -> String {
    String::from_utf8(publish.payload.to_vec()).unwrap()
}

async fn wait<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("no timeout")
}

fn start(state: &Path) -> Running {
    broker::start(Settings::plain_tcp("127.0.0.1:0".parse().unwrap(), state.to_owned())).unwrap()
}

#[tokio::test]
async fn message_reaches_a_subscriber() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    assert_ne!(broker.address().port(), 0, "the address has the port that the system assigned");
    let mut bob = Client::connect(broker.address(), "bob").await;
    bob.subscribe("bob_Control").await;
    let mut alice = Client::connect(broker.address(), "alice").await;
    alice.publish("bob_Control", Retain::No, ["REQUEST alice".into()]).await;
    let publish = bob.receive().await;
    assert_eq!((publish.topic.as_ref(), text(&publish)), (&b"bob_Control"[..], "REQUEST alice".to_owned()));
    broker.stop();
}

#[tokio::test]
async fn broker_announces_a_packet_limit_of_8_mib() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let alice = Client::connect(broker.address(), "alice").await;
    assert_eq!(alice.connected.properties.unwrap().max_packet_size, Some(8 * 1024 * 1024));
}

#[tokio::test]
async fn retained_messages_survive_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let mut alice = Client::connect(broker.address(), "alice").await;
    alice.publish("USERS/alice", Retain::Yes, ["alice online".into()]).await;
    alice.disconnect().await;
    broker.stop();

    let broker = start(state.path());
    let mut bob = Client::connect(broker.address(), "bob").await;
    bob.subscribe("USERS/#").await;
    let publish = bob.receive().await;
    assert!(publish.retain);
    assert_eq!(text(&publish), "alice online");
}

/// The broker derives file names from IDs, which may have 128 bytes, and from topics.
#[tokio::test]
async fn longest_ids_of_any_script_survive_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let long = "𐐷".repeat(32);
    let topics = [format!("USERS/{long}"), format!("{long}_{long}_1700000000000")];
    let mut offline_user = Client::connect(broker.address(), &long).await;
    offline_user.subscribe(&topics[1]).await;
    offline_user.disconnect().await;
    let mut alice = Client::connect(broker.address(), "さくら").await;
    alice.publish(&topics[0], Retain::Yes, ["retained".into()]).await;
    alice.publish(&topics[1], Retain::No, ["queued".into()]).await;
    broker.stop();

    let broker = start(state.path());
    let mut offline_user = Client::connect(broker.address(), &long).await;
    assert_eq!(offline_user.receive_text().await, "queued");
    offline_user.subscribe("USERS/#").await;
    assert_eq!(offline_user.receive_text().await, "retained");
}

#[tokio::test]
async fn queued_messages_survive_a_restart_in_order() {
    const COUNT: usize = 2_000;
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let mut bob = Client::connect(broker.address(), "bob").await;
    bob.subscribe("talk").await;
    bob.disconnect().await;
    let mut alice = Client::connect(broker.address(), "alice").await;
    alice.publish("talk", Retain::No, (0..COUNT).map(|n| n.to_string())).await;
    broker.stop();

    let broker = start(state.path());
    let mut bob = Client::connect(broker.address(), "bob").await;
    assert!(bob.connected.session_present);
    for n in 0..COUNT {
        assert_eq!(bob.receive_text().await, n.to_string());
    }
}

#[tokio::test]
async fn broker_grants_a_session_expiry_of_a_month() {
    const MONTH: u32 = 30 * 24 * HOUR;
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let request_month = |options: &mut MqttOptions| _ = options.set_session_expiry_interval(Some(MONTH));
    let alice = Client::connect_with(broker.address(), "alice", request_month).await;
    // MQTT 5, 3.2.2.3.2: a server announces an expiry only if it differs from the requested one.
    let granted = alice.connected.properties.and_then(|properties| properties.session_expiry_interval);
    assert!(granted.is_none_or(|granted| granted >= MONTH), "{granted:?}");
}

#[tokio::test]
async fn lost_connection_publishes_the_will() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let mut bob = Client::connect(broker.address(), "bob").await;
    bob.subscribe("USERS/alice").await;
    let will = rumqttc::v5::mqttbytes::v5::LastWill::new("USERS/alice", "alice offline", QoS::AtLeastOnce, true, None);
    let alice = Client::connect_with(broker.address(), "alice", |options| _ = options.set_last_will(will)).await;
    // The socket closes without a DISCONNECT.
    drop(alice);
    assert_eq!(bob.receive_text().await, "alice offline");
}

#[test]
fn address_in_use_is_an_error() {
    let state = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let error = broker::start(Settings::plain_tcp(listen, state.path().to_owned())).unwrap_err();
    assert!(matches!(error, StartError::AddressInUse(address) if address == listen), "{error:?}");
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
}

#[test]
fn address_of_another_machine_is_an_error() {
    let state = tempfile::tempdir().unwrap();
    // TEST-NET-1, which no machine has.
    let listen = "192.0.2.1:1883".parse().unwrap();
    let error = broker::start(Settings::plain_tcp(listen, state.path().to_owned())).unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }), "{error:?}");
}

#[test]
fn second_broker_on_the_same_folder_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let first = start(state.path());
    let listen = "127.0.0.1:0".parse().unwrap();
    let settings = Settings::plain_tcp(listen, state.path().to_owned());
    let error = broker::start(settings.clone()).unwrap_err();
    assert!(matches!(&error, StartError::StateInUse(folder) if folder == state.path()), "{error:?}");
    first.stop();
    broker::start(settings).unwrap();
}

#[test]
fn unusable_folder_is_an_error() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("file");
    std::fs::write(&file, "").unwrap();
    let settings = Settings::plain_tcp("127.0.0.1:0".parse().unwrap(), file.join("below"));
    let error = broker::start(settings).unwrap_err();
    assert!(matches!(error, StartError::State { .. }), "{error:?}");
}

#[test]
fn stopped_and_dropped_brokers_free_their_address() {
    let state = tempfile::tempdir().unwrap();
    let first = start(state.path());
    let listen = first.address();
    first.stop();
    let settings = Settings::plain_tcp(listen, state.path().to_owned());
    drop(broker::start(settings.clone()).unwrap());
    assert_eq!(broker::start(settings).unwrap().address(), listen);
}

#[test]
fn several_brokers_run_side_by_side() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let brokers: Vec<_> = folders.iter().map(|folder| start(folder.path())).collect();
    let mut ports: Vec<_> = brokers.iter().map(|broker| broker.address().port()).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 3);
}
#[test]
fn only_the_owner_can_read_the_folder() {
    let parent = tempfile::tempdir().unwrap();
    let state = parent.path().join("new");
    start(&state).stop();
    assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn existing_folder_is_closed_to_other_accounts() {
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let state = tempfile::tempdir().unwrap();
    for before in [0o755, 0o2770, 0o711] {
        std::fs::set_permissions(state.path(), PermissionsExt::from_mode(before)).unwrap();
        start(state.path()).stop();
        assert_eq!(mode(state.path()), before & 0o7700, "{before:o}");
    }
}

#[test]
fn folder_of_another_account_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let is_root = std::fs::metadata(folder.path()).unwrap().uid() == 0;
    let state = if is_root { folder.path() } else { Path::new("/") };
    if is_root {
        std::os::unix::fs::chown(state, Some(1), None).unwrap();
    }
    let before = std::fs::metadata(state).unwrap().permissions();
    let error = broker::start(Settings::plain_tcp("127.0.0.1:0".parse().unwrap(), state.to_owned())).unwrap_err();
    assert!(matches!(&error, StartError::StateOwner(path) if path == state), "{error:?}");
    assert_eq!(std::fs::metadata(state).unwrap().permissions(), before);
}

/// All files and folders in a folder, with the bits of their modes that concern other accounts.
fn open_to_others(folder: &Path) -> Vec<(PathBuf, u32)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let with_mode = |path: PathBuf| {
        let below = if path.is_dir() { open_to_others(&path) } else { Vec::new() };
        let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o077;
        below.into_iter().chain([(path, mode)])
    };
    entries.flat_map(with_mode).collect()
}

/// Starts papo for alice with a umask that hides nothing. Its files are below `home`.
fn start_with_open_umask(home: &Path, arguments: &str) -> Child {
    Command::new("sh")
        .args(["-c", &format!("umask 000; exec \"$0\" {arguments}"), env!("CARGO_BIN_EXE_papo")])
        .current_dir(home)
        .env_clear()
        .envs([("HOME", home.as_os_str()), ("PAPO_ID", "alice".as_ref())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn all_files_are_closed_to_other_accounts_whatever_the_umask() {
    let home = tempfile::tempdir().unwrap();
    let mut broker = start_with_open_umask(home.path(), "broker --listen mqtt://127.0.0.1:0 --state state");
    let mut line = String::new();
    let mut out = BufReader::new(broker.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let (_, listener) = line.trim().split_once("listening on ").unwrap();
    let address = listener.parse::<papo::broker::Listener>().unwrap().address;
    let mut alice = Client::connect(address, "alice").await;
    alice.subscribe("alice_Control").await;
    alice.publish("USERS/alice", Retain::Yes, ["alice online".into()]).await;
    assert!(Command::new("kill").arg(broker.id().to_string()).status().unwrap().success());
    assert!(broker.wait().unwrap().success());
    let files = open_to_others(home.path());
    assert!(files.iter().any(|(path, _)| path.is_file() && path.starts_with(home.path().join("state"))), "{files:?}");
    assert_eq!(files.into_iter().filter(|(_, mode)| *mode != 0).collect::<Vec<_>>(), []);
}

#[cfg(target_os = "linux")]
#[test]
fn running_papo_creates_only_files_of_its_own_user() {
    let home = tempfile::tempdir().unwrap();
    let mut papo = start_with_open_umask(home.path(), "--linear -b mqtt://127.0.0.1:1");
    let mut out = BufReader::new(papo.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", papo.id())).unwrap();
    assert_eq!(status.lines().find_map(|line| line.strip_prefix("Umask:\t")), Some("0077"));
    papo.stdin.take().unwrap().write_all(b"/quit\n").unwrap();
    out.read_to_end(&mut Vec::new()).unwrap();
    assert!(papo.wait().unwrap().success());
}

/// Runs a broker in the foreground. The test below starts it as a child process.
#[test]
#[ignore = "the test below runs it"]
fn child_serves() {
    let state = std::env::var_os("STATE").expect("the parent names the folder");
    let settings = Settings::plain_tcp("0.0.0.0:0".parse().unwrap(), state.into());
    broker::serve(settings, &mut std::io::stdout(), &mut std::io::stderr()).unwrap();
}
#[tokio::test]
async fn foreground_broker_prints_addresses_and_ends_cleanly() {
    let state = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "embedded::child_serves", "--ignored", "--nocapture"])
        .env("STATE", state.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let listener = lines.find_map(|line| line.split_once("listening on ").map(|(_, listener)| listener.to_owned()));
    let port = listener.unwrap().parse::<papo::broker::Listener>().unwrap().address.port();

    let mut alice = Client::connect(SocketAddr::from(([127, 0, 0, 1], port)), "alice").await;
    alice.publish("USERS/alice", Retain::Yes, ["alice online".into()]).await;
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(lines.any(|line| line.contains("1 passed")), "serve returns without an error");
    assert!(child.wait().unwrap().success());
    let mut warnings = String::new();
    child.stderr.take().unwrap().read_to_string(&mut warnings).unwrap();
    assert!(warnings.contains(&format!("anyone who can reach port {port}")), "{warnings:?}");

    let broker = start(state.path());
    let mut bob = Client::connect(broker.address(), "bob").await;
    bob.subscribe("USERS/#").await;
    assert_eq!(bob.receive_text().await, "alice online");
}

#[test]
fn broker_on_a_public_address_prints_a_warning() {
    for loopback in ["127.0.0.1:1883", "[::1]:1883"] {
        assert_eq!(broker::exposure_warning(loopback.parse().unwrap()), None);
    }
    for public in ["0.0.0.0:2883", "[::]:2883", "192.168.1.5:2883"] {
        let warning = broker::exposure_warning(public.parse().unwrap()).unwrap();
        assert!(warning.contains("2883") && warning.lines().count() == 1, "{warning}");
    }
}

#[test]
fn broker_that_only_this_machine_reaches_prints_a_warning() {
    let listeners = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
    let warning = broker::local_warning(&listeners(&["127.0.0.1:1883", "ws://[::1]:8080"])).unwrap();
    assert!(warning.contains("every account of this machine") && warning.lines().count() == 1, "{warning}");
    assert_eq!(broker::local_warning(&listeners(&["127.0.0.1:1883", "0.0.0.0:1884"])), None);
}

#[test]
fn broker_warns_of_other_accounts_only_without_users() {
    let home = tempfile::tempdir().unwrap();
    let serve = || {
        let mut broker = start_with_open_umask(home.path(), "broker --listen 127.0.0.1:0 --state state 2>&1");
        let mut lines = BufReader::new(broker.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut printed = vec![lines.next().unwrap()];
        while !printed.last().unwrap().contains("listening on mqtt://127.0.0.1:") {
            printed.push(lines.next().unwrap());
        }
        assert!(Command::new("kill").arg(broker.id().to_string()).status().unwrap().success());
        assert!(broker.wait().unwrap().success());
        printed.pop();
        printed
    };
    let warning =
        "warning: no users are defined: every account of this machine can take part, read and write everything";
    assert_eq!(serve(), [warning]);
    Users::of(&home.path().join("state")).add("alice", "secret").unwrap();
    assert_eq!(serve(), [""; 0]);
}
