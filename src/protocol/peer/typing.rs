//! Typing indicators. They are sent only to participants, and never stored.

use std::{collections::BTreeMap, time::Duration};

use super::{context::Context, egress::Egress};
use crate::{
    domain::{ConversationId, Tick, UserId},
    protocol::{Control, Event, IgnoredReason, Qos, TypedPublication},
};

/// How long a user counts as typing after their last indicator.
const EXPIRY: Duration = Duration::from_secs(5);
/// The minimum time between two indicators for the same conversation.
const INTERVAL: Duration = Duration::from_secs(3);

/// How long after a message an indicator of its author may be one from before it, which the broker delivered late.
const OVERTAKEN: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Typing {
    /// My last indicator: its conversation, and when it was sent.
    last_sent: Option<(ConversationId, Tick)>,
    /// Users who are typing, with the time when their last indicator expires.
    others: BTreeMap<(ConversationId, UserId), Tick>,
    /// Users whose message has just arrived. Until this time, their indicators are ignored.
    written: BTreeMap<(ConversationId, UserId), Tick>,
}

impl Typing {
    pub(super) fn due(&self) -> Option<Tick> {
        self.others.values().copied().min()
    }

    /// Sends an indicator to the participants who are online.
    pub(super) fn announce(&mut self, id: &ConversationId, context: Context<'_>, egress: &mut Egress) {
        let now = egress.now();
        let was_sent = self.last_sent.as_ref().is_some_and(|(sent, at)| sent == id && now.tick.since(*at) < INTERVAL);
        if !context.conversations.is_open(id) || was_sent || !context.counts_receipts(id) {
            return;
        }
        self.last_sent = Some((id.clone(), now.tick));
        for user in context.present_readers(id, &egress.me().clone()) {
            let control_topic = context.roster.control_topic_of(&user).unwrap_or_default();
            let indicator = TypedPublication::control(&user, control_topic, Control::Typing(id.clone()));
            let expiry = Some(u32::try_from(EXPIRY.as_secs()).unwrap_or(u32::MAX));
            egress.send_transient_with(indicator, |indicator| {
                (indicator.qos, indicator.expiry) = (Qos::AtMostOnce, expiry);
            });
        }
    }

    /// I have sent a message, so the next indicator may be sent at once.
    pub(super) fn sent(&mut self, id: &ConversationId) {
        self.last_sent.take_if(|(sent, _)| sent == id);
    }

    /// Handles an indicator from `user`.
    pub(super) fn received(&mut self, id: ConversationId, user: &UserId, context: Context<'_>, egress: &mut Egress) {
        let takes_part = match &id {
            ConversationId::Session(session) => session.peer_of(egress.me()) == Some(user),
            ConversationId::Group(_) => context.is_reader(&id, user) && context.counts_receipts(&id),
        };
        if !context.conversations.is_open(&id) || !takes_part {
            return egress.ignore(IgnoredReason::NoChat(id));
        }
        let (now, key) = (egress.now().tick, (id, user.clone()));
        if self.written.get(&key).is_some_and(|until| now < *until) {
            return;
        }
        if self.others.insert(key, now + EXPIRY).is_none() {
            egress.emit(Event::TypingChanged);
        }
    }

    /// A message from `user` has arrived, so they no longer count as typing.
    pub(super) fn message_arrived(&mut self, id: &ConversationId, user: &UserId, egress: &mut Egress) {
        let (now, key) = (egress.now().tick, (id.clone(), user.clone()));
        self.written.retain(|_, until| now < *until);
        self.written.insert(key.clone(), now + OVERTAKEN);
        if self.others.remove(&key).is_some() {
            egress.emit(Event::TypingChanged);
        }
    }

    /// `user` is offline or blocked, so they do not count as typing anywhere.
    pub(super) fn user_left(&mut self, user: &UserId, egress: &mut Egress) {
        self.keep(egress, |(_, who), _| who != user);
    }

    /// A conversation is closed, so nobody counts as typing there.
    pub(super) fn closed(&mut self, id: &ConversationId, egress: &mut Egress) {
        self.keep(egress, |(typed_in, _), _| typed_in != id);
    }

    /// Removes expired indicators.
    pub(super) fn expire(&mut self, egress: &mut Egress) {
        let now = egress.now().tick;
        self.keep(egress, |_, until| until > now);
    }

    fn keep(&mut self, egress: &mut Egress, is_kept: impl Fn(&(ConversationId, UserId), Tick) -> bool) {
        let before = self.others.len();
        self.others.retain(|key, until| is_kept(key, *until));
        if self.others.len() < before {
            egress.emit(Event::TypingChanged);
        }
    }

    /// The users who are typing, with the conversation.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&ConversationId, &UserId)> {
        self.others.keys().map(|(id, user)| (id, user))
    }
}
