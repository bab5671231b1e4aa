//! What the user pressed last, and what changed on the screen by itself since: so that no key has an effect that the
//! user did not see coming.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::domain::{ChatId, Now, Tick, Timestamp};

/// How long after a question an Enter does not answer it yet: the user pressed it before they could read the question.
const UNREAD_QUESTION: Duration = Duration::from_millis(400);
/// How long after the active chat changed by itself no line is sent or run without a question.
const UNREAD_TITLE: Duration = Duration::from_millis(700);

/// Returns whether a question of the time `asked` was on the screen long enough to be answered.
pub fn is_read(asked: Tick, now: Tick) -> bool {
    read_by(asked) <= now
}

/// From when on a question of the time `asked` can be answered.
pub fn read_by(asked: Tick) -> Tick {
    asked + UNREAD_QUESTION
}

/// How another chat became active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// The user has chosen it.
    Chosen,
    /// The user went to the next or previous tab, where a draft was. In a shell these keys bring back lines.
    ToDraft,
    /// By itself, or in place of a closed one.
    ByItself,
}

/// The last input of the user, and what changed by itself.
#[derive(Debug, Default)]
pub struct Attention {
    /// A chat that the user asked for, which did not come to the front because they were busy.
    pub waiting: Option<ChatId>,
    last_input: Timestamp,
    /// When the active chat last changed in a way that the user may not have noticed, and how.
    switched: Option<(Switch, Tick)>,
    /// The key that moved the focus, and when it was last pressed.
    repeated: Option<(KeyCode, KeyModifiers, Tick)>,
    /// The letter that moved the focus, while the user types on.
    run_on: Option<RunOn>,
}

/// A printable key that was an action and moved the focus. Until the user pauses, what they type is not meant for the
/// new place: they may take the list for the composer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOn {
    /// The key.
    pub key: char,
    /// The language key of the place where it was an action.
    pub place: &'static str,
    last: Tick,
    is_reported: bool,
}

impl Attention {
    /// Records an input of the user.
    pub fn input(&mut self, now: Now) {
        self.last_input = now.wall;
    }

    /// Returns whether the user has pressed nothing since the start.
    pub fn is_untouched(&self) -> bool {
        self.is_idle_since(Timestamp::default())
    }

    /// Returns whether the user pressed nothing after `time`.
    pub fn is_idle_since(&self, time: Timestamp) -> bool {
        self.last_input <= time
    }

    /// Records that another chat became active.
    pub fn chat_changed(&mut self, switch: Switch, now: Tick) {
        self.switched = (switch != Switch::Chosen).then_some((switch, now));
    }

    /// Records that the user has changed the text in the composer.
    pub fn typed(&mut self) {
        self.switched.take_if(|(switch, _)| *switch == Switch::ToDraft);
    }

    /// Returns whether the active chat changed so recently that the user may not have noticed.
    pub fn is_title_new(&self, now: Tick) -> bool {
        self.title_read_by().is_some_and(|read| now < read)
    }

    /// When the user has noticed that the active chat changed.
    pub fn title_read_by(&self) -> Option<Tick> {
        self.switched.map(|(_, at)| at + UNREAD_TITLE)
    }

    /// Records that a key moved the focus. While the key is held down, its repetitions are not meant for the new place;
    /// see [`Self::is_repetition`].
    pub fn focus_moved_by_key(&mut self, key: KeyEvent, now: Tick) {
        self.repeated = Some((key.code, key.modifiers, now));
    }

    /// Returns whether a key only repeats the one that moved the focus, as when it is held down.
    pub fn is_repetition(&mut self, key: KeyEvent, now: Tick) -> bool {
        let is_same = self
            .repeated
            .is_some_and(|(code, modifiers, at)| (code, modifiers) == (key.code, key.modifiers) && !is_read(at, now));
        self.repeated = is_same.then_some((key.code, key.modifiers, now));
        is_same
    }

    /// Records that a printable key, an action in `place`, moved the focus.
    pub fn focus_moved_by_letter(&mut self, key: char, place: &'static str, now: Tick) {
        self.run_on = Some(RunOn { key, place, last: now, is_reported: false });
    }

    /// Returns the key that moved the focus if the next key follows it without a pause. `is_text`: the next key is
    /// printable, or Enter.
    pub fn runs_on(&mut self, is_text: bool, now: Tick) -> Option<RunOn> {
        self.run_on.take_if(|run_on| !is_text || is_read(run_on.last, now));
        let run_on = self.run_on.as_mut()?;
        run_on.last = now;
        Some(*run_on)
    }

    /// Records that a notice says that keys are ignored. Returns whether one said so before.
    pub fn report_run_on(&mut self) -> bool {
        self.run_on.as_mut().is_none_or(|run_on| std::mem::replace(&mut run_on.is_reported, true))
    }
}
