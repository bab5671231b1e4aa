//! Topics: typed in memory, strings on the wire.

use thiserror::Error;

use super::publication::{Qos, Subscription};
use crate::domain::{ControlTopic, ConversationId, GroupName, NameError, SessionId, SessionIdError, UserId};

/// The two names of the topic on which group news is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewsTopic {
    /// `GROUPS`.
    Groups,
    /// `groups/info`.
    Info,
}

/// A topic of the protocol, without the prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// `USERS`: announcements for clients that subscribe only to this topic.
    Users,
    /// `USERS/<id>`: a user's retained presence.
    Presence(UserId),
    /// `<id>_Control` or `clients/<id>`.
    Control(UserId, ControlTopic),
    /// `GROUPS` or `groups/info`.
    GroupNews(NewsTopic),
    /// `GROUPS/<group>`: the retained record.
    GroupRecord(GroupName),
    /// `groups/<group>/leader`: requests to the leader, `ENTER` and `LEAVE`.
    GroupLeader(GroupName),
    /// `groups/<group>/members`: new members announce themselves.
    GroupMembers(GroupName),
    /// `groups/<group>/seen`: the leader publishes what the members have.
    GroupSeen(GroupName),
    /// `groups/<group>/messages`: the messages of the group.
    GroupMessages(GroupName),
    /// `<accepter>_<requester>_<t>`: the messages of a session.
    Session(SessionId),
}

/// Why a string is not a topic of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TopicError {
    /// It does not start with the prefix.
    #[error("the topic lies outside the prefix")]
    Prefix,
    /// It has none of the forms of [`Topic`].
    #[error("the topic is not part of the protocol")]
    Unknown,
    /// It contains an invalid user ID or group name.
    #[error("the topic holds an invalid name: {0}")]
    Name(#[from] NameError),
    /// It has the form of a session ID, but is not a valid one.
    #[error("the topic looks like a session: {0}")]
    Session(#[from] SessionIdError),
}

impl Topic {
    /// Parses a topic that starts with `prefix`.
    pub fn parse(prefix: &str, topic: &str) -> Result<Self, TopicError> {
        let topic = topic.strip_prefix(prefix).ok_or(TopicError::Prefix)?;
        if let Some(id) = topic.strip_suffix("_Control") {
            return Ok(Self::Control(id.parse()?, ControlTopic::Control));
        }
        let mut levels = topic.split('/');
        let parts = (levels.next(), levels.next(), levels.next(), levels.next());
        Ok(match parts {
            (Some("USERS"), None, ..) => Self::Users,
            (Some("USERS"), Some(id), None, _) => Self::Presence(id.parse()?),
            (Some("GROUPS"), None, ..) => Self::GroupNews(NewsTopic::Groups),
            (Some("GROUPS"), Some(group), None, _) => Self::GroupRecord(group.parse()?),
            (Some("clients"), Some(id), None, _) => Self::Control(id.parse()?, ControlTopic::Clients),
            (Some("groups"), Some("info"), None, _) => Self::GroupNews(NewsTopic::Info),
            (Some("groups"), Some(group), Some("leader"), None) => Self::GroupLeader(group.parse()?),
            (Some("groups"), Some(group), Some("members"), None) => Self::GroupMembers(group.parse()?),
            (Some("groups"), Some(group), Some("seen"), None) => Self::GroupSeen(group.parse()?),
            (Some("groups"), Some(group), Some("messages"), None) => Self::GroupMessages(group.parse()?),
            (Some(session), None, ..) if session.contains('_') => Self::Session(session.parse()?),
            _ => return Err(TopicError::Unknown),
        })
    }

    /// The topic as a string, with the prefix.
    pub fn name(&self, prefix: &str) -> String {
        match self {
            Self::Users => format!("{prefix}USERS"),
            Self::Presence(id) => format!("{prefix}USERS/{id}"),
            Self::Control(id, ControlTopic::Control) => format!("{prefix}{id}_Control"),
            Self::Control(id, ControlTopic::Clients) => format!("{prefix}clients/{id}"),
            Self::GroupNews(NewsTopic::Groups) => format!("{prefix}GROUPS"),
            Self::GroupNews(NewsTopic::Info) => format!("{prefix}groups/info"),
            Self::GroupRecord(group) => format!("{prefix}GROUPS/{group}"),
            Self::GroupLeader(group) => format!("{prefix}groups/{group}/leader"),
            Self::GroupMembers(group) => format!("{prefix}groups/{group}/members"),
            Self::GroupSeen(group) => format!("{prefix}groups/{group}/seen"),
            Self::GroupMessages(group) => format!("{prefix}groups/{group}/messages"),
            Self::Session(session) => format!("{prefix}{session}"),
        }
    }

    /// The group that this topic belongs to; [`None`] for a topic that several groups share, or of another kind.
    pub fn group(&self) -> Option<&GroupName> {
        match self {
            Self::GroupRecord(group)
            | Self::GroupLeader(group)
            | Self::GroupMembers(group)
            | Self::GroupSeen(group)
            | Self::GroupMessages(group) => Some(group),
            Self::Control(..) | Self::Users | Self::Presence(_) | Self::GroupNews(_) | Self::Session(_) => None,
        }
    }

    /// The topic of a conversation's messages.
    pub fn of(conversation: &ConversationId) -> Self {
        match conversation {
            ConversationId::Session(session) => Self::Session(session.clone()),
            ConversationId::Group(group) => Self::GroupMessages(group.clone()),
        }
    }

    /// The conversation whose messages this topic carries; `None` for a topic of another kind.
    pub fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::Session(session) => Some(ConversationId::Session(session.clone())),
            Self::GroupMessages(group) => Some(ConversationId::Group(group.clone())),
            _ => None,
        }
    }

    /// The subscription to this topic only. For messages it has *no local* set, so a bare `END`, which names no author,
    /// can only be another user's. Presence and group news have `QoS` 0: the broker retains the current state, and
    /// earlier ones must not fill the queue for a user who is away, where they would displace messages.
    pub fn subscription(&self, prefix: &str) -> Subscription {
        let no_local = matches!(self, Self::Session(_) | Self::GroupMessages(_) | Self::GroupSeen(_));
        let is_state = matches!(self, Self::Users | Self::Presence(_) | Self::GroupNews(_));
        let qos = if is_state { Qos::AtMostOnce } else { Qos::AtLeastOnce };
        Subscription { filter: self.name(prefix), no_local, qos }
    }
}

