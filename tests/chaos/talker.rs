//! A user who types numbered lines into a papo, and reads the screen to see how far they have got.
//!
//! The screen says how fast to go on and when to stop; the truth is in the store.

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
/// The most lines that are typed beyond those that the screen has shown.
const AHEAD: u32 = 20;
/// Other lines may have hidden the talker's own; after this time without a sight of them it types on.
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
    /// Its papo does not run until then.
    Away(Instant),
    /// papo is running; whether it is ready for input.
    There(Terminal, bool),
}

/// A user.
pub struct Talker {
    pub name: &'static str,
    pub proxy: Proxy,
    home: PathBuf,
    options: TalkerOptions,
    state: State,
    changes: u64,
    /// How many lines to type, and how many a second.
    goal: u32,
    pace: f64,
    since: Instant,
    /// The last line that was typed, and the time of the last progress in typing or seeing.
    typed: u32,
    last_progress: Instant,
    /// The last line seen of each author, by first letter.
    seen: BTreeMap<char, u32>,
    /// Whether the outbox is empty, according to the screen.
    sent: bool,
    /// Since when it is offline; `None` if it is online.
    offline: Option<Instant>,
    /// Why it has stopped trying to connect, if it has.
    stopped: Option<String>,
    /// How often it was told to reconnect, how often of these it had stopped trying, and its last reason for that.
    pub nudges: u32,
    pub stops: u32,
    pub stopped_for: String,
}

/// A line, as it is typed. It has the number twice, to tell a whole line from one that is half drawn.
pub fn line(name: &str, number: u32) -> String {
    let letter = &name[..1];
    format!("{letter}-{number:06} {letter}={number}")
}

