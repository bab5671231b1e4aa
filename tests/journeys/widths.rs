//! Characters about whose width terminals disagree, in a terminal that disagrees with papo: tmux.

use papo::ui::text::has_agreed_width;

use crate::{World, on_both_brokers, tmux::Tmux};

on_both_brokers! {
    redraw_in_tmux_changes_nothing
}

/// The column of the rule beside the chat.
const CHAT_COLUMN: usize = 27;

/// The messages. Terminals disagree about the width of the characters between the words.
const CORPUS: [&str; 16] = [
    "heart ❤\u{fe0f} red ❤\u{fe0f}end",
    "family 👩\u{200d}👩\u{200d}👧\u{200d}👦 of four 👨\u{200d}👩\u{200d}👧 three",
    "flags 🇧🇷🇩🇪 and 🇯🇵x🇫🇷 end",
    "keycaps #\u{fe0f}\u{20e3} and *\u{fe0f}\u{20e3} end",
    "skin 👍🏽 tone 👋🏿bye 🧑🏻\u{200d}🚀 up",
    "devanagari क्षि नमस्ते की end",
    "thai กำ น้ำ ที่ end",
    "tamil நி கொ end",
    "halfwidth ｶﾞ ﾊﾟ ｶﾞｷﾞend",
    "jamo \u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} old \u{1100}\u{119e} end",
    "new \u{1fae9} \u{1fabe} \u{1fadf}x \u{1fae8} emoji",
    "joined 🏳\u{fe0f}\u{200d}🌈 🐻\u{200d}❄\u{fe0f} ❤\u{fe0f}\u{200d}🔥 end",
    "text ☀ ☀\u{fe0f} ⚡ ⚡\u{fe0e} ✈\u{fe0f} end",
    "marks e\u{301} n\u{303} a\u{308}\u{304} end",
    "日本語 and 한국어 wide end",
    "plain words that are between all these",
];

impl Tmux {
    /// Waits until papo has handled all keys: types a marker, waits until papo shows it, and deletes it. Returns the
    /// rows of the chat.
    #[track_caller]
    fn settled(&self) -> Vec<String> {
        self.keys(&["-l", "~~"]);
        self.shows("│ ~~");
        self.keys(&["BSpace", "BSpace"]);
        let screen = self.until("hides the marker", |screen| !screen.contains("│ ~"));
        // The header and the hints have no rule.
        let rows = screen.lines().map(|row| row.chars().skip(CHAT_COLUMN).collect::<String>());
        rows.filter(|row| row.starts_with(['│', '├', '┤', '┼', '┬'])).collect()
    }

    /// Asserts that a full redraw does not change the rows of the chat, and returns them. `after` names the last
    /// action.
    #[track_caller]
    fn unchanged(&self, after: &str) -> Vec<String> {
        let before = self.settled();
        self.keys(&["C-l"]);
        let redrawn = self.settled();
        let [agreed_before, agreed] =
            [&before, &redrawn].map(|rows| rows.iter().map(|row| agreed(row)).collect::<Vec<_>>());
        assert!(agreed_before == agreed, "after {after}\nbefore Ctrl-L: {before:#?}\nafter it: {redrawn:#?}");
        redrawn
    }
}

/// The characters on whose width all terminals agree. The others may differ: tmux joins an emoji to the one before it
/// only if both arrive in one read.
fn agreed(text: &str) -> String {
    text.chars().filter(|c| has_agreed_width(c.encode_utf8(&mut [0; 4]))).collect()
}

/// The letters and digits on whose width all terminals agree.
fn letters(text: &str) -> String {
    let is_agreed = |c: &char| c.is_ascii_alphanumeric() || ('\u{3041}'..='\u{D7A3}').contains(c);
    text.chars().filter(is_agreed).collect()
}

/// The messages of a chat, as pairs of a tag, such as `b07 `, and the text that begins with the tag.
fn tagged(chat: char) -> Vec<(String, String)> {
    let tag = |n: usize| format!("{chat}{n:02} ");
    // The two chats have opposite orders, so lines of different widths are at the same place.
    let order: Vec<&str> = if chat == 'b' { CORPUS.to_vec() } else { CORPUS.into_iter().rev().collect() };
    order.into_iter().enumerate().map(|(n, text)| (tag(n), format!("{}{text}", tag(n)))).collect()
}

/// Asserts that the rows show exactly the letters of each message in view.
fn check(rows: &[String], messages: &[(String, String)], after: &str) {
    let end = rows.iter().position(|row| row.starts_with(['├', '┼'])).expect("the composer is on the screen");
    let rows: Vec<&String> = rows[..end].iter().filter(|row| !row.contains("──")).collect();
    let begins = |row: &str| messages.iter().find_map(|(tag, text)| row.find(tag).map(|at| (at, text)));
    let starts: Vec<usize> = (0..rows.len()).filter(|row| begins(rows[*row]).is_some()).collect();
    assert!(starts.len() > 3, "too few messages after {after}: {rows:#?}");
    for (place, start) in starts.iter().enumerate() {
        let (at, text) = begins(rows[*start]).expect("a message starts in this row");
        let end = starts.get(place + 1).copied().unwrap_or(rows.len());
        let seen: String =
            letters(&rows[*start][at..]) + &rows[start + 1..end].iter().map(|row| letters(row)).collect::<String>();
        let is_cut = place + 1 == starts.len();
        let is_whole = if is_cut { letters(text).starts_with(&seen) } else { letters(text) == seen };
        assert!(is_whole, "after {after}: {text:?} is shown as {seen:?} in {rows:#?}");
    }
}

fn redraw_in_tmux_changes_nothing(world: World) {
    let wire = world.wire();
    for size in [(80, 24), (120, 40)] {
        let id = format!("anna{}", size.0);
        let anna = Tmux::start(&world, &id, size);
        anna.shows("● online");
        for (name, chat) in [("ben", 'b'), ("cleo", 'c')] {
            wire.publish(&format!("{id}_Control"), &format!("REQUEST {name}"));
            anna.shows(&format!("? {name} wants to chat"));
            anna.keys(&["M-i", "a"]);
            anna.sees("Enter again");
            anna.keys(&["Enter"]);
            anna.sees(&format!("Write to {name}"));
            let is_accepted =
                |line: &str| line.starts_with(&format!("{name}_Control ")) && line.ends_with(&format!(" {id}"));
            let accepted = wire.shows(is_accepted, "the acceptance");
            let topic =
                format!("{id}_{name}_{}", accepted.split(' ').nth(1).expect("the acceptance contains the time"));
            for (_, text) in tagged(chat) {
                wire.publish(&topic, &format!("{name} {text}"));
            }
            anna.shows(&format!("{chat}15 "));
            let after = "all messages have arrived";
            check(&anna.unchanged(after), &tagged(chat), after);
        }
        for keys in [
            "M-Left", "M-Right", "PPage", "M-Left", "PPage", "PPage", "NPage", "Home", "M-Right", "Home", "M-Left",
            "End", "M-Right", "End",
        ] {
            anna.keys(&[keys]);
            let after = format!("{keys} at {}×{}", size.0, size.1);
            let rows = anna.unchanged(&after);
            let has_chat = |chat: char| {
                rows.iter().any(|row| row.contains(&format!(" {chat}0")) || row.contains(&format!(" {chat}1")))
            };
            let chat = if has_chat('b') { 'b' } else { 'c' };
            assert!(!has_chat('b') || !has_chat('c'), "both chats are shown after {after}: {rows:#?}");
            check(&rows, &tagged(chat), &after);
        }
        anna.keys(&["C-q"]);
    }
}
