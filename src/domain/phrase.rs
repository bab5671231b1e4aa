//! What is said to the user, in no language yet.
//!
//! A phrase names a text of the language files and brings what the text speaks of. It is said where the language
//! is known; whoever makes one knows none.

use std::borrow::Cow;

use super::{GroupName, UserId};

/// Something to be said to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phrase {
    /// A text of the language files.
    Text {
        /// Its name there.
        key: Cow<'static, str>,
        /// What stands for its variables.
        values: Vec<(&'static str, Value)>,
    },
    /// Words that are no papo's own, as those of a broker: said as they are.
    Quoted(String),
}

/// What stands for a variable of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Words of any language, as a name.
    Words(String),
    /// A number: texts may hang on it.
    Number(u64),
    /// A text within the text.
    Phrase(Box<Phrase>),
}

impl Phrase {
    /// The same, with `value` for the variable `name`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &(impl Speakable + ?Sized)) -> Self {
        if let Self::Text { values, .. } = &mut self {
            values.push((name, value.value()));
        }
        self
    }

    /// Words of somebody else, said as they are.
    pub fn quoted(words: impl Into<String>) -> Self {
        Self::Quoted(words.into())
    }
}

/// The text of this name.
impl From<&'static str> for Phrase {
    fn from(key: &'static str) -> Self {
        Self::Text { key: Cow::Borrowed(key), values: Vec::new() }
    }
}

/// What a text can speak of.
pub trait Speakable {
    /// It, to be put into a text.
    fn value(&self) -> Value;
}

impl<T: Speakable + ?Sized> Speakable for &T {
    fn value(&self) -> Value {
        (*self).value()
    }
}

impl Speakable for str {
    fn value(&self) -> Value {
        Value::Words(self.to_owned())
    }
}

impl Speakable for String {
    fn value(&self) -> Value {
        self.as_str().value()
    }
}

impl Speakable for UserId {
    fn value(&self) -> Value {
        self.as_str().value()
    }
}

impl Speakable for GroupName {
    fn value(&self) -> Value {
        self.as_str().value()
    }
}

impl Speakable for Phrase {
    fn value(&self) -> Value {
        Value::Phrase(Box::new(self.clone()))
    }
}

impl Speakable for u64 {
    fn value(&self) -> Value {
        Value::Number(*self)
    }
}

impl Speakable for usize {
    fn value(&self) -> Value {
        Value::Number(u64::try_from(*self).unwrap_or(u64::MAX))
    }
}

/// A text and what it speaks of: `phrase!("member-already", user, name = &group)`.
macro_rules! phrase {
    (@value $name:ident) => { &$name };
    (@value $name:ident = $value:expr) => { &$value };
    ($key:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::domain::Phrase::from($key)$(.with(stringify!($name), $crate::domain::phrase!(@value $name $(= $value)?)))*
    };
}
pub(crate) use phrase;
