//! Compares papo with the bare stack (`support/bare.rs`): the same libraries without papo, on the same broker in the
//! same run. The ratios show what papo costs, whatever the machine.
//!
//! `make bench` runs it, prints a table of medians and writes it to assets/bench.md. Both programs run in turn, each in
//! its own pseudo-terminal. Nothing is asserted.
#![expect(clippy::disallowed_methods, reason = "a measurement sees the clock")]

#[path = "support/bare.rs"]
mod bare;
#[path = "../tests/support/broker.rs"]
mod broker;
#[path = "../tests/support/people.rs"]
mod people;
#[path = "support/process.rs"]
mod process;
#[path = "support/scene.rs"]
mod scene;
#[path = "../tests/support/terminal.rs"]
mod terminal;
#[path = "../tests/support/wait.rs"]
mod wait;

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

use self::{broker::Broker, people::quit, process::Process, terminal::Terminal};

const ROUNDS: usize = 5;
/// Starts are short and vary a lot, so there are more of them.
const STARTS: usize = 30;
const KEYS: usize = 120;
/// Keys until the line is cleared, so that it stays within its row.
const LINE: usize = 40;
const FLOOD: usize = 20_000;
const PAGES: usize = 60;
const SAID: usize = 60;
const LONG: usize = 100_000;
const REST: Duration = Duration::from_secs(10);
/// The pause before each action, longer than the interval between frames, as with a human user.
const PAUSE: Duration = Duration::from_millis(30);
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bench.md");
/// The text of a retained message. The bare stack is connected once it shows it.
const RETAINED: &str = "zqxj";
/// The last message of a flood: letters that occur nowhere else.
const LAST: &str = "ЩЖЮЫФЩЖЮ";
const SIZE: (u16, u16) = (120, 40);

/// The program that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Papo,
    Bare,
}

