//! The overlays. The open one covers the panes and receives all keys.
//!
//! Each overlay has a [`Component`] (state and keys) in a file of this folder, and a view in `ui/overlay/`. The macro
//! `overlays!` in `event.rs` lists all overlays. The macros here turn that list into [`Overlay`] and a `match` over its
//! variants.

mod chat_list;
mod component;
mod details;
mod dropped;
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

pub use self::{
    chat_list::ChatList,
    component::{Component, is_text},
    details::Details,
    dropped::Dropped,
    help::{Help, HelpEntry, HelpSection, matches_filter},
    log::Log,
    members::Members,
    outbox::Outbox,
    palette::{Palette, PaletteEntry},
    prompt::Prompt,
    search_list::SearchList,
    settings::{SettingEdit, Settings},
    welcome::Welcome,
    whois::Whois,
};
use super::event::{ModelRef, OpenOverlay, overlays};

macro_rules! define_overlay {
    ($($name:ident: $component:ident $(($argument:ident: $type:ty))?;)*) => {
        /// The open overlay.
        #[derive(Debug, Clone)]
        #[expect(missing_docs, reason = "the docs are at the components")]
        pub enum Overlay {
            $($name($component),)*
        }

        impl Overlay {
            /// Creates the component of an overlay.
            pub fn open(open: OpenOverlay, model: &ModelRef<'_>) -> Self {
                match open {
                    $(OpenOverlay::$name$(($argument))? => Self::$name($component::open($($argument,)? model)),)*
                }
            }
        }

        /// Binds the component of the overlay `$overlay` to `$it`, and evaluates `$do`.
        macro_rules! with_component {
            ($overlay:expr, $it:ident => $do:expr) => {
                match $overlay {
                    $($crate::app::Overlay::$name($it) => $do,)*
                }
            };
        }
    };
}
overlays!(define_overlay);
pub(crate) use with_component;

impl Overlay {
    /// The component of this overlay.
    pub fn component(&self) -> &dyn Component {
        with_component!(self, it => it)
    }

    /// The component of this overlay, mutable.
    pub fn component_mut(&mut self) -> &mut dyn Component {
        with_component!(self, it => it)
    }
}
