//! Actions on rows of the outbox.

use crate::{
    app::{
        event::{Event, ModelRef, OpenOverlay, info},
        rejection::Rejection,
        state::{ComposeTarget, LineModeList, composer::escape_slash},
    },
    domain::{Body, Relation},
    protocol::{Command, OutboxRow, RowId},
};

/// An action on an outbox row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxAction {
    /// Send a message again that the broker refused.
    SendAgain,
    /// Put its text into the composer, to edit it.
    Edit,
    /// Drop the row: papo does not send the message.
    Drop,
}

/// Opens the outbox, unless it is empty.
pub fn open(model: &ModelRef<'_>) -> Event {
    if model.peer.outbox().len() == 0 {
        info("outbox-empty")
    } else {
        model.open(OpenOverlay::Outbox(None), LineModeList::Outbox)
    }
}

/// Carries out an action on a row.
pub fn act(row: RowId, action: OutboxAction, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    match action {
        OutboxAction::SendAgain => Ok(vec![Event::Command(Command::SendAgain(row))]),
        OutboxAction::Drop => Ok(vec![Event::Command(Command::Drop(row))]),
        OutboxAction::Edit => edit(row, model),
    }
}

/// Carries out an action on the row with this number in the list, counted from 1. Without a number, it takes the last
/// refused row of the active chat. If no row was refused, it takes the last waiting row, except to send again.
pub fn act_on(number: Option<usize>, action: OutboxAction, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    act(find_row(number, action, model).ok_or(Rejection::NothingInOutbox)?, action, model)
}

fn find_row(number: Option<usize>, action: OutboxAction, model: &ModelRef<'_>) -> Option<RowId> {
    if let Some(number) = number {
        return model.peer.outbox().nth(number.checked_sub(1)?).map(|waiting| waiting.row);
    }
    let chat = |waiting: &OutboxRow| waiting.message.as_ref().and_then(|(of, _)| of.chat(model.peer.me()));
    let is_here = |waiting: &&OutboxRow| chat(waiting).as_ref() == model.chats.active_chat();
    let here = || model.peer.outbox().rev().filter(is_here);
    let failed = here().find(|waiting| waiting.failure.is_some());
    let waits = || here().next().filter(|_| action != OutboxAction::SendAgain);
    failed.or_else(waits).map(|waiting| waiting.row)
}

/// Shows the conversation of a row.
pub fn show(row: RowId, model: &ModelRef<'_>) -> Vec<Event> {
    let waiting = model.peer.outbox().find(|waiting| waiting.row == row);
    let message = waiting.and_then(|waiting| waiting.message.as_ref());
    match message.and_then(|(conversation, _)| conversation.chat(model.peer.me())) {
        Some(chat) => vec![Event::Close, Event::Show(chat)],
        None => vec![info("outbox-no-chat")],
    }
}

/// Puts the text of a row into the composer, which edits it. Until the edit is sent, the row stays as it is.
pub fn edit(row: RowId, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let waiting = model.peer.outbox().find(|waiting| waiting.row == row).ok_or(Rejection::NotAText)?;
    let original = waiting.original().ok_or(Rejection::NotAText)?;
    let Some((conversation, Body::Text(text), _)) = waiting.decoded_message() else { return Err(Rejection::NotAText) };
    let chat = conversation.chat(model.peer.me()).ok_or(Rejection::NotAText)?;
    if model.chats.has_draft(model.peer, &chat) {
        return Err(Rejection::ChatHasDraft);
    }
    let (relation, author) = (Relation::Replaces(original), model.peer.me().clone());
    let target = ComposeTarget { relation, conversation: conversation.clone(), author, words: text.clone() };
    Ok(vec![
        Event::Close,
        Event::Show(chat),
        Event::Unchoose,
        Event::Insert(escape_slash(text)),
        Event::Target(Some(target)),
    ])
}
