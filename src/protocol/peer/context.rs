//! A read-only view of the state that several machines need: who reads which conversation, and the delivery progress.

use super::{conversations::Conversations, egress::Egress, groups::Groups, pacing::ReceiptSpacing, roster::Roster};
use crate::{
    domain::{
        Body, ChatMessage, Conversation, ConversationId, Delivery, DeliveryProgress, Group, Phase, Relation, UserId,
    },
    protocol::{Content, Control, Properties, Topic, TypedPublication},
};

/// The maximum number of readers of a large group that the property `first` names. The others ask.
const FIRST_LIMIT: usize = 32;

#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) roster: &'a Roster,
    pub(super) groups: &'a Groups,
    pub(super) conversations: &'a Conversations,
}

/// Readers.
impl<'a> Context<'a> {
    /// Whether `user`, with whom I have a progress in the conversation, is still a reader of it.
    pub(super) fn is_reader(self, id: &ConversationId, user: &UserId) -> bool {
        match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => self.groups.get(group).is_some_and(|record| record.includes(user)),
        }
    }

    /// Whether it is a session with `user`, whom I have blocked.
    pub(super) fn is_suspended(self, id: &ConversationId, user: &UserId) -> bool {
        matches!(id, ConversationId::Session(_)) && self.roster.is_blocked(user)
    }

    /// Whether receipts are sent and counted in a conversation: not in large groups.
    pub(super) fn counts_receipts(self, id: &ConversationId) -> bool {
        match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => self.groups.counts_receipts(group),
        }
    }

    /// How often I may send receipts to one author in a conversation.
    pub(super) fn receipt_spacing(self, id: &ConversationId) -> ReceiptSpacing {
        match id {
            ConversationId::Session(_) => ReceiptSpacing::SESSION,
            ConversationId::Group(group) => {
                ReceiptSpacing::in_group(self.groups.get(group).map_or(0, |group| group.everyone().count()))
            }
        }
    }

    /// The recipients of my message number `n` whose receipts count, with the progress of each. Includes recipients who
    /// stored it and left the group later.
    pub(super) fn recipients(
        self,
        id: &'a ConversationId,
        n: u64,
    ) -> impl Iterator<Item = (&'a UserId, &'a DeliveryProgress)> {
        // If the group no longer has a record, the receipts of its last recipients are still shown.
        let is_past = matches!(id, ConversationId::Group(group) if self.groups.get(group).is_none());
        let owed = || self.conversations.progress(id).filter(|(_, progress)| progress.joined < n).count();
        let is_counted = if is_past { owed() < self.groups.counted_members() } else { self.counts_receipts(id) };
        self.conversations.progress(id).filter(move |(user, progress)| {
            let is_owed = progress.joined < n && (is_past || self.is_reader(id, user));
            is_counted && (is_owed || progress.has(n)) && self.roster.is_papo(user)
        })
    }

    /// The delivery state of my message number `n` in a conversation, apart from failures.
    pub(super) fn delivery(self, id: &ConversationId, n: u64) -> Delivery {
        if self.conversations.get(id).is_none_or(|conversation| n > conversation.broker_acked) {
            return Delivery::Written;
        }
        let recipients: Vec<&DeliveryProgress> = self.recipients(id, n).map(|(_, progress)| progress).collect();
        let acked = recipients.iter().filter(|progress| progress.has(n)).count();
        match acked {
            0 => Delivery::AtBroker,
            _ if acked < recipients.len() => Delivery::Partly(acked, recipients.len()),
            _ if recipients.iter().all(|progress| progress.has_read(n)) => Delivery::Read,
            _ => Delivery::Delivered,
        }
    }

    /// The readers of a conversation who use papo and are online.
    pub(super) fn present_readers(self, id: &'a ConversationId, me: &'a UserId) -> Vec<UserId> {
        let is_present = |user: &&UserId| {
            let user = self.roster.get(user);
            user.is_some_and(|user| user.is_online() && !user.is_blocked && self.roster.gives_receipts(&user.id))
        };
        match id {
            ConversationId::Session(session) => session.peer_of(me).into_iter().filter(is_present).cloned().collect(),
            ConversationId::Group(group) => {
                self.groups.get(group).into_iter().flat_map(Group::everyone).filter(is_present).cloned().collect()
            }
        }
    }

    /// Whether any reader who uses papo has not yet acknowledged all my messages.
    pub(super) fn awaits_receipts(self, conversation: &Conversation) -> bool {
        let mut progress = self.conversations.progress(&conversation.id);
        progress.any(|(user, progress)| self.roster.is_papo(user) && progress.acked < conversation.sent)
    }

    /// The conversations in which `user` has not acknowledged all my messages, with the first unacknowledged number; none
    /// while `user` gives no receipts.
    pub(super) fn unacknowledged(self, user: &UserId) -> Vec<(ConversationId, u64)> {
        if !self.roster.gives_receipts(user) {
            return Vec::new();
        }
        let open = self.conversations.iter().filter(|it| it.phase.is_open() || it.phase == Phase::Closed);
        let read = open.filter(|it| self.counts_receipts(&it.id) && self.is_reader(&it.id, user));
        let read = read.filter(|it| !self.is_suspended(&it.id, user));
        let unacknowledged = read.filter_map(|it| {
            let acked = self.conversations.progress_with(&it.id, user)?.acked;
            (acked < it.broker_acked).then(|| (it.id.clone(), acked + 1))
        });
        unacknowledged.collect()
    }

    /// The readers who have acknowledged nothing since they joined, with the first number that each must get. They
    /// cannot know whether they missed messages before they subscribed. In a large group, where I get no receipts, those
    /// for whom `n` is the first number.
    fn first_numbers(self, id: &ConversationId, n: Option<u64>) -> Vec<(UserId, u64)> {
        if matches!(id, ConversationId::Session(_)) {
            return Vec::new();
        }
        let is_large = !self.counts_receipts(id);
        // Everyone gets number 1, if they are in the group.
        let is_first_for = |progress: &DeliveryProgress| n.is_some_and(|n| n > 1 && n == progress.joined + 1);
        let is_new = |(user, progress): &(&UserId, &DeliveryProgress)| {
            let is_unconfirmed = if is_large { is_first_for(progress) } else { progress.acked <= progress.joined };
            is_unconfirmed && self.is_reader(id, user)
        };
        let new = self.conversations.progress(id).filter(is_new);
        let new = new.map(|(user, progress)| (user.clone(), progress.joined + 1));
        new.take(if is_large { FIRST_LIMIT } else { usize::MAX }).collect()
    }
}

