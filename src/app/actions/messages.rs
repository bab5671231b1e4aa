//! Actions on messages of the active chat. Keys act on the chosen message, commands on the last one.

use super::{outbox, search};
use crate::{
    app::{
        effect::Effect,
        event::{Event, ModelRef, OpenOverlay, info},
        keymap::Action,
        localized,
        rejection::Rejection,
        state::{ComposeTarget, Pane, View, composer::escape_slash, outbox::row_of},
    },
    domain::{Body, ChatMessage, ConversationId, Relation, link_uri, links},
    protocol::RowId,
};

/// Carries out an action on the message at the position `chosen`.
pub fn act(action: Action, chosen: u64, model: &ModelRef<'_>) -> Vec<Event> {
    match action {
        Action::Reply | Action::Edit | Action::ToAnswered | Action::Failed | Action::Copy | Action::OpenLink
            if message(chosen, model).is_some_and(|message| message.as_change().is_some()) =>
        {
            vec![info("not-a-message")]
        }
        Action::Up => above(chosen, model),
        Action::Down => below(chosen, model),
        Action::HalfPageUp => half_page(chosen, line_before, model),
        Action::HalfPageDown => half_page(chosen, |seq, model| line_from(seq + 1, model), model),
        Action::First => vec![Event::Choose(line_from(0, model).unwrap_or(chosen))],
        Action::Last => choose_last(model),
        Action::Open => vec![Event::Unchoose],
        Action::Reply => reply(chosen, model),
        Action::Edit => edit(chosen, model),
        Action::Details => vec![Event::Open(OpenOverlay::Details(chosen))],
        Action::ToAnswered => vec![to_answered(chosen, model)],
        Action::Failed => vec![failed(chosen, model)],
        Action::Copy => copy(chosen, model),
        Action::OpenLink => open_link(chosen, model),
        Action::NextFound => search::step(1, model),
        Action::PreviousFound => search::step(-1, model),
        _ => Vec::new(),
    }
}

/// Chooses the lowest visible message. If a message is chosen already, chooses the last one of the chat.
pub fn choose_last(model: &ModelRef<'_>) -> Vec<Event> {
    let seen = model.layout.chat.fully_visible.map(|(_, last)| last).filter(|_| model.chats.chosen().is_none());
    let last = model.chats.active_tab().and_then(|tab| line_before(tab.window.len(), model));
    last.map_or_else(Vec::new, |last| vec![Event::Focus(Pane::Chat), Event::Choose(seen.unwrap_or(last))])
}

/// Chooses the message before; the first one stays chosen.
fn above(chosen: u64, model: &ModelRef<'_>) -> Vec<Event> {
    vec![Event::Choose(line_before(chosen, model).unwrap_or(chosen))]
}

/// The position of the first line from `seq` on. Changes of a group that follow each other are one line.
fn line_from(seq: u64, model: &ModelRef<'_>) -> Option<u64> {
    model.chats.active_tab().and_then(|tab| tab.line_from(seq, &model.layout.chat))
}

/// The position of the last line before `seq`.
fn line_before(seq: u64, model: &ModelRef<'_>) -> Option<u64> {
    model.chats.active_tab().and_then(|tab| tab.line_before(seq, &model.layout.chat))
}

/// Chooses the next message. Below the last one, the composer takes the keys again.
fn below(chosen: u64, model: &ModelRef<'_>) -> Vec<Event> {
    let next = line_from(chosen + 1, model);
    next.map_or_else(|| vec![Event::Unchoose, Event::Newest], |next| vec![Event::Choose(next)])
}

/// Chooses the message half a page away, or the last one in that direction. `next` steps to the next line.
fn half_page(chosen: u64, next: impl Fn(u64, &ModelRef<'_>) -> Option<u64>, model: &ModelRef<'_>) -> Vec<Event> {
    let steps = model.layout.half_page(Pane::Chat);
    vec![Event::Choose((0..steps).try_fold(chosen, |seq, _| next(seq, model).ok_or(seq)).unwrap_or_else(|last| last))]
}

/// The message at a position, if it is loaded.
fn message<'a>(seq: u64, model: &ModelRef<'a>) -> Option<&'a ChatMessage> {
    model.chats.active_tab()?.window.get(seq)
}

/// The text of the message at a position, if that message is loaded and is a text.
fn text<'a>(seq: u64, model: &ModelRef<'a>) -> Option<&'a str> {
    match &message(seq, model)?.body {
        Body::Text(text) => Some(text),
        Body::End | Body::Other { .. } | Body::Membership(_) => None,
    }
}

/// The conversation of the message at a position of the active chat.
fn conversation(seq: u64, model: &ModelRef<'_>) -> Option<ConversationId> {
    let chat = model.peer.chat(model.chats.active_chat()?)?;
    chat.locate(seq).map(|(conversation, _)| conversation.clone())
}

/// The outbox row of a message that the broker has not acknowledged.
fn row(seq: u64, message: &ChatMessage, model: &ModelRef<'_>) -> Option<RowId> {
    row_of(model.peer, &conversation(seq, model)?, message)
}

/// Starts a reply. Other clients do not know the ID of a message without a sequence number, so the reply quotes its
/// text.
fn reply(seq: u64, model: &ModelRef<'_>) -> Vec<Event> {
    let (Some(message), Some(conversation)) = (message(seq, model), conversation(seq, model)) else {
        return Vec::new();
    };
    let reply = if message.sequence_number.is_none() {
        Event::Insert(format!("> {}\n", message.body.words().replace('\n', "\n> ")))
    } else {
        Event::Target(Some(ComposeTarget::of(message, conversation, Relation::Answers(message.original()))))
    };
    vec![Event::Unchoose, reply]
}

