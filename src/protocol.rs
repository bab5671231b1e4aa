#![doc = include_str!("protocol/README.md")]

mod event;
mod operation;
mod peer;
mod properties;
mod publication;
mod topic;
mod wire;

pub use event::{Batch, Command, Event, Input, Output};
pub use operation::{Operation, OutboxRow, Saved};
pub use peer::{Identity, Peer};
pub use publication::{AckToken, Inbound, PubOutcome, Publication, Qos, Row, Subscription};
pub use wire::{Ask, Content, Control, GroupNews};
