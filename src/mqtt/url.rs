//! Broker addresses as users write them.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use super::Credentials;
use crate::domain::{BrokerList, Transport};

/// The WebSocket path if the URL has none, by convention of brokers.
const DEFAULT_PATH: &str = "/mqtt";

/// The address of a broker: `mqtt://[user[:password]@]host[:port]`, `mqtts://` for TLS, `ws://` and `wss://` with a
/// path after the port, or `unix:///path`. A host without a scheme means `mqtt://`.
///
/// IPv6 addresses are in brackets, a link-local address with its zone (RFC 6874): `mqtt://[fe80::1%25eth0]`. The
/// default port is 1883, 8883, 80 or 443, and the default path `/mqtt`. User and password may be percent-encoded. A
/// password in a URL ends up in shell histories and process lists; a configuration file is the better place. `Display`
/// omits the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    transport: Transport,
    host: String,
    /// The network interface of a link-local address.
    zone: Option<String>,
    port: u16,
    /// The path of the HTTP request or of the socket; else empty.
    path: String,
    credentials: Option<Credentials>,
}

/// Why a text is not a [`BrokerUrl`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// An unknown scheme.
    #[error("{0}:// is not supported; use mqtt://, mqtts://, ws://, wss:// or unix://")]
    Scheme(String),
    /// The host is empty.
    #[error("the broker address has no host; write it as in mqtt://localhost:1883")]
    NoHost,
    /// Not a valid host.
    #[error("{0:?} is not a host; put an IPv6 address in brackets, as in mqtt://[::1]:1883")]
    Host(String),
    /// A link-local address without a zone, which names the network interface.
    #[error("{0} is a link-local address; add the network interface, as in mqtt://[{0}%25eth0]")]
    NoZone(String),
    /// A zone on an address that is not link-local.
    #[error("{0} is not a link-local address; leave out the % and what follows it")]
    Zone(String),
    /// Not a port number.
    #[error("{0:?} is not a port; use a number from 1 to 65535")]
    Port(String),
    /// A path, query or fragment in a URL of another transport than WebSocket.
    #[error("only ws:// and wss:// addresses have a path; leave out what follows the port")]
    Trailing,
    /// A path with characters that are not allowed in an HTTP request.
    #[error("{0:?} is not a path; percent-encode what is not ASCII, and leave out # and white space")]
    Path(String),
    /// A Unix socket whose path does not start at the root.
    #[error("a socket address is unix:// and an absolute path, as in unix:///run/mosquitto.sock")]
    Socket,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("the user or password is not percent-encoded correctly; write a percent sign as %25")]
    Encoding,
}

/// Why a [`BrokerList`] cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BrokerListError {
    /// The only URL is wrong.
    #[error(transparent)]
    Only(#[from] UrlError),
    /// One of several is.
    #[error("{url}: {why}")]
    OneOf {
        /// The URL without its login.
        url: String,
        /// What is wrong with it.
        why: UrlError,
    },
}

impl BrokerUrl {
    /// Parses a list, at least one; leaves out repeated URLs.
    pub fn parse_list(list: &BrokerList) -> Result<Vec<Self>, BrokerListError> {
        let mut brokers: Vec<Self> = Vec::new();
        for text in list.urls() {
            let broker = text.parse().map_err(|why| {
                if list.urls().len() == 1 {
                    return BrokerListError::Only(why);
                }
                let url = text.rsplit_once('@').map_or(text.as_str(), |(_, rest)| rest).to_owned();
                BrokerListError::OneOf { url, why }
            })?;
            if !brokers.contains(&broker) {
                brokers.push(broker);
            }
        }
        Ok(brokers)
    }

    /// The transport under MQTT.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The host, an IPv6 address without brackets and zone; empty for a Unix socket.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The network interface of a link-local address.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// The host for the system's resolver, with the zone.
    pub(super) fn name_to_look_up(&self) -> String {
        match &self.zone {
            Some(zone) => format!("{}%{zone}", self.host),
            None => self.host.clone(),
        }
    }

