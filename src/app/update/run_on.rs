//! Keys that move the focus or act, and what the user types on after them without looking.
//!
//! Where letters are keys, a letter that is followed by others without a pause belongs to a text that was meant for the
//! composer. So papo undoes what the first letter led to and ignores the others, until the user pauses.

use std::mem::{Discriminant, discriminant};

use crossterm::event::{KeyCode, KeyEvent};

use super::turn::Turn;
use crate::{
    app::{
        LocalizedText,
        event::Event,
        keymap::{Action, Context},
        localized,
        model::BeforeLetter,
        overlay::{Overlay, is_text},
        state::{About, Pane, View},
    },
    domain::Tick,
    text::truncate,
};

/// How much of an ignored text a notice shows.
const TYPED_COLUMNS: usize = 24;

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
        if let Some(letter) = self.model.attention.take_lone_letter(is_text(key), now) {
            self.dispatch(letter);
        }
        if self.model.attention.is_repetition(key, now) || self.runs_on(key) {
            return;
        }
        let before = self.place();
        // The welcome page passes text on to the composer.
        let is_tracked = self.model.view == View::Panes && !matches!(self.model.overlay, Some(Overlay::Welcome(_)));
        let is_answer = self.answers_question(key);
        let (context, asked) = (self.model.context(), self.place());
        let action = self.model.keymap.action(context, &key);
        let letter =
            if is_tracked && is_text(key) && !is_answer && !self.takes_text() { key.code.as_char() } else { None };
        if let Some(letter) = letter.filter(|_| acts_at_once(action)) {
            self.model.attention.letter_pressed(letter, name(asked, context), false, now);
            self.model.before_letter = None;
            return self.model.attention.hold_letter(key, now);
        }
        let screen = letter.map(|_| Box::new(self.before_letter()));
        if !is_answer {
            self.dispatch(key);
        }
        let after = self.place();
        if let Some(letter) = letter {
            let moved = asked != after;
            if moved {
                self.model.attention.focus_moved_by_key(key, now);
            }
            if !moved && only_moves(action) {
                self.model.attention.letter_moved(letter, now);
            }
            let leads_elsewhere = if moved { !after.is_list() } else { !only_moves(action) && is_acting(context) };
            if leads_elsewhere && !is_followed_by_text(action, letter) {
                let opens_prompt = moved && matches!(action, Some(Action::NewGroup | Action::StartChat));
                self.model.attention.letter_pressed(letter, name(asked, context), opens_prompt, now);
                // What a letter has done without leading elsewhere is not undone.
                self.model.before_letter = screen.filter(|_| moved);
            }
        } else if is_tracked && key.code == KeyCode::Enter && before != after && !before.is_composer() {
            self.model.attention.focus_moved_by_key(key, now);
        }
    }

    /// Returns whether letters are typed, not keys: into the composer or the field of an overlay. The welcome page
    /// passes them on to the composer.
    pub fn takes_text(&mut self) -> bool {
        let is_composer = self.model.is_in_composer();
        match &mut self.model.overlay {
            Some(Overlay::Welcome(_)) => true,
            Some(overlay) => overlay.component_mut().field().is_some(),
            None => is_composer,
        }
    }

    /// Carries out the letter that has waited for another one.
    pub fn lone_letter_acts(&mut self, now: Tick) {
        if self.model.attention.lone_letter_due().is_some_and(|due| due <= now)
            && let Some(letter) = self.model.attention.take_lone_letter(false, now)
        {
            self.dispatch(letter);
        }
    }

    /// Returns whether a text that runs on goes to the composer. In the manner of vim, it is unknown keys.
    pub fn takes_stray_text(&self) -> bool {
        self.model.overlay.is_none() && !self.model.keymap.is_modal()
    }

    /// Passes a text to the composer that was typed in a list, or on a selected message. Enter asks before it sends it.
    pub fn move_to_composer(&mut self, text: &str) {
        let place = name(self.place(), self.model.context());
        self.apply(vec![Event::Unchoose]);
        self.model.focus = Pane::Chat;
        self.model.before_letter = None;
        self.model.attention.end_run_on();
        let model = &mut *self.model;
        model.chats.put_held_away(model.now.tick);
        model.chats.begin_line(text, model.now.tick);
        model.attention.typed_in(place);
        self.show_remark(localized!("run-on-moved", place = LocalizedText::from(place)));
        self.model.notices.about(About::Begun(text.to_owned()));
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

    fn before_letter(&self) -> BeforeLetter {
        let model = &*self.model;
        BeforeLetter {
            overlay: model.overlay.clone(),
            focus: model.focus,
            chat: model.chats.active_chat().cloned(),
            chosen: model.chats.chosen(),
            composer: model.chats.composer().clone(),
            target: model.chats.active_tab().and_then(|tab| tab.compose_target.clone()),
            named: model.attention.last_named(),
        }
    }

    /// Brings back the screen before a letter: cancels the question, the reply or the edit, and closes the overlay.
    fn undo_letter(&mut self, before: BeforeLetter) {
        let now = self.model.now.tick;
        self.model.notices.end_question(now);
        self.model.attention.named_before(before.named);
        if self.model.chats.active_chat() == before.chat.as_ref() {
            if self.model.chats.composer().text() != before.composer.text() {
                *self.model.chats.edit(now) = before.composer;
            }
        } else {
            // The letter has put a text into the composer of another chat, to edit it.
            self.model.chats.clear_compose_target(now);
            let tab = self.model.chats.tabs().iter().position(|tab| Some(&tab.chat) == before.chat.as_ref());
            if let Some(tab) = tab {
                self.activate(tab);
            }
        }
        (self.model.overlay, self.model.focus) = (before.overlay, before.focus);
        if let Some(tab) = self.model.chats.active_tab_mut() {
            (tab.compose_target, tab.chosen) = (before.target, before.chosen);
        }
    }

    /// Records that a text was typed where letters are keys, although none of its letters had an effect.
    pub fn text_ran_on(&mut self, typed: &str) {
        let mut letters = typed.chars();
        let Some(first) = letters.next() else { return };
        let place = name(self.place(), self.model.context());
        self.model.attention.letter_pressed(first, place, false, self.model.now.tick);
        self.model.before_letter = None;
        for c in letters {
            self.runs_on(KeyEvent::from(KeyCode::Char(c)));
        }
    }

    /// Returns whether a key is ignored, because the user types on after a letter that was a key. The first such key
    /// undoes the letter.
    ///
    /// The text goes to the composer; in an overlay, or in the manner of vim, it is ignored. A prompt that the letter
    /// has opened takes the text: its name says what it is for, and people type the name at once. But Enter closes it if
    /// there was no pause since the letter, because then the text may be any sentence.
    pub fn runs_on(&mut self, key: KeyEvent) -> bool {
        if matches!(key.code, KeyCode::Modifier(_)) {
            return false;
        }
        let model = &mut *self.model;
        // In the manner of vim, the key of the composer always works: unknown keys are common before it.
        if model.keymap.is_modal() && model.keymap.action(model.context(), &key) == Some(Action::FocusChat) {
            model.attention.end_run_on();
            return false;
        }
        let is_typed = is_text(key) || key.code == KeyCode::Enter;
        let Some(run_on) = model.attention.runs_on(is_typed, model.now.tick) else { return false };
        if let KeyCode::Char(c) = key.code {
            run_on.typed.push(c);
        } else if run_on.typed.chars().count() < 2 {
            // A second Enter, or one that comes too early for a question.
            return true;
        }
        let is_prompt = run_on.is_in_prompt;
        if is_prompt && is_text(key) {
            return false;
        }
        run_on.is_in_prompt = false;
        let run_on = run_on.clone();
        if let Some(before) = model.before_letter.take() {
            self.undo_letter(*before);
        } else if run_on.notice.is_none() {
            model.attention.knows_chat();
        }
        if self.takes_stray_text() {
            self.move_to_composer(&(run_on.before + &run_on.typed));
            return true;
        }
        let model = &mut *self.model;
        let (text, place) = (truncate(&run_on.typed, TYPED_COLUMNS), model.language.translate(run_on.place));
        let key = model.keymap.name_of_key(model.context(), model.ways_to_composer());
        let way =
            if model.overlay.is_some() { localized!("run-on-closes", key) } else { localized!("run-on-leaves", key) };
        let notice = localized!("run-on", text, place, way);
        if let Some(number) = run_on.notice {
            let text = model.language.translate(notice);
            model.notices.reword(number, &text);
        } else if model.notices.question.is_none() {
            // A notice would not be seen behind a question.
            self.show_remark(notice);
            self.model.attention.run_on_reported(self.model.notices.count());
        }
        true
    }
}

