//! In the place of `hosting` where papo was built without a broker.

use std::{net::SocketAddr, path::PathBuf};

/// Never runs a broker.
pub(super) struct Hosting;

impl Hosting {
    pub(super) fn new(_listen: Option<SocketAddr>, _state: PathBuf) -> Self {
        Self
    }

    pub(super) fn start(&mut self) {}

    pub(super) async fn answered(&mut self) -> bool {
        std::future::pending().await
    }
}