    /// The port; 0 for a Unix socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path of the Unix socket, if it is one.
    pub fn socket(&self) -> Option<&str> {
        (self.transport == Transport::Unix).then_some(&self.path)
    }

    /// The URL of the WebSocket request: without login and zone.
    pub(super) fn endpoint(&self) -> String {
        format!("{}://{}{}", self.transport.scheme(), self.host_port(&self.host), self.path)
    }

    /// The login in the URL, if any.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The address that a broker on this machine would have to listen on to serve this URL. [`None`] unless the URL is
    /// plain MQTT on a loopback address without a login. With a login, the user expects a broker that checks it.
    pub fn loopback_address(&self) -> Option<SocketAddr> {
        let host = if self.host.eq_ignore_ascii_case("localhost") { "127.0.0.1" } else { &self.host };
        let ip: IpAddr = host.parse().ok()?;
        let is_plain = self.transport == Transport::Tcp && self.credentials.is_none();
        (is_plain && ip.is_loopback()).then_some(SocketAddr::new(ip, self.port))
    }

    /// Whether both addresses lead to the same place. All names of this machine are the same place; logins do not
    /// count.
    pub fn has_same_place(&self, other: &Self) -> bool {
        let host = |url: &Self| {
            let host = url.host.to_ascii_lowercase();
            let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
            if is_here { "localhost".to_owned() } else { host }
        };
        let rest = |url: &Self| (url.transport, url.zone.clone(), url.port, url.path.clone());
        host(self) == host(other) && rest(self) == rest(other)
    }

    /// Whether a server reference (MQTT 5 §4.13) names this broker: `host` or `host:port`, also with a scheme.
    pub(super) fn is_named_by(&self, reference: &str) -> bool {
        let place = reference.split_once("://").map_or(reference, |(_, place)| place);
        let named = format!("{}://{place}", self.transport.scheme()).parse::<Self>();
        self.transport != Transport::Unix
            && named.is_ok_and(|named| named.host.eq_ignore_ascii_case(&self.host) && named.port == self.port)
    }

    /// The same broker at one of the addresses of its host. Only for plain MQTT: TLS and WebSocket need the name.
    pub(super) fn at_address(&self, address: SocketAddr) -> Self {
        let zone = match address {
            SocketAddr::V6(address) if address.scope_id() != 0 => Some(address.scope_id().to_string()),
            _ => None,
        };
        Self { host: address.ip().to_string(), zone, ..self.clone() }
    }

    /// `host:port`, or the path of a Unix socket, for messages.
    pub(super) fn address(&self) -> String {
        if let Some(socket) = self.socket() { socket.to_owned() } else { self.host_port(&self.name_to_look_up()) }
    }

    /// The address as `papo broker --listen` takes it: with the scheme, except for plain MQTT.
    pub(super) fn listener(&self) -> String {
        match self.transport {
            Transport::Tcp | Transport::Unix => self.address(),
            other => format!("{}://{}", other.scheme(), self.address()),
        }
    }

    fn host_port(&self, host: &str) -> String {
        if host.contains(':') { format!("[{host}]:{}", self.port) } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.transport.scheme())?;
        if let Some(credentials) = &self.credentials {
            write!(f, "{}@", encode(&credentials.user))?;
        }
        match &self.zone {
            Some(zone) => f.write_str(&self.host_port(&format!("{}%25{}", self.host, encode(zone))))?,
            None => f.write_str(&self.address())?,
        }
        if self.transport.is_websocket() && self.path != DEFAULT_PATH { f.write_str(&self.path) } else { Ok(()) }
    }
}

