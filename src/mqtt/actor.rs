//! The task behind a [`Handle`](super::Handle): connects, submits the rows of the outbox, and decides what to do after
//! a disconnect.
//!
//! While connected, the actor buffers the events that the caller has not received yet. When the buffer is full, the
//! actor stops reading the socket, so that TCP puts back-pressure on the broker. It always keeps receiving requests, so
//! the actor and the caller cannot deadlock.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, Hasher, RandomState},
    mem,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    EVENT_QUEUE, Event, Options, Request,
    backoff::Backoff,
    connection::{Connection, ConnectionEvent, Origin},
    convert, now,
    outbox::Outbox,
    pause::{Pause, PeriodicProbe, pause_end, probe},
    refusal::{self, Details},
    rotation::{Failure, Next, Rotation},
    shutdown::{End, Shutdown, shutdown_timer},
    streaks::Streaks,
    takeover::Watch,
};
use crate::{
    domain::{Credentials, DisconnectReason, ReasonCode},
    protocol::{Holder, PubOutcome, Publication, RowId},
};

/// The progress timeout doubles with each stalled connection in a row, at most this many times.
const MAX_DOUBLINGS: u32 = 4;

/// The actor's end of its [`Handle`](super::Handle).
pub(super) struct Caller {
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) known_users: Arc<AtomicUsize>,
}

/// The broker says that another one takes its place.
const MOVED: DisconnectReason = DisconnectReason::Refused(ReasonCode::ServerMoved);

/// What an attempt to connect has shown besides its end.
#[derive(Default)]
struct Attempt {
    was_connected: bool,
    /// Addresses of the broker's name that it did not use.
    addresses: Vec<SocketAddr>,
    /// What the broker says beside the reason.
    details: Details,
}

pub(super) struct Actor {
    /// The broker in them is the current one of the rotation.
    options: Options,
    outbox: Outbox,
    requests: mpsc::Receiver<Request>,
    events: mpsc::Sender<Event>,
    known_users: Arc<AtomicUsize>,
    rotation: Rotation,
    /// The last attempt, unless a pause has followed it.
    ended: Attempt,
    /// Events that wait for room in the channel.
    unsent: VecDeque<Event>,
    backoff: Backoff,
    /// The number of the connection, which tells its tokens from those of earlier connections.
    epoch: u64,
    /// How many attempts to connect were made since the last stable connection.
    attempt: u32,
    streaks: Streaks,
    /// Whether the id was probed before the first connection.
    has_probed: bool,
    /// How many brokers have not answered a probe. The last of the list gets a connection all the same.
    silent_probes: usize,
    /// Whether to probe: the broker allows it, and a probe does not take over the session of another client.
    may_probe: bool,
    /// Whether only one row is in flight at a time, to find a poison row.
    one_by_one: bool,
}

impl Actor {
    pub(super) fn new(
        mut options: Options,
        backlog: Vec<(RowId, Publication)>,
        Caller { requests, events, known_users }: Caller,
    ) -> Self {
        // Each RandomState has random keys, which is random enough for jitter.
        let seed = RandomState::new().build_hasher().finish();
        let backoff = Backoff::new(seed, options.timeouts.first_retry, options.timeouts.longest_retry);
        let backoff = if options.other_brokers.is_empty() { backoff } else { backoff.growing_slowly() };
        let rotation = Rotation::new(options.brokers(), seed);
        options.broker = rotation.broker().clone();
        Self {
            options,
            outbox: Outbox::new(backlog),
            requests,
            events,
            known_users,
            rotation,
            ended: Attempt::default(),
            unsent: VecDeque::new(),
            backoff,
            epoch: 0,
            attempt: 0,
            streaks: Streaks::default(),
            has_probed: false,
            silent_probes: 0,
            may_probe: true,
            one_by_one: false,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let mut end = match self.probe_presence().await {
                Some(reason) => End::Lost(reason),
                None => self.connect().await,
            };
            if let End::Lost(reason) = end {
                end = self.pause(reason).await;
            }
            match end {
                End::Connect | End::Lost(_) => {}
                End::Closed => {
                    self.unsent.push_back(Event::Closed);
                    while !self.unsent.is_empty() && deliver(&self.events, &mut self.unsent).await.is_none() {}
                    return;
                }
                End::Abandoned => return,
            }
        }
    }

