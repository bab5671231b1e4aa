//! How the connection to the broker stands, and what follows when that changes.

use super::model::{Connection, Level, Model};
use crate::domain::localized;

/// Takes the connection as it stands now.
pub(super) fn changed(model: &mut Model, connection: Connection) {
    // Only what stands and can be reached is online.
    if connection == Connection::Online && model.peer.is_deaf() {
        return;
    }
    let (now, broker, language) = (model.now, &model.broker, &model.language);
    match &connection {
        _ if connection == model.connection => {}
        Connection::Online => {
            model.log.note(now.wall, Level::Info, language.translate(localized!("connected", broker)));
        }
        Connection::Reconnecting { why, .. } => {
            model.log.note(now.wall, Level::Warning, language.translate(localized!("not-connected", why)));
        }
        Connection::Stopped { why } | Connection::Deaf { why } => {
            model.log.note(now.wall, Level::Error, language.translate(why.clone()));
        }
        Connection::Connecting => {}
    }
    model.remote.connection_changed(now.tick, connection == Connection::Online);
    if connection == Connection::Online {
        model.backlog.connected(model.now.tick);
    } else {
        model.backlog.disconnected();
    }
    model.connection = connection;
}
