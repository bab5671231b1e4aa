//! What keys and commands do, one file for each area. The functions look at a [`ModelRef`], change nothing, and return
//! the events that follow.
//!
//! [`ModelRef`]: super::event::ModelRef

pub mod chats;
pub mod global;
pub mod groups;
pub mod inbox;
pub mod line_mode;
pub mod lists;
pub mod messages;
pub mod outbox;
pub mod scripts;
pub mod search;
pub mod users;
