//! What keys and commands do, one file for each area. The functions look at the [`Situation`], change nothing, and return
//! the events that follow.
//!
//! [`Situation`]: super::event::Situation

pub mod chats;
pub mod global;
pub mod groups;
pub mod inbox;
pub mod line_mode;
pub mod messages;
pub mod outbox;
pub mod scripts;
pub mod search;
pub mod users;
