//! Commands of vim that papo knows only after `:` in normal mode. After `/` in the composer, their words may be others
//! of papo's own commands.

use crate::app::event::{Event, Question, info};

/// What a command of vim does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfVim {
    /// The same as this line.
    Line(String),
    /// These events.
    Events(Vec<Event>),
}

/// What a line that was begun with `:` does, if it is a command of vim and not of papo. The colon is a slash by now.
/// `tabs` is the number of open tabs: `:q` closes one, and the last one asks whether to quit.
pub fn of_vim(line: &str, tabs: usize) -> Option<OfVim> {
    let word = line.trim_end().strip_prefix('/')?;
    let same_as = |line: &str| Some(OfVim::Line(line.to_owned()));
    match word {
        "q" | "q!" if tabs > 1 => same_as("/close"),
        "q" | "q!" => Some(OfVim::Events(vec![Event::Ask(Question::Quit)])),
        "w" | "w!" | "wa" | "write" | "up" | "update" => Some(OfVim::Events(vec![info("vim-nothing-to-write")])),
        // The command has ended the highlighting of the search.
        "noh" | "nohlsearch" => Some(OfVim::Events(Vec::new())),
        "n" | "next" => same_as("/go next"),
        "N" | "Next" | "prev" | "previous" => same_as("/go prev"),
        number if number.bytes().all(|byte| byte.is_ascii_digit()) && !number.is_empty() => {
            Some(OfVim::Line(format!("/go {number}")))
        }
        _ => None,
    }
}