    /// Before the first connection, probes whether the id is in use elsewhere. Returns the reason not to connect, if
    /// any. If the broker does not allow the probe, the id counts as free. A refused login is refused only once: papo
    /// does not try it again on the connection itself.
    async fn probe_presence(&mut self) -> Option<DisconnectReason> {
        if self.has_probed {
            return None;
        }
        let reason = match probe(&self.options).await {
            Err(Some(reason)) if reason.is_unreachable() => return Some(reason),
            Err(Some(reason)) if reason.is_about_login() => {
                // The broker may allow this login only with papo's own client id. Then a reconnect succeeds.
                self.has_probed = reason == DisconnectReason::NotAuthorized;
                self.may_probe = !self.has_probed;
                return Some(reason);
            }
            Err(None) if self.silent_probes < self.rotation.others() => {
                self.silent_probes += 1;
                return Some(DisconnectReason::NoAnswer(self.options.broker.address()));
            }
            Err(reason) => {
                // A broker that binds client ids to logins refuses the probe.
                self.may_probe = !reason.is_some_and(|reason| reason.stops_retries());
                None
            }
            Ok(seen) => {
                self.may_probe = !seen.took_session;
                (seen.holder == Holder::OtherDevice).then_some(DisconnectReason::InUse)
            }
        };
        self.has_probed = true;
        reason
    }

    /// Runs one connection, from the attempt to its end.
    async fn connect(&mut self) -> End {
        self.epoch += 1;
        self.attempt += 1;
        self.outbox.rewind();
        self.unsent.push_back(Event::Connecting { broker: self.rotation.broker().to_string(), attempt: self.attempt });
        let started = now();
        let mut connected_at = None;
        let mut connection = Connection::open(&self.options, self.epoch, self.one_by_one);
        let mut shutdown = None;
        let end = loop {
            for (row, why) in connection.pump(&mut self.outbox) {
                self.unsent.push_back(Event::Published { row, outcome: PubOutcome::Refused(why.into()) });
            }
            // Back-pressure: while the caller does not take its events, leave the socket unread.
            let reading = self.unsent.len() < EVENT_QUEUE;
            if !reading {
                connection.restart_timeouts();
            }
            let deadline = self.deadline(&connection, started);
            let step = tokio::select! {
                end = deliver(&self.events, &mut self.unsent) => end,
                event = connection.next(), if reading => match event {
                    Ok(ConnectionEvent::Connected { session_present }) => {
                        connected_at = Some(now());
                        self.rotation.login_accepted();
                        let names_senders = connection.limits().names_senders && self.options.has_login();
                        self.unsent.push_back(Event::Connected { session_present, names_senders });
                        None
                    }
                    Ok(ConnectionEvent::DisconnectSent) => shutdown.as_ref().map(Shutdown::end),
                    Ok(event) => self.handle_event(event),
                    Err(reason) => Some(End::Lost(reason)),
                },
                request = self.requests.recv() => self.handle_request(request, &mut connection, &mut shutdown),
                () = sleep_until(deadline), if reading => {
                    Some(End::Lost(DisconnectReason::NoAnswer(self.options.broker.address())))
                }
                () = shutdown_timer(shutdown.as_ref()) => None,
            };
            if let Some(end) = step {
                break end;
            }
            if let Some(shutdown) = &mut shutdown
                && shutdown.advance(&self.outbox, &mut connection)
            {
                break shutdown.end();
            }
        };
        match (end, shutdown) {
            (End::Lost(_), Some(shutdown)) => shutdown.end(),
            (End::Lost(reason), None) => {
                let server_reference = connection.server_reference().map(str::to_owned);
                self.ended = Attempt {
                    was_connected: connected_at.is_some(),
                    // An unreachable one was tried at all of its addresses.
                    addresses: if reason.is_unreachable() { Vec::new() } else { connection.further_addresses().into() },
                    details: Details { server_reference, retry_after: None },
                };
                self.find_poison_row(&reason);
                End::Lost(self.classify(reason, connected_at))
            }
            (end, _) => end,
        }
    }

