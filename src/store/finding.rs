//! Finding a message by its id, from the end: what is answered or edited was mostly said a moment ago.
//!
//! An index would cost every message something; to look at as many as an edit reaches takes a few milliseconds.

use redb::ReadableDatabase;

use super::{
    database::Store,
    error::StoreError,
    tables::{Frames, MESSAGES},
};
use crate::domain::{ChatMessage, ConversationId, EDIT_REACH, MessageId};

/// Where the id stands in a message's bytes, whatever its layout: it was always the first field.
const ID: std::ops::Range<usize> = 2..18;

impl Store {
    /// The message with an id and its place, if it is among the [`EDIT_REACH`] that lie before a place.
    pub fn find(
        &self,
        conversation: &ConversationId,
        id: MessageId,
        before: u64,
    ) -> Result<Option<(u64, ChatMessage)>, StoreError> {
        let Some(&talk) = self.numbers.get(conversation) else { return Ok(None) };
        self.try_with(|database| {
            let transaction = database.begin_read()?;
            find(&MESSAGES.read(&transaction)?, talk, id, before)
        })
    }
}

/// As [`Store::find`], in a transaction.
pub(super) fn find(
    messages: &impl Frames<(u32, u64)>,
    talk: u32,
    id: MessageId,
    before: u64,
) -> Result<Option<(u64, ChatMessage)>, StoreError> {
    let mut left = EDIT_REACH;
    for entry in messages.range((talk, 0)..(talk, before))?.rev() {
        let (key, value) = entry?;
        if value.value().get(ID) == Some(id.as_bytes())
            && let Ok(message) = MESSAGES.value(&key.value(), value.value())
        {
            return Ok(Some((key.value().1, message)));
        }
        left -= 1;
        if left == 0 {
            break;
        }
    }
    Ok(None)
}
