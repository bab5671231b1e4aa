//! Makes text safe for the terminal, and measures, cuts and wraps it.
//!
//! Invariant: text from a peer reaches the terminal only through [`safe`] or [`safe_line`]. Their results have visible
//! marks instead of control, bidi-override, invisible or unassigned characters. Widths are terminal columns as the
//! screen buffer counts them, one grapheme cluster at a time, so that a two-column character is never split.

mod edited;

use ratatui::buffer::CellWidth;
use textwrap::WordSeparator;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_segmentation::UnicodeSegmentation;

pub use self::edited::EditedRows;

/// The mark at the end of text that was cut.
pub const ELLIPSIS: &str = "…";

const NO_BREAK_SPACE: char = '\u{A0}';

/// The most combining marks on one base character. More would cover the lines above and below.
const MARKS_PER_BASE: usize = 4;

/// The most characters in a joined emoji. Real emoji are shorter; a terminal may draw longer ones over the text beside
/// them.
const CHARS_PER_EMOJI: usize = 12;

const TAB: &str = "    ";
const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';
/// The base of a combining mark that has no base of its own.
const DOTTED_CIRCLE: char = '◌';

/// The first line of a text; empty if the text is empty.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Replaces every character that could deceive the reader or control the terminal with a visible mark. Keeps line
/// breaks.
pub fn safe(text: &str) -> String {
    if is_simple(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        match cluster {
            "\n" | "\r\n" | "\r" => out.push('\n'),
            "\t" => out.push_str(TAB),
            cluster if is_simple(cluster) => out.push_str(cluster),
            cluster => push_safe(&mut out, cluster),
        }
    }
    out
}

/// Like [`safe`], but also replaces line breaks with marks, so that the result is one line.
pub fn safe_line(text: &str) -> String {
    if is_simple(text) { text.to_owned() } else { safe(text).replace('\n', "␊") }
}

/// Whether every character is a plain Latin, Greek or Cyrillic letter, a common sign or box drawing: safe, and one
/// column wide. The check needs no Unicode tables.
pub fn is_simple(text: &str) -> bool {
    is_printable_ascii(text) || text.chars().all(is_plain_letter)
}

/// Whether every character is printable ASCII. Checks 32 bytes at a time, so that the compiler can vectorize the check.
fn is_printable_ascii(text: &str) -> bool {
    let is_plain = |bytes: &[u8]| bytes.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    text.as_bytes().chunks(32).all(is_plain)
}

/// Whether a character is one column wide and looks the same next to any other: a letter, digit, space or sign.
fn is_plain_letter(c: char) -> bool {
    matches!(c,
        ' '..='~'
        | '\u{A1}'..='\u{AC}' | '\u{AE}'..='\u{24F}'
        | '\u{391}'..='\u{3A1}' | '\u{3A3}'..='\u{3CE}'
        | '\u{400}'..='\u{481}' | '\u{48A}'..='\u{52F}'
        | '\u{2010}'..='\u{2027}'
        // Box drawing, and the marks that papo uses.
        | '\u{2500}'..='\u{259F}' | '●' | '○' | '★' | '✓' | '✗'
    )
}

/// Whether all terminals agree on the width of `text`. They disagree on sequences of several characters (emoji, flags,
/// syllables of jamo, spacing marks), on symbols, and on recent additions to Unicode.
pub fn has_agreed_width(text: &str) -> bool {
    let is_agreed = |cluster: &str| {
        let mut chars = cluster.chars();
        matches!((chars.next(), chars.next()), (Some(c), None) if has_agreed_width_alone(c))
    };
    is_simple(text) || text.graphemes(true).all(is_agreed)
}

fn has_agreed_width_alone(c: char) -> bool {
    match c {
        // Letters from the phonetic alphabet to Georgian, without combining marks.
        '\u{250}'..='\u{10FF}' => !is_mark(c) && !is_deceptive(c),
        // Chinese, Japanese and Korean as they are usually written, without combining characters.
        '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{309B}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FEF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{FF01}'..='\u{FF9D}' => true,
        c => is_plain_letter(c),
    }
}

/// The width of `text` in columns. `text` must be [safe](safe()).
pub fn width(text: &str) -> usize {
    if is_simple(text) {
        return text.chars().count();
    }
    text.graphemes(true).map(cluster_width).sum()
}

/// Cuts `text` to at most `columns`. Text that is cut ends with an ellipsis.
pub fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else {
        return String::new();
    };
    let mut out = head(text, room).to_owned();
    out.push_str(ELLIPSIS);
    out
}

/// `text` without its first `columns`. A wide character across this boundary stays.
pub fn tail(text: &str, columns: usize) -> &str {
    &text[head(text, columns).len()..]
}

/// Cuts `text`, or pads it with spaces, to exactly `columns`.
pub fn fit(text: &str, columns: usize) -> String {
    let mut out = truncate(text, columns);
    let missing = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// Wraps safe text into rows of at most `columns`: at line breaks, at the break opportunities of UAX #14, and within
/// words that are longer than a row. Drops spaces at a break. Returns no rows if `columns` is 0.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut rows = Vec::new();
    if columns == 0 {
        return rows;
    }
    for line in text.split('\n') {
        wrap_line(line, columns, &mut rows);
    }
    rows
}

