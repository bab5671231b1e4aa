//! The task behind a [`Handle`](super::Handle): connects, keeps the outbox moving, and decides what to do after a
//! disconnect.
//!
//! While it has a connection to read, it does not wait for the receiver of its events, up to a bound. Beyond that bound
//! it stops reading, so that TCP puts back-pressure on the broker. It always keeps receiving requests, so the two sides
//! cannot wait for each other.

use std::{
    collections::VecDeque,
    future::pending,
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    EVENTS, Event, Options, Request,
    backoff::Backoff,
    connection::{Connection, ConnectionEvent, Sender},
    convert, now,
    outbox::Outbox,
    pause::{Pause, Watching, pause_end, probe},
    takeover::{Verdict, Watch},
};
use crate::{
    domain::{DisconnectReason, ReasonCode},
    protocol::{Holder, PubOutcome, Publication, Qos, Row},
};

/// The time limit for closing; rows submitted before may use half of it.
const LEAVING: Duration = Duration::from_secs(2);
/// The number of stalled connections in a row that still lengthen the timeout of the next one.
const MOST_STALLS: u32 = 4;
/// The number of aborts in a row that are no accident.
const ABORTS: u32 = 3;

/// How a connection or a wait ended.
enum End {
    /// The connection was lost.
    Lost(DisconnectReason),
    /// A wait is over: connect.
    Connect,
    /// By [`Request::Close`].
    Closed,
    /// All handles are dropped.
    Abandoned,
}

/// A close in progress.
struct Leaving {
    last: Option<Vec<Publication>>,
    since: Instant,
    disconnecting: bool,
    /// Whether it is temporary.
    rests: bool,
}

impl Leaving {
    fn new(last: Vec<Publication>, rests: bool) -> Self {
        Self { last: Some(last), since: now(), disconnecting: false, rests }
    }

    /// What follows, however the connection ends. A closing actor does not reconnect for unacknowledged rows, which
    /// stay in the outbox on disk.
    fn end(&self) -> End {
        if self.rests { End::Lost(DisconnectReason::Resting) } else { End::Closed }
    }
}

pub(super) struct Actor {
    options: Options,
    outbox: Outbox,
    requests: mpsc::Receiver<Request>,
    events: mpsc::Sender<Event>,
    /// Events that wait for room in the channel.
    unsent: VecDeque<Event>,
    backoff: Backoff,
    epoch: u64,
    attempt: u32,
    aborts: u32,
    /// How many connections in a row were taken over soon after they began.
    takeovers: u32,
    /// Whether the id was probed before the first connection.
    has_probed: bool,
    /// Whether a probe is allowed and does not take the session over from another client.
    may_probe: bool,
    /// How many connections in a row ended because the broker stalled.
    stalls: u32,
    /// Whether rows are sent one at a time, to find the one that makes the broker disconnect.
    is_wary: bool,
}

