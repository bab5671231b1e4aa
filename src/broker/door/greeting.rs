//! What happens before a client has logged in: the handshakes of TLS and WebSocket, the CONNECT packet, and the answer
//! to a client that is not let in.

use std::{io, rc::Rc, time::Duration};

use bytes::Bytes;
use mqtt5_protocol::{
    packet::{MqttPacket, Packet, connack::ConnAckPacket, connect::ConnectPacket},
    protocol::v5::properties::{PropertyId, PropertyValue},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use super::{
    logins::Refusal,
    packets::{PacketError, RawPacket, Splitter, protocol_level},
    shared::Shared,
    slots::Slot,
    websocket,
};
use crate::domain::UserId;

/// The largest CONNECT packet, in bytes; nobody has logged in before it.
pub const MAX_CONNECT: usize = 64 * 1024;
/// How long a client has from the start of its connection to the end of its CONNECT packet.
const GREETING_TIME: Duration = Duration::from_secs(10);

/// A connection to a client, over whichever transport.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Duplex for S {}
/// A connection to a client, over whichever transport.
pub type Stream = Box<dyn Duplex>;

/// What a listener does with a connection before MQTT begins.
#[derive(Clone)]
pub struct Handshakes {
    /// Set for TLS.
    pub tls: Option<TlsAcceptor>,
    /// Whether MQTT is inside a WebSocket.
    pub is_websocket: bool,
}

/// A client that may be let in.
pub struct Greeting {
    /// The connection.
    pub stream: Stream,
    /// The first packet, or why the client is refused: with the protocol level for the answer.
    pub connect: Result<RawPacket, (u8, Refusal)>,
    /// What the client has sent after CONNECT without waiting.
    pub early: Bytes,
}

impl Greeting {
    /// Does the handshakes and reads the first packet. `Err`: the client does not speak MQTT, or has not done so in
    /// time.
    pub async fn receive(tcp: TcpStream, handshakes: Handshakes, has_users: bool) -> io::Result<Self> {
        let greeting = async {
            let mut stream: Stream = Box::new(tcp);
            if let Some(tls) = handshakes.tls {
                stream = Box::new(tls.accept(stream).await?);
            }
            if handshakes.is_websocket {
                stream = Box::new(websocket::accept(stream, has_users).await?);
            }
            Self::read_connect(stream).await
        };
        tokio::time::timeout(GREETING_TIME, greeting).await?
    }

    async fn read_connect(mut stream: Stream) -> io::Result<Self> {
        let mut splitter = Splitter::default();
        let mut buffer = vec![0; 2048];
        loop {
            let mut input = match stream.read(&mut buffer).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length => &buffer[..length],
            };
            let connect = match splitter.next(&mut input, MAX_CONNECT) {
                Ok(None) => continue,
                Ok(Some(packet)) if packet.is_connect() => Ok(packet),
                Ok(Some(_)) => return Err(invalid(PacketError::Protocol)),
                // After the fixed header of CONNECT comes the protocol level, if it has arrived with it.
                Err(error) => match protocol_level(input) {
                    Some(level) if error == PacketError::TooLarge => Err((level, Refusal::Packet(error))),
                    _ => return Err(invalid(error)),
                },
            };
            return Ok(Self { early: Bytes::copy_from_slice(input), stream, connect });
        }
    }
}

