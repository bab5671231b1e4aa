//! How many connections an address may have.

use std::{
    cell::RefCell,
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
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    pending: usize,
    active: usize,
}

/// The pending connections of this machine, or of all others, from the oldest on, with what tells them to give way.
type Queue = BTreeMap<u64, Rc<Notify>>;

/// Counts connections. Each of them is pending until it logs in, then active.
#[derive(Debug, Default)]
pub struct Slots {
    counts: HashMap<Source, Count>,
    local: Queue,
    remote: Queue,
    last: u64,
}

impl Slots {
    fn queue(&mut self, source: Source) -> (&mut Queue, usize) {
        match source {
            Source::Local(_) => (&mut self.local, PENDING_LOCAL),
            Source::Remote(_) => (&mut self.remote, PENDING),
        }
    }

    /// Counts a new connection as pending. If there are too many in all, the oldest gives way: a client that logs in
    /// needs much less time than those that only take up room.
    fn open(&mut self, source: Source, evicted: &Rc<Notify>) -> Option<u64> {
        let count = self.counts.entry(source).or_default();
        if source.is_remote() && count.pending >= PENDING_OF_ADDRESS {
            return None;
        }
        count.pending += 1;
        self.last += 1;
        let number = self.last;
        let (queue, most) = self.queue(source);
        if queue.len() >= most
            && let Some((_, oldest)) = queue.pop_first()
        {
            oldest.notify_one();
        }
        queue.insert(number, Rc::clone(evicted));
        Some(number)
    }

    /// Counts a pending connection as active. False if the source has too many; then it stays pending.
    fn activate(&mut self, source: Source, number: u64) -> bool {
        let Some(count) = self.counts.get_mut(&source) else { return false };
        if source.is_remote() && count.active >= ACTIVE_OF_ADDRESS {
            return false;
        }
        count.active += 1;
        count.pending -= 1;
        self.queue(source).0.remove(&number);
        true
    }

    /// A connection is closed.
    fn close(&mut self, source: Source, number: u64, is_active: bool) {
        self.queue(source).0.remove(&number);
        let Some(count) = self.counts.get_mut(&source) else { return };
        if is_active {
            count.active -= 1;
        } else {
            count.pending -= 1;
        }
        if count.active + count.pending == 0 {
            self.counts.remove(&source);
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
    use futures_util::FutureExt;

    use super::*;

    fn source(address: &str) -> Source {
        Source::of(address.parse().unwrap())
    }

    fn remote(last: usize) -> Source {
        source(&format!("192.0.2.{last}"))
    }

    fn local() -> Source {
        source("127.0.0.1")
    }

    fn is_evicted(slot: &Slot) -> bool {
        slot.evicted().notified().now_or_never().is_some()
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
        let slots = Rc::default();
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
        let slots = Rc::default();
        let open = |source| Slot::open(&slots, source).unwrap();
        let mut first = open(remote(0));
        assert!(first.activate());
        let pending: Vec<Slot> = (0..1024).map(|number| open(remote(1 + number / 64))).collect();
        assert!(!pending.iter().any(is_evicted));
        let _newer = [open(remote(0)), open(local()), open(remote(0))];
        let evicted: Vec<usize> = (0..1024).filter(|&number| is_evicted(&pending[number])).collect();
        assert_eq!(evicted, [0, 1], "an active connection never gives way, nor does one for another machine's");
        assert!(!is_evicted(&first));
    }

    #[test]
    fn this_machine_may_have_more() {
        let slots = Rc::default();
        let open: Vec<Slot> = (0..16_385).map(|_| Slot::open(&slots, local()).unwrap()).collect();
        assert_eq!(open.iter().filter(|slot| is_evicted(slot)).count(), 1);
    }

    #[test]
    fn address_of_another_machine_has_few_active_connections() {
        let slots = Rc::default();
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
        assert!(slots.counts.is_empty() && slots.local.is_empty() && slots.remote.is_empty());
    }
}
