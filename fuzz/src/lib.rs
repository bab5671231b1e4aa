//! The code that the fuzz targets share: checks for any publication, and for any sequence of inputs to a peer. To run the
//! targets, call `make fuzz` in the repository's root.

pub mod choices;
pub mod codec_check;
pub mod incoming;
pub mod peer;
pub mod protocol;

/// A model of the store. It panics if a batch breaks a rule of the store.
#[path = "../../tests/core/scenarios/store.rs"]
mod store;

// The files included in `protocol` refer to `crate::domain`.
pub use papo::domain;
