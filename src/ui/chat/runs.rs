//! Changes of a group that follow each other are one line.

use std::ops::RangeInclusive;

use crate::domain::{ChatMessage, Timestamp};

/// The runs of two or more changes of the group among `messages`, which have ascending positions: for each run, the
/// positions from its first change to its last one. A message that could not be read is `None`.
///
/// Only messages that are not shown may be between the changes of a run. A new `day`, and the marker of unread messages
/// above the position `marker`, begin a new run.
pub fn runs<'a, D: PartialEq>(
    messages: impl Iterator<Item = (u64, Option<&'a ChatMessage>)>,
    marker: Option<u64>,
    day: impl Fn(Timestamp) -> D,
) -> Vec<RangeInclusive<u64>> {
    let mut all: Vec<RangeInclusive<u64>> = Vec::new();
    let mut latest: Option<D> = None;
    for (seq, message) in messages {
        match message {
            Some(message) if message.is_hidden => {}
            Some(message) if message.as_change().is_some() => {
                let day = day(message.at);
                let follows = latest.as_ref() == Some(&day) && marker != Some(seq);
                match all.last_mut().filter(|_| follows) {
                    Some(run) => *run = *run.start()..=seq,
                    None => all.push(seq..=seq),
                }
                latest = Some(day);
            }
            _ => latest = None,
        }
    }
    all.retain(|run| run.start() < run.end());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Body, Membership, MessageId, UserId};

    /// One message per letter, an hour apart, from 16:00 on: `j` a join, `m` a message, `h` a hidden message, `x`
    /// one that could not be read.
    fn runs_of(letters: &str, marker: Option<u64>) -> Vec<(u64, u64)> {
        let author: UserId = "bob".parse().unwrap();
        let message = |hour: u64, letter: char| {
            let body = match letter {
                'j' => Body::Membership(Membership::Left("bob".parse().unwrap())),
                _ => Body::Text("words".to_owned()),
            };
            let at = Timestamp::from_millis(hour * 3_600_000);
            let message = ChatMessage::new(MessageId::from_bytes([1; 16]), UserId::clone(&author), at, body);
            (letter != 'x').then_some(ChatMessage { is_hidden: letter == 'h', ..message })
        };
        let messages: Vec<_> = (16..).zip(letters.chars()).map(|(hour, letter)| message(hour, letter)).collect();
        let messages = (100..).zip(messages.iter().map(Option::as_ref));
        let days = |at: Timestamp| at.as_millis() / (24 * 3_600_000);
        runs(messages, marker, days).into_iter().map(RangeInclusive::into_inner).collect()
    }

    #[test]
    fn only_two_or_more_changes_are_a_run() {
        assert_eq!(runs_of("mjm", None), []);
        assert_eq!(runs_of("mjj", None), [(101, 102)]);
        assert_eq!(runs_of("jjmj", None), [(100, 101)]);
        assert_eq!(runs_of("", None), []);
    }

    #[test]
    fn what_is_shown_between_changes_splits_a_run_and_what_is_hidden_does_not() {
        assert_eq!(runs_of("jhj", None), [(100, 102)]);
        assert_eq!(runs_of("hjhhjh", None), [(101, 104)]);
        assert_eq!(runs_of("jmj", None), []);
        assert_eq!(runs_of("jxj", None), []);
    }

    #[test]
    fn midnight_and_the_unread_marker_split_a_run() {
        assert_eq!(runs_of("jjjjjjjjjjj", None), [(100, 107), (108, 110)]);
        assert_eq!(runs_of("jjj", Some(101)), [(101, 102)]);
        assert_eq!(runs_of("jjjj", Some(102)), [(100, 101), (102, 103)]);
        assert_eq!(runs_of("jjj", Some(100)), [(100, 102)]);
    }
}
