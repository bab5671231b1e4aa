//! Incoming publications: they are decoded, checked, and dispatched by their content. Every publication is
//! acknowledged, even if it is ignored.

use super::super::{Peer, context::Context, identity::Identity};
use crate::{
    domain::{ControlTopic, ConversationId, DeviceHash, UserId, escaped},
    protocol::{
        AckToken, Ask, Content, Control, IgnoredReason, Inbound, Output, Properties, Topic, TypedPublication, wire,
    },
};

/// The user property in which papo's own broker names the sender of a publication. The broker removes it from
/// publications of clients.
const SENDER: &str = "x-mqtt-sender";

impl Peer {
    /// Handles a received publication, and acknowledges it with `token`.
    pub(in super::super) fn received(&mut self, inbound: &Inbound, token: AckToken) {
        let before = self.egress.event_count();
        match wire::decode(&self.egress.identity().prefix, inbound) {
            Ok(publication) => {
                let waiting = (inbound, token);
                if is_forged(inbound, &publication.properties, self.egress.identity()) {
                    self.egress.report_suspicious(IgnoredReason::ForgedSender);
                } else if self.is_mine(&publication) {
                    // A broker cluster has returned it; nothing to do.
                } else if self.received_ids.must_wait(waiting, &publication, &self.conversations, &mut self.egress) {
                    return;
                } else if self.seen_texts.is_known_retained(inbound, &publication, &mut self.egress) {
                    self.egress.ignore(IgnoredReason::Duplicate);
                } else {
                    self.dispatch(inbound.retained, publication);
                }
            }
            Err(error) if error.is_harmless() => self.egress.ignore(IgnoredReason::Invalid(error)),
            Err(error) => self.egress.report_suspicious(IgnoredReason::Invalid(error)),
        }
        self.egress.complete_ignored(before, inbound, sender_of);
        if token.packet != 0 {
            self.egress.output(Output::Ack(token));
        }
    }

    /// Whether a publication is my own and has no effect; some broker clusters return it in spite of *no local*.
    /// Exceptions: my presence shows whether another device has my ID. My group records are judged like those of
    /// others, because a leader waits for its own record, and another device of mine may have published one.
    fn is_mine(&self, TypedPublication { topic, properties, .. }: &TypedPublication) -> bool {
        let is_awaited = match topic {
            Topic::Presence(user) => user == self.egress.me(),
            Topic::GroupRecord(_) => true,
            _ => false,
        };
        let is_by_me = match &properties.from {
            Some(from) => from == self.egress.me() && properties.is_papo,
            None => properties.id.is_some_and(|id| self.egress.is_my_id(id, self.requests.get(id))),
        };
        is_by_me && !is_awaited
    }

    /// Handles a publication that has passed all checks.
    fn dispatch(&mut self, retained: bool, publication: TypedPublication) {
        let TypedPublication { topic, content, properties } = publication;
        let (topic, properties) = (&topic, &properties);
        if let Some(from) = properties.from.as_ref().filter(|from| properties.is_papo && *from != self.egress.me()) {
            self.upsert_user(from, |user| user.is_papo = true);
            if !retained && !matches!(content, Content::Presence(..)) {
                self.note_activity(from);
            }
        }
        match content {
            Content::Presence(user, online) => self.presence(&user, online, retained, properties),
            Content::Cleared(user) => self.presence_cleared(&user),
            Content::Control(control) => match topic {
                Topic::Control(owner, control_topic) if owner == self.egress.me() => {
                    self.control(control, *control_topic, properties);
                }
                Topic::Control(owner, _) => self.egress.ignore(IgnoredReason::ControlForOther(owner.clone())),
                _ => {}
            },
            Content::News(news) => self.news(topic, news, properties),
            Content::Ask(group, user, Ask::Enter) => self.asked_to_enter(&group, user, properties),
            Content::Ask(group, user, Ask::Leave) => self.asked_to_leave(&group, &user),
            Content::Joined(group, user) => self.member_joined(&group, &user),
            Content::Talk(conversation, author, body) => self.message_received(&conversation, author, body, properties),
        }
    }

