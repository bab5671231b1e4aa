//! The texts of the interface in one language, from the Fluent files in `assets/languages`.
//!
//! English has every text. Texts of another language override it, and the user's own file overrides both. An unknown
//! key in the user's file is an error, so that a typing error is not ignored. Plurals follow the rules of the chosen
//! language.

mod connection;
mod localized;
mod outcomes;
mod rejections;

use std::{fmt, sync::Arc};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use thiserror::Error;
use unic_langid::LanguageIdentifier;

pub(crate) use self::localized::localized;
pub use self::localized::{Argument, LocalizedText, ToArgument};
pub use self::outcomes::not_forgotten;
use crate::domain::{did_you_mean, suggestion};

/// The builtin languages: the BCP 47 tag of each, and its file. English comes first, for it has every text.
const BUILTIN: [(&str, &str); 2] = [
    ("en", include_str!("../../assets/languages/en.ftl")),
    ("pt-BR", include_str!("../../assets/languages/pt-BR.ftl")),
];

/// A language and its texts. Clones share the texts.
#[derive(Clone)]
pub struct Language {
    texts: Arc<FluentBundle<FluentResource>>,
}

/// Why a language file is rejected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LanguageError {
    /// It is not valid Fluent.
    #[error("line {line}: {why}")]
    Syntax {
        /// Counts from 1.
        line: usize,
        /// The parser's reason.
        why: String,
    },
    /// It has a key that papo does not know.
    #[error("there is no text {name:?}{}", did_you_mean(suggestion.as_deref()))]
    Unknown {
        /// The unknown key.
        name: String,
        /// A similar key.
        suggestion: Option<String>,
    },
}

impl Language {
    /// English, the default.
    pub fn english() -> Self {
        Self::builtin("en")
    }

    /// The builtin language that fits a BCP 47 tag best: the same tag, else the same language of another region, else
    /// English.
    pub fn builtin(tag: &str) -> Self {
        Self::with(tag, None).expect("a test reads the builtin files")
    }

    /// The builtin language that fits best, with the texts of the user's own file over it.
    pub fn with(tag: &str, user_file: Option<&str>) -> Result<Self, LanguageError> {
        let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut texts = FluentBundle::new_concurrent(vec![locale]);
        // Fluent would put invisible direction marks around variables, and the screen makes such characters visible.
        texts.set_use_isolating(false);
        let [english, others @ ..] = &BUILTIN;
        // A later text replaces the English one of the same key.
        for (_, file) in [english].into_iter().chain(best_match(tag, others)) {
            texts.add_resource_overriding(parse(file).expect("a test reads the builtin files"));
        }
        if let Some(user_file) = user_file {
            let user_texts = parse(user_file)?;
            if let Some(name) = keys(&user_texts).find(|name| !texts.has_message(name)) {
                let english = parse(english.1)?;
                let suggestion = suggestion(name, keys(&english)).map(str::to_owned);
                return Err(LanguageError::Unknown { name: name.to_owned(), suggestion });
            }
            texts.add_resource_overriding(user_texts);
        }
        Ok(Self { texts: Arc::new(texts) })
    }

    /// The text in this language.
    pub fn translate(&self, text: impl Into<LocalizedText>) -> String {
        match text.into() {
            LocalizedText::Quoted(words) => words,
            LocalizedText::Text { key, arguments } => self.text(key, &arguments),
        }
    }

    fn text(&self, key: &str, arguments: &[(&'static str, Argument)]) -> String {
        let Some(pattern) = self.texts.get_message(key).and_then(|message| message.value()) else {
            debug_assert!(false, "there is no text {key}");
            return key.to_owned();
        };
        let values: FluentArgs<'_> = arguments.iter().map(|(name, value)| (*name, self.value(value))).collect();
        // Fluent shows a variable without a value by its name, and reports that in the `Vec`.
        self.texts.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }

    fn value<'a>(&self, value: &'a Argument) -> FluentValue<'a> {
        match value {
            Argument::Text(words) => FluentValue::from(words.as_str()),
            Argument::Number(number) => FluentValue::from(*number),
            Argument::Localized(text) => FluentValue::from(self.translate((**text).clone())),
        }
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::english()
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Language").field(&self.texts.locales).finish()
    }
}

/// The BCP 47 tag of the language that the locale variables name, in POSIX's order; `None` for the C locale.
pub fn environment_language(environment: impl Fn(&str) -> Option<String>) -> Option<String> {
    let value_of = |name: &&str| environment(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(value_of)?;
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    (name != "C" && name != "POSIX").then(|| name.replace('_', "-"))
}

/// The language with this tag, else one with the same language subtag.
fn best_match<'a>(
    tag: &str,
    languages: &'a [(&'static str, &'static str)],
) -> Option<&'a (&'static str, &'static str)> {
    let subtag = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let exact = languages.iter().find(|(other, _)| other.eq_ignore_ascii_case(tag));
    exact.or_else(|| languages.iter().find(|(other, _)| subtag(other) == subtag(tag)))
}

fn parse(text: &str) -> Result<FluentResource, LanguageError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let (start, why) = errors.first().map_or((0, String::new()), |error| (error.pos.start, error.kind.to_string()));
        let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        LanguageError::Syntax { line, why }
    })
}

fn keys(resource: &FluentResource) -> impl Iterator<Item = &str> {
    resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message.id.name),
        _ => None,
    })
}
