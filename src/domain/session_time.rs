//! The time in a session's topic, as its accepter wrote it.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Timestamp, ensure, name::checked_text};

const LONGEST: usize = 32;

checked_text! {
    /// When a session was accepted, in a format that the accepter chose: 1 to 32 of the characters `[0-9A-Za-z.:-]`,
    /// the first a digit. It is part of a topic, so it is compared as text, and its order has no meaning. papo writes
    /// milliseconds since the Unix epoch, in decimal.
    SessionTime, check, SessionTimeError
}

/// Why a text is not a session time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SessionTimeError {
    #[error("a time begins with a digit")]
    Start,
    #[error("a time has at most {LONGEST} characters")]
    TooLong,
    /// `+`, as in the zone of `2026-11-29T11:04:00+01:00`.
    #[error("a time cannot hold '+': no topic name may")]
    Plus,
    #[error("{0:?} is not allowed in a time")]
    BadCharacter(char),
}

impl SessionTime {
    /// The time, if the text is a decimal number, read as milliseconds since the Unix epoch; otherwise [`None`].
    pub fn millis(&self) -> Option<Timestamp> {
        let is_decimal = self.0.bytes().all(|byte| byte.is_ascii_digit());
        self.0.parse().ok().filter(|_| is_decimal).map(Timestamp::from_millis)
    }
}

impl From<Timestamp> for SessionTime {
    fn from(time: Timestamp) -> Self {
        Self(time.to_string().into())
    }
}

fn check(text: &str) -> Result<(), SessionTimeError> {
    ensure(text.starts_with(|first: char| first.is_ascii_digit()), SessionTimeError::Start)?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-');
    match text.chars().find(|&c| !is_allowed(c)) {
        Some('+') => Err(SessionTimeError::Plus),
        Some(bad) => Err(SessionTimeError::BadCharacter(bad)),
        None if text.len() > LONGEST => Err(SessionTimeError::TooLong),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn common_time_formats_are_kept_as_text() {
        for text in ["1763900000000", "1763900000.123", "2026-11-29T11:04:00Z", "0", "007", "18:04", &"9".repeat(32)] {
            assert_eq!(text.parse().map(|time: SessionTime| time.to_string()), Ok(text.to_owned()));
        }
        assert_ne!("7".parse::<SessionTime>(), "07".parse());
    }

    #[test]
    fn refused_time_says_why() {
        use SessionTimeError::{BadCharacter, Plus, Start, TooLong};
        let cases = [
            ("", Start),
            ("noon", Start),
            ("-7", Start),
            ("+7", Start),
            ("\u{663}", Start),
            ("2026-11-29T11:04:00+01:00", Plus),
            ("1/2", BadCharacter('/')),
            ("1_2", BadCharacter('_')),
            ("1#", BadCharacter('#')),
            ("1é", BadCharacter('é')),
            (&"9".repeat(33), TooLong),
        ];
        for (bad, why) in cases {
            assert_eq!(bad.parse::<SessionTime>(), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn only_decimal_milliseconds_have_a_timestamp() {
        let millis = |text: &str| text.parse::<SessionTime>().unwrap().millis().map(Timestamp::as_millis);
        assert_eq!(
            (millis("17"), millis("017"), millis("1.7"), millis(&"9".repeat(32))),
            (Some(17), Some(17), None, None)
        );
    }

    proptest! {
        #[test]
        fn decimal_milliseconds_keep_identity_and_order(a in 1_000_000_000_000_u64..=9_999_999_999_999,
                                                        b in 1_000_000_000_000_u64..=9_999_999_999_999) {
            let [first, second] = [a, b].map(|millis| SessionTime::from(Timestamp::from_millis(millis)));
            prop_assert_eq!(first.millis(), Some(Timestamp::from_millis(a)));
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        }

        #[test]
        fn accepted_times_print_and_parse_back(text in "[0-9A-Za-z.:+_ é-]{0,40}") {
            if let Ok(time) = text.parse::<SessionTime>() {
                prop_assert_eq!(time.to_string().parse(), Ok(time.clone()));
                prop_assert!(!text.contains(['+', '_', ' ', '/', '#']));
            }
        }
    }
}
