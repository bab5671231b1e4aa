//! What the terminal and the broker say, in the words of the model.

use crossterm::event::Event as TerminalEvent;

use crate::{
    app::{Connection, Message},
    domain::{Phrase, Tick, phrase},
    mqtt,
    protocol::Input,
};

pub(super) fn terminal(event: TerminalEvent) -> Message {
    match event {
        TerminalEvent::Key(key) => Message::Key(key),
        TerminalEvent::Mouse(mouse) => Message::Mouse(mouse),
        TerminalEvent::Paste(text) => Message::Paste(text),
        TerminalEvent::FocusGained => Message::FocusChanged(true),
        TerminalEvent::FocusLost => Message::FocusChanged(false),
        TerminalEvent::Resize(..) => Message::Resized,
    }
}

/// `before` is how the connection stood: what the user was told to do stays until it is done.
pub(super) fn network(event: mqtt::Event, before: &Connection, now: Tick) -> Vec<Message> {
    match event {
        // As from the beginning: nothing would be seen otherwise.
        mqtt::Event::Connecting { .. } if *before == Connection::Connecting => Vec::new(),
        mqtt::Event::Connecting { .. } => vec![Message::Connection(Connection::Connecting)],
        mqtt::Event::Connected { session_present } => vec![Message::Peer(Input::Connected { session_present })],
        mqtt::Event::Subscribed { refused } => {
            let mut messages = vec![Message::Peer(Input::Subscribed)];
            if *before == Connection::Connecting {
                messages.push(Message::Connection(Connection::Online));
            }
            if !refused.is_empty() {
                messages.push(Message::Warned(phrase!("subscribe-refused", topics = refused.join(", "))));
            }
            messages
        }
        mqtt::Event::Received { inbound, token } => vec![Message::Peer(Input::Received { inbound, token })],
        mqtt::Event::Published { row, outcome } => vec![Message::Peer(Input::Published { row, outcome })],
        mqtt::Event::Disconnected { reason, retry_in } => vec![
            Message::Peer(Input::Disconnected),
            Message::Connection(Connection::Reconnecting { at: now + retry_in, why: Phrase::from(&reason) }),
        ],
        mqtt::Event::Stopped { reason } => {
            let mut messages = vec![Message::Peer(Input::Disconnected)];
            // The peer knows better than the broker why it gave way.
            if !matches!(before, Connection::Stopped { .. }) {
                let helps = if reason == mqtt::Reason::InUse { "stopped-takes" } else { "stopped-tries" };
                let why = phrase!("stopped", why = Phrase::from(&reason), helps = Phrase::from(helps));
                messages.push(Message::Connection(Connection::Stopped { why }));
            }
            messages
        }
        mqtt::Event::Closed => vec![Message::Peer(Input::Disconnected)],
    }
}
