//! The first screen: asks for an id until there is one whose history can be opened.

use std::io;

use color_eyre::eyre::Result;
use crossterm::event::Event;
use tokio::sync::mpsc::Receiver;

use super::{
    display::Display,
    signals::{Asked, Signals},
};
use crate::{
    app::setup::{Outcome, State},
    domain::UserId,
    ui::{linear, text, theme::Theme},
};

/// Asks; `None` where the user leaves.
pub(super) async fn ask(
    reason: Option<String>,
    theme: &Theme,
    display: &mut Display,
    keys: &mut Receiver<io::Result<Event>>,
    signals: &mut Signals,
) -> Result<Option<UserId>> {
    let mut state = State::new(reason);
    let mut news = linear::setup_words(&state);
    loop {
        display.ask(&state, theme, std::mem::take(&mut news))?;
        let error = state.error.clone();
        let event = tokio::select! {
            event = keys.recv() => event,
            asked = signals.next() => match asked {
                Asked::Quit => None,
                Asked::Suspend => {
                    display.suspend()?;
                    continue;
                }
                Asked::Continue => {
                    display.take_again()?;
                    continue;
                }
            },
        };
        let Some(event) = event else { return Ok(None) };
        match event? {
            Event::Key(key) => match state.key(key) {
                Outcome::Asking => {}
                Outcome::Chosen(id) => return Ok(Some(id)),
                Outcome::Quit => return Ok(None),
            },
            Event::Paste(text) => state.paste(&text),
            _ => {}
        }
        if state.error != error {
            news.extend(state.error.as_deref().map(text::safe_line));
        }
    }
}