/// Wraps one safe line at spaces, so that `/hide` stays whole, and a command and its first argument stay together:
/// `/split NAME`. Words that are longer than a row are broken. Returns no rows if `columns` is 0.
pub fn wrap_at_spaces(line: &str, columns: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let is_argument = |word: &str| word.len() > 1 && word.chars().all(char::is_uppercase);
    let mut joined = String::with_capacity(line.len());
    let mut before = "";
    for (index, word) in line.split(' ').enumerate() {
        let glues =
            before.trim_start_matches('(').starts_with('/') && is_argument(word.trim_end_matches(['.', ')', ',']));
        if index > 0 {
            joined.push(if glues { NO_BREAK_SPACE } else { ' ' });
        }
        joined.push_str(word);
        before = word;
    }
    if columns > 0 {
        wrap_words(&joined, WordSeparator::AsciiSpace, columns, &mut rows);
    }
    rows.iter().map(|row| row.replace(NO_BREAK_SPACE, " ")).collect()
}

/// Wraps one safe line between any two characters. Returns at least one row.
pub fn wrap_anywhere(line: &str, columns: usize) -> Vec<String> {
    if is_simple(line) && width(line) <= columns {
        return vec![line.to_owned()];
    }
    let mut rows = Vec::new();
    let mut row = OpenRow { columns, ..OpenRow::default() };
    line.graphemes(true).for_each(|cluster| row.push_cluster(cluster, &mut rows));
    rows.push(row.text);
    rows
}

/// A row that is being filled.
#[derive(Default)]
struct OpenRow {
    text: String,
    /// The width of `text`, in columns.
    used: usize,
    /// The maximum width, in columns.
    columns: usize,
}

impl OpenRow {
    /// Adds a grapheme cluster. If the row has no room for it, first moves the row to `rows` and starts a new one.
    fn push_cluster(&mut self, cluster: &str, rows: &mut Vec<String>) {
        // A cluster that is wider than a whole row is replaced by an ellipsis.
        let (cluster, length) = match cluster_width(cluster) {
            length if length > self.columns => (ELLIPSIS, self.columns.min(1)),
            length => (cluster, length),
        };
        if self.used + length > self.columns {
            rows.push(self.take());
        }
        if length > 0 {
            self.text.push_str(cluster);
            self.used += length;
        }
    }

    fn take(&mut self) -> String {
        self.used = 0;
        std::mem::take(&mut self.text)
    }
}

fn wrap_line(line: &str, columns: usize, rows: &mut Vec<String>) {
    if is_simple(line) && width(line) <= columns {
        return rows.push(line.trim_end_matches(' ').to_owned());
    }
    let separator = separator_of(line);
    if separator == WordSeparator::AsciiSpace && is_printable_ascii(line) {
        return wrap_ascii(line, columns, rows);
    }
    wrap_words(line, separator, columns, rows);
}

/// What finds the words of a safe line.
fn separator_of(line: &str) -> WordSeparator {
    // Line breaking in scripts without spaces needs a dictionary, which papo does not have. A debug build would write a
    // warning about that to the screen, so such lines break only at spaces.
    if breaks_at_spaces(line) || line.chars().any(needs_a_dictionary) {
        WordSeparator::AsciiSpace
    } else {
        WordSeparator::UnicodeBreakProperties
    }
}

/// Like [`wrap_words`] at spaces, for printable ASCII. Each byte is one column, so the rows are slices. Most messages
/// are wrapped here, for each frame.
fn wrap_ascii(line: &str, columns: usize, rows: &mut Vec<String>) {
    let mut rest = line;
    while rest.len() > columns {
        // A space may follow a full row.
        let (row, after) = match rest[..=columns].rfind(' ') {
            Some(space) => (&rest[..space], rest[space..].trim_start_matches(' ')),
            None => rest.split_at(columns),
        };
        rows.push(row.trim_end_matches(' ').to_owned());
        if after.is_empty() {
            return;
        }
        rest = after;
    }
    rows.push(rest.trim_end_matches(' ').to_owned());
}

fn wrap_words(line: &str, separator: WordSeparator, columns: usize, rows: &mut Vec<String>) {
    let mut row = OpenRow { columns, ..OpenRow::default() };
    for part in separator.find_words(line) {
        let length = width(&part);
        if row.used + length > columns && row.used > 0 {
            rows.push(row.take().trim_end_matches(' ').to_owned());
        }
        if row.used + length <= columns {
            row.text.push_str(&part);
            row.used += length;
        } else {
            part.graphemes(true).for_each(|cluster| row.push_cluster(cluster, rows));
        }
        let spaces = part.whitespace.len().min(columns - row.used);
        row.text.extend(std::iter::repeat_n(' ', spaces));
        row.used += spaces;
    }
    rows.push(row.text.trim_end_matches(' ').to_owned());
}

