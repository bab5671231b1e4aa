//! A simulated user who types numbered lines into a papo, and reads the screen to see which lines have arrived.
//!
//! The screen only controls how fast the talker types, and when a run ends; the stores decide whether it has passed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    ledger,
    proxy::Proxy,
    site::{Site, store_in},
    terminal::Terminal,
};

const SCREEN: (u16, u16) = (100, 50);
/// How many lines a talker types at most beyond its last line on the screen.
const AHEAD: u32 = 20;
/// After this time without progress the talker types on, because lines of others may have pushed its own off the
/// screen.
const UNSEEN: Duration = Duration::from_secs(2);

/// How a talker uses papo.
#[derive(Debug, Clone, Copy)]
pub struct TalkerOptions {
    /// The log filter of papo.
    pub log: &'static str,
    /// How long a talker waits for a connection before it tells papo to reconnect.
    pub patience: Duration,
}

enum State {
    /// papo is not running; the talker starts it at this time.
    Stopped(Instant),
    /// papo is running; the flag is whether it is ready for input.
    Running(Terminal, bool),
}

/// A simulated user with a papo, which connects through a proxy.
pub struct Talker {
    pub name: &'static str,
    pub proxy: Proxy,
    home: PathBuf,
    options: TalkerOptions,
    state: State,
    /// The counter of [`Terminal::changed`].
    changes: u64,
    /// The number of lines to type.
    goal: u32,
    /// How many lines to type per second.
    pace: f64,
    /// When typing began.
    since: Instant,
    /// The number of the last line that was typed.
    typed: u32,
    /// When the screen last showed a new line.
    last_progress: Instant,
    /// The highest line number seen of each author, by the author's first letter.
    seen: BTreeMap<char, u32>,
    /// Whether the outbox is empty, according to the screen.
    sent: bool,
    /// Since when papo is offline; `None` if it is online.
    offline: Option<Instant>,
    /// Why papo has stopped reconnecting; `None` if it has not.
    stopped: Option<String>,
    /// How often the talker has typed `/reconnect`.
    pub nudges: u32,
    /// How many of these times papo had stopped reconnecting.
    pub stops: u32,
    /// Why papo had stopped the last of these times.
    pub stopped_for: String,
}

/// The text of a line. It contains the number twice, to distinguish a whole line from one that is only partly drawn.
pub fn line(name: &str, number: u32) -> String {
    let letter = &name[..1];
    format!("{letter}-{number:06} {letter}={number}")
}

impl Talker {
    /// Creates a talker, and starts its papo.
    pub fn new(site: &Site, name: &'static str, options: TalkerOptions) -> Self {
        let now = now();
        let mut talker = Self {
            name,
            proxy: site.proxy(),
            home: site.home(name),
            options,
            state: State::Stopped(now),
            changes: 0,
            goal: 0,
            pace: 0.0,
            since: now,
            typed: 0,
            last_progress: now,
            seen: BTreeMap::new(),
            sent: false,
            offline: Some(now),
            stopped: None,
            nudges: 0,
            stops: 0,
            stopped_for: String::new(),
        };
        talker.start();
        talker
    }

    /// Starts papo.
    pub fn start(&mut self) {
        let url = format!("mqtt://127.0.0.1:{}", self.proxy.port());
        let papo = Terminal::start_unrecorded(&self.home, &[self.name, "-b", &url], SCREEN, self.options.log);
        self.changes = 0;
        self.sent = false;
        self.offline = Some(now());
        self.state = State::Running(papo, false);
    }

    /// The running papo. Panics if papo is not running.
    pub fn papo(&mut self) -> &mut Terminal {
        match &mut self.state {
            State::Running(papo, _) => papo,
            State::Stopped(_) => panic!("papo of {} is not running", self.name),
        }
    }

    pub fn is_away(&self) -> bool {
        matches!(self.state, State::Stopped(_))
    }

    /// Makes the talker type up to line `goal`, `pace` lines per second.
    pub fn talk(&mut self, goal: u32, pace: f64) {
        (self.goal, self.pace, self.since) = (goal, pace, now());
    }

    /// Does one step: reads the screen and types, or restarts a killed papo when its time has come.
    pub fn tick(&mut self) {
        match &mut self.state {
            State::Stopped(until) if *until <= now() => self.start(),
            State::Stopped(_) => {}
            State::Running(papo, ready) => {
                assert!(!papo.has_ended(), "papo of {} exited by itself:\n{}", self.name, papo.screen());
                let Some(screen) = papo.changed(&mut self.changes) else { return self.act() };
                // A papo that was killed before it stored the chat opens it when it receives the acceptance again.
                let has_chat = !screen.contains("No chat is open");
                if !*ready && has_chat && header(&screen).contains(self.name) {
                    // The draft may be a line that was half typed when papo was killed.
                    papo.opens_composer().clears_composer();
                    *ready = true;
                    self.last_progress = now();
                }
                self.read_screen(&screen);
                self.act();
            }
        }
    }

    fn act(&mut self) {
        if matches!(self.state, State::Running(_, true)) {
            self.nudge();
            self.type_due_lines();
        }
    }

    fn read_screen(&mut self, screen: &str) {
        let header = header(screen);
        // The header counts what is in the outbox only if there is something.
        self.sent = header.contains(self.name) && !header.contains("outbox");
        if header.contains("● online") {
            self.offline = None;
        } else {
            self.offline.get_or_insert_with(now);
        }
        let why = header.split_once('✗').map(|(_, why)| why.split("   ").next().unwrap_or_default().trim().to_owned());
        assert!(why.as_ref().is_none_or(|why| !why.starts_with("cannot save")), "{}: {why:?}", self.name);
        self.stopped = why;
        let before = self.seen.values().sum::<u32>();
        for (author, number) in messages(screen).filter_map(numbered) {
            let seen = self.seen.entry(author).or_default();
            *seen = number.max(*seen);
        }
        if self.seen.values().sum::<u32>() != before {
            self.last_progress = now();
        }
    }

