//! Why a message has not left. The reason is kept with the message, so it is kept in words; papo's own are known
//! here, so that they can be said in any language.

use super::LocalizedText;

/// The user has dropped it.
pub const DROPPED: &str = "dropped";
/// The broker's rules forbid it.
pub const NOT_ALLOWED: &str = "the broker does not allow it";
/// The broker takes no such topic.
pub const TOPIC_REFUSED: &str = "the broker does not accept the topic";
/// The broker takes no such content.
pub const CONTENT_REFUSED: &str = "the broker does not accept the content";
/// The broker takes no packet of that size.
pub const TOO_LARGE: &str = "it is larger than the broker takes";

/// The reason, to be said: papo's own in the reader's language, a broker's as it stands.
pub fn refusal(why: &str) -> LocalizedText {
    LocalizedText::from(match why {
        DROPPED => "message-dropped",
        NOT_ALLOWED => "refused-not-allowed",
        TOPIC_REFUSED => "refused-topic",
        CONTENT_REFUSED => "refused-content",
        TOO_LARGE => "refused-too-large",
        _ => return LocalizedText::quoted(why),
    })
}
