//! Chaos tests with real programs: users in pseudo-terminals chat through proxies that cut, stall and delay
//! connections, while brokers and papos are killed. At the end, every store must hold every line once and in order.
//!
//! All random choices follow from a seed, which each run prints; `PAPO_SEED` sets it. `PAPO_CHAOS` sets the number of
//! messages in the long runs, `PAPO_OUTAGE` the longest outage in them in milliseconds, and `PAPO_MINUTES` the length
//! of the soak.

#[path = "../support/broker.rs"]
mod broker;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/own.rs"]
mod own;
#[path = "../support/people.rs"]
mod people;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/terminal.rs"]
mod terminal;
#[path = "../support/wait.rs"]
mod wait;

mod faults;
mod ledger;
mod phases;
mod runs;
mod site;
mod soak;
mod talker;

use std::{env, fmt::Display, str::FromStr};

/// A setting from the environment, or its default.
fn setting<T: FromStr<Err: Display>>(name: &str, otherwise: T) -> T {
    match env::var(name) {
        Ok(text) if !text.is_empty() => text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")),
        _ => otherwise,
    }
}
