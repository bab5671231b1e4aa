//! The trait of the overlays, with the behaviour that most of them share.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::app::{
    effect::Effect,
    event::{Event, ExitKind, ModelRef},
    keymap::{Action, Context},
    rejection::Rejection,
    state::composer::{Composer, imported},
};

/// The items or rows of a page.
const PAGE: i32 = 10;
/// More items or rows than there are.
const BEYOND_ANY_END: i32 = 1 << 20;
/// The characters that a field of one line holds: more than an id, a group's name and any sensible search have. What
/// follows from a field is worked out at each key, and must stay small.
const FIELD_LIMIT: usize = 256;

/// An overlay. Actions that it does not know do nothing: they would happen unseen behind it.
pub trait Component {
    /// Which keys it takes.
    fn context(&self) -> Context {
        Context::List
    }

    /// The actions that the hints show, the likeliest first.
    fn hints(&self) -> &'static [Action] {
        &[]
    }

    /// Does an action of its own.
    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event>;

    /// The field that takes the keys that are bound to nothing.
    fn field(&mut self) -> Option<&mut Composer> {
        None
    }

    /// Called after the text of the field has changed.
    fn field_changed(&mut self, _on: &ModelRef<'_>) -> Vec<Event> {
        Vec::new()
    }

    /// The place of the selected item of its list.
    fn selected(&self, _on: &ModelRef<'_>) -> Option<usize> {
        None
    }

    /// Selects the item that lies `by` places further, as far as there are any.
    fn step(&mut self, _by: isize, _on: &ModelRef<'_>) -> Vec<Event> {
        Vec::new()
    }

    /// Scrolls by rows, upwards where positive; returns whether it is something to be scrolled.
    fn scroll(&mut self, _rows: i64, _on: &ModelRef<'_>) -> bool {
        false
    }

    /// Whether there is nothing left to show.
    fn is_over(&self, _on: &ModelRef<'_>) -> bool {
        false
    }

    /// Called when one of its events was rejected; returns the reason if the overlay does not show it itself.
    fn rejected(&mut self, why: Rejection) -> Option<Rejection> {
        Some(why)
    }

    /// Takes a key, and the action that it is bound to.
    fn key(&mut self, key: KeyEvent, action: Option<Action>, model: &ModelRef<'_>) -> Vec<Event> {
        match action {
            None => self.typed(key, model),
            Some(Action::Cancel) => vec![Event::Close],
            Some(Action::Interrupt) => match self.field().filter(|field| !field.is_empty()) {
                Some(field) => {
                    field.clear();
                    self.field_changed(model)
                }
                None => vec![Event::Close],
            },
            Some(Action::Quit) => vec![Event::ConfirmExit(ExitKind::Quit)],
            Some(Action::Suspend) => vec![Event::ConfirmExit(ExitKind::Suspend)],
            Some(Action::Redraw) => vec![Event::Effect(Effect::Redraw)],
            Some(action) => match steps(action) {
                Some(by) if self.scroll(i64::from(by).saturating_neg(), model) => Vec::new(),
                Some(by) => self.step(isize::try_from(by).unwrap_or(0), model),
                None => self.act(action, model),
            },
        }
    }

    /// Takes a key that is bound to nothing.
    fn typed(&mut self, key: KeyEvent, model: &ModelRef<'_>) -> Vec<Event> {
        let Some(field) = self.field() else { return Vec::new() };
        let commands = KeyModifiers::CONTROL | KeyModifiers::ALT;
        let is_text = matches!(key.code, KeyCode::Char(_)) && !key.modifiers.intersects(commands);
        let is_changed = (!is_text || room(field) > 0) && field.key(key);
        if is_changed { self.field_changed(model) } else { Vec::new() }
    }

    /// Takes the first line of pasted text.
    fn pasted(&mut self, text: &str, model: &ModelRef<'_>) -> Vec<Event> {
        let Some(field) = self.field() else { return Vec::new() };
        let text = imported(text);
        let line = text.lines().next().unwrap_or_default();
        field.insert(&line.chars().take(room(field)).collect::<String>());
        self.field_changed(model)
    }

    /// Takes a click on an item: it selects, and on the selected item it opens.
    fn clicked(&mut self, index: usize, model: &ModelRef<'_>) -> Vec<Event> {
        match self.selected(model) {
            Some(selected) if selected == index => self.act(Action::Open, model),
            Some(selected) => self.step(index.cast_signed() - selected.cast_signed(), model),
            None => Vec::new(),
        }
    }

    /// Takes a turn of the wheel by so many rows, upwards where positive.
    fn wheel(&mut self, rows: i64, model: &ModelRef<'_>) -> Vec<Event> {
        if self.scroll(rows, model) { Vec::new() } else { self.step(if rows > 0 { -1 } else { 1 }, model) }
    }
}

/// How far an action moves down a list or a text.
fn steps(action: Action) -> Option<i32> {
    Some(match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -PAGE,
        Action::PageDown => PAGE,
        Action::First => -BEYOND_ANY_END,
        Action::Last => BEYOND_ANY_END,
        _ => return None,
    })
}

/// The characters that a field still takes.
fn room(field: &Composer) -> usize {
    FIELD_LIMIT.saturating_sub(field.text().chars().count())
}

/// A scroll position, moved by rows as far as rows do not fit.
pub fn scrolled(scroll: u16, rows: i64, model: &ModelRef<'_>) -> u16 {
    let overflow = model.layout.overflow;
    let wanted = i64::from(scroll).saturating_add(rows).clamp(0, i64::from(overflow));
    u16::try_from(wanted).unwrap_or(overflow)
}