    /// Types `/reconnect` after too long offline: a user with something to write does not wait for a countdown of a
    /// minute. papo also does not reconnect by itself if it suspects that another device uses the ID.
    fn nudge(&mut self) {
        if self.offline.is_some_and(|since| since.elapsed() > self.options.patience) {
            self.offline = Some(now());
            self.nudges += 1;
            if let Some(why) = self.stopped.take() {
                self.stops += 1;
                self.stopped_for = why;
            }
            self.papo().types_line("/reconnect");
        }
    }

    fn type_due_lines(&mut self) {
        let due = (self.since.elapsed().as_secs_f64() * self.pace).min(f64::from(self.goal));
        while f64::from(self.typed) + 1.0 <= due {
            if self.typed >= self.own_seen() + AHEAD {
                if self.last_progress.elapsed() < UNSEEN {
                    return;
                }
                let typed = self.typed;
                self.seen.insert(self.letter(), typed);
                self.last_progress = now();
            }
            self.typed += 1;
            let text = line(self.name, self.typed);
            self.papo().types_line(&text);
        }
    }

    fn letter(&self) -> char {
        self.name.chars().next().expect("a name has letters")
    }

    fn own_seen(&self) -> u32 {
        self.seen.get(&self.letter()).copied().unwrap_or(0)
    }

    /// Whether all lines are typed, and papo is running.
    pub fn has_typed_all(&self) -> bool {
        self.typed == self.goal && matches!(self.state, State::Running(..))
    }

    /// Whether all own lines have reached the broker, according to the screen.
    pub fn has_sent_all(&self) -> bool {
        self.has_typed_all() && self.own_seen() == self.goal && self.sent
    }

    /// Whether papo has received the last line of every author and sent its own, according to the screen. `goals` are
    /// the last line numbers by the authors' first letters.
    pub fn has_received_all(&self, goals: &BTreeMap<char, u32>) -> bool {
        let has_seen = |(author, goal): (&char, &u32)| self.seen.get(author).copied().unwrap_or(0) >= *goal;
        self.sent && self.offline.is_none() && goals.iter().all(has_seen)
    }

    /// Reports which lines are missing, with the screen; `None` if papo has received all.
    pub fn report_missing(&mut self, goals: &BTreeMap<char, u32>) -> Option<String> {
        if self.has_received_all(goals) {
            return None;
        }
        let Self { name, seen, sent, offline, .. } = self;
        let state = format!("{name}: saw {seen:?} of {goals:?}, outbox empty: {sent}, online: {}", offline.is_none());
        Some(if self.is_away() { state } else { format!("{state}\n{}\n", self.papo().screen()) })
    }

    /// The talker's first letter, and the number of its last line.
    pub fn goal(&self) -> (char, u32) {
        (self.letter(), self.goal)
    }

    /// When the screen last showed a new line.
    pub fn last_progress(&self) -> Instant {
        self.last_progress
    }

    /// Kills papo, which the talker starts again after `away`. Typing continues after the last line in the store.
    pub fn kill(&mut self, away: Duration) {
        self.papo().kill();
        self.state = State::Stopped(now() + away);
        let store = ledger::peek(&self.store(), self.name);
        let own = store.get(self.name).map_or(0, Vec::len);
        self.typed = u32::try_from(own).expect("there are not that many");
        self.seen.insert(self.letter(), self.typed);
    }

    /// Quits papo by key or by SIGTERM, and waits until it has exited.
    pub fn quit(&mut self, by_key: bool) {
        if by_key {
            self.papo().presses_quit();
        } else {
            self.papo().signal("TERM");
        }
        let (name, papo) = (self.name, self.papo());
        assert_eq!(papo.ends(), 0, "papo of {name} fails:\n{}", papo.screen());
        self.state = State::Stopped(now());
    }

    /// All lines that the talker types, from the first to `goal`.
    pub fn script(&self) -> Vec<String> {
        (1..=self.goal).map(|number| line(self.name, number)).collect()
    }

    /// The folder of the store.
    pub fn store(&self) -> PathBuf {
        store_in(&self.home, self.name)
    }

    pub fn home(&self) -> &Path {
        &self.home
    }
}

/// The first row. Once papo has drawn it, it contains the ID, whatever else it has no room for.
fn header(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
}

/// The rows of the screen above the rule of the composer.
fn messages(screen: &str) -> impl Iterator<Item = &str> {
    let rows: Vec<&str> = screen.lines().collect();
    let end = rows.iter().rposition(|row| row.contains("────")).unwrap_or(0);
    rows.into_iter().take(end)
}

/// The author's first letter and the line number, if this row of the screen shows a whole line.
fn numbered(row: &str) -> Option<(char, u32)> {
    let words: Vec<&str> = row.split_whitespace().collect();
    let at = words.iter().position(|word| is_line(word))?;
    let (letter, number) = words[at].split_once('-')?;
    let number: u32 = number.parse().ok()?;
    let is_whole = *words.get(at + 1)? == format!("{letter}={number}");
    is_whole.then(|| (letter.chars().next().unwrap_or(' '), number))
}

fn is_line(word: &str) -> bool {
    let word = word.as_bytes();
    word.len() == 8 && word[0].is_ascii_lowercase() && word[1] == b'-' && word[2..].iter().all(u8::is_ascii_digit)
}

#[expect(clippy::disallowed_methods, reason = "a run takes place in real time")]
pub fn now() -> Instant {
    Instant::now()
}
