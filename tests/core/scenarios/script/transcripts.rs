//! What a chat shows, as the steps of a scenario write it.

use super::*;

/// The messages of a conversation as a `messages` step writes them.
pub(super) fn transcript(node: &Node, id: &ConversationId) -> Vec<String> {
    let messages = node.store.messages(id);
    let earlier = |id| messages.iter().find(|message| message.id == id).map_or("?", |message| message.body.words());
    let line = |message: &ChatMessage| match &message.body {
        Body::Text(text) => {
            let edited = if message.is_edited { " (edited)" } else { "" };
            match message.relation {
                None => format!("{}: {text}{edited}", message.author),
                Some(Relation::Answers(id)) => format!("{} answers {}: {text}{edited}", message.author, earlier(id)),
                Some(Relation::Replaces(_)) => format!("{} edits: {text}", message.author),
            }
        }
        Body::End => format!("{} END", message.author),
        Body::Other { content_type, .. } => format!("{} {content_type}", message.author),
        Body::Membership(_) => unreachable!("changes are filtered out"),
    };
    let said = messages.iter().filter(|message| !matches!(message.body, Body::Membership(_)));
    said.map(line).collect()
}

/// The changes of a group that its chat shows, as a `changes` step writes them.
pub(super) fn changes(node: &Node, id: &ConversationId) -> Vec<String> {
    let names = |users: &[UserId]| users.iter().map(UserId::as_str).collect::<Vec<_>>().join(" ");
    let line = |message: &ChatMessage| {
        let Body::Membership(change) = &message.body else { return None };
        Some(match change {
            Membership::Created => format!("{} created", message.author),
            Membership::Joined(users) => format!("{} joined", names(users)),
            Membership::Left(user) => format!("{user} left"),
            Membership::Removed(user) => format!("{} removed {user}", message.author),
            Membership::Gone(users) => format!("{} gone", names(users)),
            Membership::Leads(user) => format!("{user} leads"),
            Membership::Disbanded => format!("{} disbanded", message.author),
            Membership::Refused => "refused".to_owned(),
        })
    };
    node.store.messages(id).iter().filter_map(line).collect()
}
