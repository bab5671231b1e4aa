//! The display: full screen or line mode.

use std::io::{self, IsTerminal as _, stdin, stdout};

use jiff::tz::TimeZone;
use signal_hook::{consts::SIGTSTP, low_level::emulate_default_handler};

use super::{
    line_terminal::{LineTerminal, is_dumb},
    terminal::{self, Screen},
};
use crate::{
    app::{Layout, Model, View, setup},
    ui::{
        self,
        line_mode::{self, LineView},
        theme::Theme,
    },
};

/// The terminal in full-screen mode or line mode, or no terminal.
pub(super) enum Display {
    /// Full screen, with panes.
    Panes(Screen),
    /// Line mode: the terminal, and the view, which tracks what it has printed.
    Lines(LineTerminal, Box<LineView>),
    /// No terminal: papo runs for a single command.
    Nothing,
}

/// Selects line mode if the user wants it, or if standard output is not a terminal that can show panes.
pub(super) fn view(wants_lines: bool) -> View {
    if wants_lines || is_dumb() || !stdout().is_terminal() { View::Lines } else { View::Panes }
}

/// Whether papo reads the lines of a pipe or a file: in line mode, if standard input is not a terminal.
pub(super) fn is_piped(wants_lines: bool) -> bool {
    view(wants_lines) == View::Lines && !stdin().is_terminal()
}

impl Display {
    /// Claims the terminal.
    pub(super) fn claim(view: View, mouse: bool) -> io::Result<Self> {
        match view {
            View::Panes => Screen::claim(mouse).map(Self::Panes),
            View::Lines => Ok(Self::Lines(LineTerminal::claim()?, Box::default())),
        }
    }

    /// Line mode without a terminal: only prints lines.
    pub(super) fn print() -> Self {
        Self::Lines(LineTerminal::without_prompt(), Box::default())
    }

    /// In line mode, queues lines for the journal entries that the last update has added. Otherwise does nothing.
    pub(super) fn print_journal(&mut self, model: &mut Model, zone: &TimeZone) {
        if let Self::Lines(lines, view) = self {
            let entries = model.notices.journal.take();
            lines.print(view.follow(model, entries, zone));
        }
    }

    /// Draws the model. Returns the layout, and whether the screen has changed.
    pub(super) fn draw(&mut self, model: &Model, theme: &Theme, zone: &TimeZone) -> io::Result<(Layout, bool)> {
        match self {
            Self::Panes(screen) => screen.draw(&ui::window_title(model), |buf| ui::view(model, theme, zone, buf)),
            Self::Lines(lines, view) => {
                lines.write(|columns| line_mode::prompt(model, columns))?;
                Ok((view.layout(model), true))
            }
            Self::Nothing => Ok((Layout::default(), false)),
        }
    }

    /// Draws the setup screen, and returns how many of its rows do not fit. In line mode, prints the `unprinted` lines
    /// first.
    pub(super) fn ask(&mut self, state: &setup::SetupForm, theme: &Theme, unprinted: Vec<String>) -> io::Result<u16> {
        match self {
            Self::Panes(screen) => {
                let view = |buf: &mut _| {
                    let (cursor, overflow) = ui::setup_view(state, theme, buf);
                    (Layout { overflow, ..Layout::default() }, cursor)
                };
                screen.draw("papo", view).map(|(layout, _)| layout.overflow)
            }
            Self::Lines(lines, _) => {
                lines.print(unprinted);
                lines.write(|columns| line_mode::setup_prompt(state, columns))?;
                Ok(0)
            }
            Self::Nothing => Ok(0),
        }
    }

    /// Makes the next frame draw everything again.
    pub(super) fn invalidate(&mut self) {
        match self {
            Self::Panes(screen) => screen.invalidate(),
            Self::Lines(lines, _) => lines.invalidate(),
            Self::Nothing => {}
        }
    }

    /// Copies text to the clipboard of the terminal. Does nothing in line mode.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.copy(text),
            Self::Lines(..) | Self::Nothing => Ok(()),
        }
    }

    /// Sends an escape sequence, if the terminal understands it.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.send(sequence),
            Self::Lines(lines, _) if lines.supports_sequences() => LineTerminal::send(sequence.as_bytes()),
            Self::Lines(..) | Self::Nothing => Ok(()),
        }
    }

    /// Restores the terminal, stops the process until it gets SIGCONT, and claims the terminal again.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.restore();
        emulate_default_handler(SIGTSTP)?;
        self.reclaim()
    }

    /// Restores the terminal for another program.
    pub(super) fn restore(&mut self) {
        self.invalidate();
        terminal::restore();
    }

    /// Claims the terminal again, after other programs may have changed it.
    pub(super) fn reclaim(&mut self) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.reclaim(),
            Self::Lines(lines, _) => lines.reclaim(),
            Self::Nothing => Ok(()),
        }
    }
}
