//! Words that Tab goes through.

/// Words that fit, one of which stands in the composer for the time being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The words, as they are put into the text.
    pub candidates: Vec<String>,
    /// The index of the word that stands there.
    pub selected: usize,
}
