//! The hub and what else all connections use.
//!
//! Everything runs in one thread, and nothing here is borrowed across an await.

use std::{
    cell::{Cell, RefCell, RefMut},
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant},
};

use mqtt5_protocol::{packet::connect::ConnectPacket, types::ReasonCode};
use tokio::sync::{Notify, watch};

use super::{
    super::clock::{Clock, now},
    logins::{Logins, Refusal},
    slots::Source,
    throttle::Throttle,
};
use crate::{
    broker::hub::{Change, ConnectionId, Hub},
    domain::UserId,
};

/// How much is read from a connection at a time, in bytes.
const SCRATCH: usize = 32 * 1024;

/// The hub and what else all connections use.
pub struct Shared {
    hub: RefCell<Hub>,
    clock: Clock,
    changed: Box<dyn Fn(Vec<Change>)>,
    /// From when on saving what has changed is late.
    late: watch::Receiver<Option<Instant>>,
    /// The connections in the hub, and what wakes their tasks.
    clients: RefCell<HashMap<ConnectionId, Rc<Notify>>>,
    count: watch::Sender<usize>,
    last_id: Cell<u64>,
    /// [`None`] if the broker has no users.
    logins: Option<RefCell<Logins>>,
    /// Clients that were refused because there are too many.
    full: RefCell<Throttle>,
    /// Where connections read into.
    scratch: RefCell<Vec<u8>>,
    /// The largest packet, in bytes.
    max_packet: usize,
}

impl Shared {
    /// A broker without clients. `changed` gets the changes to the state. `late`: from when on saving them is late.
    pub fn new(
        hub: Hub,
        logins: Option<Logins>,
        max_packet: usize,
        changed: Box<dyn Fn(Vec<Change>)>,
        late: watch::Receiver<Option<Instant>>,
    ) -> Self {
        Self {
            hub: RefCell::new(hub),
            clock: Clock::new(),
            changed,
            late,
            clients: RefCell::default(),
            count: watch::Sender::new(0),
            last_id: Cell::new(0),
            logins: logins.map(RefCell::new),
            full: RefCell::default(),
            scratch: RefCell::new(vec![0; SCRATCH]),
            max_packet,
        }
    }

    /// The time that the hub gets.
    pub fn now(&self) -> Duration {
        self.clock.since_epoch()
    }

    /// Calls the hub. Passes on what has changed, and wakes the connections that have output.
    pub fn call<T>(&self, act: impl FnOnce(&mut Hub, Duration) -> T) -> T {
        let mut hub = self.hub.borrow_mut();
        let result = act(&mut hub, self.clock.since_epoch());
        let (changes, ready) = (hub.take_changes(), hub.take_ready());
        drop(hub);
        if !changes.is_empty() {
            (self.changed)(changes);
        }
        let clients = self.clients.borrow();
        for wake in ready.iter().filter_map(|id| clients.get(id)) {
            wake.notify_one();
        }
        result
    }

    /// Whether the answers to a client that waits to be written to are within this size, in bytes.
    pub fn has_unsent_within(&self, id: ConnectionId, size: usize) -> bool {
        self.hub.borrow().unsent(id) <= size
    }

    /// Whether saving what has changed is late. Then clients are not read, so that nothing more is acknowledged that a
    /// crash would lose.
    pub fn is_late(&self) -> bool {
        is_past(*self.late.borrow())
    }

    /// Waits until saving is not late.
    pub async fn in_time(&self) {
        // An error means that nothing is saved any more, because the broker is about to end.
        let _ = self.late.clone().wait_for(|&late| !is_past(late)).await;
    }

    /// A buffer with room for one read.
    pub fn scratch(&self) -> RefMut<'_, Vec<u8>> {
        self.scratch.borrow_mut()
    }

    /// The largest packet, in bytes.
    pub const fn max_packet(&self) -> usize {
        self.max_packet
    }

    /// Whether clients have to log in.
    pub const fn has_users(&self) -> bool {
        self.logins.is_some()
    }

    /// The number of clients.
    pub fn count(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    /// Checks the login of a CONNECT packet. [`None`] if the broker has no users.
    pub async fn log_in(&self, connect: &ConnectPacket, source: Source) -> Result<Option<UserId>, Refusal> {
        let Some(logins) = &self.logins else { return Ok(None) };
        self.refresh_users();
        let (name, password) = (connect.username.as_deref(), connect.password.as_deref());
        let begun = logins.borrow_mut().begin(name, password, source, now());
        let mut check = begun?;
        let is_right = check.answer().await;
        self.refresh_users();
        let user = logins.borrow_mut().finish(check, is_right, source)?;
        Ok(Some(user))
    }

    /// Ends the connections of users who were removed or have another password now, and the sessions of those who were
    /// removed.
    pub fn refresh_users(&self) {
        let Some(logins) = &self.logins else { return };
        let changed = logins.borrow_mut().refresh();
        for user in &changed {
            tracing::info!(%user, "the user was removed or has a new password");
            self.call(|hub, now| hub.end_login(user, now));
        }
        if !changed.is_empty() {
            self.end_sessions_of_removed_users();
        }
    }

    /// Ends the sessions of those who are no users any more.
    pub fn end_sessions_of_removed_users(&self) {
        let Some(logins) = &self.logins else { return };
        let logins = logins.borrow();
        self.call(|hub, now| hub.keep_logins(|user| logins.is_user(user), now));
    }

    /// Ends all connections, because the broker is about to end.
    pub fn end_all(&self) {
        let ids: Vec<ConnectionId> = self.clients.borrow().keys().copied().collect();
        for id in ids {
            self.call(|hub, now| hub.end(id, ReasonCode::ServerShuttingDown.into(), now));
        }
    }
}

fn is_past(time: Option<Instant>) -> bool {
    time.is_some_and(|time| time <= now())
}

/// A connection in the hub, until this is dropped.
pub struct Registration {
    shared: Rc<Shared>,
    id: ConnectionId,
    wake: Rc<Notify>,
}

impl Registration {
    /// Hands a client that has logged in over to the hub.
    pub fn new(shared: &Rc<Shared>, connect: &ConnectPacket, login: Option<UserId>) -> Self {
        let id = ConnectionId(shared.last_id.get() + 1);
        shared.last_id.set(id.0);
        let wake = Rc::new(Notify::new());
        shared.clients.borrow_mut().insert(id, Rc::clone(&wake));
        let registration = Self { shared: Rc::clone(shared), id, wake };
        let has_room = shared.call(|hub, now| hub.connect(id, connect, login, now));
        if !has_room && let Some(times) = shared.full.borrow_mut().pass(now()) {
            tracing::warn!(times, "clients were refused: there are as many as --max-clients allows");
        }
        shared.count.send_modify(|count| *count += 1);
        registration
    }

    /// The connection in the hub.
    pub const fn id(&self) -> ConnectionId {
        self.id
    }

    /// Waits until the connection may have output.
    pub async fn ready(&self) {
        self.wake.notified().await;
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.shared.clients.borrow_mut().remove(&self.id);
        self.shared.call(|hub, now| hub.closed(self.id, now));
        self.shared.count.send_modify(|count| *count -= 1);
    }
}
