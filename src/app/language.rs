//! The language in which papo speaks, from the files of `assets/languages`.
//!
//! English has every text. Another language is laid over it, so that what it lacks is said in English; a user's
//! own file is laid over that. What such a file calls by a name that is no text of papo's is an error, so that a
//! slip is seen. Numbers follow the rules of the language that was chosen.
//!
//! Of hundreds of texts a screen says a few dozen: those that papo brings are parsed when they are said first.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use thiserror::Error;
use unic_langid::LanguageIdentifier;

use super::keymap::nearest;
use crate::domain::{Phrase, Value};

/// The languages that papo brings: what they are called in BCP 47, and their texts.
const SHIPPED: [(&str, &str); 2] = [
    ("en", include_str!("../../assets/languages/en.ftl")),
    ("pt-BR", include_str!("../../assets/languages/pt-BR.ftl")),
];

/// A language and its texts. A copy shares them.
#[derive(Clone)]
pub struct Language {
    texts: Arc<Mutex<Texts>>,
}

struct Texts {
    /// Those that are parsed.
    bundle: FluentBundle<FluentResource>,
    /// Those that papo brings, by their names, as they are written. The last of a name counts.
    written: Vec<(&'static str, &'static str)>,
}

/// What is wrong with a file of texts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LanguageError {
    /// It is no Fluent.
    #[error("line {line}: {why}")]
    Syntax {
        /// Where, counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// It has a text that papo never says.
    #[error("there is no text {name:?}; did you mean {nearest:?}?")]
    Unknown {
        /// How it is called there.
        name: String,
        /// The text whose name is most like it.
        nearest: String,
    },
}

impl Language {
    /// English, if nothing else is known.
    pub fn english() -> Self {
        Self::shipped("en")
    }

    /// The language of papo's own that fits a BCP 47 tag best: the same, else the same language of another place,
    /// else English.
    pub fn shipped(tag: &str) -> Self {
        Self::with(tag, None).expect("a test reads the shipped files")
    }

    /// The language of papo's own that fits best, with the texts of a user's own file over it.
    pub fn with(tag: &str, own: Option<&str>) -> Result<Self, LanguageError> {
        let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Marks of direction would be shown as marks.
        bundle.set_use_isolating(false);
        let [(_, english), others @ ..] = SHIPPED;
        let shipped = [Some(english), fitting(tag, &others).map(|(_, texts)| texts)];
        let mut texts = Texts { bundle, written: shipped.into_iter().flatten().flat_map(written).collect() };
        if let Some(own) = own {
            let own = parse(own)?;
            if let Some(name) = names(&own).find(|name| texts.written(name).is_none()) {
                let nearest = nearest(name, written(english).map(|(name, _)| name)).to_owned();
                return Err(LanguageError::Unknown { name: name.to_owned(), nearest });
            }
            // It may speak of any of them.
            texts.parse_all();
            texts.bundle.add_resource_overriding(own);
        }
        Ok(Self { texts: Arc::new(Mutex::new(texts)) })
    }

    /// Says it.
    pub fn say(&self, phrase: impl Into<Phrase>) -> String {
        match phrase.into() {
            Phrase::Quoted(words) => words,
            Phrase::Text { key, values } => self.text(&key, &values),
        }
    }

    fn text(&self, key: &str, values: &[(&'static str, Value)]) -> String {
        let values: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, self.value(value))).collect();
        let mut texts = self.texts();
        if !texts.bundle.has_message(key)
            && let Some(text) = texts.written(key)
        {
            texts.add(text);
        }
        let Some(pattern) = texts.bundle.get_message(key).and_then(|message| message.value()) else {
            debug_assert!(false, "there is no text {key}");
            return key.to_owned();
        };
        // What a text speaks of and is not given stands there by its name.
        texts.bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn value<'a>(&self, value: &'a Value) -> FluentValue<'a> {
        match value {
            Value::Words(words) => FluentValue::from(words.as_str()),
            Value::Number(number) => FluentValue::from(*number),
            Value::Phrase(phrase) => FluentValue::from(self.say((**phrase).clone())),
        }
    }
}

impl Texts {
    fn written(&self, name: &str) -> Option<&'static str> {
        self.written.iter().rev().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    fn parse_all(&mut self) {
        for (_, text) in std::mem::take(&mut self.written) {
            self.add(text);
        }
    }

    fn add(&mut self, text: &str) {
        self.bundle.add_resource_overriding(parse(alone(text)).expect("a test reads the shipped files"));
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

/// The language in which the environment wants to be spoken to, as a BCP 47 tag: POSIX says which variable comes
/// first. Nothing where it wants none.
pub fn wanted(environment: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &&str| environment(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set)?;
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    (name != "C" && name != "POSIX").then(|| name.replace('_', "-"))
}

/// The same language of the same place, else of any.
fn fitting<'a>(tag: &str, languages: &[(&'a str, &'a str)]) -> Option<(&'a str, &'a str)> {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let same = languages.iter().find(|(other, _)| other.eq_ignore_ascii_case(tag));
    same.or_else(|| languages.iter().find(|(other, _)| language(other) == language(tag))).copied()
}

fn parse(text: &str) -> Result<FluentResource, LanguageError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let (start, why) = errors.first().map_or((0, String::new()), |error| (error.pos.start, error.kind.to_string()));
        let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        LanguageError::Syntax { line, why }
    })
}

/// The texts of a shipped file by their names: each begins where a line begins with a letter, and ends where
/// the next does.
fn written(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    // Bytes, not patterns: a start looks at each of them.
    let begins = |pair: &[u8]| matches!(pair, [b'\n', b'a'..=b'z']);
    let starts = file.as_bytes().windows(2).enumerate().filter(move |(_, pair)| begins(pair));
    let mut starts = starts.map(|(before, _)| before + 1).peekable();
    std::iter::from_fn(move || {
        let text = &file[starts.next()?..starts.peek().copied().unwrap_or(file.len())];
        let name = text.bytes().position(|byte| byte == b' ').unwrap_or(text.len());
        Some((&text[..name], text))
    })
}

/// A text without the comments behind it, which are the next one's.
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
    fn a_text_alone_is_what_it_is_in_its_file() {
        for (language, file) in SHIPPED {
            let whole = parse(file).unwrap();
            let messages = whole.entries().filter_map(|entry| match entry {
                Entry::Message(message) => Some((message.id.name, &message.value, &message.attributes)),
                _ => None,
            });
            let alone: Vec<_> = written(file).map(|(name, text)| (name, parse(alone(text)).unwrap())).collect();
            let alone = alone.iter().map(|(name, resource)| match resource.entries().collect::<Vec<_>>()[..] {
                [Entry::Message(message)] if message.id.name == *name => (*name, &message.value, &message.attributes),
                ref others => panic!("{language}: {name} is {others:?}"),
            });
            assert!(alone.eq(messages), "{language}");
        }
    }
}
