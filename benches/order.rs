//! Which functions a start of papo and the first minutes with it go through: written to assets/start.txt, by which
//! the linker lays them together.
//!
//! `make order` runs it, with a release that still has its names. It needs valgrind, and nm of the binutils.

#[path = "../tests/support/broker.rs"]
mod broker;
#[path = "../tests/support/terminal.rs"]
mod terminal;
#[path = "../tests/support/wire.rs"]
mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    process::Command,
};

use portable_pty::CommandBuilder;

use self::{broker::Broker, terminal::Terminal, wire::Wire};

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/start.txt");
const HEADER: &str = "\
# How the names of the functions begin that a start of papo and the first minutes with it go through, without what
# another compiler would name otherwise. `make order` writes this; build.rs has the linker lay them together.
";
/// One line more must save so many bytes of code that is not needed.
const WORTH: u64 = 250;
const SIZE: (u16, u16) = (120, 40);

fn main() {
    let Ok(papo) = env::var("PAPO_BUILT") else { return println!("PAPO_BUILT names a release that is not stripped") };
    let folder = tempfile::tempdir().expect("a folder");
    let [start, mut day] = live_a_day(&papo, folder.path()).map(|counted| used(&counted));
    day.extend(start.iter().cloned());
    let mut names = Beginning::default();
    for (name, size) in functions(&papo) {
        names.add(&without_hashes(&name), size, [&start, &day].map(|used| used.contains(&name)));
    }
    let mut lines = names.cheapest().1;
    // What a start uses most densely goes together; behind it are pieces of which few are touched, and what comes later.
    lines.sort_by(|a, b| b.shares.partial_cmp(&a.shares).expect("numbers").then_with(|| a.name.cmp(&b.name)));
    let text = lines.iter().fold(HEADER.to_owned(), |text, line| text + &line.name + "\n");
    fs::write(LIST, text).expect("the list can be written");
    println!("{} beginnings of names for {} functions", lines.len(), day.len());
}

/// Two papos have a talk, and one by hand is there, too; what one of the papos runs is counted, of a start alone and of
/// more.
fn live_a_day(papo: &str, home: &Path) -> [String; 2] {
    let broker = Broker::start();
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let start = |before: &[&str], id: &str| {
        let words: Vec<&str> = before.iter().copied().chain([papo, id, "-b", &url]).collect();
        let mut command = CommandBuilder::new(words[0]);
        command.args(&words[1..]);
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        Terminal::run(command, SIZE)
    };
    let configuration = home.join(".config/papo");
    fs::create_dir_all(&configuration).expect("a folder");
    fs::write(configuration.join("config.toml"), "embedded_broker = \"never\"\n").expect("a configuration");
    let (mut alice, mut bob) = (start(&[], "alice"), start(&[], "bob"));
    alice.opens_talk("alice", &mut bob, "bob");
    alice.shows("Write to bob");
    // The next start verifies the history.
    bob.kill();
    let wire = Wire::listen(broker.port());
    wire.publish_with(&["-r", "-t", "USERS/eve", "-m", "eve online"]);

    let counted = home.join("counted");
    let out = format!("--callgrind-out-file={}", counted.display());
    let valgrind = ["valgrind", "--tool=callgrind", &out, "--demangle=no", "--compress-strings=no"];
    let mut bob = start(&valgrind, "bob");
    bob.shows("● online");
    bob.shows("● eve");
    bob.keys("\x11").ends();
    let counts = || fs::read_to_string(&counted).expect("callgrind has written it");
    let of_start = counts();
    let mut bob = start(&valgrind, "bob");
    bob.shows("● online");
    alice.keys("\x1bc");
    bob.keys("\x1bc").shows("Write to alice");
    for n in 0..50 {
        alice.line(&format!("that is *number* {n}: https://example.org, 你好 and more words than one line has"));
    }
    bob.shows("* 49");
    let heard = wire.shows(|line| line.starts_with("bob_alice_"), "what was said");
    wire.publish(heard.split(' ').next().expect("its topic"), "alice by hand");
    bob.shows("by hand");
    bob.line("I see").keys("né").keys("\x15").keys("\x1b[5~").keys("\x1b[6~");
    alice.shows("I see");
    alice.keys("\x11").ends();
    bob.shows("○ alice");
    bob.keys("\x11").ends();
    [of_start, counts()]
}

