//! The letters that the user presses where letters are keys: held down, pressed twice, or the beginning of a text.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::attention::{END_OF_TEXT, UNREAD_QUESTION, is_read};
use crate::domain::Tick;

/// How long a letter that acts at once, and that cannot be undone, waits for another one: two are a text.
const LONE_LETTER: Duration = Duration::from_millis(300);
/// How soon after a letter another one belongs to the same word.
const SAME_WORD: Duration = Duration::from_millis(250);

/// What the user pressed last where letters are keys.
#[derive(Debug, Default)]
pub struct Letters {
    /// The key whose repetitions are ignored, and when it was last pressed.
    repeated: Option<(KeyCode, KeyModifiers, Tick)>,
    /// The letter that was a key, while the user types on.
    run_on: Option<RunOn>,
    /// The letters that only moved in a list, or to another one.
    moves: Option<Moves>,
    /// A letter that acts at once, while another one may follow; and when it acts.
    lone_letter: Option<(KeyEvent, Tick)>,
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
    /// How often the key was repeated, and ignored.
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

impl Letters {
    /// Ignores the repetitions of a key, as while it is held down: the user has not seen yet what it led to; see
    /// [`Self::is_repetition`].
    pub fn ignore_repetitions(&mut self, key: KeyEvent, now: Tick) {
        self.repeated = Some((key.code, key.modifiers, now));
    }

    /// Returns whether a key only repeats the one whose repetitions are ignored.
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

    /// The place where a text is typed that goes on now.
    pub fn place_of_text(&self, now: Tick) -> Option<&'static str> {
        let is_text = |run_on: &&RunOn| now < run_on.last + if run_on.is_text() { run_on.pause() } else { SAME_WORD };
        self.run_on.as_ref().filter(is_text).map(|run_on| run_on.place)
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

    /// The letter, to record which notices are about it.
    pub fn run_on_mut(&mut self) -> Option<&mut RunOn> {
        self.run_on.as_mut()
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
