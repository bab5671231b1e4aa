//! What the fuzz targets share: what must hold of anything that comes off the wire, and of any sequence of
//! inputs to a peer. `make fuzz` in the folder above runs the targets.

pub mod heard;
pub mod peer;
pub mod protocol;
pub mod understood;

/// A model of the store, which panics where a batch breaks what the store demands.
#[path = "../../tests/core/scenarios/store.rs"]
mod store;

// What the wire's own files name as their crate's.
pub use papo::domain;
