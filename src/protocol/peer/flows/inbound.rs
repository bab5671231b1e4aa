//! Incoming publications: they are decoded, checked, and dispatched by their content. Every publication is
//! acknowledged, even if it is ignored.

use std::cmp::Ordering;

use super::super::{Peer, context::Context, identity::Identity};
use crate::{
    domain::{ControlTopic, ConversationId, DeviceHash, UserId, escaped},
    protocol::{
        AckToken, Ask, Content, Control, GROUP_SINCE, IgnoredReason, Inbound, KnownSince, Notice, Output, Properties,
        SENDER, Topic, TypedPublication, wire,
    },
};

impl Peer {
    /// Handles a received publication, and acknowledges it with `token`.
    pub(in super::super) fn received(&mut self, inbound: &Inbound, token: AckToken) {
        let before = self.egress.event_count();
        if inbound.retained {
            self.directory.retained_arrived(self.egress.now());
        }
        let sender = sender_named_by_broker(inbound).filter(|_| self.link.names_senders());
        let since = group_since(inbound).filter(|_| self.link.names_senders());
        match wire::decode(&self.egress.identity().prefix, inbound) {
            Ok(mut publication) => {
                publication.properties.group_since = since;
                let waiting = (inbound, token);
                if is_forged(inbound, &publication, sender) {
                    self.egress.report_suspicious(IgnoredReason::ForgedSender);
                } else if self.is_mine(&publication, sender) {
                    // A broker cluster has returned it; nothing to do.
                } else if let Err(reason) = self.attribute(&mut publication, sender) {
                    self.egress.report_suspicious(reason);
                } else if self.received_ids.must_wait(waiting, &publication, &self.conversations, &mut self.egress) {
                    return;
                } else if self.seen_texts.is_known_retained(inbound, &publication, &mut self.egress) {
                    self.egress.ignore(IgnoredReason::Duplicate);
                } else {
                    self.dispatch(inbound, token, publication);
                }
            }
            Err(error) => {
                self.note_later_group(&inbound.topic, since);
                if error.is_harmless() {
                    self.egress.ignore(IgnoredReason::Invalid(error));
                } else {
                    self.egress.report_suspicious(IgnoredReason::Invalid(error));
                }
            }
        }
        self.egress.complete_ignored(before, inbound, |identity| sender_of(inbound, sender, identity));
        if token.packet != 0 {
            self.egress.output(Output::Ack(token));
        }
    }

    /// Even a publication that papo cannot read shows whether a later group has the name of the known one.
    fn note_later_group(&mut self, topic: &str, since: Option<KnownSince>) {
        let topic = Topic::parse(&self.egress.identity().prefix, topic).ok();
        let Some((group, since)) = topic.as_ref().and_then(Topic::group).zip(since) else { return };
        if self.order_of(group, since) == Some(Ordering::Greater) {
            self.group_replaced(group.clone());
        }
    }

    /// Whether a publication is my own and has no effect; some broker clusters return it in spite of *no local*.
    /// Exceptions: my presence shows whether another device has my ID. My group records are judged like those of
    /// others, because a leader waits for its own record, and another device of mine may have published one.
    fn is_mine(&self, TypedPublication { topic, properties, .. }: &TypedPublication, sender: Option<&str>) -> bool {
        let is_awaited = match topic {
            Topic::Presence(user) => user == self.egress.me(),
            Topic::GroupRecord(_) => true,
            _ => false,
        };
        let is_by_me = match &properties.from {
            Some(from) => from == self.egress.me() && properties.is_papo,
            None if self.link.names_senders() => sender == Some(self.egress.me().as_str()),
            None => properties.id.is_some_and(|id| self.egress.is_my_id(id, self.requests.get(id))),
        };
        is_by_me && !is_awaited
    }

    /// Completes what a publication leaves out about its author. `sender` is the login that the broker names; it stands
    /// in for a missing `from`. A payload that names no author, such as `END` or a foreign content type, has the author
    /// that the broker names. If this broker names nobody, then in a session it can only be the other user's, since the
    /// topic says who writes there; in a group any member could publish it in the name of another. A message gets the ID
    /// that belongs to its author.
    fn attribute(&self, publication: &mut TypedPublication, sender: Option<&str>) -> Result<(), IgnoredReason> {
        let TypedPublication { content, properties, .. } = publication;
        let sender: Option<UserId> = sender.and_then(|sender| sender.parse().ok());
        if properties.from.is_none() {
            properties.from.clone_from(&sender);
        }
        let Content::Talk(id, author, _) = content else { return Ok(()) };
        let named = author.take().or_else(|| match id.peer_of(self.egress.me()) {
            Some(peer) if !self.link.names_senders() => Some(properties.from.as_ref().unwrap_or(peer).clone()),
            // A retained publication passes without a check of `from`.
            _ => sender.filter(|sender| properties.from.as_ref() == Some(sender)),
        });
        let named = named.ok_or_else(|| IgnoredReason::NoAuthor(id.clone()))?;
        properties.id = properties.id.map(|id| id.by(&named));
        properties.edit = properties.edit.map(|edited| edited.by(&named));
        *author = Some(named);
        Ok(())
    }