impl Actor {
    pub(super) fn new(
        options: Options,
        backlog: Vec<(Row, Publication)>,
        requests: mpsc::Receiver<Request>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        // Each RandomState has keys of its own: enough for jitter.
        let seed = RandomState::new().build_hasher().finish();
        let backoff = Backoff::new(seed, options.timeouts.first_retry, options.timeouts.longest_retry);
        Self {
            options,
            outbox: Outbox::new(backlog),
            requests,
            events,
            unsent: VecDeque::new(),
            backoff,
            epoch: 0,
            attempt: 0,
            aborts: 0,
            takeovers: 0,
            has_probed: false,
            may_probe: true,
            stalls: 0,
            is_wary: false,
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
                    while let Some(event) = self.unsent.pop_front() {
                        if self.events.send(event).await.is_err() {
                            return;
                        }
                    }
                    return;
                }
                End::Abandoned => return,
            }
        }
    }

    /// Before the first connection, probes whether the id is in use elsewhere. Returns the reason not to connect. If the
    /// broker does not allow the probe, the id counts as free.
    async fn probe_presence(&mut self) -> Option<DisconnectReason> {
        if self.has_probed {
            return None;
        }
        let against = match probe(&self.options).await {
            Err(Some(reason)) if reason.is_of_the_way() => return Some(reason),
            Err(reason) => {
                // A broker that binds client ids to logins refuses the probe.
                self.may_probe = !reason.is_some_and(|reason| reason.stops());
                None
            }
            Ok(seen) => {
                self.may_probe = !seen.took_session;
                (seen.holder == Holder::OtherDevice).then_some(DisconnectReason::InUse)
            }
        };
        self.has_probed = true;
        against
    }

    /// One connection, from the attempt to its end.
    async fn connect(&mut self) -> End {
        self.epoch += 1;
        self.attempt += 1;
        self.outbox.rewind();
        self.unsent.push_back(Event::Connecting { attempt: self.attempt });
        let started = now();
        let mut connected_at = None;
        let mut connection = Connection::open(&self.options, self.epoch, self.is_wary);
        let mut leaving = None;
        let end = loop {
            for (row, why) in connection.pump(&mut self.outbox) {
                self.unsent.push_back(Event::Published { row, outcome: PubOutcome::Refused(why.into()) });
            }
            let reading = self.unsent.len() < EVENTS;
            if !reading {
                connection.forgive();
            }
            let deadline = self.deadline(&connection, started);
            let step = tokio::select! {
                end = deliver(&self.events, &mut self.unsent) => end,
                event = connection.next(), if reading => match event {
                    Ok(ConnectionEvent::Connected { session_present }) => {
                        connected_at = Some(now());
                        self.unsent.push_back(Event::Connected { session_present });
                        None
                    }
                    Ok(ConnectionEvent::DisconnectSent) => leaving.as_ref().map(Leaving::end),
                    Ok(event) => self.happened(event),
                    Err(reason) => Some(End::Lost(reason)),
                },
                request = self.requests.recv() => self.requested(request, &mut connection, &mut leaving),
                () = sleep_until(deadline), if reading => {
                    Some(End::Lost(DisconnectReason::NoAnswer(self.options.broker.address())))
                }
                () = leave_timer(leaving.as_ref()) => None,
            };
            if let Some(end) = step {
                break end;
            }
            if let Some(leaving) = &mut leaving
                && self.leave(leaving, &mut connection)
            {
                break leaving.end();
            }
        };
        match (end, leaving) {
            (End::Lost(_), Some(leaving)) => leaving.end(),
            (End::Lost(reason), None) => {
                self.look_for_poison(&reason);
                End::Lost(self.judge(reason, connected_at))
            }
            (end, _) => end,
        }
    }

    /// When the broker counts as dead.
    fn deadline(&self, connection: &Connection, started: Instant) -> Instant {
        if !connection.is_connected() {
            return started + self.options.timeouts.connect;
        }
        let silent = connection.last_heard() + self.options.silence();
        // A broker that is slow but alive gets more time on each attempt; reconnecting does not make it faster.
        let patience = self.options.timeouts.progress * 2_u32.pow(self.stalls.min(MOST_STALLS));
        connection.stuck_since().map_or(silent, |since| silent.min(since + patience))
    }

    fn happened(&mut self, event: ConnectionEvent) -> Option<End> {
        match event {
            ConnectionEvent::Subscribed { refused } => self.unsent.push_back(Event::Subscribed { refused }),
            ConnectionEvent::Received(inbound, token) => self.unsent.push_back(Event::Received { inbound, token }),
            ConnectionEvent::Answered(Sender::Row(row), answer) => {
                let Some(outcome) = convert::outcome(answer) else {
                    // The row stays, and later rows must not overtake it: all of them are resent later.
                    return Some(End::Lost(DisconnectReason::Busy(ReasonCode::QuotaExceeded)));
                };
                if self.outbox.remove(row) {
                    self.unsent.push_back(Event::Published { row, outcome });
                }
            }
            _ => {}
        }
        None
    }

    fn requested(
        &mut self,
        request: Option<Request>,
        connection: &mut Connection,
        leaving: &mut Option<Leaving>,
    ) -> Option<End> {
        match request {
            None => return Some(End::Abandoned),
            Some(Request::Publish { row: Some(row), publication }) => self.outbox.push(row, publication),
            Some(Request::Forget(row)) => {
                self.outbox.remove(row);
            }
            Some(Request::Close { .. }) if !connection.is_connected() => return Some(End::Closed),
            Some(Request::Rest { .. }) if !connection.is_connected() => {
                return Some(End::Lost(DisconnectReason::Resting));
            }
            Some(Request::Close { last }) if leaving.as_ref().is_none_or(|leaving| leaving.rests) => {
                *leaving = Some(Leaving::new(last, false));
            }
            Some(Request::Rest { last }) if leaving.is_none() => *leaving = Some(Leaving::new(last, true)),
            Some(Request::Reconnect) if connection.is_connected() => {
                leaving.take_if(|leaving| leaving.rests);
                return Some(End::Lost(DisconnectReason::Asked));
            }
            Some(Request::Yield) => return Some(End::Lost(DisconnectReason::InUse)),
            Some(_) if !connection.is_connected() => {}
            Some(Request::Publish { row: None, publication }) => connection.publish(Sender::Transient, publication),
            Some(Request::Subscribe(subscriptions)) => {
                if let Some(refused) = connection.subscribe(subscriptions) {
                    self.unsent.push_back(Event::Subscribed { refused });
                }
            }
            Some(Request::Unsubscribe(filters)) => connection.unsubscribe(filters),
            Some(Request::Ack(token)) => connection.acknowledge(token),
            Some(Request::Close { .. } | Request::Rest { .. } | Request::Reconnect) => {}
        }
        None
    }

    /// Continues closing; returns whether the time limit is over.
    fn leave(&self, leaving: &mut Leaving, connection: &mut Connection) -> bool {
        let elapsed = leaving.since.elapsed();
        if (self.outbox.next().is_none() || elapsed >= LEAVING / 2)
            && let Some(last) = leaving.last.take()
        {
            for publication in last {
                connection.publish(Sender::Last, Publication { qos: Qos::AtLeastOnce, ..publication });
            }
        }
        if leaving.last.is_none() && !leaving.disconnecting && connection.last_words_are_out() {
            leaving.disconnecting = true;
            connection.disconnect();
        }
        elapsed >= LEAVING
    }

    /// Drops a publication on which the broker ends every connection. It could never be sent, and would block all rows
    /// behind it.
    fn look_for_poison(&mut self, reason: &DisconnectReason) {
        let Some(why) = reason.of_publication().filter(|_| self.outbox.open() > 0) else { return };
        match self.outbox.only_open().filter(|_| self.is_wary) {
            Some(row) => {
                self.outbox.remove(row);
                self.is_wary = false;
                self.unsent.push_back(Event::Published { row, outcome: PubOutcome::Refused(why) });
            }
            None => self.is_wary = true,
        }
    }

    /// Judges the end of a connection in view of the ones before it.
    fn judge(&mut self, reason: DisconnectReason, connected_at: Option<Instant>) -> DisconnectReason {
        let lasted = connected_at.map(|at| at.elapsed());
        match (&reason, lasted) {
            (DisconnectReason::NoAnswer(_), Some(_)) => self.stalls += 1,
            (_, Some(lasted)) if lasted >= self.options.timeouts.stable => self.stalls = 0,
            _ => {}
        }
        if lasted.is_some_and(|lasted| lasted >= self.options.timeouts.stable) {
            self.backoff.reset();
            self.attempt = 0;
            self.takeovers = 0;
            self.is_wary &= reason.of_publication().is_some();
        }
        match lasted {
            Some(lasted) if reason == DisconnectReason::Closed && lasted < self.options.timeouts.short_lived => {
                self.aborts += 1;
            }
            // An attempt that reached no broker says nothing about another client with this ID.
            None => {}
            Some(_) => self.aborts = 0,
        }
        self.takeovers += u32::from(reason == DisconnectReason::TakenOver);
        match reason {
            DisconnectReason::TakenOver if self.takeovers > 1 => DisconnectReason::TakenAgain,
            DisconnectReason::Closed if self.aborts >= ABORTS => DisconnectReason::RepeatedlyAborted,
            _ => reason,
        }
    }

    /// Reports why there is no connection, and waits for the next attempt or for a request to connect.
    async fn pause(&mut self, reason: DisconnectReason) -> End {
        let mut pause = self.pause_for(reason);
        loop {
            let end = tokio::select! {
                end = deliver(&self.events, &mut self.unsent) => end,
                request = self.requests.recv() => self.requested_meanwhile(request, &mut pause),
                holder = pause_end(&mut pause, &self.options) => match &mut pause {
                    Pause::Watching(watching) => self.probed(watching, holder),
                    Pause::Until(_) | Pause::Asked => Some(End::Connect),
                },
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Reports why there is no connection, and returns what to wait for.
    fn pause_for(&mut self, reason: DisconnectReason) -> Pause {
        tracing::info!(?reason, "no connection");
        if reason.stops() {
            let claim = reason.claim().filter(|_| self.may_probe);
            let watch = claim.map(|claim| Watch::new(claim, self.options.timeouts.take_back));
            let is_watching = watch.is_some() && reason != DisconnectReason::TakenAgain;
            self.unsent.push_back(Event::Stopped { reason, is_watching });
            return watch.map_or(Pause::Asked, |watch| Pause::Watching(Box::new(Watching::new(watch, &self.options))));
        }
        let retry_in = if reason == DisconnectReason::Asked {
            Duration::ZERO
        } else if reason.is_lasting() {
            self.backoff.wait_longest()
        } else {
            self.backoff.wait()
        };
        self.unsent.push_back(Event::Disconnected { reason, retry_in });
        Pause::Until(now() + retry_in)
    }

    fn requested_meanwhile(&mut self, request: Option<Request>, pause: &mut Pause) -> Option<End> {
        match (request, &mut *pause) {
            (None, _) => return Some(End::Abandoned),
            (Some(Request::Close { .. }), _) => return Some(End::Closed),
            (Some(Request::Rest { .. }), _) => *pause = self.pause_for(DisconnectReason::Resting),
            (Some(Request::Yield), Pause::Until(_)) => *pause = self.pause_for(DisconnectReason::InUse),
            (Some(Request::Yield), Pause::Watching(watching)) => self.announced(watching),
            (Some(Request::Reconnect), _) => {
                (self.aborts, self.takeovers) = (0, 0);
                self.backoff.reset();
                return Some(End::Connect);
            }
            (Some(Request::Publish { row: Some(row), publication }), _) => self.outbox.push(row, publication),
            (Some(Request::Forget(row)), _) => {
                self.outbox.remove(row);
            }
            (Some(_), _) => {}
        }
        None
    }

    /// Handles the result of a probe.
    fn probed(&mut self, watching: &mut Watching, holder: Option<Holder>) -> Option<End> {
        let before = watching.watch.claim();
        let verdict = watching.watch.seen(holder, watching.since.elapsed());
        if watching.watch.claim() != before {
            self.unsent.push_back(Event::Stopped { reason: DisconnectReason::InUse, is_watching: true });
        }
        (verdict == Verdict::Connect).then_some(End::Connect)
    }

    /// The presence of another installation arrived after the connection was lost.
    fn announced(&mut self, watching: &mut Watching) {
        watching.watch.announced();
        self.unsent.push_back(Event::Stopped { reason: DisconnectReason::InUse, is_watching: true });
    }
}

/// Moves one event into the channel once it has room; pends forever if there is none to move.
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

/// Wakes at the next deadline of the close.
async fn leave_timer(leaving: Option<&Leaving>) {
    match leaving {
        Some(leaving) if leaving.last.is_some() => sleep_until(leaving.since + LEAVING / 2).await,
        Some(leaving) => sleep_until(leaving.since + LEAVING).await,
        None => pending().await,
    }
}
