//! Why papo rejects a command of the user or of a script.

use crate::{
    domain::{GroupName, NameError, UserId},
    protocol::Refusal,
};

/// Why a command is rejected. `app::language` has the text for each reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of most fields say what they hold")]
pub enum Rejection {
    /// The arguments are wrong. Holds the usage, such as `/msg ID TEXT`.
    Usage(String),
    /// There is no such command.
    UnknownCommand {
        /// What precedes the unknown word: `/`, or the first word of the command, as in `/group `.
        before: String,
        /// The unknown word.
        name: String,
        /// The closest known word.
        suggestion: Option<String>,
    },
    /// The command is one of another program, and papo has no such thing.
    Missing {
        /// The language key of the sentence that says so.
        text: &'static str,
        /// The word that the user typed.
        word: String,
        /// The command that comes nearest.
        nearest: Option<&'static str>,
    },
    /// There is no such setting. Holds the nearest known key.
    UnknownSetting { key: String, suggestion: Option<&'static str> },
    /// The setting takes one of other words.
    SettingNotAllowed { key: &'static str, value: String, allowed: String },
    /// The setting takes a number in this range.
    SettingOutOfRange { key: &'static str, least: u64, most: u64 },
    /// The name of the alias contains a slash, or is that of a command.
    AliasHidesCommand(String),
    /// There is no alias of this name.
    NoAlias(String),
    /// There is no tab with this number.
    NoTab(usize),
    /// No chat has this name.
    NoChatCalled(String),
    /// There is no chat with this user or group yet.
    NoChatYet(String),
    /// The command takes no reason. Holds the command without it.
    NoReason(String),
    /// The command takes one user. Holds the command with the first.
    OneUser(String),
    /// There is no group of this name that I could join.
    NoGroupToJoin(GroupName),
    /// A login needs a user name.
    NoUserName,
    /// A login needs a password.
    NoPassword,
    /// The command needs a name, as no chat is open.
    NobodyNamed,
    /// `/q` goes to a chat, but in other programs it quits.
    NobodyForQ,
    /// There are too many arguments. Holds the usage.
    TooManyArguments(String),
    /// There is no list of this name.
    UnknownList(String),
    /// The number of an outbox row must be 1 or more.
    InvalidOutboxNumber,
    /// The name of the user or group is invalid.
    Name(NameError),
    /// The peer refuses the command.
    Peer(Refusal),
    /// There is no room for two chats side by side.
    TooNarrowToSplit,
    /// There is no second chat to show beside the active one.
    NoSecondChat,
    /// The chat to show beside the active one is the active one.
    IsThisChat(String),
    /// The chat is beside the active one already.
    IsBeside(String),
    /// There are no two chats side by side.
    NotSplit,
    /// The user typed a message, but no tab is open.
    NoChatToSendTo,
    /// The user typed a word for a command without its slash, but no tab is open to send it to.
    MeantCommand { word: String, command: &'static str },
    /// The command acts on the active chat, but no tab is open.
    NoActiveChat,
    /// No tab is active, but a chat waits to come to the front. Holds the key or command that goes there.
    ChatWaits { way: String, name: String },
    /// `/msg` names a user with whom there is no open session; `/request` requests one.
    NoSessionForCommand(UserId),
    /// A script names a user with whom there is no open session; `papo request` requests one.
    NoSessionForScript(UserId),
    /// A session with this user is open already.
    SessionIsOpen(UserId),
    /// No request is pending for me to answer.
    NoPendingRequest,
    /// Several pending requests match.
    SeveralRequests {
        /// How many.
        count: usize,
        /// All of them, such as `carl (chat), carl → #devs`.
        list: String,
        /// The command that needs to name one of them, with its arguments.
        usage: String,
    },
    /// None of my own requests is pending.
    NothingToCancel,
    /// This user has accepted my latest request to them, so it cannot be cancelled.
    AlreadyAccepted(UserId),
    /// The command names no group, and the active chat is not a group.
    NoGroupNamed,
    /// A group of this name exists already.
    GroupExists(GroupName),
    /// `/end` works in sessions only, and the active chat is not one.
    NotInSession,
    /// The command applies to no row of the outbox.
    NothingInOutbox,
    /// Only texts can be edited, and this outbox row is not a text.
    NotAText,
    /// The composer holds other text, which the command would overwrite.
    ComposerNotEmpty,
    /// The chat of the message has a draft, which the command would overwrite.
    ChatHasDraft,
    /// The active chat has no message that can be replied to.
    NothingToReplyTo,
    /// The active chat has no text of mine.
    NothingToEdit,
    /// The active chat has no text.
    NothingToCopy,
    /// The active chat has no link.
    NoLink,
    /// The user tried to start a chat with themselves.
    ChatWithSelf,
    /// The user is unknown, but the broker may not have sent all users yet.
    UserListIncomplete(UserId),
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
