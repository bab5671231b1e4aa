//! Keys that move the focus or act, and what the user types on after them without looking.
//!
//! Where letters are keys, a letter that is followed by others without a pause belongs to a text that was meant for the
//! composer. So papo undoes what the first letter led to, and moves the text to the composer. In an overlay, and with the
//! keys of vim, it ignores the text until the user pauses, and keeps it in the history.

use std::mem::{Discriminant, discriminant};

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{line::Certainty, turn::Turn};
use crate::{
    app::{
        LocalizedText,
        command::is_vim_keys,
        event::Event,
        keymap::{Action, Context},
        localized,
        model::BeforeLetter,
        overlay::{Overlay, is_text},
        state::{About, Composer, Pane, View, letters::RunOn},
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
    /// Handles a key. In the manner of vim, Alt and a letter without a meaning are Esc and that letter: a terminal sends
    /// the same bytes for both.
    pub fn key(&mut self, key: KeyEvent) {
        let model = &*self.model;
        let is_escaped = key.modifiers == KeyModifiers::ALT && matches!(key.code, KeyCode::Char(_));
        let is_unbound = || model.action(key).is_none() && !Composer::knows(key);
        if is_escaped && model.keymap.is_modal() && model.is_in_composer() && is_unbound() {
            self.single_key(KeyEvent::from(KeyCode::Esc));
            return self.single_key(KeyEvent::from(key.code));
        }
        self.single_key(key);
    }

    fn single_key(&mut self, key: KeyEvent) {
        let now = self.model.now.tick;
        if let Some(letter) = self.model.letters.take_lone_letter(is_text(key), now) {
            self.dispatch(letter);
        }
        if self.acts_doubled(key) {
            return;
        }
        if self.model.letters.is_repetition(key, now) || self.runs_on(key) {
            return;
        }
        let before = self.place();
        // The welcome page passes text on to the composer.
        let is_tracked = self.model.view == View::Panes && !matches!(self.model.overlay, Some(Overlay::Welcome(_)));
        let had_aside = self.model.chats.has_aside();
        let is_answer = self.answers_question(key);
        let (context, asked) = (self.model.context(), self.place());
        let action = self.model.keymap.action(context, &key);
        let letter =
            if is_tracked && is_text(key) && !is_answer && !self.takes_text() { key.code.as_char() } else { None };
        if let Some(letter) = letter.filter(|_| acts_at_once(action)) {
            self.letter_pressed(letter, name(asked, context), false, None);
            return self.model.letters.hold_letter(key, now);
        }
        let screen = letter.map(|_| Box::new(self.before_letter()));
        let notices = self.model.notices.count();
        if !is_answer {
            self.dispatch(key);
        }
        let after = self.place();
        if !asked.has_chosen && after.has_chosen {
            self.model.attention.message_chosen(now);
        }
        if let Some(letter) = letter {
            let moved = asked != after;
            let is_text_next = is_followed_by_text(action, letter);
            // The text may begin with the same letter as the key of the composer. The slash begins one command.
            let begins_text = asked.has_chosen
                && asked.overlay.is_none()
                && after.is_composer()
                && matches!(action, Some(Action::Reply | Action::Edit))
                && self.model.attention.sees_chosen(now);
            if moved && !begins_text && !(is_text_next && goes_to_composer(action)) {
                self.model.letters.ignore_repetitions(key, now);
            }
            let place = name(asked, context);
            let only_moves = if moved { after.is_list() } else { only_moves(action) };
            if only_moves {
                if self.model.letters.letter_moved(letter, place, now) || self.model.before_letter.is_none() {
                    self.model.before_letter = screen.filter(|_| moved);
                }
            } else if begins_text {
                self.model.attention.begun_by(letter, action == Some(Action::Edit), now);
            } else if !is_text_next {
                let opens_prompt = moved && matches!(action, Some(Action::NewGroup | Action::StartChat));
                let changes_inbox = |before: &BeforeLetter| before.inbox.view != self.model.inbox.view;
                // What else a letter has done without leading elsewhere is not undone.
                let screen = screen.filter(|before| moved || changes_inbox(before));
                self.letter_pressed(letter, place, opens_prompt, screen);
                let is_explained = action.is_none() && self.model.notices.count() > notices;
                if let Some(run_on) = self.model.letters.run_on_mut().filter(|_| is_explained) {
                    run_on.explained = Some(self.model.notices.count());
                }
            }
        } else if is_tracked && key.code == KeyCode::Enter {
            let is_left = before != after && !before.is_composer();
            // A draft that came back is not meant for the same Enter.
            if is_left || (had_aside && !self.model.chats.has_aside()) {
                self.model.letters.ignore_repetitions(key, now);
            }
        }
    }

    /// Records a letter that was a key; `screen` is what there was before it. What there was before a digit that the
    /// text begins with stays known.
    fn letter_pressed(
        &mut self,
        letter: char,
        place: &'static str,
        opens_prompt: bool,
        screen: Option<Box<BeforeLetter>>,
    ) {
        let model = &mut *self.model;
        let begins = model.letters.letter_pressed(letter, place, opens_prompt, model.now.tick);
        if begins || model.before_letter.is_none() {
            model.before_letter = screen;
        }
    }

    /// Carries out the action of a letter that is pressed twice. Returns false if the keymap has none.
    fn acts_doubled(&mut self, key: KeyEvent) -> bool {
        let model = &*self.model;
        let is_doubled = |c| is_text(key) && model.letters.is_doubled(c, model.now.tick);
        let Some(action) = key.code.as_char().filter(|c| is_doubled(*c)).and_then(|_| self.doubled(key)) else {
            return false;
        };
        self.end_run_on();
        if let Some(before) = self.model.before_letter.take() {
            self.undo_letter(*before);
        }
        self.act(action);
        true
    }

    fn doubled(&self, key: KeyEvent) -> Option<Action> {
        let is_acting = key.kind == KeyEventKind::Press && self.model.overlay.is_none();
        self.model.keymap.doubled(self.model.context(), &key).filter(|_| is_acting)
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
        if self.model.letters.lone_letter_due().is_some_and(|due| due <= now)
            && let Some(letter) = self.model.letters.take_lone_letter(false, now)
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
        self.model.letters.end_run_on();
        let model = &mut *self.model;
        model.chats.put_held_away(model.now.tick);
        model.chats.begin_line(text, model.now.tick);
        model.attention.typed_in(place);
        let notice = if model.chats.has_aside() {
            "run-on-moved-before-draft".into()
        } else {
            localized!("run-on-moved", place = LocalizedText::from(place))
        };
        self.show_remark(notice);
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
            inbox: model.inbox.clone(),
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
        self.model.inbox = before.inbox;
        if let Some(tab) = self.model.chats.active_tab_mut() {
            (tab.compose_target, tab.chosen) = (before.target, before.chosen);
        }
    }

    /// Records that a text was typed where letters are keys, although none of its letters had an effect.
    pub fn text_ran_on(&mut self, typed: &str) {
        let mut letters = typed.chars();
        let Some(first) = letters.next() else { return };
        let place = name(self.place(), self.model.context());
        self.model.before_letter = None;
        self.letter_pressed(first, place, false, None);
        for c in letters {
            self.runs_on(KeyEvent::from(KeyCode::Char(c)));
        }
    }

    /// Returns whether a key was handled as part of a text that runs on after a letter that was a key. The first such
    /// key undoes the letter.
    ///
    /// The text goes to the composer; in an overlay, or in the manner of vim, it is ignored and kept. A prompt that the
    /// letter has opened takes the text: its name says what it is for, and people type the name at once. Enter after a
    /// name answers the prompt. A text with a blank is a sentence, which Enter moves to the composer.
    pub fn runs_on(&mut self, key: KeyEvent) -> bool {
        if matches!(key.code, KeyCode::Modifier(_)) {
            return false;
        }
        let model = &mut *self.model;
        if !is_text(key) {
            model.letters.forget_moves();
        }
        // In the manner of vim, the key of the composer always works: unknown keys are common before it.
        if model.keymap.is_modal() && goes_to_composer(model.keymap.action(model.context(), &key)) {
            model.attention.reach_composer(model.letters.place_of_text(model.now.tick), model.now.tick);
            self.end_run_on();
            return false;
        }
        let is_typed = is_text(key) || key.code == KeyCode::Enter;
        if let Some(ended) = model.letters.ended_run_on(is_typed, model.now.tick) {
            self.keep_ignored(&ended);
        }
        let model = &mut *self.model;
        let Some(run_on) = model.letters.runs_on(model.now.tick) else { return false };
        if let KeyCode::Char(c) = key.code {
            run_on.push(c);
        } else if !run_on.is_text() {
            // A second Enter, or one that comes too early for a question.
            return true;
        }
        // A prompt takes a name. Enter answers it, and nothing reaches others without a question.
        if run_on.is_in_prompt && key.code == KeyCode::Enter && run_on.is_name() {
            self.model.letters.end_run_on();
            return false;
        }
        // After a digit, a blank is part of a sentence, not of a name.
        let is_sentence = key.code == KeyCode::Char(' ') && !run_on.before.is_empty();
        if run_on.is_in_prompt && is_text(key) && !is_sentence {
            return false;
        }
        run_on.is_in_prompt = false;
        let run_on = run_on.clone();
        if let Some(before) = model.before_letter.take() {
            self.undo_letter(*before);
        } else if run_on.notice.is_none() {
            model.attention.knows_chat();
        }
        if let Some(notice) = run_on.explained {
            self.model.notices.take_back(notice);
        }
        if self.takes_stray_text() {
            self.move_to_composer(&run_on.text());
            if key.code == KeyCode::Enter {
                self.enter(Certainty::MayAsk);
            }
        } else if self.model.keymap.is_modal() && is_vim_keys(&run_on.typed) {
            self.model.letters.end_run_on();
        } else {
            self.ignore_text(&run_on, key.code == KeyCode::Enter);
        }
        true
    }

    /// Says that a text is ignored. Enter ends it, and the text that follows is another one.
    fn ignore_text(&mut self, run_on: &RunOn, is_ended: bool) {
        let model = &mut *self.model;
        let (text, place) = (truncate(&run_on.text(), TYPED_COLUMNS), model.language.translate(run_on.place));
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
            if let Some(run_on) = self.model.letters.run_on_mut() {
                run_on.notice = Some(self.model.notices.count());
            }
        }
        self.model.letters.run_on_ignored(is_ended);
        if is_ended {
            self.keep_text(&run_on.text());
        }
    }

    /// Ends the text that runs on, because the user turned to something else.
    pub fn end_run_on(&mut self) {
        if let Some(ended) = self.model.letters.end_run_on() {
            self.keep_ignored(&ended);
        }
    }

    fn keep_ignored(&mut self, ended: &RunOn) {
        if ended.is_ignored {
            self.keep_text(&ended.text());
        }
    }

    /// Adds a text that was ignored to the lines sent from the composer, so that the user can bring it back.
    fn keep_text(&mut self, text: &str) {
        let text = text.trim();
        if text.chars().nth(1).is_some() {
            self.model.chats.remember(text);
        }
    }
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
        _ => goes_to_composer(action) && !key.is_ascii_digit(),
    }
}

/// Returns whether an action gives the composer the focus, to write there.
fn goes_to_composer(action: Option<Action>) -> bool {
    matches!(action, Some(Action::FocusChat | Action::ChangeLine))
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
