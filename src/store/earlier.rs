//! Earlier layouts, in which the time in a session's topic was a number of milliseconds, not text.

use serde::Deserialize;

use crate::domain::{
    Conversation, ConversationId, Direction, Family, GroupName, MessageId, Notices, Phase, Request, RequestKind,
    RequestState, SessionId, Timestamp, UserId,
};

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(super) struct NumberedSession {
    pub(super) accepter: UserId,
    pub(super) requester: UserId,
    pub(super) started: Timestamp,
}

impl From<NumberedSession> for SessionId {
    fn from(session: NumberedSession) -> Self {
        let NumberedSession { accepter, requester, started } = session;
        Self { accepter, requester, started: started.into() }
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(super) enum NumberedId {
    Session(NumberedSession),
    Group(GroupName),
}

impl From<NumberedId> for ConversationId {
    fn from(id: NumberedId) -> Self {
        match id {
            NumberedId::Session(session) => Self::Session(session.into()),
            NumberedId::Group(group) => Self::Group(group),
        }
    }
}

/// A conversation of the second layout; the first one had no notices.
#[derive(Deserialize)]
pub(super) struct Talk {
    pub(super) id: NumberedId,
    pub(super) phase: Phase,
    pub(super) len: u64,
    pub(super) sent: u64,
    pub(super) at_broker: u64,
    pub(super) unread: u64,
    pub(super) active: Timestamp,
}

impl Talk {
    pub(super) fn upgrade(self, notices: Option<Notices>) -> Conversation {
        let Self { id, phase, len, sent, at_broker, unread, active } = self;
        // When this machine learnt of it was not stored; the time of acceptance comes closest.
        let since = match &id {
            NumberedId::Session(session) => session.started,
            NumberedId::Group(_) => active,
        };
        Conversation { id: id.into(), phase, len, sent, at_broker, unread, active, notices, since }
    }
}

/// A request of the first two layouts. The first layout had only the first of these kinds and states.
#[derive(Deserialize)]
pub(super) struct Asked {
    id: MessageId,
    direction: Direction,
    kind: Kind,
    peer: Option<UserId>,
    at: Timestamp,
    answered_at: Option<Timestamp>,
    state: State,
    family: Family,
    times: u32,
}

#[derive(Deserialize)]
enum Kind {
    Talk,
    Join(GroupName),
    Invite(GroupName),
    Lead(GroupName),
    Session(NumberedSession),
}

#[derive(Deserialize)]
enum State {
    Pending,
    Accepted(Option<NumberedSession>),
    Denied,
    Withdrawn,
    Ignored,
}

impl From<Asked> for Request {
    fn from(asked: Asked) -> Self {
        let Asked { id, direction, kind, peer, at, answered_at, state, family, times } = asked;
        let kind = match kind {
            Kind::Talk => RequestKind::Talk,
            Kind::Join(group) => RequestKind::Join(group),
            Kind::Invite(group) => RequestKind::Invite(group),
            Kind::Lead(group) => RequestKind::Lead(group),
            Kind::Session(session) => RequestKind::Session(session.into()),
        };
        let state = match state {
            State::Pending => RequestState::Pending,
            State::Accepted(session) => RequestState::Accepted(session.map(Into::into)),
            State::Denied => RequestState::Denied,
            State::Withdrawn => RequestState::Withdrawn,
            State::Ignored => RequestState::Ignored,
        };
        Self { id, direction, kind, peer, at, answered_at, state, family, times }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::codec::{Place, Stored, body, encode};

    /// As the second layout wrote it.
    impl Stored for (NumberedId, Phase, u64, u64, u64, u64, Timestamp, Option<Notices>) {}

    proptest! {
        /// Values of earlier versions keep their topic, and the sessions of a pair keep their order.
        #[test]
        fn numbered_times_keep_identity_and_order(a in 0..=u64::MAX, b in 1_000_000_000_000..=9_999_999_999_999_u64,
                                                  c in 1_000_000_000_000..=9_999_999_999_999_u64) {
            let read = |millis: u64| {
                let session = NumberedSession {
                    accepter: "bob".parse().unwrap(),
                    requester: "alice".parse().unwrap(),
                    started: Timestamp::from_millis(millis),
                };
                let at = Timestamp::from_millis(5);
                let before = (NumberedId::Session(session), Phase::OPEN, 1, 2, 3, 4, at, Some(Notices::Never));
                let bytes = encode(Place { table: "talks", key: b"k" }, &before).unwrap();
                Conversation::upgrade(2, &bytes[2..bytes.len() - 4]).unwrap()
            };
            let talk = read(a);
            prop_assert_eq!(talk.id.to_string(), format!("bob_alice_{a}"));
            prop_assert_eq!(talk.id.to_string().parse(), Ok(talk.id.clone()));
            prop_assert_eq!((talk.len, talk.notices, talk.since), (1, Some(Notices::Never), Timestamp::from_millis(a)));
            let (b_talk, c_talk) = (read(b), read(c));
            prop_assert_eq!(b_talk.since.cmp(&c_talk.since), b.cmp(&c));
            prop_assert_eq!(b_talk.id.cmp(&c_talk.id), b.cmp(&c));
        }

        #[test]
        fn arbitrary_bytes_of_earlier_layouts_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = body::<Asked>(&bytes);
            for version in 1..=2 {
                let _ = Conversation::upgrade(version, &bytes);
                let _ = Request::upgrade(version, &bytes);
            }
        }
    }
}
