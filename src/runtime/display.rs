//! How papo shows itself: on the whole screen, or in lines.

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

/// The terminal, in either manner.
pub(super) enum Display {
    /// The whole screen.
    Panes(Screen),
    /// Line mode: the terminal, and the view that remembers what it has printed.
    Lines(LineTerminal, Box<LineView>),
    /// Not at all.
    Nothing,
}

/// The view to take: lines where they are asked for, and where nothing else can be shown.
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

    /// Notes what an update has brought, where that is printed.
    pub(super) fn follow(&mut self, model: &mut Model, zone: &TimeZone) {
        if let Self::Lines(lines, view) = self {
            let entries = model.take_journal();
            lines.print(view.follow(model, entries, zone));
        }
    }

    /// Shows the model; says where things are, and whether anything is seen otherwise than before.
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

    /// Shows the screen that asks for an id, and returns how many rows of it do not fit; in lines `news` is what has not
    /// been said of it.
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

    /// Sends what is not drawn, where it is understood.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.send(sequence),
            Self::Lines(lines, _) if lines.obeys() => LineTerminal::send(sequence.as_bytes()),
            Self::Lines(..) | Self::Nothing => Ok(()),
        }
    }

    /// Gives the terminal back until somebody continues papo.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.suspend(),
            Self::Lines(lines, _) => lines.suspend(),
            Self::Nothing => signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP),
        }
    }

    /// Gives the terminal back while another program has it.
    pub(super) fn give_back(&mut self) {
        self.forget();
        terminal::give_back();
    }

    /// Takes the terminal over again: others have had it meanwhile.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        match self {
            Self::Panes(screen) => screen.take_again(),
            Self::Lines(lines, _) => lines.take_again(),
            Self::Nothing => Ok(()),
        }
    }
}
