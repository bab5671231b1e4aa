//! The texts that papo brings, and where each stands in its file: that is found while papo is compiled, so that a start
//! reads only what it says.

use crate::domain::{fnv_1a, split};

/// Twice as many as there are texts, and more.
const PLACES: usize = 2048;

/// A language that papo brings.
#[derive(Debug)]
pub struct Builtin {
    /// What it is called in BCP 47.
    pub tag: &'static str,
    /// Its texts as they are written, in Fluent.
    pub file: &'static str,
    /// Where each begins, at the place of its name's hash or the next that is free; 0 is a free one.
    starts: [usize; PLACES],
}

/// English first, which has every text.
pub static BUILTIN: [Builtin; 2] = [
    Builtin::new("en", include_str!("../../../assets/languages/en.ftl")),
    Builtin::new("pt-BR", include_str!("../../../assets/languages/pt-BR.ftl")),
];

impl Builtin {
    const fn new(tag: &'static str, file: &'static str) -> Self {
        let (bytes, mut starts) = (file.as_bytes(), [0; PLACES]);
        let mut at = next(bytes, 0);
        while at < bytes.len() {
            let mut place = place(file.split_at(at).1);
            while starts[place] != 0 {
                place = (place + 1) % PLACES;
            }
            starts[place] = at;
            at = next(bytes, at);
        }
        Self { tag, file, starts }
    }

    /// Its texts, by their names.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let file = self.file;
        let mut at = next(file.as_bytes(), 0);
        std::iter::from_fn(move || {
            let found = text(file, at)?;
            at += found.1.len();
            Some(found)
        })
    }

    /// The text of this name, with it.
    pub fn text(&self, name: &str) -> Option<(&'static str, &'static str)> {
        let first = place(name);
        let starts = self.starts[first..].iter().chain(&self.starts[..first]).take_while(|start| **start != 0);
        let mut texts = starts.filter_map(|start| text(self.file, *start));
        texts.find(|(found, _)| *found == name)
    }
}

/// The text that begins here, with its name.
fn text(file: &'static str, start: usize) -> Option<(&'static str, &'static str)> {
    let text = file.get(start..next(file.as_bytes(), start)).filter(|text| !text.is_empty())?;
    Some((split(text, b' ').0, text))
}

/// Where the next text begins: where a line begins with a letter.
const fn next(file: &[u8], after: usize) -> usize {
    let mut at = after + 1;
    while at < file.len() && !(file[at - 1] == b'\n' && file[at].is_ascii_lowercase()) {
        at += 1;
    }
    if at < file.len() { at } else { file.len() }
}

/// Where the name that a text begins with has its place: by its hash.
const fn place(text: &str) -> usize {
    fnv_1a(split(text, b' ').0.as_bytes()) % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_found_by_its_name() {
        for language in &BUILTIN {
            let texts: Vec<_> = language.texts().collect();
            assert!(texts.len() > 500 && texts.len() * 2 < PLACES, "{}: {}", language.tag, texts.len());
            let found: Vec<_> = texts.iter().filter_map(|(name, _)| language.text(name)).collect();
            assert_eq!(found, texts, "each name is there once");
            assert_eq!(language.text("no-such-text"), None);
            assert_eq!(language.text(""), None);
        }
    }
}
