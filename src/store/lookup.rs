//! Finds a message by its id. Scans from the newest, since most replies and edits refer to a recent message.
//!
//! There is no index of ids, which would cost space and time for every message. A scan of [`EDIT_LOOKBACK`] messages
//! takes a few milliseconds.

use redb::ReadableDatabase;

use super::{
    codec::begins_with,
    database::Store,
    error::StoreError,
    tables::{FramedTable, MESSAGES},
};
use crate::domain::{ChatMessage, ConversationId, EDIT_LOOKBACK, MessageId};

impl Store {
    /// The message with `id` and its position, if it is among the last [`EDIT_LOOKBACK`] before the position `before`.
    pub fn find(
        &self,
        conversation: &ConversationId,
        id: MessageId,
        before: u64,
    ) -> Result<Option<(u64, ChatMessage)>, StoreError> {
        let Some(&conv_key) = self.conv_keys.get(conversation) else { return Ok(None) };
        self.try_with(|database| {
            let transaction = database.begin_read()?;
            find(&MESSAGES.read(&transaction)?, conv_key, id, before)
        })
    }
}

/// Like [`Store::find`], within a transaction.
pub(super) fn find(
    messages: &impl FramedTable<(u32, u64)>,
    conv_key: u32,
    id: MessageId,
    before: u64,
) -> Result<Option<(u64, ChatMessage)>, StoreError> {
    let mut remaining = EDIT_LOOKBACK;
    for entry in messages.range((conv_key, 0)..(conv_key, before))?.rev() {
        let (key, value) = entry?;
        // Every version of the encoding begins with the id, so other messages need not be decoded.
        if begins_with(value.value(), id.as_bytes())
            && let Ok(message) = MESSAGES.decode(&key.value(), value.value())
        {
            return Ok(Some((key.value().1, message)));
        }
        remaining -= 1;
        if remaining == 0 {
            break;
        }
    }
    Ok(None)
}
