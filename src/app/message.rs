//! What can happen to the model.

use crossterm::event::{KeyEvent, MouseEvent};

use super::{
    model::Options,
    scripts::Ask,
    state::{Connection, Layout},
};
use crate::{
    domain::{ChatMessage, ConversationId, Found, LocalizedText, MessageId},
    protocol::{Command, Input},
};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal came to the front, or went behind.
    FocusChanged(bool),
    /// The terminal has another size.
    Resized,
    /// A frame was drawn, and this is where things are.
    Drawn(Layout),
    /// Something reached the peer from the broker or the store.
    Peer(Input),
    /// A command for the peer.
    Command(Command),
    /// The connection changed.
    Connection(Connection),
    /// A page that an effect asked for.
    Page(Page),
    /// What a message says that an effect asked for.
    Quoted {
        /// Where.
        conversation: ConversationId,
        /// Which.
        id: MessageId,
        /// Its place and itself, where it was found.
        found: Option<(u64, ChatMessage)>,
    },
    /// A search has found something, or has come to its end.
    Found {
        /// Which search.
        number: u64,
        /// What.
        found: Found,
    },
    /// The files of the configuration were read anew.
    Reloaded(Box<Options>),
    /// The store cannot write; why.
    StoreFailed(String),
    /// The store writes again.
    StoreRecovered,
    /// Whether this papo runs the broker that it is connected to.
    Hosting(bool),
    /// The user's editor has ended.
    Edited {
        /// Where what was written belongs.
        conversation: Option<ConversationId>,
        /// What was written, or what went wrong.
        text: Result<String, LocalizedText>,
    },
    /// papo has been started for the first time.
    Welcome,
    /// Something to tell the user that happened outside.
    Warned(LocalizedText),
    /// A program beside papo asks something, under a number.
    Asked(u64, Ask),
    /// It does not want to know any more.
    Unasked(u64),
    /// A program beside papo brings messages of another history, under a number.
    /// [`Effect::Merged`](super::Effect::Merged) answers.
    Merge(u64, ImportBatch),
    /// Something was done outside.
    Told(LocalizedText),
    /// A deadline of the model has come.
    Timeout,
    /// A signal asks to leave.
    Quit,
    /// A signal asks to stop until it is continued.
    Suspend,
}

/// Imported messages, merged with those of a conversation from a place on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportBatch {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its length when the batch was made. If it has changed, the batch is stale.
    pub len: u64,
    /// The first place that changes.
    pub from: u64,
    /// All messages from that place on.
    pub messages: Vec<ChatMessage>,
}

/// A page of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where.
    pub conversation: ConversationId,
    /// What was asked: the first place that is not in it.
    pub before: u64,
    /// The messages with their places, ascending. A place that is missing could not be read.
    pub messages: Vec<(u64, ChatMessage)>,
}
