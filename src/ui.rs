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
mod composer;
mod tabs;
mod popup;
mod chat { mod entry; mod window; }
