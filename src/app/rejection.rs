//! Why papo does not carry out a command of the user, or of a script.

use crate::{
    domain::{GroupName, NameError, TextError, UserId},
    protocol::Refusal,
};

/// The reason. `language` has the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The arguments are invalid; has the syntax of the command.
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
    /// There are too many arguments; has the syntax of the command.
    TooManyArguments(String),
    /// There is no list with this name.
    UnknownList(String),
    /// The argument is not a number from 1, as the rows of the outbox have.
    InvalidRowNumber,
    /// The argument is not a valid name of a user or group.
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
    /// There is no session with this user, and a script has to request one first.
    NoSessionWith(UserId),
    /// There is a session with this user already.
    SessionIsOpen(UserId),
    /// No request is pending.
    NoPendingRequest,
    /// All my requests are answered.
    NothingToCancel,
    /// The command names no group, and none is active.
    NoGroupNamed,
    /// I am not in the group.
    NotInGroup(GroupName),
    /// There is such a group already.
    GroupExists(GroupName),
    /// `/end` is for sessions, and the active chat is not one.
    NotASession,
    /// The outbox has no row that the command could apply to.
    NothingInOutbox,
    /// The message is not text, so it cannot be edited.
    OnlyTextIsEditable,
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
    /// The user is myself.
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
