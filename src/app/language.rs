//! The language in which papo speaks, from the files of `assets/languages`.
//!
//! English has every text. Another language is laid over it, so a missing text falls back to English; the user's own file
//! is laid over both. An unknown key in that file is an error, so that typing errors are seen. Plurals follow
//! the rules of the chosen language.
//!
//! Of hundreds of texts a screen needs a few dozen: the shipped ones are parsed when they are first used.

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

/// A language and its texts. A copy shares them.
#[derive(Clone)]
pub struct Language {
    texts: Arc<Mutex<Texts>>,
}

struct Texts {
    /// The parsed texts.
    bundle: FluentBundle<FluentResource>,
    /// Texts of plain words that were used before, by key.
    words: HashMap<&'static str, &'static str>,
    /// The shipped texts that are not parsed yet, by key.
    written: HashMap<&'static str, &'static str>,
}

/// Why a file of texts is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LanguageError {
    /// It is not Fluent.
    #[error("line {line}: {why}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// The parser's reason.
        why: String,
    },
    /// It has an unknown key.
    #[error("there is no text {name:?}{}", did_you_mean(suggestion.as_deref()))]
    Unknown {
        /// The unknown key.
        name: String,
        /// A key that may be meant.
        suggestion: Option<String>,
    },
}

impl Language {
    /// English, if nothing else is known.
    pub fn english() -> Self {
        Self::builtin("en")
    }

    /// The shipped language that fits a BCP 47 tag best: the same one, else the same language of another region, else
    /// English.
    pub fn builtin(tag: &str) -> Self {
        Self::with(tag, None).expect("a test reads the builtin files")
    }

    /// The shipped language that fits best, with the user's own file laid over it.
    pub fn with(tag: &str, own: Option<&str>) -> Result<Self, LanguageError> {
        let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Fluent would add direction marks, which the screen shows as visible marks.
        bundle.set_use_isolating(false);
        let [english, others @ ..] = &BUILTIN;
        // A later text replaces the English one of the same key.
        let written = [english].into_iter().chain(fitting(tag, others)).flat_map(Builtin::texts).collect();
        let mut texts = Texts { bundle, words: HashMap::new(), written };
        if let Some(own) = own {
            let own = parse(own)?;
            if let Some(name) = names(&own).find(|name| !texts.written.contains_key(name)) {
                let suggestion = suggestion(name, english.texts().into_iter().map(|(name, _)| name)).map(str::to_owned);
                return Err(LanguageError::Unknown { name: name.to_owned(), suggestion });
            }
            // The user's texts may refer to any of them.
            texts.parse_all();
            texts.bundle.add_resource_overriding(own);
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

    fn text(&self, key: &str, arguments: &[(&'static str, Argument)]) -> String {
        let values: FluentArgs<'_> = arguments.iter().map(|(name, value)| (*name, self.value(value))).collect();
        let mut texts = self.texts();
        if let Some(words) = texts.words.get(key) {
            return (*words).to_owned();
        }
        if !texts.bundle.has_message(key)
            && let Some((name, text)) = texts.written.get_key_value(key).map(|(name, text)| (*name, *text))
        {
            if let Some(words) = words(name, text) {
                texts.words.insert(name, words);
                return words.to_owned();
            }
            texts.add(text);
        }
        let Some(pattern) = texts.bundle.get_message(key).and_then(|message| message.value()) else {
            debug_assert!(false, "there is no text {key}");
            return key.to_owned();
        };
        // A variable without a value is shown by its name.
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
        for text in std::mem::take(&mut self.written).into_values() {
            self.add(text);
        }
    }

    fn add(&mut self, text: &str) {
        self.bundle.add_resource_overriding(parse(alone(text)).expect("a test reads the builtin files"));
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

/// The language of the environment as a BCP 47 tag, from the locale variables in POSIX's order; `None` for the C locale.
pub fn wanted(environment: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &&str| environment(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set)?;
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    (name != "C" && name != "POSIX").then(|| name.replace('_', "-"))
}

/// The language with this tag, else with the same language subtag.
fn fitting<'a>(tag: &str, languages: &'a [Builtin]) -> Option<&'a Builtin> {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let same = languages.iter().find(|other| other.tag.eq_ignore_ascii_case(tag));
    same.or_else(|| languages.iter().find(|other| language(other.tag) == language(tag)))
}

fn parse(text: &str) -> Result<FluentResource, LanguageError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let (start, why) = errors.first().map_or((0, String::new()), |error| (error.pos.start, error.kind.to_string()));
        let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        LanguageError::Syntax { line, why }
    })
}

/// The value of a text that is one line of plain words: everything else in Fluent begins with a brace.
fn words(name: &str, text: &'static str) -> Option<&'static str> {
    let words = alone(text).strip_prefix(name)?.trim_start_matches(' ').strip_prefix('=')?;
    let words = words.trim_matches([' ', '\n']);
    (!words.is_empty() && !words.contains(['{', '}', '\n'])).then_some(words)
}

/// A text without the comments behind it, which belong to the next one.
fn alone(text: &str) -> &str {
    text.split("\n#").next().unwrap_or_default()
}

fn names(resource: &FluentResource) -> impl Iterator<Item = &str> {
    resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message.id.name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_text_parses_as_it_does_in_its_file() {
        for language in &BUILTIN {
            let whole = parse(language.file).unwrap();
            let messages = whole.entries().filter_map(|entry| match entry {
                Entry::Message(message) => Some((message.id.name, &message.value, &message.attributes)),
                _ => None,
            });
            let alone: Vec<_> =
                language.texts().into_iter().map(|(name, text)| (name, parse(alone(text)).unwrap())).collect();
            let alone = alone.iter().map(|(name, resource)| match resource.entries().collect::<Vec<_>>()[..] {
                [Entry::Message(message)] if message.id.name == *name => (*name, &message.value, &message.attributes),
                ref others => panic!("{}: {name} is {others:?}", language.tag),
            });
            assert!(alone.eq(messages), "{}", language.tag);
        }
    }

    #[test]
    fn plain_words_are_translated_as_fluent_does() {
        for Builtin { tag, .. } in &BUILTIN {
            // Under a user's own file, be it empty, all is Fluent's.
            let (builtin, fluent) = (Language::builtin(tag), Language::with(tag, Some("")).unwrap());
            let said = |language: &Language, name| language.translate(LocalizedText::from(name));
            let differs =
                BUILTIN[0].texts().into_iter().find(|(name, _)| said(&builtin, *name) != said(&fluent, *name));
            assert_eq!(differs, None, "{tag}");
            assert!(builtin.texts().words.len() > 100 && fluent.texts().words.is_empty(), "{tag}");
        }
    }
}