impl FromStr for BrokerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or((Transport::Tcp.scheme(), text));
        let transport = Transport::of_scheme(scheme).ok_or_else(|| UrlError::Scheme(scheme.to_owned()))?;
        if transport == Transport::Unix {
            return parse_socket(rest);
        }
        let (rest, path) = match rest.find(['/', '?', '#']) {
            Some(at) if transport.is_websocket() => (&rest[..at], parse_path(&rest[at..])?),
            None if transport.is_websocket() => (rest, DEFAULT_PATH.to_owned()),
            _ => (rest.strip_suffix('/').unwrap_or(rest), String::new()),
        };
        // Split at the last @, so that a password may contain one that is not percent-encoded.
        let (login, host_port) = rest.rsplit_once('@').map_or((None, rest), |(login, rest)| (Some(login), rest));
        if host_port.contains(['/', '?', '#']) {
            return Err(UrlError::Trailing);
        }
        let (host, port) = host_and_port(host_port)?;
        let (host, zone) = split_zone(host)?;
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(UrlError::Port(port.to_owned()))?,
            None => transport.default_port(),
        };
        let credentials = login.map(parse_login).transpose()?;
        Ok(Self { transport, host, zone, port, path, credentials })
    }
}

fn parse_socket(path: &str) -> Result<BrokerUrl, UrlError> {
    if !path.starts_with('/') || path.len() < 2 || path.contains('\0') {
        return Err(UrlError::Socket);
    }
    let (host, path) = (String::new(), path.to_owned());
    Ok(BrokerUrl { transport: Transport::Unix, host, zone: None, port: 0, path, credentials: None })
}

/// A lone slash counts as no path.
fn parse_path(path: &str) -> Result<String, UrlError> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&byte);
    match path {
        "/" => Ok(DEFAULT_PATH.to_owned()),
        path if path.starts_with('/') && path.bytes().all(is_plain) => Ok(path.to_owned()),
        path => Err(UrlError::Path(path.to_owned())),
    }
}

/// Splits off the port. An IPv6 address is returned without brackets, with its zone.
fn host_and_port(host_port: &str) -> Result<(&str, Option<&str>), UrlError> {
    if let Some(inner) = host_port.strip_prefix('[') {
        let (host, rest) = inner.split_once(']').ok_or_else(|| UrlError::Host(host_port.to_owned()))?;
        let address = host.split_once('%').map_or(host, |(address, _)| address);
        if address.parse::<Ipv6Addr>().is_err() {
            return Err(UrlError::Host(host.to_owned()));
        }
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(UrlError::Host(host_port.to_owned())),
        };
    }
    let (host, port) = host_port.split_once(':').map_or((host_port, None), |(host, port)| (host, Some(port)));
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    let is_forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '[' || c == ']';
    if host.contains(is_forbidden) || port.is_some_and(|port| port.contains(':')) {
        return Err(UrlError::Host(host_port.to_owned()));
    }
    Ok((host, port))
}

/// Splits an IPv6 address from its zone at `%25` (RFC 6874 §2), or at a bare `%` (§3).
fn split_zone(host: &str) -> Result<(String, Option<String>), UrlError> {
    let (address, zone) = match host.split_once('%') {
        Some((address, zone)) => (address, Some(zone.strip_prefix("25").unwrap_or(zone))),
        None => (host, None),
    };
    let Ok(ip) = address.parse::<Ipv6Addr>() else { return Ok((host.to_owned(), None)) };
    match zone.filter(|zone| !zone.is_empty()) {
        None if ip.is_unicast_link_local() => Err(UrlError::NoZone(address.to_owned())),
        Some(_) if !ip.is_unicast_link_local() => Err(UrlError::Zone(address.to_owned())),
        Some(zone) => Ok((address.to_owned(), Some(decode(zone).map_err(|_| UrlError::Host(host.to_owned()))?))),
        None => Ok((address.to_owned(), None)),
    }
}

fn parse_login(login: &str) -> Result<Credentials, UrlError> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    Ok(Credentials { user: decode(user)?, password: decode(password)? })
}

fn decode(text: &str) -> Result<String, UrlError> {
    let is_escape = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(is_escape) {
        return Err(UrlError::Encoding);
    }
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| UrlError::Encoding)
}