/// Topics and publications.
impl Context<'_> {
    /// The topics to subscribe to for a conversation in its current state. `misses_some`: whether I know of messages
    /// that I do not have.
    pub(super) fn topics_of(self, id: &ConversationId, me: &UserId, misses_some: bool) -> Vec<Topic> {
        let Some(conversation) = self.conversations.get(id) else { return Vec::new() };
        match id {
            ConversationId::Session(session) => {
                let is_blocked = session.peer_of(me).is_some_and(|peer| self.roster.is_blocked(peer));
                let is_over = !self.awaits_receipts(conversation) && !misses_some;
                let is_live = conversation.phase.is_open() || (conversation.phase == Phase::Closed && !is_over);
                let listens = is_live && !is_blocked;
                listens.then(|| Topic::Session(session.clone())).into_iter().collect()
            }
            ConversationId::Group(group) if conversation.phase.is_open() => {
                // The record on its own, because every change matters to a member who was away, and `GROUPS/#` queues none.
                let mut topics = vec![
                    Topic::GroupMessages(group.clone()),
                    Topic::GroupMembers(group.clone()),
                    Topic::GroupSeen(group.clone()),
                    Topic::GroupRecord(group.clone()),
                ];
                let is_led_by_me = self.groups.leader(group) == Some(me);
                topics.extend(is_led_by_me.then(|| Topic::GroupLeader(group.clone())));
                topics
            }
            ConversationId::Group(_) => Vec::new(),
        }
    }

    /// A message of mine as a publication. `again` is for a retransmission: the previous number that was sent, and the
    /// readers who requested numbers from before they joined, each with the first number that they must get.
    pub(super) fn message(
        self,
        id: &ConversationId,
        message: &ChatMessage,
        again: Option<(u64, &[(UserId, u64)])>,
        egress: &Egress,
    ) -> TypedPublication {
        let (before, newcomers) = again.unzip();
        let mut first = self.first_numbers(id, message.sequence_number);
        first.extend(newcomers.into_iter().flatten().cloned());
        let identity = egress.identity();
        let properties = Properties {
            is_papo: true,
            id: Some(message.id),
            from: Some(identity.me.clone()),
            n: message.sequence_number,
            ts: Some(message.at),
            device: Some(identity.device.clone()),
            re: message.relation.and_then(Relation::answered),
            edit: message.relation.and_then(Relation::replaced),
            first,
            ask: !self.counts_receipts(id),
            after: before.filter(|before| message.sequence_number != Some(before + 1)),
            ..Properties::default()
        };
        // `END` has no author in its payload.
        let author = (message.body != Body::End).then(|| identity.me.clone());
        let content = Content::Talk(id.clone(), author, message.body.clone());
        TypedPublication { topic: Topic::of(id), content, properties }
    }

    /// Sends a receipt or a `RESEND`. Its property `store` names the store that the numbers belong to, because its
    /// receiver may use several machines.
    pub(super) fn send_about_numbers(self, author: &UserId, control: Control, egress: &mut Egress) {
        let store = match &control {
            Control::Ack(id, _) | Control::Read(id, _) | Control::Resend(id, ..) => {
                self.conversations.progress_with(id, author).and_then(|progress| progress.store)
            }
            _ => None,
        };
        let control_topic = self.roster.control_topic_of(author).unwrap_or_default();
        let mut publication = TypedPublication::control(author, control_topic, control);
        publication.properties.store = store;
        egress.send_transient(publication);
    }
}
