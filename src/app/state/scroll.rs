//! The scroll position of a chat.

/// The scroll position of a chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scroll {
    /// The end of the chat is visible: new messages appear as they arrive.
    #[default]
    Bottom,
    /// The lowest visible row lies `rows` rows above the last row of message `seq`.
    At {
        /// The position of the message.
        seq: u64,
        /// The number of rows above the message's end; negative if below.
        rows: i64,
    },
}

impl Scroll {
    /// The scroll position `rows` higher, or lower if negative. From [`Bottom`](Self::Bottom), the move starts at the
    /// end of the last message, whose position is `last`.
    #[must_use]
    pub fn moved(self, rows: i64, last: Option<u64>) -> Self {
        match (self, last) {
            (Self::Bottom, Some(seq)) if rows > 0 => Self::At { seq, rows },
            (Self::Bottom, _) => Self::Bottom,
            (Self::At { seq, rows: above }, _) => Self::At { seq, rows: above + rows },
        }
    }
}
