//! The search through the lines sent from all composers, and the line that the composer in use holds.

use super::Chats;
use crate::domain::{ChatId, Tick};

impl Chats {
    /// Holds the line in the composer in use, if Enter has left it there: in the chat where it was, and as it was.
    pub fn hold_line(&mut self, chat: Option<&ChatId>, line: &str) {
        if self.active_chat() == chat && self.composer().as_str() == line {
            self.composer_mut().hold();
        }
    }

    /// Inserts a text into the composer in use, or replaces a held line by it.
    pub fn insert(&mut self, text: &str, now: Tick) {
        self.remember_held();
        self.edit(now).insert(text);
    }

    /// Takes a held line out of the composer in use. The history keeps it.
    pub fn put_held_away(&mut self, now: Tick) {
        if self.composer().is_held() {
            self.remember_held();
            self.edit(now).take();
        }
    }

    /// Adds a held line that is about to be replaced to the lines of all composers.
    pub(super) fn remember_held(&mut self) {
        if self.composer().is_held() {
            let line = self.composer().text();
            self.sent.push(line);
        }
    }

    /// Adds a text that was typed elsewhere to the lines of the composer in use, and of all composers.
    pub fn remember(&mut self, text: &str) {
        self.composer_mut().remember(text);
        self.sent.push(text.to_owned());
    }

    /// Begins to search the lines sent from all composers, or goes to the next older one that is found.
    pub fn search_sent(&mut self) {
        let Self { tabs, active, command_composer, sent, .. } = self;
        let tab = active.and_then(|active| tabs.get_mut(active));
        tab.map_or(command_composer, |tab| &mut tab.composer).search_older(sent.lines());
    }
}