/// Returns whether letters act in a context, instead of closing an overlay or moving in it.
fn is_acting(context: Context) -> bool {
    matches!(
        context,
        Context::Users | Context::Groups | Context::Inbox | Context::Messages | Context::Members | Context::Outbox
    )
}

/// Returns whether an action only moves to another item, so that the next key may follow at once.
fn only_moves(action: Option<Action>) -> bool {
    use Action::{
        Down, First, FocusChat, FocusGroups, FocusInbox, FocusUsers, HalfPageDown, HalfPageUp, Last, NextFound,
        PreviousFound, ToAnswered, Up,
    };
    matches!(
        action,
        Some(
            Up | Down
                | HalfPageUp
                | HalfPageDown
                | First
                | Last
                | NextFound
                | PreviousFound
                | ToAnswered
                | FocusUsers
                | FocusGroups
                | FocusInbox
                | FocusChat
        )
    )
}

/// Returns whether an action has an effect outside of the screen at once, which nothing undoes.
fn acts_at_once(action: Option<Action>) -> bool {
    matches!(action, Some(Action::OpenLink | Action::Copy))
}

/// Returns whether text is expected at once after a key: it begins a command or a search, or is a letter that gives the
/// composer the focus. A digit that does so may begin a sentence.
fn is_followed_by_text(action: Option<Action>, key: char) -> bool {
    match action {
        Some(Action::Command | Action::Help | Action::Search) => true,
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
