//! The overlays' views, each in a file beside its component's.

mod chat_list;
mod confirm;
mod details;
mod draw;
mod finder;
mod help;
mod log;
mod members;
mod outbox;
mod palette;
mod prompt;
mod search_list;
mod welcome;

pub use self::draw::{Draw, Surface};
