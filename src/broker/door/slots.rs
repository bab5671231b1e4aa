//! How many connections an address may have.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    rc::Rc,
};

use tokio::sync::Notify;

/// Connections of an address that have not logged in.
const PENDING_OF_ADDRESS: usize = 64;
/// Connections of all other machines that have not logged in.
const PENDING: usize = 1024;
/// Connections of this machine that have not logged in. More, for they may come from a reverse proxy.
const PENDING_LOCAL: usize = 16_384;
/// Pending connections of either kind that there may be even if hardly any descriptor is left.
const LEAST_PENDING: usize = 8;
/// Connections that are about to be closed, at a time.
const MAX_LEAVING: usize = 16;
/// The descriptors that are not for connections: for files, listeners, connections that are about to be closed, and
/// twice [`LEAST_PENDING`].
const OTHER_DESCRIPTORS: usize = 64;
/// Connections of an address that have logged in.
const ACTIVE_OF_ADDRESS: usize = 200;

/// Where a connection comes from: an IPv4 address, or the /64 network of an IPv6 address, since whoever has one address
/// of such a network has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// This machine, by the loopback address. It may be a reverse proxy.
    Local(IpAddr),
    /// Another machine.
    Remote(IpAddr),
}

impl Source {
    /// The source of connections from this address.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        if address.is_loopback() {
            return Self::Local(address);
        }
        Self::Remote(match address {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            IpAddr::V4(_) => address,
        })
    }

    /// Whether it is another machine.
    pub const fn is_remote(self) -> bool {
        matches!(self, Self::Remote(_))
    }
}

/// The connections that a source has.
#[derive(Debug, Default)]
struct Connections {
    /// The pending ones from the oldest on, with what tells them to give way.
    pending: BTreeMap<u64, Rc<Notify>>,
    active: usize,
}

impl Connections {
    /// Where the source is among those that have to give way. [`None`] if it has nothing pending.
    fn rank(&self) -> Option<Rank> {
        let (&oldest, _) = self.pending.first_key_value()?;
        Some((self.pending.len(), Reverse(oldest)))
    }
}

/// How many pending connections a source has, and the number of its oldest.
type Rank = (usize, Reverse<u64>);

/// The pending connections of this machine, or of all others.
#[derive(Debug, Default)]
struct Pending {
    count: usize,
    /// The sources. The one with the most connections is the last; of several, the one with the oldest.
    sources: BTreeMap<Rank, Source>,
}

/// Counts connections. Each of them is pending until it logs in, then active.
#[derive(Debug)]
pub struct Slots {
    /// How many descriptors there are for connections.
    descriptors: usize,
    sources: HashMap<Source, Connections>,
    local: Pending,
    remote: Pending,
    active: usize,
    /// Connections that give way and are not closed yet.
    leaving: usize,
    last: u64,
}

impl Slots {
    /// No connections yet. `descriptors`: how many files this process may have open.
    pub fn new(descriptors: usize) -> Self {
        Self {
            descriptors: descriptors.saturating_sub(OTHER_DESCRIPTORS),
            sources: HashMap::new(),
            local: Pending::default(),
            remote: Pending::default(),
            active: 0,
            leaving: 0,
            last: 0,
        }
    }

    /// Whether so many connections are about to be closed that no other may be accepted before. They still have their
    /// descriptors.
    pub const fn must_wait(&self) -> bool {
        self.leaving >= MAX_LEAVING
    }

    const fn pending(&mut self, source: Source) -> &mut Pending {
        match source {
            Source::Local(_) => &mut self.local,
            Source::Remote(_) => &mut self.remote,
        }
    }

    /// How many pending connections there may be of this machine, if the source is this machine, or else of all others.
    ///
    /// Both together have the descriptors that active connections leave, so that those who are about to log in always
    /// find one.
    fn most_pending(&self, source: Source) -> usize {
        let free = self.descriptors.saturating_sub(self.active);
        let remote = PENDING.min(free / 2);
        let most = if source.is_remote() { remote } else { PENDING_LOCAL.min(free - remote) };
        most.max(LEAST_PENDING)
    }

