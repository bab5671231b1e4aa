//! Earlier layouts, in which the time in a session's topic was a number of milliseconds, not text.

use serde::Deserialize;

use crate::domain::{
    ControlTopic, Conversation, ConversationId, Direction, GroupName, MessageId, NotifyLevel, Phase, Request,
    RequestKind, RequestState, SessionId, Timestamp, UserId,
};

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(super) struct MillisSessionId {
    pub(super) accepter: UserId,
    pub(super) requester: UserId,
    pub(super) started: Timestamp,
}

impl From<MillisSessionId> for SessionId {
    fn from(session: MillisSessionId) -> Self {
        let MillisSessionId { accepter, requester, started } = session;
        Self { accepter, requester, started: started.into() }
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(super) enum MillisConversationId {
    Session(MillisSessionId),
    Group(GroupName),
}

impl From<MillisConversationId> for ConversationId {
    fn from(id: MillisConversationId) -> Self {
        match id {
            MillisConversationId::Session(session) => Self::Session(session.into()),
            MillisConversationId::Group(group) => Self::Group(group),
        }
    }
}

/// A conversation of the first layout. The second layout appends the notify level to it.
#[derive(Deserialize)]
pub(super) struct ConversationV1 {
    pub(super) id: MillisConversationId,
    pub(super) phase: Phase,
    pub(super) len: u64,
    pub(super) sent: u64,
    pub(super) broker_acked: u64,
    pub(super) unread: u64,
    pub(super) active: Timestamp,
}

impl ConversationV1 {
    pub(super) fn upgrade(self, notify_level: Option<NotifyLevel>) -> Conversation {
        let Self { id, phase, len, sent, broker_acked, unread, active } = self;
        // These layouts do not record when this machine first knew the conversation. The start of a session is close to
        // it.
        let since = match &id {
            MillisConversationId::Session(session) => session.started,
            MillisConversationId::Group(_) => active,
        };
        Conversation {
            phase,
            len,
            sent,
            broker_acked,
            unread,
            notify_level,
            since,
            ..Conversation::new(id.into(), active)
        }
    }
}

/// A conversation of the third layout.
#[derive(Deserialize)]
pub(super) struct ConversationV3 {
    id: ConversationId,
    phase: Phase,
    len: u64,
    sent: u64,
    broker_acked: u64,
    unread: u64,
    active: Timestamp,
    notify_level: Option<NotifyLevel>,
    since: Timestamp,
}

impl From<ConversationV3> for Conversation {
    fn from(conversation: ConversationV3) -> Self {
        let ConversationV3 { id, phase, len, sent, broker_acked, unread, active, notify_level, since } = conversation;
        Self { phase, len, sent, broker_acked, unread, notify_level, since, ..Self::new(id, active) }
    }
}

/// A request of the first two layouts. The second only appended kinds and states, so this decodes both.
#[derive(Deserialize)]
pub(super) struct RequestV2 {
    id: MessageId,
    direction: Direction,
    kind: RequestKindV2,
    peer: Option<UserId>,
    at: Timestamp,
    answered_at: Option<Timestamp>,
    state: RequestStateV2,
    control_topic: ControlTopic,
    times: u32,
}

#[derive(Deserialize)]
enum RequestKindV2 {
    Chat,
    Join(GroupName),
    Invite(GroupName),
    Lead(GroupName),
    Session(MillisSessionId),
}

#[derive(Deserialize)]
enum RequestStateV2 {
    Pending,
    Accepted(Option<MillisSessionId>),
    Denied,
    Withdrawn,
    Ignored,
}

impl From<RequestV2> for Request {
    fn from(request: RequestV2) -> Self {
        let RequestV2 { id, direction, kind, peer, at, answered_at, state, control_topic, times } = request;
        let kind = match kind {
            RequestKindV2::Chat => RequestKind::Chat,
            RequestKindV2::Join(group) => RequestKind::Join(group),
            RequestKindV2::Invite(group) => RequestKind::Invite(group),
            RequestKindV2::Lead(group) => RequestKind::Lead(group),
            RequestKindV2::Session(session) => RequestKind::UnknownSession(session.into()),
        };
        let state = match state {
            RequestStateV2::Pending => RequestState::Pending,
            RequestStateV2::Accepted(session) => RequestState::Accepted(session.map(Into::into)),
            RequestStateV2::Denied => RequestState::Denied,
            RequestStateV2::Withdrawn => RequestState::Withdrawn,
            RequestStateV2::Ignored => RequestState::Ignored,
        };
        Self { id, direction, kind, peer, at, answered_at, state, control_topic, times }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::codec::{Location, Stored, decode_body, encode};

    /// The second layout, field by field.
    impl Stored for (MillisConversationId, Phase, u64, u64, u64, u64, Timestamp, Option<NotifyLevel>) {}

    proptest! {
        #[test]
        fn upgraded_sessions_keep_topic_and_order(a in 0..=u64::MAX, b in 1_000_000_000_000..=9_999_999_999_999_u64,
                                                  c in 1_000_000_000_000..=9_999_999_999_999_u64) {
            let read = |millis: u64| {
                let session = MillisSessionId {
                    accepter: "bob".parse().unwrap(),
                    requester: "alice".parse().unwrap(),
                    started: Timestamp::from_millis(millis),
                };
                let at = Timestamp::from_millis(5);
                let before = (MillisConversationId::Session(session), Phase::OPEN, 1, 2, 3, 4, at, Some(NotifyLevel::Never));
                let bytes = encode(Location { table: "talks", key: b"k" }, &before).unwrap();
                Conversation::upgrade(2, &bytes[2..bytes.len() - 4]).unwrap()
            };
            let upgraded = read(a);
            prop_assert_eq!(upgraded.id.to_string(), format!("bob_alice_{a}"));
            prop_assert_eq!(upgraded.id.to_string().parse(), Ok(upgraded.id.clone()));
            prop_assert_eq!((upgraded.len, upgraded.notify_level, upgraded.since), (1, Some(NotifyLevel::Never), Timestamp::from_millis(a)));
            let (earlier_one, later_one) = (read(b), read(c));
            prop_assert_eq!(earlier_one.since.cmp(&later_one.since), b.cmp(&c));
            prop_assert_eq!(earlier_one.id.cmp(&later_one.id), b.cmp(&c));
        }

        #[test]
        fn arbitrary_bytes_of_earlier_layouts_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode_body::<RequestV2>(&bytes);
            for version in 1..=3 {
                let _ = Conversation::upgrade(version, &bytes);
                let _ = Request::upgrade(version, &bytes);
            }
        }
    }
}
