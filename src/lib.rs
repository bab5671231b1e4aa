//! A full-screen terminal messenger whose only server is an MQTT broker.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`domain`] | the types of the domain: user IDs, times, sessions, groups, requests, messages |
//! | [`protocol`] | the state that users share, and [the wire format](protocol) |
//! | [`text`] | safe text, its width, and how it wraps |
//! | [`app`] | the core of the interface: model, message, update, effect |
//! | [`ui`] | the view: draws a model or [prints it line by line](ui::line_mode), and changes nothing |
//! | [`mqtt`] | the connection to the broker (a task) |
//! | [`store`] | history and state on disk (a thread) |
//! | [`broker`] | papo's own MQTT broker |
//! | [`owner_only`] | files that only their owner can read |
//! | [`acl`] | access rules and passwords for mosquitto |
//! | [`archive`] | export and import formats |
//! | [`config`] | files, paths and profiles |
//! | [`cli`] | the command line |
//! | [`runtime`] | the event loop, the terminal, signals: turns events into messages, and carries out effects |
//!
//! Imports go one way: `domain ← protocol ← app ← ui`, and `app` and `ui` import `text`; `mqtt`, `store`, `broker`,
//! `acl` and `config` import only `domain`, `protocol` and `owner_only`, and `broker` also the tables of `store`;
//! `runtime` and `cli` import everything. The first five are pure: no clock, socket, file or randomness. A test checks
//! this order.
//!
//! # Data flow
//!
//! ```text
//! terminal, signals, scripts ──► event loop ──► store thread ──► event loop ──► MQTT task ──► broker
//! broker ──► MQTT task ──► event loop
//! ```
//!
//! Every event becomes an [`app::Message`]. [`app::update()`] changes the [`app::Model`] and returns [`app::Effect`]s
//! as plain data, which the runtime carries out. [`ui::view()`] draws the model and returns an [`app::Layout`], the
//! positions of what it drew. The loop blocks until it receives an event, handles all pending events, and draws: after
//! a key at once, otherwise every 16 ms at most, with short bursts. All channels are bounded. The loop never blocks on
//! a send: if a channel is full, it keeps the item in its own backlog.
//!
//! [`protocol::Peer`] holds the state that users share. It is a state machine without I/O. It takes
//! [`protocol::Input`]s with their time, and returns a [`protocol::Batch`]: operations for the store, outputs that may
//! leave the machine, and events for the screen. Tests can therefore run any number of peers in one thread and in
//! virtual time, over a simulated broker that drops and duplicates messages and disconnects clients.
//!
//! A text for the user is an [`app::LocalizedText`], a key and its arguments, until it is shown; only then
//! [`app::Language`] translates it. Other programs send requests to a running papo through a socket, or start papo
//! without a screen. A [request](app::scripts::ScriptRequest) runs the same command as a key does.
//!
//! # Invariants
//!
//! - **Commit before send.** Nothing is published before the commit that records it, and nothing is acknowledged before
//!   the commit that stores it. The store commits all operations of an input together; the outputs of the input
//!   (publications, PUBACKs) wait for that commit. After a crash, a publication may be repeated but none is lost;
//!   duplicates are recognised by their sequence number and ID.
//! - **Wire data is hostile until parsed.** Constructors validate names, sizes are limited, and text reaches the
//!   terminal only through [`text`]. Invalid publications are counted, logged and reported.
//! - **The screen never waits** for the broker or the disk.
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | chat | what a tab shows: everything said with one person, or in one group |
//! | session | one accepted conversation of two users, with its topic `<accepter>_<requester>_<t>` |
//! | conversation | a session or a group, as the store keeps it |
//! | user | anyone on the broker |
//! | contact | a user with whom I have a chat, a request or a group in common |
//! | request | asking to chat, to join a group or to lead it; pending, accepted, denied or cancelled |
//! | outbox | publications that the broker has not accepted yet, or has refused |
//! | notice | a line that papo shows about what happened; a *notification* is the bell or the desktop's |
//! | plain client | a peer that is not papo, such as `mosquitto_pub` or a script |
//! | receipt, delivered, read | a peer's report that it has stored or shown a message, and the ticks for it |

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
pub mod text;
pub mod ui;
