//! The texts of the interface in one language, from the Fluent files in `assets/languages`.
//!
//! English has every text. The texts of another language override it, and the user's own file overrides both. An
//! unknown key in the user's file is an error, because it may be a typing error. Plurals follow the rules of the chosen
//! language.

mod changes;
mod connection;
mod localized;
mod outcomes;
mod rejections;

use std::{fmt, sync::Arc};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use thiserror::Error;
use unic_langid::LanguageIdentifier;

pub use self::changes::changes_text;
pub(crate) use self::localized::localized;
pub use self::localized::{Argument, LocalizedText, ToArgument};
pub use self::outcomes::not_forgotten_text;
use crate::domain::{did_you_mean, suggestion};

/// The built-in languages: the BCP 47 tag of each, and its file. English must be first, because it has every text.
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
    /// The file is not valid Fluent.
    #[error("line {line}: {why}")]
    Syntax {
        /// The number of the line, counted from 1.
        line: usize,
        /// The parser's reason.
        why: String,
    },
    /// The file has a key that papo does not know.
    #[error("there is no text {name:?}{}", did_you_mean(suggestion.as_deref()))]
    Unknown {
        /// The unknown key.
        name: String,
        /// The known key with the most similar name.
        suggestion: Option<String>,
    },
}

impl Language {
    /// English, the default.
    pub fn english() -> Self {
        Self::builtin("en")
    }

    /// The built-in language that matches a BCP 47 tag best: the same tag, or else the same language of another region,
    /// or else English.
    pub fn builtin(tag: &str) -> Self {
        Self::with(tag, None).expect("a test reads the builtin files")
    }

    /// Like [`builtin`](Self::builtin), but the texts of the user's own file override those of the language.
    pub fn with(tag: &str, user_file: Option<&str>) -> Result<Self, LanguageError> {
        let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut texts = FluentBundle::new_concurrent(vec![locale]);
        // By default, Fluent puts invisible direction marks around variables. The screen would show these as escapes.
        texts.set_use_isolating(false);
        let [english, others @ ..] = &BUILTIN;
        // The other language is added last, so that its texts replace the English ones.
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
        // Fluent replaces a variable without a value by its name. The errors, which go to the `Vec`, are dropped.
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

/// The BCP 47 tag of the language in the environment: in `LC_ALL`, `LC_MESSAGES` or `LANG`, as in POSIX. `None` without
/// these, and for the C locale. `environment` looks up a variable.
pub fn environment_language(environment: impl Fn(&str) -> Option<String>) -> Option<String> {
    let value_of = |name: &&str| environment(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(value_of)?;
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    (name != "C" && name != "POSIX").then(|| name.replace('_', "-"))
}

/// The language with this tag, or else one with the same language subtag.
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
