//! What is typed and pasted goes into a field: the composer's, or that of what lies over the panes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{ask, oldest, to_newest};
use crate::app::{
    composer::{Composer, imported},
    effect::Effect,
    model::{Model, Pane},
    overlay::{Overlay, Question},
    peer, search,
};
use crate::protocol::Command;

/// A paste with more lines asks first.
const PASTED_UNASKED: usize = 20;
/// The characters of a field of one line: more than an id, a group's name and any sensible search have. What follows
/// from a field is worked out at each key, and must stay small.
const MOST_IN_FIELD: usize = 256;

/// A key that is no action goes to where text is written.
pub(super) fn typed(model: &mut Model, event: KeyEvent, effects: &mut Vec<Effect>) {
    if model.overlay.is_some() {
        return change(model, effects, |field| {
            let commands = KeyModifiers::CONTROL | KeyModifiers::ALT;
            let is_text = matches!(event.code, KeyCode::Char(_)) && !event.modifiers.intersects(commands);
            (!is_text || room(field) > 0) && field.key(event)
        });
    }
    if model.focus != Pane::Chat || model.chosen().is_some() {
        return;
    }
    let now = model.now.tick;
    match event.code {
        KeyCode::Home | KeyCode::End if model.is_line_mode() => model.chats.write(now, |composer| composer.key(event)),
        KeyCode::Home if model.chats.composer().is_empty() => oldest(model),
        KeyCode::End if model.chats.composer().is_empty() => to_newest(&mut model.chats),
        _ => {
            model.chats.write(now, |composer| composer.key(event));
            tell_typing(model, effects);
        }
    }
}

pub(in crate::app) fn pasted(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    let text = imported(text);
    if model.overlay.is_some() {
        return change(model, effects, |field| {
            let line = text.lines().next().unwrap_or_default();
            field.insert(&line.chars().take(room(field)).collect::<String>());
            true
        });
    }
    if model.focus != Pane::Chat {
        return;
    }
    if text.lines().count() > PASTED_UNASKED {
        ask(model, Question::Paste(text));
    } else {
        insert(model, &text);
    }
}

/// How many characters a field of one line still takes.
fn room(field: &Composer) -> usize {
    MOST_IN_FIELD.saturating_sub(field.text().chars().count())
}

/// Tells those who take part that something is being written, unless it is a command.
fn tell_typing(model: &mut Model, effects: &mut Vec<Effect>) {
    let text = model.chats.composer().before_cursor();
    let is_text = !text.trim().is_empty() && !text.starts_with('/');
    if let Some(conversation) = model.active().filter(|_| is_text && model.tells_typing).cloned() {
        peer::command(model, Command::Typing(conversation), effects);
    }
}

/// Inserts text where it is written in the talk.
pub(in crate::app) fn insert(model: &mut Model, text: &str) {
    let now = model.now.tick;
    model.chats.write(now, |composer| {
        composer.insert(text);
        true
    });
}

/// The field of what lies over the panes.
pub(super) fn field(model: &mut Model) -> Option<&mut Composer> {
    match &mut model.overlay {
        Some(Overlay::Prompt(prompt)) => Some(&mut prompt.composer),
        Some(Overlay::Talks(talks)) => Some(&mut talks.composer),
        Some(Overlay::Palette(palette)) => Some(&mut palette.composer),
        Some(Overlay::Search) => Some(&mut model.search.composer),
        _ => None,
    }
}

/// Changes that field, and what follows from what stands in it; `change` says whether it changed something.
pub(super) fn change(model: &mut Model, effects: &mut Vec<Effect>, change: impl FnOnce(&mut Composer) -> bool) {
    let is_changed = field(model).is_some_and(change);
    match &mut model.overlay {
        Some(Overlay::Prompt(prompt)) => prompt.check(&model.peer),
        Some(Overlay::Palette(palette)) if is_changed => palette.narrow(&model.peer),
        Some(Overlay::Search) if is_changed => search::look(model, effects),
        _ => {}
    }
}
