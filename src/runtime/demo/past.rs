//! The history of a session from before the demo, for both of its users.

use std::time::Duration;

use uuid::Uuid;

use super::script::Script;
use crate::{
    domain::{
        Body, ChatMessage, ControlTopic, Conversation, ConversationId, DeliveryProgress, Direction, MessageId,
        Presence, Request, RequestKind, RequestState, SessionId, Timestamp, User, UserId,
    },
    protocol::{Operation, Saved},
};

/// An open session with its messages.
pub(super) struct Past {
    session: SessionId,
    started: Timestamp,
    messages: Vec<ChatMessage>,
    now: Timestamp,
}

impl Past {
    /// Creates the session of the script, with message times relative to `now`.
    pub(super) fn of(script: &Script, now: Timestamp) -> Self {
        let ago = |minutes: u64| now - Duration::from_secs(60 * minutes);
        let started = script.past.lines.first().map_or(now, |line| ago(line.ago + 1));
        let session =
            SessionId { accepter: script.past.who.clone(), requester: script.you.clone(), started: started.into() };
        let mut messages: Vec<ChatMessage> = Vec::new();
        for line in &script.past.lines {
            let before = messages.iter().filter(|message| message.author == line.from).count();
            let message = ChatMessage::new(new_id(), line.from.clone(), ago(line.ago), Body::Text(line.text.clone()));
            messages.push(ChatMessage { sequence_number: Some(to_u64(before + 1)), ..message });
        }
        Self { session, started, messages, now }
    }

    /// The messages that `me` has written.
    pub(super) fn written(&self, me: &UserId) -> Vec<(ConversationId, ChatMessage)> {
        let mine = self.messages.iter().filter(|message| message.author == *me);
        mine.map(|message| (self.id(), message.clone())).collect()
    }

    /// The saved state of `me`; empty unless `me` is one of the two users.
    pub(super) fn saved(&self, me: &UserId) -> Saved {
        let Some(other) = self.session.peer_of(me) else { return Saved::default() };
        let (mine, theirs) = (self.count(me), self.count(other));
        let active = self.messages.last().map_or(self.now, |message| message.at);
        let conversation = Conversation {
            len: to_u64(self.messages.len()),
            sent: mine,
            broker_acked: mine,
            ..Conversation::new(self.id(), active)
        };
        let progress =
            DeliveryProgress { acked: mine, read: mine, received: Some(theirs), ..DeliveryProgress::default() };
        let user = User {
            presence: Presence::Offline,
            since: Some(active),
            is_papo: true,
            ..User::new(other.clone(), active)
        };
        let is_mine = *me == self.session.requester;
        let request = Request {
            id: new_id(),
            direction: if is_mine { Direction::Outgoing } else { Direction::Incoming },
            kind: RequestKind::Chat,
            peer: Some(other.clone()),
            at: self.started,
            answered_at: Some(self.started),
            state: RequestState::Accepted(Some(self.session.clone())),
            control_topic: ControlTopic::Control,
            times: 1,
        };
        Saved {
            conversations: vec![conversation],
            progress: vec![(self.id(), other.clone(), progress)],
            requests: vec![request],
            users: vec![user],
            ..Saved::default()
        }
    }

    /// The operations that write the state of `me` and all messages to a store.
    pub(super) fn operations(&self, me: &UserId) -> Vec<Operation> {
        let Saved { conversations, progress, requests, users, .. } = self.saved(me);
        let append = |(seq, message): (u64, &ChatMessage)| Operation::Append {
            conversation: self.id(),
            seq,
            message: message.clone(),
        };
        let put_progress = |(conversation, user, progress)| Operation::PutProgress { conversation, user, progress };
        let mut operations: Vec<Operation> = conversations.into_iter().map(Operation::PutConversation).collect();
        operations.extend((0..).zip(&self.messages).map(append));
        operations.extend(progress.into_iter().map(put_progress));
        operations.extend(requests.into_iter().map(Operation::PutRequest));
        operations.extend(users.into_iter().map(Operation::PutUser));
        operations
    }

    fn id(&self) -> ConversationId {
        ConversationId::Session(self.session.clone())
    }

    fn count(&self, author: &UserId) -> u64 {
        to_u64(self.messages.iter().filter(|message| message.author == *author).count())
    }
}

fn new_id() -> MessageId {
    MessageId::from_bytes(*Uuid::now_v7().as_bytes())
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
