//! Bad input from brokers, users, files and the terminal: papo explains it, loses nothing, and restores the terminal.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use rumqttc::v5::mqttbytes::v5::Packet;

use crate::{
    World,
    broker::{Broker, free_port},
    on_both_brokers,
    scripted_broker::ScriptedBroker,
    terminal::Terminal,
};

on_both_brokers! {
    garbage_publications_change_nothing
}

fn garbage_publications_change_nothing(world: World) {
    let (alice, bob, wire, topic) = world.talking();
    wire.publish_bytes(&topic, b"bob \x1b[31mred\x1b[2J\x1b]0;owned\x07 \xe2\x80\xaegnp.exe");
    alice.shows("␛[31mred␛[2J");
    assert!(!alice.raw().windows(10).any(|bytes| bytes == b"\x1b]0;owned\x07"));
    for (topic, payload) in [
        ("alice_Control", &b"\xff\xfe\x00"[..]),
        ("alice_Control", b""),
        ("alice_Control", b"REQUEST \x1b[31mx"),
        ("alice_Control", b"99999999999999999999999 bob"),
        ("USERS/x", b"y online"),
        ("GROUPS/x", b"\x00"),
        ("groups/info", b"a b c \xff"),
        (&topic, b"nospace"),
        (&topic, b"mallory hello"),
    ] {
        wire.publish_bytes(topic, payload);
    }
    alice.shows("Ignored ");
    wire.publish_bytes("alice_Control", &vec![b'x'; 5_000_000]);
    wire.publish_bytes(&topic, &[b"bob ".to_vec(), vec![b'y'; 70_000]].concat());
    wire.publish(&topic, "bob after all that");
    alice.shows("after all that");
    alice.shows("● online");
    drop(bob);
}

#[test]
fn terminal_of_any_size_works() {
    let world = World::on_mosquitto();
    let mut alice = world.start_online("alice");
    for (cols, rows) in [(1, 1), (2, 1), (1, 40), (20, 5), (59, 20), (79, 24), (200, 60)] {
        alice.resize(cols, rows);
        alice.keys("\x1bu\x1bg\x1bi\x1bc\x1bOP\x1b");
    }
    alice.resize(100, 30);
    alice.shows("● online");
    alice.keys("\x0c\x1bOP");
    alice.shows("next pane");
}

#[test]
fn absent_broker_is_retried() {
    let mut broker = Broker::prepare("allow_anonymous true\n");
    let home = tempfile::tempdir().unwrap();
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let alice = Terminal::start(home.path(), &["alice", "-b", &url], (100, 30));
    alice.shows("nothing listens on");
    alice.shows("retrying in");
    broker.restart();
    alice.shows("● online");
}

#[test]
fn refused_login_and_wrong_protocol_are_explained() {
    let home = tempfile::tempdir().unwrap();
    let strict = Broker::start_with("allow_anonymous false\n");
    let url = format!("mqtt://127.0.0.1:{}", strict.port());
    let alice = Terminal::start(home.path(), &["alice", "-b", &url], (100, 30));
    alice.shows("user name");
    alice.shows("/reconnect");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mqtt://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let bob = Terminal::start(home.path(), &["bob", "-b", &url], (100, 30));
    // papo may or may not read the answer before the connection ends.
    bob.until("explains the failure", |screen| {
        screen.contains("not an MQTT broker") || screen.contains("closed the connection without an answer")
    });
}

#[test]
fn refused_control_topic_is_reported_and_presence_withheld() {
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let broker = runtime.block_on(ScriptedBroker::start());
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let published = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&published);
    let serve = async move {
        let mut connections = 0;
        loop {
            let mut connection = broker.connection().await;
            connection.accept(&[]).await;
            // Refuse the subscription on alice's first connection. papo's probe before it has no client ID.
            connections += usize::from(connection.client_id == "alice");
            let refuses = connections == 1;
            while let Some(packet) = connection.serve(|filter| refuses && filter == "alice_Control").await {
                if let Packet::Publish(publish) = packet {
                    recorded.lock().unwrap().push((refuses, String::from_utf8(publish.payload.to_vec()).unwrap()));
                }
            }
        }
    };
    std::thread::spawn(move || runtime.block_on(serve));
    let mut alice = Terminal::start(home.path(), &["alice", "-b", &url], (160, 30));
    alice.shows("no one can reach you: the broker refuses the subscription to alice_Control; ask its operator");
    alice.composes("/reconnect");
    alice.shows("● online");
    alice.quits();
    let published = published.lock().unwrap();
    assert!(published.contains(&(false, "alice online".into())), "{published:?}");
    assert!(!published.iter().any(|(was_refused, text)| *was_refused && text == "alice online"), "{published:?}");
}

