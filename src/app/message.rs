//! Messages: the inputs that change the model.

use crossterm::event::{KeyEvent, MouseEvent};

use super::{
    model::Options,
    scripts::ScriptRequest,
    state::{Connection, Layout, LoginRefusal},
};
use crate::{
    app::language::LocalizedText,
    domain::{ChatId, ChatMessage, ConversationId, Credentials, MessageId, SearchProgress},
    protocol::{Command, Input},
};

/// An input from the terminal, the broker, the store or the runtime. The update applies it to the model.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names of the fields say what they hold")]
pub enum Message {
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// A line came from a pipe.
    Line(String),
    Mouse(MouseEvent),
    /// The terminal got (true) or lost the focus.
    FocusChanged(bool),
    /// The size of the terminal changed.
    Resized,
    /// A frame was drawn. The layout says where everything is on the screen.
    Drawn(Layout),
    /// An input to the peer from the broker or the store.
    Peer(Input),
    /// A command for the peer.
    Command(Command),
    /// An attempt to connect to the broker at this address begins.
    Connecting(String),
    /// The connection changed.
    Connection(Connection),
    /// The connection changed, because the broker refuses the login.
    LoginRefused(LoginRefusal, Connection),
    /// The login that [`Effect::RereadLogin`](super::Effect::RereadLogin) requested; `None` if the configuration has none.
    LoginRead(Option<Credentials>),
    /// The page that an [`Effect::Lookup`](super::Effect::Lookup) requested.
    Page(Page),
    /// The message that an [`Effect::Lookup`](super::Effect::Lookup) requested by its ID. `found` holds its position
    /// and the message, or is `None` if there is none.
    Quoted {
        chat: ChatId,
        id: MessageId,
        found: Option<(u64, ChatMessage)>,
    },
    /// Search `number` found messages or ended.
    Found {
        number: u64,
        found: SearchProgress,
    },
    /// The configuration was reloaded: the new options, and a notice about the reload.
    Reloaded(Box<Options>, LocalizedText),
    /// The store cannot write; the text is the reason.
    StoreFailed(String),
    /// The store can write again.
    StoreRecovered,
    /// True if papo is now connected to its own embedded broker.
    Hosting(bool),
    /// The user's editor ended. `text` is the new text for the composer of `chat`, or the reason why it failed. `chat`
    /// is `None` for the composer that is in use while no tab is open.
    Edited {
        chat: Option<ChatId>,
        text: Result<String, LocalizedText>,
    },
    /// This is papo's first start: show the welcome page.
    Welcome,
    /// The runtime reports that it did what the user requested.
    Told(LocalizedText),
    /// The runtime warns that something failed or looks wrong.
    Warned(LocalizedText),
    /// Another program sent a request. The number identifies the request.
    Asked(u64, ScriptRequest),
    /// The program with this request disconnected, so it needs no answer.
    Unasked(u64),
    /// Another program imports messages from another history. [`Effect::Merged`](super::Effect::Merged) answers, with
    /// the same number.
    Merge(u64, ImportBatch),
    /// The model's next timeout ([`Model::next_timeout`](super::Model::next_timeout)) expired.
    Timeout,
    /// A signal requests that papo quits.
    Quit,
    /// A signal requests that papo is suspended until the shell continues it.
    Suspend,
}

/// The end of a conversation after imported messages were merged into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportBatch {
    /// The conversation.
    pub conversation: ConversationId,
    /// The number of its messages when the batch was built. If that number has changed since, the batch is stale.
    pub len: u64,
    /// The position of the first message that changes.
    pub from: u64,
    /// All messages from that position on, the imported ones among them.
    pub messages: Vec<ChatMessage>,
    /// How many messages of the whole conversation are changes of the group.
    pub changes: u64,
}

/// A page of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The chat.
    pub chat: ChatId,
    /// The page ends before this position.
    pub before: u64,
    /// The messages with their positions, ascending. A missing position could not be read.
    pub messages: Vec<(u64, ChatMessage)>,
}
