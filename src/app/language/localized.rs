//! Messages to the user, before translation.
//!
//! A [`LocalizedText`] holds the key of a text in the language files, and the values of its variables.
//! [`Language::translate`] renders it in the user's language.
//!
//! [`Language::translate`]: super::Language::translate

use crate::domain::{GroupName, UserId};

/// A message to the user, not yet translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalizedText {
    /// A text from the language files.
    Text {
        /// The key of the text.
        key: &'static str,
        /// Values for its variables.
        arguments: Vec<(&'static str, Argument)>,
    },
    /// Text that has no translation, such as an error of the broker.
    Quoted(String),
}

/// The value of a variable of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A name or other text, shown as it is.
    Text(String),
    /// A number, which may select a plural form.
    Number(u64),
    /// A text to translate and insert.
    Localized(Box<LocalizedText>),
}

impl LocalizedText {
    /// Sets the variable `name` to `value`. Has no effect on [`Quoted`](Self::Quoted) text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &(impl ToArgument + ?Sized)) -> Self {
        if let Self::Text { arguments, .. } = &mut self {
            arguments.push((name, value.to_argument()));
        }
        self
    }

    /// Text that has no translation.
    pub fn quoted(text: impl Into<String>) -> Self {
        Self::Quoted(text.into())
    }
}

/// The text with this key.
impl From<&'static str> for LocalizedText {
    fn from(key: &'static str) -> Self {
        Self::Text { key, arguments: Vec::new() }
    }
}

/// A type whose values can be arguments of a text.
pub trait ToArgument {
    /// The value as an argument.
    fn to_argument(&self) -> Argument;
}

impl<T: ToArgument + ?Sized> ToArgument for &T {
    fn to_argument(&self) -> Argument {
        (*self).to_argument()
    }
}

impl ToArgument for str {
    fn to_argument(&self) -> Argument {
        Argument::Text(self.to_owned())
    }
}

impl ToArgument for String {
    fn to_argument(&self) -> Argument {
        self.as_str().to_argument()
    }
}

impl ToArgument for UserId {
    fn to_argument(&self) -> Argument {
        self.as_str().to_argument()
    }
}

/// A user, or "somebody" for `None`.
impl ToArgument for Option<UserId> {
    fn to_argument(&self) -> Argument {
        self.as_ref().map_or_else(|| LocalizedText::from("somebody").to_argument(), UserId::to_argument)
    }
}

impl ToArgument for GroupName {
    fn to_argument(&self) -> Argument {
        self.as_str().to_argument()
    }
}

impl ToArgument for LocalizedText {
    fn to_argument(&self) -> Argument {
        Argument::Localized(Box::new(self.clone()))
    }
}

impl ToArgument for u64 {
    fn to_argument(&self) -> Argument {
        Argument::Number(*self)
    }
}

impl ToArgument for usize {
    fn to_argument(&self) -> Argument {
        Argument::Number(u64::try_from(*self).unwrap_or(u64::MAX))
    }
}

/// Builds a [`LocalizedText`]: `localized!("user-looks-like", id, known = other)`. `id` alone means `id = id`.
macro_rules! localized {
    (@argument $name:ident) => { &$name };
    (@argument $name:ident = $value:expr) => { &$value };
    ($key:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::app::LocalizedText::from($key)$(.with(stringify!($name), $crate::app::localized!(@argument $name $(= $value)?)))*
    };
}
pub(crate) use localized;
