//! A recording of a terminal in asciinema's format: <https://docs.asciinema.org/manual/asciicast/v2/>.

use std::{fmt, str::FromStr, time::Duration};

use serde_json::{Value, json};

/// Longer pauses are shortened to this time.
const IDLE: Duration = Duration::from_millis(900);

/// All output to a terminal, with times.
#[derive(Debug, Clone, PartialEq)]
pub struct Cast {
    pub size: (u16, u16),
    title: String,
    /// Output, with its time in milliseconds since the start.
    pub events: Vec<(u64, String)>,
}

impl Cast {
    /// Creates a recording from chunks of output with their times, and shortens long pauses.
    pub fn new(size: (u16, u16), title: &str, recorded: &[(Duration, Vec<u8>)]) -> Self {
        let mut events: Vec<(u64, String)> = Vec::new();
        let (mut at, mut before) = (Duration::ZERO, recorded.first().map_or(Duration::ZERO, |(at, _)| *at));
        let mut incomplete = Vec::new();
        for (when, bytes) in recorded {
            at += when.saturating_sub(before).min(IDLE);
            before = *when;
            incomplete.extend_from_slice(bytes);
            // Two chunks may share a character.
            let whole = match std::str::from_utf8(&incomplete) {
                Ok(text) => text.len(),
                Err(error) => error.valid_up_to(),
            };
            let rest = incomplete.split_off(whole);
            let text = String::from_utf8(std::mem::replace(&mut incomplete, rest)).expect("this part is UTF-8");
            let millis = u64::try_from(at.as_millis()).expect("a recording is short");
            match events.last_mut() {
                _ if text.is_empty() => {}
                Some((last, data)) if *last == millis => data.push_str(&text),
                _ => events.push((millis, text)),
            }
        }
        Self { size, title: title.to_owned(), events }
    }

    /// The length in seconds.
    pub fn length(&self) -> f64 {
        self.events.last().map_or(0.0, |(millis, _)| seconds(*millis))
    }
}

pub fn seconds(millis: u64) -> f64 {
    Duration::from_millis(millis).as_secs_f64()
}

impl fmt::Display for Cast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = self.size;
        let env = json!({ "TERM": "xterm-256color" });
        writeln!(f, "{}", json!({ "version": 2, "width": width, "height": height, "title": self.title, "env": env }))?;
        self.events.iter().try_for_each(|(millis, data)| writeln!(f, "{}", json!([seconds(*millis), "o", data])))
    }
}

impl FromStr for Cast {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        let mut lines = text.lines();
        let header: Value = serde_json::from_str(lines.next().unwrap_or_default())?;
        let size = |name: &str| header[name].as_u64().and_then(|size| u16::try_from(size).ok()).unwrap_or_default();
        let event = |line: &str| {
            let (at, _, data): (f64, String, String) = serde_json::from_str(line)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the time was written from whole milliseconds"
            )]
            Ok(((at * 1000.0).round() as u64, data))
        };
        Ok(Self {
            size: (size("width"), size("height")),
            title: header["title"].as_str().unwrap_or_default().to_owned(),
            events: lines.map(event).collect::<Result<_, serde_json::Error>>()?,
        })
    }
}

#[test]
fn recording_is_read_and_pauses_are_shortened() {
    let after = Duration::from_secs;
    let recorded = [(after(5), b"a\xc3".to_vec()), (after(5), b"\xa3\x1b[m".to_vec()), (after(60), b"z".to_vec())];
    let cast = Cast::new((80, 24), "x", &recorded);
    assert_eq!(cast.events, [(0, "aã\u{1b}[m".to_owned()), (900, "z".to_owned())]);
    assert_eq!(cast.to_string().parse::<Cast>().unwrap(), cast);
}
