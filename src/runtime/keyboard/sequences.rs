//! Parses a terminal's bytes into keys and other events; sequences may arrive in parts.
//!
//! Invariant: the way bytes are split, and the pauses between them, do not matter as long as each pause is shorter than
//! the wait. Only a lone escape is decided by time: it is a key unless something follows. A sequence that has begun is
//! waited for without a limit. No clock is read here.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use terminput_crossterm::to_crossterm;
use tokio::time::Instant;

const ESCAPE: u8 = 0x1b;
const PASTE: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";
/// A longer sequence is invalid.
const LONGEST: usize = 256;

/// The bytes of an incomplete sequence.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    pending: Vec<u8>,
    /// How long a lone escape is held.
    wait: Duration,
    /// When it counts as the key.
    due: Option<Instant>,
    /// Whether the last byte was an escape that counted as the key: a paste that arrives late is still one.
    is_behind_escape: bool,
}

/// The effect of one more byte.
enum Next {
    More,
    Whole,
    /// The byte does not continue the sequence.
    Broken,
}

impl Sequences {
    /// Holds a lone escape for `wait`.
    pub(super) fn new(wait: Duration) -> Self {
        Self { wait, ..Self::default() }
    }

    /// Parses `bytes`, received at `now`, after the earlier ones.
    pub(super) fn feed(&mut self, bytes: &[u8], now: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            self.take(byte, &mut events);
        }
        self.due = self.is_undecided().then(|| now + self.wait);
        events
    }

    /// When to call [`Self::expire`], unless more arrives first.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Returns the key of an escape that was held long enough.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            self.is_behind_escape = self.pending == [ESCAPE];
            self.give_up(&mut events);
        }
        events
    }

    /// Whether the pending bytes may be complete.
    fn is_undecided(&self) -> bool {
        matches!(self.pending[..], [ESCAPE] | [b'[', ..])
    }

    fn take(&mut self, byte: u8, events: &mut Vec<Event>) {
        let next = if self.pending.is_empty() { self.first(byte) } else { following(&self.pending, byte) };
        match next {
            Next::More => self.pending.push(byte),
            Next::Whole => {
                self.pending.push(byte);
                events.extend(event(&self.pending));
                self.pending.clear();
            }
            Next::Broken => {
                self.give_up(events);
                self.take(byte, events);
            }
        }
        // A paste whose escape counted as the key.
        if self.pending == PASTE[1..] {
            self.pending = PASTE.to_vec();
        }
    }

    fn first(&mut self, byte: u8) -> Next {
        let is_behind_escape = std::mem::take(&mut self.is_behind_escape);
        match byte {
            ESCAPE | 0xc2..=0xf4 => Next::More,
            b'[' if is_behind_escape => Next::More,
            _ => Next::Whole,
        }
    }

    /// Turns the pending bytes into keys if possible; otherwise drops them.
    fn give_up(&mut self, events: &mut Vec<Event>) {
        let alt = |letter, modifiers| Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT | modifiers));
        match self.pending[..] {
            [ESCAPE] => events.extend(event(&[ESCAPE])),
            [ESCAPE, b'['] => events.push(alt('[', KeyModifiers::NONE)),
            [ESCAPE, b'O'] => events.push(alt('O', KeyModifiers::SHIFT)),
            [b'[', ..] => events.extend(self.pending.iter().filter_map(|byte| event(&[*byte]))),
            _ => {}
        }
        self.pending.clear();
    }
}

/// The effect of `byte` after at least one earlier byte.
fn following(pending: &[u8], byte: u8) -> Next {
    match pending {
        _ if pending.starts_with(PASTE) => {
            let is_end = byte == b'~' && pending[PASTE.len()..].ends_with(&PASTE_END[..PASTE_END.len() - 1]);
            if is_end { Next::Whole } else { Next::More }
        }
        _ if pending.len() > LONGEST => Next::Broken,
        [ESCAPE] => match byte {
            ESCAPE => Next::Broken,
            b'[' | b'O' | 0xc2..=0xf4 => Next::More,
            _ => Next::Whole,
        },
        [ESCAPE, b'[', parameters @ ..] => match (parameters, byte) {
            // F1 to F5 of the Linux console.
            ([b'['], b'A'..=b'E') => Next::Whole,
            ([b'[', ..], _) => Next::Broken,
            // The mouse in X10 encoding: three arbitrary bytes.
            ([b'M', place @ ..], _) if place.len() == 2 => Next::Whole,
            ([b'M', ..], _) | ([], b'[' | b'M') | (_, 0x20..=0x3f) | (b"200", b'~') => Next::More,
            (_, 0x40..=0x7e) => Next::Whole,
            _ => Next::Broken,
        },
        [ESCAPE, b'O', ..] => match byte {
            b'0'..=b'9' | b';' => Next::More,
            0x40..=0x7e => Next::Whole,
            _ => Next::Broken,
        },
        [b'[', ..] => {
            let is_paste = PASTE[1..].strip_prefix(pending).is_some_and(|rest| rest.first() == Some(&byte));
            if is_paste { Next::More } else { Next::Broken }
        }
        [ESCAPE, letter @ ..] | letter => {
            let length = match letter[0] {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                _ => 4,
            };
            match byte {
                0x80..=0xbf if letter.len() + 1 == length => Next::Whole,
                0x80..=0xbf => Next::More,
                _ => Next::Broken,
            }
        }
    }
}

