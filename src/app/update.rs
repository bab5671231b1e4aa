//! The update: what each message changes, and what is to happen for it.

use crossterm::event::KeyEventKind;

use super::{
    chat,
    effect::Effect,
    keys,
    message::{Message, Page},
    model::{Connection, Level, Model, Pane},
    mouse, peer_events,
};
use crate::{
    domain::{ConversationId, Timestamp},
    protocol::{Command, Event, Input},
};

/// Changes the model by what happened at `now`, and says what is to happen for it.
pub fn update(model: &mut Model, message: Message, now: Timestamp) -> Vec<Effect> {
    model.now = now;
    let mut effects = Vec::new();
    match message {
        Message::Key(event) if event.kind != KeyEventKind::Release => keys::pressed(model, event, &mut effects),
        Message::Key(_) => {}
        Message::Paste(text) => keys::pasted(model, &text),
        Message::Mouse(event) => mouse::happened(model, event, &mut effects),
        Message::FocusChanged(in_front) => model.in_front = in_front,
        // A terminal that shrinks and grows again has lost what it showed, though its size is the same.
        Message::Resized => effects.push(Effect::Redraw),
        Message::Drawn(layout) => drawn(model, layout, &mut effects),
        Message::Peer(input) => {
            to_peer(model, input, &mut effects);
        }
        Message::Connection(connection) => model.connection = connection,
        Message::Page(page) => page_came(model, page),
        Message::StoreFailed(why) => model.store_failure = Some(why),
        Message::StoreRecovered => model.store_failure = None,
        Message::Hosting(hosting) => model.is_hosting = hosting,
        Message::Warned(text) => model.warn(text),
        Message::Timeout => timeout(model, &mut effects),
        Message::Quit => quit(model, &mut effects),
    }
    read_what_is_seen(model, &mut effects);
    effects
}

/// Hands an input to the peer, and what comes of it to the store, the broker and the panes. Says whether the
/// peer did not refuse it.
pub(super) fn to_peer(model: &mut Model, input: Input, effects: &mut Vec<Effect>) -> bool {
    let now = model.now;
    model.peer.handle_input(now, input);
    let batch = model.peer.take_batch();
    if !batch.operations.is_empty() || !batch.outputs.is_empty() {
        effects.push(Effect::Commit { operations: batch.operations, outputs: batch.outputs });
    }
    let is_accepted = !batch.events.iter().any(|event| matches!(event, Event::Refused(_)));
    for event in batch.events {
        peer_events::happened(model, event, effects);
    }
    is_accepted
}

/// Does what the user wants; says whether it could be done.
pub(super) fn attempt(model: &mut Model, command: Command, effects: &mut Vec<Effect>) -> bool {
    to_peer(model, Input::Command(command), effects)
}

/// As [`attempt`], where nothing hangs on it: the user is told in any case.
pub(super) fn command(model: &mut Model, command: Command, effects: &mut Vec<Effect>) {
    attempt(model, command, effects);
}

fn timeout(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now;
    if model.notice.as_ref().is_some_and(|notice| notice.until <= now) {
        model.notice = None;
    }
    if model.peer.next_timeout().is_some_and(|due| due <= now) {
        to_peer(model, Input::Timeout, effects);
    }
    save_drafts(model, Some(now), effects);
}

fn save_drafts(model: &mut Model, now: Option<Timestamp>, effects: &mut Vec<Effect>) {
    for (conversation, text) in model.chats.due_drafts(now) {
        command(model, Command::SaveDraft { conversation, text }, effects);
    }
}

/// Leaves: the drafts are kept and the others told.
pub(super) fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    save_drafts(model, None, effects);
    command(model, Command::GoOffline, effects);
    effects.push(Effect::Quit);
}

/// Somebody else has the id now.
pub(super) fn taken_over(model: &mut Model, effects: &mut Vec<Effect>) {
    let why = format!("{} is in use on another device; /reconnect takes the id back", model.me());
    model.say(Level::Error, why.clone());
    model.connection = Connection::Stopped { why };
    effects.push(Effect::Disconnect);
}

fn page_came(model: &mut Model, page: Page) {
    if let Some(tab) = model.chats.tab_mut(&page.conversation) {
        tab.window.insert(page.before, page.messages);
    }
}

/// Notes where things are, and has loaded what the next frame may need.
fn drawn(model: &mut Model, layout: super::layout::Layout, effects: &mut Vec<Effect>) {
    model.layout = layout;
    let chat = &model.layout.chat;
    let height = u64::from(chat.area.height);
    let Some(tab) = model.chats.active_tab_mut() else { return };
    // A frame without messages says nothing of where they are read.
    if chat.area.is_empty() || tab.window.is_unloaded() {
        let wanted = if tab.window.is_unloaded() { tab.window.want_above() } else { None };
        let conversation = tab.conversation.clone();
        effects.extend(wanted.map(|before| Effect::LoadPage { conversation, before, limit: chat::PAGE }));
        return;
    }
    tab.scroll = chat.scroll;
    let near_top = match chat.scroll {
        chat::Scroll::Bottom => chat.at_top || tab.window.end() - tab.window.first() < height,
        chat::Scroll::At { seq, .. } => chat.at_top || seq < tab.window.first() + 2 * height,
    };
    let near_end = match chat.scroll {
        chat::Scroll::Bottom => true,
        chat::Scroll::At { seq, .. } => seq + 2 * height > tab.window.end(),
    };
    let above = if near_top { tab.window.want_above() } else { None };
    let below = if near_end { tab.window.want_below() } else { None };
    let conversation = tab.conversation.clone();
    for before in above.into_iter().chain(below) {
        effects.push(Effect::LoadPage { conversation: conversation.clone(), before, limit: chat::PAGE });
    }
}

/// Messages are read when they are in front.
fn read_what_is_seen(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(conversation) = model.active().filter(|conversation| is_seen(model, conversation)).cloned() else {
        return;
    };
    if model.peer.conversations().get(&conversation).is_some_and(|kept| kept.unread > 0) {
        command(model, Command::MarkRead(conversation), effects);
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
