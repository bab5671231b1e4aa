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
    /// Missing only after a failed attempt to open the file again.
    pub(super) database: Option<Database>,
    pub(super) path: PathBuf,
    pub(super) me: UserId,
    pub(super) device: String,
    /// The numbers of the conversations, as what is stored under them says.
    pub(super) conv_keys: BTreeMap<ConversationId, u32>,
    /// Whether something went wrong with the file since it was opened.
    pub(super) needs_verify: AtomicBool,
    /// Whether something may say that the file is as it was closed.
    pub(super) may_have_marker: bool,
}

/// What opening a store gives.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What was saved, without the messages.
    pub saved: Saved,
    /// What could not be read of it.
    pub damage: Vec<Damage>,
}

impl Store {
    /// The name of this installation, made up when the store was.
    pub fn device(&self) -> &str {
        &self.device
    }
}

/// A transaction whose commit is on the disk before the file says so, and says which pages are in use: what a crash
/// leaves then needs no repair, which could only take an earlier state where a page is damaged.
pub(super) fn begin_durable(database: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}