#[test]
fn startup_errors_are_explained_without_touching_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let papo = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_papo"))
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .output()
            .unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{:?}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(papo(&["a_b"]).contains("'_' is not allowed"));
    assert!(papo(&["alice", "-b", "http://x"]).contains("mqtt://"));

    let folder = home.path().join(".local/share/papo/nobody");
    fs::create_dir_all(&folder).unwrap();
    assert!(papo(&["check", "nobody"]).contains("no history in"));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "`papo check` creates nothing");

    let config = home.path().join("bad.toml");
    fs::write(&config, "\nbrocker = 'mqtt://x'\n").unwrap();
    let error = papo(&["alice", "-c", config.to_str().unwrap()]);
    assert!(error.contains("brocker") && error.contains("broker") && error.contains('2'), "{error}");

    let folder = home.path().join(".local/share/papo/alice");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("papo.redb"), b"this is no database").unwrap();
    let error = papo(&["alice", "-b", "mqtt://127.0.0.1:1"]);
    assert!(error.contains("papo.redb"), "{error}");
    assert_eq!(fs::read(folder.join("papo.redb")).unwrap(), b"this is no database");
}

#[test]
fn profile_cannot_be_opened_twice() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let first = Terminal::start(home.path(), &["alice", "-b", &url], (100, 30));
    first.shows("retrying");
    let mut second = Terminal::start(home.path(), &["alice", "-b", &url], (100, 30));
    second.shows("papo is already open as alice");
    assert_eq!(second.ends(), 1);
}

#[test]
fn suspend_gives_the_terminal_back_and_resumes() {
    let world = World::on_mosquitto();
    let bob = world.start_online("bob");
    let mut alice = world.start_online("alice");
    bob.shows("● alice");
    alice.keys("\x1a");
    alice.until("leaves the screen", |screen| !screen.contains("online"));
    alice.stops();
    // papo itself has announced that alice is offline; the broker would publish the will much later.
    bob.shows("○ alice");
    alice.signal("CONT");
    alice.shows("● online");
    bob.shows("● alice");
    alice.keys("\x1bOP");
    alice.shows("next pane");
}

#[test]
fn sigtstp_suspends_like_the_key() {
    let mut world = World::on_mosquitto();
    let (mut alice, mut bob, _, _) = world.talking();
    alice.opens_composer().keys("half a sentence").signal("TSTP");
    alice.stops();
    bob.shows("○ alice");
    bob.composes("you there?");
    bob.shows("you there?");
    alice.signal("CONT");
    alice.shows("you there?");
    alice.shows("half a sentence");
    bob.shows("● alice");
    bob.shows("✓✓");
    // Without a connection, papo suspends at once: no broker has to acknowledge anything.
    world.kill_broker();
    alice.shows("retrying");
    alice.signal("TSTP");
    alice.stops();
    world.restart_broker();
    alice.signal("CONT");
    alice.shows("● online");
    bob.shows("● alice");
}

#[test]
fn papo_retakes_the_terminal_after_sigstop() {
    let world = World::on_mosquitto();
    let alice = world.start_online("alice");
    alice.signal("STOP");
    alice.stops();
    let before = alice.written();
    alice.signal("CONT");
    alice.wait_for_bytes(before, b"\x1b[?1049h");
    alice.shows("● online");
}

#[test]
fn sigterm_disconnects_cleanly() {
    let world = World::on_mosquitto();
    let bob = world.start_online("bob");
    let mut alice = world.start_online("alice");
    bob.shows("● alice");
    alice.signal("TERM");
    assert_eq!(alice.ends(), 0);
    bob.shows("○ alice");
    let raw = alice.raw();
    let has = |wanted: &[u8]| raw.windows(wanted.len()).any(|bytes| bytes == wanted);
    assert!(has(b"\x1b[?1049l"), "papo leaves the alternate screen");
    assert!(has(b"\x1b[?25h"), "papo shows the cursor");
}
