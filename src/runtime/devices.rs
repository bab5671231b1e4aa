//! The display, the keyboard and the signals of this process.

use color_eyre::eyre::{Result, WrapErr};

use super::{
    display::{self, Display},
    keyboard::Keyboard,
    signals::Signals,
};
use crate::{app::Language, domain::UiSettings};

/// The devices of the user interface.
pub(super) struct Devices {
    pub(super) display: Display,
    pub(super) keyboard: Keyboard,
    pub(super) signals: Signals,
}

impl Devices {
    /// Claims the terminal, and starts to handle signals.
    ///
    /// In line mode, standard input need not be a terminal. Then papo reads its lines, and leaves the terminal alone.
    pub(super) fn claim(settings: &UiSettings, language: &Language) -> Result<Self> {
        let signals = Signals::listen()?;
        if display::is_piped(settings.linear) {
            return Ok(Self { display: Display::print(), keyboard: Keyboard::piped()?, signals });
        }
        let display = Display::claim(display::view(settings.linear), settings.mouse)
            .wrap_err_with(|| language.translate("needs-terminal"))?;
        Ok(Self { display, keyboard: Keyboard::listen(settings.escape_wait_ms)?, signals })
    }
}
