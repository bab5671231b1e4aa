//! The loaded part of a chat: consecutive positions around those on the screen.
//!
//! A window has no gaps. It grows by pages at either end, and by new messages; beyond its capacity it drops messages at
//! the other end. Messages that are not shown do not count: a window full of them would have nothing on the screen. Nor
//! do changes of a group that follow another one, because the screen may show them as one line.

use std::{collections::VecDeque, mem};

use crate::domain::{ChatMessage, Edit, MessageId, UserId};

/// The number of messages in a page.
pub const PAGE: u64 = 100;
/// The most messages that count which a window holds.
const CAPACITY: usize = 500;

/// The loaded messages. A message that could not be read leaves `None` at its position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// The position of the first loaded message. In an empty window, the position before which the first page is
    /// loaded.
    first: u64,
    messages: VecDeque<Option<ChatMessage>>,
    /// The length of the whole chat.
    len: u64,
    /// The positions before which pages are being loaded, so that papo loads no page twice.
    loading_above: Option<u64>,
    loading_below: Option<u64>,
}

impl Window {
    /// An empty window on a chat with `len` messages.
    pub fn new(len: u64) -> Self {
        Self { first: len, len, ..Self::default() }
    }

    /// The first loaded position.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The position after the last loaded one.
    pub fn end(&self) -> u64 {
        self.first + self.messages.len() as u64
    }

    /// The length of the whole chat.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether the whole chat has no messages.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The message at a position; `None` if it is not loaded or could not be read.
    pub fn get(&self, seq: u64) -> Option<&ChatMessage> {
        let index = usize::try_from(seq.checked_sub(self.first)?).ok()?;
        self.messages.get(index)?.as_ref()
    }

    /// The loaded messages.
    pub fn messages(&self) -> impl Iterator<Item = &ChatMessage> {
        self.messages.iter().flatten()
    }

    /// The message with this ID and its position, if it is loaded.
    pub fn find(&self, id: MessageId) -> Option<(u64, &ChatMessage)> {
        let index = self.messages.iter().rposition(|known| known.as_ref().is_some_and(|known| known.id == id))?;
        Some((self.first + index as u64, self.messages[index].as_ref()?))
    }

    /// Applies an edit, if the original is loaded.
    pub fn edit(&mut self, edit: &Edit) {
        if self.find_mut(edit.original).is_some_and(|original| original.edit(edit)) {
            self.hide(edit.id);
        }
    }

    /// Hides the message of an edit, if it is loaded.
    pub fn hide(&mut self, edit: MessageId) {
        if let Some(message) = self.find_mut(edit) {
            message.is_hidden = true;
        }
    }

    fn find_mut(&mut self, id: MessageId) -> Option<&mut ChatMessage> {
        self.messages.iter_mut().rev().flatten().find(|message| message.id == id)
    }

    /// How many of the loaded messages count towards the capacity.
    fn count(&self) -> usize {
        let mut is_after_change = false;
        let shown = self.messages.iter().map(Option::as_ref).filter(|message| is_shown(*message));
        let counts =
            shown.filter(|message| !(mem::replace(&mut is_after_change, is_change(*message)) && is_change(*message)));
        counts.count()
    }

    /// Whether the message at a position is shown. A position that is not loaded counts as shown.
    pub fn is_shown(&self, seq: u64) -> bool {
        is_shown(self.get(seq))
    }

    /// The last position before `seq` that is shown.
    pub fn shown_before(&self, seq: u64) -> Option<u64> {
        (0..seq).rev().find(|seq| self.is_shown(*seq))
    }

    /// The position of the first of the last `count` messages that others wrote and that count as unread; `None` if not
    /// all of them are loaded.
    pub fn first_unread(&self, count: u64, me: &UserId) -> Option<u64> {
        let counts =
            |seq: &u64| self.get(*seq).is_none_or(|message| message.author != *me && message.asks_for_attention());
        let is_at_end = self.end() == self.len;
        let nth = usize::try_from(count.checked_sub(1)?).ok()?;
        (self.first..self.end()).rev().filter(counts).nth(nth).filter(|_| is_at_end)
    }

    /// The latest message that `is_meant`, if it is loaded.
    pub fn latest_mut(&mut self, is_meant: impl Fn(u64, &ChatMessage) -> bool) -> Option<&mut ChatMessage> {
        let loaded = self.messages.iter_mut().enumerate().rev();
        let mut loaded = loaded.filter_map(|(index, message)| Some((self.first + index as u64, message.as_mut()?)));
        loaded.find(|(seq, message)| is_meant(*seq, message)).map(|(_, message)| message)
    }

    /// Adds a message that was stored at `seq`, the end of the chat. While the user is `reading_back`, a full
    /// window does not change; the message is loaded from the store when the user scrolls down.
    pub fn append(&mut self, seq: u64, message: ChatMessage, reading_back: bool) {
        // Otherwise the messages between the window and `seq` are missing, and this one would get a wrong position.
        let is_next = self.end() == seq && self.len == seq;
        let was_at_end = self.first == self.len;
        self.len = self.len.max(seq + 1);
        // An empty window still needs its first page. This message is in that page or in the next one.
        let is_started = seq == 0 || !self.messages.is_empty();
        if is_next && is_started && (!reading_back || self.has_room()) {
            self.messages.push_back(Some(message));
            self.drop_front();
        } else if self.messages.is_empty() && self.loading_above.is_none() && was_at_end {
            // Nothing is loaded or loading: the first page will end with this message.
            self.first = self.len;
        }
    }

