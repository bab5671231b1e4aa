//! The themes that papo brings, read while papo is compiled, so that a start need not.

use ratatui::style::Style;

use super::{Role, Variant, words::shipped_style};
use crate::domain::{is_same, split};

const FILE: &str = include_str!("../../../assets/theme.toml");

/// At most so many colours for people.
const SENDERS: usize = 16;

/// Each at the place of its variant.
pub(super) static THEMES: [Builtin; Variant::ALL.len()] = {
    let mut themes = [Builtin::PLAIN; Variant::ALL.len()];
    let mut at = 0;
    while at < themes.len() {
        themes[Variant::ALL[at] as usize] = Builtin::read(Variant::ALL[at]);
        at += 1;
    }
    themes
};

/// A theme that papo brings.
#[derive(Clone, Copy)]
pub(super) struct Builtin {
    pub(super) styles: [Style; Role::ALL.len()],
    senders: [Style; SENDERS],
    count: usize,
}

impl Builtin {
    const PLAIN: Self = Self { styles: [Style::new(); Role::ALL.len()], senders: [Style::new(); SENDERS], count: 0 };

    /// The colours for people.
    pub(super) fn senders(&self) -> &[Style] {
        &self.senders[..self.count]
    }

    /// Reads the variant's table: each role has a line of its own, with nothing to escape.
    const fn read(variant: Variant) -> Self {
        let mut theme = match variant.base() {
            Some(base) => Self::read(base),
            None => Self::PLAIN,
        };
        let (mut rest, mut is_meant) = (FILE, false);
        while !rest.is_empty() {
            let (line, after) = split(rest, b'\n');
            let (name, words) = split(line, b'"');
            if let [b'[', ..] = line.as_bytes() {
                is_meant = is_same(split(split(line, b'[').1, b']').0, variant.name());
            } else if is_meant {
                theme.takes(split(name, b' ').0, words);
            }
            rest = after;
        }
        theme
    }

    /// Takes in a line: the name that it begins with, and what stands behind its first quotation mark.
    const fn takes(&mut self, name: &str, words: &str) {
        if let Some(role) = Role::from_name(name) {
            self.styles[role as usize] = shipped_style(split(words, b'"').0);
        }
        if is_same(name, "senders") {
            let mut rest = words;
            self.count = 0;
            while !rest.is_empty() {
                let (words, after) = split(rest, b'"');
                self.senders[self.count] = shipped_style(words);
                self.count += 1;
                rest = split(after, b'"').1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Theme, *};

    #[test]
    fn the_shipped_file_says_the_same_as_toml() {
        for variant in Variant::ALL {
            let plain = Theme { styles: [Style::new(); Role::ALL.len()], senders: Vec::new() };
            let base = variant.base().map_or(plain, Theme::builtin);
            let theme = Theme::builtin(variant);
            assert!(!theme.senders.is_empty());
            assert_eq!(theme, base.overlaid(FILE, variant).unwrap(), "[{}]", variant.name());
        }
    }

    #[test]
    fn the_shipped_file_styles_every_role() {
        let file: toml::Table = FILE.parse().unwrap();
        for variant in Variant::ALL.into_iter().filter(|variant| variant.base().is_none()) {
            let table = file[variant.name()].as_table().unwrap();
            let missing: Vec<_> = Role::ALL.iter().filter(|role| !table.contains_key(role.name())).collect();
            assert!(missing.is_empty() && table.contains_key("senders"), "[{}] lacks {missing:?}", variant.name());
        }
    }
}
