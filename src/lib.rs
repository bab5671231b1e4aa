//! papo
pub mod domain;
pub mod protocol;
