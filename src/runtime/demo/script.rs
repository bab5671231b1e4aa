//! The script of the demo, which is compiled into the program.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Deserializer};

use crate::domain::{GroupName, UserId};

const SCRIPT: &str = include_str!("../../../assets/demo.toml");

/// The script of the demo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// The ID of the user who watches the demo.
    pub(super) you: UserId,
    pub(super) past: Past,
    #[serde(rename = "scene")]
    pub(super) scenes: Vec<Scene>,
    #[serde(rename = "answer")]
    pub(super) answers: Vec<Answer>,
}

/// A session with `who` that was open before the demo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Past {
    pub(super) who: UserId,
    pub(super) lines: Vec<Line>,
}

/// A message of that session.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) from: UserId,
    /// The age of the message, in minutes.
    pub(super) ago: u64,
    pub(super) text: String,
}

/// Consecutive steps, and the cue that they wait for. Scenes without a cue begin when the demo starts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scene {
    pub(super) when: Option<Cue>,
    pub(super) steps: Vec<Step>,
}

/// The condition for the start of a scene.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Cue {
    /// The user opens a session with this player.
    Session(UserId),
    /// The user joins this group.
    Member(GroupName),
}

/// An action of a player.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Step {
    /// The pause before the action, in seconds.
    #[serde(deserialize_with = "seconds")]
    pub(super) after: Duration,
    pub(super) who: UserId,
    #[serde(flatten)]
    pub(super) does: Action,
}

/// What a player does. `Ask`, `Say` without a group, and `Invite` address the user who watches the demo.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", tag = "does")]
pub(super) enum Action {
    /// Connects.
    Come,
    /// Goes offline.
    Go,
    /// Asks the user to chat.
    Ask,
    /// Sends a message to the group, or to the user if there is no group.
    Say {
        text: String,
        group: Option<GroupName>,
        /// Whether the message is a reply to the last message of another user in that conversation.
        #[serde(default)]
        answers: bool,
    },
    /// Creates a group.
    Found { group: GroupName },
    /// Requests to join a group.
    Join { group: GroupName },
    /// Invites the user to a group.
    Invite { group: GroupName },
}

/// A reply of a player to a message of the user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) who: UserId,
    pub(super) group: Option<GroupName>,
    /// The reply fits messages that contain one of these words. A reply without words is generic: it is used if no
    /// other fits.
    #[serde(default)]
    words: Vec<String>,
    pub(super) text: String,
}

impl Script {
    /// Parses the built-in script.
    pub(super) fn builtin() -> Self {
        toml::from_str(SCRIPT).expect("a test parses the built-in script")
    }

    /// All users of the script except the one who watches the demo.
    pub(super) fn players(&self) -> BTreeSet<UserId> {
        self.scenes.iter().flat_map(|scene| &scene.steps).map(|step| step.who.clone()).collect()
    }

    /// Chooses the reply to `text` in the session with `who`, or in `group`. Removes a generic reply when it is used,
    /// unless it is the last one of the player or group.
    pub(super) fn answer(&mut self, who: Option<&UserId>, group: Option<&GroupName>, text: &str) -> Option<Answer> {
        let is_here = |answer: &Answer| who.is_none_or(|who| answer.who == *who) && answer.group.as_ref() == group;
        if let Some(fitting) = self.answers.iter().find(|answer| is_here(answer) && answer.fits(text)) {
            return Some(fitting.clone());
        }
        let is_generic = |answer: &Answer| is_here(answer) && answer.words.is_empty();
        let generic: Vec<usize> = (0..self.answers.len()).filter(|&at| is_generic(&self.answers[at])).collect();
        match generic[..] {
            [] => None,
            [only] => Some(self.answers[only].clone()),
            [first, ..] => Some(self.answers.remove(first)),
        }
    }
}

impl Answer {
    /// Whether the reply fits `text`. Words match whole words; other entries, such as an emoji or `?`, match anywhere.
    fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let occurs = |word: &String| {
            let is_word = word.chars().all(char::is_alphanumeric);
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            if is_word { words.any(|other| other == word) } else { text.contains(word.as_str()) }
        };
        self.words.iter().any(occurs)
    }
}

fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
    f64::deserialize(value).and_then(|seconds| Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Action as KeyAction, Context, Keymap};

    fn id(text: &str) -> UserId {
        text.parse().unwrap()
    }

    #[test]
    fn builtin_script_is_consistent() {
        let script = Script::builtin();
        assert_eq!(script.players(), BTreeSet::from(["ana", "bruno", "mia"].map(id)));
        let is_known = |who: &UserId| script.players().contains(who);
        assert!(script.answers.iter().all(|answer| is_known(&answer.who)) && is_known(&script.past.who));
        let who_said = script.past.lines.iter().map(|line| &line.from);
        assert!(who_said.into_iter().all(|from| *from == script.you || *from == script.past.who));
        assert!(script.past.lines.is_sorted_by(|a, b| a.ago >= b.ago));
    }

    #[test]
    fn texts_name_the_keys_of_the_keymap_without_marks() {
        let script = Script::builtin();
        let mut texts: Vec<&str> = script.answers.iter().map(|answer| answer.text.as_str()).collect();
        texts.extend(script.past.lines.iter().map(|line| line.text.as_str()));
        assert!(texts.iter().all(|text| !text.contains('`')), "{texts:?}");
        let join = Keymap::builtin().name_of_key(Context::Groups, &[KeyAction::Join]);
        let asks = |text: &&str| text.contains("join #boat") && text.ends_with(&format!("then {join}"));
        assert!(texts.iter().any(asks), "{texts:?}");
    }

    #[test]
    fn fitting_reply_is_preferred_to_generic_replies() {
        let mut script = Script::builtin();
        let mut says = |text: &str| script.answer(Some(&id("ana")), None, text).unwrap().text;
        assert_eq!(says("Oi ana"), "hello! 👋");
        assert_eq!(says("oi"), "hello! 👋");
        assert_ne!(says("no greeting, although point contains the letters of one"), "hello! 👋");
        let (first, second) = (says("so"), says("so"));
        assert_ne!(first, second);
        let last: Vec<String> = (0..9).map(|_| says("so")).collect();
        assert_eq!(last[7], last[8], "the last generic reply is repeated");
        assert!(script.answer(None, Some(&"garden".parse().unwrap()), "so").is_some());
        assert!(script.answer(None, Some(&"elsewhere".parse().unwrap()), "so").is_none());
    }
}
