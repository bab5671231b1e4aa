//! Compares papo with the bare stack (`support/bare.rs`): the same libraries without papo, on the same broker in the
//! same run. The ratios show what papo costs on any machine.
//!
//! `make bench` runs this program, which prints a table of medians and writes it to assets/bench.md. papo and the bare
//! stack take turns, each in its own pseudo-terminal. The program measures only; it checks no limits.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

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
/// The number of starts. More than [`ROUNDS`], because starts are short and vary a lot.
const STARTS: usize = 30;
const KEYS: usize = 120;
/// The number of keys after which the line is cleared, to keep it within its row.
const LINE_LENGTH: usize = 40;
/// The messages of the flood whose time is measured.
const FLOOD: usize = 20_000;
/// How often `PageUp` is measured per round.
const PAGES: usize = 60;
/// How often the delivery of a message is measured per round.
const DELIVERIES: usize = 60;
/// The messages of the flood after which the memory is measured.
const LONG_FLOOD: usize = 100_000;
const REST: Duration = Duration::from_secs(10);
/// The pause before each action. Longer than the interval between frames, like the pauses of a user.
const PAUSE: Duration = Duration::from_millis(30);
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bench.md");
/// The text of a retained message, which the bare stack shows as soon as it has subscribed.
const RETAINED: &str = "zqxj";
/// The last message of a flood. Its letters occur nowhere else on the screen.
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

    /// The output that shows that the program is connected.
    fn connected(self) -> &'static [u8] {
        if self == Self::Papo { "● online" } else { RETAINED }.as_bytes()
    }

    /// Moves the focus to the composer. The bare stack has only a composer.
    fn focus_composer(self, screen: &mut Terminal) {
        if self == Self::Papo {
            screen.opens_composer().shows("Write to");
        }
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [command, port, topic, name] = arguments.as_slice()
        && command == "bare"
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
        table.record("one commit of a message, ms", Subject::Papo, median_millis(commits(setup.homes.path(), round)));
    }
    let text = table.text();
    print!("{text}");
    fs::write(TABLE, text).expect("the table is written");
}

/// The broker, and the data of two papos with an open session. They opened it on another broker, so this one has no
/// sessions of them yet.
struct Setup {
    broker: Broker,
    homes: tempfile::TempDir,
    /// The topic of their session.
    topic: String,
}

