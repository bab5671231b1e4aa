//! What keys do on a message that is chosen.

use super::to_newest;
use crate::{
    app::{
        chat::ComposeTarget,
        command,
        effect::Effect,
        front,
        keymap::Action,
        model::{Model, Pane},
        outbox::{self, Deed},
        overlay::Overlay,
        peer, search,
    },
    domain::{Body, ChatMessage, Relation, address, links, localized},
    protocol::Command,
};

pub(super) fn act(model: &mut Model, action: Action, chosen: u64, effects: &mut Vec<Effect>) {
    match action {
        Action::Up => front::choose(model, chosen.saturating_sub(1)),
        Action::Down => below(model, chosen),
        Action::First => front::choose(model, 0),
        Action::Last => choose_last(model),
        Action::Open => let_go(model),
        Action::Reply => reply(model, chosen),
        Action::Edit => edit(model, chosen, effects),
        Action::Details => model.overlay = Some(Overlay::Details(chosen)),
        Action::ToAnswered => to_answered(model, chosen),
        Action::Failed => failed(model, chosen),
        Action::Copy => copy(model, chosen, effects),
        Action::OpenLink => {
            open_link(model, chosen, effects);
        }
        Action::NextFound => search::go_on(model, 1),
        Action::PreviousFound => search::go_on(model, -1),
        _ => {}
    }
}

/// Chooses the lowest message that is seen.
pub(super) fn choose_last(model: &mut Model) {
    let seen = model.layout.chat.seen.map(|(_, last)| last);
    let last = model.chats.active_tab().and_then(|tab| tab.window.len().checked_sub(1));
    if let Some(last) = last {
        model.focus = Pane::Chat;
        front::choose(model, seen.filter(|_| model.chosen().is_none()).unwrap_or(last));
    }
}

/// The text of a message, if it is one and is loaded.
fn text(model: &Model, seq: u64) -> Option<&str> {
    match &model.chats.active_tab()?.window.get(seq)?.body {
        Body::Text(text) => Some(text),
        Body::End | Body::Other { .. } => None,
    }
}

/// The message in a place, if it is loaded.
fn message(model: &Model, seq: u64) -> Option<ChatMessage> {
    model.chats.active_tab()?.window.get(seq).cloned()
}

/// Starts an answer. What others cannot know by its id is quoted in plain text.
fn reply(model: &mut Model, seq: u64) {
    let Some(message) = message(model, seq) else { return };
    let now = model.now.tick;
    let_go(model);
    if message.n.is_none() {
        let quote = format!("> {}\n", message.body.words().replace('\n', "\n> "));
        return model.chats.write(now, |composer| {
            composer.insert(&quote);
            true
        });
    }
    let relation = Relation::Answers(message.original());
    if let Some(tab) = model.chats.active_tab_mut() {
        tab.compose_target = Some(ComposeTarget::of(&message, relation));
    }
}

/// Takes a text of mine into the composer, to say something else.
fn edit(model: &mut Model, seq: u64, effects: &mut Vec<Effect>) {
    let Some(message) = message(model, seq).filter(|message| message.author == *model.peer.me()) else {
        return model.info("edit-only-own");
    };
    if let Some(row) = outbox::row_of(model, &message) {
        outbox::act(model, row, Deed::Edit, effects);
        return;
    }
    let (Body::Text(text), None) = (&message.body, &message.failure) else {
        return model.info("edit-not-this");
    };
    if !model.chats.composer().is_empty() {
        return model.warn("writing-already");
    }
    let now = model.now.tick;
    let_go(model);
    model.chats.write(now, |composer| {
        composer.insert(&command::as_typed(text));
        true
    });
    if let Some(tab) = model.chats.active_tab_mut() {
        tab.compose_target = Some(ComposeTarget::of(&message, Relation::Replaces(message.original())));
    }
}

/// Answers the last message of another that others know by its id.
pub(super) fn reply_to_last(model: &mut Model, text: String, effects: &mut Vec<Effect>) -> bool {
    let me = model.peer.me().clone();
    let is_meant = |message: &ChatMessage| message.author != me && message.n.is_some();
    let last = last(model, is_meant).map(|(_, message)| message);
    let Some((message, conversation)) = last.zip(model.active().cloned()) else {
        model.warn("reply-nothing");
        return false;
    };
    let relation = Some(Relation::Answers(message.original()));
    peer::attempt(model, Command::Send { conversation, text, relation }, effects)
}

