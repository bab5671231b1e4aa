//! Access rules: who may read and write which topic, as a pure function of the user and the known groups.
//!
//! Invariant: everything not listed here is forbidden. The rules assume an empty topic prefix. Once a group
//! has a retained record, only the members that it lists may subscribe to the group's private topics, and only its
//! leader may write it. Before that, anyone may subscribe, as the creator does before publishing the first record. So
//! the first record is refused if another user has subscribed before, since that user could read the group's messages.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{GroupName, UserId},
    protocol::{Content, GroupNews, Inbound, Topic, decode},
};

/// A client's action, with the topic filter or the topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Access<'a> {
    Subscribe(&'a str),
    Publish(&'a str),
}

/// The members of each group by its retained record, the leader first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupMembers {
    records: BTreeMap<GroupName, Vec<UserId>>,
    /// The users who have subscribed to private topics of a group that has no record yet.
    early_subscribers: BTreeMap<GroupName, BTreeSet<UserId>>,
}

/// The wildcard filters that everybody may subscribe to.
const OPEN_FILTERS: [&str; 4] = ["USERS/#", "USERS/+", "GROUPS/#", "GROUPS/+"];

impl GroupMembers {
    /// Whether the rules allow `access` to `user`. Remembers who subscribes to a group that has no record yet.
    pub fn allow(&mut self, user: &UserId, access: Access<'_>) -> bool {
        let is_allowed = self.allows(user, access);
        if let (true, Access::Subscribe(filter)) = (is_allowed, access)
            && let Some(group) = topic(filter).as_ref().and_then(private_group)
            && !self.records.contains_key(group)
        {
            self.early_subscribers.entry(group.clone()).or_default().insert(user.clone());
        }
        is_allowed
    }

    fn allows(&self, user: &UserId, access: Access<'_>) -> bool {
        match access {
            Access::Subscribe(filter) if OPEN_FILTERS.contains(&filter) => true,
            Access::Subscribe(filter) => topic(filter).is_some_and(|topic| self.may_read(user, &topic)),
            Access::Publish(name) => topic(name).is_some_and(|topic| self.may_write(user, &topic)),
        }
    }

    fn may_read(&self, user: &UserId, topic: &Topic) -> bool {
        match topic {
            Topic::Users | Topic::Presence(_) | Topic::GroupNews(_) | Topic::GroupRecord(_) => true,
            Topic::Control(owner, _) => owner == user,
            Topic::GroupLeader(group) => self.records.get(group).is_none_or(|members| members.first() == Some(user)),
            Topic::GroupMembers(group) | Topic::GroupMessages(group) => {
                self.records.get(group).is_none_or(|members| members.contains(user))
            }
            Topic::Session(session) => session.peer_of(user).is_some(),
        }
    }

    fn may_write(&self, user: &UserId, topic: &Topic) -> bool {
        match topic {
            Topic::Users | Topic::GroupNews(_) | Topic::Control(..) | Topic::GroupLeader(_) => true,
            Topic::Presence(owner) => owner == user,
            Topic::GroupRecord(group) => match self.records.get(group) {
                Some(members) => members.first() == Some(user),
                // A new group must have no eavesdroppers, so no other user may have subscribed to its topics before.
                None => self.early_subscribers.get(group).is_none_or(|early| early.iter().all(|other| other == user)),
            },
            Topic::GroupMembers(group) | Topic::GroupMessages(group) => {
                self.records.get(group).is_some_and(|members| members.contains(user))
            }
            Topic::Session(session) => session.peer_of(user).is_some(),
        }
    }

    /// Updates a group's members from its new retained record. Returns the subscriptions (user and filter) that the
    /// rules no longer allow.
    pub fn learn_record(&mut self, name: &str, payload: &[u8]) -> Vec<(UserId, String)> {
        let Some(Topic::GroupRecord(group)) = topic(name) else { return Vec::new() };
        let members = match decode_content(name, payload) {
            Some(Content::News(GroupNews::Record(record))) => record.everyone().cloned().collect(),
            // The group was dissolved. A later group with this name is another group, so all subscriptions end.
            _ => Vec::new(),
        };
        self.early_subscribers.remove(&group);
        let before = self.records.insert(group.clone(), members).unwrap_or_default();
        let lost = before.into_iter().flat_map(|user| {
            let filters = self.forbidden_filters(&user, &group);
            filters.into_iter().map(move |filter| (user.clone(), filter))
        });
        let lost = lost.collect();
        if self.records.get(&group).is_some_and(Vec::is_empty) {
            self.records.remove(&group);
        }
        lost
    }

