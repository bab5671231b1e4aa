//! User IDs and group names.
//!
//! Both follow the same rule, which the constructor checks: 1 to 32 Unicode letters, digits, combining marks, `.` and
//! `-`, the first a letter or digit, in NFC, without invisible characters, and not a reserved word of the protocol. `_`
//! is not allowed because it joins the parts of session topics. A number, such as a student number, is a valid name.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::ensure;

/// The maximum number of characters in a name.
pub const LONGEST_NAME: usize = 32;

const RESERVED: [&str; 12] =
    ["CREATE", "DISBAND", "END", "ENTER", "LEAVE", "GI", "REQUEST", "DENIED", "ACK", "READ", "RESEND", "TYPING"];

/// Why a text is not a user ID or group name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NameError {
    #[error("a name needs at least one character")]
    Empty,
    #[error("a name has at most {LONGEST_NAME} characters")]
    TooLong,
    /// Starts with `.`, `-` or a combining mark.
    #[error("a name starts with a letter or a digit")]
    BadStart,
    /// A character that is not a letter, digit, `.` or `-`.
    #[error("{0:?} is not allowed in a name: use letters, digits, . and -")]
    BadCharacter(char),
    /// A character that a screen may not show, so that two names would look alike.
    #[error("{0:?} is invisible and not allowed in a name")]
    Invisible(char),
    /// A control word of the protocol.
    #[error("this word is reserved by the protocol")]
    Reserved,
    #[error("a name must be in Unicode normal form C")]
    NotNormal,
}

/// An invalid name from the wire or a file, with the reason. The error message quotes the name, [`escaped`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name} is refused as a name: {why}")]
pub struct RefusedName {
    name: String,
    why: NameError,
}

/// `text` in quotation marks, with control and invisible characters escaped, and truncated after 80 characters: safe
/// for a log and a screen.
pub fn escaped(text: &str) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}

/// Checks the rule for both kinds of names.
fn check(text: &str) -> Result<(), NameError> {
    let first = text.chars().next().ok_or(NameError::Empty)?;
    ensure(text.chars().nth(LONGEST_NAME).is_none(), NameError::TooLong)?;
    if let Some(bad) = text.chars().find(|&c| !is_allowed(c)) {
        return Err(NameError::BadCharacter(bad));
    }
    if let Some(bad) = text.chars().find(|&c| is_default_ignorable(c)) {
        return Err(NameError::Invisible(bad));
    }
    ensure(!matches!(first, '.' | '-') && (first.is_ascii() || !is_mark(first)), NameError::BadStart)?;
    ensure(!RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text)), NameError::Reserved)?;
    ensure(text.is_ascii() || is_nfc(text), NameError::NotNormal)
}

/// Whether a character is a combining mark. Many scripts cannot be written without them.
fn is_mark(c: char) -> bool {
    use GeneralCategory::{NonspacingMark, SpacingMark};
    matches!(get_general_category(c), NonspacingMark | SpacingMark)
}

/// The letters and combining marks with the property `Default_Ignorable_Code_Point` (Unicode 17,
/// `DerivedCoreProperties.txt`). Others with this property are refused by [`is_allowed`].
fn is_default_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180d}'
            | '\u{180f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

fn is_allowed(c: char) -> bool {
    use GeneralCategory::{
        DecimalNumber, LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter,
    };
    let is_letter_or_digit = || {
        matches!(
            get_general_category(c),
            LowercaseLetter | UppercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter | DecimalNumber
        )
    };
    match c {
        '.' | '-' | '0'..='9' | 'A'..='Z' | 'a'..='z' => true,
        c => !c.is_ascii() && (is_letter_or_digit() || is_mark(c)),
    }
}

/// Defines a type for a text that `$check` has accepted. The text is stored, shown and compared unchanged.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:path, $error:ty) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks `text` without changing it, as for texts from the wire.
            pub fn new(text: &str) -> Result<Self, $error> {
                $check(text)?;
                Ok(Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.as_str().to_owned()
            }
        }
    };
}
pub(super) use checked_text;

checked_text! {
    /// A user ID: unique on a broker, compared byte by byte.
    UserId, check, NameError
}

checked_text! {
    /// The name of a group: unique on a broker, compared byte by byte.
    GroupName, check, NameError
}

macro_rules! impl_name {
    ($name:ident) => {
        impl $name {
            /// Like [`Self::new`], but for typed input: trims the text and normalises it to NFC first.
            pub fn from_input(text: &str) -> Result<Self, NameError> {
                let text = text.trim();
                // ASCII is always in NFC.
                if text.is_ascii() { Self::new(text) } else { Self::new(&text.nfc().collect::<String>()) }
            }

            /// Like [`Self::new`], but the error quotes the text.
            pub fn from_wire(text: &str) -> Result<Self, RefusedName> {
                Self::new(text).map_err(|why| RefusedName { name: escaped(text), why })
            }
        }
    };
}
impl_name!(UserId);
impl_name!(GroupName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_digits_of_any_script_are_allowed_in_names() {
        for good in
            ["alice", "Zoë", "владимир", "さくら", "नमस्ते", "r2-d2", "a.b", "0x", "20261234", "٣٤", &"x".repeat(32)]
        {
            assert_eq!(UserId::new(good).map(|id| id.to_string()), Ok(good.to_owned()));
        }
    }

    #[test]
    fn characters_that_break_topics_or_screens_are_refused() {
        use NameError::{BadCharacter, BadStart, Empty, Invisible, Reserved, TooLong};
        let cases = [
            ("", Empty),
            ("a_b", BadCharacter('_')),
            ("a b", BadCharacter(' ')),
            ("a/b", BadCharacter('/')),
            ("a+", BadCharacter('+')),
            ("#a", BadCharacter('#')),
            ("a\u{1b}", BadCharacter('\u{1b}')),
            ("a\u{202e}", BadCharacter('\u{202e}')),
            ("-a", BadStart),
            (".a", BadStart),
            ("bob\u{fe0f}", Invisible('\u{fe0f}')),
            ("b\u{180b}ob", Invisible('\u{180b}')),
            ("bob\u{34f}", Invisible('\u{34f}')),
            ("\u{3164}bob", Invisible('\u{3164}')),
            ("bob\u{e0101}", Invisible('\u{e0101}')),
            ("bob\u{200d}", BadCharacter('\u{200d}')),
            ("bob\u{ad}", BadCharacter('\u{ad}')),
            ("end", Reserved),
            ("Request", Reserved),
            (&"x".repeat(33), TooLong),
        ];
        for (bad, why) in cases {
            assert_eq!(UserId::new(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn typed_names_are_normalised_but_wire_names_must_be_normal() {
        let decomposed = "Zoe\u{308}";
        assert_eq!(UserId::new(decomposed), Err(NameError::NotNormal));
        assert_eq!(UserId::from_input(&format!(" {decomposed} ")).unwrap().as_str(), "Zoë");
    }
}
