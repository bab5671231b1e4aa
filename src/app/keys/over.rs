//! Choosing in a list that lies over the panes, whichever it is.

use super::lists;
use crate::app::{effect::Effect, keymap::Action, model::Model, outbox, overlay::Overlay, search};

/// The place of what is selected.
fn selected_over(model: &Model) -> Option<usize> {
    match model.overlay.as_ref()? {
        Overlay::Members { selected, .. } => Some(*selected),
        Overlay::Outbox { selected } => outbox::place(&model.peer, *selected),
        Overlay::Talks(talks) => talks.index(&talks.list(&model.peer)),
        Overlay::Palette(palette) => (!palette.goals.is_empty()).then_some(palette.selected),
        Overlay::Search => (!model.search.hits.is_empty()).then_some(model.search.selected),
        _ => None,
    }
}

/// Moves the selection by so many places, as far as there are any.
pub(in crate::app) fn step_over(model: &mut Model, by: isize) {
    let Model { overlay, peer, search, .. } = model;
    match overlay {
        Some(Overlay::Members { group, selected }) => {
            let count = peer.groups().get(group).map_or(0, |group| group.everyone().count());
            *selected = selected.saturating_add_signed(by).min(count.saturating_sub(1));
        }
        Some(Overlay::Outbox { selected }) => {
            let place = outbox::place(peer, *selected).map(|place| place.saturating_add_signed(by));
            *selected = place.and_then(|place| outbox::row_at(peer, place));
        }
        Some(Overlay::Talks(talks)) => talks.step(peer, by),
        Some(Overlay::Palette(palette)) => palette.step(by),
        Some(Overlay::Search) => search::step(search, by),
        _ => {}
    }
}

/// A click selects, and on what is selected it opens.
pub(in crate::app) fn clicked_over(model: &mut Model, index: usize, effects: &mut Vec<Effect>) {
    match selected_over(model) {
        Some(selected) if selected == index => lists::act(model, Action::Open, effects),
        Some(selected) => step_over(model, index.cast_signed() - selected.cast_signed()),
        None => {}
    }
}
