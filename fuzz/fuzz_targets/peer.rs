//! Feeds a peer with any inputs, commands and restarts in any order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use papo_fuzz::peer::Scenario;

fuzz_target!(|scenario: Scenario| scenario.run());
