//! Rejections: why papo does not carry out a command of the user, or of a program.

use crate::{
    domain::{GroupName, NameError, TextError, UserId},
    protocol::Refusal,
};

/// The reason. The language turns it into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The arguments do not fit; the command is written so.
    Usage(String),
    /// There is no such command.
    UnknownCommand {
        /// The words before the one that is unknown, with the slash.
        before: String,
        /// The unknown word.
        name: String,
        /// A command that may be meant.
        suggestion: Option<String>,
    },
    /// There are more arguments than in the command, which is written so.
    TooManyArguments(String),
    /// No list is called so.
    UnknownList(String),
    /// A place in the outbox is a number from 1 on.
    InvalidPlace,
    /// It is no name of a user or group.
    Name(NameError),
    /// The peer refuses the command.
    Peer(Refusal),
    /// The text cannot be sent.
    Text(TextError),
    /// There is no chat to send to.
    NoChatOpen,
    /// The command is about the active chat, and there is none.
    NoActiveChat,
    /// There is no open chat with this user.
    NoChatWith(UserId),
    /// The same for a program, which has to ask first.
    NoSessionWith(UserId),
    /// There is a session with this user already.
    SessionIsOpen(UserId),
    /// No request waits for an answer.
    NoRequestWaits,
    /// All my requests are answered.
    NothingToCancel,
    /// The command names no group, and none is active.
    NoGroupNamed,
    /// I am not in the group.
    NotInGroup(GroupName),
    /// There is such a group already.
    GroupExists(GroupName),
    /// Only a session of two is ended.
    NotASession,
    /// The outbox has nothing that the command could be about.
    NothingInOutbox,
    /// Only texts are edited.
    OnlyTexts,
    /// Something else is being written in the composer.
    AlreadyWriting,
    /// Something else is being written in the chat of the message.
    AlreadyWritingThere,
    /// No message here can be replied to.
    NothingToReplyTo,
    /// I wrote no text here.
    NothingToEdit,
    /// There is no text here.
    NothingToCopy,
    /// There is no link here.
    NoLink,
    /// One does not chat with oneself.
    ChatWithSelf,
    /// Users may be missing, as the broker has not sent all of them yet.
    UsersIncomplete(UserId),
}

impl From<NameError> for Rejection {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Peer(refusal)
    }
}

impl From<TextError> for Rejection {
    fn from(error: TextError) -> Self {
        Self::Text(error)
    }
}