/// The event of a complete sequence; `None` if it is unknown.
fn event(bytes: &[u8]) -> Option<Event> {
    if let Some(text) = bytes.strip_prefix(PASTE) {
        let text = text.strip_suffix(PASTE_END).unwrap_or(text);
        return Some(Event::Paste(String::from_utf8_lossy(text).into_owned()));
    }
    let rewritten;
    let bytes = match bytes {
        [ESCAPE, b'[', parameters @ .., last @ (b'u' | b'~')] if parameters.first().is_some_and(u8::is_ascii_digit) => {
            rewritten = key(std::str::from_utf8(parameters).ok()?, *last)?;
            rewritten.as_bytes()
        }
        // Columns and rows count from 1.
        [ESCAPE, b'[', parameters @ .., b'M' | b'm'] if !parameters.is_empty() => {
            let mut places = parameters.split(|byte| *byte == b';').skip(1);
            if places.any(|place| place.iter().all(|digit| *digit == b'0')) {
                return None;
            }
            bytes
        }
        _ => bytes,
    };
    let event = terminput::Event::parse_from(bytes).ok()??;
    to_crossterm(event).ok()
}

/// Modifier bits, sent plus 1.
const ALT: u16 = 2;
const CTRL: u16 = 4;
/// Super, hyper and meta belong to the desktop.
const FOREIGN: u16 = 8 | 16 | 32;
/// Caps lock and num lock.
const LOCKS: u16 = 64 | 128;

