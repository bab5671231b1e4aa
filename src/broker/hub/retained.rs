//! The retained messages.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use mqtt5_protocol::validation::topic_matches_filter;

use super::message::Message;

/// The retained messages by topic.
#[derive(Debug, Default)]
pub(super) struct Retained(BTreeMap<Box<str>, Arc<Message>>);

impl Retained {
    /// The retained message of a topic.
    pub(super) fn get(&self, topic: &str) -> Option<&Arc<Message>> {
        self.0.get(topic)
    }

    /// Replaces the retained message of the topic of `message`. Returns the one before.
    pub(super) fn insert(&mut self, message: Arc<Message>) -> Option<Arc<Message>> {
        self.0.insert(message.topic.clone(), message)
    }

    /// Removes the retained message of a topic.
    pub(super) fn remove(&mut self, topic: &str) -> Option<Arc<Message>> {
        self.0.remove(topic)
    }

    /// The retained messages of the topics that match a filter, by topic.
    pub(super) fn matching(&self, filter: &str) -> Vec<Arc<Message>> {
        let Some(wildcard) = filter.find(['+', '#']) else { return self.get(filter).cloned().into_iter().collect() };
        // `a/#` matches `a`, too.
        let start = filter[..wildcard].trim_end_matches('/');
        let range = (Bound::Included(start), Bound::Unbounded);
        let from_start = self.0.range::<str, _>(range).take_while(|(topic, _)| topic.starts_with(start));
        from_start
            .filter(|(topic, _)| topic_matches_filter(topic, filter))
            .map(|(_, message)| Arc::clone(message))
            .collect()
    }

    /// All of them, by topic.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.0.values()
    }
}
