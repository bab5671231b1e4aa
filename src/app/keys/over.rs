//! Choosing in a list that lies over the panes, whichever it is.

use super::lists;
use crate::app::{effect::Effect, keymap::Action, model::Model, outbox, overlay::Overlay, search};

/// The place of what is selected.
pub(in crate::app) fn selected_over(model: &Model) -> Option<usize> {
    match model.overlay.as_ref()? {
        Overlay::Members { selected, .. } => Some(*selected),
        Overlay::Outbox { selected } => outbox::place(&model.peer, *selected),
        Overlay::Talks(talks) => talks.index(&talks.list(&model.peer)),
        Overlay::Palette(palette) => (!palette.goals.is_empty()).then_some(palette.selected),
        Overlay::Search => (!model.search.hits.is_empty()).then_some(model.search.selected),
        _ => None,
    }
}

/// Selects what stands in a place; the last beyond the end.
pub(in crate::app) fn select_over(model: &mut Model, index: usize) {
    let by = selected_over(model).map_or(0, |selected| index.cast_signed() - selected.cast_signed());
    let Model { overlay, peer, search, .. } = model;
    match overlay {
        Some(Overlay::Members { group, selected }) => {
            let count = peer.groups().get(group).map_or(0, |group| group.everyone().count());
            *selected = index.min(count.saturating_sub(1));
        }
        Some(Overlay::Outbox { selected }) => *selected = outbox::row_at(peer, index),
        Some(Overlay::Talks(talks)) => talks.step(peer, by),
        Some(Overlay::Palette(palette)) => palette.step(by),
        Some(Overlay::Search) => search::step(search, by),
        _ => {}
    }
}

/// A click selects, and on what is selected it opens.
pub(in crate::app) fn clicked_over(model: &mut Model, index: usize, effects: &mut Vec<Effect>) {
    if selected_over(model) == Some(index) {
        lists::act(model, Action::Open, effects);
    } else {
        select_over(model, index);
    }
}
