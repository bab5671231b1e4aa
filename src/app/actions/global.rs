//! Actions that do the same in every pane.

use super::{chats, line_mode, lists, messages, outbox, search, settings};
use crate::app::{
    effect::Effect,
    event::{Event, ExitKind, ModelRef, OpenOverlay, PromptKind, info},
    keymap::Action,
    state::{LineModeList, Pane},
};

/// The events that carry out a global action, or `None` if the action depends on the focused pane.
pub fn act(action: Action, model: &ModelRef<'_>) -> Option<Vec<Event>> {
    if let Some(notice) = line_mode::unavailable(action, model) {
        return Some(vec![info(notice)]);
    }
    let one = |event| Some(vec![event]);
    match action {
        Action::FocusUsers => one(Event::Focus(Pane::Users)),
        Action::FocusGroups => one(Event::Focus(Pane::Groups)),
        Action::FocusInbox => one(Event::Focus(Pane::Inbox)),
        Action::FocusChat => Some(vec![Event::Unchoose, Event::Focus(Pane::Chat)]),
        Action::NextTab => Some(model.chats.neighbour(1).map(Event::Tab).into_iter().collect()),
        Action::PreviousTab => Some(model.chats.neighbour(-1).map(Event::Tab).into_iter().collect()),
        Action::CloseTab => one(Event::CloseTab(None)),
        Action::Split => Some(chats::toggle_split(model)),
        Action::OtherChat => Some(chats::to_other(model)),
        Action::NextUnread => Some(chats::next_unread(model)),
        Action::Newest => one(Event::Newest),
        Action::Help => one(model.open(OpenOverlay::Help(String::new()), LineModeList::Help(String::new()))),
        Action::Log => one(model.open(OpenOverlay::Log, LineModeList::Log)),
        Action::Settings => one(settings::open(None, model)),
        Action::Outbox => one(outbox::open(model)),
        Action::ListChats => one(chats::list("", model)),
        Action::GoTo => one(Event::Open(OpenOverlay::Palette)),
        Action::Search => search::open(String::new(), model).ok(),
        Action::StartChat => one(Event::Open(OpenOverlay::Prompt(PromptKind::ChatWith))),
        Action::NewGroup => one(Event::Open(OpenOverlay::Prompt(PromptKind::NewGroup))),
        Action::ToggleLists => one(lists::toggle(model)),
        Action::Command => one(Event::BeginCommand),
        Action::Choose => Some(messages::choose_last(model)),
        Action::Redraw => one(Event::Effect(Effect::Redraw)),
        Action::Suspend => one(Event::ConfirmExit(ExitKind::Suspend)),
        Action::Quit => one(Event::ConfirmExit(ExitKind::Quit)),
        _ => action.tab().map(|index| vec![Event::Tab(index)]),
    }
}