/// The subscriptions of every peer, apart from those of the directory: its own control topic under both names, and the
/// news of groups.
pub fn standing_subscriptions(prefix: &str, me: &UserId) -> Vec<Subscription> {
    let topics = [
        Topic::Control(me.clone(), ControlTopic::Control),
        Topic::Control(me.clone(), ControlTopic::Clients),
        Topic::GroupNews(NewsTopic::Info),
    ];
    topics.iter().map(|topic| topic.subscription(prefix)).collect()
}

/// A topic filter of the directory: who is online, and which groups there are. The subscriptions have `QoS` 0, so a
/// record with the retain flag is always one that the broker retained at the time of the SUBSCRIBE: it repeats none of
/// an earlier connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DirectoryFilter {
    /// `USERS/#`: the presence of all users. It also matches `USERS`.
    AllUsers,
    /// `GROUPS/#`: the records of all groups. It also matches `GROUPS`.
    AllGroups,
    /// `GROUPS`.
    GroupNews,
    /// `USERS/<id>`: the presence of one user.
    User(UserId),
    /// `GROUPS/<group>/#`: the record of one group. It matches `GROUPS/<group>`, to which a member subscribes at `QoS`
    /// 1.
    Group(GroupName),
}

impl DirectoryFilter {
    /// The two that match the whole directory.
    pub const ALL: [Self; 2] = [Self::AllGroups, Self::AllUsers];

    /// The subscription to this filter.
    pub fn subscription(&self, prefix: &str) -> Subscription {
        let (topic, is_tree) = match self {
            Self::AllUsers => (Topic::Users, true),
            Self::AllGroups => (Topic::GroupNews(NewsTopic::Groups), true),
            Self::GroupNews => (Topic::GroupNews(NewsTopic::Groups), false),
            Self::User(user) => (Topic::Presence(user.clone()), false),
            Self::Group(group) => (Topic::GroupRecord(group.clone()), true),
        };
        let name = topic.name(prefix);
        let filter = if is_tree { format!("{name}/#") } else { name };
        Subscription { filter, no_local: false, qos: Qos::AtMostOnce }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_round_trip_with_any_prefix() {
        let topics = [
            "USERS",
            "USERS/alice",
            "alice_Control",
            "clients/alice",
            "GROUPS",
            "groups/info",
            "GROUPS/devs",
            "groups/devs/leader",
            "groups/devs/members",
            "groups/devs/messages",
            "groups/devs/seen",
            "bob_alice_1763900000000",
            "bob_alice_2026-11-29T11:04:00Z",
            "17_18_007.5",
            "17_Control",
            "USERS/17",
        ];
        for prefix in ["", "site/a/"] {
            for topic in topics {
                let wire = format!("{prefix}{topic}");
                assert_eq!(Topic::parse(prefix, &wire).map(|topic| topic.name(prefix)), Ok(wire));
            }
        }
    }

    #[test]
    fn group_may_be_called_info() {
        assert!(matches!(Topic::parse("", "groups/info/leader"), Ok(Topic::GroupLeader(_))));
        assert!(matches!(Topic::parse("", "groups/info"), Ok(Topic::GroupNews(NewsTopic::Info))));
    }

    #[test]
    fn invalid_topics_are_errors() {
        for bad in [
            "",
            "/",
            "USERS/",
            "USERS/a/b",
            "a",
            "_Control",
            "a_b_Control",
            "groups/x",
            "groups/x/y",
            "a_b",
            "a_b_x",
            "a_b_1+1",
        ] {
            assert!(Topic::parse("", bad).is_err(), "{bad:?}");
        }
        assert_eq!(Topic::parse("site/", "USERS"), Err(TopicError::Prefix));
    }

    #[test]
    fn session_with_oneself_is_an_error() {
        assert_eq!(Topic::parse("", "a_a_17"), Err(TopicError::Session(SessionIdError::Alone)));
    }
}
