//! A look at the broker in passing, before the first connection under one's id.

use super::{
    Options, Reason,
    connection::{Connection, Happening},
    outbox::Outbox,
};
use crate::protocol::OwnPresence;

/// Whether the broker keeps that the id is online elsewhere. What it keeps comes before its answer to the
/// UNSUBSCRIBE that follows its answer to the SUBSCRIBE.
pub(super) async fn is_elsewhere(options: &Options, own: &OwnPresence) -> Result<bool, Reason> {
    let mut connection = Connection::open_in_passing(options);
    let mut is_elsewhere = false;
    loop {
        connection.pump(&mut Outbox::default());
        match connection.next().await? {
            Happening::Connected { .. } => {
                connection.subscribe(vec![own.subscription()]);
            }
            // Not before: brokers that hand over what they keep in a queue of its own answer what is there already
            // before they look into that.
            Happening::Subscribed { .. } => connection.unsubscribe(vec![own.subscription().filter]),
            // What is not acknowledged comes again: where the broker takes the login for the id, messages wait here.
            Happening::Received(inbound, _) if inbound.retained => {
                is_elsewhere = own.is_elsewhere(&inbound);
                // There is but one. Its end may be long in coming, from a broker that gathers small packets.
                connection.disconnect();
            }
            Happening::Unsubscribed => connection.disconnect(),
            Happening::DisconnectSent => return Ok(is_elsewhere),
            _ => {}
        }
    }
}