fn invalid(error: PacketError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// A client that may connect to the hub.
pub struct Admitted {
    /// Its first packet.
    pub connect: Box<ConnectPacket>,
    /// Its user, if the broker has users.
    pub login: Option<UserId>,
}

/// Checks CONNECT and the login in it. `Err`: the answer to write before the connection is closed; it may be empty.
pub async fn admit(
    shared: &Rc<Shared>,
    connect: Result<RawPacket, (u8, Refusal)>,
    slot: &mut Slot,
) -> Result<Admitted, Bytes> {
    let packet = connect.map_err(|(level, refusal)| refuse(level, refusal, None))?;
    // What is not MQTT gets no answer.
    let level = packet.protocol_level().map_err(|_| Bytes::new())?;
    if !matches!(level, 4 | 5) {
        return Err(refuse(level, Refusal::Version, None));
    }
    let connect = match packet.decode(level) {
        Ok(Packet::Connect(connect)) => connect,
        Err(error) if level == 5 => return Err(refuse(level, Refusal::Packet(error), None)),
        // MQTT 3.1.1 has no return code for this.
        _ => return Err(Bytes::new()),
    };
    let max_size = match connect.properties.get(PropertyId::MaximumPacketSize) {
        Some(&PropertyValue::FourByteInteger(size)) => Some(size),
        _ => None,
    };
    let refuse = |refusal| refuse(level, refusal, max_size);
    if connect.properties.contains(PropertyId::AuthenticationMethod) {
        return Err(refuse(Refusal::AuthenticationMethod));
    }
    let login = shared.log_in(&connect, slot.source()).await.map_err(refuse)?;
    if !slot.activate() {
        return Err(refuse(Refusal::TooManyConnections));
    }
    Ok(Admitted { connect, login })
}

/// CONNACK for a client that is not let in. `max_size`: the largest packet that it accepts, in bytes.
fn refuse(level: u8, refusal: Refusal, max_size: Option<u32>) -> Bytes {
    let encode = |packet: ConnAckPacket| {
        let mut bytes = Vec::new();
        packet.encode(&mut bytes).expect("a short CONNACK can be encoded");
        bytes
    };
    let reason = refusal.reason();
    let bytes = if level < 5 {
        encode(ConnAckPacket::new_v311(false, reason))
    } else {
        let explained = encode(ConnAckPacket::new(false, reason).with_reason_string(refusal.to_string()));
        if max_size.is_some_and(|max| explained.len() > max as usize) {
            encode(ConnAckPacket::new(false, reason))
        } else {
            explained
        }
    };
    bytes.into()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};

    use super::*;

    async fn read(bytes: &[u8]) -> io::Result<Greeting> {
        let (mut client, server) = duplex(200_000);
        client.write_all(bytes).await.unwrap();
        drop(client);
        Greeting::read_connect(Box::new(server)).await
    }

    #[tokio::test]
    async fn what_follows_connect_is_kept() {
        let connect = b"\x10\x0D\0\x04MQTT\x05\x02\0\0\0\0\0";
        let greeting = read(&[&connect[..], &[0xC0, 0]].concat()).await.unwrap();
        let packet = greeting.connect.unwrap();
        assert_eq!(packet.protocol_level(), Ok(5));
        assert_eq!(packet.decode(5).unwrap().packet_type_name(), "CONNECT");
        assert_eq!(&greeting.early[..], [0xC0, 0]);
    }

    #[tokio::test]
    async fn large_connect_is_refused_at_its_header() {
        // 8 MB.
        let header = [0x10, 0x80, 0x80, 0x80, 0x04];
        let greeting = read(&[&header[..], b"\0\x04MQTT\x05\x02"].concat()).await.unwrap();
        assert_eq!(greeting.connect, Err((5, Refusal::Packet(PacketError::TooLarge))));
        assert_eq!(read(&header).await.err().unwrap().kind(), io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn other_protocols_get_no_answer() {
        for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xC0, 0], &[0; 20], &[0x16, 3, 1, 0, 200]] {
            assert_eq!(read(bytes).await.err().unwrap().kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        }
        assert_eq!(read(b"\x10").await.err().unwrap().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn refusal_has_the_form_of_the_clients_version() {
        assert_eq!(refuse(4, Refusal::Wrong, None)[..], [0x20, 2, 0, 4]);
        assert_eq!(refuse(4, Refusal::Busy, None)[..], [0x20, 2, 0, 3]);
        assert_eq!(refuse(3, Refusal::Version, None)[..], [0x20, 2, 0, 1]);
        let explained = refuse(5, Refusal::Wrong, None);
        assert_eq!(explained[..8], [0x20, 33, 0, 0x86, 30, 0x1F, 0, 27]);
        assert_eq!(explained[8..], *b"wrong user name or password");
        assert_eq!(refuse(5, Refusal::Wrong, Some(34))[..], [0x20, 3, 0, 0x86, 0]);
        assert_eq!(refuse(5, Refusal::Wrong, Some(35)), explained);
        assert_eq!(refuse(6, Refusal::Version, None)[3], 0x84);
    }
}
