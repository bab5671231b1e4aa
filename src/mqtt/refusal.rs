//! Asks a broker that refuses a connection for the details: which other broker to use, or how long to wait.
//!
//! rumqttc drops the properties of a refusal, so this says CONNECT once more, on a connection of its own. Not over
//! WebSocket: there, papo goes on as if the broker had said nothing.

use std::time::Duration;

use bytes::BytesMut;
use rumqttc::v5::mqttbytes::{
    Error,
    v5::{ConnAck, Connect, Packet},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use super::{Options, convert};
use crate::{domain::Transport, protocol::RETRY_AFTER};

/// The limit for the whole question.
const LIMIT: Duration = Duration::from_secs(2);
/// The largest CONNACK in bytes.
const MAX_PACKET: usize = 4096;

/// What a broker says about a refusal, beside its reason.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    /// Where the broker says that it is now, or which other one to use.
    pub(super) server_reference: Option<String>,
    /// How long it refuses all further attempts. Not checked: the broker may say anything.
    pub(super) retry_after: Option<Duration>,
}

/// The details in the broker's CONNACK; none without a CONNACK in time.
pub(super) async fn details(options: &Options) -> Details {
    let answer = timeout(LIMIT, ask(options)).await.ok().flatten();
    answer.and_then(|answer| answer.properties).map_or_else(Details::default, |properties| Details {
        retry_after: properties.reason_string.as_deref().and_then(retry_after),
        server_reference: properties.server_reference,
    })
}

/// The wait in the reason string of papo's own broker.
fn retry_after(reason: &str) -> Option<Duration> {
    let seconds = reason.strip_prefix(RETRY_AFTER)?.strip_suffix(" s")?;
    seconds.parse().ok().map(Duration::from_secs)
}

async fn ask(options: &Options) -> Option<ConnAck> {
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
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, options: &Options) -> Option<ConnAck> {
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
            Ok(Packet::ConnAck(refusal)) => return Some(refusal),
            Err(Error::InsufficientBytes(_)) => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_is_read_from_the_sentence_of_papos_broker_only() {
        let seconds = |reason: &str| retry_after(reason).map(|wait| wait.as_secs());
        assert_eq!(seconds("too many wrong passwords; try again in 12 s"), Some(12));
        for other in [
            "",
            "too many wrong passwords; try again in  s",
            "too many wrong passwords; try again in -1 s",
            "too many wrong passwords; try again in 99999999999999999999 s",
            "too many wrong passwords; try again in 12 s, or not",
            "slow down; try again in 12 s",
        ] {
            assert_eq!(seconds(other), None, "{other}");
        }
    }
}
