//! Chaos on real parts: papos in pseudo-terminals that nobody looks at talk through proxies that cut, stall and
//! delay, while brokers and papos are killed. In the end their stores must hold every line once and in order.
//!
//! Everything that is decided by chance comes from a seed, which is printed; `PAPO_SEED` gives it. `PAPO_CHAOS`
//! says how many messages the long runs have, `PAPO_OUTAGE` how many milliseconds an outage in them takes at most,
//! `PAPO_MINUTES` how long the soak takes.

#[path = "../support/broker.rs"]
mod broker;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/own.rs"]
mod own;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/terminal.rs"]
mod terminal;

mod ledger;
mod meeting;
mod runs;
mod site;
mod soak;
mod storm;
mod talker;

use std::{env, fmt::Display, str::FromStr};

/// What the environment says, or what goes without it.
fn setting<T: FromStr<Err: Display>>(name: &str, otherwise: T) -> T {
    match env::var(name) {
        Ok(text) if !text.is_empty() => text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")),
        _ => otherwise,
    }
}
