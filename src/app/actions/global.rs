//! Actions that do the same in every pane.

use super::{chats, line_mode, messages, outbox, search};
use crate::{
    app::{
        effect::Effect,
        event::{Event, ExitKind, Open, Situation, info},
        keymap::Action,
        state::{List, Pane},
    },
    domain::ListName,
};

/// The events that carry out an action that works in every pane; `None` for an action of a single pane.
pub fn act(action: Action, on: &Situation<'_>) -> Option<Vec<Event>> {
    if let Some(notice) = line_mode::unavailable(action, on) {
        return Some(vec![info(notice)]);
    }
    let one = |event| Some(vec![event]);
    match action {
        Action::FocusUsers => one(Event::Focus(Pane::Users)),
        Action::FocusGroups => one(Event::Focus(Pane::Groups)),
        Action::FocusInbox => one(Event::Focus(Pane::Inbox)),
        Action::FocusChat => one(Event::Focus(Pane::Chat)),
        Action::NextTab => Some(on.chats.neighbour(1).map(Event::Tab).into_iter().collect()),
        Action::PreviousTab => Some(on.chats.neighbour(-1).map(Event::Tab).into_iter().collect()),
        Action::CloseTab => one(Event::CloseTab),
        Action::NextUnread => Some(chats::next_unread(on)),
        Action::Newest => one(Event::Newest),
        Action::Help => one(on.open(Open::Help(()), List::Help)),
        Action::Log => one(on.open(Open::Log(()), List::Log)),
        Action::Outbox => one(outbox::open(on)),
        Action::ListChats => one(chats::list("", on)),
        Action::GoTo => one(Event::Open(Open::Palette(()))),
        Action::Search => search::open(String::new(), on).ok(),
        // Shows all lists if all are hidden, else hides all.
        Action::ToggleLists => one(Event::SetHidden(None, on.hidden.len() < ListName::ALL.len())),
        Action::Choose => Some(messages::choose_last(on)),
        Action::Redraw => one(Event::Effect(Effect::Redraw)),
        Action::Suspend => one(Event::ConfirmExit(ExitKind::Suspend)),
        Action::Quit => one(Event::ConfirmExit(ExitKind::Quit)),
        _ => action.tab().map(|index| vec![Event::Tab(index)]),
    }
}
