//! What differs in line mode: a pane or an overlay is printed as a list, or reported as unavailable.
//! Invariant: keys always go to the composer, except while a question or a prompt replaces it.

use crate::{
    app::{
        event::{Event, Situation},
        keymap::Action,
        state::{List, Pane, View, chats},
    },
    domain::{Conversation, ConversationId},
};

/// The list that is printed in place of going to a pane.
pub fn list_of(pane: Pane) -> Option<List> {
    match pane {
        Pane::Users => Some(List::Users),
        Pane::Groups => Some(List::Groups),
        Pane::Inbox => Some(List::Inbox),
        Pane::Chat => None,
    }
}

/// Goes to the one chat that is meant, or prints those whose names fit.
pub fn go_to_chat(name: &str, on: &Situation<'_>) -> Event {
    let fitting = chats::named(on.peer, name.trim_start_matches('#'));
    let is_exact = |id: &ConversationId| id.name(on.peer.me()) == name;
    let exact = || fitting.iter().copied().find(|chat| is_exact(&chat.id));
    let only = || fitting.first().copied().filter(|_| fitting.len() == 1);
    let meant: Option<&Conversation> = exact().or_else(only).filter(|_| !name.is_empty());
    meant.map_or_else(|| Event::Print(List::Chats(name.to_owned())), |chat| Event::Show(chat.id.clone()))
}

/// The notice for an action that has nothing to do in line mode.
pub fn unavailable(action: Action, on: &Situation<'_>) -> Option<&'static str> {
    if on.view != View::Lines {
        return None;
    }
    Some(match action {
        Action::Complete | Action::CompleteBack if !on.chats.composer().is_empty() => return None,
        Action::NextPane
        | Action::PreviousPane
        | Action::FocusChat
        | Action::ToggleLists
        | Action::Complete
        | Action::CompleteBack => "lines-no-panes",
        Action::Oldest | Action::Newest | Action::PageDown => "lines-no-scrolling",
        // In a chat with messages, the view itself says when nothing lies before them.
        Action::PageUp if on.chats.active_tab().is_none_or(|tab| tab.window.is_empty()) => "lines-nothing-before",
        Action::GoTo => "lines-no-go-to",
        Action::Choose => "lines-no-choosing",
        Action::Search => "lines-search",
        _ => return None,
    })
}