impl Setup {
    fn new() -> Self {
        let homes = tempfile::tempdir().expect("a folder");
        let topic = open_session(&Broker::start(), homes.path());
        // Saving after each message would dominate the measurements.
        let broker = Broker::start_with(
            "allow_anonymous true\nautosave_on_changes false\nautosave_interval 1800\nset_tcp_nodelay true\n",
        );
        for (topic, words) in [("USERS/zqxj", "zqxj online"), ("bare", RETAINED)] {
            let sent = publisher(&broker, topic, &["-r", "-m", words]).status().expect("mosquitto_pub is installed");
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
                let mut command = CommandBuilder::new(env::current_exe().expect("the path of this program"));
                command.args(["bare", &port, "bare", name]);
                command.env("TERM", "xterm-256color");
                Terminal::run(command, SIZE)
            }
        }
    }

    /// Measures a start: the time until the first frame, and until the program is connected.
    fn measure_start(&self, subject: Subject, table: &mut Table) {
        let since = Instant::now();
        let mut screen = self.start(subject, "bob");
        table.record_time("first full frame, ms", subject, screen.wait_for_bytes(0, subject.first_frame()) - since);
        table.record_time("connected, ms", subject, screen.wait_for_bytes(0, subject.connected()) - since);
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
        table.record("memory at rest (RSS), MB", subject, at_rest);
        if round == 0 {
            let (before, written, woken) = (process.cpu(), screen.written(), process.wake_ups());
            thread::sleep(REST);
            table.record_time("10 s at rest: CPU, ms", subject, process.cpu_since(before));
            table.record("10 s at rest: bytes written", subject, count(screen.written() - written));
            table.record("10 s at rest: waking up", subject, count(process.wake_ups() - woken));
        }
        subject.focus_composer(&mut screen);
        table.record("key to echo, at rest, ms", subject, median_millis(type_keys(&mut screen)));
        let load = Load::start(&self.broker, self.topic(subject));
        thread::sleep(Duration::from_millis(300));
        let (before, since) = (process.cpu(), Instant::now());
        table.record("key to echo, at 1,000 messages a second, ms", subject, median_millis(type_keys(&mut screen)));
        let share = process.cpu_since(before).as_secs_f64() / since.elapsed().as_secs_f64();
        table.record("CPU at 1,000 messages a second and 30 keys, %", subject, share * 100.0);
        load.stop();
        thread::sleep(Duration::from_millis(500));

        let before = process.cpu();
        let duration = self.flood(subject, &mut screen, FLOOD);
        table.record_time("20,000 messages until the last is seen, ms", subject, duration);
        let each = process.cpu_since(before).as_secs_f64() * 1e6 / count(FLOOD);
        table.record("their CPU each, µs", subject, each);

        if round + 1 == ROUNDS {
            self.flood(subject, &mut screen, LONG_FLOOD);
            thread::sleep(Duration::from_secs(1));
            table.record("memory more after 100,000 messages, MB", subject, process.megabytes() - at_rest);
        }
        thread::sleep(Duration::from_millis(500));
        let pages = (0..PAGES).map(|_| {
            thread::sleep(PAUSE);
            let (from, since) = (screen.written(), Instant::now());
            screen.keys("\x1b[5~");
            screen.last_written(from, PAUSE) - since
        });
        table.record("PageUp, ms", subject, median_millis(pages.collect()));
        screen.presses_quit();
        screen.ends();
    }

    /// Starts a plain client that sends messages as fast as the broker accepts them. Returns the time until the program
    /// shows the last one.
    fn flood(&self, subject: Subject, screen: &mut Terminal, messages: usize) -> Duration {
        let from = screen.written();
        let mut client = PlainClient::start(&self.broker, self.topic(subject));
        let since = Instant::now();
        (1..messages).for_each(|n| client.send_numbered(n));
        client.send(LAST);
        client.end();
        screen.wait_for_bytes(from, LAST.as_bytes()) - since
    }

    /// Measures the time from Enter on one screen until the other screen shows the message.
    fn measure_delivery(&self, subject: Subject, round: usize, table: &mut Table) {
        let mut alice = self.start(subject, "alice");
        let mut bob = self.start(subject, "bob");
        for screen in [&mut alice, &mut bob] {
            screen.wait_for_bytes(0, subject.connected());
            subject.focus_composer(screen);
        }
        thread::sleep(Duration::from_millis(500));
        let seen = (0..DELIVERIES).map(|n| {
            let letter = letter(n);
            alice.keys(&format!("{letter} number {round}{n:03}"));
            thread::sleep(PAUSE);
            let (from, since) = (bob.written(), Instant::now());
            alice.keys("\r");
            bob.wait_for_bytes(from, letter.to_string().as_bytes()) - since
        });
        table.record("Enter to the other's screen, ms", subject, median_millis(seen.collect()));
        for mut screen in [alice, bob] {
            screen.presses_quit();
            screen.ends();
        }
    }
}

/// Starts two papos, which open a session and quit. Returns its topic.
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
    let topic = topic.expect("the list of requests shows the topic");
    topic.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned()
}

/// Types letters that are not on the screen yet, and measures the time until each appears.
fn type_keys(screen: &mut Terminal) -> Vec<Duration> {
    let pressed = (0..KEYS).map(|n| {
        if n % LINE_LENGTH == 0 {
            screen.keys("x\x03");
        }
        // Varies the pause, because a user does not type in step with the frames.
        thread::sleep(PAUSE + Duration::from_micros(n as u64 * 7919 % 9000));
        let letter = letter(n).to_string();
        let (from, since) = (screen.written(), Instant::now());
        screen.keys(&letter);
        screen.wait_for_bytes(from, letter.as_bytes()) - since
    });
    let echo_times = pressed.collect();
    screen.keys("x\x03");
    echo_times
}

