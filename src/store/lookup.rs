//! Finds a message by its id. Scans from the newest, since most replies and edits refer to a recent message.
//!
//! There is no index of ids, which would cost space and time for every message. A scan of [`EDIT_LOOKBACK`] messages
//! takes a few milliseconds.

use std::ops::Range;

use redb::ReadableDatabase;

use super::{
    codec::begins_with,
    database::Store,
    error::StoreError,
    tables::{FramedTable, MESSAGES},
};
use crate::domain::{ChatMessage, ChatRange, EDIT_LOOKBACK, MessageId};

impl Store {
    /// The message with `id` and its position in the chat, if it is one of the last [`EDIT_LOOKBACK`] of these.
    pub fn find(&self, id: MessageId, among: &ChatRange) -> Result<Option<(u64, ChatMessage)>, StoreError> {
        self.try_with(|database| {
            let transaction = database.begin_read()?;
            let messages = MESSAGES.read(&transaction)?;
            let mut remaining = EDIT_LOOKBACK;
            for (start, piece) in among.iter().rev() {
                let Some(&conv_key) = self.conv_keys.get(&piece.conversation) else { continue };
                let found = find(&messages, conv_key, id, piece.positions.clone(), &mut remaining)?;
                if let Some((seq, message)) = found {
                    return Ok(Some((start + (seq - piece.positions.start), message)));
                }
            }
            Ok(None)
        })
    }
}

/// The message with `id` and its position, if it is one of the last [`EDIT_LOOKBACK`] of a conversation.
pub(super) fn find_recent(
    messages: &impl FramedTable<(u32, u64)>,
    conv_key: u32,
    id: MessageId,
) -> Result<Option<(u64, ChatMessage)>, StoreError> {
    find(messages, conv_key, id, 0..u64::MAX, &mut { EDIT_LOOKBACK })
}

/// The message with `id` at these positions of a conversation. Looks at the last `remaining` messages, which it counts
/// down.
fn find(
    messages: &impl FramedTable<(u32, u64)>,
    conv_key: u32,
    id: MessageId,
    positions: Range<u64>,
    remaining: &mut u64,
) -> Result<Option<(u64, ChatMessage)>, StoreError> {
    for entry in messages.range((conv_key, positions.start)..(conv_key, positions.end))?.rev() {
        if *remaining == 0 {
            break;
        }
        *remaining -= 1;
        let (key, value) = entry?;
        // Every version of the encoding begins with the id, so other messages need not be decoded.
        if begins_with(value.value(), id.as_bytes())
            && let Ok(message) = MESSAGES.decode(&key.value(), value.value())
        {
            return Ok(Some((key.value().1, message)));
        }
    }
    Ok(None)
}