    /// Handles a publication that has passed all checks.
    fn dispatch(&mut self, inbound: &Inbound, token: AckToken, publication: TypedPublication) {
        let TypedPublication { topic, content, properties } = publication;
        let (topic, properties) = (&topic, &properties);
        match self.other_group(topic, &content, properties) {
            Some((name, Ordering::Less)) => return self.egress.ignore(IgnoredReason::Outdated(name)),
            Some((name, _)) => self.group_replaced(name),
            None => {}
        }
        if let Some(from) = properties.from.as_ref().filter(|from| properties.is_papo && *from != self.egress.me()) {
            self.upsert_user(from, |user| user.is_papo = true);
            if !inbound.retained && !matches!(content, Content::Presence(..)) {
                self.note_activity(from);
            }
        }
        // A last will has no properties at some brokers.
        let may_show_loss = !inbound.retained && !properties.is_papo && !matches!(content, Content::Presence(_, false));
        let speaker = content.speaker().filter(|_| may_show_loss).cloned();
        match content {
            Content::Presence(user, online) => self.presence(topic, (&user, online), inbound, properties),
            Content::Cleared(user) => self.presence_cleared(&user),
            Content::Control(control) => match topic {
                Topic::Control(owner, control_topic) if owner == self.egress.me() => {
                    self.control(control, *control_topic, properties);
                }
                Topic::Control(owner, _) => self.egress.ignore(IgnoredReason::ControlForOther(owner.clone())),
                _ => {}
            },
            // At QoS 0 (without a packet identifier) the broker repeats nothing of an earlier connection.
            Content::News(news) => self.news(topic, news, inbound.retained && token.packet == 0, properties),
            Content::Ask(group, user, Ask::Enter) => self.asked_to_enter(&group, user, properties),
            Content::Ask(group, user, Ask::Leave) => self.asked_to_leave(&group, &user),
            Content::Seen(group, leader, seen) => self.seen(&group, &leader, &seen),
            Content::Joined(group, user) => self.member_joined(&group, &user),
            Content::Talk(conversation, author, body) => self.message_received(&conversation, author, body, properties),
        }
        if let Some(user) = speaker
            && self.roster.shows_loss(&user)
        {
            self.egress.notify(Notice::PropertiesLost(user));
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
            Control::Have(..) => None,
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
            Control::Have(group, held) => self.reported(&group, &held, properties),
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

/// The value of the property in which a broker names the sender, whether this broker can be believed or not.
fn sender_named_by_broker(inbound: &Inbound) -> Option<&str> {
    inbound.properties.iter().find(|(name, _)| name == SENDER).map(|(_, sender)| sender.as_str())
}

/// Since when the broker knows the group that the publication is about. Not by [`Properties::parse`], which would not see it
/// behind many properties of the publisher.
fn group_since(inbound: &Inbound) -> Option<KnownSince> {
    let (_, since) = inbound.properties.iter().find(|(name, _)| name == GROUP_SINCE)?;
    KnownSince::parse(since)
}

/// Whether the `sender` that the broker names is another than the publication names. Retained publications were checked
/// when they were published. A publication without a sender is by the broker itself, such as a will.
fn is_forged(inbound: &Inbound, publication: &TypedPublication, sender: Option<&str>) -> bool {
    let claimed = publication.properties.from.as_ref().or(publication.content.speaker());
    let is_of_another = |sender: &str| claimed.is_some_and(|claimed| claimed.as_str() != sender);
    !inbound.retained && sender.is_some_and(is_of_another)
}

/// The sender, escaped: the one that the broker names, else `from`, valid or not, else the one that the payload names.
/// `None` if there is none.
fn sender_of(inbound: &Inbound, sender: Option<&str>, identity: &Identity) -> Option<String> {
    let from = || inbound.properties.iter().find(|(name, _)| name == "from").map(|(_, from)| from.as_str());
    sender.or_else(from).map(escaped).or_else(|| {
        let publication = wire::decode(&identity.prefix, inbound).ok()?;
        publication.content.speaker().map(|speaker| escaped(speaker.as_str()))
    })
}
