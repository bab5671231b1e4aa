//! What the user pressed last, and what changed on the screen by itself since: so that no key has an effect that the
//! user did not see coming.

use std::time::Duration;

use crossterm::event::KeyCode;

use crate::domain::{ChatId, Now, Tick, Timestamp};

/// How long after a question an Enter does not answer it yet: the user pressed it before they could read the question.
const UNREAD_QUESTION: Duration = Duration::from_millis(400);
/// How long after the active chat changed by itself no line is sent or run without a question.
const UNREAD_TITLE: Duration = Duration::from_millis(700);

/// Returns whether a question of the time `asked` was on the screen long enough to be answered.
pub fn is_read(asked: Tick, now: Tick) -> bool {
    now.since(asked) >= UNREAD_QUESTION
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
        self.switched.is_some_and(|(_, at)| now.since(at) < UNREAD_TITLE)
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
