//! The script of the demo, from a file in the program.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::domain::{GroupName, UserId};

const SCRIPT: &str = include_str!("../../../assets/demo.toml");

/// The script.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// The user's ID.
    pub(super) you: UserId,
    pub(super) past: Past,
    #[serde(rename = "scene")]
    pub(super) scenes: Vec<Scene>,
    #[serde(rename = "answer")]
    pub(super) answers: Vec<Answer>,
}

/// A chat that exists already.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Past {
    pub(super) who: UserId,
    pub(super) lines: Vec<Line>,
}

/// Its messages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) from: UserId,
    /// In minutes.
    pub(super) ago: u64,
    pub(super) text: String,
}

/// Consecutive steps, and their cue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scene {
    pub(super) when: Option<Cue>,
    pub(super) steps: Vec<Step>,
}

/// The cue of a scene.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Cue {
    /// A chat with this user is open.
    Talk(UserId),
    /// The user is a member of this group.
    Member(GroupName),
}

/// A step of a player.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Step {
    #[serde(deserialize_with = "seconds")]
    pub(super) after: Duration,
    pub(super) who: UserId,
    #[serde(flatten)]
    pub(super) does: Deed,
}

/// What a player does. If it concerns another user, that is the user who watches.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", tag = "does")]
pub(super) enum Deed {
    Come,
    Go,
    Ask,
    Say {
        text: String,
        group: Option<GroupName>,
        /// Whether it replies to the last message there.
        #[serde(default)]
        answers: bool,
    },
    Found {
        group: GroupName,
    },
    Join {
        group: GroupName,
    },
    Invite {
        group: GroupName,
    },
}

/// An answer of a player.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) who: UserId,
    pub(super) group: Option<GroupName>,
    /// It fits if one of these words occurs.
    #[serde(default)]
    words: Vec<String>,
    pub(super) text: String,
}

impl Script {
    /// The script in the program.
    pub(super) fn builtin() -> Self {
        toml::from_str(SCRIPT).expect("a test parses the shipped script")
    }

    /// All users except the one who watches.
    pub(super) fn players(&self) -> Vec<UserId> {
        let mut players: Vec<UserId> =
            self.scenes.iter().flat_map(|scene| &scene.steps).map(|step| step.who.clone()).collect();
        players.sort();
        players.dedup();
        players
    }

    /// The answer to `text`, in the chat with `who` or in a group. Answers without words are used up, so that nothing
    /// is said twice; the last one stays.
    pub(super) fn answer(&mut self, who: Option<&UserId>, group: Option<&GroupName>, text: &str) -> Option<Answer> {
        let is_here = |answer: &Answer| who.is_none_or(|who| answer.who == *who) && answer.group.as_ref() == group;
        if let Some(fitting) = self.answers.iter().find(|answer| is_here(answer) && answer.fits(text)) {
            return Some(fitting.clone());
        }
        let is_spare = |answer: &Answer| is_here(answer) && answer.words.is_empty();
        let spare: Vec<usize> = (0..self.answers.len()).filter(|&at| is_spare(&self.answers[at])).collect();
        match spare[..] {
            [] => None,
            [only] => Some(self.answers[only].clone()),
            [first, ..] => Some(self.answers.remove(first)),
        }
    }
}

impl Answer {
    /// Punctuation may stand anywhere, words must stand alone.
    fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let is_said = |word: &String| {
            let is_word = word.chars().all(char::is_alphanumeric);
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            if is_word { words.any(|said| said == word) } else { text.contains(word.as_str()) }
        };
        self.words.iter().any(is_said)
    }
}

fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
    f64::deserialize(value).and_then(|seconds| Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> UserId {
        text.parse().unwrap()
    }

    #[test]
    fn the_shipped_script_is_one() {
        let script = Script::builtin();
        assert_eq!(script.players(), [id("ana"), id("bruno"), id("mia")]);
        let is_known = |who: &UserId| script.players().contains(who);
        assert!(script.answers.iter().all(|answer| is_known(&answer.who)) && is_known(&script.past.who));
        let who_said = script.past.lines.iter().map(|line| &line.from);
        assert!(who_said.into_iter().all(|from| *from == script.you || *from == script.past.who));
        assert!(script.past.lines.is_sorted_by(|a, b| a.ago >= b.ago));
    }

    #[test]
    fn an_answer_fits_what_was_said_and_others_come_in_their_turn() {
        let mut script = Script::builtin();
        let mut says = |text: &str| script.answer(Some(&id("ana")), None, text).unwrap().text;
        assert_eq!(says("Oi ana"), "hello! 👋");
        assert_eq!(says("oi"), "hello! 👋");
        assert_ne!(says("this is no greeting, nor has it one in it: point"), "hello! 👋");
        let (first, second) = (says("so"), says("so"));
        assert_ne!(first, second);
        let last: Vec<String> = (0..9).map(|_| says("so")).collect();
        assert_eq!(last[7], last[8], "the last one stays");
        assert!(script.answer(None, Some(&"garden".parse().unwrap()), "so").is_some());
        assert!(script.answer(None, Some(&"elsewhere".parse().unwrap()), "so").is_none());
    }
}
