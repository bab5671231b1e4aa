//! What must hold of every publication that comes in, and of every one that goes out.

use crate::protocol::{
    publication::{Inbound, Publication},
    topic::Topic,
    wire::{decode, encode},
};

/// The longest topic, in bytes (MQTT 5, section 1.5.4).
const TOPIC_LIMIT: usize = 65_535;

/// What is understood is written so that it is understood alike; what is not is told in words that quote
/// nothing of it raw.
pub fn check(prefix: &str, inbound: &Inbound) {
    if let Ok(topic) = Topic::parse(prefix, &inbound.topic) {
        assert_eq!(topic.name(prefix), inbound.topic, "a topic reads back");
    }
    match decode(prefix, inbound) {
        Ok(typed) => {
            let again = encode(prefix, &typed);
            check_topic(&again);
            assert_eq!(decode(prefix, &again.to_inbound(inbound.retained)), Ok(typed));
        }
        Err(error) => check_words(&error.to_string()),
    }
}

/// What goes to the screen and the log.
pub fn check_words(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?} is raw");
    assert!(text.len() < 1000, "{text:?} is long");
}

/// A publication can be sent to where it says.
pub fn check_topic(publication: &Publication) {
    let topic = &publication.topic;
    assert!(!topic.is_empty() && topic.len() <= TOPIC_LIMIT, "{} bytes of topic", topic.len());
    assert!(!topic.contains(['+', '#', '\0']), "{topic:?} is a filter");
}
