//! What it costs that nothing leaves before it is on the disk: from Enter to the other's screen against the bare
//! round trip of the same broker in the same run, and how many messages a second go out and come in.
//!
//! `make bench` runs it. All is measured in one run on one machine, so that ratios mean something; nothing is
//! asserted.
#![expect(clippy::disallowed_methods, reason = "a measurement sees the clock")]

#[path = "../tests/support/broker.rs"]
mod broker;
#[path = "../tests/support/terminal.rs"]
mod terminal;

use std::{
    io::{BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use broker::Broker;
use rumqttc::v5::{
    AsyncClient, Event, EventLoop, Incoming, MqttOptions,
    mqttbytes::{QoS, v5::ConnectProperties},
};
use terminal::Terminal;

const WARM_UP: usize = 50;
const SAMPLES: usize = 500;
/// Nobody presses Enter while the last frame is still fresh, which would have the next one wait.
const PAUSE: Duration = Duration::from_millis(40);
/// Messages that are typed as fast as papo takes them.
const TYPED: usize = 2_000;
/// Messages of a plain peer.
const FLOOD: usize = 20_000;

fn main() {
    // Without saving at each message, which would be what is measured.
    let broker = Broker::start_with("allow_anonymous true\nautosave_on_changes false\nautosave_interval 1800\n");
    let homes = tempfile::tempdir().expect("a folder");
    let (mut alice, bob, topic) = talk(&broker, homes.path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");

    let bare = runtime.block_on(bare_round_trips(broker.port()));
    let (bare_p50, bare_p99) = report("publish to delivery, bare", bare);
    let commits = commits(homes.path());
    let (commit_p50, _) = report("one commit of a message", commits);
    let seen = (0..WARM_UP + SAMPLES).map(|n| from_enter_to_screen(&mut alice, &bob, n)).skip(WARM_UP).collect();
    let (seen_p50, seen_p99) = report("Enter to the other's screen", seen);
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    println!(
        "  {:.1} x the bare round trip at p50, {:.1} x at p99",
        ratio(seen_p50, bare_p50),
        ratio(seen_p99, bare_p99)
    );
    println!("  {:.1} commits beside it at p50", ratio(seen_p50.saturating_sub(bare_p50), commit_p50));

    let since = Instant::now();
    for n in 1..=TYPED {
        alice.line(&format!("typed {n:06}"));
    }
    bob.shows(&format!("typed {TYPED:06}"));
    rate("typed, stored by both and shown", TYPED, since.elapsed());

    let since = Instant::now();
    flood(broker.port(), &topic);
    bob.shows(&format!("flood {FLOOD:06}"));
    rate("from a plain peer, stored and shown", FLOOD, since.elapsed());
}

/// Two papos with an open talk, and its topic.
fn talk(broker: &Broker, homes: &Path) -> (Terminal, Terminal, String) {
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let start = |id: &str| Terminal::start(homes, &[id, "-b", &url], (120, 40));
    let (mut alice, mut bob) = (start("alice"), start("bob"));
    bob.shows("● alice");
    alice.shows("● bob");
    alice.keys("\r");
    bob.shows("? alice wants to talk");
    bob.keys("\x1bi").keys("a");
    bob.shows("Write to alice");
    alice.shows("Write to bob");
    alice.keys("\x1bi").keys("c");
    let screen = alice.shows("bob_alice_");
    let topic = screen.split_whitespace().find_map(|word| word.find("bob_alice_").map(|at| word[at..].to_owned()));
    // Esc and the next key at once would be read as Alt.
    alice.keys("\x1bc");
    alice.shows("Write to bob");
    let topic = topic.expect("it is shown");
    (alice, bob, topic.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned())
}

fn from_enter_to_screen(alice: &mut Terminal, bob: &Terminal, n: usize) -> Duration {
    let text = format!("message {n:06}");
    alice.keys(&text);
    alice.shows(&text);
    std::thread::sleep(PAUSE);
    let since = Instant::now();
    alice.keys("\r");
    bob.shows(&text);
    since.elapsed()
}

/// A client without papo's store, screen and rules.
fn client(port: u16, id: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(id, "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(15)).set_outgoing_inflight_upper_limit(100);
    options.set_connect_properties(ConnectProperties::new());
    let (client, mut events) = AsyncClient::new(options, 100);
    let mut network = events.options.network_options();
    network.set_tcp_nodelay(true);
    events.options.set_network_options(network);
    (client, events)
}

async fn bare_round_trips(port: u16) -> Vec<Duration> {
    let (client, mut events) = client(port, "bare");
    client.subscribe("bare", QoS::AtLeastOnce).await.expect("room");
    wait_for(&mut events, |packet| matches!(packet, Incoming::SubAck(_))).await;
    let mut took = Vec::new();
    for n in 0..WARM_UP + SAMPLES {
        let since = Instant::now();
        client.publish("bare", QoS::AtLeastOnce, false, format!("message {n:06}")).await.expect("room");
        let mut is_acknowledged = false;
        wait_for(&mut events, |packet| {
            is_acknowledged |= matches!(packet, Incoming::PubAck(_));
            matches!(packet, Incoming::Publish(_))
        })
        .await;
        took.push(since.elapsed());
        if !is_acknowledged {
            // What is left of the exchange must not fall into the next measurement.
            wait_for(&mut events, |packet| matches!(packet, Incoming::PubAck(_))).await;
        }
    }
    took.split_off(WARM_UP)
}

/// A plain peer that types as fast as the broker takes it.
fn flood(port: u16, topic: &str) {
    let mut typing = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-V", "mqttv5", "-q", "1", "-t", topic, "-l"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("mosquitto's clients are there");
    let mut keys = BufWriter::new(typing.stdin.take().expect("its input is a pipe"));
    for n in 1..=FLOOD {
        writeln!(keys, "alice flood {n:06}").expect("it reads all");
    }
    drop(keys);
    typing.wait().expect("it ends");
}

async fn wait_for(events: &mut EventLoop, mut wanted: impl FnMut(&Incoming) -> bool) {
    loop {
        if let Event::Incoming(packet) = events.poll().await.expect("the broker runs")
            && wanted(&packet)
        {
            return;
        }
    }
}

/// Commits of one message each, on the same disk.
fn commits(folder: &Path) -> Vec<Duration> {
    use papo::{
        domain::{Body, ChatMessage, Conversation, ConversationId, MessageId, Timestamp, UserId},
        protocol::Operation,
        store::{Opened, Store},
    };
    let me: UserId = "alice".parse().expect("an id");
    let Opened { mut store, .. } = Store::open(&folder.join("bench"), &me, "device").expect("a store");
    let id: ConversationId = "bob_alice_1".parse().expect("a talk");
    let mut commit = |seq: u64| {
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&seq.to_be_bytes());
        let now = Timestamp::from_millis(seq);
        let body = Body::Text(format!("message {seq:06}"));
        let message = ChatMessage {
            id: MessageId::from_bytes(bytes),
            author: me.clone(),
            n: Some(seq + 1),
            at: now,
            body,
            failure: None,
            regards: None,
            is_edited: false,
        };
        let conversation = Conversation { len: seq + 1, sent: seq + 1, ..Conversation::new(id.clone(), now) };
        let group =
            [Operation::Append { conversation: id.clone(), seq, message }, Operation::PutConversation(conversation)];
        let since = Instant::now();
        store.commit(&group).expect("room on the disk");
        since.elapsed()
    };
    (0..(WARM_UP + SAMPLES) as u64).map(&mut commit).skip(WARM_UP).collect()
}

/// Prints the median and the 99th percentile, and gives them.
fn report(what: &str, mut took: Vec<Duration>) -> (Duration, Duration) {
    took.sort_unstable();
    let (p50, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!("{what:<36} p50 {:>7.3} ms  p99 {:>7.3} ms", p50.as_secs_f64() * 1e3, p99.as_secs_f64() * 1e3);
    (p50, p99)
}

#[expect(clippy::cast_precision_loss, reason = "a count of thousands")]
fn rate(what: &str, count: usize, took: Duration) {
    println!("{what:<36} {:>7.0} messages/s", count as f64 / took.as_secs_f64());
}