/// The `n`th of 48 letters that occur nowhere else on the screen.
fn letter(n: usize) -> char {
    ('а'..='я').chain('α'..='ρ').nth(n % 48).expect("48 letters")
}

/// A plain client: `mosquitto_pub`, which publishes each line of its input.
struct PlainClient {
    child: Child,
    input: BufWriter<std::process::ChildStdin>,
}

impl PlainClient {
    fn start(broker: &Broker, topic: &str) -> Self {
        let mut child =
            publisher(broker, topic, &["-l"]).stdin(Stdio::piped()).spawn().expect("mosquitto_pub is installed");
        let input = BufWriter::new(child.stdin.take().expect("the input is a pipe"));
        Self { child, input }
    }

    /// Sends a message of about 80 characters that begins with the number `n`.
    fn send_numbered(&mut self, n: impl Display) {
        self.send(&format!("{n:06} the quick brown fox jumps over the lazy dog, and so on to eighty"));
    }

    fn send(&mut self, text: &str) {
        writeln!(self.input, "alice {text}").expect("mosquitto_pub reads its input");
    }

    fn end(mut self) {
        drop(self.input);
        self.child.wait().expect("the client ends");
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
                client.input.flush().expect("mosquitto_pub reads its input");
            }
            client.end();
        });
        Self { thread, stop }
    }

    fn stop(self) {
        let _ = self.stop.send(());
        self.thread.join().expect("the client ends");
    }
}

/// Measures 30 commits of one message each, to a store in `folder`, the disk of papo's data.
fn commits(folder: &Path, round: usize) -> Vec<Duration> {
    let me = "alice".parse().expect("an id");
    let folder = folder.join(format!("bench{round}"));
    let mut store = papo::store::Store::open(&folder, &me, "bench").expect("a store").store;
    let commit = |seq: u64| {
        // Between the messages of a user, the disk is idle.
        thread::sleep(PAUSE);
        let group = scene::append(seq);
        let since = Instant::now();
        store.commit(&group).expect("the commit succeeds");
        since.elapsed()
    };
    (0..30).map(commit).collect()
}

/// The rows of the table: the label, the values of papo, and the values of the bare stack.
#[derive(Default)]
struct Table(Vec<(&'static str, Vec<f64>, Vec<f64>)>);

impl Table {
    fn record_time(&mut self, label: &'static str, subject: Subject, duration: Duration) {
        self.record(label, subject, millis(duration));
    }

    fn record(&mut self, label: &'static str, subject: Subject, value: f64) {
        let known = self.0.iter().position(|(name, ..)| *name == label);
        let index = known.unwrap_or_else(|| {
            self.0.push((label, Vec::new(), Vec::new()));
            self.0.len() - 1
        });
        let (_, papo, bare) = &mut self.0[index];
        if subject == Subject::Papo { papo.push(value) } else { bare.push(value) }
    }

    fn text(&self) -> String {
        let mut text = "| | papo | bare stack | ratio |\n|---|--:|--:|--:|\n".to_owned();
        for (label, papo, bare) in &self.0 {
            let (papo, bare) = (median(papo), median(bare));
            let ratio = papo.zip(bare).filter(|(_, bare)| *bare > 0.0).map(|(papo, bare)| papo / bare);
            let shown = |value: Option<f64>| value.map_or("–".to_owned(), digits);
            let _ = writeln!(text, "| {label} | {} | {} | {} |", shown(papo), shown(bare), shown(ratio));
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

fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn median_millis(durations: Vec<Duration>) -> f64 {
    median(&durations.into_iter().map(millis).collect::<Vec<_>>()).expect("something was measured")
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a small count")]
fn count(count: usize) -> f64 {
    count as f64
}
