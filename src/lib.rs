//! papo
pub mod domain;
pub mod mqtt;
pub mod protocol;
