//! papo beside the bare stack (`support/bare.rs`): the same libraries without papo, on the same broker in the same run, so
//! that a ratio says what papo costs on any machine.
//!
//! `make bench` runs it, prints a table and writes it to assets/bench.md. Each works in a pseudo-terminal of its own, in
//! turn; what is shown are medians. Nothing is asserted.
#![expect(clippy::disallowed_methods, reason = "a measurement sees the clock")]

#[path = "support/bare.rs"]
mod bare;
#[path = "../tests/support/broker.rs"]
mod broker;
#[path = "support/process.rs"]
mod process;
#[path = "support/scene.rs"]
mod scene;
#[path = "../tests/support/terminal.rs"]
mod terminal;

use std::{
    env,
    fmt::{Display, Write as _},
    fs,
    io::{BufWriter, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use portable_pty::CommandBuilder;

use self::{broker::Broker, process::Process, terminal::Terminal};

const ROUNDS: usize = 5;
/// They are short, and no two take the same.
const STARTS: usize = 30;
const KEYS: usize = 120;
/// Keys until what was typed is taken away, so that it does not grow over its row.
const LINE: usize = 40;
const FLOOD: usize = 20_000;
const PAGES: usize = 60;
const SAID: usize = 60;
const LONG: usize = 100_000;
const REST: Duration = Duration::from_secs(10);
/// Nobody does the next thing while the last frame is still fresh, which would have the next one wait.
const PAUSE: Duration = Duration::from_millis(30);
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bench.md");
/// What the broker keeps: a user, and a message. The bare stack, which shows nothing else of it, is connected once it shows
/// that.
const KEPT: &str = "zqxj";
/// Letters that stand nowhere else.
const LAST: &str = "ЩЖЮЫФЩЖЮ";
const SIZE: (u16, u16) = (120, 40);

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Papo,
    Bare,
}

impl Who {
    /// What is written with the first full frame.
    fn first_frame(self) -> &'static [u8] {
        if self == Self::Papo { b"\x1b[?2026l" } else { b"0 lines" }
    }

    /// What is written once there is a connection.
    fn connected(self) -> &'static [u8] {
        if self == Self::Papo { "● online" } else { KEPT }.as_bytes()
    }

    /// Goes to where one writes; the bare stack has nothing else.
    fn begins_to_write(self, it: &mut Terminal) {
        if self == Self::Papo {
            it.keys("\x1bc").shows("Write to");
        }
    }
}

fn main() {
    let asked: Vec<String> = env::args().skip(1).collect();
    if let [what, port, topic, name] = asked.as_slice()
        && what == "bare"
    {
        return bare::run(port.parse().expect("a port"), topic, name);
    }
    let world = World::new();
    let mut table = Table::default();
    let order = |round: usize| if round.is_multiple_of(2) { [Who::Papo, Who::Bare] } else { [Who::Bare, Who::Papo] };
    for round in 0..STARTS {
        for who in order(round) {
            world.begin(who, &mut table);
        }
    }
    for round in 0..ROUNDS {
        for who in order(round) {
            world.measure(who, round, &mut table);
        }
    }
    // Only now, for the broker keeps what is said for alice from then on, which is work.
    for round in 0..ROUNDS {
        for who in order(round) {
            world.say(who, round, &mut table);
        }
        table.note("one commit of a message, ms", Who::Papo, median(commits(world.homes.path(), round)));
    }
    let text = table.text();
    print!("{text}");
    fs::write(TABLE, text).expect("the table can be written");
}

/// The broker, and two papos that have an open talk, of which it knows nothing yet.
struct World {
    broker: Broker,
    homes: tempfile::TempDir,
    topic: String,
}

impl World {
    fn new() -> Self {
        let homes = tempfile::tempdir().expect("a folder");
        let topic = talk(&Broker::start(), homes.path());
        // Without saving at each message, which would be what is measured.
        let broker = Broker::start_with(
            "allow_anonymous true\nautosave_on_changes false\nautosave_interval 1800\nset_tcp_nodelay true\n",
        );
        for (topic, words) in [("USERS/zqxj", "zqxj online"), ("bare", KEPT)] {
            let sent = publisher(&broker, topic, &["-r", "-m", words]).status().expect("mosquitto's clients are there");
            assert!(sent.success());
        }
        Self { broker, homes, topic }
    }

    fn topic(&self, who: Who) -> &str {
        if who == Who::Papo { &self.topic } else { "bare" }
    }

    fn start(&self, who: Who, name: &str) -> Terminal {
        let port = self.broker.port().to_string();
        match who {
            Who::Papo => {
                let url = format!("mqtt://127.0.0.1:{port}");
                let at = self.homes.path();
                Terminal::start_with(at, &[name, "-b", &url], &[("PAPO_LOG", "papo=warn")], SIZE)
            }
            Who::Bare => {
                let mut command = CommandBuilder::new(env::current_exe().expect("it runs"));
                command.args(["bare", &port, "bare", name]);
                command.env("TERM", "xterm-256color");
                Terminal::run(command, SIZE)
            }
        }
    }

