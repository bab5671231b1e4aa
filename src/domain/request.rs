//! Requests: to chat, to join a group, to enter one by invitation, or to lead one.

use serde::{Deserialize, Serialize};

use super::{GroupName, MessageId, SessionId, Timestamp, UserId};

/// Who sent the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// The peer asks me.
    Incoming,
    /// I ask the peer.
    Outgoing,
}

/// What is requested.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RequestKind {
    /// A session of the two users.
    Chat,
    /// The requester wants to join a group that the recipient leads.
    Join(GroupName),
    /// The requester invites the recipient into a group.
    Invite(GroupName),
    /// The requester, leader of the group until now, hands the lead to the recipient, who may hand it back.
    Lead(GroupName),
    /// The requester claims to have accepted a session that the recipient has no record of requesting.
    UnknownSession(SessionId),
}

impl RequestKind {
    /// The group it concerns, if any.
    pub fn group(&self) -> Option<&GroupName> {
        match self {
            Self::Join(group) | Self::Invite(group) | Self::Lead(group) => Some(group),
            Self::Chat | Self::UnknownSession(_) => None,
        }
    }
}

/// Which of a user's two control topics is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlTopic {
    /// `<id>_Control`.
    #[default]
    Control,
    /// `clients/<id>`.
    Clients,
}

/// The sort order of the lists of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InboxOrder {
    /// Oldest first for pending requests, newest first for all others.
    #[default]
    Usual,
    /// Oldest first.
    Oldest,
    /// Newest first.
    Newest,
}

/// The state of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestState {
    /// It has no answer yet.
    Pending,
    /// The recipient has accepted it. With the resulting session, if it was a request to chat and the session is known
    /// yet.
    Accepted(Option<SessionId>),
    /// The recipient has denied it.
    Denied,
    /// The requester has cancelled it, or it no longer applies.
    Withdrawn,
    /// It gets no answer, because its sender was blocked while it was pending.
    Ignored,
}

/// A request. Both users store it for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its ID, the same on both sides; chosen locally for a request by a plain client.
    pub id: MessageId,
    /// Whether it is mine or the peer's.
    pub direction: Direction,
    /// What is requested.
    pub kind: RequestKind,
    /// The other user. [`None`] only for an invitation that was typed by hand and does not name its sender.
    pub peer: Option<UserId>,
    /// When it was sent or received, on this machine's clock.
    pub at: Timestamp,
    /// When it was answered, on this machine's clock.
    pub answered_at: Option<Timestamp>,
    /// Whether and how it was answered.
    pub state: RequestState,
    /// The control topic on which it came, and on which the answer goes.
    pub control_topic: ControlTopic,
    /// How often the requester has sent it, from 1.
    pub times: u32,
}

impl Request {
    /// Whether it has no answer yet.
    pub fn is_pending(&self) -> bool {
        self.state == RequestState::Pending
    }

    /// Whether it is pending and needs *my* answer.
    pub fn waits_for_me(&self) -> bool {
        self.is_pending() && self.direction == Direction::Incoming
    }

    /// Whether it is pending and needs the peer's answer.
    pub fn waits_for_peer(&self) -> bool {
        self.is_pending() && self.direction == Direction::Outgoing
    }

    /// Whether it is a request of this direction, peer and kind.
    pub fn is_about(&self, direction: Direction, peer: &UserId, kind: &RequestKind) -> bool {
        self.direction == direction && self.peer.as_ref() == Some(peer) && self.kind == *kind
    }

    /// The session that resulted from accepting it; [`None`] if there is none, or it is not known yet.
    pub fn session(&self) -> Option<&SessionId> {
        match &self.state {
            RequestState::Accepted(session) => session.as_ref(),
            _ => None,
        }
    }
}
