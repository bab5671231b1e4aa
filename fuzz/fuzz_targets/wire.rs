//! Publications with all that belongs to them, most of them well formed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use papo_fuzz::{
    heard::{Heard, Scene},
    understood,
};

fuzz_target!(|input: (bool, Heard)| {
    let (has_prefix, heard) = input;
    let prefix = if has_prefix { "site/a/" } else { "" };
    understood::check(prefix, &heard.inbound(prefix, &Scene::default()));
});
