//! The outbox as a list: the texts of its rows, and the search for a row.

use crate::{
    app::language::{LocalizedText, localized},
    domain::{ChatMessage, ConversationId, Direction, Group},
    protocol::{Ask, Content, Control, GroupNews, Notice, OutboxRow, Peer, RowId},
};

/// The index of the selected row. If that row is gone, the index of the row after it, or else of the last one. `None`
/// if the outbox is empty.
pub fn selected_index(peer: &Peer, selected: Option<RowId>) -> Option<usize> {
    let last = peer.outbox().len().checked_sub(1)?;
    Some(selected.and_then(|row| peer.outbox().position(|waiting| waiting.row >= row)).unwrap_or(last))
}

/// The text of a row: its recipient, and its content.
pub fn words(peer: &Peer, waiting: &OutboxRow) -> (String, LocalizedText) {
    let content = match waiting.content() {
        Ok(content) => content,
        Err(topic) => return (topic.to_owned(), "outbox-other-prefix".into()),
    };
    let to = waiting.recipient().map_or_else(String::new, ToString::to_string);
    match content {
        Content::Talk(conversation, _, body) => (conversation.name(peer.me()), body.into()),
        Content::Control(Control::Request(_)) => (to, "outbox-request".into()),
        Content::Control(Control::Accepted(..)) => (to, "outbox-accepted".into()),
        Content::Control(Control::Denied(..)) if is_cancellation(peer, waiting) => (to, "outbox-cancelled".into()),
        Content::Control(Control::Denied(..)) => (to, "outbox-denied".into()),
        Content::Control(Control::Invited(group)) => (to, localized!("outbox-invite", group)),
        Content::Seen(group, ..) => (format!("#{group}"), "outbox-receipt".into()),
        Content::Control(_) => (to, "outbox-receipt".into()),
        Content::News(GroupNews::Disbanded(group)) => (format!("#{group}"), "outbox-disbanded".into()),
        Content::News(GroupNews::Created(group) | GroupNews::Record(Group { name: group, .. })) => {
            (format!("#{group}"), "outbox-record".into())
        }
        Content::Ask(group, _, Ask::Enter) => (format!("#{group}"), "outbox-enter".into()),
        Content::Ask(group, _, Ask::Leave) => (format!("#{group}"), "outbox-leave".into()),
        Content::Joined(group, _) => (format!("#{group}"), "outbox-joined".into()),
        Content::Presence(..) | Content::Cleared(_) => (to, "outbox-presence".into()),
    }
}

/// Why a row waits although there is a connection; [`None`] if only the broker's answer is missing.
pub fn reason_to_wait(peer: &Peer, waiting: &OutboxRow) -> Option<LocalizedText> {
    match peer.reason_to_wait(waiting)? {
        Notice::GroupUnknownToBroker(_) => Some("outbox-group-unknown".into()),
        Notice::GroupNameTaken(_) => Some("outbox-name-taken".into()),
        _ => None,
    }
}

/// Whether a denial refers to a request of mine, and so cancels it.
fn is_cancellation(peer: &Peer, waiting: &OutboxRow) -> bool {
    let re = waiting.publication.as_ref().ok().and_then(|publication| publication.properties.re);
    re.and_then(|re| peer.request(re)).is_some_and(|request| request.direction == Direction::Outgoing)
}

/// The row at an index, or the last row if the index is beyond the end. `None` if the outbox is empty.
pub fn row_at(peer: &Peer, index: usize) -> Option<RowId> {
    let last = peer.outbox().len().checked_sub(1)?;
    peer.outbox().nth(index.min(last)).map(|waiting| waiting.row)
}

/// The row of a message of mine that the broker has not acknowledged.
pub fn row_of(peer: &Peer, conversation: &ConversationId, message: &ChatMessage) -> Option<RowId> {
    let wanted = Some((conversation, message.sequence_number.filter(|_| message.author == *peer.me())?));
    let carries = |waiting: &&OutboxRow| waiting.message.as_ref().map(|(chat, n)| (chat, *n)) == wanted;
    peer.outbox().find(carries).map(|waiting| waiting.row)
}
