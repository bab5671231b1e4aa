//! The setup screen: asks for an ID and, on the first start, for a broker.

use color_eyre::eyre::Result;
use crossterm::event::Event;

use super::{devices::Devices, signals::SignalAction};
use crate::{
    app::LocalizedText,
    app::setup::{Outcome, SetupForm},
    domain::{BrokerList, UserId},
    mqtt::BrokerUrl,
    ui::{line_mode, text, theme::Theme},
};

/// Asks until the answers are valid. Returns the ID, and the broker if `state` asks for one; the user may name several.
/// Returns `None` if the user quits.
pub(super) async fn ask(
    mut state: SetupForm,
    theme: &Theme,
    Devices { display, keyboard, signals }: &mut Devices,
) -> Result<Option<(UserId, Option<BrokerList>)>> {
    let mut unprinted = line_mode::setup_words(&state);
    loop {
        let overflow = display.ask(&state, theme, std::mem::take(&mut unprinted))?;
        state.scroll = state.scroll.min(overflow);
        let error = state.error.clone();
        let event = tokio::select! {
            event = keyboard.next() => event,
            action = signals.next() => {
                match action {
                    SignalAction::Quit | SignalAction::HangUp | SignalAction::Interrupt => return Ok(None),
                    SignalAction::Suspend => display.suspend()?,
                    SignalAction::Continue => display.reclaim()?,
                }
                continue;
            }
        };
        match event? {
            Event::Key(key) => match state.key(key) {
                Outcome::Asking => {}
                Outcome::Redraw => display.invalidate(),
                Outcome::Chosen(id, brokers) => {
                    let brokers = brokers.as_deref().map(BrokerList::from_text);
                    match brokers.as_ref().map(BrokerUrl::parse_list).transpose() {
                        Ok(_) => return Ok(Some((id, brokers))),
                        Err(error) => state.refuse_broker(LocalizedText::quoted(error.to_string())),
                    }
                }
                Outcome::Quit => return Ok(None),
            },
            Event::Paste(text) => state.paste(&text),
            Event::Resize(..) => display.invalidate(),
            _ => {}
        }
        if state.error != error {
            let error = state.error.clone().map(|error| state.language.translate(error));
            unprinted.extend(error.as_deref().map(text::safe_line));
        }
    }
}
