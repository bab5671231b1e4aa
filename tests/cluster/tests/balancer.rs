//! haproxy before the nodes, with the configuration of `docker/cluster/`.

use std::{fs, net::TcpStream, process::Command};

use crate::{
    cluster::Cluster,
    process::{Running, free_port},
};

const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docker/cluster/haproxy.cfg");

/// haproxy on a free port of 127.0.0.1. Dropping this ends it.
pub struct Balancer {
    port: u16,
    _haproxy: Running,
}

impl Balancer {
    pub fn start(cluster: &Cluster) -> Self {
        let port = free_port();
        let mut configuration = fs::read_to_string(CONFIGURATION).unwrap();
        let mut replace = |from: &str, to: String| {
            assert_eq!(configuration.matches(from).count(), 1, "docker/cluster/haproxy.cfg names {from} once");
            configuration = configuration.replace(from, &to);
        };
        replace("bind :1883", format!("bind 127.0.0.1:{port}"));
        // More need more file descriptors than the system may grant.
        replace("maxconn 20000", "maxconn 200".to_owned());
        for node in 0..3 {
            replace(&format!("rmqtt{}:1883", node + 1), format!("127.0.0.1:{}", cluster.port(node)));
        }
        let file = cluster.folder().join("haproxy.cfg");
        fs::write(&file, configuration).unwrap();
        // Debian has it where only root's path leads.
        let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("haproxy");
        let command = command.env("PATH", path).arg("-db").arg("-f").arg(&file);
        let haproxy = Running::start(command, &cluster.folder().join("haproxy.log"));
        cluster.limit().until("haproxy listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, _haproxy: haproxy }
    }

    /// The URL that clients connect to.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }
}