    /// Whether the window can grow without dropping messages at the other end.
    pub fn has_room(&self) -> bool {
        self.count() < CAPACITY
    }

    /// Drops the oldest messages beyond the capacity.
    fn drop_front(&mut self) {
        let mut excess = self.count().saturating_sub(CAPACITY);
        while excess > 0
            && let Some(dropped) = self.messages.pop_front()
        {
            self.first += 1;
            let next = self.messages.iter().map(Option::as_ref).find(|message| is_shown(*message));
            excess -= usize::from(counts_beside(dropped.as_ref(), next.flatten()));
        }
    }

    /// Drops the latest messages beyond the capacity.
    fn drop_back(&mut self) {
        let mut excess = self.count().saturating_sub(CAPACITY);
        while excess > 0
            && let Some(dropped) = self.messages.pop_back()
        {
            let last = self.messages.iter().rev().map(Option::as_ref).find(|message| is_shown(*message));
            excess -= usize::from(counts_beside(dropped.as_ref(), last.flatten()));
        }
    }

    /// The position before which to load the next page above; `None` if there is none, or if a load is in progress.
    /// Marks that page as loading.
    pub fn page_to_load_above(&mut self) -> Option<u64> {
        let before = self.first;
        (before > 0 && self.loading_above != Some(before)).then(|| {
            self.loading_above = Some(before);
            before
        })
    }

    /// Like [`Self::page_to_load_above`], for the next page below.
    pub fn page_to_load_below(&mut self) -> Option<u64> {
        let end = self.end();
        let before = (end + PAGE).min(self.len);
        let has_more = end < self.len && !self.messages.is_empty();
        (has_more && self.loading_below != Some(before)).then(|| {
            self.loading_below = Some(before);
            before
        })
    }

    /// Goes to the end of the chat. If the end is not loaded, drops all messages and loads from there.
    pub fn go_to_end(&mut self) {
        if self.end() != self.len {
            self.start_before(self.len);
        }
    }

    /// Goes to the start of the chat. If the start is not loaded, drops all messages and loads from there.
    pub fn go_to_start(&mut self) {
        if self.first != 0 {
            self.start_before(self.len.min(PAGE));
        }
    }

    /// Drops all messages. The first page to load is the one before position `first`.
    fn start_before(&mut self, first: u64) {
        *self = Self { first, ..Self::new(self.len) };
    }

    /// Returns whether the position is loaded.
    pub fn is_loaded(&self, seq: u64) -> bool {
        (self.first..self.end()).contains(&seq)
    }

    /// Goes to a position. If it is not loaded, drops all messages and loads a page with the position in its middle.
    pub fn go_to(&mut self, seq: u64) {
        if !self.is_loaded(seq) {
            self.start_before((seq + PAGE / 2).min(self.len));
        }
    }

    /// Returns whether the chat has messages, but none is loaded.
    pub fn is_unloaded(&self) -> bool {
        self.messages.is_empty() && self.len > 0
    }

    /// Inserts the page with the positions `before - PAGE .. before`. Ignores a page that does not adjoin the window:
    /// the user may have gone to another position while the page was loading. Unless they are `reading_back`, the end
    /// of the chat stays.
    pub fn insert(&mut self, before: u64, messages: Vec<(u64, ChatMessage)>, reading_back: bool) {
        let start = before.saturating_sub(PAGE);
        let mut page: VecDeque<Option<ChatMessage>> = (start..before).map(|_| None).collect();
        for (seq, message) in messages {
            if let Some(slot) = seq.checked_sub(start).and_then(|at| page.get_mut(usize::try_from(at).ok()?)) {
                *slot = Some(message);
            }
        }
        // The page ends where the window begins.
        if before == self.first {
            self.loading_above = None;
            while let Some(message) = page.pop_back() {
                self.messages.push_front(message);
            }
            self.first = start;
            if reading_back {
                self.drop_back();
            }
        } else if start <= self.end() && before > self.end() && start >= self.first {
            // The page goes beyond the end, and may overlap the window.
            self.loading_below = None;
            let known = usize::try_from(self.end() - start).unwrap_or(usize::MAX);
            self.messages.extend(page.into_iter().skip(known));
            self.drop_front();
        }
    }
}

/// A message that could not be read is shown as such.
fn is_shown(message: Option<&ChatMessage>) -> bool {
    message.is_none_or(|message| !message.is_hidden)
}

/// Whether a message is a change of a group.
fn is_change(message: Option<&ChatMessage>) -> bool {
    message.is_some_and(|message| message.as_change().is_some())
}

