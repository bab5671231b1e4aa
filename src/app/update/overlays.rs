//! Passes input to the open overlay. A sentence in its field that it has no use for is kept when it closes.

use crossterm::event::KeyEvent;

use super::turn::Turn;
use crate::app::{
    event::{Event, ModelRef},
    keymap::Action,
    overlay::Component,
    state::Level,
};

impl Turn<'_> {
    /// Passes a key to the overlay. Its field shares what was killed last, unless it holds a secret.
    pub fn key_in_overlay(&mut self, key: KeyEvent, action: Option<Action>) {
        let mut killed = std::mem::take(&mut self.model.killed);
        self.with_overlay(|overlay, model| {
            if overlay.is_secret() {
                return overlay.key(key, action, model);
            }
            if let Some(field) = overlay.field() {
                std::mem::swap(&mut field.killed, &mut killed);
            }
            let events = overlay.key(key, action, model);
            if let Some(field) = overlay.field() {
                std::mem::swap(&mut field.killed, &mut killed);
            }
            events
        });
        self.model.killed = killed;
    }

    /// Lets the open overlay handle an input, applies its events, and closes the overlay if it is over.
    pub fn with_overlay(&mut self, take: impl FnOnce(&mut dyn Component, &ModelRef<'_>) -> Vec<Event>) {
        let Some(mut overlay) = self.model.overlay.take() else { return };
        let model = self.model.read_only();
        let component = overlay.component_mut();
        let events = take(component, &model);
        // If the overlay only closes, it has not used the text.
        let unused = if matches!(events[..], [Event::Close]) { unused_sentence(component, &model) } else { None };
        self.model.overlay = Some(overlay);
        self.apply(events);
        let model = self.model.read_only();
        if self.model.overlay.as_ref().is_some_and(|overlay| overlay.component().is_over(&model)) {
            self.model.overlay = None;
        }
        if let Some(text) = unused {
            self.model.chats.remember(&text);
            self.show_notice(Level::Info, "typed-kept");
        }
    }
}

/// What the user has typed into the field of an overlay, if it is a sentence and no answer there: they may have meant
/// it for a chat.
fn unused_sentence(overlay: &mut dyn Component, model: &ModelRef<'_>) -> Option<String> {
    let is_typed = overlay.field().is_some_and(|field| !field.is_held() && !field.is_untouched_draft());
    let is_unused = is_typed && overlay.finds_nothing(model);
    let text = overlay.field().filter(|_| is_unused)?.text();
    text.trim().contains(char::is_whitespace).then_some(text)
}
