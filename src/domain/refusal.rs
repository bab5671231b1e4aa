//! Why a message has not left. The reason is stored with the message as text. These are papo's own, so that the
//! language files can say them in any language.

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
