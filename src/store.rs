//! The history and the state, on disk.
//!
//! One redb file a profile holds everything; one thread owns it. Invariant: a group of operations is
//! committed whole or not at all, groups in the order in which they came, and a commit is on the disk before
//! it is reported. Values are framed with a version and a checksum over themselves and their place, the file is
//! verified when it is opened, and what is read is compared with what points to it: so damage is reported and never
//! read as something else, nor what is missing taken for what never was. A file that cannot be opened is left as it
//! is, what can be read of one that is damaged is copied into another, and a new one is there whole or not at all. What is
//! damaged beyond that is searched for values page by page, where the user says so.

mod clean_shutdown;
mod codec;
mod database;
mod earlier;
mod error;
mod file;
mod hydrate;
mod lookup;
mod opening;
mod pages;
mod recovery;
mod redb_panic;
mod salvage;
mod search;
mod tables;
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
