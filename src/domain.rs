//! The domain types of papo: names, times, sessions, groups, requests, messages and settings.
//!
//! They are plain values. Constructors check them, so a value is valid whether it comes from the keyboard, a file or
//! the wire. Nothing here uses a clock, a socket, a file or a screen.

mod broker_list;
mod chat;
mod conversation;
mod credentials;
mod delivery_failure;
mod disconnect_reason;
mod ensure;
mod group;
mod hash;
mod lookup;
mod message;
mod name;
mod query;
mod request;
mod session_time;
mod settings;
mod suggestion;
mod time;
mod tokens;
mod transport;
mod user;

pub use broker_list::BrokerList;
pub use chat::{ChatId, ChatRange, OpenTabs, Piece};
pub use conversation::{
    Conversation, ConversationId, DeliveryProgress, DeviceHash, NotifyLevel, Phase, SessionId, SessionIdError, Stay,
};
pub use credentials::Credentials;
pub use delivery_failure::DeliveryFailure;
pub use disconnect_reason::{DisconnectReason, ReasonCode};
pub use ensure::ensure;
pub use group::{Group, GroupStanding};
pub use hash::{fnv_1a_32, fnv_1a_64};
pub use lookup::HistoryLookup;
pub use message::{
    Body, ChatMessage, Delivery, EDIT_LOOKBACK, EarlierText, Edit, Membership, MessageId, MessageIdError, Relation,
    TEXT_LIMIT, TextError, check_text,
};
pub use name::{GroupName, LONGEST_NAME, NameError, RefusedName, UserId, escaped};
pub use query::{Hit, Query, SearchEnd, SearchProgress, compare_names};
pub use request::{ControlTopic, Direction, InboxOrder, Request, RequestKind, RequestState};
pub use session_time::{SessionTime, SessionTimeError};
pub use settings::{KeymapName, LIST_WIDTHS, ListName, ListSide, NotifyBy, NotifySettings, ThemeName, UiSettings};
pub use suggestion::{did_you_mean, is_destructive, suggestion};
pub use time::{Now, Tick, Timestamp};
pub use tokens::{Token, TokenKind, is_mentioned, link_uri, links, tokens};
pub use transport::Transport;
pub use user::{Presence, User};
