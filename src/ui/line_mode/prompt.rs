//! The prompt of line mode. It scrolls sideways, so that it is always narrower than the terminal.

use std::borrow::Cow;

use crate::{
    app::{Composer, Language, Model, Overlay, localized, no_word, setup::SetupForm, word},
    ui::text,
};

/// The columns that a prompt with a label needs. A narrower prompt has no label.
const MIN_WIDTH_WITH_LABEL: usize = 12;

/// The line in which the user types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    /// The whole line; safe, and narrower than the terminal.
    pub text: String,
    /// The column of the cursor.
    pub cursor: usize,
}

/// The prompt for the active chat (`bob> hello`), for the open overlay, or for the word that answers a question (`bob,
/// or no? `).
pub fn prompt(model: &Model, columns: usize) -> Prompt {
    if let Some(pinned) = &model.notices.question {
        // A text that is no answer to a question without a word is meant for the chat.
        let enter = || (!pinned.typed.is_empty()).then(|| "Enter".to_owned());
        if let Some(word) = word(&pinned.question, &model.language).or_else(enter) {
            return line(&answer_label(word, &model.language), &Composer::new(&pinned.typed), columns);
        }
    }
    if let Some(Overlay::Prompt(prompt)) = &model.overlay {
        // A screen reader would read each dot.
        let shown = if prompt.is_password() { Cow::Owned(Composer::new("")) } else { Cow::Borrowed(&*prompt.composer) };
        return line(&format!("{}: ", model.language.translate(prompt.title())), &shown, columns);
    }
    if let Some(search) = model.chats.composer().search() {
        let label = format!("{}> ", model.language.translate(search.text()));
        return line(&label, model.chats.composer(), columns);
    }
    let name = model.chats.active_chat().map_or_else(|| "papo".to_owned(), ToString::to_string);
    let composer = model.chats.composer();
    let label = if composer.is_held() { model.language.translate(localized!("lines-held", name)) } else { name };
    line(&format!("{label}> "), composer, columns)
}

/// The label of the prompt for the answer to a question: `bob, or no? `.
fn answer_label(word: String, language: &Language) -> String {
    format!("{} ", language.translate(localized!("lines-word-or-no", word, no = no_word(language))))
}

/// The prompt for the ID or the broker at the first start: `your id: al`.
pub fn setup_prompt(state: &SetupForm, columns: usize) -> Prompt {
    match &state.broker {
        Some(broker) if state.at_broker => {
            line(&format!("{} ", state.language.translate("lines-broker")), broker, columns)
        }
        _ => line(&format!("{} ", state.language.translate("lines-id")), &state.id, columns),
    }
}

/// The introduction above the form of the first start.
pub fn setup_words(state: &SetupForm) -> Vec<String> {
    let welcome =
        ["setup-welcome", "setup-id-rule", "setup-leaves"].map(|text| state.language.translate(text)).join(" ");
    let reason = state.reason.clone().map(|reason| state.language.translate(reason));
    let keys = state.shows_fixed_id().then(|| state.language.translate(state.keys()));
    reason.into_iter().chain([welcome]).chain(keys).map(|words| text::safe_line(&words)).collect()
}

fn line(label: &str, composer: &Composer, columns: usize) -> Prompt {
    // The last column stays empty: terminals disagree on the cursor's position after a character in it.
    let columns = columns.saturating_sub(1);
    let label = text::safe_line(label);
    let label = if columns < MIN_WIDTH_WITH_LABEL { String::new() } else { short(&label, columns / 2) };
    let (before, after) = composer.as_str().split_at(composer.cursor());
    let (before, after) = (text::safe_line(before), text::safe_line(after));
    let room = columns.saturating_sub(text::width(&label));
    // Up to a quarter of the room is for the text after the cursor.
    let ahead = text::width(&after).min(room / 4);
    let before = end_of(&before, room.saturating_sub(ahead));
    let cursor = text::width(&label) + text::width(&before);
    let after = text::truncate(&after, columns.saturating_sub(cursor));
    Prompt { text: format!("{label}{before}{after}"), cursor }
}

/// The label, cut if it is too long; its last characters stay.
fn short(label: &str, columns: usize) -> String {
    let name = label.trim_end_matches(['>', ':', ' ']);
    let end = &label[name.len()..];
    text::truncate(name, columns.saturating_sub(text::width(end))) + end
}

/// The end of a text that fits into `columns`. If something is cut, it begins with an ellipsis.
fn end_of(text: &str, columns: usize) -> String {
    let width = text::width(text);
    if width <= columns {
        return text.to_owned();
    }
    let cuts = (width - columns + 1)..=width + 1;
    let mut ends = cuts.map(|cut| text::tail(text, cut));
    // If the cut is within a wide character, the whole character is left out.
    let end = ends.find(|end| text::width(end) < columns.max(1)).unwrap_or_default();
    format!("{}{end}", if columns > 0 { text::ELLIPSIS } else { "" })
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;

    fn prompt(words: &str, back: usize, columns: usize) -> Prompt {
        let mut composer = Composer::new(words);
        for _ in 0..back {
            composer.key(KeyEvent::new(KeyCode::Left, KeyModifiers::NONE));
        }
        line("bob> ", &composer, columns)
    }

    #[test]
    fn short_line_is_shown_whole() {
        assert_eq!(prompt("hello", 0, 40), Prompt { text: "bob> hello".into(), cursor: 10 });
        assert_eq!(prompt("hello", 5, 40), Prompt { text: "bob> hello".into(), cursor: 5 });
        assert_eq!(prompt("one\ntwo", 3, 40), Prompt { text: "bob> one␊two".into(), cursor: 9 });
        assert_eq!(prompt("a\x1bb", 0, 40).text, "bob> a␛b");
    }

    #[test]
    fn long_line_scrolls_sideways_and_never_reaches_the_edge() {
        for words in
            ["shall we look at the pump tomorrow?", "日本語日本語日本語日本語日本語", "e\u{301}🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂"]
        {
            for columns in 0..60 {
                for back in [0, 1, 5, 12] {
                    let prompt = prompt(words, back, columns);
                    assert!(text::width(&prompt.text) < columns.max(1), "{columns} {back}: {prompt:?}");
                    assert!(prompt.cursor <= text::width(&prompt.text), "{columns} {back}: {prompt:?}");
                }
            }
        }
        assert_eq!(
            prompt("shall we look at the pump", 0, 20),
            Prompt { text: "bob> …k at the pump".into(), cursor: 19 }
        );
    }
}
