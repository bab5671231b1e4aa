//! A peer with the ID alice, whose time only changes when a test sets it.

use papo::{
    domain::{Now, UserId},
    protocol::{Batch, Command, Identity, Inbound, Input, Peer, Refusal, Saved},
};

use crate::inbound::{inbound, received};

pub struct Alice {
    pub peer: Peer,
    pub now: Now,
}

impl Alice {
    /// A peer that is offline, with `saved` as the content of its store.
    pub fn restored(saved: Saved) -> Self {
        Self { peer: Peer::restore(identity(), saved), now: Now::from_millis(1_763_900_000_000) }
    }

    /// Connects to a broker that names the sender of each publication, and subscribes.
    pub fn connects_to_naming_broker(&mut self) {
        self.handle(Input::Connected { session_present: false, names_senders: true });
        self.handle(Input::Subscribed);
    }

    /// Connects and subscribes.
    pub fn connects(&mut self) {
        self.handle(Input::Connected { session_present: false, names_senders: false });
        self.handle(Input::Subscribed);
    }

    pub fn handle(&mut self, input: Input) -> Batch {
        self.peer.handle_input(self.now, input);
        self.peer.take_batch()
    }

    pub fn receives(&mut self, inbound: Inbound) -> Batch {
        self.handle(received(inbound))
    }

    /// Receives a publication of a plain client, which has no properties.
    pub fn hears(&mut self, topic: &str, payload: &str) -> Batch {
        self.receives(inbound(topic, payload, &[]))
    }

    pub fn command(&mut self, command: Command) -> Result<Batch, Refusal> {
        self.peer.command(self.now, command).map(|()| self.peer.take_batch())
    }
}

pub fn identity() -> Identity {
    Identity::new(id("alice"), "d", 7)
}

pub fn id(name: &str) -> UserId {
    name.parse().unwrap()
}