/// Encodes all but the unreserved characters (RFC 3986 §2.3).
fn encode(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> BrokerUrl {
        text.parse().unwrap()
    }

    #[test]
    fn bare_host_means_plain_mqtt() {
        for (text, url) in [
            ("broker.lan", "mqtt://broker.lan:1883"),
            ("10.0.0.5:1884", "mqtt://10.0.0.5:1884"),
            (" [::1] ", "mqtt://[::1]:1883"),
            ("localhost", "mqtt://localhost:1883"),
        ] {
            assert_eq!(parsed(text).to_string(), url);
        }
        for text in ["", ":1883", "::1", "a b", "broker.lan:port", "mqtt:/broker.lan"] {
            assert!(text.parse::<BrokerUrl>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn names_of_this_machine_are_the_same_place() {
        let same = |one: &str, other: &str| parsed(one).has_same_place(&parsed(other));
        assert!(same("localhost", "mqtt://me:secret@127.0.0.1:1883/"));
        assert!(same("Broker.LAN", "mqtt://broker.lan"));
        for other in ["broker.lan:1884", "mqtts://broker.lan:1883", "other.lan"] {
            assert!(!same("broker.lan", other), "{other}");
        }
    }

    #[test]
    fn port_is_1883_unless_given() {
        assert_eq!(parsed("mqtt://broker.example").port(), 1883);
        assert_eq!(parsed("MQTT://broker.example:1884/").port(), 1884);
    }

    #[test]
    fn each_transport_has_its_default_port_and_path() {
        for (text, transport, port, endpoint) in [
            ("mqtts://h", Transport::Tls, 8883, "mqtts://h:8883"),
            ("ws://h", Transport::Ws, 80, "ws://h:80/mqtt"),
            ("ws://h:8080/", Transport::Ws, 8080, "ws://h:8080/mqtt"),
            ("wss://ann:pw@[::1]", Transport::Wss, 443, "wss://[::1]:443/mqtt"),
            ("wss://h/chat/x?y=1", Transport::Wss, 443, "wss://h:443/chat/x?y=1"),
        ] {
            let url = parsed(text);
            assert_eq!((url.transport(), url.port(), url.endpoint().as_str()), (transport, port, endpoint), "{text}");
        }
        assert_eq!(parsed("wss://ann:pw@h/chat").to_string(), "wss://ann@h:443/chat");
        assert_eq!(parsed("WS://h:80/mqtt").to_string(), "ws://h:80");
    }

    #[test]
    fn unix_url_is_a_socket_path() {
        let url = parsed("unix:///run/a b@c/mosquitto.sock");
        assert_eq!(url.socket(), Some("/run/a b@c/mosquitto.sock"));
        assert_eq!(url.to_string(), "unix:///run/a b@c/mosquitto.sock");
        assert_eq!(parsed("mqtt://h").socket(), None);
    }

    #[test]
    fn ipv6_address_needs_brackets() {
        let url = parsed("mqtt://[::1]:2000");
        assert_eq!((url.host(), url.port()), ("::1", 2000));
        assert_eq!(url.to_string(), "mqtt://[::1]:2000");
        assert!(matches!("mqtt://::1:2000".parse::<BrokerUrl>(), Err(UrlError::Host(_) | UrlError::NoHost)));
        assert!(matches!("mqtt://[::1".parse::<BrokerUrl>(), Err(UrlError::Host(_))));
    }

    #[test]
    fn link_local_address_needs_a_zone() {
        for text in ["mqtt://[fe80::1%25eth0]", "mqtt://[fe80::1%eth0]:1883", "mqtt://[FE80::1%25%65th0]"] {
            let url = parsed(text);
            assert_eq!((url.host().to_lowercase().as_str(), url.zone()), ("fe80::1", Some("eth0")), "{text}");
            assert_eq!(url.name_to_look_up().to_lowercase(), "fe80::1%eth0");
            assert_eq!(url.address().to_lowercase(), "[fe80::1%eth0]:1883");
            assert_eq!(parsed(&url.to_string()), url);
        }
        assert_eq!(parsed("mqtt://[fe80::1%25eth0]").to_string(), "mqtt://[fe80::1%25eth0]:1883");
        // An HTTP request does not name the zone (RFC 6874 §4).
        assert_eq!(parsed("ws://[fe80::1%25eth0]/x").endpoint(), "ws://[fe80::1]:80/x");
        let error = |text: &str| text.parse::<BrokerUrl>().unwrap_err();
        for text in ["mqtt://[fe80::1]", "mqtt://[fe80::1]:1883", "mqtt://[fe80::1%25]", "mqtt://[fe80::1%]"] {
            assert_eq!(error(text), UrlError::NoZone("fe80::1".into()), "{text}");
        }
        assert_eq!(
            error("mqtt://[fe80::1]").to_string(),
            "fe80::1 is a link-local address; add the network interface, as in mqtt://[fe80::1%25eth0]"
        );
        assert_eq!(error("mqtt://[::1%25lo]"), UrlError::Zone("::1".into()));
        assert_eq!(error("mqtt://[fe80::1%25e%e9]"), UrlError::Host("fe80::1%25e%e9".into()));
        assert_eq!(error("mqtt://[fe80::x%25eth0]"), UrlError::Host("fe80::x%25eth0".into()));
    }

    #[test]
    fn plain_loopback_urls_have_a_loopback_address() {
        for (url, address) in [
            ("mqtt://127.0.0.1", "127.0.0.1:1883"),
            ("mqtt://LOCALHOST:2883/", "127.0.0.1:2883"),
            ("mqtt://[::1]:9", "[::1]:9"),
            ("mqtt://127.0.0.2:1", "127.0.0.2:1"),
        ] {
            assert_eq!(parsed(url).loopback_address(), Some(address.parse().unwrap()), "{url}");
        }
        for url in [
            "mqtt://192.168.1.1",
            "mqtts://127.0.0.1",
            "ws://localhost:8080",
            "mqtt://alice@127.0.0.1",
            "mqtt://localhost.example.org",
            "unix:///run/mosquitto.sock",
        ] {
            assert_eq!(parsed(url).loopback_address(), None, "{url}");
        }
    }

    #[test]
    fn password_is_decoded_and_never_shown() {
        let url = parsed("mqtt://ann:p%40ss:w%C3%B6rd@h");
        let credentials = url.credentials().unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.as_str()), ("ann", "p@ss:wörd"));
        assert_eq!(url.to_string(), "mqtt://ann@h:1883");
        assert!(!format!("{url:?}").contains("wörd"));
    }

    #[test]
    fn each_mistake_has_its_error() {
        let error = |text: &str| text.parse::<BrokerUrl>().unwrap_err();
        assert_eq!(
            error("http://h").to_string(),
            "http:// is not supported; use mqtt://, mqtts://, ws://, wss:// or unix://"
        );
        assert_eq!(error("mqtts://h/path"), UrlError::Trailing);
        assert_eq!(error("ws://h/a b"), UrlError::Path("/a b".into()));
        assert_eq!(error("ws://h?token"), UrlError::Path("?token".into()));
        assert_eq!(error("unix://relative"), UrlError::Socket);
        assert_eq!(error("unix:///"), UrlError::Socket);
        assert_eq!(error("mqtt://"), UrlError::NoHost);
        assert_eq!(error("mqtt://h:0"), UrlError::Port("0".into()));
        assert_eq!(error("mqtt://h:65536"), UrlError::Port("65536".into()));
        assert_eq!(error("mqtt://h/path"), UrlError::Trailing);
        assert_eq!(error("mqtt://a%zz@h"), UrlError::Encoding);
        assert_eq!(error("mqtt://a%e9@h"), UrlError::Encoding);
    }
}