/// Whether the break opportunities of a line (UAX #14) are exactly those after spaces. Recognises only lines of letters
/// and common punctuation; `false` may also mean unknown.
fn breaks_at_spaces(line: &str) -> bool {
    let mut before = 'a';
    line.chars().chain([' ']).all(|c| {
        // UAX #14 breaks after `!` or `?`, unless a space follows. It never breaks before `.` or `,`, even after a
        // space.
        let fits = match (before, c) {
            ('!' | '?', c) => c == ' ',
            (' ', '.' | ',' | ':' | ';' | '!' | '?') => false,
            (_, '\'' | '.' | ',' | ':' | ';' | '!' | '?' | ' ') => true,
            (_, c) => c.is_alphanumeric() && is_plain_letter(c),
        };
        before = c;
        fits
    })
}

/// Whether the script of `c` has no spaces between words, so that only a dictionary can find the words: Thai, Lao,
/// Burmese, Khmer.
fn needs_a_dictionary(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{19E0}'..='\u{19FF}')
        || matches!(c, '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AADF}')
}

/// The longest beginning of `text` that takes at most `columns`.
fn head(text: &str, columns: usize) -> &str {
    if is_simple(text) {
        return text.char_indices().nth(columns).map_or(text, |(end, _)| &text[..end]);
    }
    let mut used = 0;
    for (start, cluster) in text.grapheme_indices(true) {
        used += cluster_width(cluster);
        if used > columns {
            return &text[..start];
        }
    }
    text
}

fn cluster_width(cluster: &str) -> usize {
    // The buffer drops control characters without counting them.
    if cluster.contains(char::is_control) { 0 } else { usize::from(cluster.cell_width()) }
}

/// Adds a grapheme cluster, with visible marks in place of its unsafe characters.
fn push_safe(out: &mut String, cluster: &str) {
    // If the space is dropped at a break, a mark on it would combine with the character before.
    if let Some(marks) = cluster.strip_prefix(' ') {
        out.push(' ');
        return push_safe(out, marks);
    }
    let mut shown = String::with_capacity(cluster.len());
    let mut marks = 0;
    let mut cut = 0;
    let mut before = None;
    for (index, c) in cluster.chars().enumerate() {
        if is_mark(c) {
            marks += 1;
            if marks > MARKS_PER_BASE {
                cut += 1;
                continue;
            }
        } else if !matches!(c, ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER) {
            push_cut(&mut shown, &mut cut);
            marks = 0;
        }
        let joins = matches!(c, ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER)
            && before.is_some_and(|before| may_be_joined(before, c))
            && index < CHARS_PER_EMOJI;
        if joins || !is_deceptive(c) {
            shown.push(c);
        } else {
            push_visible(&mut shown, c);
        }
        before = Some(c);
    }
    push_cut(&mut shown, &mut cut);
    let has_no_base = cluster.chars().next().is_some_and(is_mark) || width(&shown) == 0;
    if has_no_base {
        out.push(DOTTED_CIRCLE);
    }
    out.push_str(&shown);
}

/// Adds the number of combining marks that were left out, so that the reader notices. Resets the number to 0.
fn push_cut(out: &mut String, cut: &mut usize) {
    if *cut > 0 {
        out.extend(["‹+", &cut.to_string(), "›"]);
        *cut = 0;
    }
}

/// Adds a visible mark for an unsafe character.
fn push_visible(out: &mut String, c: char) {
    let code = u32::from(c);
    match code {
        // U+2400 to U+241F are pictures of the control characters U+0000 to U+001F.
        0x00..=0x1F => out.extend(char::from_u32(0x2400 + code)),
        0x7F => out.push('␡'),
        _ => out.extend(["‹U+", &format!("{code:04X}"), "›"]),
    }
}

/// Whether `c` combines with the character before it.
fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    c > '\u{2FF}' && matches!(get_general_category(c), NonspacingMark | SpacingMark | EnclosingMark)
}

/// Whether `joiner` may be needed after `before`, because of its script or within an emoji sequence.
fn may_be_joined(before: char, joiner: char) -> bool {
    // Arabic to Sinhala, Khmer, Mongolian: scripts that are written with joiners.
    let script = matches!(u32::from(before), 0x0600..=0x0DFF | 0x1780..=0x18AF | 0xA800..=0xABFF);
    // Symbols, beginning with the arrows, and skin tones and the variation selector for emoji.
    let emoji = matches!(u32::from(before), 0x2190..=0x2BFF | 0xFE0F | 0x1F000..=0x1FAFF);
    script || (joiner == ZERO_WIDTH_JOINER && emoji)
}

/// Whether `c` is invisible, but can control the terminal or deceive the reader.
fn is_deceptive(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned};
    match c {
        // Arabic number signs are in the category Format, but visible.
        '\u{600}'..='\u{605}' | '\u{6DD}' => false,
        // These are in the categories of letters and marks, but invisible: Hangul fillers, Khmer inherent vowels, the
        // grapheme joiner, variation selectors that no font supports.
        '\u{34F}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{3164}'
        | '\u{FFA0}'
        | '\u{E0100}'..='\u{E01EF}' => true,
        c => matches!(
            get_general_category(c),
            Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned
        ),
    }
}

#[cfg(test)]
mod tests;
