//! One connection, from the name look-up to its end.
//!
//! Owns rumqttc's event loop, the queue of requests that wait for room in the event loop, and the map from packet IDs
//! to rows.
//!
//! Invariant: an event loop is never polled again after an error. Each connection has its own, so rumqttc's
//! retransmission and session logic never runs. Requests are submitted with `try_*` methods only: this task also polls
//! the event loop, so waiting for room in it would deadlock.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
};

use futures_util::StreamExt;
use rumqttc::{
    Outgoing,
    v5::{
        AsyncClient, Event as Packet, Incoming, MqttOptions,
        mqttbytes::{
            QoS,
            v5::{ConnAck, PubAckReason, Publish, SubAck, SubscribeReasonCode},
            valid_filter,
        },
    },
};
use tokio::time::Instant;

use super::{
    BrokerUrl, Options, convert,
    failure::ErrorContext,
    now,
    outbox::Outbox,
    packets::{Packets, Step, StreamError, packets},
};
use crate::{
    domain::{DisconnectReason, Transport},
    protocol::{AckToken, Inbound, NAMES_SENDERS, Publication, Qos, RowId, Subscription},
};

/// The length of rumqttc's request queue. The requests in it wait only for the socket.
const CLIENT_QUEUE: usize = 272;
/// How many outbox rows may be in flight, unless the broker's receive maximum allows fewer.
const SEND_WINDOW: usize = 16;
/// The smallest usable packet limit in bytes: presence, subscriptions and receipts need up to this much.
const MIN_PACKET_LIMIT: u32 = 1024;
/// How many requests may wait for room in rumqttc's queue. Beyond that the connection counts as stuck, and transient
/// publications are dropped.
const MAX_QUEUED: usize = 1024;

/// Where a publication comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A row of the outbox.
    Row(RowId),
    /// A publication for this connection only.
    Transient,
    /// A publication of a shutdown, sent before DISCONNECT.
    Final,
}

/// A request that waits for room in rumqttc's queue.
#[derive(Debug)]
enum Queued {
    Publish(Origin, Publication),
    /// One packet of the numbered subscribe request.
    Subscribe(u64, Vec<Subscription>),
    Unsubscribe(String),
    Ack(u16),
    Disconnect,
}

/// An event of a connection, returned by [`Connection::next`].
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
    Answered(Origin, PubAckReason),
    DisconnectSent,
    /// A packet that concerns only this module.
    Other,
}

/// The limits and capabilities in the broker's CONNACK.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerLimits {
    /// How many QoS 1 publications may be in flight.
    pub receive_maximum: Option<u16>,
    /// The largest packet it accepts, in bytes.
    pub max_packet: Option<u32>,
    /// The session expiry it grants in seconds, if that differs from the request.
    pub session_expiry: Option<u32>,
    /// The keep-alive it imposes in seconds, if that differs from the request.
    pub keep_alive: Option<u16>,
    /// Whether it allows wildcards in filters.
    pub wildcards: bool,
    /// The client id it assigned.
    pub client_id: Option<String>,
    /// Whether it says that it names the sender of each publication, as papo's own broker with users does.
    pub names_senders: bool,
}

/// A subscribe request that may be spread over several packets.
#[derive(Debug, Default)]
struct PendingSubscribe {
    /// How many packets have no SUBACK yet.
    packets: usize,
    refused: Vec<String>,
}

pub(super) struct Connection {
    epoch: u64,
    broker: BrokerUrl,
    client_id: String,
    has_login: bool,
    client: AsyncClient,
    packets: Packets,
    /// The addresses of the broker's name, once it is looked up.
    addresses: Vec<SocketAddr>,
    /// Where a DISCONNECT says that the broker is now.
    server_reference: Option<String>,
    connected: bool,
    /// How many outbox rows may be in flight.
    window: usize,
    limits: ServerLimits,
    queue: VecDeque<Queued>,
    /// Submitted publications whose packet id rumqttc has not reported yet. It reports them in this order.
    awaiting_id: VecDeque<(Origin, Qos)>,
    /// Unacknowledged publications by packet id.
    in_flight: HashMap<u16, Origin>,
    /// Submitted SUBSCRIBE packets without a packet id yet: the request's number, and the filters.
    filters_awaiting_id: VecDeque<(u64, Vec<String>)>,
    filters_in_flight: HashMap<u16, (u64, Vec<String>)>,
    subscribes: HashMap<u64, PendingSubscribe>,
    last_subscribe: u64,
    /// When the last packet arrived.
    last_received: Instant,
    /// When the last PUBACK arrived, or when the oldest publication in flight was submitted after a quiet time.
    last_progress: Instant,
}

