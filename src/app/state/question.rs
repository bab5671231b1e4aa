//! Questions that papo asks before it carries something out.

use crate::{
    domain::{ChatId, GroupName, MessageId, UserId},
    protocol::RowId,
};

/// How papo leaves the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitKind {
    /// papo ends.
    Quit,
    /// papo stops until the shell continues it.
    Suspend,
}

/// Why papo asks before it sends a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhySend {
    /// The chat became active a moment ago, or just before the line was begun.
    NewTitle,
    /// The user named this other chat a moment ago.
    Named(String),
    /// The text was typed in a place where letters are keys, whose language key this is.
    TypedIn(&'static str),
    /// The user left a line that they were writing to this other chat with a key of the tabs.
    Left(ChatId),
    /// The text was typed right after this key, which began a reply, or an edit.
    Begun {
        /// The key.
        key: char,
        /// Whether it began an edit.
        is_edit: bool,
    },
    /// This text cancelled another question, and may be an attempt to answer it.
    Answered(String),
}

/// An action that the user confirms before papo carries it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Ask this user to chat?
    Request(UserId),
    /// Ask to join this group, or accept the invitation to it?
    Join(GroupName),
    /// Create this group?
    Create(GroupName),
    /// Invite this user to the group?
    Invite(GroupName, UserId),
    /// Drop this row of the outbox?
    Drop(RowId),
    /// Send the line in the composer to this chat?
    Send(ChatId, WhySend),
    /// Run the command in the composer, which begins with this word, although this chat became active a moment ago?
    Run(ChatId, String),
    /// Send this line to this chat, although it looks like a command of another program? The command of papo that does
    /// the same, if it is known.
    Literal(ChatId, String, Option<String>),
    /// Quit papo?
    Quit,
    /// Quit or suspend papo although this many other users are connected to its embedded broker?
    ExitWhileHosting(ExitKind, usize),
    /// Paste this long text?
    Paste(String),
    /// Accept this request?
    Accept(MessageId),
    /// Deny this request?
    Deny(MessageId),
    /// Withdraw this request of mine?
    Withdraw(MessageId),
    /// Deny all these requests?
    DenyAll(Vec<MessageId>),
    /// Disband this group?
    Disband(GroupName),
    /// Leave this group?
    Leave(GroupName),
    /// Remove this member?
    Remove(GroupName, UserId),
    /// Make this member the leader?
    HandOver(GroupName, UserId),
    /// Block this user, whom papo has never seen?
    Block(UserId),
    /// Clear this user's presence on the broker?
    Forget(UserId),
}

impl Question {
    /// The name that the user types to confirm the question, because they alone cannot undo the action, and the sign
    /// that may precede it. No answer to a friend is just this name. Enter confirms any other question.
    pub fn name(&self) -> Option<(char, &str)> {
        match self {
            Self::Disband(group) | Self::Leave(group) => Some(('#', group.as_str())),
            Self::Remove(_, user) | Self::HandOver(_, user) | Self::Forget(user) => Some(('@', user.as_str())),
            _ => None,
        }
    }

    /// The chat for which the line in the composer is meant, if it is about that line.
    pub fn line_chat(&self) -> Option<&ChatId> {
        match self {
            Self::Send(chat, _) | Self::Run(chat, _) | Self::Literal(chat, ..) => Some(chat),
            _ => None,
        }
    }

    /// Returns whether the user types a [name](Self::name) to confirm it.
    pub fn needs_word(&self) -> bool {
        self.name().is_some()
    }
}
