//! The texts of the interface in one language, from the Fluent files in `assets/languages`.
//!
//! English has every text. Texts of another language override it, and the user's own file overrides both. An unknown
//! key in the user's file is an error, so that a typing error is not ignored. Plurals follow the rules of the chosen
//! language.
//!
//! There are hundreds of texts, but a screen needs a few dozen, so a builtin text is parsed on its first use.

mod builtin;
mod connection;
mod localized;
mod outcomes;
mod rejections;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use thiserror::Error;
use unic_langid::LanguageIdentifier;

use self::builtin::{BUILTIN, Builtin};
pub(crate) use self::localized::localized;
pub use self::localized::{Argument, LocalizedText, ToArgument};
pub use self::outcomes::not_forgotten;
use crate::domain::{did_you_mean, suggestion};

/// A language and its texts. Clones share the texts.
#[derive(Clone)]
pub struct Language {
    texts: Arc<Mutex<Texts>>,
}

struct Texts {
    /// The parsed texts.
    bundle: FluentBundle<FluentResource>,
    /// Texts without variables or markup that were used before, by key. They need no parser.
    plain: HashMap<&'static str, &'static str>,
    /// The builtin texts, by key; those used before are also in `bundle` or `plain`. Empty once all are parsed.
    unparsed: HashMap<&'static str, &'static str>,
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
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Fluent would put invisible direction marks around variables, and the screen makes such characters visible.
        bundle.set_use_isolating(false);
        let [english, others @ ..] = &BUILTIN;
        // A later text replaces the English one of the same key.
        let unparsed = [english].into_iter().chain(best_match(tag, others)).flat_map(Builtin::texts).collect();
        let mut texts = Texts { bundle, plain: HashMap::new(), unparsed };
        if let Some(user_file) = user_file {
            let user_texts = parse(user_file)?;
            if let Some(name) = keys(&user_texts).find(|name| !texts.unparsed.contains_key(name)) {
                let suggestion = suggestion(name, english.texts().into_iter().map(|(name, _)| name)).map(str::to_owned);
                return Err(LanguageError::Unknown { name: name.to_owned(), suggestion });
            }
            // The user's texts may refer to any builtin text.
            texts.parse_all();
            texts.bundle.add_resource_overriding(user_texts);
        }
        Ok(Self { texts: Arc::new(Mutex::new(texts)) })
    }

    /// The text in this language.
    pub fn translate(&self, text: impl Into<LocalizedText>) -> String {
        match text.into() {
            LocalizedText::Quoted(words) => words,
            LocalizedText::Text { key, arguments } => self.text(&key, &arguments),
        }
    }

    /// Looks in `plain` first, then in `bundle`, then parses.
    fn text(&self, key: &str, arguments: &[(&'static str, Argument)]) -> String {
        // Before the lock is taken: a localized argument is translated in turn, and that takes the lock too.
        let values: FluentArgs<'_> = arguments.iter().map(|(name, value)| (*name, self.value(value))).collect();
        let mut texts = self.texts();
        if let Some(words) = texts.plain.get(key) {
            return (*words).to_owned();
        }
        if !texts.bundle.has_message(key)
            && let Some((name, text)) = texts.unparsed.get_key_value(key).map(|(name, text)| (*name, *text))
        {
            if let Some(words) = plain_value(name, text) {
                texts.plain.insert(name, words);
                return words.to_owned();
            }
            texts.parse(text);
        }
        let Some(pattern) = texts.bundle.get_message(key).and_then(|message| message.value()) else {
            debug_assert!(false, "there is no text {key}");
            return key.to_owned();
        };
        // Fluent shows a variable without a value by its name, and reports that in the `Vec`.
        texts.bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn value<'a>(&self, value: &'a Argument) -> FluentValue<'a> {
        match value {
            Argument::Text(words) => FluentValue::from(words.as_str()),
            Argument::Number(number) => FluentValue::from(*number),
            Argument::Localized(text) => FluentValue::from(self.translate((**text).clone())),
        }
    }
}

impl Texts {
    fn parse_all(&mut self) {
        for text in std::mem::take(&mut self.unparsed).into_values() {
            self.parse(text);
        }
    }

    fn parse(&mut self, text: &str) {
        self.bundle
            .add_resource_overriding(parse(without_trailing_comment(text)).expect("a test reads the builtin files"));
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::english()
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Language").field(&self.texts().bundle.locales).finish()
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
fn best_match<'a>(tag: &str, languages: &'a [Builtin]) -> Option<&'a Builtin> {
    let subtag = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let exact = languages.iter().find(|other| other.tag.eq_ignore_ascii_case(tag));
    exact.or_else(|| languages.iter().find(|other| subtag(other.tag) == subtag(tag)))
}

fn parse(text: &str) -> Result<FluentResource, LanguageError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let (start, why) = errors.first().map_or((0, String::new()), |error| (error.pos.start, error.kind.to_string()));
        let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        LanguageError::Syntax { line, why }
    })
}

/// The value of a text that is one line without braces, which begin everything in Fluent that has to be evaluated.
fn plain_value(name: &str, text: &'static str) -> Option<&'static str> {
    let words = without_trailing_comment(text).strip_prefix(name)?.trim_start_matches(' ').strip_prefix('=')?;
    let words = words.trim_matches([' ', '\n']);
    (!words.is_empty() && !words.contains(['{', '}', '\n'])).then_some(words)
}

/// A text without the comment after it, which belongs to the next text.
fn without_trailing_comment(text: &str) -> &str {
    text.split("\n#").next().unwrap_or_default()
}

fn keys(resource: &FluentResource) -> impl Iterator<Item = &str> {
    resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message.id.name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_text_parses_as_in_its_file() {
        for language in &BUILTIN {
            let whole = parse(language.file).unwrap();
            let messages = whole.entries().filter_map(|entry| match entry {
                Entry::Message(message) => Some((message.id.name, &message.value, &message.attributes)),
                _ => None,
            });
            let alone: Vec<_> = language
                .texts()
                .into_iter()
                .map(|(name, text)| (name, parse(without_trailing_comment(text)).unwrap()))
                .collect();
            let alone = alone.iter().map(|(name, resource)| match resource.entries().collect::<Vec<_>>()[..] {
                [Entry::Message(message)] if message.id.name == *name => (*name, &message.value, &message.attributes),
                ref others => panic!("{}: {name} is {others:?}", language.tag),
            });
            assert!(alone.eq(messages), "{}", language.tag);
        }
    }

    #[test]
    fn plain_texts_read_as_fluent_formats_them() {
        for Builtin { tag, .. } in &BUILTIN {
            // With a user's file, even an empty one, all texts go through Fluent.
            let (builtin, fluent) = (Language::builtin(tag), Language::with(tag, Some("")).unwrap());
            let text = |language: &Language, name| language.translate(LocalizedText::from(name));
            let differs =
                BUILTIN[0].texts().into_iter().find(|(name, _)| text(&builtin, *name) != text(&fluent, *name));
            assert_eq!(differs, None, "{tag}");
            assert!(builtin.texts().plain.len() > 100 && fluent.texts().plain.is_empty(), "{tag}");
        }
    }
}
