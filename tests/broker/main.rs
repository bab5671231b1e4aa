//! Attacks on `papo broker` as a process, over raw sockets, and checks that it speaks MQTT as mosquitto does.
//!
//! Everything stays on 127.0.0.0/8, and is bounded in count and time. `PAPO_BUILT` names another build to test.
#![cfg(feature = "broker")]

#[path = "../support/broker.rs"]
mod broker;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/wait.rs"]
mod wait;

mod authors;
mod conformance;
mod groups;
mod logins;
mod mutations;
mod packet;
mod process;
mod quotas;
mod raw;
mod restarts;
mod silence;
mod transport;
