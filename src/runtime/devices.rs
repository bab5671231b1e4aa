//! The display, the keyboard and the signals of this process.

use color_eyre::eyre::{Result, WrapErr};

use super::{
    display::{self, Display},
    keyboard::Keyboard,
    signals::Signals,
};
use crate::domain::UiSettings;

/// The devices of the user interface.
pub(super) struct Devices {
    pub(super) display: Display,
    pub(super) keyboard: Keyboard,
    pub(super) signals: Signals,
}

impl Devices {
    /// Claims the terminal, and starts to handle signals.
    pub(super) fn claim(settings: &UiSettings) -> Result<Self> {
        let signals = Signals::listen()?;
        let view = display::view(settings.linear);
        let display = Display::claim(view, settings.mouse).wrap_err("papo needs a terminal")?;
        Ok(Self { display, keyboard: Keyboard::listen(settings.escape_wait_ms)?, signals })
    }
}
