//! Asks a broker that refuses a connection with "use another server" or "server moved" which other one it means.
//!
//! rumqttc drops the properties of a refusal, so this says CONNECT once more, on a connection of its own. Not over
//! WebSocket: there, papo goes on at the next broker of its list.

use std::time::Duration;

use bytes::BytesMut;
use rumqttc::v5::mqttbytes::{
    Error,
    v5::{Connect, Packet},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use super::{Options, convert};
use crate::domain::Transport;

/// The limit for the whole question.
const LIMIT: Duration = Duration::from_secs(2);
/// The largest CONNACK in bytes.
const MAX_PACKET: usize = 4096;

/// The server reference in the broker's CONNACK; [`None`] if there is none, or no CONNACK in time.
pub(super) async fn server_reference(options: &Options) -> Option<String> {
    timeout(LIMIT, ask(options)).await.ok().flatten()
}

async fn ask(options: &Options) -> Option<String> {
    let broker = &options.broker;
    let tcp = async || {
        let host = broker.name_to_look_up();
        TcpStream::connect((host.as_str(), broker.port())).await.ok()
    };
    match broker.transport() {
        Transport::Tcp => answer(tcp().await?, options).await,
        Transport::Tls => {
            let name = ServerName::try_from(broker.host().to_owned()).ok()?;
            let tls = TlsConnector::from(options.tls.as_ref()?.config());
            answer(tls.connect(name, tcp().await?).await.ok()?, options).await
        }
        Transport::Unix => answer(UnixStream::connect(broker.socket()?).await.ok()?, options).await,
        Transport::Ws | Transport::Wss => None,
    }
}

/// Says CONNECT as papo does, but without a will, which must not be published when this connection ends.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, options: &Options) -> Option<String> {
    let mqtt = convert::mqtt_options(options);
    let connect = Connect {
        keep_alive: u16::try_from(options.keep_alive().as_secs()).ok()?,
        client_id: mqtt.client_id(),
        clean_start: mqtt.clean_start(),
        properties: mqtt.connect_properties(),
    };
    let mut bytes = BytesMut::new();
    Packet::Connect(connect, None, mqtt.credentials()).write(&mut bytes, None).ok()?;
    stream.write_all(&bytes).await.ok()?;
    bytes.clear();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 || bytes.len() > MAX_PACKET {
            return None;
        }
        match Packet::read(&mut bytes, u32::try_from(MAX_PACKET).ok()) {
            Ok(Packet::ConnAck(refusal)) => return refusal.properties?.server_reference,
            Err(Error::InsufficientBytes(_)) => {}
            _ => return None,
        }
    }
}
