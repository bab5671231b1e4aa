//! Chats: what the user sees as one, and where its messages are stored.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{ConversationId, GroupName, NameError, UserId};

/// The ID of a chat: everything said with one person, or in one group. Its text form is the user's ID or `#<group>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChatId {
    /// All sessions with a user.
    User(UserId),
    /// A group.
    Group(GroupName),
}

impl ChatId {
    /// The user that the chat is with; [`None`] for a group.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Group(_) => None,
        }
    }

    /// The group; [`None`] for a user.
    pub fn group(&self) -> Option<&GroupName> {
        match self {
            Self::User(_) => None,
            Self::Group(group) => Some(group),
        }
    }
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Group(group) => write!(f, "#{group}"),
        }
    }
}

impl FromStr for ChatId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.strip_prefix('#') {
            Some(group) => group.parse().map(Self::Group),
            None => text.parse().map(Self::User),
        }
    }
}

/// The tabs of the screen, as the store keeps them from one start to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTabs {
    /// The chats that have a tab, in the order of the tabs.
    pub chats: Vec<ChatId>,
    /// The active one.
    pub active: Option<ChatId>,
    /// The one beside it, and whether it is at the left.
    pub beside: Option<(ChatId, bool)>,
}

/// Consecutive messages of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The conversation.
    pub conversation: ConversationId,
    /// Their positions in the conversation.
    pub positions: Range<u64>,
}

/// Consecutive messages of a chat, and where they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRange {
    /// The chat.
    pub chat: ChatId,
    /// The position of the first message in the chat.
    pub start: u64,
    /// The messages, in the order of the chat.
    pub pieces: Vec<Piece>,
}

impl ChatRange {
    /// The pieces, each with the position of its first message in the chat.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, &Piece)> {
        let mut next = self.start;
        let starts = self.pieces.iter().map(move |piece| {
            let start = next;
            next += piece.positions.end - piece.positions.start;
            (start, piece)
        });
        starts.collect::<Vec<_>>().into_iter()
    }

    /// The position in the chat after the last message.
    pub fn end(&self) -> u64 {
        self.start + self.pieces.iter().map(|piece| piece.positions.end - piece.positions.start).sum::<u64>()
    }
}
