//! Decodes publications with properties, most of them well-formed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use papo_fuzz::{choices::Context, codec_check, incoming::IncomingPublication};

fuzz_target!(|input: (bool, IncomingPublication)| {
    let (has_prefix, incoming) = input;
    let prefix = if has_prefix { "site/a/" } else { "" };
    codec_check::check(prefix, &incoming.inbound(prefix, &Context::default()));
});
