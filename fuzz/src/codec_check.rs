//! Checks for every publication that a peer receives or sends.

use crate::protocol::{
    publication::{Inbound, Publication},
    topic::Topic,
    wire::{decode, encode},
};

/// The maximum length of a topic in bytes (MQTT 5, section 1.5.4).
const TOPIC_LIMIT: usize = 65_535;

/// Checks that an encoded publication decodes to the same values, and that the message of a decoding error quotes no
/// control characters.
pub fn check(prefix: &str, inbound: &Inbound) {
    if let Ok(topic) = Topic::parse(prefix, &inbound.topic) {
        assert_eq!(topic.name(prefix), inbound.topic, "a parsed topic has the same name");
    }
    match decode(prefix, inbound) {
        Ok(publication) => {
            let encoded = encode(prefix, &publication);
            check_topic(&encoded);
            assert_eq!(decode(prefix, &encoded.to_inbound(inbound.retained)), Ok(publication));
        }
        Err(error) => check_text(&error.to_string()),
    }
}

/// Checks a text for the screen and the log: it is short and has no control characters.
pub fn check_text(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?} has control characters");
    assert!(text.len() < 1000, "{text:?} is too long");
}

/// Checks that MQTT allows the publication's topic: it is neither empty, too long nor a filter.
pub fn check_topic(publication: &Publication) {
    let topic = &publication.topic;
    assert!(!topic.is_empty() && topic.len() <= TOPIC_LIMIT, "{} bytes of topic", topic.len());
    assert!(!topic.contains(['+', '#', '\0']), "{topic:?} is a filter");
}
