//! The overlays: each lies over the panes and has the keys. It is a component with a file here and a view in
//! `ui/overlay/`; `event.rs` has the list of them.

mod chat_list;
mod component;
mod confirm;
mod details;
mod help;
mod log;
mod members;
mod outbox;
mod palette;
mod prompt;
mod search_list;
mod welcome;

pub use self::{
    chat_list::ChatList,
    component::Component,
    confirm::Confirm,
    details::Details,
    help::Help,
    log::Log,
    members::Members,
    outbox::Outbox,
    palette::{Goal, Palette},
    prompt::Prompt,
    search_list::SearchList,
    welcome::Welcome,
};
use super::event::{Open, Situation, overlays};

macro_rules! define {
    ($($name:ident: $component:ident($with:ty);)*) => {
        /// An overlay.
        #[derive(Debug, Clone)]
        #[expect(missing_docs, reason = "each is described at its component")]
        pub enum Overlay {
            $($name($component),)*
        }

        impl Overlay {
            /// Opens an overlay.
            pub fn open(open: Open, on: &Situation<'_>) -> Self {
                match open {
                    $(Open::$name(with) => Self::$name($component::open(with, on)),)*
                }
            }
        }

        /// Evaluates an expression on the component of an overlay, whichever it is.
        macro_rules! each {
            ($overlay:expr, $it:ident => $do:expr) => {
                match $overlay {
                    $($crate::app::Overlay::$name($it) => $do,)*
                }
            };
        }
    };
}
overlays!(define);
pub(crate) use each;

impl Overlay {
    /// Its component.
    pub fn component(&self) -> &dyn Component {
        each!(self, it => it)
    }

    /// Its component, to be changed.
    pub fn component_mut(&mut self) -> &mut dyn Component {
        each!(self, it => it)
    }
}
