//! Peers that exchange messages over a simulated broker in virtual time: scenarios from files, and seeded random
//! runs with broken connections and crashes.

mod broker;
mod crowd;
mod early;
mod script;
mod simulation;
mod store;
mod ties;
mod world;

use std::{fs, path::PathBuf};

use self::{script::Scenario, world::Crash};

/// Plays every scenario of a TOML file. Each table of the file is one scenario.
fn play(file: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/core/scenarios").join(file);
    let text = fs::read_to_string(&path).unwrap();
    let scenarios: std::collections::BTreeMap<String, Scenario> = toml::from_str(&text).unwrap();
    let mut failed = Vec::new();
    for (name, scenario) in &scenarios {
        let outcome = std::panic::catch_unwind(|| {
            let inputs = scenario.play("", None);
            scenario.play("site/a/", None);
            if scenario.crash_everywhere {
                for at in 1..=inputs {
                    for crash in [Crash::BeforeCommit, Crash::AfterCommit] {
                        println!("{file}: {name}: {crash:?} of input {at}");
                        scenario.play("", Some((at, crash)));
                    }
                }
            }
        });
        if outcome.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "{file}: {failed:?} failed, see above");
}

macro_rules! scenarios {
    ($($name:ident)*) => { $(#[test] fn $name() { play(concat!(stringify!($name), ".toml")); })* };
}

scenarios! { bridge directory presence requests sessions delivery groups plain hostile away crashes machines replies retained forgetting namesakes }
