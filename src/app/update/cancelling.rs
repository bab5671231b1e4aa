//! The keys that cancel: Ctrl-C and Esc. And the notice about a line that the next key replaces.

use super::turn::Turn;
use crate::{
    app::{
        event::{Event, Question},
        state::{Level, Pane, Scroll, View},
    },
    text,
};

impl Turn<'_> {
    /// Ctrl-C: clears the command for which a draft was set aside, or else cancels a reply or an edit, or else clears
    /// the composer, whose text stays in the history. If there is nothing to clear, asks whether to quit.
    pub fn interrupt(&mut self) {
        let model = &mut *self.model;
        let (now, is_writing) = (model.now.tick, model.focus == Pane::Chat);
        let had_target = is_writing && model.chats.clear_compose_target(now);
        if had_target && model.chats.composer().is_empty() {
            model.chats.restore_draft(now);
            return;
        }
        if had_target && !model.chats.has_aside() {
            return;
        }
        if is_writing && !model.chats.composer().is_empty() {
            model.attention.forget_doubt();
            let text = model.chats.composer().text();
            model.chats.remember(&text);
            return model.chats.edit(now).clear();
        }
        self.ask(Question::Quit);
    }

    /// Esc: closes the notice, and returns from a list to the composer. There, carries out the first of these that
    /// applies: unchooses the message, cancels the command for which a draft was set aside, cancels the reply or edit,
    /// scrolls to the newest message.
    pub fn cancel(&mut self) {
        let model = &mut *self.model;
        model.notices.dismiss(model.now.tick);
        if model.focus != Pane::Chat {
            return self.leave_list();
        }
        if model.chats.chosen().is_none() && model.chats.restore_draft(model.now.tick) {
            return;
        }
        if model.chats.chosen().is_some() {
            return self.apply(vec![Event::Unchoose]);
        }
        let is_scrolled = model.chats.active_tab().is_some_and(|tab| tab.scroll != Scroll::Bottom);
        if !model.chats.clear_compose_target(model.now.tick) && is_scrolled {
            model.chats.go_to_newest();
        }
    }

    /// Says how to bring back a held line that is replaced: after the notice that is shown, if there is room.
    pub fn explain_held(&mut self) {
        let model = &mut *self.model;
        let words = model.language.translate("held-replaced");
        let current = model.notices.current.as_mut().filter(|_| model.view == View::Panes);
        let room = model.layout.composer_columns().max(model.layout.composer.right().saturating_sub(1).into());
        match current.map(|notice| &mut notice.text) {
            Some(text) if text.ends_with(&words) || text::width(text) + text::width(&words) + 3 > room => {}
            Some(text) => *text = format!("{text} · {words}"),
            None => self.show_notice(Level::Info, "held-replaced"),
        }
    }
}
