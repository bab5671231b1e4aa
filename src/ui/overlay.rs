//! The views of the overlays. The state of an overlay is in the file of the same name in `app::overlay`.

mod chat_list;
mod details;
mod draw;
mod dropped;
mod finder;
mod help;
mod log;
mod members;
mod outbox;
mod palette;
mod prompt;
mod search_list;
mod settings;
mod welcome;
mod whois;

pub use self::draw::{Draw, Surface};