    /// Changes the connections of a source.
    fn change<T>(&mut self, source: Source, change: impl FnOnce(&mut Connections) -> T) -> T {
        let connections = self.sources.entry(source).or_default();
        let (count, rank) = (connections.pending.len(), connections.rank());
        let result = change(connections);
        let (new_count, new_rank) = (connections.pending.len(), connections.rank());
        if connections.active + new_count == 0 {
            self.sources.remove(&source);
        }
        let pending = self.pending(source);
        pending.count = pending.count + new_count - count;
        if new_rank != rank {
            if let Some(rank) = rank {
                pending.sources.remove(&rank);
            }
            if let Some(rank) = new_rank {
                pending.sources.insert(rank, source);
            }
        }
        result
    }

    /// Counts a new connection as pending. If there are too many in all, the oldest of the source with the most gives
    /// way: a client that logs in needs few, and much less time than those that only take up room.
    fn open(&mut self, source: Source, evicted: &Rc<Notify>) -> Option<u64> {
        if source.is_remote() && self.sources.get(&source).is_some_and(|of| of.pending.len() >= PENDING_OF_ADDRESS) {
            return None;
        }
        self.last += 1;
        let number = self.last;
        self.change(source, |of| of.pending.insert(number, Rc::clone(evicted)));
        while self.pending(source).count > self.most_pending(source) {
            let Some((_, &greatest)) = self.pending(source).sources.last_key_value() else { break };
            if let Some((_, oldest)) = self.change(greatest, |of| of.pending.pop_first()) {
                oldest.notify_one();
                self.leaving += 1;
            }
        }
        Some(number)
    }

    /// Counts a pending connection as active. False if the source has too many; then it stays pending.
    fn activate(&mut self, source: Source, number: u64) -> bool {
        let is_active = self.change(source, |of| {
            let has_room = !source.is_remote() || of.active < ACTIVE_OF_ADDRESS;
            let is_active = has_room && of.pending.remove(&number).is_some();
            of.active += usize::from(is_active);
            is_active
        });
        self.active += usize::from(is_active);
        is_active
    }

    /// A connection is closed.
    fn close(&mut self, source: Source, number: u64, is_active: bool) {
        if is_active {
            self.change(source, |of| of.active -= 1);
            self.active -= 1;
        } else if self.change(source, |of| of.pending.remove(&number)).is_none() {
            self.leaving -= 1;
        }
    }
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Rc<RefCell<Slots>>,
    source: Source,
    number: u64,
    evicted: Rc<Notify>,
    is_active: bool,
}

impl Slot {
    /// Counts a new connection. [`None`] if its address has too many that have not logged in.
    pub fn open(slots: &Rc<RefCell<Slots>>, source: Source) -> Option<Self> {
        let evicted = Rc::new(Notify::new());
        let number = slots.borrow_mut().open(source, &evicted)?;
        Some(Self { slots: Rc::clone(slots), source, number, evicted, is_active: false })
    }

    /// Where the connection comes from.
    pub const fn source(&self) -> Source {
        self.source
    }

    /// Notified once the connection has to give way to a newer one. Never after [`activate`](Self::activate).
    pub fn evicted(&self) -> Rc<Notify> {
        Rc::clone(&self.evicted)
    }

    /// The connection has logged in. False if its source has too many that have.
    pub fn activate(&mut self) -> bool {
        self.is_active = self.slots.borrow_mut().activate(self.source, self.number);
        self.is_active
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.borrow_mut().close(self.source, self.number, self.is_active);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, net::Ipv4Addr};

    use futures_util::FutureExt;

    use super::*;

    fn slots() -> Rc<RefCell<Slots>> {
        with_descriptors(1_000_000)
    }

    fn with_descriptors(descriptors: usize) -> Rc<RefCell<Slots>> {
        Rc::new(RefCell::new(Slots::new(descriptors)))
    }

    fn source(address: &str) -> Source {
        Source::of(address.parse().unwrap())
    }

    fn remote(number: u32) -> Source {
        Source::of(Ipv4Addr::from_bits(0x0A00_0000 + number).into())
    }

    fn local() -> Source {
        source("127.0.0.1")
    }

    fn is_evicted(slot: &Slot) -> bool {
        slot.evicted().notified().now_or_never().is_some()
    }

    /// Whether it was told to give way.
    fn is_leaving(slot: &Slot) -> bool {
        let is_pending = |of: &Connections| of.pending.contains_key(&slot.number);
        !slot.is_active && !slot.slots.borrow().sources.get(&slot.source).is_some_and(is_pending)
    }

