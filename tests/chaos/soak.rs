//! Two papos chat for about an hour, and connections are cut every minute: no message may be lost, and only the stores
//! may grow.

use std::{
    fmt, fs,
    time::{Duration, Instant},
};

use crate::{
    phases, setting,
    site::{BrokerKind, Site},
    talker::{Talker, TalkerOptions, now},
};

/// Messages per second, of both users together.
const RATE: u32 = 50;
const MINUTE: Duration = Duration::from_secs(60);
/// The interval between measurements.
const SAMPLE: Duration = Duration::from_secs(5);
/// The tolerated growth of memory, for buffers and memory that the allocator keeps.
const SLACK_KIB: u64 = 2048;
/// The tolerated growth of the number of file descriptors.
const SLACK_HANDLES: u64 = 2;

/// The resources of one papo.
#[derive(Debug, Clone, Copy)]
struct Sample {
    rss_kib: u64,
    handles: u64,
    threads: u64,
    store_kib: u64,
}

impl Sample {
    fn of(talker: &mut Talker) -> Self {
        let pid = talker.papo().pid();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("papo runs");
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel reports it");
            line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("the value is a number")
        };
        let file = talker.store().join("papo.redb");
        Self {
            rss_kib: number("VmRSS:"),
            handles: fs::read_dir(format!("/proc/{pid}/fd")).expect("papo runs").count() as u64,
            threads: number("Threads:"),
            store_kib: fs::metadata(file).expect("the store exists").len() / 1024,
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rss_kib, handles, threads, store_kib } = self;
        write!(f, "{rss_kib:>6} KiB {handles:>3} handles {threads:>2} threads {store_kib:>7} KiB store")
    }
}

/// `make soak MINUTES=60`; `PAPO_ON=own` or `forgetful` selects another broker than mosquitto.
#[test]
#[ignore = "takes an hour: make soak MINUTES=60"]
fn soak() {
    let minutes: u32 = setting("PAPO_MINUTES", 60);
    let kind: BrokerKind = setting("PAPO_ON", BrokerKind::Persistent);
    let mut site = Site::new(kind);
    let mut talkers = phases::pair(&site, TalkerOptions { log: "papo=info,warn", patience: MINUTE });
    println!("soak: {minutes} minutes on {kind}, {RATE} messages a second, a cut every minute");
    for talker in &mut talkers {
        let pid = talker.papo().pid();
        println!("  {} is process {pid}, its home is {}", talker.name, talker.home().display());
    }
    let goal = minutes * 60 * RATE / 2;
    for talker in &mut talkers {
        talker.talk(goal, f64::from(RATE) / 2.0);
    }
    let samples = talk(&mut talkers, minutes);
    let settled = phases::settle(&mut talkers);
    let nudges: u32 = talkers.iter().map(|talker| talker.nudges).sum();
    let balance = phases::balance(&mut talkers);
    println!("soak of {minutes} minutes on {kind}\n{balance}  cuts          {minutes:>7}\n  /reconnect    {nudges:>7}");
    assert!(settled && balance.is_faultless(), "settled: {settled}; see {}", site.keep().display());
    // The samples of a shorter soak are too few to compare.
    let is_long = usize::try_from(minutes).unwrap() >= 20;
    for (talker, samples) in talkers.iter().zip(&samples).filter(|_| is_long) {
        stays_flat(talker.name, samples);
    }
}

/// Lets the talkers type for this many minutes, cuts connections every minute, and measures. Returns the samples of
/// each talker.
fn talk(talkers: &mut [Talker], minutes: u32) -> Vec<Vec<Sample>> {
    let since = now();
    let mut samples: Vec<Vec<Sample>> = talkers.iter().map(|_| Vec::new()).collect();
    let (mut next, mut minute): (Instant, u32) = (since, 0);
    while since.elapsed() < MINUTE * minutes {
        phases::tick(talkers);
        if now() >= next {
            next += SAMPLE;
            talkers.iter_mut().zip(&mut samples).for_each(|(talker, samples)| samples.push(Sample::of(talker)));
        }
        if since.elapsed() >= MINUTE * minute + MINUTE / 2 {
            minute += 1;
            // In turn: alice's connection, both, bob's connection.
            for (index, talker) in (0..).zip(talkers.iter()) {
                if minute % 3 != index {
                    talker.proxy.cut();
                }
            }
            report(minute, talkers, &samples);
        }
    }
    samples
}

fn report(minute: u32, talkers: &[Talker], samples: &[Vec<Sample>]) {
    let uses: Vec<String> = talkers
        .iter()
        .zip(samples)
        .filter_map(|(talker, samples)| samples.last().map(|sample| format!("{} {sample}", talker.name)))
        .collect();
    println!("{minute:>4} min | {}", uses.join(" | "));
}

/// Asserts that papo uses about as much memory and as many file descriptors in the last quarter of the samples as in
/// the second.
fn stays_flat(name: &str, samples: &[Sample]) {
    let quarter = samples.len() / 4;
    let (second, last) = (&samples[quarter..2 * quarter], &samples[3 * quarter..]);
    let (before, after) = (median(second, |s| s.rss_kib), median(last, |s| s.rss_kib));
    println!("  {name}: {before} KiB in the second quarter, {after} KiB in the last");
    assert!(after <= before + before / 10 + SLACK_KIB, "{name} grows from {before} to {after} KiB");
    let (before, after) = (median(second, |s| s.handles), median(last, |s| s.handles));
    assert!(after <= before + SLACK_HANDLES, "{name} has {before} handles, later {after}");
}

fn median(samples: &[Sample], field: impl Fn(&Sample) -> u64) -> u64 {
    let mut all: Vec<u64> = samples.iter().map(field).collect();
    all.sort_unstable();
    all[all.len() / 2]
}
