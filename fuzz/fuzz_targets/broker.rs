//! Lets clients of papo's own broker send any packets and bytes, with logins and without.

#![no_main]

use libfuzzer_sys::fuzz_target;
use papo_fuzz::clients::Scenario;

fuzz_target!(|scenario: Scenario| scenario.run());
