//! The update: what each message changes, and what is to happen for it.

use crossterm::event::KeyEventKind;

use super::{
    chat, connection, editor,
    effect::Effect,
    front,
    journal::Entry,
    keys, leave,
    message::{Message, Page},
    model::{Level, Model, Options, Pane},
    mouse,
    overlay::Overlay,
    peer, remote, search,
};
use crate::{
    domain::{Now, localized},
    protocol::{Command, Input},
};

/// Changes the model by what happened at `now`, and says what is to happen for it.
pub fn update(model: &mut Model, message: Message, now: Now) -> Vec<Effect> {
    model.now = now;
    model.is_stale = true;
    let mut effects = Vec::new();
    match message {
        Message::Key(event) if event.kind != KeyEventKind::Release => keys::pressed(model, event, &mut effects),
        Message::Key(_) => {}
        Message::Paste(text) => keys::pasted(model, &text, &mut effects),
        Message::Mouse(event) => mouse::happened(model, event, &mut effects),
        Message::FocusChanged(in_front) => model.in_front = in_front,
        // A terminal that shrinks and grows again has lost what it showed, though its size is the same.
        Message::Resized => effects.push(Effect::Redraw),
        Message::Drawn(layout) => {
            let before = model.chats.active_tab().map(|tab| tab.scroll);
            drawn(model, layout, &mut effects);
            model.is_stale = model.chats.active_tab().map(|tab| tab.scroll) != before;
        }
        Message::Peer(input) => {
            if let Input::Received { inbound, .. } = &input {
                model.remote.received(now.tick, inbound.retained);
            }
            peer::input(model, input, &mut effects);
        }
        Message::Command(command) => peer::command(model, command, &mut effects),
        Message::Connection(connection) => connection::changed(model, connection),
        Message::Page(page) => page_came(model, page),
        Message::Quoted { conversation, id, found } => {
            if let Some(tab) = model.chats.tab_mut(&conversation) {
                tab.quote_found(id, found);
            }
        }
        Message::Found { number, found } => {
            if search::found(&mut model.search, number, found) {
                model.note(Entry::Found);
            }
        }
        Message::Reloaded(options) => reloaded(model, *options),
        Message::StoreFailed(why) => {
            model.log.note(now.wall, Level::Error, model.language.translate(localized!("store-failing", why)));
            model.store_failure = Some(why);
        }
        Message::StoreRecovered => model.store_failure = None,
        Message::Hosting(hosting) => model.is_hosting = hosting,
        Message::Edited { conversation, text } => editor::ended(model, conversation.as_ref(), text),
        Message::Welcome if model.is_line_mode() => {}
        Message::Welcome => model.overlay = Some(Overlay::Welcome { scroll: 0 }),
        Message::Warned(text) => model.warn(text),
        Message::Asked(number, ask) => remote::asked(model, number, ask, &mut effects),
        Message::Unasked(number) => remote::forget(model, number),
        Message::Merge(number, batch) => remote::merge(model, number, batch, &mut effects),
        Message::Told(text) => model.info(text),
        Message::Timeout => timeout(model, &mut effects),
        Message::Quit => leave::leave(model, Effect::Quit, &mut effects),
        Message::Suspend => leave::leave(model, Effect::Suspend, &mut effects),
    }
    read_what_is_seen(model, &mut effects);
    remote::answer(model, &mut effects);
    // What a frame has brought about, as that messages are read now, is seen in the next.
    model.is_stale |= !effects.is_empty();
    effects
}

/// The broker stays: another one is another connection.
fn reloaded(model: &mut Model, options: Options) {
    model.keymap = options.keymap;
    model.notices = options.notices;
    model.tells_typing = options.tells_typing;
    model.arrangement = options.arrangement;
    model.inbox.reorder(options.inbox);
    model.language = options.language;
    model.info("reloaded");
}

fn timeout(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now;
    if model.notice.as_ref().is_some_and(|notice| notice.until <= now.tick) {
        model.notice = None;
    }
    if model.peer.next_timeout().is_some_and(|due| due <= now.tick) {
        peer::input(model, Input::Timeout, effects);
    }
    leave::save_drafts(model, Some(now.tick), effects);
    model.remote.timeout(now.tick);
}

fn page_came(model: &mut Model, page: Page) {
    if let Some(tab) = model.chats.tab_mut(&page.conversation) {
        tab.page_came(page.before, page.messages);
    }
}

/// Notes where things are, and has loaded what the next frame may need.
fn drawn(model: &mut Model, layout: super::layout::Layout, effects: &mut Vec<Effect>) {
    model.layout = layout;
    // The selection stays on the row that was drawn as selected, whatever is inserted above it.
    let is_chosen = match model.focus {
        Pane::Users => model.users.is_chosen(&model.peer),
        Pane::Groups => model.groups.is_chosen(&model.peer),
        Pane::Inbox => model.inbox.is_chosen(&model.peer),
        Pane::Chat => true,
    };
    if !is_chosen {
        keys::step(model, model.focus, 0);
    }
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
    tab.drawn = (chat.scroll, chat.above);
    // What is seen in part has its quote at the top.
    if let Some((first, last)) = chat.seen {
        effects.extend(tab.missing_quotes((first.saturating_sub(1), last + 1)));
    }
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
    let Some(conversation) = model.active().filter(|conversation| front::is_seen(model, conversation)).cloned() else {
        return;
    };
    if model.peer.conversations().get(&conversation).is_some_and(|kept| kept.unread > 0) {
        peer::command(model, Command::MarkRead(conversation), effects);
    }
}