    /// The time at which the connection counts as dead if nothing arrives before.
    fn deadline(&self, connection: &Connection, started: Instant) -> Instant {
        if !connection.is_connected() {
            return started + self.options.timeouts.connect;
        }
        let silence_limit = connection.last_received() + self.options.silence();
        // A slow broker gets more time after each stalled connection: reconnecting does not make it faster.
        let limit = self.options.timeouts.progress * 2_u32.pow(self.streaks.stalls().min(MAX_DOUBLINGS));
        connection.stuck_since().map_or(silence_limit, |since| silence_limit.min(since + limit))
    }

    fn handle_event(&mut self, event: ConnectionEvent) -> Option<End> {
        match event {
            ConnectionEvent::Subscribed { refused } => self.unsent.push_back(Event::Subscribed { refused }),
            ConnectionEvent::Received(inbound, token) => self.unsent.push_back(Event::Received { inbound, token }),
            ConnectionEvent::Answered(Origin::Row(row), answer) => {
                let Some(outcome) = convert::outcome(answer) else {
                    // The broker may accept the row later. Later rows must not overtake it, so reconnect and send all
                    // of them again.
                    return Some(End::Lost(DisconnectReason::Busy(ReasonCode::UnspecifiedError)));
                };
                if self.outbox.remove(row) {
                    self.unsent.push_back(Event::Published { row, outcome });
                }
            }
            _ => {}
        }
        None
    }

    fn handle_request(
        &mut self,
        request: Option<Request>,
        connection: &mut Connection,
        shutdown: &mut Option<Shutdown>,
    ) -> Option<End> {
        match request {
            None => return Some(End::Abandoned),
            Some(Request::Publish { row: Some(row), publication }) => self.outbox.push(row, publication),
            Some(Request::Forget(row)) => {
                self.outbox.remove(row);
            }
            Some(Request::Close { .. }) if !connection.is_connected() => return Some(End::Closed),
            Some(Request::Suspend { .. }) if !connection.is_connected() => {
                return Some(End::Lost(DisconnectReason::PapoSuspended));
            }
            Some(Request::Close { last }) if shutdown.as_ref().is_none_or(|shutdown| shutdown.suspends) => {
                // The final publications of a suspension may still wait for the outbox.
                let unsent = shutdown.take().and_then(|shutdown| shutdown.last).unwrap_or_default();
                *shutdown = Some(Shutdown::new([unsent, last].concat(), false));
            }
            Some(Request::Suspend { last }) if shutdown.is_none() => *shutdown = Some(Shutdown::new(last, true)),
            Some(Request::Reconnect) if connection.is_connected() => {
                shutdown.take_if(|shutdown| shutdown.suspends);
                return Some(End::Lost(DisconnectReason::ReconnectRequested));
            }
            Some(Request::LogIn(credentials)) => {
                self.log_in_with(credentials);
                return Some(End::Lost(DisconnectReason::ReconnectRequested));
            }
            Some(Request::Yield) => return Some(End::Lost(DisconnectReason::InUse)),
            Some(_) if !connection.is_connected() => {}
            Some(Request::Publish { row: None, publication }) => connection.publish(Origin::Transient, publication),
            Some(Request::Subscribe(subscriptions)) => {
                if let Some(refused) = connection.subscribe(subscriptions) {
                    self.unsent.push_back(Event::Subscribed { refused });
                }
            }
            Some(Request::Unsubscribe(filters)) => connection.unsubscribe(filters),
            Some(Request::Ack(token)) => connection.acknowledge(token),
            Some(Request::Close { .. } | Request::Suspend { .. } | Request::Reconnect) => {}
        }
        None
    }

