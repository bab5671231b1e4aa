//! Merges imported messages into a conversation.

use std::collections::BTreeSet;

use crate::domain::{ChatMessage, MessageId, UserId};

/// The result of [`merge`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// All messages, in order.
    pub messages: Vec<ChatMessage>,
    /// The first position whose message differs from before. The store must rewrite the messages from here on.
    pub from: usize,
    /// How many imported messages are new.
    pub new: u64,
    /// How many imported messages existed before, or occur more than once in the import.
    pub known: u64,
}

/// Inserts each new message of `imported` before the first message of `existing` with a later time. Existing messages
/// keep their order. Removes the sequence numbers of my own imported messages, because another store assigned them.
pub fn merge(existing: Vec<ChatMessage>, imported: Vec<ChatMessage>, me: &UserId) -> Merged {
    let mut ids: BTreeSet<MessageId> = existing.iter().map(|message| message.id).collect();
    let all = imported.len() as u64;
    let mut new: Vec<ChatMessage> = imported.into_iter().filter(|message| ids.insert(message.id)).collect();
    for message in new.iter_mut().filter(|message| message.author == *me) {
        message.sequence_number = None;
    }
    new.sort_by_key(|message| message.at);
    let count = new.len() as u64;
    let mut from = existing.len();
    let mut messages = Vec::with_capacity(existing.len() + new.len());
    let mut new = new.into_iter().peekable();
    for message in existing {
        while let Some(earlier) = new.next_if(|new| new.at < message.at) {
            from = from.min(messages.len());
            messages.push(earlier);
        }
        messages.push(message);
    }
    messages.extend(new);
    Merged { messages, from, new: count, known: all - count }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Body, Timestamp};

    fn message(id: u8, at: u64) -> ChatMessage {
        let author = if id.is_multiple_of(2) { "alice" } else { "bob" }.parse().unwrap();
        let (n, id) = (Some(u64::from(id)), MessageId::from_bytes([id; 16]));
        ChatMessage { sequence_number: n, ..ChatMessage::new(id, author, Timestamp::from_millis(at), Body::End) }
    }

    fn ids(messages: &[ChatMessage]) -> Vec<u8> {
        messages.iter().map(|message| message.id.as_bytes()[0]).collect()
    }

    #[test]
    fn new_messages_are_inserted_by_time_and_existing_ones_keep_their_order() {
        let me = "alice".parse().unwrap();
        // The clock of the second author was ahead.
        let existing = vec![message(1, 10), message(2, 30), message(3, 20)];
        let merged = merge(existing, vec![message(9, 40), message(4, 25), message(3, 20), message(4, 25)], &me);
        assert_eq!(ids(&merged.messages), [1, 4, 2, 3, 9]);
        assert_eq!((merged.from, merged.new, merged.known), (1, 2, 2));
        let numbers: Vec<Option<u64>> = merged.messages.iter().map(|message| message.sequence_number).collect();
        assert_eq!(
            numbers,
            [Some(1), None, Some(2), Some(3), Some(9)],
            "sequence numbers that another store assigned are removed"
        );
    }

    proptest! {
        #[test]
        fn merge_is_idempotent_and_loses_nothing(
            existing in proptest::collection::vec((0_u8..20, 0_u64..9), 0..20),
            imported in proptest::collection::vec((0_u8..40, 0_u64..9), 0..20),
        ) {
            let me = "alice".parse().unwrap();
            let unique = |list: Vec<(u8, u64)>| -> Vec<ChatMessage> {
                let mut seen = BTreeSet::new();
                list.into_iter().filter(|(id, _)| seen.insert(*id)).map(|(id, at)| message(id, at)).collect()
            };
            let (existing, imported) = (unique(existing), unique(imported));
            let once = merge(existing.clone(), imported.clone(), &me);
            prop_assert_eq!(once.new + once.known, imported.len() as u64);
            prop_assert_eq!(once.messages.len() as u64, existing.len() as u64 + once.new);
            prop_assert_eq!(&once.messages[..once.from], &existing[..once.from]);
            let kept: Vec<&ChatMessage> = once.messages.iter().filter(|message| existing.contains(message)).collect();
            prop_assert_eq!(kept, existing.iter().collect::<Vec<_>>());
            let twice = merge(once.messages.clone(), imported, &me);
            prop_assert_eq!((twice.new, twice.from), (0, once.messages.len()));
            prop_assert_eq!(twice.messages, once.messages);
        }
    }
}
