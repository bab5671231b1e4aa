//! Requests: to talk, to join a group, to come into one.

use serde::{Deserialize, Serialize};

use super::{GroupName, MessageId, SessionId, Timestamp, UserId};

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// The other asked me.
    Incoming,
    /// I asked the other.
    Outgoing,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RequestKind {
    /// A conversation between the two.
    Talk,
    /// The asker wants to be let into the group that the other leads.
    Join(GroupName),
    /// The asker wants the other in the group.
    Invite(GroupName),
    /// The asker, who led the group, has handed it to the other, who may hand it back.
    Lead(GroupName),
    /// The asker says that it has accepted a talk, which the other does not remember to have asked for.
    Session(SessionId),
}

impl RequestKind {
    /// The group that it is about.
    pub fn group(&self) -> Option<&GroupName> {
        match self {
            Self::Join(group) | Self::Invite(group) | Self::Lead(group) => Some(group),
            Self::Talk | Self::Session(_) => None,
        }
    }
}

/// Which of the two names of a control topic was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// `<id>_Control`.
    #[default]
    Control,
    /// `clients/<id>`.
    Clients,
}

/// What comes first in the lists of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InboxOrder {
    /// Of what waits the oldest, of all else the newest.
    #[default]
    Usual,
    /// The oldest.
    Oldest,
    /// The newest.
    Newest,
}

/// How far a request has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestState {
    /// Waits for the answer.
    Pending,
    /// Yes. A conversation has the session that was made for it.
    Accepted(Option<SessionId>),
    /// No.
    Denied,
    /// The asker took it back, or left what it asked for.
    Withdrawn,
    /// It gets no answer, because its sender is blocked.
    Ignored,
}

/// One request, kept for ever on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its identity, the same on both sides; made up locally for what a plain peer asks.
    pub id: MessageId,
    /// Who asked.
    pub direction: Direction,
    /// What was asked.
    pub kind: RequestKind,
    /// The other one. `None` only for an invitation that was typed by hand and does not say from whom.
    pub peer: Option<UserId>,
    /// When it was sent or received, on this machine's clock.
    pub at: Timestamp,
    /// When it was answered, on this machine's clock.
    pub answered_at: Option<Timestamp>,
    /// How far it has come.
    pub state: RequestState,
    /// The topic family on which it came, and on which the answer goes.
    pub family: Family,
    /// How often it was asked: more than one where the asker insists.
    pub times: u32,
}

impl Request {
    /// Whether it still waits for an answer.
    pub fn is_pending(&self) -> bool {
        self.state == RequestState::Pending
    }

    /// Whether it waits for *my* answer.
    pub fn waits_for_me(&self) -> bool {
        self.is_pending() && self.direction == Direction::Incoming
    }

    /// Whether it is between me and `peer` about `kind`.
    pub fn is_about(&self, direction: Direction, peer: &UserId, kind: &RequestKind) -> bool {
        self.direction == direction && self.peer.as_ref() == Some(peer) && self.kind == *kind
    }

    /// The session that accepting it has made.
    pub fn session(&self) -> Option<&SessionId> {
        match &self.state {
            RequestState::Accepted(session) => session.as_ref(),
            _ => None,
        }
    }
}
