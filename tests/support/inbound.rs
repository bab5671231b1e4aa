//! Received publications.

use papo::protocol::{AckToken, Inbound, Input};

/// A publication that is not retained.
pub fn inbound(topic: &str, payload: &str, properties: &[(&str, &str)]) -> Inbound {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Inbound {
        topic: topic.to_owned(),
        payload: payload.as_bytes().to_vec(),
        retained: false,
        content_type: None,
        expiry: None,
        properties: properties.iter().map(own).collect(),
    }
}

/// The peer's input for a received publication.
pub fn received(inbound: Inbound) -> Input {
    Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } }
}
