//! The trait that all overlays implement, with the behaviour that most of them share.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::app::{
    effect::Effect,
    event::{Event, ExitKind, ModelRef, info},
    keymap::{Action, Context},
    localized,
    rejection::Rejection,
    state::composer::{Composer, imported},
};

/// How many items or rows a page key moves.
const PAGE: i32 = 10;
/// More items or rows than any list or text has.
const BEYOND_ANY_END: i32 = 1 << 20;
/// The most characters that a one-line field holds: more than an ID, a group name or a sensible search needs. Overlays
/// process the whole text at each key, so it must stay short.
const FIELD_LIMIT: usize = 256;

/// An overlay. It ignores unknown actions, because their effect would be hidden behind the overlay.
pub trait Component {
    /// The context in which its keys are looked up.
    fn context(&self) -> Context {
        Context::List
    }

    /// The actions that the hints show, the most likely first.
    fn hints(&self) -> &'static [Action] {
        &[]
    }

    /// Carries out an action that is specific to this overlay.
    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event>;

    /// The text field that receives unbound keys; `None` if the overlay has none.
    fn field(&mut self) -> Option<&mut Composer> {
        None
    }

    /// Whether the text of the field is a secret, which no other field may insert.
    fn is_secret(&self) -> bool {
        false
    }

    /// Called after the text of the field changed.
    fn field_changed(&mut self, _model: &ModelRef<'_>) -> Vec<Event> {
        Vec::new()
    }

    /// Returns whether the text in the field is no answer, and finds nothing.
    fn finds_nothing(&self, _model: &ModelRef<'_>) -> bool {
        false
    }

    /// The index of the selected item in its list; `None` without a list or selection.
    fn selected(&self, _model: &ModelRef<'_>) -> Option<usize> {
        None
    }

    /// Moves the selection by `by` items, up if negative, but not beyond the ends of the list.
    fn step(&mut self, _by: isize, _model: &ModelRef<'_>) -> Vec<Event> {
        Vec::new()
    }

    /// Scrolls by `rows`, up if positive. Returns false if the overlay has a list instead of text to scroll.
    fn scroll(&mut self, _rows: i64, _model: &ModelRef<'_>) -> bool {
        false
    }

    /// Returns whether the overlay has nothing left to show and must close.
    fn is_over(&self, _model: &ModelRef<'_>) -> bool {
        false
    }

    /// Handles the key that cancels: closes the overlay, unless it first ends something else.
    fn cancel(&mut self, _model: &ModelRef<'_>) -> Vec<Event> {
        vec![Event::Close]
    }

    /// Called before a question or a command may replace the overlay.
    fn before_leaving(&mut self, _model: &ModelRef<'_>) -> Vec<Event> {
        Vec::new()
    }

    /// Called when one of the overlay's events was rejected. Returns the reason unless the overlay shows it itself.
    fn rejected(&mut self, why: Rejection) -> Option<Rejection> {
        Some(why)
    }

    /// Handles a key; `action` is the action that it is bound to. Esc cancels whatever it is bound to: in the composer
    /// it may be another action.
    fn key(&mut self, key: KeyEvent, action: Option<Action>, model: &ModelRef<'_>) -> Vec<Event> {
        bound_key(self, key, action, model)
    }

    /// The events that quit or suspend papo.
    fn question(&mut self, how: ExitKind, model: &ModelRef<'_>) -> Vec<Event> {
        self.before_leaving(model).into_iter().chain([Event::ConfirmExit(how)]).collect()
    }

    /// Handles an unbound key: the field receives it.
    fn typed(&mut self, key: KeyEvent, model: &ModelRef<'_>) -> Vec<Event> {
        type_into_field(self, key, model)
    }

    /// Inserts the first line of pasted text into the field.
    fn pasted(&mut self, text: &str, model: &ModelRef<'_>) -> Vec<Event> {
        let Some(field) = self.field() else { return Vec::new() };
        let text = imported(text);
        let line = text.lines().next().unwrap_or_default();
        field.insert(&line.chars().take(remaining_room(field)).collect::<String>());
        self.field_changed(model)
    }

    /// Handles a click on the item at `index`: selects the item, or opens it if it is selected already.
    fn clicked(&mut self, index: usize, model: &ModelRef<'_>) -> Vec<Event> {
        match self.selected(model) {
            Some(selected) if selected == index => self.act(Action::Open, model),
            Some(selected) => self.step(index.cast_signed() - selected.cast_signed(), model),
            None => Vec::new(),
        }
    }

    /// Handles a turn of the mouse wheel by `rows`, up if positive.
    fn wheel(&mut self, rows: i64, model: &ModelRef<'_>) -> Vec<Event> {
        if self.scroll(rows, model) { Vec::new() } else { self.step(if rows > 0 { -1 } else { 1 }, model) }
    }
}

