//! Drafts that are set aside while the user types a command that they began from another pane.

use super::{Chats, Tab};
use crate::domain::Tick;

impl Chats {
    /// Puts a text into the composer, such as the slash of a command. Text that is there comes back when the composer
    /// is empty again.
    pub fn begin_line(&mut self, text: &str, now: Tick) {
        if self.has_aside() {
            // A command that was begun before stays in the history of the composer.
            self.edit(now).take();
        } else if !self.composer().is_empty() {
            *self.aside_mut() = Some(self.composer().text());
        }
        self.edit(now).set(text);
    }

    /// Returns whether a draft is set aside for the composer in use.
    pub fn has_aside(&self) -> bool {
        self.active_tab().map_or(&self.command_aside, |tab| &tab.aside).is_some()
    }

    /// Returns whether the composer holds only the slash that begins a command.
    pub fn has_command_begun(&self) -> bool {
        self.composer().text() == "/"
    }

    fn aside_mut(&mut self) -> &mut Option<String> {
        match self.tabs.get_mut(self.active) {
            Some(tab) => &mut tab.aside,
            None => &mut self.command_aside,
        }
    }

    /// Puts the drafts that were set aside back into composers that are empty again.
    pub fn restore_drafts(&mut self, now: Tick) {
        for tab in &mut self.tabs {
            if tab.composer.is_empty()
                && let Some(text) = tab.aside.take()
            {
                tab.edit(now).set(&text);
            }
        }
        if self.command_composer.is_empty()
            && let Some(text) = self.command_aside.take()
        {
            self.command_composer.set(&text);
        }
    }
}

impl Tab {
    /// The unsent text, without a command for which it was set aside.
    pub fn draft(&self) -> String {
        self.aside.clone().unwrap_or_else(|| self.composer.text())
    }
}
