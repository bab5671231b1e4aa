//! Converts events of the terminal and of the MQTT connection to messages for the model.

use crossterm::event::Event as TerminalEvent;

use crate::{
    app::{Connection, LocalizedText, LoginRefusal, Message},
    domain::{DisconnectReason, Tick},
    mqtt,
    protocol::Input,
};

pub(super) fn from_terminal(event: TerminalEvent) -> Message {
    match event {
        TerminalEvent::Key(key) => Message::Key(key),
        TerminalEvent::Mouse(mouse) => Message::Mouse(mouse),
        TerminalEvent::Paste(text) => Message::Paste(text),
        TerminalEvent::FocusGained => Message::FocusChanged(true),
        TerminalEvent::FocusLost => Message::FocusChanged(false),
        TerminalEvent::Resize(..) => Message::Resized,
    }
}

/// Converts an event of a pipe, which has nothing but pasted lines.
pub(super) fn from_pipe(event: TerminalEvent) -> Message {
    match event {
        TerminalEvent::Paste(line) => Message::Line(line),
        event => from_terminal(event),
    }
}

/// Converts an event of the MQTT connection. `before` is the state of the connection that the model shows, `shown` the
/// broker.
pub(super) fn from_mqtt(event: mqtt::Event, before: &Connection, shown: &str, now: Tick) -> Vec<Message> {
    match event {
        // The model already shows this: it is the initial state.
        mqtt::Event::Connecting { broker, .. } if *before == Connection::Connecting && broker == shown => Vec::new(),
        mqtt::Event::Connecting { broker, .. } => vec![Message::Connecting(broker)],
        mqtt::Event::Connected { session_present, names_senders } => {
            vec![Message::Peer(Input::Connected { session_present, names_senders })]
        }
        mqtt::Event::Subscribed { refused } => {
            let refused = (!refused.is_empty()).then_some(Message::Peer(Input::SubscribeRefused(refused)));
            let online = matches!(before, Connection::Connecting | Connection::ControlRefused { .. })
                .then_some(Message::Connection(Connection::Online));
            refused.into_iter().chain([Message::Peer(Input::Subscribed)]).chain(online).collect()
        }
        mqtt::Event::Received { inbound, token } => vec![Message::Peer(Input::Received { inbound, token })],
        mqtt::Event::Published { row, outcome } => vec![Message::Peer(Input::Published { row, outcome })],
        mqtt::Event::Disconnected { reason, refused_login, retry_in } => {
            // Only the user can give another login; another broker may come back by itself.
            let (wanting, reason) = refused_login.map_or((None, reason), |(broker, why)| (Some(broker), why));
            let wanting = wanting.filter(|broker| broker != shown).map(Message::Connecting);
            // papo waits as long as the broker says, so the user need not.
            let throttled = LoginRefusal::of(&reason).filter(|why| *why == LoginRefusal::TooManyAttempts);
            let why = throttled.map_or_else(|| LocalizedText::from(&reason), LoginRefusal::brief);
            let lost = Connection::Reconnecting { at: now + retry_in, why };
            let lost = not_connected(&reason, lost);
            [Message::Peer(Input::Disconnected)].into_iter().chain(wanting).chain([lost]).collect()
        }
        mqtt::Event::Stopped { reason, is_watching } => {
            let is_taken = matches!(reason, DisconnectReason::TakenOver | DisconnectReason::TakenOverAgain);
            let taken = is_taken.then_some(Message::Peer(Input::TakenOver));
            let stopped = not_connected(&reason, Connection::stopped(&reason, is_watching));
            [Message::Peer(Input::Disconnected)].into_iter().chain(taken).chain([stopped]).collect()
        }
        mqtt::Event::Closed => vec![Message::Peer(Input::Disconnected)],
    }
}

/// The message that papo is not connected for this reason.
fn not_connected(reason: &DisconnectReason, connection: Connection) -> Message {
    match LoginRefusal::of(reason) {
        Some(why) => Message::LoginRefused(why, connection),
        None => Message::Connection(connection),
    }
}
