//! What the user pressed last, and what changed on the screen by itself since: so that no key has an effect that the
//! user did not see coming.

use std::{collections::BTreeSet, time::Duration};

use crate::domain::{ChatId, MessageId, Now, Tick, Timestamp};

/// How long after a question an Enter does not answer it yet: the user pressed it before they could read the question.
pub(super) const UNREAD_QUESTION: Duration = Duration::from_millis(400);
/// How long after the active chat changed by itself the user may begin a line without having seen that.
const UNSEEN_TITLE: Duration = Duration::from_secs(2);
/// How long the user who has typed a text where letters are keys must pause before letters are keys again.
pub(super) const END_OF_TEXT: Duration = Duration::from_millis(1_500);
/// How far the time of a request may be ahead of the clock: papo makes these times unique.
const UNIQUE_TIME_AHEAD: Duration = Duration::from_millis(100);
/// How long after the active chat changed by itself no line is sent or run without a question.
const UNREAD_TITLE: Duration = Duration::from_millis(700);
/// How long the user may take another chat than the one that they named for that one.
const NAMED: Duration = Duration::from_secs(10);

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
    /// The user went to the next or previous tab.
    Step,
    /// The user accepted a request, which opened it.
    Opened,
    /// By itself, or in place of a closed one.
    ByItself,
}

/// The last input of the user, and what changed by itself.
#[derive(Debug, Default)]
pub struct Attention {
    /// A chat that the user asked for, which did not come to the front because they were busy.
    pub waiting: Option<ChatId>,
    /// The requests that the user made on this screen. Those of scripts and of earlier runs are not among them.
    pub asked: BTreeSet<MessageId>,
    started: Timestamp,
    /// `None` before the first input.
    last_input: Option<Now>,
    /// When the active chat last changed other than by the choice of the user, and how.
    switched: Option<(Switch, Tick)>,
    /// Whether no chat was active before that, so that no line can be meant for another one.
    is_first: bool,
    /// The chat that the user named last to go there, as they typed it, and when.
    named: Option<(String, Tick)>,
    /// What the user may have got wrong about the line in the composer, until they confirm or clear it.
    doubt: Option<Doubt>,
    /// The place where letters are keys that the user left with such a letter in the middle of a text, and when.
    reached_in_text: Option<(&'static str, Tick)>,
    /// When the user began to choose a message.
    chosen: Option<Tick>,
    /// The doubt about a text that follows the key of a reply or an edit at once, and when that was pressed; until the
    /// text changes.
    begun: Option<(Doubt, Tick)>,
    /// When the user began the line in the composer.
    line_begun: Timestamp,
    /// Whether the user has answered a request with a key of the inbox, and written nothing since.
    answered_in_inbox: bool,
    /// The chat that the user left with a key of the tabs while they wrote a line. Elsewhere such keys move by a word.
    left: Option<ChatId>,
    /// Whether the user has confirmed that they know these keys.
    knows_tab_keys: bool,
}

/// Why a line may be meant for another place than the active chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It was begun just after the chat came to the front by itself.
    UnseenTitle,
    /// It was typed in a place where letters are keys, whose language key this is.
    TypedIn(&'static str),
    /// It was typed right after this key, which began a reply, or an edit if `is_edit`.
    Begun {
        /// The key.
        key: char,
        /// Whether it began an edit.
        is_edit: bool,
    },
    /// It was begun with a text that cancelled a question. `needed_name`: only a name would have confirmed it.
    Answered {
        /// Whether only a name would have confirmed the question.
        needed_name: bool,
    },
}

impl Attention {
    /// Nothing is pressed yet in a run that starts `now`. What the user asked for in an earlier run, they asked before.
    pub fn new(now: Now) -> Self {
        Self { started: now.wall, ..Self::default() }
    }

    /// Records an input of the user.
    pub fn input(&mut self, now: Now) {
        self.last_input = Some(now);
    }

    /// Returns whether the user has pressed nothing since the start.
    pub fn is_untouched(&self) -> bool {
        self.last_input.is_none()
    }

    /// Returns whether the user pressed nothing after `time`, which is in this run.
    pub fn is_idle_since(&self, time: Timestamp) -> bool {
        self.last_input.map_or(self.started, |input| input.wall) <= time
    }

    /// When the user has paused after the last input, so that the next one is not the rest of a text; `now` before the
    /// first input.
    pub fn paused_by(&self, now: Tick) -> Tick {
        self.last_input.map_or(now, |input| read_by(input.tick))
    }

    /// Returns whether the user may be about to type when a prompt closes by itself: its closing does not follow from
    /// the last input.
    pub fn is_away(&self, now: Tick) -> bool {
        self.last_input.is_none_or(|input| input.tick + UNSEEN_TITLE < now)
    }

    /// Records that another chat became active. `is_first`: none was active before.
    pub fn chat_changed(&mut self, switch: Switch, is_first: bool, now: Tick) {
        self.switched = matches!(switch, Switch::ByItself | Switch::Opened).then_some((switch, now));
        self.is_first = is_first;
    }

    /// Records that the user wants to go to a chat, named by a command, a key or a question.
    pub fn named(&mut self, name: impl Into<String>, now: Tick) {
        self.named = Some((name.into(), now));
    }

    /// The chat that the user named last, to bring it back with [`Self::named_before`].
    pub fn last_named(&self) -> Option<(String, Tick)> {
        self.named.clone()
    }

