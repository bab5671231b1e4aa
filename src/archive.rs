//! Export formats: JSON lines, Markdown and text. JSON lines can also be imported.
//!
//! Formats one message at a time, so that a history of any length can be exported. JSON lines keep every field of a
//! message. In Markdown and text, a message cannot control the reader's terminal or add markup: control characters
//! become visible marks, as on the screen, and Markdown syntax is escaped. This module reads and writes no files.

mod json;
mod merging;
mod prose;
mod record;

use std::{fmt, str::FromStr};

use jiff::tz::TimeZone;
use thiserror::Error;

pub use self::json::json;
pub use self::merging::{Merged, merge};
use self::prose::Prose;
pub use self::record::{Record, RecordError};
use crate::domain::{ChatId, ChatMessage, ConversationId, UserId};

/// The format of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line. The only format that can be imported.
    #[default]
    JsonLines,
    /// Markdown, for reading.
    Markdown,
    /// Plain text, for reading.
    Text,
}

/// The text is not the name or file extension of a format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown format {0:?}; use jsonl, markdown or text")]
pub struct FormatError(String);

impl Format {
    const ALL: [Self; 3] = [Self::JsonLines, Self::Markdown, Self::Text];

    /// The name, and the file extension without the dot.
    const fn names(self) -> [&'static str; 2] {
        match self {
            Self::JsonLines => ["jsonl", "jsonl"],
            Self::Markdown => ["markdown", "md"],
            Self::Text => ["text", "txt"],
        }
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let known = Self::ALL.into_iter().find(|format| format.names().contains(&text));
        known.ok_or_else(|| FormatError(text.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [name, _] = self.names();
        f.write_str(name)
    }
}

/// Formats messages. Expects the messages of one conversation in order, then those of the next conversation.
pub struct Writer {
    format: Format,
    me: UserId,
    prose: Prose,
}

impl Writer {
    /// Formats the history of `me`. Markdown and text show times in `zone`.
    pub fn new(format: Format, me: UserId, zone: TimeZone) -> Self {
        Self { format, me, prose: Prose::new(zone) }
    }

    /// Formats the next message, with its line feed. Text has a heading before each conversation; Markdown has headings
    /// before each conversation and each day.
    ///
    /// Text and Markdown leave out edits of messages in this history: the original has their text.
    pub fn write(&mut self, conversation: &ConversationId, message: &ChatMessage) -> String {
        match self.format {
            Format::Markdown | Format::Text if message.is_hidden => String::new(),
            Format::JsonLines => Record::of(conversation, message, &self.me).line(),
            Format::Markdown => self.prose.markdown(conversation, message, &self.me),
            Format::Text => self.prose.text(conversation, message, &self.me),
        }
    }
}

/// The file name for an export of `chat`, or of all chats if it is `None`. The name is always a single path component.
/// A `number` of 2 or more becomes part of the name, to avoid the name of an existing file.
pub fn file_name(chat: Option<&ChatId>, me: &UserId, format: Format, number: u32) -> String {
    // IDs and group names consist of letters, digits, `.` and `-`, and start with a letter or digit.
    let name = chat.map_or_else(|| "all".to_owned(), ToString::to_string);
    let number = if number > 1 { format!("-{number}") } else { String::new() };
    let [_, extension] = format.names();
    format!("papo-{me}-{}{number}.{extension}", name.trim_start_matches('#'))
}
