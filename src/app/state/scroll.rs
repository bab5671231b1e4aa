//! Which part of a chat is seen.

/// Which part of a chat is seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scroll {
    /// Its end: new messages are seen as they come.
    #[default]
    Bottom,
    /// The lowest row that is seen lies `rows` rows above the end of message `seq`. Negative is below it.
    At {
        /// The message's place.
        seq: u64,
        /// Rows above its end.
        rows: i64,
    },
}

impl Scroll {
    /// The part that lies `rows` above, or below where negative. From the bottom one starts at the end of
    /// `last`, the last message.
    #[must_use]
    pub fn moved(self, rows: i64, last: Option<u64>) -> Self {
        match (self, last) {
            (Self::Bottom, Some(seq)) if rows > 0 => Self::At { seq, rows },
            (Self::Bottom, _) => Self::Bottom,
            (Self::At { seq, rows: above }, _) => Self::At { seq, rows: above + rows },
        }
    }
}
