//! The separators between the sessions of a chat.

use crate::{
    app::{LocalizedText, localized},
    domain::{ChatMessage, ConversationId, Phase, SessionId, UserId},
    protocol::Chat,
    ui::clock::Clock,
};

/// The text of an `END`, which says how to answer while the other user waits for that.
pub fn end_text(author: &UserId, me: &UserId, phase: Option<Phase>) -> LocalizedText {
    match phase {
        _ if author == me => "end-by-me".into(),
        Some(Phase::Open { ended_by_me: false, ended_by_peer: true }) => localized!("end-by-peer-now", author),
        _ => localized!("end-by-peer", author),
    }
}

/// The phase of the conversation that the message at this position is in.
pub fn phase_at(chat: &Chat<'_>, position: u64) -> Option<Phase> {
    let (id, _) = chat.locate(position)?;
    phase_of(chat, id)
}

/// The phase of a conversation of the chat.
pub fn phase_of(chat: &Chat<'_>, id: &ConversationId) -> Option<Phase> {
    chat.conversations().iter().find(|known| known.id == *id).map(|known| known.phase)
}

/// The session whose first message is at this position. [`None`] in a group, and in a chat with only one session, which
/// needs no separator.
pub fn beginning_at<'p>(chat: &Chat<'p>, position: u64) -> Option<&'p SessionId> {
    if chat.conversations().len() < 2 {
        return None;
    }
    match chat.locate(position)? {
        (ConversationId::Session(session), 0) => Some(session),
        _ => None,
    }
}

/// The open sessions that have no messages yet.
pub fn without_messages<'p>(chat: &Chat<'p>) -> impl Iterator<Item = &'p SessionId> {
    let new = chat.open().filter(|known| known.len == 0);
    new.filter_map(|known| match &known.id {
        ConversationId::Session(session) => Some(session),
        ConversationId::Group(_) => None,
    })
}

/// `session of 10:12`, with the day if the session began on another day than the message `beside` it.
pub fn label(clock: Clock<'_>, session: &SessionId, beside: &ChatMessage) -> String {
    let Some(began) = session.started.millis() else {
        return clock.language.translate(localized!("session-of", began = session.started.to_string()));
    };
    let is_same_day = clock.date(began) == clock.date(beside.at);
    let began = if is_same_day { clock.time(began) } else { clock.day_and_time(began) };
    clock.language.translate(localized!("session-of", began))
}
