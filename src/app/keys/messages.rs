//! What keys do on a message that is chosen.

use super::to_newest;
use crate::{
    app::{
        effect::Effect,
        front,
        keymap::Action,
        model::{Model, Pane},
        search,
    },
    domain::{Body, links},
};

pub(super) fn act(model: &mut Model, action: Action, chosen: u64, effects: &mut Vec<Effect>) {
    match action {
        Action::Up => front::choose(model, chosen.saturating_sub(1)),
        Action::Down => below(model, chosen),
        Action::First => front::choose(model, 0),
        Action::Last => choose_last(model),
        Action::Open => let_go(model),
        Action::Copy => copy(model, chosen, effects),
        Action::OpenLink => open_link(model, chosen, effects),
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

/// The text of a message, if it is one and is loaded.
fn text(model: &Model, seq: u64) -> Option<&str> {
    match &model.chats.active_tab()?.window.get(seq)?.body {
        Body::Text(text) => Some(text),
        Body::End | Body::Other { .. } => None,
    }
}

fn copy(model: &mut Model, seq: u64, effects: &mut Vec<Effect>) {
    match text(model, seq).map(str::to_owned) {
        Some(text) => {
            effects.push(Effect::Copy(text));
            model.info("copied, where the terminal allows it");
        }
        None => model.info("this is no text to copy"),
    }
}

fn open_link(model: &mut Model, seq: u64, effects: &mut Vec<Effect>) {
    let text = text(model, seq).unwrap_or_default();
    let links: Vec<String> = links(text).map(|place| text[place].to_owned()).collect();
    match links.first() {
        Some(first) => {
            let which = if links.len() > 1 { format!(", the first of {}", links.len()) } else { String::new() };
            model.info(format!("opens {first}{which}"));
            effects.push(Effect::OpenLink(first.clone()));
        }
        None => model.info("there is no link in this"),
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
