//! The part of a conversation that is in memory: a run of places without gaps, around the part that is seen.

use std::collections::VecDeque;

use crate::domain::{ChatMessage, MessageId, UserId};

/// The messages of a page.
pub const PAGE: usize = 100;
/// The most messages in memory.
const MOST: usize = 500;

/// A run of messages. A place whose message could not be read is kept as `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    first: u64,
    messages: VecDeque<Option<ChatMessage>>,
    /// How long the conversation is.
    len: u64,
    /// The places before which pages have been asked for, above and below.
    asked_above: Option<u64>,
    asked_below: Option<u64>,
}

impl Window {
    /// An empty window on a conversation with `len` messages.
    pub fn new(len: u64) -> Self {
        Self { first: len, len, ..Self::default() }
    }

    /// The first place that is loaded.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The place behind the last that is loaded.
    pub fn end(&self) -> u64 {
        self.first + self.messages.len() as u64
    }

    /// How long the conversation is.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the conversation has no messages at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The message at a place that is loaded; `None` also where it could not be read.
    pub fn get(&self, seq: u64) -> Option<&ChatMessage> {
        let index = usize::try_from(seq.checked_sub(self.first)?).ok()?;
        self.messages.get(index)?.as_ref()
    }

    /// The messages that are loaded.
    pub fn messages(&self) -> impl Iterator<Item = &ChatMessage> {
        self.messages.iter().flatten()
    }

    /// The message with this id and its place, if it is in memory.
    pub fn find(&self, id: MessageId) -> Option<(u64, &ChatMessage)> {
        let index = self.messages.iter().rposition(|known| known.as_ref().is_some_and(|known| known.id == id))?;
        Some((self.first + index as u64, self.messages[index].as_ref()?))
    }

    /// Edits a message in memory.
    pub fn edit(&mut self, id: MessageId, author: &UserId, text: &str) {
        let mut messages = self.messages.iter_mut().rev().flatten();
        if let Some(message) = messages.find(|message| message.id == id) {
            message.edit(author, text);
        }
    }

    /// Changes my message number `n`, if it is loaded.
    pub fn change(&mut self, n: u64, mine: impl Fn(&ChatMessage) -> bool, change: impl FnOnce(&mut ChatMessage)) {
        let wanted = |message: &&mut ChatMessage| message.n == Some(n) && mine(message);
        if let Some(message) = self.messages.iter_mut().rev().flatten().find(wanted) {
            change(message);
        }
    }

    /// A message was stored at `seq`, at the end of the conversation. While the user is `reading_back`, the messages above
    /// are kept, and this one is read from the store once the user scrolls down to it.
    pub fn append(&mut self, seq: u64, message: ChatMessage, reading_back: bool) {
        let reached_the_end = self.end() == seq && self.len == seq;
        let stood_at_the_end = self.first == self.len;
        self.len = self.len.max(seq + 1);
        let is_started = seq == 0 || !self.messages.is_empty();
        let has_room = !reading_back || self.messages.len() < MOST;
        if reached_the_end && is_started && has_room {
            self.messages.push_back(Some(message));
            self.drop_front();
        } else if self.messages.is_empty() && self.asked_above.is_none() && stood_at_the_end {
            self.first = self.len;
        }
    }

    fn drop_front(&mut self) {
        while self.messages.len() > MOST {
            self.messages.pop_front();
            self.first += 1;
        }
    }

    /// The place before which the next page above is to be read, unless it was asked for.
    pub fn want_above(&mut self) -> Option<u64> {
        let before = self.first;
        (before > 0 && self.asked_above != Some(before)).then(|| {
            self.asked_above = Some(before);
            before
        })
    }

    /// The same for the next page below, if the end is not loaded.
    pub fn want_below(&mut self) -> Option<u64> {
        let end = self.end();
        let before = (end + PAGE as u64).min(self.len);
        let is_open = end < self.len && !self.messages.is_empty();
        (is_open && self.asked_below != Some(before)).then(|| {
            self.asked_below = Some(before);
            before
        })
    }

    /// Goes back to the end of the conversation, which may have to be loaded.
    pub fn go_to_end(&mut self) {
        if self.end() != self.len {
            *self = Self::new(self.len);
        }
    }

    /// Goes to the start of the conversation.
    pub fn go_to_start(&mut self) {
        if self.first != 0 {
            *self = Self { first: self.len.min(PAGE as u64), len: self.len, ..Self::default() };
        }
    }

    /// Whether the place is in memory.
    pub fn is_loaded(&self, seq: u64) -> bool {
        (self.first..self.end()).contains(&seq)
    }

    /// Goes to a place, which may have to be loaded with its surroundings.
    pub fn go_to(&mut self, seq: u64) {
        if !self.is_loaded(seq) {
            let first = (seq + PAGE as u64 / 2).min(self.len);
            *self = Self { first, len: self.len, ..Self::default() };
        }
    }

