//! The lines sent from a composer, and how the user goes back to one of them; and the search through the lines sent
//! from all composers.

use super::buffer::Buffer;
use crate::app::language::{LocalizedText, localized};

/// The most sent lines in the history.
const HISTORY_LIMIT: usize = 200;

/// The sent lines, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct SentLines {
    lines: Vec<String>,
    browsing: Option<Browsing>,
    search: Option<SentSearch>,
}

/// The state while the user browses the history. As in readline, a changed line stays changed until a line is sent.
#[derive(Debug, Clone)]
struct Browsing {
    /// The sent lines with their changes, and last the line that the user was writing.
    lines: Vec<String>,
    /// The index of the shown line.
    at: usize,
}

/// The search through the sent lines, while the user types what to search for.
#[derive(Debug, Clone)]
pub struct SentSearch {
    /// What the line must contain.
    pub words: String,
    /// False if no line contains it, or no older one.
    pub is_found: bool,
    /// The lines to search, the oldest first.
    lines: Vec<String>,
    /// The index of the line that was found last.
    at: Option<usize>,
    /// What the composer had before.
    before: Buffer,
}

impl SentSearch {
    /// The words that are searched for, and whether they were found.
    pub fn text(&self) -> LocalizedText {
        let words = self.words.as_str();
        if self.is_found { localized!("sent-search", words) } else { localized!("sent-search-failed", words) }
    }
}

impl SentLines {
    /// Adds a line, and the one that the user was writing if a sent line was shown in its place. Ends browsing.
    pub fn push(&mut self, line: &str) {
        if let Some(draft) = self.draft().map(str::to_owned) {
            self.add(&draft);
        }
        self.add(line);
        self.leave();
    }

    /// Adds a line, unless it repeats the last one.
    fn add(&mut self, line: &str) {
        if self.lines.last().map(String::as_str) != Some(line) {
            self.lines.push(line.to_owned());
        }
        if self.lines.len() > HISTORY_LIMIT {
            self.lines.remove(0);
        }
    }

    /// Ends browsing and searching.
    pub fn leave(&mut self) {
        (self.browsing, self.search) = (None, None);
    }

    /// The line `by` steps further in the history, negative for older; `None` if there is no such line. `shown` is the
    /// line that is in the composer.
    pub fn browse(&mut self, by: isize, shown: &str) -> Option<&str> {
        if self.browsing.is_none() && by > 0 {
            return None;
        }
        let Self { lines, browsing, .. } = self;
        let browsing = browsing.get_or_insert_with(|| Browsing {
            lines: lines.iter().cloned().chain([String::new()]).collect(),
            at: lines.len(),
        });
        shown.clone_into(&mut browsing.lines[browsing.at]);
        browsing.at = browsing.at.checked_add_signed(by).filter(|at| *at < browsing.lines.len())?;
        Some(&browsing.lines[browsing.at])
    }

    /// The line that the user was writing before a sent line was shown in its place; `None` if there is none.
    pub fn draft(&self) -> Option<&str> {
        let searched = self.search.as_ref().map(|search| search.before.text());
        let browsed = || {
            let browsing = self.browsing.as_ref().filter(|browsing| browsing.at + 1 < browsing.lines.len())?;
            browsing.lines.last().map(String::as_str)
        };
        searched.or_else(browsed).filter(|line| !line.is_empty())
    }

    pub fn search(&self) -> Option<&SentSearch> {
        self.search.as_ref()
    }

    /// Begins a search through `lines`, or goes to the next older line that is found. Returns what the composer shows
    /// then, if that changes.
    pub fn search_older(&mut self, shown: &Buffer, lines: &[String]) -> Option<Buffer> {
        let Some(search) = &self.search else {
            self.browsing = None;
            let (words, lines) = (String::new(), lines.to_vec());
            self.search = Some(SentSearch { words, is_found: true, lines, at: None, before: shown.clone() });
            return None;
        };
        let below = search.at.unwrap_or(search.lines.len());
        self.find(below)
    }

    /// Changes what to search for. Returns what the composer shows then, if that changes: what it had before, if no
    /// line is found.
    pub fn search_for(&mut self, change: impl FnOnce(&mut String)) -> Option<Buffer> {
        let search = self.search.as_mut()?;
        let before = search.words.clone();
        change(&mut search.words);
        // With more letters, the found line may still match; with fewer or all new ones, a later line may.
        let goes_on = !before.is_empty() && search.words.starts_with(&before);
        search.is_found = true;
        let below = search.at.filter(|_| goes_on).map_or(search.lines.len(), |at| at + 1);
        self.find(below).or_else(|| {
            let search = self.search.as_mut().filter(|search| !search.is_found)?;
            search.at = None;
            Some(search.before.clone())
        })
    }

    /// Ends the search. Returns what the composer had before.
    pub fn cancel_search(&mut self) -> Option<Buffer> {
        self.search.take().map(|search| search.before)
    }

    /// Finds the latest matching line before the index `below`.
    fn find(&mut self, below: usize) -> Option<Buffer> {
        let search = self.search.as_mut().filter(|search| !search.words.is_empty())?;
        let words = search.words.to_lowercase();
        let found = search.lines[..below].iter().rposition(|line| line.to_lowercase().contains(&words));
        search.is_found = found.is_some();
        let line = &search.lines[found?];
        search.at = found;
        let mut buffer = Buffer::new(line);
        // Lowercase letters may be longer or shorter; then the cursor stays at the end.
        if let Some(at) = line.find(&search.words) {
            buffer.go_to(at);
        }
        Some(buffer)
    }
}
