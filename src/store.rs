//! The history and the state, on disk.
//!
//! One redb file a profile holds everything; one thread owns it. Invariant: a group of operations is
//! committed whole or not at all, groups in the order in which they came, and a commit is on the disk before
//! it is reported. Values are framed with a version and a checksum, so damage is reported and never read as
//! something else. A file that cannot be opened is left as it is.

mod codec;
mod database;
mod error;
mod opening;
mod tables;
mod worker;

pub use database::{Checked, Opened, Page, Store};
pub use error::{Damage, OpenError, StoreError};
pub use worker::{Event, Handle, Job, spawn};
