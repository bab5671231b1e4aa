//! What is set aside while the user types a command that they began from another pane, or before they touched the
//! draft: the draft, and the message that it replies to or edits.

use super::{Chats, Tab, tab::Aside};
use crate::{app::state::composer::Composer, domain::Tick};

impl Chats {
    /// Puts a text into the composer, such as the slash of a command. What it holds is set aside, except for
    /// another command.
    pub fn begin_line(&mut self, text: &str, now: Tick) {
        let target = self.active_tab_mut().and_then(|tab| tab.compose_target.take());
        if self.has_aside() && target.is_none() && self.composer().as_str().starts_with('/') {
            // A command that was begun before stays in the history of the composer.
            let line = self.edit(now).take();
            self.sent.push(line);
        } else if target.is_some() || !self.composer().is_empty() {
            let draft = self.composer().draft();
            self.asides_mut().push(Aside { text: draft, target });
        }
        let composer = self.edit(now);
        composer.set_line(text);
        composer.begin_use();
    }

    /// Returns whether a draft is set aside for the composer in use.
    pub fn has_aside(&self) -> bool {
        self.active_tab().map_or(!self.command_aside.is_empty(), Tab::has_aside)
    }

    /// Returns whether the composer is empty, and has a draft set aside.
    pub fn is_emptied_command(&self) -> bool {
        self.has_aside() && !self.has_compose_target() && self.composer().is_empty()
    }

    /// Returns whether the composer holds only the slash that begins a command.
    pub fn has_command_begun(&self) -> bool {
        self.composer().as_str() == "/"
    }

    /// Returns whether the user writes something in the composer in use: a text, a reply, an edit, or a search for a
    /// sent line.
    pub fn is_writing(&self) -> bool {
        !self.composer().is_empty() || self.has_begun()
    }

    /// Returns whether the user has begun something that the text of the composer does not show: a reply, an edit, a
    /// search for a sent line, or a draft that is set aside.
    pub fn has_begun(&self) -> bool {
        self.has_compose_target() || self.has_aside() || self.composer().search().is_some()
    }

    /// Returns whether the composer in use holds a reply or an edit.
    pub fn has_compose_target(&self) -> bool {
        self.active_tab().is_some_and(|tab| tab.compose_target.is_some())
    }

    fn asides_mut(&mut self) -> &mut Vec<Aside> {
        match self.active.and_then(|active| self.tabs.get_mut(active)) {
            Some(tab) => &mut tab.aside,
            None => &mut self.command_aside,
        }
    }

    /// Puts what was set aside back into the composer in use, in place of what it holds: a text joins the sent lines, a
    /// command does not. Returns whether there was something.
    pub fn restore_draft(&mut self, now: Tick) -> bool {
        if !self.has_aside() {
            return false;
        }
        let replaced = self.composer().text();
        if !replaced.is_empty() && !replaced.starts_with('/') {
            self.remember(&replaced);
        }
        match self.active_tab_mut() {
            Some(tab) => tab.restore_draft(now),
            None => drop(restore(&mut self.command_composer, &mut self.command_aside)),
        }
        true
    }

    /// Puts the drafts that were set aside back into the empty composers that the user has left.
    pub fn restore_left_drafts(&mut self, has_focus: bool, now: Tick) {
        let active = self.active.filter(|_| has_focus);
        for (index, tab) in self.tabs.iter_mut().enumerate() {
            if active != Some(index) && tab.compose_target.is_none() && tab.composer.is_empty() {
                tab.restore_draft(now);
            }
        }
        if (self.active.is_some() || !has_focus) && self.command_composer.is_empty() {
            restore(&mut self.command_composer, &mut self.command_aside);
        }
    }

    /// Moves what the user wrote while no tab was active to the active one. A command moves only if Enter has neither
    /// run it nor asked in vain, and so is held: it may have waited for this chat. A draft there comes back after a
    /// held line; any other text stays where it is if the composer there is in use.
    pub fn bring_text_along(&mut self, now: Tick) {
        if self.active.is_none() {
            return;
        }
        if self.command_composer.is_held() {
            let (line, asides) = (self.command_composer.text(), std::mem::take(&mut self.command_aside));
            self.begin_line(&line, now);
            self.composer_mut().hold();
            self.asides_mut().extend(asides);
        } else {
            let text = self.command_composer.draft();
            if text.is_empty() || text.starts_with('/') || self.is_writing() {
                return;
            }
            self.edit(now).set(&text);
        }
        self.command_composer.clear();
    }
}

impl Tab {
    /// Returns whether a draft is set aside.
    pub fn has_aside(&self) -> bool {
        !self.aside.is_empty()
    }

    /// The unsent text: what was set aside, and what is in the composer, without commands.
    pub fn draft(&self) -> String {
        let written = self.composer.draft();
        if self.aside.is_empty() {
            return written;
        }
        let texts = self.aside.iter().map(|aside| aside.text.clone()).chain([written]);
        texts.filter(|text| !text.is_empty() && !text.starts_with('/')).collect::<Vec<_>>().join("\n")
    }

    fn restore_draft(&mut self, now: Tick) {
        if let Some(aside) = restore(&mut self.composer, &mut self.aside) {
            self.compose_target = aside.target;
            self.save_later(now);
        }
    }
}

/// Puts the text that was set aside last back. Returns what was set aside.
fn restore(composer: &mut Composer, asides: &mut Vec<Aside>) -> Option<Aside> {
    let aside = asides.pop()?;
    composer.set_line(&aside.text);
    Some(aside)
}
