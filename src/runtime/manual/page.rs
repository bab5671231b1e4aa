//! A manual page as data, rendered for `man` (roff) or as text.

use std::fmt::Write as _;

use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

/// The parts of a page, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Page(Vec<Block>);

#[derive(Debug, Clone)]
enum Block {
    Section(String),
    Subsection(String),
    Paragraph(String),
    /// Lines that stay as they are.
    Lines(Vec<String>),
    /// A term, what stands beside it, and its description.
    Term(String, String, String),
}

impl Page {
    pub(super) fn section(&mut self, title: &str) {
        self.0.push(Block::Section(title.to_owned()));
    }

    pub(super) fn subsection(&mut self, title: &str) {
        self.0.push(Block::Subsection(title.to_owned()));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.0.push(Block::Paragraph(text.to_owned()));
    }

    pub(super) fn term(&mut self, term: &str, beside: &str, description: &str) {
        self.0.push(Block::Term(term.to_owned(), beside.to_owned(), description.to_owned()));
    }

    /// Adds a documented TOML file: its comments become paragraphs, its tables subsections, and its keys, also those in
    /// comments, stay lines.
    pub(super) fn toml(&mut self, file: &str) {
        for line in file.lines() {
            let text = line.strip_prefix('#').unwrap_or(line);
            let text = text.strip_prefix(' ').unwrap_or(text);
            let is_comment = line.starts_with('#');
            if line.starts_with('[') {
                self.subsection(line);
            } else if text.is_empty() {
                self.0.push(Block::Paragraph(String::new()));
            } else if !is_comment || text.starts_with([' ', '[']) || text.contains("\":") || is_entry(text) {
                match self.0.last_mut() {
                    Some(Block::Lines(lines)) => lines.push(text.to_owned()),
                    _ => self.0.push(Block::Lines(vec![text.to_owned()])),
                }
            } else {
                match self.0.last_mut() {
                    Some(Block::Paragraph(paragraph)) if paragraph.is_empty() => text.clone_into(paragraph),
                    Some(Block::Paragraph(paragraph)) => *paragraph = format!("{paragraph} {text}"),
                    _ => self.paragraph(text),
                }
            }
        }
        self.0.retain(|block| !matches!(block, Block::Paragraph(text) if text.is_empty()));
    }

    /// The page as roff, without its title.
    pub(super) fn roff(&self) -> String {
        let mut roff = Roff::new();
        for block in &self.0 {
            match block {
                Block::Section(title) => drop(roff.control("SH", [title.as_str()])),
                Block::Subsection(title) => drop(roff.control("SS", [title.as_str()])),
                Block::Paragraph(text) => drop(roff.control("PP", []).text([roman(text.as_str())])),
                Block::Lines(lines) => {
                    roff.control("PP", []).control("RS", ["4"]).control("nf", []);
                    for line in lines {
                        roff.text([roman(line.as_str())]);
                    }
                    roff.control("fi", []).control("RE", []);
                }
                Block::Term(term, beside, description) => {
                    let mut head: Vec<Inline> = vec![bold(term.as_str())];
                    if !beside.is_empty() {
                        head.extend([roman("  "), italic(beside.as_str())]);
                    }
                    roff.control("TP", []).text(head).text([roman(description.as_str())]);
                }
            }
        }
        roff.to_roff()
    }

    /// The page as text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for block in &self.0 {
            // Writing to a string does not fail.
            let _ = match block {
                Block::Section(title) => writeln!(text, "\n{title}"),
                Block::Subsection(title) => writeln!(text, "\n  {title}"),
                Block::Paragraph(words) => writeln!(text, "\n{}", textwrap::indent(&textwrap::fill(words, 74), "    ")),
                Block::Lines(lines) => writeln!(text, "\n{}", textwrap::indent(&lines.join("\n"), "        ")),
                Block::Term(term, beside, description) => writeln!(text, "    {term}  {beside}\n        {description}"),
            };
        }
        text
    }
}

/// Whether a line is a key with its value, such as `user = "alice"`.
fn is_entry(line: &str) -> bool {
    let is_key = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    line.split_once(" = ").is_some_and(|(key, _)| is_key(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_a_toml_file_become_paragraphs_and_keys_stay_lines() {
        let mut page = Page::default();
        page.toml(
            "# One\n# sentence.\n#\n# \"a\": b.\nkey = \"-x\"\n# user = \"alice\"\n\n[ui]\n# More.\nwidth = 28\n",
        );
        let text = page.text();
        let order = ["One sentence.", "\"a\": b.", "key = \"-x\"", "user = \"alice\"", "[ui]", "More.", "width = 28"];
        let places: Vec<Option<usize>> = order.iter().map(|part| text.find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
        let roff = page.roff();
        assert!(roff.contains(".SS [ui]\n") && roff.contains("key = \"\\-x\"\n"), "{roff}");
    }
}