    /// The private topics of a group that `user` may not read.
    fn forbidden_filters(&self, user: &UserId, group: &GroupName) -> Vec<String> {
        let own = [Topic::GroupLeader, Topic::GroupMembers, Topic::GroupMessages].map(|topic| topic(group.clone()));
        own.iter().filter(|topic| !self.may_read(user, topic)).map(|topic| topic.name("")).collect()
    }
}

/// Whether a publication of `user` names no other user as its author.
pub fn is_own_publication(user: &UserId, topic: &str, payload: &[u8]) -> bool {
    decode_content(topic, payload).is_none_or(|content| content.speaker().is_none_or(|speaker| speaker == user))
}

/// Whether a will is the offline presence of `user`, on their own presence topic.
pub fn is_own_will(user: &UserId, topic: &str, payload: &[u8]) -> bool {
    matches!(decode_content(topic, payload), Some(Content::Presence(of, false)) if of == *user)
        && *topic == Topic::Presence(user.clone()).name("")
}

fn topic(name: &str) -> Option<Topic> {
    Topic::parse("", name).ok()
}

fn decode_content(topic: &str, payload: &[u8]) -> Option<Content> {
    let inbound = Inbound { topic: topic.to_owned(), payload: payload.to_vec(), ..Inbound::default() };
    decode("", &inbound).ok().map(|publication| publication.content)
}

