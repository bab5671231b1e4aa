//! A broker with papos and plain peers, and a record of all publications.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use super::peer::{Family, Peer};
use crate::{broker::Broker, own::OwnBroker, terminal::Terminal, wire::Wire};

/// The MQTT version, the topics and the broker that plain peers use.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// `3` for MQTT 3.1.1, or `5`.
    pub protocol: &'static str,
    /// The topic names that the peers use.
    pub family: Family,
    /// The prefix of every topic, for papo too.
    pub prefix: &'static str,
    pub broker: BrokerKind,
}

#[derive(Clone, Copy)]
pub enum BrokerKind {
    Mosquitto,
    Own,
}

enum AnyBroker {
    Mosquitto(Broker),
    Own(OwnBroker),
}

pub struct World {
    dialect: Dialect,
    wire: Wire,
    broker: AnyBroker,
    config: PathBuf,
    homes: TempDir,
}

impl World {
    pub fn of(dialect: Dialect) -> Self {
        let homes = tempfile::tempdir().unwrap();
        let broker = match dialect.broker {
            BrokerKind::Mosquitto => AnyBroker::Mosquitto(Broker::start()),
            BrokerKind::Own => AnyBroker::Own(OwnBroker::start(&homes.path().join("broker"))),
        };
        let config = homes.path().join("config.toml");
        fs::write(&config, format!("topic_prefix = '{}'\n", dialect.prefix)).unwrap();
        Self { dialect, wire: Wire::listen(port_of(&broker)), broker, config, homes }
    }

    /// A papo that is online.
    pub fn start_online(&self, id: &str) -> Terminal {
        let url = format!("mqtt://127.0.0.1:{}", port_of(&self.broker));
        let config = self.config.to_str().expect("the path is text");
        let papo = Terminal::start(self.homes.path(), &[id, "-b", &url, "-c", config], (100, 30));
        papo.shows("● online");
        papo
    }

    /// A plain peer that uses this world's dialect.
    pub fn peer(&self, id: &str) -> Peer {
        self.peer_with(id, self.dialect.family)
    }

    /// A plain peer that uses this family of topic names.
    pub fn peer_with(&self, id: &str, family: Family) -> Peer {
        Peer::start(id, port_of(&self.broker), self.dialect.protocol, family, self.dialect.prefix)
    }

    /// Publishes a retained message, without papo's properties.
    pub fn publishes_retained(&self, topic: &str, payload: &str) {
        self.wire.publish_with(&["-r", "-t", &format!("{}{topic}", self.dialect.prefix), "-m", payload]);
    }

    /// Waits until a payload was published on a topic.
    #[track_caller]
    pub fn has(&self, topic: &str, payload: &str) {
        self.wire.has(&format!("{}{topic} {payload}", self.dialect.prefix));
    }

    /// Asserts that each peer understood all messages sent to it, that all came on the control topic that it uses, and
    /// that papo sent it no receipts.
    #[track_caller]
    pub fn was_understood_by(&self, peers: &[&Peer]) {
        let wire = self.lines();
        for peer in peers {
            for line in peer.lines() {
                assert!(!line.starts_with("strange ") && !line.starts_with("error "), "{}: {line}", peer.id());
            }
            let [own, other] = [peer.family(), peer.family().other()].map(|family| family.control(peer.id()));
            for line in &wire {
                // papo publishes to both control topics of a user from whom it has received nothing yet.
                if let Some(payload) = line.strip_prefix(&format!("{other} ")) {
                    let same = format!("{own} {payload}");
                    assert!(wire.contains(&same), "{} listens to {own} only: {line}", peer.id());
                }
                if let Some(payload) = line.strip_prefix(&format!("{own} ")) {
                    let word = payload.split(' ').next().expect("split yields at least one part");
                    assert!(!["ACK", "READ", "RESEND", "TYPING"].contains(&word), "{}: {line}", peer.id());
                }
            }
        }
    }

    /// All lines `<topic> <payload>` so far, without the prefix. Panics if a topic lacks the prefix.
    #[track_caller]
    fn lines(&self) -> Vec<String> {
        let below = |line: &String| {
            let rest = line.strip_prefix(self.dialect.prefix);
            rest.unwrap_or_else(|| panic!("not below {}: {line}", self.dialect.prefix)).to_owned()
        };
        self.wire.lines().iter().filter(|line| *line != "hello wire").map(below).collect()
    }
}

fn port_of(broker: &AnyBroker) -> u16 {
    match broker {
        AnyBroker::Mosquitto(broker) => broker.port(),
        AnyBroker::Own(broker) => broker.port(),
    }
}
