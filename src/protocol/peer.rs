//! One participant: what is true between users, without clock, socket, file or randomness.

use std::collections::BTreeMap;

use super::{
    event::{Batch, Input},
    operation::Saved,
    publication::Publication,
};
use crate::domain::{
    Conversation, ConversationId, Delivery, Group, GroupName, MessageId, Progress, Request, Timestamp, User, UserId,
};

/// Who a peer is and how it names itself to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// My id.
    pub me: UserId,
    /// The installation: tells two logins of one id apart.
    pub device: String,
    /// Stands before every topic; empty or ending in `/`.
    pub prefix: String,
    /// For ids; from a random source.
    pub seed: u64,
}

/// The state machine.
#[derive(Debug)]
pub struct Peer {
    me: UserId,
}

impl Peer {
    /// A peer as the store remembers it.
    pub fn restore(_identity: Identity, _saved: Saved) -> Self {
        todo!()
    }
    /// Takes an input at `now`; what came of it is there in [`Self::take_batch`].
    pub fn handle_input(&mut self, _now: Timestamp, _input: Input) {
        todo!()
    }
    /// Everything that has come of the inputs since the last call.
    pub fn take_batch(&mut self) -> Batch {
        todo!()
    }
    /// When [`Input::Timeout`] is due.
    pub fn next_timeout(&self) -> Option<Timestamp> {
        todo!()
    }
    /// The will: what the broker is to say when I vanish.
    pub fn will(&self) -> Publication {
        todo!()
    }
    /// My id.
    pub fn me(&self) -> &UserId {
        &self.me
    }
    /// Everybody known but me, by id.
    pub fn users(&self) -> &BTreeMap<UserId, User> {
        todo!()
    }
    /// All groups known, by name.
    pub fn groups(&self) -> &BTreeMap<GroupName, Group> {
        todo!()
    }
    /// All requests, oldest first.
    pub fn requests(&self) -> impl DoubleEndedIterator<Item = &Request> {
        std::iter::empty()
    }
    /// One request.
    pub fn request(&self, _id: MessageId) -> Option<&Request> {
        todo!()
    }
    /// All conversations, by id.
    pub fn conversations(&self) -> &BTreeMap<ConversationId, Conversation> {
        todo!()
    }
    /// How far the others of a conversation have come.
    pub fn progress(&self, _conversation: &ConversationId) -> impl Iterator<Item = (&UserId, &Progress)> {
        std::iter::empty()
    }
    /// How far my message number `n` of a conversation has come, short of a failure.
    pub fn delivery(&self, _conversation: &ConversationId, _n: u64) -> Delivery {
        todo!()
    }
    /// How many publications wait for the broker.
    pub fn outbox_len(&self) -> usize {
        todo!()
    }
    /// What stood in the composer of a conversation.
    pub fn draft(&self, _conversation: &ConversationId) -> &str {
        todo!()
    }
}
