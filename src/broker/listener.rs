//! Addresses that a broker listens on.

use std::{fmt, net::SocketAddr, str::FromStr};

use thiserror::Error;

use crate::domain::Transport;

/// One address on which a broker listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// The transport that carries MQTT; never a Unix socket.
    pub transport: Transport,
    /// An address of this machine; with port 0 the system chooses a free port.
    pub address: SocketAddr,
}

/// Why a text is not a [`Listener`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListenerError {
    /// A scheme that a broker cannot serve.
    #[error("cannot listen at {0}://; use mqtt://, mqtts://, ws:// or wss://")]
    Scheme(String),
    /// Not an IP address or `localhost`, with an optional port.
    #[error("give an IP address of this machine, such as 127.0.0.1:1883, 0.0.0.0 or mqtts://[::]:8883")]
    Address,
}

impl Listener {
    /// A listener for plain TCP.
    pub const fn plain_tcp(address: SocketAddr) -> Self {
        Self { transport: Transport::Tcp, address }
    }

    /// Whether it is a loopback address, which only clients on this machine can reach.
    pub fn is_local(self) -> bool {
        self.address.ip().is_loopback()
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.transport.scheme(), self.address)
    }
}

/// Parses `[scheme://]address[:port]`. The address is an IP address or `localhost`; the default scheme is `mqtt`, plain
/// TCP.
impl FromStr for Listener {
    type Err = ListenerError;

    fn from_str(text: &str) -> Result<Self, ListenerError> {
        let (transport, host_port) = match text.split_once("://") {
            None => (Transport::Tcp, text),
            Some((scheme, host_port)) => {
                let transport = Transport::of_scheme(scheme).filter(|transport| *transport != Transport::Unix);
                (transport.ok_or_else(|| ListenerError::Scheme(scheme.to_owned()))?, host_port)
            }
        };
        let address = address(host_port, transport.default_port()).ok_or(ListenerError::Address)?;
        Ok(Self { transport, address })
    }
}

fn address(text: &str, port: u16) -> Option<SocketAddr> {
    let text = match text.strip_prefix("localhost") {
        Some(rest) if rest.is_empty() || rest.starts_with(':') => format!("127.0.0.1{rest}"),
        _ => text.to_owned(),
    };
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&text);
    text.parse().ok().or_else(|| Some(SocketAddr::new(bare.parse().ok()?, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_alone_means_plain_tcp() {
        for (text, listener) in [
            ("0.0.0.0", "mqtt://0.0.0.0:1883"),
            ("0.0.0.0:2883", "mqtt://0.0.0.0:2883"),
            ("[::]:1883", "mqtt://[::]:1883"),
            ("[::]", "mqtt://[::]:1883"),
            ("::1", "mqtt://[::1]:1883"),
            ("localhost", "mqtt://127.0.0.1:1883"),
            ("localhost:0", "mqtt://127.0.0.1:0"),
            ("mqtts://0.0.0.0", "mqtts://0.0.0.0:8883"),
            ("MQTTS://[::]:1", "mqtts://[::]:1"),
            ("ws://localhost:8080", "ws://127.0.0.1:8080"),
            ("ws://0.0.0.0", "ws://0.0.0.0:80"),
            ("wss://0.0.0.0", "wss://0.0.0.0:443"),
        ] {
            assert_eq!(text.parse::<Listener>().map(|listener| listener.to_string()), Ok(listener.into()), "{text}");
        }
        for text in
            ["example.org", "localhost:x", "localhostx", "1883", "", "mqtt://", "mqtts://a@0.0.0.0", "unix:///x"]
        {
            assert!(text.parse::<Listener>().is_err(), "{text}");
        }
    }
}
