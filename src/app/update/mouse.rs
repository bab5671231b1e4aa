//! Passes mouse events to the overlay, or to what is drawn at their position.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::turn::Turn;
use crate::app::{
    event::Event,
    keymap::Action,
    state::{Pane, layout::item_at},
};

/// How many rows a turn of the mouse wheel scrolls.
const WHEEL_ROWS: i64 = 3;

impl Turn<'_> {
    pub fn mouse(&mut self, event: MouseEvent) {
        let at = Position::new(event.column, event.row);
        let rows = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => return self.clicked(at),
            MouseEventKind::ScrollUp => WHEEL_ROWS,
            MouseEventKind::ScrollDown => -WHEEL_ROWS,
            _ => return,
        };
        if self.model.overlay.is_some() {
            self.with_overlay(|overlay, model| overlay.wheel(rows, model));
        } else if let Some((list, peer)) = self.pane_at(at).and_then(|pane| self.list(pane)) {
            list.step(peer, if rows > 0 { -1 } else { 1 });
        } else if self.model.layout.beside_half.contains(at) {
            self.model.chats.scroll_beside(rows, &self.model.layout.beside);
        } else {
            self.model.chats.scroll(rows, &self.model.layout.chat);
        }
    }

    fn pane_at(&self, at: Position) -> Option<Pane> {
        let layout = &self.model.layout;
        Pane::LISTS.into_iter().find(|pane| layout.list(*pane).is_some_and(|list| list.area.contains(at)))
    }

    fn clicked(&mut self, at: Position) {
        self.cancel_question();
        let layout = &self.model.layout;
        if self.model.overlay.is_some() {
            if let Some(item) = item_at(&layout.overlay_items, at) {
                self.with_overlay(|overlay, model| overlay.clicked(item, model));
            }
            return;
        }
        if let Some(tab) = item_at(&layout.tabs, at) {
            return self.apply(vec![Event::Tab(tab)]);
        }
        if layout.chat.newest.contains(at) {
            return self.apply(vec![Event::Newest]);
        }
        if layout.beside_half.contains(at)
            && let Some((other, _)) = self.model.chats.beside()
        {
            let goes_to_end = layout.beside.newest.contains(at).then_some(Event::Newest);
            return self.apply([Event::Tab(other)].into_iter().chain(goes_to_end).collect());
        }
        if layout.chat.area.contains(at) || layout.composer.contains(at) {
            self.model.focus = Pane::Chat;
        } else if let Some(pane) = self.pane_at(at) {
            let item = layout.list(pane).and_then(|list| item_at(&list.items, at));
            self.model.focus = pane;
            if let (Some(item), Some((list, peer))) = (item, self.list(pane)) {
                list.select(peer, item);
                self.act_in_pane(Action::Open);
                // A request may have nothing to open; users and groups are written to next.
                if pane != Pane::Inbox {
                    self.model.focus = Pane::Chat;
                }
            }
        }
    }
}
