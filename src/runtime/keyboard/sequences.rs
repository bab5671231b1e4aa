//! Decodes the bytes of a terminal to keys and other events. Escape sequences may arrive in parts.
//!
//! Invariant: neither splits of the bytes, nor pauses shorter than [`SequenceDecoder::wait`], change the events. Time
//! decides only about a lone escape byte: it becomes the Escape key if nothing follows in time. The rest of a sequence
//! may take any time to arrive. This module reads no clock.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use terminput_crossterm::to_crossterm;
use tokio::time::Instant;

const ESCAPE: u8 = 0x1b;
const PASTE: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";
/// The maximum length of a sequence, in bytes. A longer one is invalid and discarded.
const MAX_LENGTH: usize = 256;

/// The decoder.
#[derive(Debug, Default)]
pub(super) struct SequenceDecoder {
    /// The bytes of a sequence that is not complete yet.
    pending: Vec<u8>,
    /// How long the decoder holds bytes that may be keys or the start of a sequence.
    wait: Duration,
    /// When to decode the pending bytes as keys; `None` if they cannot be keys.
    due: Option<Instant>,
    /// Whether the last byte was decoded as the Escape key. If the rest of a paste sequence follows, it is still
    /// decoded as a paste, because pasted text must never act as keys.
    follows_escape_key: bool,
}

/// The state of a sequence after one more byte.
enum SequenceState {
    Incomplete,
    Complete,
    /// The new byte does not continue the sequence.
    Broken,
}

impl SequenceDecoder {
    /// Creates a decoder that holds a lone escape byte for `wait`.
    pub(super) fn new(wait: Duration) -> Self {
        Self { wait, ..Self::default() }
    }

