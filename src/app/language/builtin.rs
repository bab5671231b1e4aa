//! The shipped languages.

/// A shipped language.
#[derive(Debug)]
pub struct Builtin {
    /// Its BCP 47 tag.
    pub tag: &'static str,
    /// Its file, in Fluent.
    pub file: &'static str,
}

/// English first, which has every text.
pub static BUILTIN: [Builtin; 2] = [
    Builtin { tag: "en", file: include_str!("../../../assets/languages/en.ftl") },
    Builtin { tag: "pt-BR", file: include_str!("../../../assets/languages/pt-BR.ftl") },
];

impl Builtin {
    /// Its unparsed texts, each with its key. A text begins where a line begins with a letter.
    pub fn texts(&self) -> Vec<(&'static str, &'static str)> {
        let file = self.file;
        let lines = file.match_indices('\n').map(|(end, _)| end + 1);
        let starts: Vec<usize> =
            lines.filter(|start| file[*start..].starts_with(|c: char| c.is_ascii_lowercase())).collect();
        let ends = starts.iter().copied().skip(1).chain([file.len()]);
        let texts = starts.iter().zip(ends).map(|(start, end)| &file[*start..end]);
        texts.filter_map(|text| Some((text.split_once(' ')?.0, text))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn text_keys_are_unique() {
        for language in &BUILTIN {
            let texts = language.texts();
            let names: BTreeSet<_> = texts.iter().map(|(name, _)| name).collect();
            assert!(texts.len() > 500 && names.len() == texts.len(), "{}: {}", language.tag, texts.len());
        }
    }
}
