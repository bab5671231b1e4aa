//! The code that the fuzz targets share: checks for any publication, and for any sequence of inputs to a peer or to papo's
//! own broker. To run the targets, call `make fuzz` in the repository's root.

pub mod choices;
pub mod clients;
pub mod codec_check;
pub mod incoming;
pub mod peer;
pub mod protocol;

/// papo's own broker without sockets and files, which is private in the library: these modules include its source files.
#[allow(dead_code, reason = "the fuzz targets use only a part of the files")]
#[path = "../../src/broker"]
pub mod broker {
    pub mod access;
    pub mod hub;
    pub mod door {
        pub mod packets;
    }
}

/// A model of the store. It panics if a batch breaks a rule of the store.
#[path = "../../tests/core/scenarios/store.rs"]
mod store;

// The files included in `protocol` and `broker` refer to `crate::domain`.
pub use papo::domain;