/// The group of a topic that only its members may read.
fn private_group(topic: &Topic) -> Option<&GroupName> {
    match topic {
        Topic::GroupLeader(group) | Topic::GroupMembers(group) | Topic::GroupMessages(group) => Some(group),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(name: &str) -> UserId {
        name.parse().unwrap()
    }

    /// The group devs: bob leads it, and carol is a member.
    fn groups() -> GroupMembers {
        let mut groups = GroupMembers::default();
        groups.learn_record("GROUPS/devs", b"devs bob carol");
        groups
    }

    #[test]
    fn users_have_only_the_access_in_the_table() {
        // A topic, the users who may subscribe to it, and the users who may publish to it. The letters are the initials
        // of alice, bob (leads devs) and carol (is in devs).
        for (topic, subscribe, publish) in [
            ("alice_Control", "a", "abc"),
            ("clients/bob", "b", "abc"),
            ("USERS/alice", "abc", "a"),
            ("USERS", "abc", "abc"),
            ("GROUPS", "abc", "abc"),
            ("groups/info", "abc", "abc"),
            ("GROUPS/devs", "abc", "b"),
            ("GROUPS/new", "abc", "abc"),
            ("groups/devs/leader", "b", "abc"),
            ("groups/devs/members", "bc", "bc"),
            ("groups/devs/messages", "bc", "bc"),
            ("groups/new/messages", "abc", ""),
            ("alice_bob_1763900000000", "ab", "ab"),
            ("bob_carol_1763900000000", "bc", "bc"),
            ("USERS/#", "abc", ""),
            ("GROUPS/#", "abc", ""),
            ("#", "", ""),
            ("+", "", ""),
            ("+/#", "", ""),
            ("+/alice", "", ""),
            ("groups/#", "", ""),
            ("groups/+/messages", "", ""),
            ("clients/+", "", ""),
            ("clients/#", "", ""),
            ("$share/x/USERS/#", "", ""),
            ("$share/x/bob_Control", "", ""),
            ("$SYS/#", "", ""),
            ("USERS/alice/#", "", ""),
            ("elsewhere", "", ""),
            ("", "", ""),
        ] {
            for user in ["alice", "bob", "carol"] {
                let (user, letter) = (id(user), &user[..1]);
                let may = |access| groups().allow(&user, access);
                assert_eq!(may(Access::Subscribe(topic)), subscribe.contains(letter), "{user} reads {topic}");
                assert_eq!(may(Access::Publish(topic)), publish.contains(letter), "{user} writes {topic}");
            }
        }
    }

    #[test]
    fn record_decides_who_reads_and_writes() {
        let mut groups = groups();
        let messages = Access::Subscribe("groups/devs/messages");
        let lost = groups.learn_record("GROUPS/devs", b"devs carol alice");
        let all = ["leader", "members", "messages"].map(|topic| (id("bob"), format!("groups/devs/{topic}")));
        assert_eq!(lost[..3], all, "the record no longer lists bob");
        assert_eq!(["alice", "bob", "carol"].map(|user| groups.allow(&id(user), messages)), [true, false, true]);
        assert!(groups.allow(&id("carol"), Access::Publish("GROUPS/devs")));
        assert!(!groups.allow(&id("bob"), Access::Publish("GROUPS/devs")));
        groups.learn_record("GROUPS/devs", b"");
        assert!(groups.allow(&id("alice"), Access::Publish("GROUPS/devs")), "anybody may take a free name");
    }

    #[test]
    fn group_with_early_subscribers_cannot_be_created() {
        let mut groups = GroupMembers::default();
        assert!(groups.allow(&id("eve"), Access::Subscribe("groups/devs/messages")));
        assert!(groups.allow(&id("bob"), Access::Subscribe("groups/devs/messages")));
        assert!(!groups.allow(&id("bob"), Access::Publish("GROUPS/devs")), "eve would receive everything");
        let mut groups = GroupMembers::default();
        assert!(groups.allow(&id("bob"), Access::Subscribe("groups/devs/messages")));
        assert!(groups.allow(&id("bob"), Access::Publish("GROUPS/devs")));
    }

    #[test]
    fn publication_in_another_name_is_refused() {
        let bob = id("bob");
        for (topic, mine, other) in [
            ("alice_Control", "REQUEST bob", "REQUEST carol"),
            ("alice_Control", "1763900000000 bob", "1763900000000 carol"),
            ("alice_Control", "DENIED bob", "DENIED carol"),
            ("alice_bob_1763900000000", "bob hello", "alice hello"),
            ("groups/devs/messages", "bob hello", "carol hello"),
            ("groups/devs/leader", "bob ENTER", "carol ENTER"),
            ("groups/devs/members", "bob", "carol"),
            ("USERS", "bob online", "carol offline"),
        ] {
            assert!(is_own_publication(&bob, topic, mine.as_bytes()), "{topic} {mine}");
            assert!(!is_own_publication(&bob, topic, other.as_bytes()), "{topic} {other}");
        }
        assert!(is_own_will(&bob, "USERS/bob", b"bob offline"));
        for (topic, payload) in [
            ("USERS/bob", "bob online"),
            ("USERS/carol", "carol offline"),
            ("USERS", "bob offline"),
            ("x", "bob offline"),
        ] {
            assert!(!is_own_will(&bob, topic, payload.as_bytes()), "{topic} {payload}");
        }
    }

    proptest! {
        #[test]
        fn no_allowed_filter_matches_private_topics(filter in "(USERS|GROUPS|groups|clients|bob_Control|\\+|#|\\$share|devs|bob|/){1,6}") {
            let eve = id("eve");
            let private = ["bob_Control", "clients/bob", "groups/devs/leader", "groups/devs/members",
                "groups/devs/messages", "bob_carol_1763900000000"];
            if groups().allow(&eve, Access::Subscribe(&filter)) {
                for topic in private {
                    prop_assert!(!matches(&filter, topic), "{filter} reads {topic}");
                }
            }
        }

        #[test]
        fn arbitrary_input_never_panics(topic in any::<String>(), payload in any::<Vec<u8>>()) {
            let mut groups = groups();
            groups.learn_record(&topic, &payload);
            let eve = id("eve");
            let _ = groups.allow(&eve, Access::Publish(&topic));
            let _ = (is_own_publication(&eve, &topic, &payload), is_own_will(&eve, &topic, &payload));
        }
    }

    /// Matches a filter as in MQTT 5 §4.7.
    fn matches(filter: &str, topic: &str) -> bool {
        let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
        loop {
            match (filter.next(), topic.next()) {
                (Some("#"), _) | (None, None) => return true,
                (Some("+"), Some(_)) => {}
                (Some(wanted), Some(level)) if wanted == level => {}
                _ => return false,
            }
        }
    }
}
