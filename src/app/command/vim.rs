//! Commands of vim that papo knows only after `:` in normal mode. After `/` in the composer, their words may be others
//! of papo's own commands.

use crate::app::event::{Event, Question, info};

/// A row of the table of these commands.
#[derive(Debug)]
pub struct VimCommand {
    /// The words for it, the shortest first. `2` stands for any number.
    pub words: &'static [&'static str],
    /// The language key of the description.
    pub description: &'static str,
    does: Does,
}

#[derive(Debug, Clone, Copy)]
enum Does {
    Close,
    Line(&'static str),
    GoToTab,
    Nothing,
    SayItIsSaved,
}

/// The commands, in the order of the help.
pub const VIM_COMMANDS: &[VimCommand] = &[
    VimCommand { words: &["q", "q!"], description: "vim-close", does: Does::Close },
    VimCommand { words: &["n", "next"], description: "vim-next", does: Does::Line("/go next") },
    VimCommand { words: &["N", "Next", "prev", "previous"], description: "vim-previous", does: Does::Line("/go prev") },
    VimCommand { words: &["2"], description: "vim-tab", does: Does::GoToTab },
    VimCommand {
        words: &["w", "w!", "wa", "write", "up", "update"],
        description: "vim-write",
        does: Does::SayItIsSaved,
    },
    // The command has ended the highlighting of the search.
    VimCommand { words: &["noh", "nohlsearch"], description: "vim-noh", does: Does::Nothing },
];

impl VimCommand {
    fn is_named(&self, word: &str) -> bool {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        self.words.contains(&word) || (is_number && matches!(self.does, Does::GoToTab))
    }
}

/// What a command of vim does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfVim {
    /// The same as this line.
    Line(String),
    /// These events.
    Events(Vec<Event>),
}

/// Returns whether a line that was begun with `:` closes what it was begun in.
pub fn closes(line: &str) -> bool {
    let word = line.trim_end().strip_prefix('/');
    let command = word.and_then(|word| VIM_COMMANDS.iter().find(|command| command.is_named(word)));
    command.is_some_and(|command| matches!(command.does, Does::Close))
}

/// What a line that was begun with `:` does, if it is a command of vim and not of papo. The colon is a slash by now.
/// `tabs` is the number of open tabs: `:q` closes one, and the last one asks whether to quit.
pub fn of_vim(line: &str, tabs: usize) -> Option<OfVim> {
    let word = line.trim_end().strip_prefix('/')?;
    let command = VIM_COMMANDS.iter().find(|command| command.is_named(word))?;
    Some(match command.does {
        Does::Close if tabs > 1 => OfVim::Line("/close".to_owned()),
        Does::Close => OfVim::Events(vec![Event::Ask(Question::Quit)]),
        Does::Line(same) => OfVim::Line(same.to_owned()),
        Does::GoToTab => OfVim::Line(format!("/go {word}")),
        Does::SayItIsSaved => OfVim::Events(vec![info("vim-nothing-to-write")]),
        Does::Nothing => OfVim::Events(Vec::new()),
    })
}
