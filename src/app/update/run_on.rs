//! Keys that move the focus, and what the user types on after them without looking.

use std::mem::{Discriminant, discriminant};

use crossterm::event::{KeyCode, KeyEvent};

use super::turn::Turn;
use crate::app::{
    keymap::{Action, Context},
    localized,
    overlay::{Overlay, is_text},
    state::{Pane, View},
};

/// What receives the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    overlay: Option<Discriminant<Overlay>>,
    focus: Pane,
    has_chosen: bool,
    has_question: bool,
}

impl Place {
    fn is_composer(self) -> bool {
        self.overlay.is_none() && self.focus == Pane::Chat && !self.has_chosen
    }

    /// Returns whether letters only move here, or ask before they do more.
    fn is_list(self) -> bool {
        self.overlay.is_none() && self.focus != Pane::Chat && !self.has_question
    }
}

impl Turn<'_> {
    pub fn key(&mut self, key: KeyEvent) {
        let now = self.model.now.tick;
        if self.model.attention.is_repetition(key, now) || self.runs_on(key) {
            return;
        }
        let before = self.place();
        // The welcome page passes text on to the composer.
        let is_welcome = matches!(self.model.overlay, Some(Overlay::Welcome(_)));
        let context = self.model.context();
        let action = self.model.keymap.action(context, &key);
        if !self.answers_question(key) {
            self.dispatch(key);
        }
        let after = self.place();
        if before == after || is_welcome || self.model.view == View::Lines {
            return;
        }
        match key.code {
            KeyCode::Enter if !before.is_composer() => self.model.attention.focus_moved_by_key(key, now),
            KeyCode::Char(c) if is_text(key) && !before.is_composer() => {
                self.model.attention.focus_moved_by_key(key, now);
                if !after.is_list() && !is_followed_by_text(action, c) {
                    let place = name(before, context);
                    self.model.attention.focus_moved_by_letter(c, place, now);
                }
            }
            _ => {}
        }
    }

    fn place(&self) -> Place {
        let model = &*self.model;
        Place {
            overlay: model.overlay.as_ref().map(discriminant),
            focus: model.focus,
            has_chosen: model.focus == Pane::Chat && model.chats.chosen().is_some(),
            has_question: model.notices.question.is_some(),
        }
    }

    /// Returns whether a key is ignored, because the user types on after a letter that moved the focus.
    fn runs_on(&mut self, key: KeyEvent) -> bool {
        if matches!(key.code, KeyCode::Modifier(_)) {
            return false;
        }
        let is_typed = is_text(key) || key.code == KeyCode::Enter;
        let Some(run_on) = self.model.attention.runs_on(is_typed, self.model.now.tick) else { return false };
        // A notice would not be seen behind a question.
        if self.model.notices.question.is_none() && !self.model.attention.report_run_on() {
            let (key, place) = (run_on.key.to_string(), self.model.language.translate(run_on.place));
            self.show_remark(localized!("run-on", key, place));
        }
        true
    }
}

/// Returns whether text is expected at once after a key: it begins a command, a search or a reply, or is a letter that
/// gives the composer the focus. A digit that does so may begin a sentence.
fn is_followed_by_text(action: Option<Action>, key: char) -> bool {
    match action {
        Some(Action::Command | Action::Help | Action::Search | Action::Reply) => true,
        Some(Action::FocusChat) => !key.is_ascii_digit(),
        _ => false,
    }
}

/// The language key of the name of a place with keys that act.
fn name(place: Place, context: Context) -> &'static str {
    match (place.overlay, context) {
        (None, Context::Users) => "run-on-users",
        (None, Context::Groups) => "run-on-groups",
        (None, Context::Inbox) => "run-on-inbox",
        (None, _) => "run-on-message",
        (Some(_), Context::Outbox) => "run-on-outbox",
        (Some(_), _) => "run-on-overlay",
    }
}
