//! papo as people use it: real programs in real pseudo-terminals, two users and a plain client, on mosquitto and on
//! papo's own broker.

#[path = "../support/acl.rs"]
mod acl;
#[path = "../support/broker.rs"]
mod broker;
#[path = "../support/flood.rs"]
mod flood;
#[path = "../support/own.rs"]
mod own;
#[path = "../support/people.rs"]
mod people;
#[path = "../support/scripted_broker.rs"]
mod scripted_broker;
#[path = "../support/terminal.rs"]
mod terminal;
#[path = "../support/wait.rs"]
mod wait;
#[path = "../support/wire.rs"]
mod wire;

mod archive;
mod away;
mod bridge;
mod brokers;
mod commands;
mod compose;
mod crowd;
mod demo;
mod directory;
mod doctor;
mod editor;
mod forget;
mod groups;
mod hand_typed;
mod hostile;
mod interruptions;
mod keys;
mod linear;
mod logins;
mod mosquitto_acl;
mod outbox;
mod plain;
mod refused;
mod screen;
mod scripts;
mod split;
mod start;
mod talk;
mod tmux;
mod verbs;
mod widths;
mod wire_format;

use std::path::PathBuf;

use tempfile::TempDir;

use crate::{broker::Broker, logins::add_user, own::OwnBroker, people::quit, terminal::Terminal, wire::Wire};

/// The two brokers on which every journey runs.
enum AnyBroker {
    Mosquitto(Broker),
    Own(OwnBroker),
}

/// A broker, and a home for papo.
struct World {
    broker: AnyBroker,
    homes: TempDir,
}

impl World {
    fn on_mosquitto() -> Self {
        let homes = tempfile::tempdir().unwrap();
        Self { broker: AnyBroker::Mosquitto(Broker::start()), homes }
    }

    /// On a broker that saves nothing to disk: saving after each of thousands of retained messages would be too slow.
    fn on_forgetful_mosquitto() -> Self {
        let homes = tempfile::tempdir().unwrap();
        Self { broker: AnyBroker::Mosquitto(Broker::start_forgetful()), homes }
    }

    fn on_own_broker() -> Self {
        let homes = tempfile::tempdir().unwrap();
        Self { broker: AnyBroker::Own(OwnBroker::start(&homes.path().join("broker"))), homes }
    }

    /// On papo's own broker with these users, whose password is `secret`.
    fn with_logins(users: &[&str]) -> Self {
        let homes = tempfile::tempdir().unwrap();
        let state = homes.path().join("broker");
        for user in users {
            assert_eq!(add_user(&state, user, "secret"), "");
        }
        Self { broker: AnyBroker::Own(OwnBroker::start(&state)), homes }
    }

    fn port(&self) -> u16 {
        match &self.broker {
            AnyBroker::Mosquitto(broker) => broker.port(),
            AnyBroker::Own(broker) => broker.port(),
        }
    }

    fn kill_broker(&mut self) {
        match &mut self.broker {
            AnyBroker::Mosquitto(broker) => broker.kill(),
            AnyBroker::Own(broker) => broker.kill(),
        }
    }

    fn restart_broker(&mut self) {
        match &mut self.broker {
            AnyBroker::Mosquitto(broker) => broker.restart(),
            AnyBroker::Own(broker) => broker.restart(),
        }
    }

    fn home(&self) -> PathBuf {
        self.homes.path().to_owned()
    }

    /// Starts papo.
    fn start(&self, id: &str) -> Terminal {
        let url = format!("mqtt://127.0.0.1:{}", self.port());
        Terminal::start(self.homes.path(), &[id, "-b", &url], (100, 30))
    }

    /// Starts papo below a shell, in a terminal of script(1) that can vanish.
    fn start_below_shell(&self, id: &str) -> Terminal {
        let url = format!("mqtt://127.0.0.1:{}", self.port());
        Terminal::start_below_shell(self.homes.path(), &[id, "-b", &url], (100, 30))
    }

    /// Starts papo, and waits until it is online.
    fn start_online(&self, id: &str) -> Terminal {
        let papo = self.start(id);
        papo.shows("● online");
        papo
    }

    fn wire(&self) -> Wire {
        Wire::listen(self.port())
    }

    /// Two users with an open chat; the session's topic.
    fn talking(&self) -> (Terminal, Terminal, Wire, String) {
        let wire = self.wire();
        let (mut alice, mut bob) = (self.start_online("alice"), self.start_online("bob"));
        alice.opens_chat("alice", &mut bob, "bob");
        alice.opens_composer();
        let accepted = wire.shows(|line| line.starts_with("alice_Control ") && line.ends_with(" bob"), "an acceptance");
        let time = accepted.split(' ').nth(1).unwrap();
        let topic = format!("bob_alice_{time}");
        // Once subscribed, Alice asks for what she missed. From then on no typed message is lost.
        wire.has(&format!("bob_Control RESEND {topic} 1"));
        (alice, bob, wire, topic)
    }
}

/// Runs journeys on both brokers.
macro_rules! on_both_brokers {
    ($($journey:ident)*) => {
        mod on_mosquitto {
            $(#[test] fn $journey() { super::$journey(crate::World::on_mosquitto()); })*
        }
        mod on_own_broker {
            $(#[test] fn $journey() { super::$journey(crate::World::on_own_broker()); })*
        }
    };
}
pub(crate) use on_both_brokers;
