//! The lines sent from all composers in this run.

use crate::app::state::composer::Composer;

/// The most lines to remember.
const LIMIT: usize = 1000;

/// The lines that were sent or run in any chat, and the held lines that were replaced; the oldest first. Of equal
/// lines, only the latest is there.
#[derive(Debug, Clone, Default)]
pub struct AllSent {
    lines: Vec<String>,
}

impl AllSent {
    pub fn push(&mut self, line: String) {
        if line.is_empty() {
            return;
        }
        self.lines.retain(|known| *known != line);
        self.lines.push(line);
        if self.lines.len() > LIMIT {
            self.lines.remove(0);
        }
    }

    /// Moves the text of a composer to its history, and to this one. So does a line that was being written before an
    /// earlier line was shown in its place.
    pub fn take(&mut self, composer: &mut Composer) {
        self.push(composer.draft());
        self.push(composer.take());
    }

    /// The lines, the oldest first.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}