    /// Whether nothing of a conversation that has messages is loaded.
    pub fn is_unloaded(&self) -> bool {
        self.messages.is_empty() && self.len > 0
    }

    /// Inserts a page: the places `before - PAGE .. before`, as far as there are any.
    pub fn insert(&mut self, before: u64, messages: Vec<(u64, ChatMessage)>) {
        let start = before.saturating_sub(PAGE as u64);
        let mut page: VecDeque<Option<ChatMessage>> = (start..before).map(|_| None).collect();
        for (seq, message) in messages {
            if let Some(place) = seq.checked_sub(start).and_then(|at| page.get_mut(usize::try_from(at).ok()?)) {
                *place = Some(message);
            }
        }
        if before == self.first {
            self.asked_above = None;
            while let Some(message) = page.pop_back() {
                self.messages.push_front(message);
            }
            self.first = start;
            self.messages.truncate(MOST);
        } else if start <= self.end() && before > self.end() && start >= self.first {
            self.asked_below = None;
            let known = usize::try_from(self.end() - start).unwrap_or(usize::MAX);
            self.messages.extend(page.into_iter().skip(known));
            self.drop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Body, MessageId, Timestamp};

    fn message(seq: u64) -> ChatMessage {
        ChatMessage {
            id: MessageId::from_bytes([0; 16]),
            author: "bob".parse().unwrap(),
            n: Some(seq + 1),
            at: Timestamp::from_millis(seq),
            body: Body::Text(seq.to_string()),
            failure: None,
            relation: None,
            is_edited: false,
            clock_is_off: false,
        }
    }

    fn page(before: u64) -> Vec<(u64, ChatMessage)> {
        (before.saturating_sub(PAGE as u64)..before).map(|seq| (seq, message(seq))).collect()
    }

    fn is_whole(window: &Window) -> bool {
        (window.first()..window.end()).all(|seq| window.get(seq) == Some(&message(seq)))
    }

    #[test]
    fn a_conversation_is_read_up_and_down_again_without_gaps() {
        let mut window = Window::new(1000);
        while let Some(before) = window.want_above() {
            window.insert(before, page(before));
            assert!(is_whole(&window));
        }
        assert_eq!((window.first(), window.end()), (0, MOST as u64));
        window.append(1000, message(1000), true);
        while let Some(before) = window.want_below() {
            window.insert(before, page(before));
            assert!(is_whole(&window));
        }
        assert_eq!((window.first(), window.end(), window.len()), (1001 - MOST as u64, 1001, 1001));
    }

    #[test]
    fn message_before_first_page_arrives_is_in_that_page() {
        let mut window = Window::new(3);
        assert_eq!(window.want_above(), Some(3));
        window.append(3, message(3), false);
        window.insert(3, page(3));
        assert_eq!((window.first(), window.end(), window.len()), (0, 3, 4));
        assert_eq!(window.want_below(), Some(4));
        window.insert(4, page(4));
        assert_eq!((window.first(), window.end()), (0, 4));
        assert!(is_whole(&window));
    }

    #[test]
    fn a_new_conversation_needs_no_store() {
        let mut window = Window::new(0);
        window.append(0, message(0), false);
        window.append(1, message(1), false);
        assert!(is_whole(&window) && window.end() == 2);
        assert_eq!(window.want_above(), None);
    }

    #[test]
    fn reading_position_stays_while_messages_arrive() {
        let mut window = Window::new(MOST as u64);
        while let Some(before) = window.want_above() {
            window.insert(before, page(before));
        }
        window.append(MOST as u64, message(MOST as u64), true);
        assert_eq!((window.first(), window.end(), window.len()), (0, MOST as u64, MOST as u64 + 1));
        window.go_to_end();
        assert!(window.is_unloaded());
        window.go_to_start();
        assert_eq!(window.want_above(), Some(PAGE as u64));
    }

    #[test]
    fn a_place_in_the_middle_is_gone_to_and_read_around() {
        let mut window = Window::new(10_000);
        window.go_to(5_000);
        window.append(10_000, message(10_000), true);
        let before = window.want_above().unwrap();
        window.insert(before, page(before));
        assert!(is_whole(&window) && (window.first()..window.end()).contains(&5_000));
        let below = window.want_below().unwrap();
        window.insert(below, page(below));
        assert!(is_whole(&window) && window.end() > 5_050);
        let near = window.clone();
        window.go_to(5_010);
        assert_eq!(window, near, "what is in memory is not loaded again");
        window.go_to(3);
        assert_eq!(window.want_above(), Some(53));
    }

    #[test]
    fn places_that_cannot_be_read_are_kept_open() {
        let mut window = Window::new(3);
        window.insert(3, vec![(0, message(0)), (2, message(2))]);
        assert_eq!((window.get(0).is_some(), window.get(1), window.get(2).is_some()), (true, None, true));
    }
}
