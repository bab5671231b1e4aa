//! ui
pub mod clock;
pub mod layout;
pub mod text;
pub mod theme;
mod row;
mod frame;
mod list;
mod screen;
mod users;
mod groups;
mod inbox;
mod chat;
mod composer;
mod header;
mod hints;
mod tabs;
mod popup;
