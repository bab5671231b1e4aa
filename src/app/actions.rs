//! What keys and commands do, one file for each area. The functions read a [`ModelRef`] and return the events that
//! carry out the key or command; they change nothing themselves.
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
pub mod questions;
pub mod scripts;
pub mod search;
pub mod settings;
pub mod users;
