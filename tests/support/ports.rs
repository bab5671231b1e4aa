//! Free ports of 127.0.0.1.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering},
};

/// A free port below the ephemeral range; each call returns another one. A free port within the ephemeral range may be
/// assigned to another program a moment later, and a connection attempt to it may connect to itself.
pub fn free_port() -> u16 {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let port = || {
        let number = std::process::id().wrapping_mul(101).wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed));
        u16::try_from(10_000 + number % 20_000).unwrap()
    };
    std::iter::repeat_with(port).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
