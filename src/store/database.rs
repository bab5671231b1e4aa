//! An open store: the file, its owner, and the keys of the conversations.

use std::{collections::BTreeMap, path::PathBuf, sync::atomic::AtomicBool};

use redb::{Database, WriteTransaction};

use super::error::{Damage, StoreError};
use crate::{
    domain::{ConversationId, UserId},
    protocol::Saved,
};

/// An open store.
#[derive(Debug)]
pub struct Store {
    /// [`None`] only after a failed attempt to reopen the file.
    pub(super) database: Option<Database>,
    pub(super) path: PathBuf,
    pub(super) me: UserId,
    pub(super) device: String,
    /// The surrogate key of each conversation: the tables use it in place of the long id.
    pub(super) conv_keys: BTreeMap<ConversationId, u32>,
    /// Whether the file failed since it was opened, so that the next start must verify it.
    pub(super) needs_verify: AtomicBool,
    /// Whether the marker of a clean shutdown may still exist; it is removed before the first write.
    pub(super) may_have_marker: bool,
}

/// The result of opening a store.
#[derive(Debug)]
pub struct Opened {
    /// The open store.
    pub store: Store,
    /// The stored state, without the messages.
    pub saved: Saved,
    /// Values that could not be read.
    pub damage: Vec<Damage>,
}

impl Store {
    /// The random name of this installation, chosen when the store was created.
    pub fn device(&self) -> &str {
        &self.device
    }
}

/// Begins a transaction with a two-phase commit that saves the allocator state. After a crash redb then opens the file
/// without a repair; a repair would fall back to an earlier state if it met a damaged page.
pub(crate) fn begin_durable(database: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}
