//! Decodes publications of arbitrary bytes: the first line is the topic, the rest the payload.

#![no_main]

use libfuzzer_sys::fuzz_target;
use papo_fuzz::{codec_check, protocol::publication::Inbound};

const PREFIX: &str = "site/a/";

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let topic = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let payload = bytes.get(end + 1..).unwrap_or_default().to_vec();
    let inbound = Inbound { topic, payload, retained: false, content_type: None, expiry: None, properties: Vec::new() };
    for prefix in ["", PREFIX] {
        codec_check::check(prefix, &inbound);
    }
});
