//! Chats: the sessions with a user as one, or a group.

use std::ops::Range;

use super::{conversations::Conversations, timelines::Timeline};
use crate::domain::{ChatId, ChatRange, Conversation, ConversationId, NotifyLevel, Phase, Piece, Timestamp};

/// A chat as its user sees it: all sessions with a user, or a group.
///
/// Its messages are in the order in which they arrived, at the positions 0, 1, 2 …
#[derive(Debug, Clone)]
pub struct Chat<'p> {
    id: ChatId,
    /// The sessions, in the order in which this machine learnt of them; or only the group. Never empty.
    conversations: Vec<&'p Conversation>,
    /// [`None`] for a group.
    timeline: Option<&'p Timeline>,
    all: &'p Conversations,
}

impl<'p> Chat<'p> {
    /// The chat with this ID; [`None`] if there is no session with the user and I was never in the group.
    pub(super) fn of(id: ChatId, all: &'p Conversations) -> Option<Self> {
        let (conversations, timeline): (Vec<&Conversation>, _) = match &id {
            ChatId::User(user) => {
                let timeline = all.timeline(user)?;
                (timeline.sessions().iter().filter_map(|session| all.get(session)).collect(), Some(timeline))
            }
            ChatId::Group(group) => (vec![all.get(&ConversationId::Group(group.clone()))?], None),
        };
        (!conversations.is_empty()).then_some(Self { id, conversations, timeline, all })
    }

    /// The ID of the chat.
    pub fn id(&self) -> &ChatId {
        &self.id
    }

    /// The sessions, in the order in which this machine learnt of them; or only the group.
    pub fn conversations(&self) -> &[&'p Conversation] {
        &self.conversations
    }

    /// The open conversations, in the same order.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &'p Conversation> {
        self.conversations.iter().copied().filter(|known| known.phase.is_open())
    }

    /// The conversation that messages are sent to: the open session that was opened last, or the group. If no session
    /// is open, the last one.
    pub fn current(&self) -> &'p Conversation {
        let last = self.conversations.last().expect("a chat has a conversation");
        self.open().next_back().unwrap_or(last)
    }

    /// The phase of the current conversation.
    pub fn phase(&self) -> Phase {
        self.current().phase
    }

    /// Whether I can write in it.
    pub fn is_open(&self) -> bool {
        self.phase().is_open()
    }

    /// The number of messages, with changes of a group.
    pub fn len(&self) -> u64 {
        self.timeline.map_or_else(|| self.current().len, Timeline::len)
    }

    /// The number of messages that users have written: changes of a group do not count.
    pub fn written(&self) -> u64 {
        let changes: u64 = self.conversations.iter().map(|known| known.changes).sum();
        self.len().saturating_sub(changes)
    }

    /// Whether it has no messages.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of messages by others that the user has not seen.
    pub fn unread(&self) -> u64 {
        self.conversations.iter().map(|known| known.unread).sum()
    }

    /// When this machine first knew of it, on its clock.
    pub fn since(&self) -> Timestamp {
        self.conversations.iter().map(|known| known.since).min().unwrap_or_default()
    }

    /// When its last message was written or arrived, on this machine's clock.
    pub fn active(&self) -> Timestamp {
        self.conversations.iter().map(|known| known.active).max().unwrap_or_default()
    }

    /// Which messages notify, if not the default of the settings.
    pub fn notify_level(&self) -> Option<NotifyLevel> {
        self.current().notify_level
    }

    /// The unsent text of its composer; empty if there is none.
    pub fn draft(&self) -> &'p str {
        // Before a chat had one draft, each session had its own: the latest counts.
        let mut drafts = self.conversations.iter().rev().map(|known| self.all.draft(&known.id));
        drafts.find(|draft| !draft.is_empty()).unwrap_or_default()
    }

    /// The position in the chat of the message at `seq` of a conversation.
    pub fn position(&self, conversation: &ConversationId, seq: u64) -> Option<u64> {
        self.timeline.map_or(Some(seq), |timeline| timeline.position(conversation, seq))
    }

    /// The conversation of the message at a position, and its position there.
    pub fn locate(&self, position: u64) -> Option<(&'p ConversationId, u64)> {
        match self.timeline {
            Some(timeline) => timeline.locate(position),
            None => (position < self.len()).then_some((&self.current().id, position)),
        }
    }

    /// All messages, and where they are stored.
    pub fn whole(&self) -> ChatRange {
        self.range(0..self.len())
    }

    /// The messages at these positions, and where they are stored. Leaves out positions beyond the end.
    pub fn range(&self, positions: Range<u64>) -> ChatRange {
        let end = positions.end.min(self.len());
        let positions = positions.start.min(end)..end;
        let pieces = match self.timeline {
            Some(timeline) => timeline.pieces(positions.clone()),
            None => vec![Piece { conversation: self.current().id.clone(), positions: positions.clone() }],
        };
        ChatRange { chat: self.id.clone(), start: positions.start, pieces }
    }
}