impl Talker {
    /// One whose papo has just been started.
    pub fn new(site: &Site, name: &'static str, options: TalkerOptions) -> Self {
        let now = now();
        let mut talker = Self {
            name,
            proxy: site.proxy(),
            home: site.home(name),
            options,
            state: State::Away(now),
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

    /// Starts its papo.
    pub fn start(&mut self) {
        let url = format!("mqtt://127.0.0.1:{}", self.proxy.port());
        let papo = Terminal::start_unrecorded(&self.home, &[self.name, "-b", &url], SCREEN, self.options.log);
        self.changes = 0;
        self.sent = false;
        self.offline = Some(now());
        self.state = State::There(papo, false);
    }

    /// Its running papo.
    pub fn papo(&mut self) -> &mut Terminal {
        match &mut self.state {
            State::There(papo, _) => papo,
            State::Away(_) => panic!("{} is away", self.name),
        }
    }

    pub fn is_away(&self) -> bool {
        matches!(self.state, State::Away(_))
    }

    /// Makes it type up to line `goal`, `pace` lines a second.
    pub fn talk(&mut self, goal: u32, pace: f64) {
        (self.goal, self.pace, self.since) = (goal, pace, now());
    }

    /// One step: reads the screen, types, restarts a killed papo.
    pub fn tick(&mut self) {
        match &mut self.state {
            State::Away(until) if *until <= now() => self.start(),
            State::Away(_) => {}
            State::There(papo, ready) => {
                assert!(!papo.has_ended(), "{} ended by itself:\n{}", self.name, papo.screen());
                let Some(screen) = papo.changed(&mut self.changes) else { return self.go_on() };
                // A papo killed before it had stored the chat receives it again.
                let has_talk = !screen.contains("No chat is open");
                if !*ready && has_talk && screen.contains("outbox") {
                    // A line that was half typed when it was killed may be there as a draft.
                    papo.opens_composer().clears_composer();
                    *ready = true;
                    self.last_progress = now();
                }
                self.look(&screen);
                self.go_on();
            }
        }
    }

    fn go_on(&mut self) {
        if matches!(self.state, State::There(_, true)) {
            self.nudge();
            self.write();
        }
    }

    fn look(&mut self, screen: &str) {
        let header = screen.lines().next().unwrap_or_default();
        self.sent = header.contains("outbox 0");
        if header.contains("● online") {
            self.offline = None;
        } else {
            self.offline.get_or_insert_with(now);
        }
        let why = header.split_once('✗').map(|(_, why)| why.split("   ").next().unwrap_or_default().trim().to_owned());
        assert!(why.as_ref().is_none_or(|why| !why.starts_with("cannot save")), "{}: {why:?}", self.name);
        self.stopped = why;
        let before = self.seen.values().sum::<u32>();
        for (author, number) in screen.lines().filter_map(numbered) {
            let seen = self.seen.entry(author).or_default();
            *seen = number.max(*seen);
        }
        if self.seen.values().sum::<u32>() != before {
            self.last_progress = now();
        }
    }

    /// No user watches a countdown of a minute when there is something to write. papo also does not reconnect by itself
    /// if it suspects another device.
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

    fn write(&mut self) {
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

    /// Whether everything was typed.
    pub fn has_typed_all(&self) -> bool {
        self.typed == self.goal && matches!(self.state, State::There(..))
    }

    /// Whether all its lines have reached the broker, according to the screen.
    pub fn has_sent_all(&self) -> bool {
        self.has_typed_all() && self.own_seen() == self.goal && self.sent
    }

    /// Whether it has all lines of everybody and has sent its own, according to the screen.
    pub fn has_received_all(&self, goals: &BTreeMap<char, u32>) -> bool {
        let has_seen = |(author, goal): (&char, &u32)| self.seen.get(author).copied().unwrap_or(0) >= *goal;
        self.sent && self.offline.is_none() && goals.iter().all(has_seen)
    }

    /// A report of the lines that it misses, with its screen; `None` if it has all.
    pub fn report_missing(&mut self, goals: &BTreeMap<char, u32>) -> Option<String> {
        if self.has_received_all(goals) {
            return None;
        }
        let Self { name, seen, sent, offline, .. } = self;
        let state = format!("{name}: saw {seen:?} of {goals:?}, outbox empty: {sent}, online: {}", offline.is_none());
        Some(if self.is_away() { state } else { format!("{state}\n{}\n", self.papo().screen()) })
    }

    /// The last line that others have to see.
    pub fn goal(&self) -> (char, u32) {
        (self.letter(), self.goal)
    }

    /// The time of the last progress.
    pub fn last_progress(&self) -> Instant {
        self.last_progress
    }

    /// Kills its papo, which is started again after `away`. Lines that papo had accepted are in its store.
    pub fn kill(&mut self, away: Duration) {
        self.papo().kill();
        self.state = State::Away(now() + away);
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
        assert_eq!(papo.ends(), 0, "{name} leaves in peace:\n{}", papo.screen());
        self.state = State::Away(now());
    }

    /// The lines typed.
    pub fn script(&self) -> Vec<String> {
        (1..=self.goal).map(|number| line(self.name, number)).collect()
    }

    /// The folder of its store.
    pub fn store(&self) -> PathBuf {
        store_in(&self.home, self.name)
    }

    pub fn home(&self) -> &Path {
        &self.home
    }
}

/// The author's first letter and the number of the line, if this row of the screen shows a whole line after the
/// author's name, outside of the composer.
fn numbered(row: &str) -> Option<(char, u32)> {
    let words: Vec<&str> = row.split_whitespace().collect();
    let at = words.iter().position(|word| is_line(word))?;
    let (letter, number) = words[at].split_once('-')?;
    let number: u32 = number.parse().ok()?;
    let is_whole = *words.get(at + 1)? == format!("{letter}={number}");
    let has_author = words.get(at.checked_sub(1)?)?.starts_with(letter);
    (is_whole && has_author).then(|| (letter.chars().next().unwrap_or(' '), number))
}

fn is_line(word: &str) -> bool {
    let word = word.as_bytes();
    word.len() == 8 && word[0].is_ascii_lowercase() && word[1] == b'-' && word[2..].iter().all(u8::is_ascii_digit)
}

#[expect(clippy::disallowed_methods, reason = "a run goes on in real time")]
pub fn now() -> Instant {
    Instant::now()
}
