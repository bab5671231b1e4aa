//! What several machines look at and do not change: who reads what, and how far it has come.

use super::{conversations::Conversations, egress::Egress, groups::Groups, roster::Roster};
use crate::{
    domain::{Body, ChatMessage, Conversation, ConversationId, Delivery, Group, Phase, Progress, Relation, UserId},
    protocol::{Content, Control, Properties, Topic, TypedPublication},
};

/// In larger groups receipts are not counted.
const COUNTED_MEMBERS: usize = 32;

#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) roster: &'a Roster,
    pub(super) groups: &'a Groups,
    pub(super) conversations: &'a Conversations,
}

/// Readers.
impl<'a> Context<'a> {
    /// Whether `user` is to read what is written in a conversation that it is known from.
    pub(super) fn is_reader(self, id: &ConversationId, user: &UserId) -> bool {
        match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => self.groups.get(group).is_some_and(|record| record.includes(user)),
        }
    }

    pub(super) fn counts_receipts(self, id: &ConversationId) -> bool {
        match id {
            ConversationId::Session(_) => true,
            ConversationId::Group(group) => {
                self.groups.get(group).is_some_and(|group| group.everyone().count() <= COUNTED_MEMBERS)
            }
        }
    }

    /// The readers of my message number `n` whose receipts count, and how far each has come. A reader who had it before
    /// leaving still has it.
    pub(super) fn readers(self, id: &'a ConversationId, n: u64) -> impl Iterator<Item = (&'a UserId, &'a Progress)> {
        // Where the record of a group is gone, the receipts of its last readers are still shown.
        let is_past = matches!(id, ConversationId::Group(group) if self.groups.get(group).is_none());
        let owed = || self.conversations.progress(id).filter(|(_, progress)| progress.joined < n).count();
        let is_counted = if is_past { owed() < COUNTED_MEMBERS } else { self.counts_receipts(id) };
        self.conversations.progress(id).filter(move |(user, progress)| {
            let is_owed = progress.joined < n && (is_past || self.is_reader(id, user));
            let has_it = progress.acked >= n && (progress.joined < n || progress.joined > progress.acked);
            is_counted && (is_owed || has_it) && self.roster.is_papo(user)
        })
    }

    /// How far my message number `n` of a conversation has come, short of a failure.
    pub(super) fn delivery(self, id: &ConversationId, n: u64) -> Delivery {
        if self.conversations.get(id).is_none_or(|conversation| n > conversation.at_broker) {
            return Delivery::Written;
        }
        let readers: Vec<&Progress> = self.readers(id, n).map(|(_, progress)| progress).collect();
        let acked = readers.iter().filter(|progress| progress.acked >= n).count();
        match acked {
            0 => Delivery::AtBroker,
            _ if acked < readers.len() => Delivery::Partly(acked, readers.len()),
            _ if readers.iter().all(|progress| progress.read >= n) => Delivery::Read,
            _ => Delivery::Delivered,
        }
    }

    /// The readers of a conversation who use papo and are online.
    pub(super) fn present_readers(self, id: &'a ConversationId, me: &'a UserId) -> Vec<UserId> {
        let is_here = |user: &&UserId| {
            let user = self.roster.get(user);
            user.is_some_and(|user| user.is_papo && user.is_online() && !user.is_blocked)
        };
        match id {
            ConversationId::Session(session) => session.peer_of(me).into_iter().filter(is_here).cloned().collect(),
            ConversationId::Group(group) => {
                self.groups.get(group).into_iter().flat_map(Group::everyone).filter(is_here).cloned().collect()
            }
        }
    }

    /// Whether some papo has not said yet that it has all of mine.
    pub(super) fn owes_receipts(self, conversation: &Conversation) -> bool {
        let mut progress = self.conversations.progress(&conversation.id);
        progress.any(|(user, progress)| self.roster.is_papo(user) && progress.acked < conversation.sent)
    }

    /// In which conversations `user` has not acknowledged all of mine, and the first number of it.
    pub(super) fn unacknowledged(self, user: &UserId) -> Vec<(ConversationId, u64)> {
        let is_papo = self.roster.is_papo(user);
        let open = self.conversations.iter().filter(|it| is_papo && (it.phase.is_open() || it.phase == Phase::Closed));
        let read = open.filter(|it| self.counts_receipts(&it.id) && self.is_reader(&it.id, user));
        let unacknowledged = read.filter_map(|it| {
            let acked = self.conversations.progress_with(&it.id, user)?.acked;
            (acked < it.at_broker).then(|| (it.id.clone(), acked + 1))
        });
        unacknowledged.collect()
    }

    /// Newcomers, with the first number that each is owed. What was sent before they subscribed went past them, and
    /// they cannot know of it.
    fn owed_first(self, id: &ConversationId) -> Vec<(UserId, u64)> {
        if matches!(id, ConversationId::Session(_)) || !self.counts_receipts(id) {
            return Vec::new();
        }
        let is_new =
            |(user, progress): &(&UserId, &Progress)| progress.acked <= progress.joined && self.is_reader(id, user);
        let new = self.conversations.progress(id).filter(is_new);
        new.map(|(user, progress)| (user.clone(), progress.joined + 1)).collect()
    }
}

/// Topics and publications.
impl Context<'_> {
    /// The topics that a conversation is to be listened to on, as it stands. `misses_some`: whether I know of messages
    /// that I do not have.
    pub(super) fn topics_of(self, id: &ConversationId, me: &UserId, misses_some: bool) -> Vec<Topic> {
        let Some(conversation) = self.conversations.get(id) else { return Vec::new() };
        match id {
            ConversationId::Session(session) => {
                let is_blocked = session.peer_of(me).is_some_and(|peer| self.roster.is_blocked(peer));
                let is_over = !self.owes_receipts(conversation) && !misses_some;
                let listens =
                    conversation.phase.is_open() || (conversation.phase == Phase::Closed && !is_over && !is_blocked);
                listens.then(|| Topic::Session(session.clone())).into_iter().collect()
            }
            ConversationId::Group(group) if conversation.phase.is_open() => {
                let mut topics = vec![Topic::GroupMessages(group.clone()), Topic::GroupMembers(group.clone())];
                let is_led_by_me = self.groups.leader(group) == Some(me);
                topics.extend(is_led_by_me.then(|| Topic::GroupLeader(group.clone())));
                topics
            }
            ConversationId::Group(_) => Vec::new(),
        }
    }

    /// A message of mine as it goes over the wire. `again`, where it is sent again: the number that its readers have
    /// before it, and the readers who asked for more than they are owed.
    pub(super) fn message(
        self,
        id: &ConversationId,
        message: &ChatMessage,
        again: Option<(u64, &[(UserId, u64)])>,
        egress: &Egress,
    ) -> TypedPublication {
        let (before, newcomers) = again.unzip();
        let mut first = self.owed_first(id);
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
            after: before.filter(|before| message.sequence_number != Some(before + 1)),
            ..Properties::default()
        };
        // `END` stands alone on the wire.
        let author = (message.body != Body::End).then(|| identity.me.clone());
        let content = Content::Talk(id.clone(), author, message.body.clone());
        TypedPublication { topic: Topic::of(id), content, properties }
    }

    /// Sends a receipt, or a request to send again. It names the store whose numbers it means: its receiver may use several
    /// machines.
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
