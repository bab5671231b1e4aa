//! What the user pressed last, and what changed on the screen by itself since: so that no key has an effect that the
//! user did not see coming.

use std::time::Duration;

use crossterm::event::KeyCode;

use crate::domain::{ChatId, Now, Tick, Timestamp};

/// How long after a question an Enter does not answer it yet: the user pressed it before they could read the question.
const UNREAD_QUESTION: Duration = Duration::from_millis(400);
/// How long after the active chat changed by itself a message is not sent without a question.
const UNREAD_TITLE: Duration = Duration::from_millis(700);

/// Returns whether a question of the time `asked` was on the screen long enough to be answered.
pub fn is_read(asked: Tick, now: Tick) -> bool {
    read_by(asked) <= now
}

/// From when on a question of the time `asked` can be answered.
pub fn read_by(asked: Tick) -> Tick {
    asked + UNREAD_QUESTION
}

/// The last input of the user, and what changed by itself.
#[derive(Debug, Default)]
pub struct Attention {
    /// A chat that the user asked for, which did not come to the front because they were busy.
    pub waiting: Option<ChatId>,
    last_input: Timestamp,
    /// When the active chat last changed by itself, unless the user has switched since.
    switched: Option<Tick>,
    /// The key that gave the composer the focus, and when it was last pressed.
    repeated: Option<(KeyCode, Tick)>,
}

impl Attention {
    /// Records an input of the user.
    pub fn input(&mut self, now: Now) {
        self.last_input = now.wall;
    }

    /// Returns whether the user pressed nothing after `time`.
    pub fn is_idle_since(&self, time: Timestamp) -> bool {
        self.last_input <= time
    }

    /// Records that another chat became active, by itself or because the user switched.
    pub fn chat_changed(&mut self, by_user: bool, now: Tick) {
        self.switched = (!by_user).then_some(now);
    }

    /// Returns whether the active chat changed by itself so recently that the user may not have seen it.
    pub fn is_title_new(&self, now: Tick) -> bool {
        self.title_read_by().is_some_and(|read| now < read)
    }

    /// When the user has seen that the active chat changed by itself.
    pub fn title_read_by(&self) -> Option<Tick> {
        self.switched.map(|at| at + UNREAD_TITLE)
    }

    /// Records that a key gave the composer the focus. Until [`Self::is_repetition`] says otherwise, the same key is
    /// not for the composer.
    pub fn key_led_to_composer(&mut self, key: KeyCode, now: Tick) {
        self.repeated = Some((key, now));
    }

    /// Returns whether a key only repeats the one that gave the composer the focus, as when it is held down.
    pub fn is_repetition(&mut self, key: KeyCode, now: Tick) -> bool {
        let is_same = self.repeated.is_some_and(|(first, at)| first == key && !is_read(at, now));
        self.repeated = is_same.then_some((key, now));
        is_same
    }
}
