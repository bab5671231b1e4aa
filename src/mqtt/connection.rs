//! One connection, from the name look-up to its end.
//!
//! Owns rumqttc's event loop, the queue of what waits for room in it, and the map from packet IDs to rows.
//!
//! Invariant: the event loop is never polled again after an error. A new connection uses a new one, so rumqttc's own
//! resending and session logic never runs. Requests go in by `try_*` only: waiting for room in a loop that this same
//! task polls would deadlock.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
};

use futures_util::{Stream, StreamExt, stream};
use rumqttc::{
    Outgoing,
    v5::{
        AsyncClient, ConnectionError, Event as Packet, EventLoop, Incoming, MqttOptions,
        mqttbytes::{
            QoS,
            v5::{ConnAck, PubAckReason, Publish, SubscribeReasonCode},
            valid_filter,
        },
    },
};
use tokio::time::Instant;

use super::{BrokerUrl, Options, convert, failure::ErrorContext, now, outbox::Outbox};
use crate::{
    domain::DisconnectReason,
    protocol::{AckToken, Inbound, Publication, Qos, Row, Subscription},
};

/// Capacity of rumqttc's request queue; what is submitted here waits for the socket only.
const CAPACITY: usize = 272;
/// The most rows in flight, if the broker allows that many.
const WINDOW: usize = 16;
/// The least packet size, in bytes, that a usable broker accepts: presence, subscriptions and receipts need up to this
/// much.
const SMALLEST_LIMIT: u32 = 1024;
/// Capacity of our own queue in front of it. Beyond this the link is stuck, and transient publications are dropped.
const WAITING: usize = 1024;

/// The origin of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// A row of the outbox.
    Row(Row),
    /// For this connection only.
    Transient,
    /// One of the last publications before DISCONNECT.
    Last,
}

/// An entry of the queue.
#[derive(Debug)]
enum Waiting {
    Publish(Sender, Publication),
    /// A part of the request with this number.
    Subscribe(u64, Vec<Subscription>),
    Unsubscribe(String),
    Ack(u16),
    Disconnect,
}

/// What [`Connection::next`] reports.
#[derive(Debug)]
pub(super) enum ConnectionEvent {
    Connected {
        session_present: bool,
    },
    Subscribed {
        refused: Vec<String>,
    },
    Unsubscribed,
    Received(Inbound, AckToken),
    Answered(Sender, PubAckReason),
    DisconnectSent,
    /// Nothing of interest outside.
    Other,
}

/// The limits and capabilities in the broker's CONNACK.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerLimits {
    /// How many QoS 1 publications may be in flight.
    pub receive_maximum: Option<u16>,
    /// The largest packet it accepts, in bytes.
    pub largest: Option<u32>,
    /// For how many seconds it keeps a session, if that differs from the request.
    pub session_expiry: Option<u32>,
    /// The keep-alive it imposes in seconds, if that differs from the request.
    pub keep_alive: Option<u16>,
    /// Whether it allows wildcards in filters.
    pub wildcards: bool,
    /// The client id it assigned.
    pub client_id: Option<String>,
}

/// Subscriptions of one request.
#[derive(Debug, Default)]
struct Asked {
    /// How many packets are unanswered.
    packets: usize,
    refused: Vec<String>,
}

enum Failure {
    Lookup,
    Protocol(Box<ConnectionError>),
}

type Packets = Pin<Box<dyn Stream<Item = Result<Packet, Failure>> + Send>>;

pub(super) struct Connection {
    epoch: u64,
    address: String,
    broker: BrokerUrl,
    client_id: String,
    client: AsyncClient,
    packets: Packets,
    connected: bool,
    window: usize,
    largest: Option<u32>,
    limits: ServerLimits,
    hears_at: Qos,
    waiting: VecDeque<Waiting>,
    /// Submitted publications without a packet ID; each gets one in this order.
    unnumbered: VecDeque<(Sender, Qos)>,
    open: HashMap<u16, Sender>,
    /// The same for subscriptions: the request and its filters.
    unnumbered_filters: VecDeque<(u64, Vec<String>)>,
    open_filters: HashMap<u16, (u64, Vec<String>)>,
    asked: HashMap<u64, Asked>,
    last_asked: u64,
    last_heard: Instant,
    last_progress: Instant,
}

impl Connection {
    /// With `one_by_one`, a row is submitted only after the answer to the one before.
    pub(super) fn open(options: &Options, epoch: u64, one_by_one: bool) -> Self {
        Self::with(convert::mqtt_options(options), options, epoch, one_by_one)
    }

