//! Keys, parsed from the names in the configuration: `ctrl-n`, `alt-right`, `f1`, `?`.

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

/// A key with its modifiers, or a character twice: `yy`. Shift is never a modifier of a character: the key is `D`, not
/// `shift-d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
    is_doubled: bool,
}

/// The text is not the name of a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no key: write a character, the same one twice, or a name such as enter, tab, up, f1, after ctrl-, alt- or shift-"
)]
pub struct KeyError(String);

const NAMES: [(&str, KeyCode); 15] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Char(' ')),
    ("minus", KeyCode::Char('-')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

const MODIFIERS: [(&str, KeyModifiers); 3] =
    [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)];

impl From<&KeyEvent> for Key {
    fn from(event: &KeyEvent) -> Self {
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match event.code {
            // Terminals report Shift-Tab as a separate key.
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            // Only some terminals report Shift with a capital letter.
            KeyCode::Char(c) => {
                modifiers -= KeyModifiers::SHIFT;
                KeyCode::Char(c)
            }
            code => code,
        };
        Self { code, modifiers, is_doubled: false }
    }
}

impl Key {
    /// The same key, pressed twice.
    pub(super) fn doubled(self) -> Self {
        Self { is_doubled: true, ..self }
    }

    /// Returns whether it is a character that is pressed twice.
    pub(super) fn is_doubled(self) -> bool {
        self.is_doubled
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (modifiers, rest) = split_modifiers(text);
        let mut characters = rest.chars();
        let (first, second, third) = (characters.next(), characters.next(), characters.next());
        let is_doubled = first == second && third.is_none() && modifiers.is_empty();
        let code = match (first, second) {
            (Some(c), None) => KeyCode::Char(c),
            (Some(c), _) if is_doubled => KeyCode::Char(c),
            _ => code_by_name(rest).ok_or_else(|| KeyError(text.to_owned()))?,
        };
        if matches!(code, KeyCode::Char(_)) && modifiers.contains(KeyModifiers::SHIFT) {
            return Err(KeyError(text.to_owned()));
        }
        Ok(Self { code, modifiers, is_doubled })
    }
}

/// Splits a text into the modifiers at its start, and the rest.
fn split_modifiers(text: &str) -> (KeyModifiers, &str) {
    let (mut modifiers, mut rest) = (KeyModifiers::NONE, text);
    while let Some((modifier, after)) =
        MODIFIERS.iter().find_map(|(name, modifier)| Some((*modifier, rest.strip_prefix(name)?)))
    {
        (modifiers, rest) = (modifiers | modifier, after);
    }
    (modifiers, rest)
}

fn code_by_name(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    let number = name.strip_prefix('f')?.parse().ok().filter(|number| (1..=12).contains(number))?;
    Some(KeyCode::F(number))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, modifier) in
            [("Ctrl-", KeyModifiers::CONTROL), ("Alt-", KeyModifiers::ALT), ("Shift-", KeyModifiers::SHIFT)]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.is_doubled => write!(f, "{c}{c}"),
            KeyCode::Char(c) if self.modifiers.is_empty() => write!(f, "{c}"),
            KeyCode::Char(c) => write!(f, "{}", c.to_uppercase()),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            code => write!(f, "{code:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_parses_names_and_displays_them() {
        let shown = |text: &str| text.parse::<Key>().map(|key| key.to_string());
        for (text, key) in [
            ("ctrl-n", "Ctrl-N"),
            ("alt-right", "Alt-→"),
            ("shift-tab", "Shift-Tab"),
            ("f1", "F1"),
            ("?", "?"),
            ("D", "D"),
            ("-", "-"),
            ("yy", "yy"),
            ("pgup", "PgUp"),
        ] {
            assert_eq!(shown(text), Ok(key.to_owned()));
        }
        for bad in ["", "hyper-x", "f13", "ctrl-", "shift-d", "entr", "yyy", "xy", "ctrl-yy"] {
            assert!(shown(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn key_from_event_ignores_shift_of_a_character() {
        let event = KeyEvent::new(KeyCode::Char('D'), KeyModifiers::SHIFT);
        assert_eq!(Ok(Key::from(&event)), "D".parse());
        let event = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(Ok(Key::from(&event)), "shift-tab".parse());
    }
}
