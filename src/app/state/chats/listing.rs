//! The lists of all chats, with or without a tab.

use crate::{
    domain::Query,
    protocol::{Chat, Peer},
};

/// The chats, open or ended, whose names contain `name`, the most recently used first.
pub fn matching_chats<'p>(peer: &'p Peer, name: &str) -> Vec<Chat<'p>> {
    let query = Query::new(name);
    let mut chats = latest_first(peer);
    chats.retain(|chat| query.as_ref().is_none_or(|query| goes_by(chat, query)));
    chats
}

/// Whether the name of a chat matches, or the topic of one of its sessions.
fn goes_by(chat: &Chat<'_>, query: &Query) -> bool {
    let mut topics = chat.conversations().iter().map(|known| known.id.to_string());
    query.matches(&chat.id().to_string()) || topics.any(|topic| query.matches(&topic))
}

/// All chats, the most recently used first.
pub fn latest_first(peer: &Peer) -> Vec<Chat<'_>> {
    let mut chats: Vec<Chat<'_>> = peer.chats().collect();
    chats.sort_by_key(|chat| std::cmp::Reverse(chat.active()));
    chats
}
