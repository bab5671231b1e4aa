//! CONNECT (MQTT 5 §3.1).

use std::{sync::Arc, time::Duration};

use mqtt5_protocol::{
    packet::{connack::ConnAckPacket, connect::ConnectPacket},
    types::{ReasonCode, WillMessage},
};

use super::{
    ConnectionId, Hub,
    change::SavedWill,
    frames,
    frames::Level,
    publishing::{is_topic, senders},
    queue::Queue,
    reason,
    session::{Connection, FOR_EVER, Session},
};
use crate::{
    broker::access::{Publishing, is_own_will},
    domain::UserId,
    protocol::NAMES_SENDERS,
};

/// The longest client ID, in bytes.
const CLIENT_ID: usize = 512;

impl Hub {
    /// A client has sent CONNECT and has logged in as `login`, if there are users. Queues CONNACK, which may still
    /// refuse the client; then the output closes the connection. False if the broker has as many clients as it takes.
    pub fn connect(
        &mut self,
        connection: ConnectionId,
        connect: &ConnectPacket,
        login: Option<UserId>,
        now: Duration,
    ) -> bool {
        let level = if connect.protocol_version == 5 { Level::V5 } else { Level::V4 };
        let largest = connect.properties.get_maximum_packet_size().map_or(usize::MAX, |size| size as usize);
        self.connections.insert(connection, Connection::new(level, largest));
        let is_assigned = connect.client_id.is_empty();
        if let Err((code, why)) = self.check_connect(connect, login.as_ref()) {
            self.refuse(connection, level, code, why);
            return code != reason::SERVER_BUSY;
        }
        let client: Arc<str> = if is_assigned { self.assign() } else { connect.client_id.as_str().into() };
        let expiry = match level {
            Level::V5 => connect.properties.get_session_expiry_interval().unwrap_or(0),
            Level::V4 if connect.clean_start => 0,
            Level::V4 => FOR_EVER,
        };
        // Nobody can come back to a session whose client ID only this connection may have.
        let expiry = if is_assigned && self.groups.is_some() { 0 } else { expiry };
        let (number, is_present) = self.enter(connection, &client, login, connect.clean_start, expiry, now);
        let sender = self.sessions.get(&number).and_then(|session| session.login.as_ref());
        let will = connect.will.as_ref().map(|will| SavedWill::new(will, connect, sender));
        let in_flight = self.limits.in_flight.min(connect.properties.get_receive_maximum().unwrap_or(u16::MAX));
        let accepted = self.accepted(level, is_present, is_assigned.then_some(&*client));
        if let Some(open) = self.connections.get_mut(&connection) {
            (open.session, open.in_flight) = (Some(number), in_flight);
        }
        if let Some(session) = self.sessions.get_mut(&number) {
            // A new session with a will is saved even if it ends with its connection: the will is owed after a crash, too.
            session.is_saved |= will.is_some() && !is_present;
            session.will = will;
        }
        self.touch(number);
        let accepted = frames::packet(&accepted);
        if accepted.len() > largest {
            // There is no DISCONNECT before CONNACK.
            self.leave(connection, now);
            self.close(connection);
        } else {
            self.answer(connection, accepted);
        }
        true
    }

    /// Queues CONNACK for a client that is not let in, with a reason string if the client takes a packet of that size.
    fn refuse(&mut self, connection: ConnectionId, level: Level, code: u8, why: &str) {
        let Some(open) = self.connections.get(&connection) else { return };
        let code = ReasonCode::from_u8(code).unwrap_or(ReasonCode::UnspecifiedError);
        let short = match level {
            Level::V5 => ConnAckPacket::new(false, code),
            Level::V4 => ConnAckPacket::new_v311(false, code),
        };
        let explained = frames::packet(&short.clone().with_reason_string(why.to_owned()));
        let is_explained = level == Level::V5 && explained.len() <= open.packet;
        self.answer(connection, if is_explained { explained } else { frames::packet(&short) });
        self.close(connection);
    }