    #[test]
    fn addresses_of_a_network_are_one_source() {
        assert_eq!(source("2001:db8:1:2::3"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::3"), source("2001:db8:1:3::3"));
        assert_ne!(remote(1), remote(2));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(!source(local).is_remote(), "{local}");
        }
    }

    #[test]
    fn address_has_few_pending_connections() {
        let slots = slots();
        let mut open: Vec<Slot> = (0..70).filter_map(|_| Slot::open(&slots, remote(1))).collect();
        assert_eq!(open.len(), 64);
        assert!(Slot::open(&slots, remote(2)).is_some());
        assert!(open[0].activate());
        let _next = Slot::open(&slots, remote(1)).unwrap();
        assert!(Slot::open(&slots, remote(1)).is_none());
        drop(open);
        assert!(Slot::open(&slots, remote(1)).is_some());
    }

    #[test]
    fn oldest_pending_connection_gives_way() {
        let slots = slots();
        let open = |source| Slot::open(&slots, source).unwrap();
        let mut first = open(remote(0));
        assert!(first.activate());
        let pending: Vec<Slot> = (0..1024).map(|number| open(remote(1 + number))).collect();
        assert!(!pending.iter().any(is_evicted));
        let _newer = [open(remote(0)), open(local()), open(remote(2000))];
        let evicted: Vec<usize> = (0..1024).filter(|&number| is_evicted(&pending[number])).collect();
        assert_eq!(evicted, [0, 1], "an active connection never gives way, nor does one for another machine's");
        assert!(!is_evicted(&first));
    }

    #[test]
    fn connection_of_the_address_with_the_most_gives_way() {
        let slots = slots();
        let open = |source| Slot::open(&slots, source).unwrap();
        // An honest client comes first and is slow; later, one more comes.
        let mut slow = open(remote(100));
        let flood: Vec<Slot> = (0..1023).map(|number| open(remote(1 + number % 16))).collect();
        let other = open(remote(101));
        let evicted: Vec<usize> = (0..1023).filter(|&number| is_evicted(&flood[number])).collect();
        assert_eq!(evicted, [0]);
        // Whoever goes on makes way for themselves, as soon as the connection is closed.
        let mut flood: VecDeque<Slot> = flood.into();
        for round in 0..5000 {
            flood.pop_front();
            flood.push_back(open(remote(1 + round % 16)));
        }
        assert!(!is_evicted(&slow) && !is_evicted(&other));
        assert!(slow.activate());
    }

    #[test]
    fn connections_give_way_before_descriptors_run_out() {
        for descriptors in [100, 256, 512, 1024, 4096] {
            let slots = with_descriptors(descriptors);
            let mut open: Vec<Slot> = Vec::new();
            let mut clients = 0;
            for round in 0..2000 {
                for source in [remote(1 + round % 200), local()] {
                    open.extend(Slot::open(&slots, source));
                }
                assert_eq!(slots.borrow().must_wait(), open.iter().filter(|slot| is_leaving(slot)).count() >= 16);
                if slots.borrow().must_wait() {
                    open.retain(|slot| !is_leaving(slot));
                }
                // Now and then, a client logs in.
                if round % 20 == 0 && clients < descriptors / 4 {
                    let newest = open.last_mut().unwrap();
                    assert!(newest.activate());
                    clients += 1;
                }
                // A broker has some thirty besides.
                assert!(open.len() + 30 <= descriptors, "{} of {descriptors}", open.len());
            }
        }
    }

    #[test]
    fn this_machine_may_have_more() {
        let slots = slots();
        let open: Vec<Slot> = (0..16_385).map(|_| Slot::open(&slots, local()).unwrap()).collect();
        assert_eq!(open.iter().filter(|slot| is_evicted(slot)).count(), 1);
    }

    #[test]
    fn address_of_another_machine_has_few_active_connections() {
        let slots = slots();
        for (source, most) in [(remote(1), 200), (local(), 300)] {
            let mut open = Vec::new();
            for _ in 0..300 {
                let mut slot = Slot::open(&slots, source).unwrap();
                if slot.activate() {
                    open.push(slot);
                }
            }
            assert_eq!(open.len(), most);
            open.pop();
            assert!(Slot::open(&slots, source).unwrap().activate());
        }
        let slots = slots.borrow();
        assert!(slots.sources.is_empty() && slots.local.sources.is_empty() && slots.remote.sources.is_empty());
        assert_eq!((slots.local.count, slots.remote.count, slots.active, slots.leaving), (0, 0, 0, 0));
    }
}
