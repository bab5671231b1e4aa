//! Who is writing just now: hints that may get lost, for those alone who take part.

use std::{collections::BTreeMap, time::Duration};

use super::{Peer, link::Link};
use crate::{
    domain::{ConversationId, Group, Now, Tick, UserId},
    protocol::{
        IgnoredReason,
        event::Event,
        publication::{Publication, Qos},
        wire::Control,
    },
};

/// How long somebody counts as writing after having said so.
const LASTS: Duration = Duration::from_secs(5);
/// How often it is said of the same conversation.
const EVERY: Duration = Duration::from_secs(3);

#[derive(Debug, Default)]
pub(super) struct Typing {
    /// Where I said last that I write, and when.
    said: Option<(ConversationId, Tick)>,
    /// Who writes, and until when that is believed.
    others: BTreeMap<(ConversationId, UserId), Tick>,
}

impl Typing {
    pub(super) fn due(&self) -> Option<Tick> {
        self.others.values().copied().min()
    }
}

impl Peer {
    /// Tells those who take part and are here that I am writing.
    pub(super) fn say_typing(&mut self, now: Now, id: &ConversationId) {
        let is_open = self.conversations.get(id).is_some_and(|conversation| conversation.phase.is_open());
        let was_said = self.typing.said.as_ref().is_some_and(|(said, at)| said == id && now.tick.since(*at) < EVERY);
        if self.link != Link::Up || !is_open || was_said || !self.counts_receipts(id) {
            return;
        }
        self.typing.said = Some((id.clone(), now.tick));
        for user in self.present_readers(id) {
            let publication = self.control_publication(now, &user, Control::Typing(id.clone()), None, None);
            let expiry = Some(u32::try_from(LASTS.as_secs()).unwrap_or(u32::MAX));
            self.hint(Publication { qos: Qos::AtMostOnce, expiry, ..publication });
        }
    }

    /// Who reads a conversation with a papo, and is online.
    fn present_readers(&self, id: &ConversationId) -> Vec<UserId> {
        let is_here = |user: &&UserId| {
            let user = self.users.get(*user);
            user.is_some_and(|user| user.is_papo && user.is_online() && !user.is_blocked)
        };
        match id {
            ConversationId::Session(session) => {
                session.peer_of(&self.me).into_iter().filter(is_here).cloned().collect()
            }
            ConversationId::Group(group) => {
                self.groups.get(group).into_iter().flat_map(Group::everyone).filter(is_here).cloned().collect()
            }
        }
    }

    /// What I was writing is sent; what I write next is something new.
    pub(super) fn stopped_typing(&mut self, id: &ConversationId) {
        self.typing.said.take_if(|(said, _)| said == id);
    }

    /// `user` says that it writes.
    pub(super) fn types(&mut self, now: Now, id: ConversationId, user: &UserId) {
        let is_open = self.conversations.get(&id).is_some_and(|conversation| conversation.phase.is_open());
        let takes_part = match &id {
            ConversationId::Session(session) => session.peer_of(&self.me) == Some(user),
            ConversationId::Group(_) => self.is_reader(&id, user) && self.counts_receipts(&id),
        };
        if !is_open || !takes_part {
            return self.overlook(IgnoredReason::NoChat(id));
        }
        if self.typing.others.insert((id, user.clone()), now.tick + LASTS).is_none() {
            self.tell(Event::TypingChanged);
        }
    }

    /// What `user` wrote is here.
    pub(super) fn has_written(&mut self, id: &ConversationId, user: &UserId) {
        if self.typing.others.remove(&(id.clone(), user.clone())).is_some() {
            self.tell(Event::TypingChanged);
        }
    }

    /// Forgets those of whom nothing was heard for a while.
    pub(super) fn typing_ends(&mut self, now: Now) {
        let before = self.typing.others.len();
        self.typing.others.retain(|_, until| *until > now.tick);
        if self.typing.others.len() < before {
            self.tell(Event::TypingChanged);
        }
    }

    pub(super) fn forget_typing(&mut self) {
        self.typing = Typing::default();
    }

    /// Whether somebody is writing to me alone.
    pub fn is_typing(&self, user: &UserId) -> bool {
        self.typing.others.keys().any(|(id, who)| who == user && matches!(id, ConversationId::Session(_)))
    }

    /// Who is writing in a conversation.
    pub fn typing(&self, id: &ConversationId) -> impl Iterator<Item = &UserId> {
        self.typing.others.keys().filter(move |(conversation, _)| conversation == id).map(|(_, user)| user)
    }
}