    /// A connection that leaves nothing at the broker.
    pub(super) fn open_in_passing(options: &Options) -> Self {
        let mut connection = Self::with(convert::passing_options(options), options, 0, true);
        // Not held up by unacknowledged publications.
        connection.hears_at = Qos::AtMostOnce;
        connection
    }

    /// A connection with other options to the same broker.
    pub(super) fn of(mqtt: MqttOptions, options: &Options) -> Self {
        Self::with(mqtt, options, 0, true)
    }

    fn with(mqtt: MqttOptions, options: &Options, epoch: u64, one_by_one: bool) -> Self {
        let (client, event_loop) = AsyncClient::new(mqtt, CAPACITY);
        let now = super::now();
        Self {
            epoch,
            address: options.broker.address(),
            broker: options.broker.clone(),
            client_id: options.client_id.clone(),
            client,
            packets: packets(event_loop, options),
            connected: false,
            window: if one_by_one { 1 } else { WINDOW },
            largest: None,
            limits: ServerLimits::default(),
            hears_at: Qos::AtLeastOnce,
            waiting: VecDeque::new(),
            unnumbered: VecDeque::new(),
            open: HashMap::new(),
            unnumbered_filters: VecDeque::new(),
            open_filters: HashMap::new(),
            asked: HashMap::new(),
            last_asked: 0,
            last_heard: now,
            last_progress: now,
        }
    }

    pub(super) fn limits(&self) -> &ServerLimits {
        &self.limits
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }

    /// When the broker was last heard from.
    pub(super) fn last_heard(&self) -> Instant {
        self.last_heard
    }

    /// Since when a publication has waited while no other was answered.
    pub(super) fn stuck_since(&self) -> Option<Instant> {
        (!self.open.is_empty() || !self.unnumbered.is_empty()).then_some(self.last_progress)
    }

    /// Restarts the timer: while no one read the socket, the silence was not the broker's fault.
    pub(super) fn forgive(&mut self) {
        self.last_heard = now();
        self.last_progress = self.last_heard;
    }

    pub(super) fn publish(&mut self, sender: Sender, publication: Publication) {
        if sender == Sender::Transient && self.waiting.len() >= WAITING {
            tracing::warn!("a transient publication is dropped: the connection is stuck");
        } else if let Some(why) = convert::unsendable(&publication, self.largest) {
            tracing::warn!(why, "a publication outside the outbox cannot be sent");
        } else {
            self.waiting.push_back(Waiting::Publish(sender, publication));
        }
    }

    /// Returns the filters if none of them is valid, so that the broker is not asked.
    pub(super) fn subscribe(&mut self, subscriptions: Vec<Subscription>) -> Option<Vec<String>> {
        let (valid, invalid): (Vec<_>, Vec<_>) =
            subscriptions.into_iter().partition(|wanted| valid_filter(&wanted.filter));
        let refused: Vec<String> = invalid.into_iter().map(|wanted| wanted.filter).collect();
        if valid.is_empty() {
            return Some(refused);
        }
        let parts = convert::in_packets(valid, self.largest);
        self.last_asked += 1;
        self.asked.insert(self.last_asked, Asked { packets: parts.len(), refused });
        self.waiting.extend(parts.into_iter().map(|part| Waiting::Subscribe(self.last_asked, part)));
        None
    }

    pub(super) fn unsubscribe(&mut self, filters: Vec<String>) {
        let valid = filters.into_iter().filter(|filter| valid_filter(filter));
        self.waiting.extend(valid.map(Waiting::Unsubscribe));
    }

