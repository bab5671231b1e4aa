//! A chat with many edits that are not shown, or many changes of a group that are one line: the screen is full wherever
//! the user looks, and loading ends.

use jiff::tz::TimeZone;
use papo::{
    app::{Effect, Layout, Message, Model, Page, update},
    domain::{ChatMessage, HistoryLookup, Now},
    protocol::{AckToken, Input, Saved},
    ui::{theme::Theme, view},
};
use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    changes::{joined, leading},
    world::*,
};
use crate::{inbound::inbound, keys::key};

/// The active chat, whose messages come from a store.
struct Reader {
    model: Model,
    theme: Theme,
    messages: Vec<ChatMessage>,
}

impl Reader {
    /// The chat with bob: runs of messages, shown and hidden by turns.
    fn with_hidden(runs: &[usize]) -> Self {
        let messages = by_turns(runs, |message| ChatMessage { is_hidden: true, ..message });
        Self::new(saved(messages.len() as u64, 0), messages)
    }

    /// The chat of a group: runs of messages and of changes by turns.
    fn with_changes(runs: &[usize]) -> Self {
        let messages = by_turns(runs, |message| joined(&format!("user{}", message.sequence_number.unwrap()), 10));
        Self::new(leading(messages.len() as u64, 0), messages)
    }

    fn new(saved: Saved, messages: Vec<ChatMessage>) -> Self {
        let World { model, theme, .. } = World::restored(saved);
        let mut reader = Self { model, theme, messages };
        reader.handle(Message::Resized);
        reader
    }

    fn text(&mut self) -> String {
        let (buffer, _) = self.draw();
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    fn draw(&mut self) -> (Buffer, Layout) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 24));
        let (layout, _) = view(&self.model, &self.theme, &TimeZone::UTC, &mut buffer);
        (buffer, layout)
    }

    /// Handles a message, and draws frames until nothing more is loaded.
    fn handle(&mut self, message: Message) {
        let now = Now::from_millis(NOW);
        update(&mut self.model, message, now);
        for _ in 0..=2 * self.messages.len() / 100 + 10 {
            let (_, layout) = self.draw();
            let effects = update(&mut self.model, Message::Drawn(layout), now);
            let pages = effects.into_iter().filter_map(|effect| match effect {
                Effect::Lookup(HistoryLookup::Page(range)) => Some(range),
                _ => None,
            });
            let pages: Vec<_> = pages.collect();
            if pages.is_empty() {
                return;
            }
            for range in pages {
                let before = range.end();
                let wanted = before.saturating_sub(100)..before;
                let messages = wanted.map(|seq| (seq, self.messages[usize::try_from(seq).unwrap()].clone())).collect();
                update(&mut self.model, Message::Page(Page { chat: range.chat, before, messages }), now);
            }
        }
        panic!("papo loads for ever");
    }

    fn shown(&self) -> Vec<u64> {
        let shown = self.messages.iter().filter(|message| !message.is_hidden);
        shown.filter_map(|message| message.sequence_number).collect()
    }

    #[track_caller]
    fn check(&mut self, numbers: &[u64]) {
        let text = self.text();
        for n in numbers {
            assert!(text.contains(&format!("<{n}>")), "{n} of {numbers:?} is missing:\n{text}");
        }
    }
}

/// Runs of messages, of which every second run is turned into `other` ones.
fn by_turns(runs: &[usize], other: impl Fn(ChatMessage) -> ChatMessage) -> Vec<ChatMessage> {
    let mut messages = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        for _ in 0..*run {
            let n = messages.len() as u64 + 1;
            let message = said("bob", n, 10, &format!("<{n}>"));
            messages.push(if index % 2 == 1 { other(message) } else { message });
        }
    }
    messages
}

/// Looks at the end of the chat, reads back to its start, and returns to its end.
fn read_through(mut reader: Reader) -> Result<(), TestCaseError> {
    let shown = reader.shown();
    reader.check(last_few(&shown));
    reader.handle(Message::Key(key("alt-c")));
    for _ in 0..12 {
        reader.handle(Message::Key(key("pgup")));
        let text = reader.text();
        prop_assert!(shown.iter().any(|n| text.contains(&format!("<{n}>"))), "blank:\n{}", text);
    }
    reader.handle(Message::Key(key("ctrl-home")));
    reader.check(&shown[..shown.len().min(8)]);
    for _ in 0..12 {
        reader.handle(Message::Key(key("pgdn")));
        let text = reader.text();
        prop_assert!(shown.iter().any(|n| text.contains(&format!("<{n}>"))), "blank:\n{}", text);
    }
    reader.handle(Message::Key(key("ctrl-end")));
    reader.check(last_few(&shown));
    Ok(())
}

/// The last of `numbers` that surely fit on the screen.
fn last_few(numbers: &[u64]) -> &[u64] {
    &numbers[numbers.len().saturating_sub(8)..]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn hidden_edits_leave_no_blank_screen(
        runs in proptest::collection::vec(prop_oneof![1_usize..30, 400_usize..1500], 1..6),
    ) {
        read_through(Reader::with_hidden(&runs))?;
    }

    #[test]
    fn long_runs_of_changes_leave_no_blank_screen(
        runs in proptest::collection::vec(prop_oneof![1_usize..30, 400_usize..1500], 1..6),
    ) {
        read_through(Reader::with_changes(&runs))?;
    }
}

#[test]
fn keys_reach_every_line_of_long_runs() {
    let mut reader = Reader::with_changes(&[3, 700, 2, 900, 1]);
    let mut chosen = Vec::new();
    for name in ["alt-up", "up", "up", "up", "up", "up", "up", "up", "up"] {
        reader.handle(Message::Key(key(name)));
        chosen.extend(reader.model.chats.chosen());
    }
    assert_eq!(chosen, [1605, 705, 704, 703, 3, 2, 1, 0, 0]);
}

#[test]
fn message_after_hundreds_of_hidden_edits_appears() {
    let mut reader = Reader::with_hidden(&[10, 600]);
    reader.check(&reader.shown()[2..]);
    let from_bob = inbound(&with_bob().to_string(), "bob new words", &[]);
    let token = AckToken { epoch: 1, packet: 0 };
    let n = reader.messages.len() as u64 + 1;
    reader.messages.push(said("bob", n, 0, "new words"));
    reader.handle(Message::Peer(Input::Received { inbound: from_bob, token }));
    assert!(reader.text().contains("new words"));
}
