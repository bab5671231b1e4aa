//! The views of the overlays. Each has the file name of its state in `app::overlay`.

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
