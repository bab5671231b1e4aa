//! A look at the presence of the id in passing: before the first connection, and while another client has the id.

use super::{
    Options, Reason,
    connection::{Connection, ConnectionEvent},
    outbox::Outbox,
};
use crate::protocol::{Holder, OwnPresence};

/// What a look has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) holder: Holder,
    /// Whether the broker took the look for the client itself, as mosquitto does with `use_username_as_clientid`:
    /// then a look takes the session from whoever has it.
    pub(super) took_session: bool,
}

/// Looks who has the id. What the broker keeps comes before its answer to the UNSUBSCRIBE that follows its answer to
/// the SUBSCRIBE.
pub(super) async fn look(options: &Options, own: &OwnPresence) -> Result<Seen, Reason> {
    let mut connection = Connection::open_in_passing(options);
    let mut seen = Seen { holder: Holder::Unknown, took_session: false };
    loop {
        connection.pump(&mut Outbox::default());
        match connection.next().await? {
            ConnectionEvent::Connected { .. } => {
                seen.took_session = connection.limits().client_id.as_ref() == Some(&options.client_id);
                connection.subscribe(vec![own.subscription()]);
            }
            // Not before: brokers that hand over what they keep in a queue of its own answer what is there already
            // before they look into that.
            ConnectionEvent::Subscribed { .. } => connection.unsubscribe(vec![own.subscription().filter]),
            // What is not acknowledged comes again: where the broker takes the login for the id, messages wait here.
            ConnectionEvent::Received(inbound, _) if inbound.retained => {
                seen.holder = own.holder(&inbound);
                // There is but one. Its end may be long in coming, from a broker that gathers small packets.
                connection.disconnect();
            }
            ConnectionEvent::Unsubscribed => connection.disconnect(),
            ConnectionEvent::DisconnectSent => return Ok(seen),
            _ => {}
        }
    }
}
