//! History and state on disk.
//!
//! Each profile has one redb file, owned by one thread. Invariant: a group of operations is committed whole or not at
//! all, in order, and a commit is on disk before it is reported.
//!
//! Damage is reported, never misread. Each value is framed with a version and a checksum over the value and its
//! location (table and key). The file is verified when it is opened, and every value is compared with the entries that
//! refer to it, so missing values are found too. A file that cannot be opened is not changed. The readable part of a
//! damaged file is copied into a new one, which exists whole or not at all. If even that fails, the user can have the
//! file scanned for values page by page (salvage).

mod clean_shutdown;
pub(crate) mod codec;
pub(crate) mod database;
mod earlier;
mod error;
mod file;
mod hydrate;
mod lookup;
mod opening;
mod pages;
mod recovery;
pub(crate) mod redb_panic;
mod salvage;
mod search;
pub(crate) mod tables;
mod verifying;
mod worker;
mod writing;

pub use codec::CodecError;
pub use database::{Opened, Store};
pub use error::{Damage, Fault, OpenError, StoreError};
pub use pages::{Checked, Page};
pub use salvage::Salvaged;
pub use search::Snapshot;
pub use worker::{Event, Handle, Job, Reader};
