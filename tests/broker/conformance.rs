//! What MQTT asks of every broker. Each row runs on `papo broker` and on mosquitto, which shows that the row is right.

mod delivery;
mod sessions;
mod subscriptions;

use crate::{broker, packet::Connect, process, raw::Client};

/// A broker that lets everybody in.
pub enum Site {
    Papo(process::Broker),
    Mosquitto(broker::Broker),
}

impl Site {
    fn papo() -> Self {
        Self::Papo(process::Broker::open())
    }

    fn mosquitto() -> Self {
        Self::Mosquitto(broker::Broker::start())
    }

    fn port(&self) -> u16 {
        match self {
            Self::Papo(broker) => broker.port(),
            Self::Mosquitto(broker) => broker.port(),
        }
    }

    #[track_caller]
    fn client(&self, connect: &Connect) -> Client {
        Client::connect(self.port(), connect)
    }

    /// A client of MQTT 5 with a clean session.
    #[track_caller]
    fn v5(&self, id: &str) -> Client {
        self.client(&Connect::v5(id))
    }

    /// A client of MQTT 5 with a session that lasts.
    #[track_caller]
    fn lasting(&self, id: &str) -> Client {
        self.client(&Connect::v5(id).lasting())
    }
}

/// Makes tests of rows: `both` run on papo and on mosquitto; `papo` on papo alone, for the reason that stands there.
macro_rules! rows {
    (both: [$($row:ident),* $(,)?], papo: [$($alone:ident: $why:literal),* $(,)?] $(,)?) => {
        mod papo {
            $(#[test] fn $row() { super::$row(&$crate::conformance::Site::papo()); })*
            $(#[doc = $why] #[test] fn $alone() { super::$alone(&$crate::conformance::Site::papo()); })*
        }
        mod mosquitto {
            $(#[test] fn $row() { super::$row(&$crate::conformance::Site::mosquitto()); })*
        }
    };
}
use rows;