    /// Brings back the chat that the user had named before a key that is undone.
    pub fn named_before(&mut self, named: Option<(String, Tick)>) {
        self.named = named;
    }

    /// Forgets the chat that the user named.
    pub fn forget_named(&mut self) {
        self.named = None;
    }

    /// Records that the user has gone to a chat, or has confirmed where a line goes.
    pub fn knows_chat(&mut self) {
        (self.named, self.doubt) = (None, None);
    }

    /// The chat that the user named a moment ago, if it is another one than `active`. They may take that one for it.
    pub fn named_instead_of(&self, active: &ChatId, now: Tick) -> Option<&str> {
        let (name, at) = self.named.as_ref()?;
        let is_active = name.trim_start_matches('#') == active.to_string().trim_start_matches('#');
        (!is_active && now < *at + NAMED).then_some(name)
    }

    /// Records that the user has changed the text in the composer. `begins`: there was none before, or is none now.
    pub fn typed(&mut self, begins: bool, Now { tick: now, wall }: Now) {
        let in_text = self.reached_in_text.take().filter(|(_, at)| now < *at + END_OF_TEXT);
        let begun = self.begun.take().filter(|(_, at)| !is_read(*at, now));
        let doubt = in_text.map(|(place, _)| Doubt::TypedIn(place));
        let doubt = doubt.or(begun.map(|(doubt, _)| doubt));
        if begins || doubt.is_some() {
            self.doubt = doubt;
        }
        if begins {
            self.line_begins(wall);
        }
        let is_unseen = |(switch, at): (Switch, Tick)| switch == Switch::ByItself && now < at + UNSEEN_TITLE;
        if begins && !self.is_first && self.switched.is_some_and(is_unseen) {
            self.doubt = Some(Doubt::UnseenTitle);
        }
    }

    /// Records that the text in the composer was typed in `place`, where letters are keys.
    pub fn typed_in(&mut self, place: &'static str) {
        self.doubt = Some(Doubt::TypedIn(place));
    }

    /// Records that a letter in the middle of a text that was typed in `place` was the key of the composer; `None`:
    /// there was no such text.
    pub fn reach_composer(&mut self, place: Option<&'static str>, now: Tick) {
        self.reached_in_text = place.map(|place| (place, now));
    }

    /// Records that the text in the composer begins with one that cancelled a question. An earlier doubt stays.
    pub fn typed_as_answer(&mut self, needed_name: bool) {
        self.doubt.get_or_insert(Doubt::Answered { needed_name });
    }

    /// Forgets the doubt about a line that was sent, run or deleted.
    pub fn forget_doubt(&mut self) {
        (self.doubt, self.answered_in_inbox) = (None, false);
    }

    /// Records that the user began to choose a message.
    pub fn message_chosen(&mut self, now: Tick) {
        self.chosen = Some(now);
    }

    /// Returns whether the user has seen that a message is chosen, so that letters are keys.
    pub fn sees_chosen(&self, now: Tick) -> bool {
        self.chosen.is_some_and(|at| is_read(at, now))
    }

    /// Records that a letter began a reply, or an edit if `is_edit`. A text that follows at once may begin with it.
    pub fn begun_by(&mut self, key: char, is_edit: bool, now: Tick) {
        self.begun = Some((Doubt::Begun { key, is_edit }, now));
    }

    /// Records when the user begins a line.
    pub fn line_begins(&mut self, now: Timestamp) {
        self.line_begun = now;
    }

    /// Returns whether a request of this `time` came after the user began the line.
    pub fn came_after_line(&self, time: Timestamp) -> bool {
        time > self.line_begun + UNIQUE_TIME_AHEAD
    }

    /// Records that the user has answered a request with a key of the inbox.
    pub fn answered_in_inbox(&mut self) {
        self.answered_in_inbox = true;
    }

    /// Returns whether a line may be a key of the inbox: a single letter after an answer there.
    pub fn may_be_answer(&self, line: &str) -> bool {
        self.answered_in_inbox && line.trim().chars().nth(1).is_none()
    }

    /// Records that the user went from `chat` to the next or previous tab while they wrote a line. Returns whether they
    /// may have meant to move by a word.
    pub fn left_line(&mut self, chat: ChatId) -> bool {
        if !self.knows_tab_keys {
            self.left = Some(chat);
        }
        !self.knows_tab_keys
    }

    /// The chat with the line that the user left with a key of the tabs.
    pub fn left(&self) -> Option<&ChatId> {
        self.left.as_ref()
    }

    /// Forgets the line that the user left, because they have chosen a chat.
    pub fn forget_left(&mut self) {
        self.left = None;
    }

    /// Records that the user knows where a line goes although they had left another one.
    pub fn confirmed_left(&mut self) {
        (self.left, self.knows_tab_keys) = (None, true);
    }

    /// What the user may have got wrong about the line in the composer.
    pub fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }

    /// Returns whether the active chat changed so recently that the user may not have noticed.
    pub fn is_title_new(&self, now: Tick) -> bool {
        self.title_read_by().is_some_and(|read| now < read)
    }

    /// When the user has noticed that the active chat changed.
    pub fn title_read_by(&self) -> Option<Tick> {
        self.switched.map(|(_, at)| at + UNREAD_TITLE)
    }
}
