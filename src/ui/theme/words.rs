//! The words of a style: `bold green on black` is modifiers, a colour, and behind `on` the ground.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::{find, is_same, split};

const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
    ("crossed-out", Modifier::CROSSED_OUT),
];

/// The terminal's own sixteen.
const COLOURS: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("darkgray", Color::DarkGray),
    ("lightred", Color::LightRed),
    ("lightgreen", Color::LightGreen),
    ("lightyellow", Color::LightYellow),
    ("lightblue", Color::LightBlue),
    ("lightmagenta", Color::LightMagenta),
    ("lightcyan", Color::LightCyan),
    ("white", Color::White),
];

/// The style that they say; else the first that is neither a colour nor a modifier.
pub(super) fn style(words: &str) -> Result<Style, &str> {
    let mut read = Reading::NOTHING;
    for word in words.split_whitespace() {
        if !read.takes(word) {
            read.colour(word.parse().map_err(|_| word)?);
        }
    }
    Ok(read.style)
}

/// The same while papo is compiled, of words that it ships.
pub(super) const fn shipped_style(words: &str) -> Style {
    let (mut read, mut rest) = (Reading::NOTHING, words);
    while !rest.is_empty() {
        let (word, after) = split(rest, b' ');
        assert!(read.takes(word), "it is a colour or a modifier");
        rest = after;
    }
    read.style
}

/// What has been read of a style.
struct Reading {
    style: Style,
    /// Whether the next colour is the ground's.
    is_ground: bool,
}

impl Reading {
    const NOTHING: Self = Self { style: Style::new(), is_ground: false };

    /// Takes a word of those that the shipped themes use; says whether it is one.
    const fn takes(&mut self, word: &str) -> bool {
        if is_same(word, "on") {
            self.is_ground = true;
            return true;
        }
        if let Some((_, modifier)) = find!(MODIFIERS, |named| is_same(named.0, word)) {
            self.style = self.style.add_modifier(modifier);
            return true;
        }
        let named = find!(COLOURS, |named| is_same(named.0, word));
        let colour = if let Some((_, colour)) = named { Some(colour) } else { rgb(word) };
        if let Some(colour) = colour {
            self.colour(colour);
        }
        colour.is_some()
    }

    const fn colour(&mut self, colour: Color) {
        self.style = if self.is_ground { self.style.bg(colour) } else { self.style.fg(colour) };
    }
}

/// `#rrggbb`.
const fn rgb(word: &str) -> Option<Color> {
    match (word.split_at_checked(1), word.len()) {
        (Some((mark, digits)), 7) if is_same(mark, "#") => match u32::from_str_radix(digits, 16) {
            Ok(number) => Some(Color::from_u32(number)),
            Err(_) => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_known_here_is_the_same_colour_as_elsewhere() {
        for (name, colour) in COLOURS {
            assert_eq!((name.parse(), style(name)), (Ok(colour), Ok(Style::new().fg(colour))));
        }
        assert_eq!(rgb("#56b4e9"), "#56b4e9".parse().ok());
        assert_eq!([rgb("#56b4ex"), rgb("#56b4e"), rgb("56b4e97"), rgb("")], [None; 4]);
    }

    #[test]
    fn the_ground_stands_behind_on() {
        let green = Style::new().fg(Color::Indexed(2)).bg(Color::Black).add_modifier(Modifier::BOLD);
        assert_eq!(style(" bold 2  on black "), Ok(green));
        assert_eq!(style("bold gren on black"), Err("gren"));
        assert_eq!(style(""), Ok(Style::new()));
    }
}