    fn control(&mut self, control: Control, control_topic: ControlTopic, properties: &Properties) {
        let sender = match &control {
            Control::Request(from) | Control::Accepted(_, from) | Control::Denied(from, _) => Some(from),
            Control::Invited(_) | Control::Typing(_) => properties.from.as_ref(),
            Control::Ack(id, _) | Control::Read(id, _) | Control::Resend(id, ..) => match id {
                ConversationId::Session(_) => properties.from.as_ref(),
                // Groups work even if one of the members is blocked.
                ConversationId::Group(_) => None,
            },
        };
        if sender == Some(self.egress.me()) {
            return self.egress.report_suspicious(IgnoredReason::ControlFromMyself);
        }
        if sender.is_some_and(|sender| self.roster.is_blocked(sender)) {
            return self.egress.ignore(IgnoredReason::Blocked);
        }
        if let Some(sender) = sender.or(properties.from.as_ref()) {
            // From now on my control messages to this user go to that topic.
            self.roster.update(sender, &mut self.egress, |user| user.control_topic = Some(control_topic));
        }
        match control {
            Control::Request(from) => self.requested(from, control_topic, properties),
            Control::Accepted(time, from) => self.accepted(time, from, control_topic, properties),
            Control::Denied(from, group) => self.denied(&from, group.as_ref(), properties),
            Control::Invited(group) => self.invited(group, control_topic, properties),
            Control::Typing(id) => {
                let Some(from) = self.named_sender(properties) else { return };
                let context =
                    Context { roster: &self.roster, groups: &self.groups, conversations: &self.conversations };
                self.typing.received(id, &from, context, &mut self.egress);
            }
            Control::Ack(id, n) => self.receipt(&id, n, false, properties),
            Control::Read(id, n) => self.receipt(&id, n, true, properties),
            Control::Resend(id, first, upto) => self.asked_to_resend(&id, (first, upto), properties),
        }
    }

    /// The sender of a control message. A message without one is ignored.
    fn named_sender(&mut self, properties: &Properties) -> Option<UserId> {
        if properties.from.is_none() {
            self.egress.ignore(IgnoredReason::NoSender);
        }
        properties.from.clone()
    }

    /// The sender of a receipt or `RESEND`. Without a sender, or if `store` names another of my stores, the message is
    /// ignored.
    pub(super) fn sender_about_numbers(&mut self, id: &ConversationId, properties: &Properties) -> Option<UserId> {
        let from = self.named_sender(properties)?;
        let mine = DeviceHash::of(&self.egress.identity().device);
        if properties.store.is_some_and(|store| store != mine) && self.conversations.contains(id) {
            // The numbers are those of my messages from another device.
            self.egress.ignore(IgnoredReason::OtherDevice(id.clone()));
            return None;
        }
        Some(from)
    }
}

/// Whether the broker names another sender than the publication does. Retained publications were checked when they were
/// published. A publication without a sender is by the broker itself, such as a will.
fn is_forged(inbound: &Inbound, properties: &Properties, identity: &Identity) -> bool {
    let sender = inbound.properties.iter().find(|(name, _)| name == SENDER);
    let is_of_another =
        |(_, sender): &(String, String)| properties.from.as_ref().is_some_and(|from| from.as_str() != sender);
    identity.names_senders && !inbound.retained && sender.is_some_and(is_of_another)
}

/// The sender, escaped: the one that the broker names, else `from`, valid or not, else the one that the payload names.
/// `None` if there is none.
fn sender_of(inbound: &Inbound, identity: &Identity) -> Option<String> {
    let property = |wanted: &str| inbound.properties.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let named = property(SENDER).filter(|_| identity.names_senders);
    let stated = named.or_else(|| property("from")).map(|sender| escaped(sender));
    stated.or_else(|| {
        let publication = wire::decode(&identity.prefix, inbound).ok()?;
        publication.content.speaker().map(|speaker| escaped(speaker.as_str()))
    })
}
