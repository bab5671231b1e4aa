//! Why a message was not delivered.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a message was not delivered. It is stored and exported as text, which preserves the reasons of brokers.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DeliveryFailure {
    /// The user has dropped it.
    #[error("dropped")]
    Dropped,
    /// The broker's access rules forbid it.
    #[error("the broker does not allow it")]
    NotAllowed,
    /// The broker does not accept the topic.
    #[error("the broker does not accept the topic")]
    TopicRefused,
    /// The broker does not accept the content.
    #[error("the broker does not accept the content")]
    ContentRefused,
    /// The packet exceeds the broker's maximum packet size.
    #[error("it is larger than the broker takes")]
    TooLarge,
    /// A limit of the broker is used up.
    #[error("a limit of the broker is used up")]
    Quota,
    /// I was no longer in the group when it could be sent.
    #[error("you are no longer in the group")]
    NotInGroup,
    /// Another reason, in the words of the broker or the MQTT client.
    #[error("{0}")]
    Other(String),
}

impl From<String> for DeliveryFailure {
    fn from(text: String) -> Self {
        let known = [
            Self::Dropped,
            Self::NotAllowed,
            Self::TopicRefused,
            Self::ContentRefused,
            Self::TooLarge,
            Self::Quota,
            Self::NotInGroup,
        ];
        known.into_iter().find(|known| known.to_string() == text).unwrap_or(Self::Other(text))
    }
}

impl From<&str> for DeliveryFailure {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<DeliveryFailure> for String {
    fn from(failure: DeliveryFailure) -> Self {
        failure.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_text_reads_back_as_the_same_failure() {
        use DeliveryFailure::{ContentRefused, Dropped, NotAllowed, NotInGroup, Other, Quota, TooLarge, TopicRefused};
        let of_broker = [NotAllowed, TopicRefused, ContentRefused, TooLarge, Quota, Other("busy".into())];
        for failure in [Dropped, NotInGroup].into_iter().chain(of_broker) {
            assert_eq!(DeliveryFailure::from(String::from(failure.clone())), failure);
        }
    }
}
