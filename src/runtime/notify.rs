//! Notifications through the terminal: the bell, or OSC 9 or OSC 777 with text.

use crate::{domain::NotifyBy, ui::text};

/// The escape sequence for a notification; `None` if the user wants none. Replaces control characters in the text, so
/// that the text cannot end the sequence.
pub(super) fn sequence(by: NotifyBy, title: &str, body: &str) -> Option<String> {
    let (title, body) = (text::safe_line(title), text::safe_line(body));
    match by {
        NotifyBy::Nothing => None,
        NotifyBy::Bell => Some("\x07".to_owned()),
        NotifyBy::Osc9 => Some(format!("\x1b]9;{title}: {body}\x07")),
        // Semicolons separate the fields.
        NotifyBy::Osc777 => Some(format!("\x1b]777;notify;{};{}\x07", title.replace(';', ","), body.replace(';', ","))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_end_the_sequence() {
        let hostile = "a\x07\x1b]0;owned\x1b\\;b\nc";
        assert_eq!(sequence(NotifyBy::Bell, "bob", hostile).as_deref(), Some("\x07"));
        assert_eq!(sequence(NotifyBy::Nothing, "bob", "hi"), None);
        assert_eq!(sequence(NotifyBy::Osc9, "bob", "hi").as_deref(), Some("\x1b]9;bob: hi\x07"));
        let sent = sequence(NotifyBy::Osc777, "bob;x", hostile).unwrap();
        assert_eq!(sent, "\x1b]777;notify;bob,x;a␇␛]0,owned␛\\,b␊c\x07");
    }
}
