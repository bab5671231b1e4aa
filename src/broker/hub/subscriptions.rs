//! Which sessions subscribe to a topic.

use std::collections::{BTreeMap, HashMap};

use super::change::SavedSubscription;

/// The most levels of a topic filter, as in mosquitto: [`Subscriptions::matching`] recurses by level.
pub(super) const MAX_LEVELS: usize = 200;

/// A tree of topic filters by level. Its size is that of the subscriptions, and a look-up costs what it finds.
#[derive(Debug, Default)]
pub(super) struct Subscriptions(Node);

#[derive(Debug, Default)]
struct Node {
    levels: HashMap<Box<str>, Node>,
    /// By the number of the session.
    sessions: BTreeMap<u64, SavedSubscription>,
}

/// The subscriptions of one session that match a topic.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Match {
    /// The highest QoS of them.
    pub(super) qos: u8,
    pub(super) retain_as_published: bool,
    pub(super) identifiers: Vec<u32>,
}

impl Subscriptions {
    /// Adds or replaces a subscription. Whether it is new.
    pub(super) fn insert(&mut self, session: u64, filter: &str, subscription: SavedSubscription) -> bool {
        let node = filter.split('/').fold(&mut self.0, |node, level| node.levels.entry(level.into()).or_default());
        node.sessions.insert(session, subscription).is_none()
    }

    /// Removes a subscription, and what held only it.
    pub(super) fn remove(&mut self, session: u64, filter: &str) {
        self.0.remove(session, filter.split('/'));
    }

    /// The sessions that get a publication on `topic`. `publisher`: the session whose *no local* subscriptions do not
    /// match.
    pub(super) fn matching(&self, topic: &str, publisher: Option<u64>) -> BTreeMap<u64, Match> {
        let mut found = BTreeMap::new();
        let levels: Vec<&str> = topic.split('/').collect();
        // MQTT 5 §4.7.2: a filter that begins with a wildcard matches no topic that begins with `$`.
        self.0.collect(&levels, !topic.starts_with('$'), &mut |node| {
            for (&session, subscription) in &node.sessions {
                if subscription.no_local && publisher == Some(session) {
                    continue;
                }
                let entry: &mut Match = found.entry(session).or_default();
                entry.qos = entry.qos.max(subscription.qos);
                entry.retain_as_published |= subscription.retain_as_published;
                entry.identifiers.extend(subscription.identifier);
            }
        });
        found
    }
}

impl Node {
    fn remove<'a>(&mut self, session: u64, mut levels: impl Iterator<Item = &'a str>) {
        let Some(level) = levels.next() else {
            self.sessions.remove(&session);
            return;
        };
        if let Some(node) = self.levels.get_mut(level) {
            node.remove(session, levels);
            if node.levels.is_empty() && node.sessions.is_empty() {
                self.levels.remove(level);
            }
        }
    }

    fn collect(&self, levels: &[&str], allows_wildcard: bool, found: &mut impl FnMut(&Node)) {
        if allows_wildcard && let Some(all) = self.levels.get("#") {
            found(all);
        }
        let Some((level, rest)) = levels.split_first() else {
            found(self);
            return;
        };
        if let Some(node) = self.levels.get(*level) {
            node.collect(rest, true, found);
        }
        if allows_wildcard && let Some(node) = self.levels.get("+") {
            node.collect(rest, true, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use mqtt5_protocol::validation::topic_matches_filter;
    use proptest::prelude::*;

    use super::*;

    fn at(qos: u8) -> SavedSubscription {
        SavedSubscription { qos, ..SavedSubscription::default() }
    }

    #[test]
    fn overlapping_subscriptions_are_one_match_with_the_highest_qos() {
        let mut tree = Subscriptions::default();
        assert!(tree.insert(1, "a/b", SavedSubscription { identifier: Some(7), ..at(0) }));
        assert!(tree.insert(1, "a/#", SavedSubscription { identifier: Some(8), retain_as_published: true, ..at(2) }));
        assert!(!tree.insert(1, "a/b", SavedSubscription { identifier: Some(9), ..at(1) }), "it replaces the first");
        let found = tree.matching("a/b", None);
        assert_eq!(found[&1].qos, 2);
        assert!(found[&1].retain_as_published);
        let mut identifiers = found[&1].identifiers.clone();
        identifiers.sort_unstable();
        assert_eq!(identifiers, [8, 9]);
    }

    #[test]
    fn no_local_leaves_out_the_publisher() {
        let mut tree = Subscriptions::default();
        tree.insert(1, "a", SavedSubscription { no_local: true, ..at(1) });
        tree.insert(2, "a", SavedSubscription { no_local: true, ..at(1) });
        assert_eq!(tree.matching("a", Some(1)).into_keys().collect::<Vec<_>>(), [2]);
        assert_eq!(tree.matching("a", None).len(), 2);
    }

    #[test]
    fn removed_subscriptions_leave_nothing() {
        let mut tree = Subscriptions::default();
        for filter in ["a/b/c", "a/+", "#", "a"] {
            tree.insert(1, filter, at(1));
        }
        for filter in ["a/b/c", "a/+", "#", "a", "never/there"] {
            tree.remove(1, filter);
        }
        assert!(tree.0.levels.is_empty() && tree.0.sessions.is_empty());
    }

    proptest! {
        #[test]
        fn matches_are_those_of_the_specification(
            filters in prop::collection::vec(
                "(\\$x|a|b|\\+|)(/(a|b|\\+|)){0,3}(/#)?|#".prop_filter("a filter is not empty", |filter| !filter.is_empty()),
                1..20,
            ),
            topic in "(\\$x|a|b)(/(a|b|)){0,4}",
        ) {
            let mut tree = Subscriptions::default();
            for (session, filter) in filters.iter().enumerate() {
                tree.insert(session as u64, filter, at(1));
            }
            let found: Vec<u64> = tree.matching(&topic, None).into_keys().collect();
            let wanted: Vec<u64> = (0_u64..)
                .zip(&filters)
                .filter(|(_, filter)| topic_matches_filter(&topic, filter))
                .map(|(session, _)| session)
                .collect();
            prop_assert_eq!(found, wanted);
            for (session, filter) in filters.iter().enumerate() {
                tree.remove(session as u64, filter);
            }
            prop_assert!(tree.0.levels.is_empty());
        }
    }
}
