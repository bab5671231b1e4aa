//! Passes mouse events to the overlay, or to what is drawn at their position.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::turn::Turn;
use crate::{
    app::{
        actions::questions,
        effect::Effect,
        event::Event,
        keymap::Action,
        state::{Level, Pane, attention::Switch, layout::item_at},
    },
    domain::{LIST_WIDTHS, ListSide, UiSettings},
};

/// How many rows a turn of the mouse wheel scrolls.
const WHEEL_ROWS: i64 = 3;

impl Turn<'_> {
    pub fn mouse(&mut self, event: MouseEvent) {
        if matches!(event.kind, MouseEventKind::Down(_)) {
            self.model.completion = None;
            self.end_run_on();
        }
        let at = Position::new(event.column, event.row);
        let rows = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => return self.clicked(at),
            MouseEventKind::Down(MouseButton::Middle) => return self.middle_clicked(at),
            MouseEventKind::Drag(MouseButton::Left) => return self.dragged(at),
            MouseEventKind::Up(MouseButton::Left) => return self.released(),
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
        // The hints say how to answer a question, as its keys would.
        let answer = item_at(&self.model.layout.hints, at).and_then(key_of_hint);
        if answer.is_some_and(|code| self.answers_question(code.into())) {
            return;
        }
        self.cancel_question();
        let layout = &self.model.layout;
        if let Some(action) = item_at(&layout.hints, at) {
            return self.act_as_hinted(action);
        }
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
        if let Some(action) = item_at(&layout.counts, at) {
            return self.act(action);
        }
        if layout.beside_half.contains(at)
            && let Some((other, _)) = self.model.chats.beside()
        {
            let goes_to_end = layout.beside.newest.contains(at).then_some(Event::Newest);
            return self.apply([Event::Tab(other)].into_iter().chain(goes_to_end).collect());
        }
        if layout.lists_rule.contains(at) {
            self.model.dragged_from = Some((layout.lists_rule.x, layout.lists_width));
        } else if let Some(seq) = item_at(&layout.chat.messages, at) {
            self.message_clicked(seq);
        } else if layout.composer.contains(at) {
            self.composer_clicked(at);
        } else if layout.chat.area.contains(at) {
            self.apply(vec![Event::Unchoose, Event::Focus(Pane::Chat)]);
        } else if let Some(pane) = self.pane_at(at) {
            let item = layout.list(pane).and_then(|list| item_at(&list.items, at));
            self.model.focus = pane;
            if pane.shows_directory() {
                self.read_directory();
            }
            if let (Some(item), Some((list, peer))) = (item, self.list(pane)) {
                list.select(peer, item);
                self.act_in_pane(Action::Open);
                self.ask_only_without_draft();
                // A request may have nothing to open; users and groups are written to next.
                if pane != Pane::Inbox {
                    self.model.focus = Pane::Chat;
                }
            }
        }
    }

    /// Takes back the question that a click led to, if there is text in the composer: Enter is meant for that text. A
    /// notice says which keys ask.
    fn ask_only_without_draft(&mut self) {
        let model = &mut *self.model;
        if model.chats.composer().is_empty() {
            return;
        }
        let Some(ended) = model.notices.end_question(model.now.tick) else { return };
        let notice = questions::asked_by_keys(&ended.question, &self.model.read_only());
        self.show_notice(Level::Info, notice);
    }

    /// Carries out the action of a hint, as its key would.
    fn act_as_hinted(&mut self, action: Action) {
        if let Some(code) = key_of_hint(action).filter(|_| self.model.searches_sent_lines()) {
            self.model.chats.edit(self.model.now.tick).search_key(code.into());
        } else if self.model.overlay.is_some() {
            let no_key = KeyEvent::new(KeyCode::Null, KeyModifiers::NONE);
            self.with_overlay(|overlay, model| overlay.key(no_key, Some(action), model));
        } else {
            self.act(action);
        }
    }

    /// Chooses a message. If it is chosen already, the composer takes the keys again.
    fn message_clicked(&mut self, seq: u64) {
        let is_chosen = self.model.focus == Pane::Chat && self.model.chats.chosen() == Some(seq);
        let choice = if is_chosen { Event::Unchoose } else { Event::Choose(seq) };
        self.apply(vec![Event::Focus(Pane::Chat), choice]);
    }

    fn composer_clicked(&mut self, at: Position) {
        self.apply(vec![Event::Unchoose, Event::Focus(Pane::Chat)]);
        let model = &mut *self.model;
        let area = model.layout.composer;
        let row = usize::from(at.y - area.y) + model.layout.composer_first_row;
        let columns = model.layout.composer_columns();
        model.chats.composer_mut().click((usize::from(at.x - area.x), row), columns);
    }

    /// Closes the tab at a position.
    fn middle_clicked(&mut self, at: Position) {
        self.cancel_question();
        let tab = item_at(&self.model.layout.tabs, at).filter(|_| self.model.overlay.is_none());
        self.switch = Switch::ByItself;
        if let Some((chat, text)) = tab.and_then(|tab| self.model.chats.close(tab)) {
            self.save_draft(&chat, text);
        }
    }

    /// Moves the rule between the lists and the chat.
    fn dragged(&mut self, at: Position) {
        let model = &mut *self.model;
        let Some((column, width)) = model.dragged_from else { return };
        let moved = i32::from(at.x) - i32::from(column);
        let wanted = i32::from(width) + if model.ui.side == ListSide::Left { moved } else { -moved };
        let (least, most) = LIST_WIDTHS.into_inner();
        model.ui.width = u16::try_from(wanted).unwrap_or(least).clamp(least, most);
    }

    /// Keeps the width of the lists that the user has dragged. A click alone changes nothing.
    fn released(&mut self) {
        let model = &mut *self.model;
        let (key, value) = ("ui.width".to_owned(), model.ui.width.to_string());
        let default = UiSettings::default().width.to_string();
        let is_changed = *model.configured.get(&key).unwrap_or(&default) != value;
        if model.dragged_from.take().is_some() && is_changed {
            model.configured.insert(key.clone(), value.clone());
            self.effects.push(Effect::Keep { key, value });
        }
    }
}

/// The key of a hint that answers a question, or acts in the search through sent lines.
fn key_of_hint(action: Action) -> Option<KeyCode> {
    match action {
        Action::Send => Some(KeyCode::Enter),
        Action::Cancel => Some(KeyCode::Esc),
        _ => None,
    }
}