    /// How long a start takes.
    fn begin(&self, who: Who, table: &mut Table) {
        let since = Instant::now();
        let mut it = self.start(who, "bob");
        table.took("first full frame, ms", who, it.when(0, who.first_frame()) - since);
        table.took("connected, ms", who, it.when(0, who.connected()) - since);
        thread::sleep(PAUSE);
        it.keys("\x11");
        it.ends();
    }

    /// What is done after a start.
    fn measure(&self, who: Who, round: usize, table: &mut Table) {
        let mut it = self.start(who, "bob");
        it.when(0, who.connected());
        thread::sleep(Duration::from_secs(1));
        let process = Process::of(it.pid());
        let at_rest = process.megabytes();
        table.note("memory at rest (RSS), MB", who, at_rest);
        if round == 0 {
            let (before, written, woken) = (process.cpu(), it.written(), process.wake_ups());
            thread::sleep(REST);
            table.took("10 s at rest: CPU, ms", who, process.cpu_since(before));
            table.note("10 s at rest: bytes written", who, count(it.written() - written));
            table.note("10 s at rest: waking up", who, count(process.wake_ups() - woken));
        }
        who.begins_to_write(&mut it);
        table.note("key to echo, at rest, ms", who, median(type_keys(&mut it)));
        let load = Load::start(&self.broker, self.topic(who));
        thread::sleep(Duration::from_millis(300));
        let (before, since) = (process.cpu(), Instant::now());
        table.note("key to echo, at 1,000 messages a second, ms", who, median(type_keys(&mut it)));
        let share = process.cpu_since(before).as_secs_f64() / since.elapsed().as_secs_f64();
        table.note("CPU at 1,000 messages a second and 30 keys, %", who, share * 100.0);
        load.stop();
        thread::sleep(Duration::from_millis(500));

        let before = process.cpu();
        let took = self.flood(who, &mut it, FLOOD);
        table.took("20,000 messages until the last is seen, ms", who, took);
        let each = process.cpu_since(before).as_secs_f64() * 1e6 / count(FLOOD);
        table.note("their CPU each, µs", who, each);

        if round + 1 == ROUNDS {
            self.flood(who, &mut it, LONG);
            thread::sleep(Duration::from_secs(1));
            table.note("memory more after 100,000 messages, MB", who, process.megabytes() - at_rest);
        }
        thread::sleep(Duration::from_millis(500));
        let pages = (0..PAGES).map(|_| {
            thread::sleep(PAUSE);
            let (from, since) = (it.written(), Instant::now());
            it.keys("\x1b[5~");
            it.last_written(from, PAUSE) - since
        });
        table.note("PageUp, ms", who, median(pages.collect()));
        it.keys("\x11");
        it.ends();
    }

    /// Has a plain peer say so much, as fast as the broker takes it; when the last of it is seen.
    fn flood(&self, who: Who, it: &mut Terminal, messages: usize) -> Duration {
        let from = it.written();
        let mut peer = Peer::start(&self.broker, self.topic(who));
        let since = Instant::now();
        (1..messages).for_each(|n| peer.goes_on(n));
        peer.say(LAST);
        peer.end();
        it.when(from, LAST.as_bytes()) - since
    }

    /// From Enter at one to the screen of the other.
    fn say(&self, who: Who, round: usize, table: &mut Table) {
        let mut alice = self.start(who, "alice");
        let mut bob = self.start(who, "bob");
        for it in [&mut alice, &mut bob] {
            it.when(0, who.connected());
            who.begins_to_write(it);
        }
        thread::sleep(Duration::from_millis(500));
        let seen = (0..SAID).map(|n| {
            let letter = letter(n);
            alice.keys(&format!("{letter} number {round}{n:03}"));
            thread::sleep(PAUSE);
            let (from, since) = (bob.written(), Instant::now());
            alice.keys("\r");
            bob.when(from, letter.to_string().as_bytes()) - since
        });
        table.note("Enter to the other's screen, ms", who, median(seen.collect()));
        for mut it in [alice, bob] {
            it.keys("\x11");
            it.ends();
        }
    }
}

/// Makes two papos and has them open a talk; its topic.
fn talk(broker: &Broker, homes: &Path) -> String {
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let start = |id: &str| Terminal::start(homes, &[id, "-b", &url], SIZE);
    let (mut alice, mut bob) = (start("alice"), start("bob"));
    alice.opens_talk("alice", &mut bob, "bob");
    alice.shows("Write to bob");
    alice.keys("\x1bi").keys("c");
    let screen = alice.shows("bob_alice_");
    let topic = screen.split_whitespace().find_map(|word| word.find("bob_alice_").map(|at| word[at..].to_owned()));
    for mut it in [alice, bob] {
        it.keys("\x11");
        it.ends();
    }
    let topic = topic.expect("it is shown");
    topic.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned()
}

