//! Access rules: who may read and write which topic, as a pure function of the user and the known groups.
//!
//! Invariant: everything not listed here is forbidden. Topics have no prefix here. A group's own topics belong to its
//! members, as listed in its retained record, which only its leader writes. Before a group has a record, its creator
//! subscribes first; so a record is refused if others have subscribed already.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{GroupName, UserId},
    protocol::{Content, GroupNews, Inbound, Topic, decode},
};

/// A wanted access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access<'a> {
    /// Subscribe to a filter.
    Subscribe(&'a str),
    /// Publish to a topic.
    Publish(&'a str),
}

/// The members of the known groups, the leader first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    records: BTreeMap<GroupName, Vec<UserId>>,
    /// The subscribers to the topics of a group without a record.
    early: BTreeMap<GroupName, BTreeSet<UserId>>,
}

/// Filters besides single topics that every user may subscribe to.
const OPEN_FILTERS: [&str; 4] = ["USERS/#", "USERS/+", "GROUPS/#", "GROUPS/+"];

impl Groups {
    /// Decides whether `user` may do this; notes subscribers to a group without a record.
    pub fn allow(&mut self, user: &UserId, access: Access<'_>) -> bool {
        let is_allowed = self.allows(user, access);
        if let (true, Access::Subscribe(filter)) = (is_allowed, access)
            && let Some(group) = topic(filter).as_ref().and_then(own_topic)
            && !self.records.contains_key(group)
        {
            self.early.entry(group.clone()).or_default().insert(user.clone());
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
            Topic::GroupLeader(group) => self.records.get(group).is_none_or(|everyone| everyone.first() == Some(user)),
            Topic::GroupMembers(group) | Topic::GroupMessages(group) => {
                self.records.get(group).is_none_or(|everyone| everyone.contains(user))
            }
            Topic::Session(session) => session.peer_of(user).is_some(),
        }
    }

    fn may_write(&self, user: &UserId, topic: &Topic) -> bool {
        match topic {
            Topic::Users | Topic::GroupNews(_) | Topic::Control(..) | Topic::GroupLeader(_) => true,
            Topic::Presence(owner) => owner == user,
            Topic::GroupRecord(group) => match self.records.get(group) {
                Some(everyone) => everyone.first() == Some(user),
                None => self.early.get(group).is_none_or(|early| early.iter().all(|other| other == user)),
            },
            Topic::GroupMembers(group) | Topic::GroupMessages(group) => {
                self.records.get(group).is_some_and(|everyone| everyone.contains(user))
            }
            Topic::Session(session) => session.peer_of(user).is_some(),
        }
    }

    /// Learns from a new record. Returns the users who lost access, and the topics.
    pub fn learn(&mut self, name: &str, payload: &[u8]) -> Vec<(UserId, String)> {
        let Some(Topic::GroupRecord(group)) = topic(name) else { return Vec::new() };
        let everyone = match read(name, payload) {
            Some(Content::News(GroupNews::Record(_, leader, members))) => [vec![leader], members].concat(),
            // Its former members lose access, and a later group of that name is another one.
            _ => Vec::new(),
        };
        self.early.remove(&group);
        let before = self.records.insert(group.clone(), everyone).unwrap_or_default();
        let lost = before.into_iter().flat_map(|user| {
            let filters = self.closed(&user, &group);
            filters.into_iter().map(move |filter| (user.clone(), filter))
        });
        let lost = lost.collect();
        if self.records.get(&group).is_some_and(Vec::is_empty) {
            self.records.remove(&group);
        }
        lost
    }

    fn closed(&self, user: &UserId, group: &GroupName) -> Vec<String> {
        let own = [Topic::GroupLeader, Topic::GroupMembers, Topic::GroupMessages].map(|topic| topic(group.clone()));
        own.iter().filter(|topic| !self.may_read(user, topic)).map(|topic| topic.name("")).collect()
    }
}

