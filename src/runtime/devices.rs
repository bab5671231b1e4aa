//! The terminal and the signals of this process.

use color_eyre::eyre::{Result, WrapErr};

use super::{
    display::{self, Display},
    keyboard::Keyboard,
    signals::Signals,
};
use crate::domain::UiSettings;

/// What papo shows the user and hears from them.
pub(super) struct Devices {
    pub(super) display: Display,
    pub(super) keyboard: Keyboard,
    pub(super) signals: Signals,
}

impl Devices {
    pub(super) fn claim(settings: &UiSettings) -> Result<Self> {
        let signals = Signals::listen()?;
        let view = display::view(settings.linear);
        let display = Display::claim(view, settings.mouse).wrap_err("papo needs a terminal")?;
        Ok(Self { display, keyboard: Keyboard::listen(settings.escape_wait_ms)?, signals })
    }
}