/// Types letters of which none stands on the screen yet, and sees how long each takes.
fn type_keys(it: &mut Terminal) -> Vec<Duration> {
    let pressed = (0..KEYS).map(|n| {
        if n % LINE == 0 {
            it.keys("x\x03");
        }
        // As people do: not in step with anything.
        thread::sleep(PAUSE + Duration::from_micros(n as u64 * 7919 % 9000));
        let letter = letter(n).to_string();
        let (from, since) = (it.written(), Instant::now());
        it.keys(&letter);
        it.when(from, letter.as_bytes()) - since
    });
    let took = pressed.collect();
    it.keys("x\x03");
    took
}

/// One of many letters that nothing else shows.
fn letter(n: usize) -> char {
    ('а'..='я').chain('α'..='ρ').nth(n % 48).expect("there are so many")
}

/// A plain peer, who types.
struct Peer {
    child: Child,
    keys: BufWriter<std::process::ChildStdin>,
}

impl Peer {
    fn start(broker: &Broker, topic: &str) -> Self {
        let mut child =
            publisher(broker, topic, &["-l"]).stdin(Stdio::piped()).spawn().expect("mosquitto's clients are there");
        let keys = BufWriter::new(child.stdin.take().expect("its input is a pipe"));
        Self { child, keys }
    }

    /// Says one of many alike.
    fn goes_on(&mut self, n: impl Display) {
        self.say(&format!("{n:06} the quick brown fox jumps over the lazy dog, and so on to eighty"));
    }

    fn say(&mut self, words: &str) {
        writeln!(self.keys, "alice {words}").expect("it reads all");
    }

    fn end(mut self) {
        drop(self.keys);
        self.child.wait().expect("it ends");
    }
}

fn publisher(broker: &Broker, topic: &str, more: &[&str]) -> Command {
    let mut command = Command::new("mosquitto_pub");
    command.args(["-h", "127.0.0.1", "-p", &broker.port().to_string(), "-V", "mqttv5", "-q", "1", "-t", topic]);
    command.args(more);
    command
}

/// A thousand messages a second, until it is stopped.
struct Load {
    thread: thread::JoinHandle<()>,
    stop: std::sync::mpsc::Sender<()>,
}

impl Load {
    fn start(broker: &Broker, topic: &str) -> Self {
        let mut peer = Peer::start(broker, topic);
        let (stop, stopped) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let since = Instant::now();
            for n in 0.. {
                let due = since + Duration::from_millis(n);
                if stopped.recv_timeout(due.saturating_duration_since(Instant::now())).is_ok() {
                    break;
                }
                peer.goes_on(n);
                peer.keys.flush().expect("it reads all");
            }
            peer.end();
        });
        Self { thread, stop }
    }

    fn stop(self) {
        let _ = self.stop.send(());
        self.thread.join().expect("it ends");
    }
}

/// Commits of one message each, on the same disk.
fn commits(folder: &Path, round: usize) -> Vec<Duration> {
    let me = "alice".parse().expect("an id");
    let folder = folder.join(format!("bench{round}"));
    let mut store = papo::store::Store::open(&folder, &me, "bench").expect("a store").store;
    let commit = |seq: u64| {
        // As when somebody writes: the disk has rested.
        thread::sleep(PAUSE);
        let group = scene::append(seq);
        let since = Instant::now();
        store.commit(&group).expect("room on the disk");
        since.elapsed()
    };
    (0..30).map(commit).collect()
}

/// What was measured of both, in order.
#[derive(Default)]
struct Table(Vec<(&'static str, Vec<f64>, Vec<f64>)>);

impl Table {
    fn took(&mut self, what: &'static str, who: Who, took: Duration) {
        self.note(what, who, millis(took));
    }

    fn note(&mut self, what: &'static str, who: Who, value: f64) {
        let known = self.0.iter().position(|(name, ..)| *name == what);
        let place = known.unwrap_or_else(|| {
            self.0.push((what, Vec::new(), Vec::new()));
            self.0.len() - 1
        });
        let (_, papo, bare) = &mut self.0[place];
        if who == Who::Papo { papo.push(value) } else { bare.push(value) }
    }

    fn text(&self) -> String {
        let mut text = "| | papo | bare stack | ratio |\n|---|--:|--:|--:|\n".to_owned();
        for (what, papo, bare) in &self.0 {
            let (papo, bare) = (middle(papo), middle(bare));
            let ratio = papo.zip(bare).filter(|(_, bare)| *bare > 0.0).map(|(papo, bare)| papo / bare);
            let shown = |value: Option<f64>| value.map_or("–".to_owned(), digits);
            let _ = writeln!(text, "| {what} | {} | {} | {} |", shown(papo), shown(bare), shown(ratio));
        }
        text
    }
}

/// Three digits, mostly.
fn digits(value: f64) -> String {
    match value {
        value if value.abs() >= 100.0 => format!("{value:.0}"),
        value if value.abs() >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

fn middle(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn median(took: Vec<Duration>) -> f64 {
    middle(&took.into_iter().map(millis).collect::<Vec<_>>()).expect("something was measured")
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a small count")]
fn count(count: usize) -> f64 {
    count as f64
}