/// A key in the kitty (`CSI u`) or xterm (`CSI 27 ; … ~`) protocol, converted to the key that other terminals' bytes
/// mean; `None` if papo does not use it.
fn key(parameters: &str, last: u8) -> Option<String> {
    let mut fields = parameters.split(';');
    let (mut code, mut modifiers) = (fields.next()?, fields.next().unwrap_or("1"));
    if last == b'~' {
        let Some(by_xterm) = fields.next().filter(|_| code == "27") else {
            return Some(format!("\x1b[{parameters}~"));
        };
        code = by_xterm;
    }
    let kind = match modifiers.split_once(':') {
        Some((mask, kind)) => {
            modifiers = mask;
            kind
        }
        None => "1",
    };
    let mask = if modifiers.is_empty() { 0 } else { modifiers.parse::<u16>().ok()?.checked_sub(1)? } & !LOCKS;
    if mask & FOREIGN != 0 {
        return None;
    }
    let mut codes = code.split(':').map(|code| code.parse::<u32>().ok());
    let (key, shifted, base) = (codes.next()??, codes.next().flatten(), codes.next().flatten());
    let is_control = mask & CTRL != 0;
    // Keymap keys work on any layout: Ctrl-с is Ctrl-C.
    let is_letter_of_others = key > 0x7f && !(0xe000..=0xf8ff).contains(&key);
    let key = base.filter(|_| is_letter_of_others && mask & (CTRL | ALT) != 0).unwrap_or(key);
    let (key, mask, shifted) = match char::from_u32(key)?.to_ascii_lowercase() {
        // Keys that have always been the same.
        'i' if is_control => ('\t', mask & !CTRL, None),
        'm' if is_control => ('\r', mask & !CTRL, None),
        '[' if is_control => ('\x1b', mask & !CTRL, None),
        letter @ 'a'..='z' if is_control => (letter, mask, None),
        _ => (char::from_u32(key)?, mask, shifted),
    };
    let shifted = shifted.map_or_else(String::new, |shifted| format!(":{shifted}"));
    Some(format!("\x1b[{}{shifted};{}:{kind}u", u32::from(key), mask + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::clock;

    const WAIT: Duration = Duration::from_millis(50);

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn plain(code: KeyCode) -> Event {
        key(code, KeyModifiers::NONE)
    }

    fn letter(letter: char) -> Event {
        plain(KeyCode::Char(letter))
    }

    fn control(letter: char) -> Event {
        key(KeyCode::Char(letter), KeyModifiers::CONTROL)
    }

    fn alt(letter: char) -> Event {
        key(KeyCode::Char(letter), KeyModifiers::ALT)
    }

    fn escape() -> Event {
        plain(KeyCode::Esc)
    }

    /// Any time; the tests continue from it.
    fn start() -> Instant {
        clock::instant()
    }

    /// The events of parts, each with the pause before it, with time advancing as in the loop.
    fn played<'a>(parts: impl IntoIterator<Item = (Duration, &'a [u8])>) -> Vec<Event> {
        let (mut sequences, mut now, mut events) = (Sequences::new(WAIT), start(), Vec::new());
        for (pause, part) in parts {
            now += pause;
            events.extend(sequences.expire(now));
            events.extend(sequences.feed(part, now));
        }
        events.extend(sequences.expire(now + WAIT));
        events
    }

    fn fed(bytes: &[u8]) -> Vec<Event> {
        played([(Duration::ZERO, bytes)])
    }

    #[test]
    fn keys_mouse_focus_and_pastes_are_told_apart() {
        assert_eq!(fed("aß漢".as_bytes()), ['a', 'ß', '漢'].map(letter));
        assert_eq!(
            fed(b"\x1b[A\x1bOP\r\x1b[[B"),
            [KeyCode::Up, KeyCode::F(1), KeyCode::Enter, KeyCode::F(2)].map(plain)
        );
        assert_eq!(fed(b"\x01\x1b[1;5D"), [control('a'), key(KeyCode::Left, KeyModifiers::CONTROL)]);
        assert_eq!(fed(b"\x1b[Z"), [key(KeyCode::BackTab, KeyModifiers::SHIFT)]);
        assert_eq!(fed(b"\x1b[I\x1b[O"), [Event::FocusGained, Event::FocusLost]);
        assert!(matches!(fed(b"\x1b[<64;3;4M")[..], [Event::Mouse(mouse)] if (mouse.column, mouse.row) == (2, 3)));
        assert!(matches!(fed(b"\x1b[M #$")[..], [Event::Mouse(mouse)] if (mouse.column, mouse.row) == (2, 3)));
        assert_eq!(fed(b"\x1b[200~a\r\n\x1b[A\x1b[201~b"), [Event::Paste("a\r\n\x1b[A".to_owned()), letter('b')]);
        assert_eq!(fed(b"\x1b[200~\x1b[201~"), [Event::Paste(String::new())]);
    }

    #[test]
    fn an_escape_is_a_key_where_nothing_follows_in_time() {
        assert_eq!(fed(b"\x1b"), [escape()]);
        assert_eq!(fed(b"\x1b\x1b"), [escape(), escape()]);
        assert_eq!(fed(b"\x1b\x1b[A"), [escape(), plain(KeyCode::Up)]);
        assert_eq!(fed(b"\x1bx\x1b[\x1b"), [alt('x'), alt('['), escape()]);
        assert_eq!(fed("\x1bß".as_bytes()), [alt('ß')]);
        let apart = |rest: &[u8]| played([(Duration::ZERO, b"\x1b".as_slice()), (WAIT, rest)]);
        assert_eq!(apart(b"\r"), [escape(), plain(KeyCode::Enter)]);
        assert_eq!(apart(b"[D"), [escape(), letter('['), letter('D')]);
        assert_eq!(played([(WAIT, b"\x1b[".as_slice()), (WAIT, b"D")]), [plain(KeyCode::Left)]);
    }

    #[test]
    fn an_escape_is_held_no_longer_than_said() {
        let (mut sequences, now) = (Sequences::new(WAIT), start());
        assert_eq!(sequences.feed(b"a", now), [letter('a')]);
        assert_eq!(sequences.due(), None, "there is nothing to wait for");
        assert_eq!(sequences.feed(b"\x1b", now), []);
        assert_eq!(sequences.due(), Some(now + WAIT));
        assert_eq!(sequences.expire(now + WAIT - Duration::from_millis(1)), []);
        assert_eq!(sequences.expire(now + WAIT), [escape()]);
        assert_eq!(sequences.due(), None);
    }

    #[test]
    fn a_paste_is_never_typed_however_late_it_comes() {
        let late = Duration::from_secs(1);
        let parts: [&[u8]; 5] = [b"\x1b", b"[200~one\rtwo", b"\x1b", b"[201", b"~x"];
        assert_eq!(
            played(parts.map(|part| (late, part))),
            [escape(), Event::Paste("one\rtwo".to_owned()), letter('x')]
        );
        assert_eq!(
            played([b"\x1b".as_slice(), b"[20", b"x"].map(|part| (late, part))),
            [escape(), letter('['), letter('2'), letter('0'), letter('x')]
        );
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
    fn what_means_nothing_is_left_out() {
        assert_eq!(
            fed(b"\x1b[?1;2ca\xffb\x1b[99~c\x1b[99999999999999999999uD\x1b[<0;0;0Md\x1b[1\x01\xe6\x01"),
            [letter('a'), letter('b'), letter('c'), key(KeyCode::Char('D'), KeyModifiers::SHIFT), letter('d')]
                .into_iter()
                .chain([control('a'), control('a')])
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn both_protocols_tell_keys_with_modifiers_apart() {
        let shift_enter = key(KeyCode::Enter, KeyModifiers::SHIFT);
        for bytes in [b"\x1b[27;2;13~".as_slice(), b"\x1b[13;2u", b"\x1b[13;2:1u", b"\x1b[13;66u", b"\x1b[13;130u"] {
            assert_eq!(fed(bytes), std::slice::from_ref(&shift_enter), "{bytes:?}");
        }
        assert_eq!(
            fed(b"\x1b[27u\x1b[27;1:1u\x1b[57414u"),
            [escape(), escape()].into_iter().chain(keypad()).collect::<Vec<_>>()
        );
        assert_eq!(
            fed(b"\x1b[113;5u\x1b[27;5;113~\x1b[81;6u\x1b[113:81;6u"),
            [control('q'), control('q')]
                .into_iter()
                .chain([
                    key(KeyCode::Char('q'), KeyModifiers::CONTROL | KeyModifiers::SHIFT),
                    key(KeyCode::Char('q'), KeyModifiers::CONTROL | KeyModifiers::SHIFT)
                ])
                .collect::<Vec<_>>()
        );
        assert_eq!(fed(b"\x1b[117;3u\x1b[49;3u\x1b[44:60;4u"), [alt('u'), alt('1'), alt('<')]);
        assert_eq!(fed(b"\x1b[105;5u\x1b[109;5u\x1b[91;5u"), [KeyCode::Tab, KeyCode::Enter, KeyCode::Esc].map(plain));
        assert_eq!(fed(b"\x1b[9;2u"), [key(KeyCode::BackTab, KeyModifiers::SHIFT)]);
        // Ctrl-с on a Russian layout.
        assert_eq!(fed(b"\x1b[1089::99;5u"), [control('c')]);
        assert_eq!(fed(b"\x1b[97;9u\x1b[97;17u"), [], "the desktop's keys are not papo's");
    }

    fn keypad() -> [Event; 1] {
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        [Event::Key(KeyEvent { state: crossterm::event::KeyEventState::KEYPAD, ..enter })]
    }

    /// Bytes that terminals send for one key.
    fn said() -> impl Strategy<Value = Vec<u8>> {
        let fixed = prop::sample::select(vec![
            "\x1b",
            "\x1b\r",
            "\x1bx",
            "\x1bß",
            "\x1b[A",
            "\x1bOP",
            "\x1b[1;5D",
            "\x1b[27;2;13~",
            "\x1b[13;2u",
            "\x1b[3~",
            "\x1b[<64;3;4M",
            "\x1b[I",
            "\x1b[M #$",
            "\x1b[[B",
            "\x1b[200~",
            "\x1b[201~",
            "[",
            "[200~",
            "a",
            "漢",
            "👍🏽",
            "\r",
            "\t",
            "\x7f",
            "\x01",
            "\x1b[200~one\rtwo\x1b[201~",
            "\x1b[?1;2c",
            "\x1bO",
            "\x1b[",
        ]);
        prop_oneof![
            8 => fixed.prop_map(|bytes| bytes.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..6),
        ]
    }

    proptest! {
        #[test]
        fn no_split_and_no_pause_below_the_limit_changes_what_is_meant(
            said in prop::collection::vec(said(), 0..8),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_u64..50), 0..12),
        ) {
            let whole = said.concat();
            let mut cuts: Vec<_> = cuts.into_iter().map(|(at, pause)| (at.index(whole.len() + 1), pause)).collect();
            cuts.sort_unstable();
            let mut parts = vec![(Duration::ZERO, 0)];
            parts.extend(cuts.iter().map(|(at, pause)| (Duration::from_millis(*pause), *at)));
            let ends = parts.iter().skip(1).map(|(_, at)| *at).chain([whole.len()]).collect::<Vec<_>>();
            let parts = parts.iter().zip(ends).map(|((pause, begin), end)| (*pause, &whole[*begin..end]));
            prop_assert_eq!(played(parts), fed(&whole));
        }
    }
}
