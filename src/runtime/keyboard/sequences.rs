//! What a terminal's bytes mean: letters and sequences, which may come in parts.

use crossterm::event::Event;
use terminput_crossterm::to_crossterm;

const ESCAPE: u8 = 0x1b;

/// What has come of a sequence that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Sequences(Vec<u8>);

impl Sequences {
    /// What `bytes` mean, behind those that came before. A lone escape is the key, unless `more` comes at once: then it may
    /// begin a sequence.
    pub(super) fn feed(&mut self, bytes: &[u8], more: bool) -> Vec<Event> {
        let mut events = Vec::new();
        for (place, &byte) in bytes.iter().enumerate() {
            // The key, and what begins with it once more.
            if byte == ESCAPE && self.0 == [ESCAPE] {
                events.extend(event(&self.0).unwrap_or_default());
                self.0.clear();
            }
            self.0.push(byte);
            let is_last = place + 1 == bytes.len() && !more;
            if self.0 == [ESCAPE] && !is_last {
                continue;
            }
            match event(&self.0) {
                Ok(None) => continue,
                Ok(Some(event)) => events.push(event),
                // What means nothing is left out.
                Err(Unknown) => {}
            }
            self.0.clear();
        }
        events
    }
}

struct Unknown;

/// What bytes mean; nothing where they are not whole.
fn event(bytes: &[u8]) -> Result<Option<Event>, Unknown> {
    let event = terminput::Event::parse_from(bytes).map_err(|_| Unknown)?;
    event.map(to_crossterm).transpose().map_err(|_| Unknown)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn letter(letter: char) -> Event {
        key(KeyCode::Char(letter), KeyModifiers::NONE)
    }

    fn escape() -> Event {
        key(KeyCode::Esc, KeyModifiers::NONE)
    }

    fn fed(bytes: &[u8]) -> Vec<Event> {
        Sequences::default().feed(bytes, false)
    }

    #[test]
    fn keys_mouse_focus_and_pastes_are_told_apart() {
        assert_eq!(fed("aß漢".as_bytes()), ['a', 'ß', '漢'].map(letter));
        assert_eq!(
            fed(b"\x1b[A\x1bOP\r"),
            [KeyCode::Up, KeyCode::F(1), KeyCode::Enter].map(|code| { key(code, KeyModifiers::NONE) })
        );
        assert_eq!(
            fed(b"\x01\x1b[1;5D"),
            [key(KeyCode::Char('a'), KeyModifiers::CONTROL), key(KeyCode::Left, KeyModifiers::CONTROL)]
        );
        assert_eq!(fed(b"\x1b[Z"), [key(KeyCode::BackTab, KeyModifiers::SHIFT)]);
        assert_eq!(fed(b"\x1b[I\x1b[O"), [Event::FocusGained, Event::FocusLost]);
        assert!(matches!(fed(b"\x1b[<64;3;4M")[..], [Event::Mouse(mouse)] if (mouse.column, mouse.row) == (2, 3)));
        assert_eq!(fed(b"\x1b[200~a\r\n\x1b[A\x1b[201~b"), [Event::Paste("a\r\n\x1b[A".to_owned()), letter('b')]);
    }

    #[test]
    fn an_escape_is_a_key_where_nothing_follows_at_once() {
        assert_eq!(fed(b"\x1b"), [escape()]);
        assert_eq!(fed(b"\x1b\x1b"), [escape(), escape()]);
        assert_eq!(fed(b"\x1b\x1b[A"), [escape(), key(KeyCode::Up, KeyModifiers::NONE)]);
        assert_eq!(fed(b"\x1bx"), [key(KeyCode::Char('x'), KeyModifiers::ALT)]);
        let mut sequences = Sequences::default();
        assert_eq!(sequences.feed(b"a\x1b", true), [letter('a')]);
        assert_eq!(sequences.feed(b"[A", false), [key(KeyCode::Up, KeyModifiers::NONE)]);
    }

    #[test]
    fn what_begins_other_sequences_is_a_key_with_alt_and_swallows_nothing() {
        for (bytes, code) in [(b"\x1b]a", ']'), (b"\x1bPa", 'P'), (b"\x1b_a", '_')] {
            let events = fed(bytes);
            assert!(
                matches!(&events[..], [Event::Key(first), last] if *last == letter('a')
                && first.code == KeyCode::Char(code) && first.modifiers.contains(KeyModifiers::ALT)),
                "{events:?}"
            );
        }
    }

    #[test]
    fn parts_mean_the_same_as_the_whole() {
        let whole = "a\x1b[1;5Dß\x1b[200~漢\x1b[201~\x1b[<0;1;1m\x1bOPz".as_bytes();
        for at in 0..whole.len() {
            let mut sequences = Sequences::default();
            let (first, second) = whole.split_at(at);
            let mut events = sequences.feed(first, true);
            events.extend(sequences.feed(second, false));
            assert_eq!(events, fed(whole), "in parts at {at}");
        }
    }

    #[test]
    fn what_means_nothing_is_left_out() {
        assert_eq!(
            fed(b"\x1b[?1;2ca\xffb\x1b[99~c\x1b[99999999999999999999uD"),
            [letter('a'), letter('b'), letter('c'), key(KeyCode::Char('D'), KeyModifiers::SHIFT)]
        );
    }
}
