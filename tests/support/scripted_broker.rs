//! A broker whose answers a test scripts, one connection at a time.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{net::IpAddr, time::Duration};

use bytes::BytesMut;
use rumqttc::v5::mqttbytes::{
    Error, QoS,
    v5::{Packet, PubAck, PubAckReason, Publish, SubAck, SubscribeReasonCode, UnsubAck, UnsubAckReason},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// The timeout of every step. Longer than any step takes on a busy machine, so only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Listens on a free port of 127.0.0.1.
pub struct ScriptedBroker {
    listener: TcpListener,
}

impl ScriptedBroker {
    pub async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    /// Listens on this address.
    pub async fn on(address: (IpAddr, u16)) -> Self {
        Self { listener: TcpListener::bind(address).await.unwrap() }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// Accepts the next client, once its CONNECT has arrived.
    pub async fn connection(&self) -> Connection {
        let accepted = timeout(PATIENCE, self.listener.accept()).await.expect("no client connected in time");
        let (socket, _) = accepted.unwrap();
        let mut connection = Connection { socket, buffer: BytesMut::new(), client_id: String::new(), user: None };
        match connection.packet().await {
            Some(Packet::Connect(connect, _, login)) => {
                connection.client_id = connect.client_id;
                connection.user = login.map(|login| login.username);
            }
            other => panic!("{other:?} instead of CONNECT"),
        }
        connection
    }
}

/// The connection of a client. Dropping it closes the socket without DISCONNECT.
pub struct Connection {
    socket: TcpStream,
    buffer: BytesMut,
    pub client_id: String,
    /// The user name in CONNECT, if any.
    pub user: Option<String>,
}

impl Connection {
    /// Accepts the client, with these bytes as the properties of CONNACK.
    pub async fn accept(&mut self, properties: &[u8]) {
        self.connack(0, properties).await;
    }

    /// Refuses the client with this reason code.
    pub async fn refuse(&mut self, code: u8) {
        self.connack(code, &[]).await;
    }

    /// Refuses the client with "server moved" (0x9D) and this server reference.
    pub async fn refuse_as_moved(&mut self, reference: &str) {
        let length = u8::try_from(reference.len()).unwrap();
        self.connack(0x9D, &[&[0x1C, 0, length], reference.as_bytes()].concat()).await;
    }

    /// Refuses the client with "connection rate exceeded" (0x9F) and this reason string.
    pub async fn throttle(&mut self, reason: &str) {
        let length = u8::try_from(reason.len()).unwrap();
        self.connack(0x9F, &[&[0x1F, 0, length], reason.as_bytes()].concat()).await;
    }

    async fn connack(&mut self, code: u8, properties: &[u8]) {
        let len = u8::try_from(properties.len()).unwrap();
        self.write(&[&[0x20, 3 + len, 0, code, len], properties].concat()).await;
    }

    /// Sends DISCONNECT with this reason code and no properties.
    pub async fn disconnect(&mut self, code: u8) {
        self.write(&[0xE0, 2, code, 0]).await;
    }

    /// Sends DISCONNECT in the shortest form that the standard allows, without a property length, as mosquitto sends
    /// it; then closes the connection.
    pub async fn disconnect_shortly(mut self, code: u8) {
        self.write(&[0xE0, 1, code]).await;
    }

    /// Sends a packet as bytes.
    pub async fn send_bytes(&mut self, packet: &[u8]) {
        self.write(packet).await;
    }

    /// Publishes at `QoS` 0.
    pub async fn publish(&mut self, mut publish: Publish) {
        publish.qos = QoS::AtMostOnce;
        self.send(&Packet::Publish(publish)).await;
    }

    /// The next packet of the client; `None` once it has closed.
    pub async fn packet(&mut self) -> Option<Packet> {
        loop {
            match Packet::read(&mut self.buffer, None) {
                Ok(packet) => return Some(packet),
                Err(Error::InsufficientBytes(_)) => {}
                // DISCONNECT without a reason code.
                Err(Error::PayloadRequired) => return None,
                Err(error) => panic!("{error}"),
            }
            let read = timeout(PATIENCE, self.socket.read_buf(&mut self.buffer))
                .await
                .expect("the client sent nothing in time");
            if read.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// Acknowledges the client's next packet, and returns it; refuses subscriptions to filters for which `refuses`
    /// returns true. `None` once the client has closed.
    pub async fn serve(&mut self, refuses: impl Fn(&str) -> bool) -> Option<Packet> {
        let packet = self.packet().await?;
        match &packet {
            Packet::Subscribe(subscribe) => {
                let code = |filter: &str| {
                    if refuses(filter) {
                        SubscribeReasonCode::NotAuthorized
                    } else {
                        SubscribeReasonCode::Success(QoS::AtLeastOnce)
                    }
                };
                let return_codes = subscribe.filters.iter().map(|filter| code(&filter.path)).collect();
                self.send(&Packet::SubAck(SubAck { pkid: subscribe.pkid, return_codes, properties: None })).await;
            }
            Packet::Unsubscribe(unsubscribe) => {
                let reasons = vec![UnsubAckReason::Success; unsubscribe.filters.len()];
                self.send(&Packet::UnsubAck(UnsubAck { pkid: unsubscribe.pkid, reasons, properties: None })).await;
            }
            Packet::Publish(publish) if publish.qos == QoS::AtLeastOnce => {
                let ack = PubAck { pkid: publish.pkid, reason: PubAckReason::Success, properties: None };
                self.send(&Packet::PubAck(ack)).await;
            }
            Packet::PingReq(_) => self.write(&[0xD0, 0]).await,
            _ => {}
        }
        Some(packet)
    }

    /// Refuses the publication with this packet ID as not authorized.
    pub async fn forbid(&mut self, pkid: u16) {
        self.send(&Packet::PubAck(PubAck { pkid, reason: PubAckReason::NotAuthorized, properties: None })).await;
    }

    async fn send(&mut self, packet: &Packet) {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, None).unwrap();
        self.write(&bytes).await;
    }

    /// Ignores errors, because the client may have closed the connection.
    async fn write(&mut self, bytes: &[u8]) {
        let _ = self.socket.write_all(bytes).await;
    }
}