impl Connection {
    /// Opens a connection with papo's own session. With `one_by_one` only one row is in flight at a time.
    pub(super) fn open(options: &Options, epoch: u64, one_by_one: bool) -> Self {
        let window = if one_by_one { 1 } else { SEND_WINDOW };
        Self { epoch, window, ..Self::open_with(convert::mqtt_options(options), options) }
    }

    /// Opens a presence probe, which leaves no session at the broker.
    pub(super) fn open_probe(options: &Options) -> Self {
        Self::open_with(convert::probe_options(options), options)
    }

    /// Opens a connection with other MQTT options to the same broker.
    pub(super) fn open_with(mqtt: MqttOptions, options: &Options) -> Self {
        let (client, event_loop) = AsyncClient::new(mqtt, CLIENT_QUEUE);
        let now = super::now();
        Self {
            epoch: 0,
            broker: options.broker.clone(),
            client_id: options.client_id.clone(),
            has_login: options.has_login(),
            client,
            packets: packets(event_loop, options),
            addresses: Vec::new(),
            server_reference: None,
            connected: false,
            window: 1,
            limits: ServerLimits::default(),
            queue: VecDeque::new(),
            awaiting_id: VecDeque::new(),
            in_flight: HashMap::new(),
            filters_awaiting_id: VecDeque::new(),
            filters_in_flight: HashMap::new(),
            subscribes: HashMap::new(),
            last_subscribe: 0,
            last_received: now,
            last_progress: now,
        }
    }

    pub(super) fn limits(&self) -> &ServerLimits {
        &self.limits
    }

    pub(super) fn address(&self) -> String {
        self.broker.address()
    }

    /// The addresses after the first that the host of a plain broker has.
    pub(super) fn further_addresses(&self) -> &[SocketAddr] {
        let is_plain = self.broker.transport() == Transport::Tcp;
        self.addresses.get(1..).filter(|_| is_plain).unwrap_or_default()
    }

    pub(super) fn server_reference(&self) -> Option<&str> {
        self.server_reference.as_deref()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }

    pub(super) fn last_received(&self) -> Instant {
        self.last_received
    }

    /// Since when publications have been in flight without any PUBACK; [`None`] if none is in flight.
    pub(super) fn stuck_since(&self) -> Option<Instant> {
        (!self.in_flight.is_empty() || !self.awaiting_id.is_empty()).then_some(self.last_progress)
    }

    /// Restarts the timeouts. While the actor does not read the socket, it cannot know whether the broker is silent.
    pub(super) fn restart_timeouts(&mut self) {
        self.last_received = now();
        self.last_progress = self.last_received;
    }

    pub(super) fn publish(&mut self, origin: Origin, publication: Publication) {
        if origin == Origin::Transient && self.queue.len() >= MAX_QUEUED {
            tracing::warn!("a transient publication is dropped: the connection is stuck");
        } else if let Some(why) = convert::unsendable(&publication, self.limits.max_packet) {
            tracing::warn!(why, "a publication outside the outbox cannot be sent");
        } else {
            self.queue.push_back(Queued::Publish(origin, publication));
        }
    }

    /// Queues SUBSCRIBE packets. Returns the filters if none of them is valid, since then nothing is sent.
    pub(super) fn subscribe(&mut self, subscriptions: Vec<Subscription>) -> Option<Vec<String>> {
        let (valid, invalid): (Vec<_>, Vec<_>) =
            subscriptions.into_iter().partition(|wanted| valid_filter(&wanted.filter));
        let refused: Vec<String> = invalid.into_iter().map(|wanted| wanted.filter).collect();
        if valid.is_empty() {
            return Some(refused);
        }
        let parts = convert::split_subscriptions(valid, self.limits.max_packet);
        self.last_subscribe += 1;
        self.subscribes.insert(self.last_subscribe, PendingSubscribe { packets: parts.len(), refused });
        self.queue.extend(parts.into_iter().map(|part| Queued::Subscribe(self.last_subscribe, part)));
        None
    }

