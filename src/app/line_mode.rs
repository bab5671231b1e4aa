//! What the core does differently in line mode: a pane or an overlay is printed as a list, or reported as unavailable.
//! Invariant: keys always go to the composer, except while a question or a prompt replaces it.

use super::{
    front,
    journal::{Entry, List},
    keymap::Action,
    model::{Model, Pane},
    talks::Talks,
};
use crate::domain::ConversationId;

/// Has a list printed; says whether that is how it is shown.
pub(super) fn prints(model: &mut Model, list: List) -> bool {
    let is_printed = model.is_line_mode();
    model.note(Entry::List(list));
    is_printed
}

/// Has a pane's list printed in place of going there; says whether that is how it is shown.
pub(super) fn prints_pane(model: &mut Model, pane: Pane) -> bool {
    match pane {
        Pane::Users => prints(model, List::Users),
        Pane::Groups => prints(model, List::Groups),
        Pane::Inbox => prints(model, List::Inbox),
        Pane::Chat => false,
    }
}

/// Goes to the one talk that is meant, or has those printed whose names fit.
pub(super) fn go_to_talk(model: &mut Model, name: &str) {
    let talks = Talks::named(name.trim_start_matches('#'));
    let fitting = talks.list(&model.peer);
    let is_exact = |id: &ConversationId| id.name(model.me()) == name;
    let exact = || fitting.iter().find(|talk| is_exact(&talk.id));
    let only = || fitting.first().filter(|_| fitting.len() == 1);
    match exact().or_else(only).filter(|_| !name.is_empty()).map(|talk| talk.id.clone()) {
        Some(conversation) => front::show(model, &conversation),
        None => model.note(Entry::List(List::Talks(name.to_owned()))),
    }
}

/// Says of a key that it has nothing to do here, and what is there in its place; says whether that is so.
pub(super) fn lacks(model: &mut Model, action: Action) -> bool {
    if !model.is_line_mode() {
        return false;
    }
    let instead = match action {
        Action::Complete | Action::CompleteBack if !model.chats.composer().is_empty() => return false,
        Action::NextPane
        | Action::PreviousPane
        | Action::FocusChat
        | Action::ToggleLists
        | Action::Complete
        | Action::CompleteBack => "lines-no-panes",
        Action::Oldest | Action::Newest | Action::PageDown => "lines-no-scrolling",
        // Of more the view says so itself.
        Action::PageUp if model.chats.active_tab().is_none_or(|tab| tab.window.is_empty()) => "lines-nothing-before",
        Action::GoTo => "lines-no-go-to",
        Action::Choose => "lines-no-choosing",
        Action::Search => "lines-search",
        _ => return false,
    };
    model.info(instead);
    true
}
