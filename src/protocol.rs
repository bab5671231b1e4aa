#![doc = include_str!("protocol/README.md")]

mod event;
mod ignored;
mod large_groups;
mod notice;
mod operation;
mod own_presence;
mod peer;
mod properties;
mod publication;
mod refusal;
mod topic;
mod wire;

pub use event::{Batch, Command, Event, Input, Output};
pub use ignored::{Ignored, IgnoredReason};
pub use large_groups::{Held, Reach, Seen};
pub use notice::{NotForgotten, Notice};
pub use operation::{Operation, OutboxRow, Run, Saved, SeenText, StoredRow, WaitingRow};
pub use own_presence::{Holder, OwnPresence};
pub use peer::{Chat, Identity, Peer};
pub(crate) use properties::{Departed, Properties, Words};
pub use properties::{GROUP_SINCE, NAMES_SENDERS, RETRY_AFTER, SENDER};
pub use publication::{AckToken, Inbound, PubOutcome, Publication, Qos, RowId, Subscription};
pub use refusal::Refusal;
pub(crate) use topic::{NewsTopic, Topic};
pub(crate) use wire::decode;
pub use wire::{Ask, Content, Control, GroupNews, TypedPublication, WireError};
