//! Extracts the code blocks and commands of the README.

use std::collections::VecDeque;

const README: &str = include_str!("../../README.md");

/// The languages of the README's code blocks. The tests run the commands of `sh` blocks only.
const KINDS: [&str; 4] = ["sh", "python", "text", "toml"];

/// A code block of the README.
struct Block {
    section: &'static str,
    kind: &'static str,
    text: String,
}

fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut section, mut is_inside) = ("", false);
    for line in README.lines() {
        match line.strip_prefix("```") {
            Some(_) if is_inside => is_inside = false,
            Some(kind) => {
                assert!(KINDS.contains(&kind), "{section}: add the language {kind:?} to KINDS");
                is_inside = true;
                blocks.push(Block { section, kind, text: String::new() });
            }
            None if is_inside => {
                let text = &mut blocks.last_mut().expect("the line is inside a block").text;
                text.push_str(line);
                text.push('\n');
            }
            None => section = line.strip_prefix("## ").unwrap_or(section),
        }
    }
    assert!(!is_inside, "the last block is not closed");
    blocks
}

/// The sections with commands, in order.
pub fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> = blocks().iter().filter(|block| block.kind == "sh").map(|block| block.section).collect();
    sections.dedup();
    sections
}

/// The text of the first block of this language in a section.
pub fn block(section: &str, kind: &str) -> String {
    let found = blocks().into_iter().find(|block| block.section == section && block.kind == kind);
    found.unwrap_or_else(|| panic!("{section} has no block of {kind}")).text
}

/// The commands of a section. A test takes all of them, in order; otherwise dropping the story panics.
pub struct Story {
    section: &'static str,
    lines: VecDeque<String>,
}

impl Story {
    pub fn of(section: &'static str) -> Self {
        let shell_blocks = blocks().into_iter().filter(|block| block.section == section && block.kind == "sh");
        // Two spaces and `#` start a comment.
        let command = |line: &str| line.split_once("  #").map_or(line, |(command, _)| command).trim_end().to_owned();
        let lines = shell_blocks.flat_map(|block| block.text.lines().map(command).collect::<Vec<_>>());
        let lines: VecDeque<_> = lines.filter(|line| !line.is_empty()).collect();
        assert!(!lines.is_empty(), "{section} has no commands");
        Self { section, lines }
    }

    /// Takes the next command of the section, which must equal `command`.
    #[track_caller]
    pub fn next<'a>(&mut self, command: &'a str) -> &'a str {
        let written = self.lines.pop_front();
        assert_eq!(
            written.as_deref(),
            Some(command),
            "{}: the README's next command is not the tested one",
            self.section
        );
        command
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.lines.is_empty(), "{}: no test runs {:?}", self.section, self.lines);
        }
    }
}
