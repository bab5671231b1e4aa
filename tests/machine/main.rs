//! The data of papo on this machine: store, configuration and passwords.

mod config;
mod keyring;
mod store;
