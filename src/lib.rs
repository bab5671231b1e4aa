//! A full-screen terminal messenger whose only server is an MQTT broker.
//!
//! # The map
//!
//! | module | is |
//! |---|---|
//! | [`domain`] | what papo talks about: names, times, sessions, groups, requests, messages |
//! | [`protocol`] | what is true between users, and [what goes over the wire](protocol) |
//! | [`app`] | the core of the screen: model, message, update, effect |
//! | [`ui`] | the view: draws a model, or [prints it line by line](ui::line_mode), changes nothing |
//! | [`mqtt`] | the connection to the broker, as a task |
//! | [`store`] | the history and the state on disk, as a thread |
//! | [`broker`] | papo's own MQTT broker, for those who have no other |
//! | [`owner_only`] | files that only their owner can read |
//! | [`acl`] | users and rules for a mosquitto, for those who have one |
//! | [`archive`] | what was said, as others can read it |
//! | [`config`] | files, paths and profiles |
//! | [`cli`] | the command line |
//! | [`runtime`] | the event loop, the terminal, signals: carries what happens in and what is to happen out |
//!
//! Imports go one way: `domain ← protocol ← app ← ui`; `mqtt`, `store`, `broker`, `acl` and `config` import `domain`,
//! `protocol` and `owner_only` only; `runtime` and `cli` import all. The first four are pure: no clock, socket, file or
//! randomness. A test reads the imports and fails on one that points backwards.
//!
//! # How it runs
//!
//! ```text
//! terminal events ──────────────► loop            mqtt task ────► loop
//! loop ─► backlog ─► mqtt task                    loop ─► backlog ─► store thread ─► loop
//! ```
//!
//! Everything that happens becomes an [`app::Message`]. [`app::update()`] changes the [`app::Model`] and returns
//! [`app::Effect`]s as plain data, which the runtime carries out; [`ui::view()`] draws the model and returns where
//! things ended up. The loop sleeps until something happens, handles all that has arrived, and draws at most every
//! 16 ms. The channels are bounded, and the loop never waits in a send: what a full channel does not take stays in
//! the loop's own backlog.
//!
//! What is true between users is the business of [`protocol::Peer`], a state machine without input or output. It
//! takes [`protocol::Input`]s with the time at which they happen, and yields a [`protocol::Batch`]: operations for
//! the store, outputs that may leave the machine, and events for the screen. So any number of peers can be driven
//! in one thread in virtual time, over a model of a broker that loses, doubles and cuts.
//!
//! What is to be said is a [`domain::LocalizedText`], the name of a text and what it speaks of, until it is shown: only there
//! the [`app::Language`] turns it into words. Other programs ask a papo through a socket, or start one that shows
//! nothing: an [ask](app::scripts::Ask) becomes the same command as a key does.
//!
//! # What must hold
//!
//! - **Nothing leaves before the commit that records it, and nothing is acknowledged before the commit that stores
//!   it.** The operations of an input are one group; its outputs (publications, PUBACKs) are held back until that
//!   group is on the disk. So a crash at any point repeats something and loses nothing, and what is repeated is
//!   recognised by its number and id.
//! - **What comes off the wire is hostile until parsed.** Names go through their constructors, sizes are limited,
//!   text goes to the terminal through [`ui::text`] only. What does not pass is counted, logged and told in words.
//! - **The screen never waits** for the broker or the disk.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod acl;
pub mod app;
pub mod archive;
#[cfg(feature = "broker")]
pub mod broker;
pub mod cli;
pub mod config;
pub mod domain;
pub mod mqtt;
pub mod owner_only;
pub mod protocol;
pub mod runtime;
pub mod store;
pub mod ui;
