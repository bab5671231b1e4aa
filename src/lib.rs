//! papo
pub mod domain;
pub mod protocol;
pub mod ui;
