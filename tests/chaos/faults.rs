//! Disturbances while the talkers write: their kinds, times and durations come from a seed.

use std::{
    fmt,
    ops::Range,
    time::{Duration, Instant},
};

use crate::{
    dice::Dice,
    site::{BrokerKind, Site},
    talker::{Talker, now},
};

/// The deck of faults. All are drawn once, in random order, before the deck starts again.
const DECK: [Fault; 10] = [
    Fault::Cut,
    Fault::Cut,
    Fault::CutAll,
    Fault::Stall,
    Fault::Stall,
    Fault::Delay,
    Fault::Shut,
    Fault::KillBroker,
    Fault::KillTalker,
    Fault::KillTalker,
];

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// One talker loses its connection.
    Cut,
    /// All talkers lose their connections.
    CutAll,
    /// The connection of one stalls; later it is cut, or goes on.
    Stall,
    /// The connection of one is slow for a while.
    Delay,
    /// One cannot connect for a while.
    Shut,
    /// The broker is killed and restarted later.
    KillBroker,
    /// A papo is killed and restarted later.
    KillTalker,
}

/// The end of a fault; the number names the talker.
#[derive(Debug, Clone, Copy)]
enum Relief {
    Cut(usize),
    Resume(usize),
    EndDelay(usize),
    Open(usize),
    RestartBroker,
}

/// The frequency and duration of disturbances, in milliseconds.
#[derive(Debug, Clone)]
pub struct FaultTiming {
    /// The time from one fault to the next.
    pub gap: Range<usize>,
    /// The duration of a fault.
    pub outage: Range<usize>,
}

/// The number of faults of each kind.
#[derive(Debug, Default)]
pub struct Tally {
    pub cuts: u32,
    pub stalls: u32,
    pub delays: u32,
    pub broker_kills: u32,
    pub wipes: u32,
    pub kills: u32,
}

/// Injects faults into a site, until [`calm`](Self::calm) ends them.
pub struct FaultInjector {
    kind: BrokerKind,
    dice: Dice,
    timing: FaultTiming,
    deck: Vec<Fault>,
    next: Instant,
    reliefs: Vec<(Instant, Relief)>,
    pub tally: Tally,
}

impl FaultInjector {
    pub fn new(seed: u64, kind: BrokerKind, timing: FaultTiming) -> Self {
        let (dice, tally) = (Dice(seed), Tally::default());
        Self { kind, dice, timing, deck: Vec::new(), next: now(), reliefs: Vec::new(), tally }
    }

    /// Applies what is due.
    pub fn tick(&mut self, site: &mut Site, talkers: &mut [Talker]) {
        let now = now();
        let (due, later): (Vec<_>, Vec<_>) = self.reliefs.drain(..).partition(|(at, _)| *at <= now);
        self.reliefs = later;
        for (_, relief) in due {
            self.relieve(relief, site, talkers);
        }
        if self.next <= now {
            let fault = self.draw();
            self.fault(fault, site, talkers);
            self.next = now + span(&mut self.dice, &self.timing.gap);
        }
    }

    /// Ends everything that still lasts.
    pub fn calm(&mut self, site: &mut Site, talkers: &mut [Talker]) {
        for (_, relief) in std::mem::take(&mut self.reliefs) {
            self.relieve(relief, site, talkers);
        }
    }

    fn draw(&mut self) -> Fault {
        if self.deck.is_empty() {
            self.deck = DECK.to_vec();
        }
        self.deck.swap_remove(self.dice.roll(self.deck.len()))
    }

    fn fault(&mut self, fault: Fault, site: &mut Site, talkers: &mut [Talker]) {
        // Everything is rolled each time, so that later rolls do not depend on which faults were possible.
        let whom = self.dice.roll(talkers.len());
        let (span, coin) = (span(&mut self.dice, &self.timing.outage), self.dice.roll(2) == 0);
        let wipes = self.kind == BrokerKind::Forgetful || (self.kind == BrokerKind::Own && self.dice.roll(3) == 0);
        let until = now() + span;
        match fault {
            Fault::Cut => self.cut(&talkers[whom]),
            Fault::CutAll => talkers.iter().for_each(|talker| self.cut(talker)),
            Fault::Stall => {
                self.tally.stalls += 1;
                talkers[whom].proxy.stall(true);
                self.reliefs.push((until, if coin { Relief::Cut(whom) } else { Relief::Resume(whom) }));
            }
            Fault::Delay => {
                self.tally.delays += 1;
                talkers[whom].proxy.delay(span / 40);
                self.reliefs.push((until, Relief::EndDelay(whom)));
            }
            Fault::Shut => {
                self.tally.cuts += 1;
                talkers[whom].proxy.close();
                self.reliefs.push((until, Relief::Open(whom)));
            }
            Fault::KillBroker if self.reliefs.iter().any(|(_, relief)| matches!(relief, Relief::RestartBroker)) => {}
            Fault::KillBroker => {
                self.tally.broker_kills += 1;
                site.kill_broker();
                if wipes {
                    self.tally.wipes += 1;
                    site.wipe_broker();
                }
                self.reliefs.push((until, Relief::RestartBroker));
            }
            Fault::KillTalker if talkers[whom].is_away() => {}
            Fault::KillTalker => {
                self.tally.kills += 1;
                talkers[whom].kill(span);
            }
        }
    }

    fn relieve(&mut self, relief: Relief, site: &mut Site, talkers: &[Talker]) {
        match relief {
            Relief::Cut(whom) => {
                self.cut(&talkers[whom]);
                talkers[whom].proxy.stall(false);
            }
            Relief::Resume(whom) => talkers[whom].proxy.stall(false),
            Relief::EndDelay(whom) => talkers[whom].proxy.delay(Duration::ZERO),
            // After a cut, the proxy accepts connections again.
            Relief::Open(whom) => talkers[whom].proxy.cut(),
            Relief::RestartBroker => site.restart_broker(),
        }
    }

    fn cut(&mut self, talker: &Talker) {
        self.tally.cuts += 1;
        talker.proxy.cut();
    }
}

fn span(dice: &mut Dice, range: &Range<usize>) -> Duration {
    let millis = range.start + dice.roll(range.len());
    Duration::from_millis(millis.try_into().expect("it is short"))
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cuts, stalls, delays, broker_kills, wipes, kills } = self;
        writeln!(f, "  cuts          {cuts:>7}")?;
        writeln!(f, "  stalls        {stalls:>7}")?;
        writeln!(f, "  slow spells   {delays:>7}")?;
        writeln!(f, "  broker kills  {broker_kills:>7}, {wipes} with data loss")?;
        writeln!(f, "  client kills  {kills:>7}")
    }
}