    pub(super) fn unsubscribe(&mut self, filters: Vec<String>) {
        let valid = filters.into_iter().filter(|filter| valid_filter(filter));
        self.queue.extend(valid.map(Queued::Unsubscribe));
    }

    pub(super) fn acknowledge(&mut self, token: AckToken) {
        if token.epoch == self.epoch && token.packet != 0 {
            self.queue.push_back(Queued::Ack(token.packet));
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.queue.push_back(Queued::Disconnect);
    }

    /// Whether the broker has acknowledged all final publications.
    pub(super) fn are_final_acknowledged(&self) -> bool {
        let is_final = |queued: &Queued| matches!(queued, Queued::Publish(Origin::Final, _));
        !self.queue.iter().any(is_final)
            && !self.awaiting_id.iter().any(|(origin, _)| *origin == Origin::Final)
            && !self.in_flight.values().any(|origin| *origin == Origin::Final)
    }

    /// Submits queued requests, then outbox rows, as far as there is room. Returns the rows that can never be sent,
    /// with the reason; they are removed from the outbox.
    pub(super) fn pump(&mut self, outbox: &mut Outbox) -> Vec<(RowId, String)> {
        let mut refused = Vec::new();
        if !self.connected {
            return refused;
        }
        while let Some(queued) = self.queue.pop_front() {
            if !self.submit(&queued) {
                self.queue.push_front(queued);
                return refused;
            }
        }
        while outbox.in_flight() < self.window
            && let Some((row, publication)) = outbox.next()
        {
            if let Some(why) = convert::unsendable(publication, self.limits.max_packet) {
                outbox.remove(row);
                refused.push((row, why));
            } else if self.submit_publication(Origin::Row(row), publication) {
                outbox.advance();
            } else {
                break;
            }
        }
        refused
    }

    /// Submits a request. Returns whether there was room.
    fn submit(&mut self, queued: &Queued) -> bool {
        match queued {
            Queued::Publish(origin, publication) => self.submit_publication(*origin, publication),
            Queued::Subscribe(request, subscriptions) => self.submit_subscriptions(*request, subscriptions),
            Queued::Unsubscribe(filter) => self.client.try_unsubscribe(filter.clone()).is_ok(),
            Queued::Ack(packet) => {
                let delivery = Publish { qos: QoS::AtLeastOnce, pkid: *packet, ..Publish::default() };
                self.client.try_ack(&delivery).is_ok()
            }
            Queued::Disconnect => self.client.try_disconnect().is_ok(),
        }
    }

    fn submit_publication(&mut self, origin: Origin, publication: &Publication) -> bool {
        let packet = convert::publish(publication);
        let properties = packet.properties.unwrap_or_default();
        let (topic, payload) = (publication.topic.clone(), packet.payload);
        let is_queued =
            self.client.try_publish_with_properties(topic, packet.qos, packet.retain, payload, properties).is_ok();
        if is_queued {
            if self.stuck_since().is_none() {
                self.last_progress = now();
            }
            self.awaiting_id.push_back((origin, publication.qos));
        }
        is_queued
    }

    fn submit_subscriptions(&mut self, request: u64, subscriptions: &[Subscription]) -> bool {
        let is_queued = self.client.try_subscribe_many(subscriptions.iter().map(convert::filter)).is_ok();
        if is_queued {
            let names = subscriptions.iter().map(|wanted| wanted.filter.clone()).collect();
            self.filters_awaiting_id.push_back((request, names));
        }
        is_queued
    }

    /// Handles the SUBACK of one packet. Reports all refused filters after the last packet of the request.
    fn handle_suback(&mut self, ack: SubAck) -> Option<ConnectionEvent> {
        let (request, filters) = self.filters_in_flight.remove(&ack.pkid)?;
        let answers = filters.into_iter().zip(ack.return_codes);
        let refused = answers.filter(|(_, code)| !matches!(code, SubscribeReasonCode::Success(_)));
        let pending = self.subscribes.get_mut(&request)?;
        pending.refused.extend(refused.map(|(filter, _)| filter));
        pending.packets -= 1;
        if pending.packets > 0 {
            return None;
        }
        let PendingSubscribe { refused, .. } = self.subscribes.remove(&request)?;
        Some(ConnectionEvent::Subscribed { refused })
    }

    /// The next event. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<ConnectionEvent, DisconnectReason> {
        match self.packets.next().await {
            Some(Ok(Step::Resolved(addresses))) => {
                self.addresses = addresses;
                Ok(ConnectionEvent::Other)
            }
            Some(Ok(Step::Packet(Packet::Incoming(packet)))) => {
                self.last_received = now();
                self.handle_incoming(packet)
            }
            Some(Ok(Step::Packet(Packet::Outgoing(outgoing)))) => Ok(self.handle_outgoing(&outgoing)),
            Some(Err(StreamError::Lookup)) => Err(self.not_found()),
            Some(Err(StreamError::Protocol(error))) => {
                let (address, listener, client_id) = (&self.address(), &self.broker.listener(), &self.client_id);
                let Self { connected, has_login, .. } = *self;
                Err(ErrorContext { address, listener, client_id, connected, has_login }.reason(&error))
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

    fn handle_incoming(&mut self, packet: Incoming) -> Result<ConnectionEvent, DisconnectReason> {
        Ok(match packet {
            Incoming::ConnAck(answer) => return self.handle_connack(&answer),
            Incoming::Publish(publish) => {
                let packet = if publish.qos == QoS::AtLeastOnce { publish.pkid } else { 0 };
                let token = AckToken { epoch: self.epoch, packet };
                if let Some(inbound) = convert::inbound(publish) {
                    ConnectionEvent::Received(inbound, token)
                } else {
                    tracing::warn!("a publication without a readable topic is dropped");
                    self.acknowledge(token);
                    ConnectionEvent::Other
                }
            }
            Incoming::PubAck(ack) => {
                self.last_progress = self.last_received;
                let origin = self.in_flight.remove(&ack.pkid);
                origin.map_or(ConnectionEvent::Other, |origin| ConnectionEvent::Answered(origin, ack.reason))
            }
            Incoming::SubAck(ack) => self.handle_suback(ack).unwrap_or(ConnectionEvent::Other),
            Incoming::UnsubAck(_) => ConnectionEvent::Unsubscribed,
            Incoming::Disconnect(packet) => {
                self.server_reference = packet.properties.and_then(|properties| properties.server_reference);
                ConnectionEvent::Other
            }
            _ => ConnectionEvent::Other,
        })
    }

    fn handle_connack(&mut self, answer: &ConnAck) -> Result<ConnectionEvent, DisconnectReason> {
        self.limits.wildcards = true;
        if let Some(properties) = &answer.properties {
            self.limits = ServerLimits {
                receive_maximum: properties.receive_max,
                max_packet: properties.max_packet_size,
                session_expiry: properties.session_expiry_interval,
                keep_alive: properties.server_keep_alive,
                wildcards: properties.wildcard_subscription_available != Some(0),
                client_id: properties.assigned_client_identifier.clone(),
                names_senders: properties.user_properties.iter().any(is_promise_to_name_senders),
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
            if let Some(max_packet) = properties.max_packet_size.filter(|max_packet| *max_packet < MIN_PACKET_LIMIT) {
                return Err(DisconnectReason::PacketLimit { most: max_packet, least: MIN_PACKET_LIMIT });
            }
            // One below the maximum: at the maximum rumqttc blocks all requests, acknowledgements included.
            let allowed = properties.receive_max.map_or(SEND_WINDOW, |most| usize::from(most) - 1);
            self.window = self.window.min(allowed.max(1));
        }
        self.connected = true;
        Ok(ConnectionEvent::Connected { session_present: answer.session_present })
    }

    fn handle_outgoing(&mut self, outgoing: &Outgoing) -> ConnectionEvent {
        match outgoing {
            Outgoing::Publish(packet) => {
                if let Some((origin, Qos::AtLeastOnce)) = self.awaiting_id.pop_front() {
                    self.in_flight.insert(*packet, origin);
                }
            }
            Outgoing::Subscribe(packet) => {
                if let Some(filters) = self.filters_awaiting_id.pop_front() {
                    self.filters_in_flight.insert(*packet, filters);
                }
            }
            Outgoing::Disconnect => return ConnectionEvent::DisconnectSent,
            _ => {}
        }
        ConnectionEvent::Other
    }
}

/// Whether this user property of a CONNACK says that the broker names the sender of each publication, and removes such
/// a name if a client has set it.
fn is_promise_to_name_senders((name, value): &(String, String)) -> bool {
    name == NAMES_SENDERS && value == "1"
}