    /// Detects a poison row: a row that makes the broker end every connection, so that it blocks all rows behind it.
    /// After the first such end, rows are sent one by one. The row in flight at the next such end is the poison row. It
    /// is removed and reported as refused.
    fn find_poison_row(&mut self, reason: &DisconnectReason) {
        let Some(why) = reason.refused_publication().filter(|_| self.outbox.in_flight() > 0) else { return };
        match self.outbox.only_in_flight().filter(|_| self.one_by_one) {
            Some(row) => {
                self.outbox.remove(row);
                self.one_by_one = false;
                self.unsent.push_back(Event::Published { row, outcome: PubOutcome::Refused(why) });
            }
            None => self.one_by_one = true,
        }
    }

    /// Notes how the connection ended, and refines the reason by what has happened before.
    fn classify(&mut self, reason: DisconnectReason, connected_at: Option<Instant>) -> DisconnectReason {
        let lasted = connected_at.map(|at| at.elapsed());
        if lasted.is_some_and(|lasted| lasted >= self.options.timeouts.stable) {
            self.backoff.reset();
            self.rotation.begin_round();
            self.attempt = 0;
            self.one_by_one &= reason.refused_publication().is_some();
        }
        self.streaks.classify(reason, lasted, &self.options.timeouts)
    }