/// The functions that callgrind has seen.
fn used(counted: &str) -> BTreeSet<String> {
    let names = counted.lines().filter_map(|line| line.strip_prefix("fn="));
    // A recursive one is told apart by its depth.
    names.map(|name| name.split('\'').next().unwrap_or(name).to_owned()).collect()
}

/// The functions of a program, and how large they are.
fn functions(program: &str) -> Vec<(String, u64)> {
    let listed = Command::new("nm").args(["-S", "--defined-only", program]).output().expect("nm of the binutils");
    let text = String::from_utf8(listed.stdout).expect("names are text");
    let function = |line: &str| {
        let [_, size, kind, name] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let is_code = "tTwW".contains(kind);
        Some((name.to_owned(), u64::from_str_radix(size, 16).ok()?)).filter(|_| is_code)
    };
    text.lines().filter_map(function).collect()
}

/// A name as any compiler has it: Rust's older names end in a hash, its newer ones have one for each crate. A number
/// after a dot tells apart what is there twice.
fn without_hashes(name: &str) -> String {
    let name = name.split(".llvm.").next().unwrap_or(name);
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let name = name.rsplit_once('.').filter(|(_, number)| is_number(number)).map_or(name, |(name, _)| name);
    let name = name.rsplit_once("17h").filter(|(_, hash)| hash.len() == 17).map_or(name, |(name, _)| name);
    let mut parts = name.split("Cs");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hash = part.split_once('_').filter(|(hash, _)| hash.len() > 9 && hash.chars().all(char::is_alphanumeric));
        text += &hash.map_or(format!("Cs{part}"), |(_, rest)| format!("Cs*_{rest}"));
    }
    text
}

/// How long the first part of a name is: a module, a type or a function, which begin with how long they are.
fn part(name: &str) -> usize {
    let is_digit = |at: usize| name.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let is_end = |&at: &usize| is_digit(at) && !is_digit(at - 1) || name[..at].ends_with("..");
    (1..name.len()).find(is_end).unwrap_or(name.len())
}

/// What some names begin with: how much code they are, how much of it a start uses and how much is used at all, and how
/// they go on.
#[derive(Default)]
struct Beginning {
    all: u64,
    used: [u64; 2],
    /// Whether a function that is used has no more to its name.
    is_one: bool,
    on: BTreeMap<String, Self>,
}

impl Beginning {
    fn add(&mut self, name: &str, size: u64, uses: [bool; 2]) {
        self.all += size;
        self.used = [0, 1].map(|when| self.used[when] + if uses[when] { size } else { 0 });
        if name.is_empty() {
            self.is_one |= uses[1];
        } else {
            let (part, rest) = name.split_at(part(name));
            self.on.entry(part.to_owned()).or_default().add(rest, size, uses);
        }
    }

    /// The beginnings that have all that is used, with the least lines and code that is not; what these cost.
    fn cheapest(&self) -> (u64, Vec<Line>) {
        if self.used[1] == 0 {
            return (0, Vec::new());
        }
        let whole = WORTH + self.all - self.used[1];
        let mut apart = (0, Vec::new());
        for (part, beginning) in &self.on {
            let (cost, lines) = beginning.cheapest();
            apart.0 += cost;
            apart.1.extend(lines.into_iter().map(|line| Line { name: format!("{part}{}", line.name), ..line }));
        }
        if self.is_one || whole <= apart.0 {
            (whole, vec![Line { name: String::new(), shares: self.shares() }])
        } else {
            apart
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "they are sizes of functions")]
    fn shares(&self) -> [f64; 2] {
        self.used.map(|used| used as f64 / self.all as f64)
    }
}

/// A beginning that goes on the list.
struct Line {
    name: String,
    /// How much of what begins so a start uses, and how much is used at all.
    shares: [f64; 2],
}
