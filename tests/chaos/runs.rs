//! The chaos runs: how many users type how many messages, on which broker, and with which faults.

use std::time::Duration;

use crate::{
    faults::{FaultInjector, FaultTiming},
    phases, setting,
    site::{BrokerKind, Site},
    talker::{Talker, TalkerOptions, now},
};

/// The number of messages in a long run: from each user of a pair, or from a whole group together.
const MANY: u32 = 10_000;
/// The time in which the messages of a long run are typed.
const TYPING: Duration = Duration::from_secs(240);
/// The longest outage in a long run, in milliseconds.
const LONGEST: usize = 16_000;
const IMPATIENT: TalkerOptions = TalkerOptions { log: "papo=debug", patience: Duration::from_secs(2) };
/// How long typing may take before a run counts as stuck.
const STUCK: Duration = Duration::from_secs(900);

/// Two users, or a group of five.
#[derive(Debug, Clone, Copy)]
enum Party {
    Pair,
    Group,
}

/// A run: its messages and its faults.
struct Run {
    kind: BrokerKind,
    party: Party,
    /// From each user of a pair, or from a whole group together.
    messages: u32,
    typing: Duration,
    timing: FaultTiming,
    options: TalkerOptions,
}

impl Run {
    /// A few hundred messages in seconds, with every kind of fault.
    fn short(kind: BrokerKind, party: Party) -> Self {
        let timing = FaultTiming { gap: 200..900, outage: 200..1500 };
        Self { kind, party, messages: 300, typing: Duration::from_secs(7), timing, options: IMPATIENT }
    }

    /// Thousands of messages in minutes, with longer outages.
    fn long(kind: BrokerKind, party: Party) -> Self {
        let timing = FaultTiming { gap: 500..5000, outage: 500..setting("PAPO_OUTAGE", LONGEST) };
        let options = TalkerOptions { log: "papo=info,warn", patience: Duration::from_secs(15) };
        Self { kind, party, messages: setting("PAPO_CHAOS", MANY), typing: TYPING, timing, options }
    }

    fn execute(self) {
        let Self { kind, party, messages, typing, timing, options } = self;
        let seed: u64 = setting("PAPO_SEED", uuid::Uuid::new_v4().as_u64_pair().0 % 1_000_000);
        let title = format!("chaos: {party:?} on {kind}, {messages} messages, PAPO_SEED={seed}");
        println!("{title}");
        let mut site = Site::new(kind);
        let mut talkers = match party {
            Party::Pair => phases::pair(&site, options),
            Party::Group => phases::group(&site, options),
        };
        let share = match party {
            Party::Pair => messages,
            Party::Group => messages / u32::try_from(talkers.len()).expect("there are five"),
        };
        let since = now();
        let mut injector = FaultInjector::new(seed, kind, timing);
        for talker in &mut talkers {
            talker.talk(share, f64::from(share) / typing.as_secs_f64());
        }
        while !talkers.iter().all(Talker::has_typed_all) {
            injector.tick(&mut site, &mut talkers);
            phases::tick(&mut talkers);
            assert!(since.elapsed() < STUCK, "{title}: typing makes no progress; see {}", site.keep().display());
        }
        injector.calm(&mut site, &mut talkers);
        let typed = since.elapsed().as_secs();
        let settled = phases::settle(&mut talkers);
        let total = since.elapsed().as_secs();
        let balance = phases::balance(&mut talkers);
        println!("{title}\n{balance}{}  wall time     {total:>7} s, {typed} of them with faults", injector.tally);
        for Talker { name, nudges, stops, stopped_for, .. } in &talkers {
            println!(
                "  {name} typed /reconnect {nudges} times; {stops} times papo had stopped retrying: {stopped_for}"
            );
        }
        assert!(settled && balance.is_faultless(), "{title}: settled: {settled}; see {}", site.keep().display());
    }
}

#[test]
fn thousands_of_lost_messages_are_resent_at_once() {
    let mut site = Site::new(BrokerKind::Forgetful);
    let mut talkers = phases::pair(&site, IMPATIENT);
    talkers[1].kill(STUCK);
    talkers[0].talk(3000, 1000.0);
    let since = now();
    while !talkers[0].has_sent_all() {
        phases::tick(&mut talkers);
        assert!(since.elapsed() < STUCK, "alice makes no progress; see {}", site.keep().display());
    }
    site.kill_broker();
    site.restart_broker();
    talkers[1].start();
    let settled = phases::settle(&mut talkers);
    let balance = phases::balance(&mut talkers);
    assert!(settled && balance.is_faultless(), "settled: {settled}\n{balance}; see {}", site.keep().display());
}

/// The order of publications is lost on the way to everybody, as with some clusters of brokers.
#[test]
fn burst_in_another_order_arrives_without_being_sent_again() {
    let mut site = Site::new(BrokerKind::Persistent);
    let mut talkers = phases::group(&site, IMPATIENT);
    for talker in &mut talkers[1..] {
        talker.kill(STUCK);
        talker.proxy.shuffle(true);
    }
    talkers[0].talk(300, 1000.0);
    let since = now();
    while !talkers[0].has_sent_all() {
        phases::tick(&mut talkers);
        assert!(since.elapsed() < STUCK, "alice makes no progress; see {}", site.keep().display());
    }
    talkers.iter_mut().skip(1).for_each(Talker::start);
    let since = now();
    let settled = phases::settle(&mut talkers);
    let took = since.elapsed();
    println!("300 messages in another order arrive at four members in {} ms", took.as_millis());
    let balance = phases::balance(&mut talkers);
    // Sent again, one gap after the other, they would take minutes.
    let is_fast = took < Duration::from_secs(30);
    assert!(settled && is_fast && balance.is_faultless(), "{took:?}\n{balance}; see {}", site.keep().display());
}

/// Tests with the short and the long runs on a broker.
macro_rules! on_broker {
    ($($name:ident: $kind:expr)*) => { $(mod $name {
        use super::{BrokerKind, Party, Run};

        #[test]
        fn two_users_lose_nothing() {
            Run::short($kind, Party::Pair).execute();
        }

        #[test]
        fn five_members_lose_nothing() {
            Run::short($kind, Party::Group).execute();
        }

        #[test]
        #[ignore = "takes minutes: make chaos"]
        fn two_users_lose_nothing_long() {
            Run::long($kind, Party::Pair).execute();
        }

        #[test]
        #[ignore = "takes minutes: make chaos"]
        fn five_members_lose_nothing_long() {
            Run::long($kind, Party::Group).execute();
        }
    })* };
}

on_broker! {
    on_mosquitto: BrokerKind::Persistent
    on_a_forgetful_mosquitto: BrokerKind::Forgetful
    on_own_broker: BrokerKind::Own
}
