//! What is in front: which talk, and whether its newest message is before the user's eyes.

use super::{
    chat,
    model::{Model, Pane},
};
use crate::domain::ConversationId;

/// Brings a conversation to the front and puts the cursor into its composer.
pub(super) fn show(model: &mut Model, conversation: &ConversationId) {
    let index = model.chats.open(&model.peer, conversation);
    go_to_tab(model, index);
    model.focus = Pane::Chat;
}

/// Brings a tab to the front; what is unread in it is marked as new.
pub(super) fn go_to_tab(model: &mut Model, index: usize) {
    model.chats.bring_to_front(index);
    let Model { chats, peer, .. } = model;
    if let Some(tab) = chats.active_tab_mut() {
        let kept = peer.conversations().get(&tab.conversation);
        if let Some(kept) = kept.filter(|kept| kept.unread > 0) {
            tab.fresh.get_or_insert(chat::Fresh { from: kept.len.saturating_sub(kept.unread), count: kept.unread });
        }
    }
}

/// Chooses a message of the talk in front, and has it seen.
pub(super) fn choose(model: &mut Model, seq: u64) {
    let (seen, height) = (model.layout.chat.seen, i64::from(model.layout.chat.area.height));
    let Some(tab) = model.chats.active_tab_mut() else { return };
    tab.chosen = Some(seq);
    let is_seen = tab.window.is_loaded(seq) && seen.is_some_and(|(first, last)| (first..=last).contains(&seq));
    if !is_seen {
        tab.window.go_to(seq);
        // In the middle: what was said around it tells what it is about.
        tab.scroll = chat::Scroll::At { seq, rows: -height / 2 };
    }
}

/// Whether the newest of a conversation is before the user's eyes: the talk is in front and has the keys, the
/// terminal is in front, and one looks at the end.
pub(super) fn is_seen(model: &Model, conversation: &ConversationId) -> bool {
    let in_front = |tab: &chat::Tab| tab.conversation == *conversation && tab.scroll == chat::Scroll::Bottom;
    model.in_front
        && !model.layout.chat.area.is_empty()
        && model.overlay.is_none()
        && model.focus == Pane::Chat
        && model.chats.active_tab().is_some_and(in_front)
}
