//! Parses styles such as `bold green on black`: modifiers, a colour, and after `on` the background.

use ratatui::style::{Modifier, Style};

const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
    ("crossed-out", Modifier::CROSSED_OUT),
];

/// Parses a style. The error is the first word that is neither a colour nor a modifier.
pub(super) fn parse_style(words: &str) -> Result<Style, &str> {
    let (mut style, mut is_background) = (Style::new(), false);
    for word in words.split_whitespace() {
        if word == "on" {
            is_background = true;
        } else if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
            style = style.add_modifier(*modifier);
        } else {
            let colour = word.parse().map_err(|_| word)?;
            style = if is_background { style.bg(colour) } else { style.fg(colour) };
        }
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    #[test]
    fn colour_is_a_name_an_index_or_rgb() {
        for (name, colour) in [
            ("black", Color::Black),
            ("gray", Color::Gray),
            ("darkgray", Color::DarkGray),
            ("lightmagenta", Color::LightMagenta),
            ("white", Color::White),
            ("reset", Color::Reset),
            ("208", Color::Indexed(208)),
            ("#56b4e9", Color::Rgb(0x56, 0xb4, 0xe9)),
        ] {
            assert_eq!(parse_style(name), Ok(Style::new().fg(colour)));
        }
        for word in ["#56b4ex", "#56b4e", "56b4e97", "256"] {
            assert_eq!(parse_style(word), Err(word));
        }
    }

    #[test]
    fn background_follows_on() {
        let green = Style::new().fg(Color::Indexed(2)).bg(Color::Black).add_modifier(Modifier::BOLD);
        assert_eq!(parse_style(" bold 2  on black "), Ok(green));
        assert_eq!(parse_style("bold gren on black"), Err("gren"));
        assert_eq!(parse_style(""), Ok(Style::new()));
    }
}
