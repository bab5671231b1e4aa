//! Which broker URLs mean this machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const MQTT_PORT: u16 = 1883;

/// The address that the embedded broker would have to listen on to serve `url`. `None` unless `url` is plain MQTT on a
/// loopback address, which is all it can serve.
pub fn loopback_address(url: &str) -> Option<SocketAddr> {
    let (scheme, rest) = url.trim().split_once("://")?;
    if !["mqtt", "tcp"].iter().any(|plain| plain.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    // A login in the URL means that the user expects a broker that checks it.
    if authority.contains('@') {
        return None;
    }
    let (host, port) = split_port(authority)?;
    let ip = if host.eq_ignore_ascii_case("localhost") {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        host.trim_start_matches('[').trim_end_matches(']').parse().ok()?
    };
    ip.is_loopback().then_some(SocketAddr::new(ip, port))
}

/// Splits into host and port. The brackets of an IPv6 address stay.
fn split_port(authority: &str) -> Option<(&str, u16)> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => Some((host, port.parse().ok()?)),
        _ => Some((authority, MQTT_PORT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_loopback_urls_have_an_address() {
        for (url, address) in [
            ("mqtt://127.0.0.1:1883", "127.0.0.1:1883"),
            ("mqtt://127.0.0.1", "127.0.0.1:1883"),
            ("mqtt://localhost:2883/", "127.0.0.1:2883"),
            ("tcp://LOCALHOST", "127.0.0.1:1883"),
            ("mqtt://[::1]", "[::1]:1883"),
            ("mqtt://[::1]:9", "[::1]:9"),
            ("mqtt://127.0.0.2:1", "127.0.0.2:1"),
        ] {
            assert_eq!(loopback_address(url), Some(address.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn other_hosts_and_transports_have_no_address() {
        for url in [
            "mqtt://broker.example.org",
            "mqtt://192.168.1.1:1883",
            "mqtts://127.0.0.1:8883",
            "ws://localhost:8080",
            "mqtt://alice@127.0.0.1",
            "mqtt://127.0.0.1:notaport",
            "mqtt://localhost.example.org",
            "127.0.0.1:1883",
            "",
        ] {
            assert_eq!(loopback_address(url), None, "{url}");
        }
    }
}