/// Puts one of my texts into the composer: takes it back from the outbox, or starts an edit of the sent message.
fn edit(seq: u64, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(message) = message(seq, model).filter(|message| message.author == *model.peer.me()) else {
        return vec![info("edit-only-own")];
    };
    if let Some(row) = row(seq, message, model) {
        return outbox::edit(row, model).unwrap_or_else(|why| vec![Event::Reject(why)]);
    }
    let (Body::Text(text), None) = (&message.body, &message.failure) else { return vec![info("edit-not-this")] };
    if !model.chats.composer().is_empty() {
        return vec![Event::Reject(Rejection::ComposerNotEmpty)];
    }
    let Some(conversation) = conversation(seq, model) else { return Vec::new() };
    let target = ComposeTarget::of(message, conversation, Relation::Replaces(message.original()));
    vec![Event::Unchoose, Event::Insert(escape_slash(text)), Event::Target(Some(target))]
}

/// Goes to the message that this one answers or replaces.
fn to_answered(seq: u64, model: &ModelRef<'_>) -> Event {
    let relation = message(seq, model).and_then(|message| message.relation);
    let Some(relation) = relation else { return info("answered-none") };
    let quoted = model.chats.active_tab().and_then(|tab| tab.quoted(relation.id()));
    quoted.map_or_else(|| info("answered-not-here"), |(seq, _)| Event::Choose(seq))
}

/// Selects a failed message in the outbox, where the user can send it again or drop it. Of one that was dropped, asks
/// what to do.
fn failed(seq: u64, model: &ModelRef<'_>) -> Event {
    let Some(message) = message(seq, model) else { return info("resend-nothing") };
    match row(seq, message, model) {
        Some(row) => Event::Open(OpenOverlay::Outbox(Some(row))),
        None if message.failure.is_some() => Event::Open(OpenOverlay::Dropped(seq)),
        None => info("resend-nothing"),
    }
}

fn copy(seq: u64, model: &ModelRef<'_>) -> Vec<Event> {
    match text(seq, model) {
        Some(text) => vec![Event::Effect(Effect::Copy(text.to_owned())), info("copied")],
        None => vec![info("copy-nothing")],
    }
}

/// Opens the first link of a message.
fn open_link(seq: u64, model: &ModelRef<'_>) -> Vec<Event> {
    let links: Vec<String> = links(text(seq, model).unwrap_or_default()).filter_map(link_uri).collect();
    let Some(first) = links.first().cloned() else { return vec![info("link-none")] };
    let notice = match links.len() {
        1 => localized!("link-opens", link = first),
        count => localized!("link-opens-first", link = first, count),
    };
    vec![info(notice), Event::Effect(Effect::OpenLink(first))]
}

/// The last loaded message that is shown and `matches`, and its position.
fn last<'a>(model: &ModelRef<'a>, matches: impl Fn(&ChatMessage) -> bool) -> Option<(u64, &'a ChatMessage)> {
    let window = &model.chats.active_tab()?.window;
    let mut messages = (window.first()..window.end()).rev().filter_map(|seq| Some((seq, window.get(seq)?)));
    messages.find(|(_, message)| !message.is_hidden && matches(message))
}

/// Begins a reply to the last message of another user, with this text. The composer shows which message it is.
pub fn reply_to_last(text: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let is_message = |message: &ChatMessage| message.sequence_number.is_some() || matches!(message.body, Body::Text(_));
    let last = last(model, |message| message.author != *model.peer.me() && is_message(message));
    let (seq, message) = last.ok_or(Rejection::NothingToReplyTo)?;
    let mut events = reply(seq, model);
    events.push(Event::Insert(if events.iter().any(is_insert) { text } else { escape_slash(&text) }));
    if model.view == View::Lines {
        let words = message.body.words();
        events.push(info(localized!("reply-begun", author = message.author, words)));
    }
    Ok(events)
}

fn is_insert(event: &Event) -> bool {
    matches!(event, Event::Insert(_))
}

/// Puts my last text into the composer to edit it.
pub fn edit_last(model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let last = last(model, |message| message.author == *model.peer.me() && matches!(message.body, Body::Text(_)));
    last.map(|(seq, _)| edit(seq, model)).ok_or(Rejection::NothingToEdit)
}

/// Copies the last text of the active chat.
pub fn copy_last((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let last = last(model, |message| matches!(message.body, Body::Text(_)));
    last.map(|(seq, _)| copy(seq, model)).ok_or(Rejection::NothingToCopy)
}

/// Opens the last link of the active chat. If it is not in the newest message, a notice names its author.
pub fn open_last_link((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let has_link = |message: &ChatMessage| links(message.body.words()).next().is_some();
    let (seq, message) = last(model, has_link).ok_or(Rejection::NoLink)?;
    let mut events = open_link(seq, model);
    let is_newest = line_from(seq + 1, model).is_none();
    if let (Some(Event::Effect(Effect::OpenLink(link))), false) = (events.last(), is_newest) {
        let notice = info(localized!("link-opens-earlier", link, author = message.author));
        events.push(notice);
    }
    Ok(events)
}