/// Takes my last text into the composer, to say something else.
pub(super) fn edit_last(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    let me = model.peer.me().clone();
    let is_meant = |message: &ChatMessage| message.author == me && matches!(message.body, Body::Text(_));
    let Some((seq, _)) = last(model, is_meant) else {
        model.warn("edit-nothing");
        return false;
    };
    edit(model, seq, effects);
    true
}

/// Copies the last text.
pub(super) fn copy_last(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    let Some((seq, _)) = last(model, |message| matches!(message.body, Body::Text(_))) else {
        model.warn("copy-nothing-here");
        return false;
    };
    copy(model, seq, effects);
    true
}

/// Opens the last link. Where the newest message has none, the notice names who wrote the earlier one.
pub(super) fn open_last_link(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    let has_link = |message: &ChatMessage| links(message.body.words()).next().is_some();
    let Some((seq, message)) = last(model, has_link) else {
        model.warn("link-none-here");
        return false;
    };
    let link = open_link(model, seq, effects);
    let is_newest = model.chats.active_tab().is_some_and(|tab| seq + 1 == tab.window.len());
    if let Some(link) = link.filter(|_| !is_newest) {
        model.info(localized!("link-opens-earlier", link, author = message.author));
    }
    true
}

/// The last of the messages in memory that is meant, and its place.
fn last(model: &Model, is_meant: impl Fn(&ChatMessage) -> bool) -> Option<(u64, ChatMessage)> {
    let window = &model.chats.active_tab()?.window;
    let mut messages = (window.first()..window.end()).rev().filter_map(|seq| Some((seq, window.get(seq)?)));
    messages.find(|(_, message)| is_meant(message)).map(|(seq, message)| (seq, message.clone()))
}

/// Forgets what was to be answered or edited; whether there was something.
pub(super) fn clear_compose_target(model: &mut Model) -> bool {
    let now = model.now.tick;
    let compose_target = model.chats.active_tab_mut().and_then(|tab| tab.compose_target.take());
    if matches!(compose_target, Some(ComposeTarget { relation: Relation::Replaces(_), .. })) {
        model.chats.write(now, |composer| {
            composer.clear();
            true
        });
    }
    compose_target.is_some()
}

/// Goes to what a message answers or replaces.
fn to_answered(model: &mut Model, seq: u64) {
    let Some(tab) = model.chats.active_tab() else { return };
    let relation = tab.window.get(seq).and_then(|message| message.relation);
    match relation.map(|relation| tab.quoted(relation.id()).map(|(seq, _)| seq)) {
        Some(Some(seq)) => front::choose(model, seq),
        Some(None) => model.info("answered-not-here"),
        None => model.info("answered-none"),
    }
}

/// Shows a message that failed where it can be sent again or dropped.
fn failed(model: &mut Model, seq: u64) {
    match message(model, seq).and_then(|message| outbox::row_of(model, &message)) {
        Some(row) => model.overlay = Some(Overlay::Outbox { selected: Some(row) }),
        None => model.info("resend-nothing"),
    }
}

fn copy(model: &mut Model, seq: u64, effects: &mut Vec<Effect>) {
    match text(model, seq).map(str::to_owned) {
        Some(text) => {
            effects.push(Effect::Copy(text));
            model.info("copied");
        }
        None => model.info("copy-nothing"),
    }
}

/// Opens the first link of a message, and gives its address.
fn open_link(model: &mut Model, seq: u64, effects: &mut Vec<Effect>) -> Option<String> {
    let text = text(model, seq).unwrap_or_default();
    let links: Vec<String> = links(text).filter_map(address).collect();
    let Some(first) = links.first().cloned() else {
        model.info("link-none");
        return None;
    };
    model.info(match links.len() {
        1 => localized!("link-opens", link = first),
        count => localized!("link-opens-first", link = first, count),
    });
    effects.push(Effect::OpenLink(first.clone()));
    Some(first)
}

/// Goes back to writing.
pub(super) fn let_go(model: &mut Model) {
    model.search.is_marked = false;
    if let Some(tab) = model.chats.active_tab_mut() {
        tab.chosen = None;
    }
}

/// Below the last message one writes.
fn below(model: &mut Model, chosen: u64) {
    let len = model.chats.active_tab().map_or(0, |tab| tab.window.len());
    if chosen + 1 < len {
        front::choose(model, chosen + 1);
    } else {
        let_go(model);
        to_newest(&mut model.chats);
    }
}