    /// Why a client is not let in.
    fn check_connect(&self, connect: &ConnectPacket, login: Option<&UserId>) -> Result<(), (u8, &'static str)> {
        let id = connect.client_id.as_str();
        if connect.properties.get_authentication_method().is_some() {
            return Err((reason::BAD_AUTHENTICATION_METHOD, "no authentication method but a user name and a password"));
        }
        if connect.properties.get_receive_maximum() == Some(0)
            || connect.properties.get_maximum_packet_size() == Some(0)
        {
            return Err((reason::PROTOCOL_ERROR, "a limit is 0"));
        }
        if id.is_empty() && connect.protocol_version != 5 && !connect.clean_start {
            return Err((reason::CLIENT_ID_NOT_VALID, "an empty client ID needs a clean session"));
        }
        if id.len() > CLIENT_ID {
            return Err((reason::CLIENT_ID_NOT_VALID, "the client ID is too long"));
        }
        if let Some(login) = login {
            if !id.is_empty() && id != login.as_str() {
                return Err((reason::CLIENT_ID_NOT_VALID, "the client ID must be the user name"));
            }
            let from = senders(&connect.will_properties);
            let is_own = |will: &WillMessage| {
                let WillMessage { topic, payload, retain, .. } = will;
                let properties = connect.will_properties.encoded_len();
                let (retain, since) = (*retain, None);
                is_own_will(login, Publishing { topic, payload, properties, retain, from: &from, since })
            };
            if connect.will.as_ref().is_some_and(|will| !is_own(will)) {
                return Err((reason::NOT_AUTHORIZED, "the will may only say that the user is offline"));
            }
        }
        if connect.will.as_ref().is_some_and(|will| !is_topic(&will.topic)) {
            return Err((reason::TOPIC_NAME_INVALID, "the topic of the will is no topic name"));
        }
        if id.is_empty() && login.is_some_and(|login| self.connections_of(login) >= self.limits.connections) {
            return Err((reason::QUOTA_EXCEEDED, "the user has as many connections as the broker takes"));
        }
        let takes_over = self.clients.get(id).and_then(|number| self.sessions.get(number));
        if self.connected >= self.limits.clients && takes_over.is_none_or(|session| session.connection.is_none()) {
            return Err((reason::SERVER_BUSY, "the broker has as many clients as it takes"));
        }
        Ok(())
    }

    fn connections_of(&self, login: &UserId) -> usize {
        let is_open = |session: &&Session| session.connection.is_some() && session.login.as_ref() == Some(login);
        self.sessions.values().filter(is_open).count()
    }

    /// A client ID that no session has.
    fn assign(&mut self) -> Arc<str> {
        loop {
            let id = format!("auto-{}", self.next_client);
            self.next_client += 1;
            if !self.clients.contains_key(id.as_str()) {
                return id.into();
            }
        }
    }

    /// Gives the session of the client to this connection. Returns its number, and whether it was there before.
    fn enter(
        &mut self,
        connection: ConnectionId,
        client: &Arc<str>,
        login: Option<UserId>,
        is_clean: bool,
        expiry: u32,
        now: Duration,
    ) -> (u64, bool) {
        self.connected += 1;
        if let Some(old) = self.clients.get(client).and_then(|number| self.sessions.get(number)?.connection) {
            self.end(old, reason::SESSION_TAKEN_OVER, now);
        }
        if let Some(&number) = self.clients.get(client) {
            // What a session without this login has subscribed to is not for this login.
            let is_theirs = self.sessions.get(&number).is_some_and(|session| session.login == login);
            if is_theirs && !is_clean {
                self.clear_timers(number);
                if let Some(session) = self.sessions.get_mut(&number) {
                    session.connection = Some(connection);
                    session.expiry = expiry;
                    session.queue.reconnect();
                }
                return (number, true);
            }
            self.end_session(number, now);
        }
        let number = self.next_session;
        self.next_session += 1;
        let session = Session {
            number,
            client: Arc::clone(client),
            login,
            expiry,
            is_saved: expiry > 0,
            ends: None,
            connection: Some(connection),
            subscriptions: [].into(),
            filters: 0,
            unreleased: [].into(),
            queue: Queue::default(),
            will: None,
            will_due: None,
        };
        self.clients.insert(Arc::clone(client), number);
        self.sessions.insert(number, session);
        (number, false)
    }

    fn accepted(&self, level: Level, is_present: bool, assigned: Option<&str>) -> ConnAckPacket {
        if level == Level::V4 {
            return ConnAckPacket::new_v311(is_present, ReasonCode::Success);
        }
        let mut accepted = ConnAckPacket::new(is_present, ReasonCode::Success)
            .with_receive_maximum(self.limits.in_flight)
            .with_topic_alias_maximum(self.limits.aliases)
            .with_maximum_packet_size(u32::try_from(self.limits.packet).unwrap_or(u32::MAX))
            .with_shared_subscription_available(false);
        if let Some(id) = assigned {
            accepted = accepted.with_assigned_client_id(id.to_owned());
            // The session of an assigned ID ends with its connection where users log in.
            if self.groups.is_some() {
                accepted = accepted.with_session_expiry_interval(0);
            }
        }
        if self.groups.is_some() {
            accepted = accepted.with_user_property(NAMES_SENDERS.to_owned(), "1".to_owned());
        }
        accepted
    }
}
