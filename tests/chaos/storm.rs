//! The disturbances during a run: which one comes when, and how long it lasts, from a seed.

use std::{
    fmt,
    ops::Range,
    time::{Duration, Instant},
};

use crate::{
    dice::Dice,
    site::{Kind, Site},
    talker::{Talker, now},
};

/// Each comes once before any is repeated.
const DECK: [Harm; 10] = [
    Harm::Cut,
    Harm::Cut,
    Harm::CutAll,
    Harm::Stall,
    Harm::Stall,
    Harm::Delay,
    Harm::Shut,
    Harm::KillBroker,
    Harm::KillTalker,
    Harm::KillTalker,
];

#[derive(Debug, Clone, Copy)]
enum Harm {
    /// One talker loses its connection.
    Cut,
    /// All lose their connections.
    CutAll,
    /// The connection of one stalls; later it is cut, or continues.
    Stall,
    /// The connection of one is slow for a while.
    Delay,
    /// One gets no connection for a while.
    Shut,
    /// The broker is killed and restarted later.
    KillBroker,
    /// A papo is killed and restarted later.
    KillTalker,
}

/// The end of a disturbance; the number is the talker's.
#[derive(Debug, Clone, Copy)]
enum Relief {
    Cut(usize),
    Resume(usize),
    Hasten(usize),
    Open(usize),
    RestartBroker,
}

/// The strength, in milliseconds.
#[derive(Debug, Clone)]
pub struct Weather {
    /// From one disturbance to the next.
    pub gap: Range<usize>,
    /// How long a disturbance lasts.
    pub outage: Range<usize>,
}

/// How often each came.
#[derive(Debug, Default)]
pub struct Tally {
    pub cuts: u32,
    pub stalls: u32,
    pub delays: u32,
    pub broker_kills: u32,
    pub wipes: u32,
    pub kills: u32,
}

/// A storm on a site, until it is calmed.
pub struct Storm {
    kind: Kind,
    dice: Dice,
    weather: Weather,
    deck: Vec<Harm>,
    next: Instant,
    reliefs: Vec<(Instant, Relief)>,
    pub tally: Tally,
}

impl Storm {
    pub fn new(seed: u64, kind: Kind, weather: Weather) -> Self {
        let (dice, tally) = (Dice(seed), Tally::default());
        Self { kind, dice, weather, deck: Vec::new(), next: now(), reliefs: Vec::new(), tally }
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
            let harm = self.draw();
            self.harm(harm, site, talkers);
            self.next = now + span(&mut self.dice, &self.weather.gap);
        }
    }

    /// Ends everything that still lasts.
    pub fn calm(&mut self, site: &mut Site, talkers: &mut [Talker]) {
        for (_, relief) in std::mem::take(&mut self.reliefs) {
            self.relieve(relief, site, talkers);
        }
    }

    fn draw(&mut self) -> Harm {
        if self.deck.is_empty() {
            self.deck = DECK.to_vec();
        }
        self.deck.swap_remove(self.dice.roll(self.deck.len()))
    }

    fn harm(&mut self, harm: Harm, site: &mut Site, talkers: &mut [Talker]) {
        // All numbers are drawn each time, so that later ones do not depend on what could be done.
        let whom = self.dice.roll(talkers.len());
        let (span, coin) = (span(&mut self.dice, &self.weather.outage), self.dice.roll(2) == 0);
        let wipes = self.kind == Kind::Forgetful || (self.kind == Kind::Own && self.dice.roll(3) == 0);
        let until = now() + span;
        match harm {
            Harm::Cut => self.cut(&talkers[whom]),
            Harm::CutAll => talkers.iter().for_each(|talker| self.cut(talker)),
            Harm::Stall => {
                self.tally.stalls += 1;
                talkers[whom].proxy.stall(true);
                self.reliefs.push((until, if coin { Relief::Cut(whom) } else { Relief::Resume(whom) }));
            }
            Harm::Delay => {
                self.tally.delays += 1;
                talkers[whom].proxy.delay(span / 40);
                self.reliefs.push((until, Relief::Hasten(whom)));
            }
            Harm::Shut => {
                self.tally.cuts += 1;
                talkers[whom].proxy.close();
                self.reliefs.push((until, Relief::Open(whom)));
            }
            Harm::KillBroker if self.reliefs.iter().any(|(_, relief)| matches!(relief, Relief::RestartBroker)) => {}
            Harm::KillBroker => {
                self.tally.broker_kills += 1;
                site.kill_broker();
                if wipes {
                    self.tally.wipes += 1;
                    site.wipe_broker();
                }
                self.reliefs.push((until, Relief::RestartBroker));
            }
            Harm::KillTalker if talkers[whom].is_away() => {}
            Harm::KillTalker => {
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
            Relief::Hasten(whom) => talkers[whom].proxy.delay(Duration::ZERO),
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
        writeln!(f, "  broker kills  {broker_kills:>7}, {wipes} with all it kept")?;
        writeln!(f, "  client kills  {kills:>7}")
    }
}
