//! The data that papo keeps on this machine: store, configuration and passwords.

mod config;
mod keyring;
mod store;
