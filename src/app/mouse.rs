//! Clicks and the wheel: where they fall is known from the last frame.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{
    effect::Effect,
    front, keys,
    layout::ListLayout,
    model::{Model, Pane},
};

/// Rows for one turn of the wheel.
const WHEEL: i64 = 3;

pub(super) fn happened(model: &mut Model, event: MouseEvent, effects: &mut Vec<Effect>) {
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) if model.overlay.is_some() => {
            if let Some(item) = hit(&model.layout.over, at) {
                keys::clicked_over(model, item, effects);
            }
        }
        MouseEventKind::Down(MouseButton::Left) => clicked(model, at),
        MouseEventKind::ScrollUp => wheel(model, at, WHEEL),
        MouseEventKind::ScrollDown => wheel(model, at, -WHEEL),
        _ => {}
    }
}

fn clicked(model: &mut Model, at: Position) {
    let tab = hit(&model.layout.tabs, at);
    if let Some(tab) = tab {
        front::go_to_tab(model, tab);
        model.focus = Pane::Chat;
    } else if model.layout.chat.area.contains(at) || model.layout.composer.contains(at) {
        model.focus = Pane::Chat;
    }
    for pane in Pane::LISTS {
        let Some(list) = list(model, pane).filter(|list| list.area.contains(at)) else { continue };
        let item = hit(&list.items, at);
        model.focus = pane;
        if let Some(item) = item {
            keys::select(model, pane, item);
        }
    }
}

fn wheel(model: &mut Model, at: Position, rows: i64) {
    let by = if rows > 0 { -1 } else { 1 };
    if keys::scroll_over(model, rows) {
        return;
    }
    if model.overlay.is_some() {
        return keys::step_over(model, by);
    }
    let over = Pane::LISTS.into_iter().find(|pane| list(model, *pane).is_some_and(|list| list.area.contains(at)));
    match over {
        Some(pane) => keys::step(model, pane, by),
        None => keys::scroll(model, rows),
    }
}

fn list(model: &Model, pane: Pane) -> Option<&ListLayout> {
    match pane {
        Pane::Users => Some(&model.layout.users),
        Pane::Groups => Some(&model.layout.groups),
        Pane::Inbox => Some(&model.layout.inbox),
        Pane::Chat => None,
    }
}

fn hit(places: &[(usize, Rect)], at: Position) -> Option<usize> {
    places.iter().find(|(_, place)| place.contains(at)).map(|(index, _)| *index)
}
