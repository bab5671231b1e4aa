//! Actions in line mode: instead of focusing a pane or opening an overlay, papo prints a list, or a notice that there
//! is nothing to print. Invariant: keys always go to the composer, except while a question or a prompt replaces it.

use crate::app::{
    event::{Event, ModelRef},
    keymap::Action,
    state::{LineModeList, Pane, View, chats},
};

/// The list to print instead of focusing a pane; `None` for the chat.
pub fn printed_list(pane: Pane) -> Option<LineModeList> {
    match pane {
        Pane::Users => Some(LineModeList::Users),
        Pane::Groups => Some(LineModeList::Groups),
        Pane::Inbox => Some(LineModeList::Inbox),
        Pane::Chat => None,
    }
}

/// Goes to the chat with exactly this name, or the only one whose name contains it; else prints all that match.
pub fn go_to_chat(name: &str, model: &ModelRef<'_>) -> Event {
    let matching = chats::matching_chats(model.peer, name.trim_start_matches('#'));
    let exact = matching.iter().find(|chat| chat.id().to_string() == name);
    let only = || matching.first().filter(|_| matching.len() == 1);
    let chat = exact.or_else(only).filter(|_| !name.is_empty());
    chat.map_or_else(|| Event::Print(LineModeList::Chats(name.to_owned())), |chat| Event::Show(chat.id().clone()))
}

/// The language key of the notice for an action that has no effect in line mode, or none at the moment.
pub fn unavailable(action: Action, model: &ModelRef<'_>) -> Option<&'static str> {
    match (model.view, action) {
        (View::Panes, _) => None,
        (View::Lines, Action::Complete | Action::CompleteBack) => {
            model.chats.composer().is_empty().then_some("lines-no-panes")
        }
        // If the chat has messages, the view prints the previous page, or reports that there is none.
        (View::Lines, Action::PageUp) => {
            model.chats.active_tab().is_none_or(|tab| tab.window.is_empty()).then_some("lines-nothing-before")
        }
        (View::Lines, action) => action.missing_in_lines(),
    }
}
