//! Formats JSON as one line, without characters that control a terminal.

use std::fmt::Write;

use serde::Serialize;
use unicode_general_category::{GeneralCategory, get_general_category};

/// Formats a value as one line of JSON, without a line feed. Escapes control and format characters, such as C1
/// controls, DEL and those that reverse the direction of text; a JSON parser restores them.
pub fn json(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("all values in papo can be written as JSON");
    if json.chars().all(|c| !needs_escape(c)) {
        return json;
    }
    json.chars().fold(String::with_capacity(json.len()), |mut out, c| {
        // In valid JSON these characters occur only within strings, where an escape is allowed.
        if needs_escape(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        } else {
            out.push(c);
        }
        out
    })
}

fn needs_escape(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    !matches!(c, ' '..='~') && matches!(get_general_category(c), Control | Format | LineSeparator | ParagraphSeparator)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_and_format_characters_are_escaped() {
        for (raw, escaped) in [
            ("a\u{1b}[2J\n", r#""a\u001b[2J\n""#),
            ("\u{9b}31m\u{7f}", r#""\u009b31m\u007f""#),
            ("exe\u{202e}gpj\u{2066}\u{200f}", r#""exe\u202egpj\u2066\u200f""#),
            ("\u{2028}\u{feff}\u{e0041}", r#""\u2028\ufeff\udb40\udc41""#),
            ("naïve 日本 👩 \"\\", r#""naïve 日本 👩 \"\\""#),
        ] {
            assert_eq!(json(&raw), escaped, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_restores_the_text(text in any::<String>()) {
            let line = json(&text);
            prop_assert!(!line.contains(needs_escape));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
    }
}
