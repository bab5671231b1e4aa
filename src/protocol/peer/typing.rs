//! Typing indicators: transient, and only for participants.

use std::{collections::BTreeMap, time::Duration};

use super::{context::Context, egress::Egress};
use crate::{
    domain::{ConversationId, Tick, UserId},
    protocol::{Control, Event, IgnoredReason, Qos, TypedPublication},
};

/// How long a user counts as typing after the last hint.
const LASTS: Duration = Duration::from_secs(5);
/// How often a hint is sent about the same conversation.
const EVERY: Duration = Duration::from_secs(3);

#[derive(Debug, Default)]
pub(super) struct Typing {
    /// Where I said last that I write, and when.
    said: Option<(ConversationId, Tick)>,
    /// Users who are typing, and until when that holds.
    others: BTreeMap<(ConversationId, UserId), Tick>,
}

impl Typing {
    pub(super) fn due(&self) -> Option<Tick> {
        self.others.values().copied().min()
    }

    /// Tells the participants who are online that I am typing.
    pub(super) fn say(&mut self, id: &ConversationId, context: Context<'_>, egress: &mut Egress) {
        let now = egress.now();
        let was_said = self.said.as_ref().is_some_and(|(said, at)| said == id && now.tick.since(*at) < EVERY);
        if !context.conversations.is_open(id) || was_said || !context.counts_receipts(id) {
            return;
        }
        self.said = Some((id.clone(), now.tick));
        for user in context.present_readers(id, &egress.me().clone()) {
            let control_topic = context.roster.control_topic_of(&user).unwrap_or_default();
            let hint = TypedPublication::control(&user, control_topic, Control::Typing(id.clone()));
            let expiry = Some(u32::try_from(LASTS.as_secs()).unwrap_or(u32::MAX));
            egress.send_transient_with(hint, |hint| (hint.qos, hint.expiry) = (Qos::AtMostOnce, expiry));
        }
    }

    /// My text is sent; the next one gets hints of its own.
    pub(super) fn sent(&mut self, id: &ConversationId) {
        self.said.take_if(|(said, _)| said == id);
    }

    /// `user` is typing.
    pub(super) fn heard(&mut self, id: ConversationId, user: &UserId, context: Context<'_>, egress: &mut Egress) {
        let takes_part = match &id {
            ConversationId::Session(session) => session.peer_of(egress.me()) == Some(user),
            ConversationId::Group(_) => context.is_reader(&id, user) && context.counts_receipts(&id),
        };
        if !context.conversations.is_open(&id) || !takes_part {
            return egress.ignore(IgnoredReason::NoChat(id));
        }
        if self.others.insert((id, user.clone()), egress.now().tick + LASTS).is_none() {
            egress.emit(Event::TypingChanged);
        }
    }

    /// What `user` wrote is here.
    pub(super) fn has_written(&mut self, id: &ConversationId, user: &UserId, egress: &mut Egress) {
        if self.others.remove(&(id.clone(), user.clone())).is_some() {
            egress.emit(Event::TypingChanged);
        }
    }

    /// Forgets hints that are too old.
    pub(super) fn expire(&mut self, egress: &mut Egress) {
        let before = self.others.len();
        self.others.retain(|_, until| *until > egress.now().tick);
        if self.others.len() < before {
            egress.emit(Event::TypingChanged);
        }
    }

    /// Who is typing, and where.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&ConversationId, &UserId)> {
        self.others.keys().map(|(id, user)| (id, user))
    }
}