/// Whether a publication of `user` names no one else as its author.
pub fn speaks_for_itself(user: &UserId, topic: &str, payload: &[u8]) -> bool {
    read(topic, payload).is_none_or(|content| content.speaker().is_none_or(|speaker| speaker == user))
}

/// Whether a will announces only that `user` itself is offline.
pub fn is_own_will(user: &UserId, topic: &str, payload: &[u8]) -> bool {
    matches!(read(topic, payload), Some(Content::Presence(of, false)) if of == *user)
        && *topic == Topic::Presence(user.clone()).name("")
}

fn topic(name: &str) -> Option<Topic> {
    Topic::parse("", name).ok()
}

fn read(topic: &str, payload: &[u8]) -> Option<Content> {
    let inbound = Inbound {
        topic: topic.to_owned(),
        payload: payload.to_vec(),
        retained: false,
        content_type: None,
        properties: Vec::new(),
    };
    decode("", &inbound).ok().map(|(_, content, _)| content)
}

/// The group that a topic belongs to.
fn own_topic(topic: &Topic) -> Option<&GroupName> {
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

    /// devs, led by bob, with carol.
    fn groups() -> Groups {
        let mut groups = Groups::default();
        groups.learn("GROUPS/devs", b"devs bob carol");
        groups
    }

    #[test]
    fn the_table_of_access() {
        // Topic, who may subscribe, who may publish: of alice, bob (leads devs), carol (is in devs).
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
    fn a_group_is_whose_record_says_so() {
        let mut groups = groups();
        let messages = Access::Subscribe("groups/devs/messages");
        let lost = groups.learn("GROUPS/devs", b"devs carol alice");
        let all = ["leader", "members", "messages"].map(|topic| (id("bob"), format!("groups/devs/{topic}")));
        assert_eq!(lost[..3], all, "bob, who led it, is not in it any more");
        assert_eq!(["alice", "bob", "carol"].map(|user| groups.allow(&id(user), messages)), [true, false, true]);
        assert!(groups.allow(&id("carol"), Access::Publish("GROUPS/devs")));
        assert!(!groups.allow(&id("bob"), Access::Publish("GROUPS/devs")));
        groups.learn("GROUPS/devs", b"");
        assert!(groups.allow(&id("alice"), Access::Publish("GROUPS/devs")), "a name that is free is anybody's");
    }

    #[test]
    fn nobody_listens_to_a_group_before_it_is_there() {
        let mut groups = Groups::default();
        assert!(groups.allow(&id("eve"), Access::Subscribe("groups/devs/messages")));
        assert!(groups.allow(&id("bob"), Access::Subscribe("groups/devs/messages")));
        assert!(!groups.allow(&id("bob"), Access::Publish("GROUPS/devs")), "eve would hear everything");
        let mut groups = Groups::default();
        assert!(groups.allow(&id("bob"), Access::Subscribe("groups/devs/messages")));
        assert!(groups.allow(&id("bob"), Access::Publish("GROUPS/devs")));
    }

    #[test]
    fn nobody_speaks_as_another() {
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
            assert!(speaks_for_itself(&bob, topic, mine.as_bytes()), "{topic} {mine}");
            assert!(!speaks_for_itself(&bob, topic, other.as_bytes()), "{topic} {other}");
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
        fn no_filter_reads_what_is_anothers(filter in "(USERS|GROUPS|groups|clients|bob_Control|\\+|#|\\$share|devs|bob|/){1,6}") {
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
        fn nothing_breaks_the_rules(topic in any::<String>(), payload in any::<Vec<u8>>()) {
            let mut groups = groups();
            groups.learn(&topic, &payload);
            let eve = id("eve");
            let _ = groups.allow(&eve, Access::Publish(&topic));
            let _ = (speaks_for_itself(&eve, &topic, &payload), is_own_will(&eve, &topic, &payload));
        }
    }

    /// MQTT 5, section 4.7.
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