    pub(super) fn acknowledge(&mut self, token: AckToken) {
        if token.epoch == self.epoch && token.packet != 0 {
            self.waiting.push_back(Waiting::Ack(token.packet));
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.waiting.push_back(Waiting::Disconnect);
    }

    /// Whether all of the last publications are answered.
    pub(super) fn last_words_are_out(&self) -> bool {
        let waiting = |waiting: &Waiting| matches!(waiting, Waiting::Publish(Sender::Last, _));
        !self.waiting.iter().any(waiting)
            && !self.unnumbered.iter().any(|(sender, _)| *sender == Sender::Last)
            && !self.open.values().any(|sender| *sender == Sender::Last)
    }

    /// Submits as many rows as fit. Returns the rows that can never be sent, with the reason; they have left the
    /// outbox.
    pub(super) fn pump(&mut self, outbox: &mut Outbox) -> Vec<(Row, String)> {
        let mut refused = Vec::new();
        if !self.connected {
            return refused;
        }
        while let Some(waiting) = self.waiting.pop_front() {
            if !self.submit(&waiting) {
                self.waiting.push_front(waiting);
                return refused;
            }
        }
        while outbox.open() < self.window
            && let Some((row, publication)) = outbox.next()
        {
            if let Some(why) = convert::unsendable(publication, self.largest) {
                outbox.remove(row);
                refused.push((row, why));
            } else if self.submit_publication(Sender::Row(row), publication) {
                outbox.advance();
            } else {
                break;
            }
        }
        refused
    }

    /// Returns whether there was room.
    fn submit(&mut self, waiting: &Waiting) -> bool {
        match waiting {
            Waiting::Publish(sender, publication) => self.submit_publication(*sender, publication),
            Waiting::Subscribe(request, subscriptions) => self.submit_subscriptions(*request, subscriptions),
            Waiting::Unsubscribe(filter) => self.client.try_unsubscribe(filter.clone()).is_ok(),
            Waiting::Ack(packet) => {
                let delivery = Publish { qos: QoS::AtLeastOnce, pkid: *packet, ..Publish::default() };
                self.client.try_ack(&delivery).is_ok()
            }
            Waiting::Disconnect => self.client.try_disconnect().is_ok(),
        }
    }

    fn submit_publication(&mut self, sender: Sender, publication: &Publication) -> bool {
        let packet = convert::publish(publication);
        let properties = packet.properties.unwrap_or_default();
        let (topic, payload) = (publication.topic.clone(), packet.payload);
        let taken =
            self.client.try_publish_with_properties(topic, packet.qos, packet.retain, payload, properties).is_ok();
        if taken {
            if self.stuck_since().is_none() {
                self.last_progress = now();
            }
            self.unnumbered.push_back((sender, publication.qos));
        }
        taken
    }

    fn submit_subscriptions(&mut self, request: u64, subscriptions: &[Subscription]) -> bool {
        let filters = subscriptions.iter().map(|wanted| convert::filter(wanted, self.hears_at));
        let taken = self.client.try_subscribe_many(filters).is_ok();
        if taken {
            let names = subscriptions.iter().map(|wanted| wanted.filter.clone()).collect();
            self.unnumbered_filters.push_back((request, names));
        }
        taken
    }

    /// Receives the answers to one packet. Returns the refused filters once all packets of the request are answered.
    fn subscribed(&mut self, request: u64, refused: impl Iterator<Item = String>) -> Option<Vec<String>> {
        let asked = self.asked.get_mut(&request)?;
        asked.refused.extend(refused);
        asked.packets -= 1;
        if asked.packets == 0 { self.asked.remove(&request).map(|asked| asked.refused) } else { None }
    }

    /// The next event. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<ConnectionEvent, DisconnectReason> {
        match self.packets.next().await {
            Some(Ok(Packet::Incoming(packet))) => {
                self.last_heard = now();
                self.incoming(packet)
            }
            Some(Ok(Packet::Outgoing(outgoing))) => Ok(self.outgoing(&outgoing)),
            Some(Err(Failure::Lookup)) => Err(self.not_found()),
            Some(Err(Failure::Protocol(error))) => {
                let Self { address, client_id, connected, .. } = self;
                Err(ErrorContext { address, client_id, connected: *connected }.reason(&error))
            }
            None => Err(DisconnectReason::Closed),
        }
    }

    fn not_found(&self) -> DisconnectReason {
        match self.broker.zone() {
            Some(zone) => DisconnectReason::NoInterface(zone.to_owned()),
            None => DisconnectReason::HostNotFound(self.broker.host().to_owned()),
        }
    }

