//! Anything that can happen to a peer, in any order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use papo_fuzz::peer::Life;

fuzz_target!(|life: Life| life.live());