impl Subject {
    /// The output that ends the first full frame.
    fn first_frame(self) -> &'static [u8] {
        if self == Self::Papo { b"\x1b[?2026l" } else { b"0 lines" }
    }

    /// The output that shows that there is a connection.
    fn connected(self) -> &'static [u8] {
        if self == Self::Papo { "● online" } else { RETAINED }.as_bytes()
    }

    /// Moves the focus to the composer; the bare stack has nothing else.
    fn focus_composer(self, screen: &mut Terminal) {
        if self == Self::Papo {
            screen.opens_composer().shows("Write to");
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
    let setup = Setup::new();
    let mut table = Table::default();
    let order = |round: usize| {
        if round.is_multiple_of(2) { [Subject::Papo, Subject::Bare] } else { [Subject::Bare, Subject::Papo] }
    };
    for round in 0..STARTS {
        for subject in order(round) {
            setup.measure_start(subject, &mut table);
        }
    }
    for round in 0..ROUNDS {
        for subject in order(round) {
            setup.measure_running(subject, round, &mut table);
        }
    }
    // Last, because from then on the broker queues messages for alice, which slows it down.
    for round in 0..ROUNDS {
        for subject in order(round) {
            setup.measure_delivery(subject, round, &mut table);
        }
        table.note("one commit of a message, ms", Subject::Papo, median(commits(setup.homes.path(), round)));
    }
    let text = table.text();
    print!("{text}");
    fs::write(TABLE, text).expect("the table can be written");
}

/// The broker, and two papos with an open session, of which this broker knows nothing yet.
struct Setup {
    broker: Broker,
    homes: tempfile::TempDir,
    topic: String,
}

impl Setup {
    fn new() -> Self {
        let homes = tempfile::tempdir().expect("a folder");
        let topic = open_session(&Broker::start(), homes.path());
        // Without autosave at each message, which would dominate the measurement.
        let broker = Broker::start_with(
            "allow_anonymous true\nautosave_on_changes false\nautosave_interval 1800\nset_tcp_nodelay true\n",
        );
        for (topic, words) in [("USERS/zqxj", "zqxj online"), ("bare", RETAINED)] {
            let sent = publisher(&broker, topic, &["-r", "-m", words]).status().expect("mosquitto's clients are there");
            assert!(sent.success());
        }
        Self { broker, homes, topic }
    }

    fn topic(&self, subject: Subject) -> &str {
        if subject == Subject::Papo { &self.topic } else { "bare" }
    }

    fn start(&self, subject: Subject, name: &str) -> Terminal {
        let port = self.broker.port().to_string();
        match subject {
            Subject::Papo => {
                let url = format!("mqtt://127.0.0.1:{port}");
                let at = self.homes.path();
                Terminal::start_with(at, &[name, "-b", &url], &[("PAPO_LOG", "papo=warn")], SIZE)
            }
            Subject::Bare => {
                let mut command = CommandBuilder::new(env::current_exe().expect("it runs"));
                command.args(["bare", &port, "bare", name]);
                command.env("TERM", "xterm-256color");
                Terminal::run(command, SIZE)
            }
        }
    }

    /// Measures a start.
    fn measure_start(&self, subject: Subject, table: &mut Table) {
        let since = Instant::now();
        let mut screen = self.start(subject, "bob");
        table.took("first full frame, ms", subject, screen.wait_for_bytes(0, subject.first_frame()) - since);
        table.took("connected, ms", subject, screen.wait_for_bytes(0, subject.connected()) - since);
        thread::sleep(PAUSE);
        screen.presses_quit();
        screen.ends();
    }

    /// Measures a running program alone: at rest, while typing, in a flood and while paging.
    fn measure_running(&self, subject: Subject, round: usize, table: &mut Table) {
        let mut screen = self.start(subject, "bob");
        screen.wait_for_bytes(0, subject.connected());
        thread::sleep(Duration::from_secs(1));
        let process = Process::of(screen.pid());
        let at_rest = process.megabytes();
        table.note("memory at rest (RSS), MB", subject, at_rest);
        if round == 0 {
            let (before, written, woken) = (process.cpu(), screen.written(), process.wake_ups());
            thread::sleep(REST);
            table.took("10 s at rest: CPU, ms", subject, process.cpu_since(before));
            table.note("10 s at rest: bytes written", subject, count(screen.written() - written));
            table.note("10 s at rest: waking up", subject, count(process.wake_ups() - woken));
        }
        subject.focus_composer(&mut screen);
        table.note("key to echo, at rest, ms", subject, median(type_keys(&mut screen)));
        let load = Load::start(&self.broker, self.topic(subject));
        thread::sleep(Duration::from_millis(300));
        let (before, since) = (process.cpu(), Instant::now());
        table.note("key to echo, at 1,000 messages a second, ms", subject, median(type_keys(&mut screen)));
        let share = process.cpu_since(before).as_secs_f64() / since.elapsed().as_secs_f64();
        table.note("CPU at 1,000 messages a second and 30 keys, %", subject, share * 100.0);
        load.stop();
        thread::sleep(Duration::from_millis(500));

        let before = process.cpu();
        let took = self.flood(subject, &mut screen, FLOOD);
        table.took("20,000 messages until the last is seen, ms", subject, took);
        let each = process.cpu_since(before).as_secs_f64() * 1e6 / count(FLOOD);
        table.note("their CPU each, µs", subject, each);

        if round + 1 == ROUNDS {
            self.flood(subject, &mut screen, LONG);
            thread::sleep(Duration::from_secs(1));
            table.note("memory more after 100,000 messages, MB", subject, process.megabytes() - at_rest);
        }
        thread::sleep(Duration::from_millis(500));
        let pages = (0..PAGES).map(|_| {
            thread::sleep(PAUSE);
            let (from, since) = (screen.written(), Instant::now());
            screen.keys("\x1b[5~");
            screen.last_written(from, PAUSE) - since
        });
        table.note("PageUp, ms", subject, median(pages.collect()));
        screen.presses_quit();
        screen.ends();
    }

    /// Has a plain client send messages as fast as the broker accepts them. Returns how long it takes until the last is
    /// shown.
    fn flood(&self, subject: Subject, screen: &mut Terminal, messages: usize) -> Duration {
        let from = screen.written();
        let mut client = PlainClient::start(&self.broker, self.topic(subject));
        let since = Instant::now();
        (1..messages).for_each(|n| client.send_numbered(n));
        client.send(LAST);
        client.end();
        screen.wait_for_bytes(from, LAST.as_bytes()) - since
    }

    /// Measures from Enter on one screen to the message on the other.
    fn measure_delivery(&self, subject: Subject, round: usize, table: &mut Table) {
        let mut alice = self.start(subject, "alice");
        let mut bob = self.start(subject, "bob");
        for screen in [&mut alice, &mut bob] {
            screen.wait_for_bytes(0, subject.connected());
            subject.focus_composer(screen);
        }
        thread::sleep(Duration::from_millis(500));
        let seen = (0..SAID).map(|n| {
            let letter = letter(n);
            alice.keys(&format!("{letter} number {round}{n:03}"));
            thread::sleep(PAUSE);
            let (from, since) = (bob.written(), Instant::now());
            alice.keys("\r");
            bob.wait_for_bytes(from, letter.to_string().as_bytes()) - since
        });
        table.note("Enter to the other's screen, ms", subject, median(seen.collect()));
        for mut screen in [alice, bob] {
            screen.presses_quit();
            screen.ends();
        }
    }
}

/// Has two papos open a session, and returns its topic.
fn open_session(broker: &Broker, homes: &Path) -> String {
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let start = |id: &str| Terminal::start(homes, &[id, "-b", &url], SIZE);
    let (mut alice, mut bob) = (start("alice"), start("bob"));
    alice.opens_chat("alice", &mut bob, "bob");
    alice.shows("Write to bob");
    alice.opens_sent_requests();
    let screen = alice.shows("bob_alice_");
    let topic = screen.split_whitespace().find_map(|word| word.find("bob_alice_").map(|at| word[at..].to_owned()));
    [alice, bob].into_iter().for_each(quit);
    let topic = topic.expect("it is shown");
    topic.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned()
}

/// Types letters that are not on the screen yet, and measures how long each takes to appear.
fn type_keys(screen: &mut Terminal) -> Vec<Duration> {
    let pressed = (0..KEYS).map(|n| {
        if n % LINE == 0 {
            screen.keys("x\x03");
        }
        // Not in step with the frames, as with a human user.
        thread::sleep(PAUSE + Duration::from_micros(n as u64 * 7919 % 9000));
        let letter = letter(n).to_string();
        let (from, since) = (screen.written(), Instant::now());
        screen.keys(&letter);
        screen.wait_for_bytes(from, letter.as_bytes()) - since
    });
    let took = pressed.collect();
    screen.keys("x\x03");
    took
}

/// The `n`th of 48 letters that occur nowhere else on the screen.
fn letter(n: usize) -> char {
    ('а'..='я').chain('α'..='ρ').nth(n % 48).expect("there are so many")
}

/// A plain client: `mosquitto_pub` reading lines.
struct PlainClient {
    child: Child,
    keys: BufWriter<std::process::ChildStdin>,
}

impl PlainClient {
    fn start(broker: &Broker, topic: &str) -> Self {
        let mut child =
            publisher(broker, topic, &["-l"]).stdin(Stdio::piped()).spawn().expect("mosquitto's clients are there");
        let keys = BufWriter::new(child.stdin.take().expect("its input is a pipe"));
        Self { child, keys }
    }

    /// Sends one of many similar messages.
    fn send_numbered(&mut self, n: impl Display) {
        self.send(&format!("{n:06} the quick brown fox jumps over the lazy dog, and so on to eighty"));
    }

    fn send(&mut self, text: &str) {
        writeln!(self.keys, "alice {text}").expect("it reads all");
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

/// A plain client that sends 1,000 messages a second until it is stopped.
struct Load {
    thread: thread::JoinHandle<()>,
    stop: std::sync::mpsc::Sender<()>,
}

impl Load {
    fn start(broker: &Broker, topic: &str) -> Self {
        let mut client = PlainClient::start(broker, topic);
        let (stop, stopped) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let since = Instant::now();
            for n in 0.. {
                let due = since + Duration::from_millis(n);
                if stopped.recv_timeout(due.saturating_duration_since(Instant::now())).is_ok() {
                    break;
                }
                client.send_numbered(n);
                client.keys.flush().expect("it reads all");
            }
            client.end();
        });
        Self { thread, stop }
    }

    fn stop(self) {
        let _ = self.stop.send(());
        self.thread.join().expect("it ends");
    }
}

/// Measures commits of one message each, on the same disk.
fn commits(folder: &Path, round: usize) -> Vec<Duration> {
    let me = "alice".parse().expect("an id");
    let folder = folder.join(format!("bench{round}"));
    let mut store = papo::store::Store::open(&folder, &me, "bench").expect("a store").store;
    let commit = |seq: u64| {
        // As when a user writes: the disk was idle before.
        thread::sleep(PAUSE);
        let group = scene::append(seq);
        let since = Instant::now();
        store.commit(&group).expect("room on the disk");
        since.elapsed()
    };
    (0..30).map(commit).collect()
}

/// The measurements of both programs, in order: the label, and the values of papo and of the bare stack.
#[derive(Default)]
struct Table(Vec<(&'static str, Vec<f64>, Vec<f64>)>);

impl Table {
    fn took(&mut self, what: &'static str, subject: Subject, took: Duration) {
        self.note(what, subject, millis(took));
    }

    fn note(&mut self, what: &'static str, subject: Subject, value: f64) {
        let known = self.0.iter().position(|(name, ..)| *name == what);
        let place = known.unwrap_or_else(|| {
            self.0.push((what, Vec::new(), Vec::new()));
            self.0.len() - 1
        });
        let (_, papo, bare) = &mut self.0[place];
        if subject == Subject::Papo { papo.push(value) } else { bare.push(value) }
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

/// Formats a value with about three significant digits.
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
