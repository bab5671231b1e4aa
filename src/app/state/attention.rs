//! What the user pressed last, and what changed on the screen by itself since: so that no key has an effect that the
//! user did not see coming.

use std::{collections::BTreeSet, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::domain::{ChatId, MessageId, Now, Tick, Timestamp};

/// How long after a question an Enter does not answer it yet: the user pressed it before they could read the question.
const UNREAD_QUESTION: Duration = Duration::from_millis(400);
/// How long a letter that acts at once, and that cannot be undone, waits for another one: two are a text.
const LONE_LETTER: Duration = Duration::from_millis(300);
/// How long after the active chat changed by itself the user may begin a line without having seen that.
const UNSEEN_TITLE: Duration = Duration::from_secs(2);
/// How long the user who has typed a text where letters are keys must pause before letters are keys again.
const END_OF_TEXT: Duration = Duration::from_millis(1_500);
/// How far a time may be ahead of the clock, to be unique.
const UNIQUE: Duration = Duration::from_millis(100);
/// How soon after a letter another one belongs to the same word.
const SAME_WORD: Duration = Duration::from_millis(250);
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
    last_input: Option<Timestamp>,
    /// When the active chat last changed other than by the choice of the user, and how.
    switched: Option<(Switch, Tick)>,
    /// Whether no chat was active before that, so that no line can be meant for another one.
    is_first: bool,
    /// The chat that the user named last to go there, as they typed it, and when.
    named: Option<(String, Tick)>,
    /// The key that moved the focus, and when it was last pressed.
    repeated: Option<(KeyCode, KeyModifiers, Tick)>,
    /// The letter that was a key, while the user types on.
    run_on: Option<RunOn>,
    /// The letters that only moved in a list, or to another one.
    moves: Option<Moves>,
    /// A letter that acts at once, while another one may follow; and when it acts.
    lone_letter: Option<(KeyEvent, Tick)>,
    /// What the user may have got wrong about the line in the composer, until they confirm or clear it.
    doubt: Option<Doubt>,
    /// The place where letters are keys that the user left with such a letter in the middle of a text, and when.
    reached_in_text: Option<(&'static str, Tick)>,
    /// When the user began to choose a message.
    chosen: Option<Tick>,
    /// The key that began a reply or an edit, and whether it was an edit, and when; until the next key.
    begun: Option<(char, bool, Tick)>,
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

/// A printable key that was pressed where letters are keys, and what follows it. Until the user pauses, what they type
/// is not meant as keys: they may take the list for the composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOn {
    /// The language key of the place where the letter was a key.
    pub place: &'static str,
    /// True while a prompt that the key has opened takes the text.
    pub is_in_prompt: bool,
    /// What came before the key without a pause and only moved: digits and a letter. Letters before that were keys.
    pub before: String,
    /// The text so far, from the key on.
    pub typed: String,
    /// The number of the notice that says that the first letter is no key here.
    pub explained: Option<u64>,
    /// Whether the text is ignored, instead of going to the composer.
    pub is_ignored: bool,
    /// The number of the notice that says that the text is ignored.
    pub notice: Option<u64>,
    /// How often the key was repeated after it had moved the focus.
    repetitions: usize,
    last: Tick,
}

impl RunOn {
    /// All of the text.
    pub fn text(&self) -> String {
        format!("{}{}", self.before, self.typed)
    }

    /// Adds a character. If one follows, the repetitions of the first one belong to the text, too.
    pub fn push(&mut self, c: char) {
        let repeated = self.typed.repeat(std::mem::take(&mut self.repetitions));
        self.typed.push_str(&repeated);
        self.typed.push(c);
    }

    /// Returns whether it is a text by now. A single letter may be a key. After a digit, a blank is none.
    pub fn is_text(&self) -> bool {
        self.typed.chars().nth(1).is_some() || (self.typed == " " && !self.before.is_empty())
    }

    /// Returns whether what follows the key may be a name.
    pub fn is_name(&self) -> bool {
        self.before.is_empty() && !self.typed.contains(' ')
    }

    /// How long a pause ends the text. The one after a word is longer than that after a key.
    fn pause(&self) -> Duration {
        let is_key = self.is_in_prompt || !(self.is_text() || self.is_ignored);
        if is_key { UNREAD_QUESTION } else { END_OF_TEXT }
    }

    fn is_over(&self, now: Tick) -> bool {
        self.last + self.pause() <= now
    }
}

/// Letters that only moved, without a pause between them.
#[derive(Debug)]
struct Moves {
    letters: String,
    /// The language key of the place where the first one was pressed.
    place: &'static str,
    last: Tick,
}

impl Moves {
    /// The letters that a text may begin with: several digits, or else the last letter. Those before it were keys.
    fn of_text(&self) -> String {
        let moves = self.letters.chars().filter(|letter| !letter.is_ascii_digit()).count();
        let skipped = if moves > 1 { self.letters.chars().count() - 1 } else { 0 };
        self.letters.chars().skip(skipped).collect()
    }
}

impl Attention {
    /// Nothing is pressed yet in a run that starts `now`. What the user asked for in an earlier run, they asked before.
    pub fn new(now: Now) -> Self {
        Self { started: now.wall, ..Self::default() }
    }

    /// Records an input of the user.
    pub fn input(&mut self, now: Now) {
        self.last_input = Some(now.wall);
    }

    /// Returns whether the user has pressed nothing since the start.
    pub fn is_untouched(&self) -> bool {
        self.last_input.is_none()
    }

    /// Returns whether the user pressed nothing after `time`, which is in this run.
    pub fn is_idle_since(&self, time: Timestamp) -> bool {
        self.last_input.unwrap_or(self.started) <= time
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
    pub fn typed(&mut self, begins: bool, now: Tick) {
        let in_text = self.reached_in_text.take().filter(|(_, at)| now < *at + END_OF_TEXT);
        let begun = self.begun.take().filter(|(_, _, at)| !is_read(*at, now));
        let doubt = in_text.map(|(place, _)| Doubt::TypedIn(place));
        let doubt = doubt.or(begun.map(|(key, is_edit, _)| Doubt::Begun { key, is_edit }));
        if begins || doubt.is_some() {
            self.doubt = doubt;
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

    /// Records that a letter in the middle of a text, if there is one, was the key of the composer.
    pub fn reach_composer(&mut self, now: Tick) {
        let text = self
            .run_on
            .as_ref()
            .filter(|run_on| now < run_on.last + if run_on.is_text() { run_on.pause() } else { SAME_WORD });
        self.reached_in_text = text.map(|run_on| (run_on.place, now));
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
        self.begun = Some((key, is_edit, now));
    }

    /// Records when the user begins a line.
    pub fn line_begins(&mut self, now: Timestamp) {
        self.line_begun = now;
    }

    /// Returns whether something came after the user began the line. Times of requests are unique, and may be a few
    /// milliseconds ahead.
    pub fn came_after_line(&self, time: Timestamp) -> bool {
        time > self.line_begun + UNIQUE
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
        if is_same && let KeyCode::Char(c) = key.code {
            // Two equal letters may begin a text.
            if let Some(run_on) = &mut self.run_on {
                run_on.repetitions += usize::from(!run_on.is_text());
                run_on.last = now;
            } else if let Some(moves) = &mut self.moves {
                moves.letters.push(c);
                moves.last = now;
            }
        }
        is_same
    }

    /// Records a printable key that was pressed in `place`, where letters are keys. `is_in_prompt`: it has opened a
    /// prompt that takes the text. Returns whether the text begins here, not with keys that only moved.
    pub fn letter_pressed(&mut self, key: char, place: &'static str, is_in_prompt: bool, now: Tick) -> bool {
        let moves = self.moves.take().filter(|moves| !is_read(moves.last, now));
        let begins = moves.is_none();
        let (before, place) = moves.map_or_else(|| (String::new(), place), |moves| (moves.of_text(), moves.place));
        self.run_on = Some(RunOn {
            place,
            is_in_prompt,
            before,
            typed: key.to_string(),
            explained: None,
            is_ignored: false,
            notice: None,
            repetitions: 0,
            last: now,
        });
        begins
    }

    /// Records a letter that only moved, and was pressed in `place`. Returns whether it is the first one.
    pub fn letter_moved(&mut self, key: char, place: &'static str, now: Tick) -> bool {
        let moves = self.moves.take().filter(|moves| !is_read(moves.last, now));
        let is_first = moves.is_none();
        let mut moves = moves.unwrap_or_else(|| Moves { letters: String::new(), place, last: now });
        moves.letters.push(key);
        moves.last = now;
        self.moves = Some(moves);
        is_first
    }

    /// Forgets the letters that only moved: the next one is not typed on after them.
    pub fn forget_moves(&mut self) {
        self.moves = None;
    }

    /// Returns whether a letter follows the same one, which was a key, without a pause.
    pub fn is_doubled(&self, key: char, now: Tick) -> bool {
        let run_on = self.run_on.as_ref().filter(|run_on| !run_on.is_in_prompt && !run_on.is_over(now));
        run_on.is_some_and(|run_on| run_on.before.is_empty() && run_on.typed.chars().eq([key]))
    }

    /// Lets a letter that acts at once wait for another one.
    pub fn hold_letter(&mut self, key: KeyEvent, now: Tick) {
        self.lone_letter = Some((key, now + LONE_LETTER));
    }

    /// When the letter that waits acts.
    pub fn lone_letter_due(&self) -> Option<Tick> {
        self.lone_letter.map(|(_, due)| due)
    }

    /// The letter that has waited, if it acts: its time is over, or the next key is no text.
    pub fn take_lone_letter(&mut self, next_is_text: bool, now: Tick) -> Option<KeyEvent> {
        let (key, due) = self.lone_letter.take()?;
        (!next_is_text || due <= now).then_some(key)
    }

    /// The text that has ended, if the next key does not follow it without a pause. `is_text`: the next key is
    /// printable, or Enter.
    pub fn ended_run_on(&mut self, is_text: bool, now: Tick) -> Option<RunOn> {
        self.run_on.take_if(|run_on| !is_text || run_on.is_over(now))
    }

    /// The letter, and what was typed on after it, now that another key follows.
    pub fn runs_on(&mut self, now: Tick) -> Option<&mut RunOn> {
        let run_on = self.run_on.as_mut()?;
        run_on.last = now;
        Some(run_on)
    }

    /// Records the number of the notice that says that the text is ignored.
    pub fn run_on_reported(&mut self, notice: u64) {
        if let Some(run_on) = &mut self.run_on {
            run_on.notice = Some(notice);
        }
    }

    /// Records the number of the notice that says that the letter is no key.
    pub fn run_on_explained(&mut self, notice: u64) {
        if let Some(run_on) = &mut self.run_on {
            run_on.explained = Some(notice);
        }
    }

    /// Records that the text is ignored. `is_ended`: Enter has ended it, and another one may follow.
    pub fn run_on_ignored(&mut self, is_ended: bool) {
        if let Some(run_on) = &mut self.run_on {
            run_on.is_ignored = true;
            if is_ended {
                run_on.before.clear();
                run_on.typed.clear();
            }
        }
    }

    /// Forgets the letter, because the user turned to something else. Returns the text.
    pub fn end_run_on(&mut self) -> Option<RunOn> {
        self.run_on.take()
    }
}