    fn incoming(&mut self, packet: Incoming) -> Result<ConnectionEvent, DisconnectReason> {
        Ok(match packet {
            Incoming::ConnAck(answer) => return self.connack(&answer),
            Incoming::Publish(publish) => {
                let packet = if publish.qos == QoS::AtLeastOnce { publish.pkid } else { 0 };
                let token = AckToken { epoch: self.epoch, packet };
                if let Some(inbound) = convert::inbound(&publish) {
                    ConnectionEvent::Received(inbound, token)
                } else {
                    tracing::warn!("a publication without a readable topic is dropped");
                    self.acknowledge(token);
                    ConnectionEvent::Other
                }
            }
            Incoming::PubAck(ack) => {
                self.last_progress = self.last_heard;
                match self.open.remove(&ack.pkid) {
                    Some(sender) => ConnectionEvent::Answered(sender, ack.reason),
                    None => ConnectionEvent::Other,
                }
            }
            Incoming::SubAck(ack) => match self.open_filters.remove(&ack.pkid) {
                Some((request, filters)) => {
                    let answers = filters.into_iter().zip(ack.return_codes);
                    let failed = answers.filter(|(_, code)| !matches!(code, SubscribeReasonCode::Success(_)));
                    match self.subscribed(request, failed.map(|(filter, _)| filter)) {
                        Some(refused) => ConnectionEvent::Subscribed { refused },
                        None => ConnectionEvent::Other,
                    }
                }
                None => ConnectionEvent::Other,
            },
            Incoming::UnsubAck(_) => ConnectionEvent::Unsubscribed,
            _ => ConnectionEvent::Other,
        })
    }

    fn connack(&mut self, answer: &ConnAck) -> Result<ConnectionEvent, DisconnectReason> {
        self.limits.wildcards = true;
        if let Some(properties) = &answer.properties {
            self.limits = ServerLimits {
                receive_maximum: properties.receive_max,
                largest: properties.max_packet_size,
                session_expiry: properties.session_expiry_interval,
                keep_alive: properties.server_keep_alive,
                wildcards: properties.wildcard_subscription_available != Some(0),
                client_id: properties.assigned_client_identifier.clone(),
            };
            if properties.retain_available == Some(0) {
                return Err(DisconnectReason::NoRetain);
            }
            if properties.max_qos == Some(0) {
                return Err(DisconnectReason::NoQosOne);
            }
            if properties.receive_max == Some(0) {
                return Err(DisconnectReason::NoReceiveMaximum);
            }
            if let Some(largest) = properties.max_packet_size.filter(|largest| *largest < SMALLEST_LIMIT) {
                return Err(DisconnectReason::PacketLimit { most: largest, least: SMALLEST_LIMIT });
            }
            self.largest = properties.max_packet_size;
            // One less: at the maximum itself rumqttc accepts no request at all, not even acknowledgements.
            let allowed = properties.receive_max.map_or(WINDOW, |most| usize::from(most) - 1);
            self.window = self.window.min(allowed.max(1));
        }
        self.connected = true;
        Ok(ConnectionEvent::Connected { session_present: answer.session_present })
    }

    fn outgoing(&mut self, outgoing: &Outgoing) -> ConnectionEvent {
        match outgoing {
            Outgoing::Publish(packet) => {
                if let Some((sender, Qos::AtLeastOnce)) = self.unnumbered.pop_front() {
                    self.open.insert(*packet, sender);
                }
            }
            Outgoing::Subscribe(packet) => {
                if let Some(filters) = self.unnumbered_filters.pop_front() {
                    self.open_filters.insert(*packet, filters);
                }
            }
            Outgoing::Disconnect => return ConnectionEvent::DisconnectSent,
            _ => {}
        }
        ConnectionEvent::Other
    }
}

/// The event loop as a stream that ends at its first error. The stream keeps an unfinished poll, so that `select!` may
/// drop the `next()` around it.
///
/// rumqttc reads as much as there is. If the connection ends within that, it returns the error first. The packets read
/// before it still count: a mosquitto 2.0.11 with unlimited queues disconnects after each refusal.
fn packets(event_loop: EventLoop, options: &Options) -> Packets {
    let broker = &options.broker;
    // A Unix socket has no name to look up.
    let place = broker.socket().is_none().then(|| (broker.name_to_look_up(), broker.port()));
    let keep_alive = options.keep_alive();
    let polled = stream::unfold(Some((event_loop, place)), move |state| async move {
        let (mut event_loop, place) = state?;
        if let Some((host, port)) = place
            && tokio::net::lookup_host((host.as_str(), port)).await.is_err()
        {
            return Some((vec![Err(Failure::Lookup)], None));
        }
        match event_loop.poll().await {
            Ok(packet) => {
                // rumqttc pings without a pause if the broker asks for a keep-alive of 0.
                if event_loop.options.keep_alive().is_zero() {
                    event_loop.options.set_keep_alive(keep_alive);
                }
                Some((vec![Ok(packet)], Some((event_loop, None))))
            }
            Err(error) => {
                let mut last: Vec<_> = event_loop.state.events.drain(..).map(Ok).collect();
                last.push(Err(Failure::Protocol(Box::new(error))));
                Some((last, None))
            }
        }
    });
    Box::pin(polled.flat_map(stream::iter))
}
