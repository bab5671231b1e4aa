//! What keys do on a message that is chosen.

use super::to_newest;
use crate::app::{
    front,
    keymap::Action,
    model::{Model, Pane},
    search,
};

pub(super) fn act(model: &mut Model, action: Action, chosen: u64) {
    match action {
        Action::Up => front::choose(model, chosen.saturating_sub(1)),
        Action::Down => below(model, chosen),
        Action::First => front::choose(model, 0),
        Action::Last => choose_last(model),
        Action::Open => let_go(model),
        Action::NextFound => search::go_on(model, 1),
        Action::PreviousFound => search::go_on(model, -1),
        _ => {}
    }
}

/// Chooses the lowest message that is seen.
pub(super) fn choose_last(model: &mut Model) {
    let seen = model.layout.chat.seen.map(|(_, last)| last);
    let last = model.chats.active_tab().and_then(|tab| tab.window.len().checked_sub(1));
    if let Some(last) = last {
        model.focus = Pane::Chat;
        front::choose(model, seen.filter(|_| model.chosen().is_none()).unwrap_or(last));
    }
}

/// Goes back to writing.
pub(super) fn let_go(model: &mut Model) {
    model.search.is_marked = false;
    if let Some(tab) = model.chats.active_tab_mut() {
        tab.chosen = None;
    }
}

/// Below the last message one writes.
fn below(model: &mut Model, chosen: u64) {
    let len = model.chats.active_tab().map_or(0, |tab| tab.window.len());
    if chosen + 1 < len {
        front::choose(model, chosen + 1);
    } else {
        let_go(model);
        to_newest(&mut model.chats);
    }
}