    /// Reports why there is no connection, and waits for the next attempt or a request.
    async fn pause(&mut self, reason: DisconnectReason) -> End {
        let mut pause = self.pause_for(reason).await;
        loop {
            let end = tokio::select! {
                end = deliver(&self.events, &mut self.unsent) => end,
                request = self.requests.recv() => self.handle_request_in_pause(request, &mut pause),
                holder = pause_end(&mut pause, &self.options) => match &mut pause {
                    Pause::Watching(watching) => {
                        if holder.is_none() {
                            self.rotation.look_elsewhere();
                            self.use_current_broker();
                        }
                        self.handle_probe(watching, holder)
                    }
                    Pause::Until(_) | Pause::UntilRequest => Some(End::Connect),
                },
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Decides where and when to connect next, and reports why there is no connection.
    async fn pause_for(&mut self, reason: DisconnectReason) -> Pause {
        tracing::info!(?reason, broker = %self.options.broker, "no connection");
        let failure = self.streaks.failure(&reason, self.options.login());
        let Attempt { was_connected, addresses, mut details } = mem::take(&mut self.ended);
        if reason == DisconnectReason::ReconnectRequested {
            self.rotation.forget_refusals();
            self.use_current_broker();
            self.unsent.push_back(Event::Disconnected { reason, refused_login: None, retry_in: Duration::ZERO });
            return Pause::Until(now());
        }
        if reason.concerns_user() {
            return self.stop(reason);
        }
        let is_throttled = reason == DisconnectReason::TooManyAttempts && failure != Failure::Refusal;
        if is_throttled || (reason == MOVED && !was_connected && self.rotation.others() > 0) {
            details = refusal::details(&self.options).await;
        }
        self.rotation.login_refused(reason.wants_login().then(|| reason.clone()));
        let next = match details.server_reference {
            Some(reference) if self.rotation.follow(&reference) => Next::AtOnce,
            _ => self.rotation.failed(failure, &addresses),
        };
        self.use_current_broker();
        let wait = match next {
            Next::Never => {
                let refused = self.rotation.refused_login().map(|(_, reason)| reason.clone());
                return self.stop(refused.unwrap_or(reason));
            }
            Next::AtOnce if !was_connected && !reason.wants_login() => return Pause::Until(now()),
            Next::AtOnce => Duration::ZERO,
            Next::AfterWait { lasting: true } => match details.retry_after {
                Some(wait) => self.backoff.wait_at_least(wait),
                None => self.backoff.wait_longest(),
            },
            Next::AfterWait { lasting: false } => self.backoff.wait(),
        };
        let users = if was_connected { self.known_users.load(Ordering::Relaxed) } else { 0 };
        let retry_in = wait + self.backoff.spread(users);
        let refused_login = self.rotation.refused_login().map(|(broker, why)| (broker.to_string(), why.clone()));
        self.unsent.push_back(Event::Disconnected { reason, refused_login, retry_in });
        Pause::Until(now() + retry_in)
    }

    /// Reports that the actor does not retry. If another client has the id, the actor watches it.
    fn stop(&mut self, reason: DisconnectReason) -> Pause {
        let claim = reason.claim().filter(|_| self.may_probe);
        let watch = claim.map(|claim| Watch::new(claim, self.options.timeouts.take_back));
        let is_watching = watch.is_some() && reason != DisconnectReason::TakenOverAgain;
        self.unsent.push_back(Event::Stopped { reason, is_watching });
        watch.map_or(Pause::UntilRequest, |watch| Pause::Watching(Box::new(PeriodicProbe::new(watch, &self.options))))
    }

    fn use_current_broker(&mut self) {
        let broker = self.rotation.broker();
        self.options.broker =
            self.rotation.pinned().map_or_else(|| broker.clone(), |address| broker.at_address(address));
    }

    fn handle_request_in_pause(&mut self, request: Option<Request>, pause: &mut Pause) -> Option<End> {
        match (request, &mut *pause) {
            (None, _) => return Some(End::Abandoned),
            (Some(Request::Close { .. }), _) => return Some(End::Closed),
            (Some(Request::Suspend { .. }), _) => *pause = self.stop(DisconnectReason::PapoSuspended),
            (Some(Request::Yield), Pause::Until(_)) => *pause = self.stop(DisconnectReason::InUse),
            (Some(Request::Yield), Pause::Watching(watching)) => self.yield_in_pause(watching),
            (Some(Request::Reconnect), _) => return Some(self.reconnect()),
            (Some(Request::LogIn(credentials)), _) => {
                self.log_in_with(credentials);
                return Some(self.reconnect());
            }
            (Some(Request::Publish { row: Some(row), publication }), _) => self.outbox.push(row, publication),
            (Some(Request::Forget(row)), _) => {
                self.outbox.remove(row);
            }
            (Some(_), _) => {}
        }
        None
    }

    /// Uses another login from now on, and first at a broker that has refused the one before.
    fn log_in_with(&mut self, credentials: Credentials) {
        self.options.credentials = Some(credentials);
        self.rotation.go_to_refused_login();
    }

    /// Ends a pause because the user asked for a connection.
    fn reconnect(&mut self) -> End {
        self.streaks.user_acted();
        self.backoff.reset();
        self.rotation.forget_refusals();
        self.use_current_broker();
        End::Connect
    }

    /// Handles the result of a probe.
    fn handle_probe(&mut self, watching: &mut PeriodicProbe, holder: Option<Holder>) -> Option<End> {
        let before = watching.watch.claim();
        let may_connect = watching.watch.may_connect(holder, watching.since.elapsed());
        if watching.watch.claim() != before {
            self.unsent.push_back(Event::Stopped { reason: DisconnectReason::InUse, is_watching: true });
        }
        may_connect.then_some(End::Connect)
    }

    /// Handles a [`Request::Yield`] that arrives when the connection has already ended.
    fn yield_in_pause(&mut self, watching: &mut PeriodicProbe) {
        watching.watch.set_online_elsewhere();
        self.unsent.push_back(Event::Stopped { reason: DisconnectReason::InUse, is_watching: true });
    }
}

/// Moves one event into the channel once it has room. Without an event it waits until the receiver is dropped, and then
/// returns [`End::Abandoned`].
async fn deliver(events: &mpsc::Sender<Event>, unsent: &mut VecDeque<Event>) -> Option<End> {
    if unsent.is_empty() {
        events.closed().await;
        return Some(End::Abandoned);
    }
    let Ok(permit) = events.reserve().await else {
        return Some(End::Abandoned);
    };
    if let Some(event) = unsent.pop_front() {
        permit.send(event);
    }
    None
}
