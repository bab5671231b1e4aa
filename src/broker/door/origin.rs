//! Which web pages may connect.
//!
//! A browser lets every page open a WebSocket to every address, and says in `Origin` where the page is from. Only pages
//! of the broker's own host may connect; programs send no `Origin`.

use std::net::IpAddr;

use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderName, header};

/// Whether a client with these headers may connect.
///
/// `has_users`: whether clients have to log in. If not, the host must be an address or a name that nobody outside the
/// network can register: a page of a foreign site can have its name point to the broker's address (DNS rebinding), and
/// is then of the same host.
pub fn is_allowed(headers: &HeaderMap, has_users: bool) -> bool {
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    let (Some(origin), Some(host)) = (only(headers, header::ORIGIN), only(headers, header::HOST)) else { return false };
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    let (Some(origin), Some(host)) = (host_port(authority, default_port), host_port(host, default_port)) else {
        return false;
    };
    origin.1 == host.1 && origin.0.eq_ignore_ascii_case(host.0) && (has_users || is_local_name(host.0))
}

/// The value of a header that is there once.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Splits `host[:port]`. The host keeps the brackets of an IPv6 address.
fn host_port(text: &str, default_port: u16) -> Option<(&str, u16)> {
    let host_end = text.find(']').map_or(0, |bracket| bracket + 1);
    match text[host_end..].rfind(':') {
        None => Some((text, default_port)),
        Some(colon) => Some((&text[..host_end + colon], text[host_end + colon + 1..].parse().ok()?)),
    }
    .filter(|(host, _)| !host.is_empty())
}

/// Whether a host is an address, or a name without a public domain.
fn is_local_name(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let ends_with = |suffix: &str| {
        host.len() > suffix.len() && host.is_char_boundary(host.len() - suffix.len()) && {
            host[host.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
        }
    };
    bare.parse::<IpAddr>().is_ok() || !host.contains('.') || ends_with(".local") || ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: &str, host: &str) -> HeaderMap {
        let values = [(header::ORIGIN, origin), (header::HOST, host)];
        values.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect()
    }

    #[test]
    fn pages_of_the_own_host_may_connect() {
        for (origin, host) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://localhost", "localhost:80"),
            ("http://Boat.local:8080", "boat.local:8080"),
            ("https://boat", "boat"),
            ("https://boat:443", "boat"),
            ("http://[::1]:8080", "[::1]:8080"),
            ("http://[::1]", "[::1]"),
        ] {
            assert!(is_allowed(&headers(origin, host), false), "{origin} {host}");
        }
        assert!(is_allowed(&HeaderMap::new(), false), "a program");
    }

    #[test]
    fn foreign_pages_may_not_connect() {
        for (origin, host) in [
            ("http://example.org", "127.0.0.1:8080"),
            ("http://127.0.0.1:8081", "127.0.0.1:8080"),
            ("http://127.0.0.1", "127.0.0.1:8080"),
            ("https://boat", "boat:80"),
            ("http://127.0.0.1.example.org:8080", "127.0.0.1:8080"),
            ("null", "127.0.0.1:8080"),
            ("null", "null"),
            ("file://", "127.0.0.1"),
            ("http://", ""),
            ("http://boat:x", "boat:x"),
            ("ftp://boat", "boat"),
        ] {
            assert!(!is_allowed(&headers(origin, host), true), "{origin} {host}");
        }
        let mut two = headers("http://boat", "boat");
        two.append(header::ORIGIN, "http://example.org".parse().unwrap());
        assert!(!is_allowed(&two, true));
        let mut none = headers("http://boat", "boat");
        none.remove(header::HOST);
        assert!(!is_allowed(&none, true));
    }

    #[test]
    fn without_users_the_host_must_be_local() {
        for host in ["example.org:8080", "evil.notlocal:8080", "127.0.0.1.evil.org:8080", ".local.org:8080"] {
            let headers = headers(&format!("http://{host}"), host);
            assert!(is_allowed(&headers, true) && !is_allowed(&headers, false), "{host}");
        }
    }
}
