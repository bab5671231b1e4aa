//! What can happen to the model.

use crossterm::event::{KeyEvent, MouseEvent};

use super::{
    model::Options,
    scripts::ScriptRequest,
    state::{Connection, Layout},
};
use crate::{
    app::language::LocalizedText,
    domain::{ChatMessage, ConversationId, MessageId, SearchProgress},
    protocol::{Command, Input},
};

/// Something that happened.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "a field is called what it holds")]
pub enum Message {
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    Mouse(MouseEvent),
    /// The terminal got the focus or lost it.
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
    /// A message that an effect asked for by its id; its place and itself, where it was found.
    Quoted {
        conversation: ConversationId,
        id: MessageId,
        found: Option<(u64, ChatMessage)>,
    },
    /// Search `number` has found something, or has come to its end.
    Found {
        number: u64,
        found: SearchProgress,
    },
    /// The configuration was read again.
    Reloaded(Box<Options>, LocalizedText),
    /// The store cannot write, for this reason.
    StoreFailed(String),
    /// The store writes again.
    StoreRecovered,
    /// Whether this papo runs the broker that it is connected to.
    Hosting(bool),
    /// The user's editor has ended, with the text for a conversation's composer or the reason why there is none.
    Edited {
        conversation: Option<ConversationId>,
        text: Result<String, LocalizedText>,
    },
    /// papo has been started for the first time.
    Welcome,
    /// The runtime has done something that the user wanted.
    Told(LocalizedText),
    /// The runtime could not do something, or found something odd.
    Warned(LocalizedText),
    /// Another program asks something, under a number.
    Asked(u64, ScriptRequest),
    /// It does not want to know any more.
    Unasked(u64),
    /// Another program brings messages of another history, under a number.
    /// [`Effect::Merged`](super::Effect::Merged) answers.
    Merge(u64, ImportBatch),
    /// A deadline of the model has come.
    Timeout,
    /// A signal asks papo to leave.
    Quit,
    /// A signal asks papo to stop until it is continued.
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
    /// The conversation.
    pub conversation: ConversationId,
    /// The place before which the page was asked for: the first that is not in it.
    pub before: u64,
    /// The messages with their places, ascending. A place that is missing could not be read.
    pub messages: Vec<(u64, ChatMessage)>,
}
