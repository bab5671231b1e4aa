//! What papo keeps on this machine: its store, configuration and passwords.

mod config;
mod keyring;
mod store;
