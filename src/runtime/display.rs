//! The display: the whole screen, or line mode.

use std::io::{self, IsTerminal as _, stdout};

use jiff::tz::TimeZone;

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

/// The terminal in one of the modes.
pub(super) enum Display {
    /// The whole screen.
    Panes(Screen),
    /// Line mode: the terminal, and the view, which remembers what it has printed.
    Lines(LineTerminal, Box<LineView>),
    /// No display.
    Nothing,
}

/// The view to use: line mode if requested, or if the terminal can do nothing else.
pub(super) fn view(wants_lines: bool) -> View {
    if wants_lines || is_dumb() || !stdout().is_terminal() { View::Lines } else { View::Panes }
}

impl Display {
    /// Takes the terminal over.
    pub(super) fn take(view: View, mouse: bool) -> io::Result<Self> {
        match view {
            View::Panes => Screen::take(mouse).map(Self::Panes),
            View::Lines => Ok(Self::Lines(LineTerminal::take()?, Box::default())),
        }
    }

    /// Notes the result of an update, in line mode.
    pub(super) fn follow(&mut self, model: &mut Model, zone: &TimeZone) {
        if let Self::Lines(lines, view) = self {
            let entries = model.take_journal();
            lines.print(view.follow(model, entries, zone));
        }
    }

    /// Shows the model. Returns the layout, and whether anything on the screen has changed.
    pub(super) fn draw(&mut self, model: &Model, theme: &Theme, zone: &TimeZone) -> io::Result<(Layout, bool)> {
        match self {
            Self::Panes(screen) => screen.draw(|buf| ui::view(model, theme, zone, buf)),
            Self::Lines(lines, following) => {
                lines.write(|columns| line_mode::prompt(model, columns))?;
                Ok((following.layout(model), true))
            }
            Self::Nothing => Ok((Layout::default(), false)),
        }
    }

    /// Shows the first screen, and returns how many of its rows do not fit. In line mode `news` is what it has not
    /// printed yet.
    pub(super) fn ask(&mut self, state: &setup::SetupForm, theme: &Theme, news: Vec<String>) -> io::Result<u16> {
        match self {
            Self::Panes(screen) => {
                let view = |buf: &mut _| {
                    let (cursor, overflow) = ui::setup_view(state, theme, buf);
                    (Layout { overflow, ..Layout::default() }, cursor)
                };
                screen.draw(view).map(|(layout, _)| layout.overflow)
            }
            Self::Lines(lines, _) => {
                lines.print(news);
                lines.write(|columns| line_mode::setup_prompt(state, columns))?;
                Ok(0)
            }
            Self::Nothing => Ok(0),
        }
    }

    /// Forgets what the terminal shows.
    pub(super) fn forget(&mut self) {
        match self {
            Self::Panes(screen) => screen.forget(),
            Self::Lines(lines, _) => lines.forget(),
            Self::Nothing => {}
        }
    }

    /// Hands text to the terminal for its clipboard.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.copy(text),
            Self::Lines(..) | Self::Nothing => Ok(()),
        }
    }

    /// Writes sequences that draw nothing, if the terminal supports them.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.send(sequence),
            Self::Lines(lines, _) if lines.obeys() => LineTerminal::send(sequence.as_bytes()),
            Self::Lines(..) | Self::Nothing => Ok(()),
        }
    }

    /// Gives the terminal back until papo is continued.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.suspend(),
            Self::Lines(lines, _) => lines.suspend(),
            Self::Nothing => signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP),
        }
    }

    /// Gives the terminal back while another program uses it.
    pub(super) fn give_back(&mut self) {
        self.forget();
        terminal::give_back();
    }

    /// Takes the terminal over again; other programs have used it.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.take_again(),
            Self::Lines(lines, _) => lines.take_again(),
            Self::Nothing => Ok(()),
        }
    }
}