/// Handles a key as most overlays do.
pub fn bound_key<C: Component + ?Sized>(
    overlay: &mut C,
    key: KeyEvent,
    action: Option<Action>,
    model: &ModelRef<'_>,
) -> Vec<Event> {
    match action {
        _ if key.code == KeyCode::Esc && key.modifiers.is_empty() => overlay.cancel(model),
        None => overlay.typed(key, model),
        Some(Action::Cancel) => overlay.cancel(model),
        Some(Action::Command) => overlay.before_leaving(model).into_iter().chain([Event::BeginCommand]).collect(),
        Some(Action::Interrupt) => match overlay.field().filter(|field| !field.is_empty()) {
            Some(field) => {
                field.clear();
                overlay.field_changed(model)
            }
            None => overlay.cancel(model),
        },
        Some(Action::Quit) => overlay.question(ExitKind::Quit, model),
        Some(Action::Suspend) => overlay.question(ExitKind::Suspend, model),
        Some(Action::Redraw) => vec![Event::Effect(Effect::Redraw)],
        Some(action) => match distance(action) {
            Some(by) if overlay.scroll(i64::from(by).saturating_neg(), model) => Vec::new(),
            Some(by) => overlay.step(isize::try_from(by).unwrap_or(0), model),
            None => overlay.act(action, model),
        },
    }
}

/// Passes a key to the field of an overlay. Without a field, a letter causes a notice that says how to close it.
pub fn type_into_field<C: Component + ?Sized>(overlay: &mut C, key: KeyEvent, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(field) = overlay.field() else {
        let close = model.keymap.name_of_key(overlay.context(), &[Action::Cancel]);
        return if is_text(key) { vec![info(localized!("overlay-no-field", key = close))] } else { Vec::new() };
    };
    let is_changed = (!is_text(key) || remaining_room(field) > 0) && field.key(key);
    if is_changed { overlay.field_changed(model) } else { Vec::new() }
}

/// Returns whether a key types a character.
pub fn is_text(key: KeyEvent) -> bool {
    let commands = KeyModifiers::CONTROL | KeyModifiers::ALT;
    matches!(key.code, KeyCode::Char(_)) && !key.modifiers.intersects(commands)
}

/// The items or rows that an action moves down, negative for up; `None` if it does not move.
fn distance(action: Action) -> Option<i32> {
    Some(match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -PAGE,
        Action::HalfPageUp => -PAGE / 2,
        Action::HalfPageDown => PAGE / 2,
        Action::PageDown => PAGE,
        Action::First => -BEYOND_ANY_END,
        Action::Last => BEYOND_ANY_END,
        _ => return None,
    })
}

/// How many more characters fit into a field. They replace a held text.
fn remaining_room(field: &Composer) -> usize {
    if field.is_held() {
        return FIELD_LIMIT;
    }
    FIELD_LIMIT.saturating_sub(field.text().chars().count())
}

/// The index of an item `by` items below another one, above if negative, limited to the ends of a list of `len` items.
pub fn stepped(index: usize, by: isize, len: usize) -> usize {
    index.saturating_add_signed(by).min(len.saturating_sub(1))
}

/// A scroll position after a move by `rows`, limited to the rows that do not fit on the screen.
pub fn scrolled(scroll: u16, rows: i64, model: &ModelRef<'_>) -> u16 {
    let overflow = model.layout.overflow;
    let wanted = i64::from(scroll).saturating_add(rows).clamp(0, i64::from(overflow));
    u16::try_from(wanted).unwrap_or(overflow)
}
