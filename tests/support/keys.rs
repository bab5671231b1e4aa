//! Key events by the names that keymaps use.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The event of a pressed key.
pub fn key(name: &str) -> KeyEvent {
    let (modifiers, name) = match name.split_once('-') {
        Some(("ctrl", name)) => (KeyModifiers::CONTROL, name),
        Some(("alt", name)) => (KeyModifiers::ALT, name),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backspace" => KeyCode::Backspace,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        name if name.len() > 1 && name.starts_with('f') => KeyCode::F(name[1..].parse().expect("a number")),
        name => {
            let mut letters = name.chars();
            let letter = letters.next().expect("a key has a name");
            assert_eq!(letters.next(), None, "{name} is no key");
            KeyCode::Char(letter)
        }
    };
    KeyEvent::new(code, modifiers)
}
