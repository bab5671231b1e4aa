//! The outbox as a list: what waits for the broker, what it has refused, and what can be done about each.

use super::{
    chat::{ComposeTarget, Tab},
    command,
    effect::Effect,
    front,
    journal::List,
    line_mode,
    model::Model,
    overlay::Overlay,
    peer::{self, attempt},
};
use crate::{
    domain::{Body, ChatMessage, LocalizedText, Relation, localized},
    protocol::{Ask, Command, Content, Control, GroupNews, OutboxRow, Peer, Row},
};

/// What is done with a message of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    SendAgain,
    Edit,
    Drop,
}

/// The place of the chosen row in the list; of the last one where it is gone.
pub fn place(peer: &Peer, chosen: Option<Row>) -> Option<usize> {
    let last = peer.outbox().len().checked_sub(1)?;
    Some(chosen.and_then(|row| peer.outbox().position(|waiting| waiting.row >= row)).unwrap_or(last))
}

/// What a row of the outbox is: where it goes, and what it says.
pub fn words(peer: &Peer, waiting: &OutboxRow) -> (String, LocalizedText) {
    let content = match waiting.content() {
        Ok(content) => content,
        Err(topic) => return (topic.to_owned(), "outbox-other-prefix".into()),
    };
    let to = waiting.recipient().map_or_else(String::new, ToString::to_string);
    match content {
        Content::Talk(conversation, _, body) => (conversation.name(peer.me()), LocalizedText::quoted(body.words())),
        Content::Control(Control::Request(_)) => (to, "outbox-request".into()),
        Content::Control(Control::Accepted(..)) => (to, "outbox-accepted".into()),
        Content::Control(Control::Denied(..)) => (to, "outbox-denied".into()),
        Content::Control(Control::Invited(group)) => (to, localized!("outbox-invite", group)),
        Content::Control(_) => (to, "outbox-receipt".into()),
        Content::News(GroupNews::Disbanded(group)) => (format!("#{group}"), "outbox-disbanded".into()),
        Content::News(GroupNews::Created(group) | GroupNews::Record(group, ..)) => {
            (format!("#{group}"), "outbox-record".into())
        }
        Content::Ask(group, _, Ask::Enter) => (format!("#{group}"), "outbox-enter".into()),
        Content::Ask(group, _, Ask::Leave) => (format!("#{group}"), "outbox-leave".into()),
        Content::Joined(group, _) => (format!("#{group}"), "outbox-joined".into()),
        Content::Presence(..) | Content::Cleared(_) => (to, "outbox-presence".into()),
    }
}

pub(super) fn open(model: &mut Model) {
    if model.peer.outbox().len() == 0 {
        return model.info("outbox-empty");
    }
    if !line_mode::prints(model, List::Outbox) {
        model.overlay = Some(Overlay::Outbox { selected: None });
    }
}

/// The row at a place of the list, counted from 0; the last one beyond its end.
pub(super) fn row_at(peer: &Peer, index: usize) -> Option<Row> {
    let last = peer.outbox().len().checked_sub(1)?;
    peer.outbox().nth(index.min(last)).map(|waiting| waiting.row)
}

/// The row that a command is about: the one with this number in the list, else the last that was refused, or
/// waits, in the conversation in front.
pub(super) fn meant(model: &Model, number: Option<usize>, deed: Deed) -> Option<Row> {
    if let Some(number) = number {
        let index = number.checked_sub(1)?;
        return model.peer.outbox().nth(index).map(|waiting| waiting.row);
    }
    let in_front = |waiting: &&OutboxRow| waiting.message.as_ref().map(|(talk, _)| talk) == model.active();
    let mine = || model.peer.outbox().rev().filter(in_front);
    let failed = mine().find(|waiting| waiting.failure.is_some());
    let waits = || mine().next().filter(|_| deed != Deed::SendAgain);
    failed.or_else(waits).map(|waiting| waiting.row)
}

/// Does it; says whether that could be done.
pub(super) fn act(model: &mut Model, row: Row, deed: Deed, effects: &mut Vec<Effect>) -> bool {
    match deed {
        Deed::SendAgain => attempt(model, Command::SendAgain(row), effects),
        Deed::Drop => attempt(model, Command::Drop(row), effects),
        Deed::Edit => edit(model, row, effects),
    }
}

/// The row that carries a message of the talk in front, if the broker has not taken it.
pub(super) fn row_of(model: &Model, message: &ChatMessage) -> Option<Row> {
    let wanted = Some((model.active()?, message.n.filter(|_| message.author == *model.peer.me())?));
    let carries = |waiting: &&OutboxRow| waiting.message.as_ref().map(|(talk, n)| (talk, *n)) == wanted;
    model.peer.outbox().find(carries).map(|waiting| waiting.row)
}

/// Brings the conversation of a row to the front.
pub(super) fn show(model: &mut Model, row: Row) {
    let waiting = model.peer.outbox().find(|waiting| waiting.row == row);
    match waiting.and_then(|waiting| waiting.message.clone()) {
        Some((conversation, _)) => {
            model.overlay = None;
            front::show(model, &conversation);
        }
        None => model.info("outbox-no-talk"),
    }
}

/// Takes the text back into the composer.
fn edit(model: &mut Model, row: Row, effects: &mut Vec<Effect>) -> bool {
    let written = model.peer.outbox().find(|waiting| waiting.row == row).and_then(|row| row.written());
    let Some((conversation, Body::Text(text), relation)) = written else {
        model.warn("outbox-only-text");
        return false;
    };
    let (conversation, text) = (conversation.clone(), text.clone());
    model.chats.open(&model.peer, &conversation);
    if model.chats.composer_of(Some(&conversation)).is_some_and(|composer| !composer.is_empty()) {
        model.warn("writing-already-there");
        return false;
    }
    peer::command(model, Command::Drop(row), effects);
    model.overlay = None;
    front::show(model, &conversation);
    let now = model.now.tick;
    model.chats.write(now, |composer| {
        composer.clear();
        composer.insert(&command::as_typed(&text));
        true
    });
    let unknown = model.language.translate("earlier-message");
    if let Some((relation, tab)) = relation.zip(model.chats.active_tab_mut()) {
        let unknown = ComposeTarget { relation, author: model.peer.me().clone(), words: unknown };
        tab.compose_target = Some(compose_target(tab, relation).unwrap_or(unknown));
    }
    true
}

/// What is edited still answers what it answered.
fn compose_target(tab: &Tab, relation: Relation) -> Option<ComposeTarget> {
    tab.quoted(relation.id()).map(|(_, earlier)| ComposeTarget::of(earlier, relation))
}
