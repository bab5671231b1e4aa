//! The core without clock, socket or file: the peer in virtual time, the update loop, the screen.

#[path = "../support/alice.rs"]
mod alice;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/inbound.rs"]
mod inbound;
#[path = "../support/keys.rs"]
mod keys;
#[path = "../support/outcomes.rs"]
mod outcomes;

mod amplification;
mod bounds;
mod forged;
mod ignored;
mod languages;
mod line_mode;
mod scenarios;
mod states;
mod update;
mod views;