/// Whether a message at an end of a window counts towards the capacity, beside the shown one next to it.
fn counts_beside(message: Option<&ChatMessage>, next: Option<&ChatMessage>) -> bool {
    is_shown(message) && !(is_change(message) && is_change(next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Body, Membership, MessageId, Timestamp};

    fn message(seq: u64) -> ChatMessage {
        ChatMessage {
            id: MessageId::from_bytes([0; 16]),
            author: "bob".parse().unwrap(),
            sequence_number: Some(seq + 1),
            at: Timestamp::from_millis(seq),
            body: Body::Text(seq.to_string()),
            failure: None,
            relation: None,
            is_edited: false,
            clock_is_off: false,
            earlier: Vec::new(),
            is_hidden: false,
        }
    }

    fn page(before: u64) -> Vec<(u64, ChatMessage)> {
        (before.saturating_sub(PAGE)..before).map(|seq| (seq, message(seq))).collect()
    }

    /// Returns whether every position of the window holds its message.
    fn is_whole(window: &Window) -> bool {
        (window.first()..window.end()).all(|seq| window.get(seq) == Some(&message(seq)))
    }

    #[test]
    fn scrolling_up_and_down_again_leaves_no_gaps() {
        let mut window = Window::new(1000);
        while let Some(before) = window.page_to_load_above() {
            window.insert(before, page(before), true);
            assert!(is_whole(&window));
        }
        assert_eq!((window.first(), window.end()), (0, CAPACITY as u64));
        window.append(1000, message(1000), true);
        while let Some(before) = window.page_to_load_below() {
            window.insert(before, page(before), true);
            assert!(is_whole(&window));
        }
        assert_eq!((window.first(), window.end(), window.len()), (1001 - CAPACITY as u64, 1001, 1001));
    }

    #[test]
    fn message_arriving_before_first_page_is_loaded_after_it() {
        let mut window = Window::new(3);
        assert_eq!(window.page_to_load_above(), Some(3));
        window.append(3, message(3), false);
        window.insert(3, page(3), true);
        assert_eq!((window.first(), window.end(), window.len()), (0, 3, 4));
        assert_eq!(window.page_to_load_below(), Some(4));
        window.insert(4, page(4), true);
        assert_eq!((window.first(), window.end()), (0, 4));
        assert!(is_whole(&window));
    }

    #[test]
    fn new_conversation_needs_no_page() {
        let mut window = Window::new(0);
        window.append(0, message(0), false);
        window.append(1, message(1), false);
        assert!(is_whole(&window) && window.end() == 2);
        assert_eq!(window.page_to_load_above(), None);
    }

    #[test]
    fn full_window_does_not_change_while_user_reads_back() {
        let mut window = Window::new(CAPACITY as u64);
        while let Some(before) = window.page_to_load_above() {
            window.insert(before, page(before), true);
        }
        window.append(CAPACITY as u64, message(CAPACITY as u64), true);
        assert_eq!((window.first(), window.end(), window.len()), (0, CAPACITY as u64, CAPACITY as u64 + 1));
        window.go_to_end();
        assert!(window.is_unloaded());
        window.go_to_start();
        assert_eq!(window.page_to_load_above(), Some(PAGE));
    }

    #[test]
    fn go_to_loads_messages_around_the_position() {
        let mut window = Window::new(10_000);
        window.go_to(5_000);
        window.append(10_000, message(10_000), true);
        let before = window.page_to_load_above().unwrap();
        window.insert(before, page(before), true);
        assert!(is_whole(&window) && (window.first()..window.end()).contains(&5_000));
        let below = window.page_to_load_below().unwrap();
        window.insert(below, page(below), true);
        assert!(is_whole(&window) && window.end() > 5_050);
        let near = window.clone();
        window.go_to(5_010);
        assert_eq!(window, near, "a loaded position is not loaded again");
        window.go_to(3);
        assert_eq!(window.page_to_load_above(), Some(53));
    }

    #[test]
    fn changes_that_follow_each_other_count_once() {
        let change = |seq| ChatMessage { body: Body::Membership(Membership::Created), ..message(seq) };
        let mut window = Window::new(0);
        let (mut seq, capacity) = (0, CAPACITY as u64);
        for _ in 0..2 * CAPACITY {
            window.append(seq, ChatMessage { is_hidden: true, ..message(seq) }, false);
            window.append(seq + 1, change(seq + 1), false);
            seq += 2;
        }
        assert_eq!((window.first(), window.has_room()), (0, true), "one line, however many changes");
        for _ in 1..CAPACITY {
            window.append(seq, message(seq), false);
            seq += 1;
        }
        assert_eq!((window.first(), window.has_room()), (0, false));
        window.append(seq, message(seq), false);
        assert_eq!((window.first(), window.end()), (seq + 1 - capacity, seq + 1), "the whole line is dropped");
    }

    #[test]
    fn unreadable_messages_keep_their_positions() {
        let mut window = Window::new(3);
        window.insert(3, vec![(0, message(0)), (2, message(2))], true);
        assert_eq!((window.get(0).is_some(), window.get(1), window.get(2).is_some()), (true, None, true));
    }
}
