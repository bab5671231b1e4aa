//! Replaces the module `hosting` in a build without the feature `broker`.
#![expect(clippy::unused_self, reason = "the methods of the real `Hosting` take self")]

use std::{net::SocketAddr, path::PathBuf};

/// Never runs a broker.
pub(super) struct Hosting;

impl Hosting {
    pub(super) fn new(_listen: Option<SocketAddr>, _state: PathBuf) -> Self {
        Self
    }

    pub(super) fn start(&mut self) {}

    pub(super) fn stop(self) {}

    pub(super) async fn started(&mut self) -> bool {
        std::future::pending().await
    }
}
