//! Reads the presence of the user's id over a short connection of its own: before papo's first connection, and while
//! another client uses the id.

use super::{
    Options,
    connection::{Connection, ConnectionEvent},
    outbox::Outbox,
};
use crate::{
    domain::DisconnectReason,
    protocol::{Holder, OwnPresence},
};

/// The result of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PresenceReport {
    pub(super) holder: Holder,
    /// Whether the broker gave the probe papo's own client id, as mosquitto does with `use_username_as_clientid`. Then
    /// a probe takes the session over from the client that has it.
    pub(super) took_session: bool,
}

/// Reports which device holds the id. The subscription has QoS 0, so its delivery cannot be held up by earlier ones that
/// this connection does not acknowledge. A retained presence arrives before the UNSUBACK. If the UNSUBACK comes first,
/// there is no retained presence.
pub(super) async fn probe(options: &Options, own: &OwnPresence) -> Result<PresenceReport, DisconnectReason> {
    let mut connection = Connection::open_probe(options);
    let mut seen = PresenceReport { holder: Holder::Unknown, took_session: false };
    loop {
        connection.pump(&mut Outbox::default());
        match connection.next().await? {
            ConnectionEvent::Connected { .. } => {
                seen.took_session = connection.limits().client_id.as_ref() == Some(&options.client_id);
                connection.subscribe(vec![own.subscription()]);
            }
            // Unsubscribe only after the SUBACK: some brokers queue retained messages, and answer pending packets
            // first.
            ConnectionEvent::Subscribed { .. } => connection.unsubscribe(vec![own.subscription().filter]),
            // Not acknowledged: this may be papo's own session, and then queued messages must be delivered again.
            ConnectionEvent::Received(inbound, _) if inbound.retained => {
                seen.holder = own.holder(&inbound);
                // The topic has one retained message, so there is no need to wait for the UNSUBACK.
                connection.disconnect();
            }
            ConnectionEvent::Unsubscribed => connection.disconnect(),
            ConnectionEvent::DisconnectSent => return Ok(seen),
            _ => {}
        }
    }
}