    /// Decodes the pending bytes followed by `bytes`, which arrived at `now`.
    pub(super) fn feed(&mut self, bytes: &[u8], now: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            self.push(byte, &mut events);
        }
        self.due = self.may_be_keys().then(|| now + self.wait);
        events
    }

    /// When to call [`Self::expire`] if no more bytes arrive; `None` if that is not necessary.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Decodes the pending bytes as keys if they were held long enough.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            self.follows_escape_key = self.pending == [ESCAPE];
            self.flush_as_keys(&mut events);
        }
        events
    }

    /// Whether the pending bytes may be keys and not the start of a sequence.
    fn may_be_keys(&self) -> bool {
        matches!(self.pending[..], [ESCAPE] | [b'[', ..])
    }

    fn push(&mut self, byte: u8, events: &mut Vec<Event>) {
        let next = if self.pending.is_empty() { self.state_of_first(byte) } else { state_with(&self.pending, byte) };
        match next {
            SequenceState::Incomplete => self.pending.push(byte),
            SequenceState::Complete => {
                self.pending.push(byte);
                events.extend(event(&self.pending));
                self.pending.clear();
            }
            SequenceState::Broken => {
                self.flush_as_keys(events);
                self.push(byte, events);
            }
        }
        // The start of a paste whose escape byte was decoded as the Escape key.
        if self.pending == PASTE[1..] {
            self.pending = PASTE.to_vec();
        }
    }

    /// The state of a sequence that starts with `byte`.
    fn state_of_first(&mut self, byte: u8) -> SequenceState {
        let follows_escape_key = std::mem::take(&mut self.follows_escape_key);
        match byte {
            ESCAPE | 0xc2..=0xf4 => SequenceState::Incomplete,
            b'[' if follows_escape_key => SequenceState::Incomplete,
            _ => SequenceState::Complete,
        }
    }

    /// Decodes the pending bytes as keys if they may be keys, else discards them.
    fn flush_as_keys(&mut self, events: &mut Vec<Event>) {
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

/// The state of the sequence `pending`, which is not empty, followed by `byte`.
fn state_with(pending: &[u8], byte: u8) -> SequenceState {
    match pending {
        _ if pending.starts_with(PASTE) => {
            let is_end = byte == b'~' && pending[PASTE.len()..].ends_with(&PASTE_END[..PASTE_END.len() - 1]);
            if is_end { SequenceState::Complete } else { SequenceState::Incomplete }
        }
        _ if pending.len() > MAX_LENGTH => SequenceState::Broken,
        [ESCAPE] => match byte {
            ESCAPE => SequenceState::Broken,
            b'[' | b'O' | 0xc2..=0xf4 => SequenceState::Incomplete,
            _ => SequenceState::Complete,
        },
        [ESCAPE, b'[', parameters @ ..] => match (parameters, byte) {
            // F1 to F5 of the Linux console: CSI [ A to CSI [ E.
            ([b'['], b'A'..=b'E') => SequenceState::Complete,
            ([b'[', ..], _) => SequenceState::Broken,
            // X10 mouse reports: CSI M and any three bytes.
            ([b'M', place @ ..], _) if place.len() == 2 => SequenceState::Complete,
            ([b'M', ..], _) | ([], b'[' | b'M') | (_, 0x20..=0x3f) | (b"200", b'~') => SequenceState::Incomplete,
            (_, 0x40..=0x7e) => SequenceState::Complete,
            _ => SequenceState::Broken,
        },
        [ESCAPE, b'O', ..] => match byte {
            b'0'..=b'9' | b';' => SequenceState::Incomplete,
            0x40..=0x7e => SequenceState::Complete,
            _ => SequenceState::Broken,
        },
        [b'[', ..] => {
            let is_paste = PASTE[1..].strip_prefix(pending).is_some_and(|rest| rest.first() == Some(&byte));
            if is_paste { SequenceState::Incomplete } else { SequenceState::Broken }
        }
        [ESCAPE, letter @ ..] | letter => {
            let length = match letter[0] {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                _ => 4,
            };
            match byte {
                0x80..=0xbf if letter.len() + 1 == length => SequenceState::Complete,
                0x80..=0xbf => SequenceState::Incomplete,
                _ => SequenceState::Broken,
            }
        }
    }
}

/// Decodes a complete sequence. Returns `None` if papo does not know it.
fn event(bytes: &[u8]) -> Option<Event> {
    if let Some(text) = bytes.strip_prefix(PASTE) {
        let text = text.strip_suffix(PASTE_END).unwrap_or(text);
        return Some(Event::Paste(String::from_utf8_lossy(text).into_owned()));
    }
    let rewritten;
    let bytes = match bytes {
        [ESCAPE, b'[', parameters @ .., last @ (b'u' | b'~')] if parameters.first().is_some_and(u8::is_ascii_digit) => {
            rewritten = rewrite_key(std::str::from_utf8(parameters).ok()?, *last)?;
            rewritten.as_bytes()
        }
        // Mouse reports count columns and rows from 1, so a report with 0 is malformed.
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

// Modifier bits. The parameter of a sequence is their sum plus 1.
const ALT: u16 = 2;
const CTRL: u16 = 4;
/// Super, hyper and meta: the desktop uses keys with these modifiers.
const DESKTOP: u16 = 8 | 16 | 32;
/// Caps lock and num lock.
const LOCKS: u16 = 64 | 128;

/// Rewrites a key of the protocols of kitty (`CSI u`) and xterm (`CSI 27 ; … ~`) so that it decodes to the same event
/// as the bytes that other terminals send for the key. Returns `None` if the sequence is malformed, or has a modifier
/// of the desktop. `last` is the final byte, `u` or `~`.
fn rewrite_key(parameters: &str, last: u8) -> Option<String> {
    let mut fields = parameters.split(';');
    let (mut code, mut modifiers) = (fields.next()?, fields.next().unwrap_or("1"));
    if last == b'~' {
        let Some(xterm_code) = fields.next().filter(|_| code == "27") else {
            return Some(format!("\x1b[{parameters}~"));
        };
        code = xterm_code;
    }
    let kind = match modifiers.split_once(':') {
        Some((mask, kind)) => {
            modifiers = mask;
            kind
        }
        None => "1",
    };
    let mask = if modifiers.is_empty() { 0 } else { modifiers.parse::<u16>().ok()?.checked_sub(1)? } & !LOCKS;
    if mask & DESKTOP != 0 {
        return None;
    }
    let mut codes = code.split(':').map(|code| code.parse::<u32>().ok());
    let (key, shifted, base) = (codes.next()??, codes.next().flatten(), codes.next().flatten());
    let is_control = mask & CTRL != 0;
    // Key bindings work on any keyboard layout: with Ctrl or Alt, uses the key of the base layout, so that Ctrl-с
    // (Cyrillic) is Ctrl-C.
    let is_foreign_letter = key > 0x7f && !(0xe000..=0xf8ff).contains(&key);
    let key = base.filter(|_| is_foreign_letter && mask & (CTRL | ALT) != 0).unwrap_or(key);
    let (key, mask, shifted) = match char::from_u32(key)?.to_ascii_lowercase() {
        // Ctrl-I, Ctrl-M and Ctrl-[ are Tab, Enter and Escape in ASCII, and users expect that.
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
    use crossterm::event::KeyEventState;
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

    /// The time at which a test starts; the tests advance it themselves.
    fn start() -> Instant {
        clock::instant()
    }

    /// Decodes parts that each arrive after a pause. Calls `expire` before each part and at the end, as the keyboard
    /// does.
    fn decode_parts<'a>(parts: impl IntoIterator<Item = (Duration, &'a [u8])>) -> Vec<Event> {
        let (mut sequences, mut now, mut events) = (SequenceDecoder::new(WAIT), start(), Vec::new());
        for (pause, part) in parts {
            now += pause;
            events.extend(sequences.expire(now));
            events.extend(sequences.feed(part, now));
        }
        events.extend(sequences.expire(now + WAIT));
        events
    }

    fn decode(bytes: &[u8]) -> Vec<Event> {
        decode_parts([(Duration::ZERO, bytes)])
    }

    #[test]
    fn keys_mouse_focus_and_pastes_are_decoded() {
        assert_eq!(decode("aß漢".as_bytes()), ['a', 'ß', '漢'].map(letter));
        assert_eq!(
            decode(b"\x1b[A\x1bOP\r\x1b[[B"),
            [KeyCode::Up, KeyCode::F(1), KeyCode::Enter, KeyCode::F(2)].map(plain)
        );
        assert_eq!(decode(b"\x01\x1b[1;5D"), [control('a'), key(KeyCode::Left, KeyModifiers::CONTROL)]);
        assert_eq!(decode(b"\x1b[Z"), [key(KeyCode::BackTab, KeyModifiers::SHIFT)]);
        assert_eq!(decode(b"\x1b[I\x1b[O"), [Event::FocusGained, Event::FocusLost]);
        assert!(matches!(decode(b"\x1b[<64;3;4M")[..], [Event::Mouse(mouse)] if (mouse.column, mouse.row) == (2, 3)));
        assert!(matches!(decode(b"\x1b[M #$")[..], [Event::Mouse(mouse)] if (mouse.column, mouse.row) == (2, 3)));
        assert_eq!(decode(b"\x1b[200~a\r\n\x1b[A\x1b[201~b"), [Event::Paste("a\r\n\x1b[A".to_owned()), letter('b')]);
        assert_eq!(decode(b"\x1b[200~\x1b[201~"), [Event::Paste(String::new())]);
    }

    #[test]
    fn lone_escape_is_a_key_after_the_wait() {
        assert_eq!(decode(b"\x1b"), [escape()]);
        assert_eq!(decode(b"\x1b\x1b"), [escape(), escape()]);
        assert_eq!(decode(b"\x1b\x1b[A"), [escape(), plain(KeyCode::Up)]);
        assert_eq!(decode(b"\x1bx\x1b[\x1b"), [alt('x'), alt('['), escape()]);
        assert_eq!(decode("\x1bß".as_bytes()), [alt('ß')]);
        let apart = |rest: &[u8]| decode_parts([(Duration::ZERO, b"\x1b".as_slice()), (WAIT, rest)]);
        assert_eq!(apart(b"\r"), [escape(), plain(KeyCode::Enter)]);
        assert_eq!(apart(b"[D"), [escape(), letter('['), letter('D')]);
        assert_eq!(decode_parts([(WAIT, b"\x1b[".as_slice()), (WAIT, b"D")]), [plain(KeyCode::Left)]);
    }

    #[test]
    fn escape_is_held_for_exactly_the_wait() {
        let (mut sequences, now) = (SequenceDecoder::new(WAIT), start());
        assert_eq!(sequences.feed(b"a", now), [letter('a')]);
        assert_eq!(sequences.due(), None, "no byte is pending");
        assert_eq!(sequences.feed(b"\x1b", now), []);
        assert_eq!(sequences.due(), Some(now + WAIT));
        assert_eq!(sequences.expire(now + WAIT - Duration::from_millis(1)), []);
        assert_eq!(sequences.expire(now + WAIT), [escape()]);
        assert_eq!(sequences.due(), None);
    }

    #[test]
    fn late_parts_of_a_paste_are_not_decoded_as_keys() {
        let late = Duration::from_secs(1);
        let parts: [&[u8]; 5] = [b"\x1b", b"[200~one\rtwo", b"\x1b", b"[201", b"~x"];
        assert_eq!(
            decode_parts(parts.map(|part| (late, part))),
            [escape(), Event::Paste("one\rtwo".to_owned()), letter('x')]
        );
        assert_eq!(
            decode_parts([b"\x1b".as_slice(), b"[20", b"x"].map(|part| (late, part))),
            [escape(), letter('['), letter('2'), letter('0'), letter('x')]
        );
    }

    #[test]
    fn osc_dcs_and_apc_introducers_are_keys_with_alt() {
        for (bytes, code) in [(b"\x1b]a", ']'), (b"\x1bPa", 'P'), (b"\x1b_a", '_')] {
            let events = decode(bytes);
            assert!(
                matches!(&events[..], [Event::Key(first), last] if *last == letter('a')
                && first.code == KeyCode::Char(code) && first.modifiers.contains(KeyModifiers::ALT)),
                "{events:?}"
            );
        }
    }

    #[test]
    fn unknown_and_malformed_sequences_are_ignored() {
        let letters = ['a', 'b', 'c', 'd'].map(letter);
        assert_eq!(decode(b"\x1b[?1;2ca\xffb\x1b[99~c\x1b[99999999999999999999ud"), letters);
        assert_eq!(decode(b"\x1b[<0;0;0Ma\x1b[1\x01\xe6\x01"), [letter('a'), control('a'), control('a')]);
    }

    #[test]
    fn both_key_protocols_decode_modifiers() {
        let shift_enter = key(KeyCode::Enter, KeyModifiers::SHIFT);
        for bytes in [b"\x1b[27;2;13~".as_slice(), b"\x1b[13;2u", b"\x1b[13;2:1u", b"\x1b[13;66u", b"\x1b[13;130u"] {
            assert_eq!(decode(bytes), std::slice::from_ref(&shift_enter), "{bytes:?}");
        }
        assert_eq!(decode(b"\x1b[27u\x1b[27;1:1u"), [escape(), escape()]);
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(decode(b"\x1b[57414u"), [Event::Key(KeyEvent { state: KeyEventState::KEYPAD, ..enter })]);
        assert_eq!(decode(b"\x1b[113;5u\x1b[27;5;113~"), [control('q'), control('q')]);
        let shifted = key(KeyCode::Char('q'), KeyModifiers::CONTROL | KeyModifiers::SHIFT);
        assert_eq!(decode(b"\x1b[81;6u\x1b[113:81;6u"), [shifted.clone(), shifted]);
        assert_eq!(decode(b"\x1b[117;3u\x1b[49;3u\x1b[44:60;4u"), [alt('u'), alt('1'), alt('<')]);
        let plain_keys = [KeyCode::Tab, KeyCode::Enter, KeyCode::Esc].map(plain);
        assert_eq!(decode(b"\x1b[105;5u\x1b[109;5u\x1b[91;5u"), plain_keys);
        assert_eq!(decode(b"\x1b[9;2u"), [key(KeyCode::BackTab, KeyModifiers::SHIFT)]);
        // Ctrl-с on a Russian layout.
        assert_eq!(decode(b"\x1b[1089::99;5u"), [control('c')]);
        assert_eq!(decode(b"\x1b[97;9u\x1b[97;17u"), [], "keys with a modifier of the desktop are ignored");
    }

    /// Sequences that terminals send, parts of sequences, and random bytes.
    fn input() -> impl Strategy<Value = Vec<u8>> {
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
        fn splits_and_short_pauses_do_not_change_the_events(
            inputs in prop::collection::vec(input(), 0..8),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_u64..50), 0..12),
        ) {
            let whole = inputs.concat();
            let mut cuts: Vec<_> = cuts.into_iter().map(|(at, pause)| (at.index(whole.len() + 1), pause)).collect();
            cuts.sort_unstable();
            let mut parts = vec![(Duration::ZERO, 0)];
            parts.extend(cuts.iter().map(|(at, pause)| (Duration::from_millis(*pause), *at)));
            let ends = parts.iter().skip(1).map(|(_, at)| *at).chain([whole.len()]).collect::<Vec<_>>();
            let parts = parts.iter().zip(ends).map(|((pause, begin), end)| (*pause, &whole[*begin..end]));
            prop_assert_eq!(decode_parts(parts), decode(&whole));
        }
    }
}
