//! SUBSCRIBE and UNSUBSCRIBE (MQTT 5 §3.8, §3.10).

use std::sync::Arc;

use mqtt5_protocol::{
    QoS,
    packet::{
        suback::{SubAckPacket, SubAckReasonCode},
        subscribe::{SubscribePacket, TopicFilter},
        subscribe_options::RetainHandling,
        unsuback::{UnsubAckPacket, UnsubAckReasonCode},
        unsubscribe::UnsubscribePacket,
    },
    validation::is_valid_topic_filter,
};

use super::{
    ConnectionId, Hub, change::SavedSubscription, delivering::may_receive, frames, frames::Level, queue::Entry,
    subscriptions::MAX_LEVELS,
};
use crate::broker::access::{is_directory, may_subscribe};

/// How many retained messages may wait for a client, which may ask for them again and again.
const REPLAYS: usize = 100_000;
/// The most that the filters of a session may take, in bytes: they are saved in one row.
const FILTERS: usize = 1 << 20;

impl Hub {
    pub(super) fn subscribe(&mut self, connection: ConnectionId, number: u64, subscribe: &SubscribePacket) {
        let Some(level) = self.connections.get(&connection).map(|open| open.level) else { return };
        let identifier = subscribe.properties.get_subscription_identifier();
        let mut answer = match level {
            Level::V5 => SubAckPacket::new(subscribe.packet_id),
            Level::V4 => SubAckPacket::new_v311(subscribe.packet_id),
        };
        for filter in &subscribe.filters {
            let outcome = self.subscribe_to(number, filter, identifier);
            answer = answer.add_reason_code(match outcome {
                Ok(qos) => SubAckReasonCode::from_qos(qos),
                Err(_) if level == Level::V4 => SubAckReasonCode::UnspecifiedError,
                Err(code) => code,
            });
        }
        self.touch(number);
        self.answer(connection, frames::packet(&answer));
    }

    /// Returns the highest QoS of deliveries.
    fn subscribe_to(
        &mut self,
        number: u64,
        filter: &TopicFilter,
        identifier: Option<u32>,
    ) -> Result<QoS, SubAckReasonCode> {
        let TopicFilter { filter, options } = filter;
        if filter.starts_with("$share/") {
            return Err(SubAckReasonCode::SharedSubscriptionsNotSupported);
        }
        if !is_valid_topic_filter(filter) || filter.split('/').count() > MAX_LEVELS {
            return Err(SubAckReasonCode::TopicFilterInvalid);
        }
        let session = self.sessions.get_mut(&number).ok_or(SubAckReasonCode::UnspecifiedError)?;
        if self.groups.is_some() && !session.login.as_ref().is_some_and(|login| may_subscribe(login, filter)) {
            tracing::debug!(client = &*session.client, filter, "a subscription is not allowed");
            return Err(SubAckReasonCode::NotAuthorized);
        }
        let is_new = !session.subscriptions.contains_key(filter);
        let is_full =
            session.subscriptions.len() >= self.limits.subscriptions || session.filters + filter.len() > FILTERS;
        if (is_new && is_full) || session.queue.replays() > REPLAYS {
            return Err(SubAckReasonCode::QuotaExceeded);
        }
        // Nothing of the directory waits for clients that are away: one full queue would stop what everybody publishes.
        let is_directory = self.groups.is_some() && is_directory(filter);
        let qos = if is_directory { QoS::AtMostOnce } else { options.qos };
        let subscription = SavedSubscription {
            qos: qos.into(),
            no_local: options.no_local,
            retain_as_published: options.retain_as_published,
            identifier,
        };
        session.filters += if is_new { filter.len() } else { 0 };
        session.subscriptions.insert(filter.clone(), subscription);
        self.subscriptions.insert(number, filter, subscription);
        let asks = match options.retain_handling {
            RetainHandling::SendAtSubscribe => true,
            RetainHandling::SendAtSubscribeIfNew => is_new,
            RetainHandling::DoNotSend => false,
        };
        if asks {
            self.replay(number, filter, subscription);
        }
        Ok(qos)
    }

    /// Queues the retained messages of a filter.
    fn replay(&mut self, number: u64, filter: &str, subscription: SavedSubscription) {
        for message in self.retained.matching(filter) {
            let Some(session) = self.sessions.get(&number) else { return };
            if !may_receive(self.groups.as_ref(), session, &message) {
                continue;
            }
            let entry = Entry {
                position: 0,
                qos: QoS::from(subscription.qos.min(message.qos.into())),
                message: Arc::clone(&message),
                retain: true,
                is_replay: true,
                identifiers: subscription.identifier.into_iter().collect(),
            };
            self.enqueue(number, entry);
        }
    }

    pub(super) fn unsubscribe(&mut self, connection: ConnectionId, number: u64, unsubscribe: &UnsubscribePacket) {
        let Some(level) = self.connections.get(&connection).map(|open| open.level) else { return };
        let mut answer = match level {
            Level::V5 => UnsubAckPacket::new(unsubscribe.packet_id),
            Level::V4 => UnsubAckPacket::new_v311(unsubscribe.packet_id),
        };
        for filter in &unsubscribe.filters {
            let Some(session) = self.sessions.get_mut(&number) else { return };
            let was_there = session.subscriptions.remove(filter).is_some();
            session.filters -= if was_there { filter.len() } else { 0 };
            self.subscriptions.remove(number, filter);
            if level == Level::V5 {
                answer = answer.add_reason_code(if was_there {
                    UnsubAckReasonCode::Success
                } else {
                    UnsubAckReasonCode::NoSubscriptionExisted
                });
            }
        }
        self.touch(number);
        self.answer(connection, frames::packet(&answer));
    }
}
