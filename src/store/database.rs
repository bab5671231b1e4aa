//! An open store: the file, its owner, and the numbers of the conversations.

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
    /// `None` only after a failed attempt to reopen the file.
    pub(super) database: Option<Database>,
    pub(super) path: PathBuf,
    pub(super) me: UserId,
    pub(super) device: String,
    /// The numbers of the conversations, as the stored records have them.
    pub(super) numbers: BTreeMap<ConversationId, u32>,
    /// Whether the file has failed since it was opened.
    pub(super) is_doubtful: AtomicBool,
    /// Whether the marker of a clean close may exist.
    pub(super) has_marker: bool,
}

/// The result of opening a store.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The state, without the messages.
    pub saved: Saved,
    /// What could not be read.
    pub damage: Vec<Damage>,
}

impl Store {
    /// The name of this installation, generated with the store.
    pub fn device(&self) -> &str {
        &self.device
    }
}

/// A transaction with a two-phase commit that also records which pages are in use. A crash then needs no repair, which
/// could only fall back to an earlier state if a page is damaged.
pub(super) fn begin(database: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}
