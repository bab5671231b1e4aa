//! papo
pub mod app;
#[cfg(feature = "broker")]
pub mod broker;
pub mod cli;
pub mod config;
pub mod domain;
pub mod mqtt;
pub mod protocol;
pub mod store;
pub mod ui;
