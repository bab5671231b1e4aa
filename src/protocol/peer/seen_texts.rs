//! What the broker keeps outside presence and group records: published with *retain* without need, it comes again with
//! each connection. It counts once.

use std::collections::{BTreeMap, BTreeSet};

use super::egress::Egress;
use crate::{
    domain::fnv_1a_64,
    protocol::{IgnoredReason, Inbound, Operation, SeenText, Topic, TypedPublication},
};

/// How many texts of a topic are remembered: the last ones.
const MOST_TEXTS: usize = 1_000;
/// How many topics are remembered: those with the latest texts. Only members of my conversations can use more than the
/// few that everybody subscribes to.
const MOST_TOPICS: usize = 256;

/// The texts that have come from each topic. As the store has them.
#[derive(Debug, Default)]
pub(super) struct SeenTexts {
    topics: BTreeMap<String, TopicTexts>,
    /// The highest order.
    last: u64,
    /// Topics of which the user has been told in this run that the broker keeps something there.
    notified: BTreeSet<String>,
}

/// The texts of one topic, each in a slot of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct TopicTexts {
    /// The slot and the order of each text, by its hash. The order counts what has come, from 1.
    by_hash: BTreeMap<u64, (u16, u64)>,
    /// The hashes, the oldest text first.
    by_order: BTreeMap<u64, u64>,
    /// Slots whose rows were damaged, the lowest last. They are filled first.
    gaps: Vec<u16>,
}

impl TopicTexts {
    fn put(&mut self, hash: u64, slot: u16, order: u64) {
        if let Some((_, earlier)) = self.by_hash.insert(hash, (slot, order)) {
            self.by_order.remove(&earlier);
        }
        self.by_order.insert(order, hash);
    }

    fn find_gaps(&mut self) {
        let taken: BTreeSet<u16> = self.by_hash.values().map(|(slot, _)| *slot).collect();
        self.gaps = (0..taken.last().copied().unwrap_or_default()).rev().filter(|slot| !taken.contains(slot)).collect();
    }

    /// A slot for one more text: a free one, or that of the oldest text, which is forgotten.
    fn make_slot(&mut self) -> u16 {
        if self.gaps.is_empty() && self.by_hash.len() >= MOST_TEXTS {
            let oldest = self.by_order.pop_first().and_then(|(_, hash)| self.by_hash.remove(&hash));
            return oldest.map(|(slot, _)| slot).unwrap_or_default();
        }
        self.gaps.pop().unwrap_or_else(|| u16::try_from(self.by_hash.len()).unwrap_or(u16::MAX))
    }
}

impl SeenTexts {
    pub(super) fn restore(saved: Vec<SeenText>) -> Self {
        let mut texts = Self::default();
        for SeenText { topic, slot, order, hash } in saved {
            if usize::from(slot) < MOST_TEXTS {
                texts.topics.entry(topic).or_default().put(hash, slot, order);
                texts.last = texts.last.max(order);
            }
        }
        texts.topics.values_mut().for_each(TopicTexts::find_gaps);
        texts
    }

    /// Whether a publication comes from the broker's memory and has come from its topic before.
    ///
    /// What a papo publishes with an id it knows again by that: messages by their numbers, requests by their ids. It
    /// is noted only where the broker keeps it.
    pub(super) fn has_come_before(
        &mut self,
        inbound: &Inbound,
        TypedPublication { topic, properties, .. }: &TypedPublication,
        egress: &mut Egress,
    ) -> bool {
        let is_to_be_kept = matches!(topic, Topic::Presence(_) | Topic::GroupRecord(_));
        let is_known_by_id = properties.is_papo && properties.id.is_some() && !inbound.retained;
        if is_to_be_kept || is_known_by_id {
            return false;
        }
        let hash = match &properties.id {
            Some(id) => fnv_1a_64(id.as_bytes()),
            None => fnv_1a_64(&inbound.payload),
        };
        let (is_known, operations) = self.note(&inbound.topic, hash);
        for operation in operations {
            egress.persist(operation);
        }
        if inbound.retained && self.notified.insert(inbound.topic.clone()) {
            egress.report_suspicious(IgnoredReason::Retained(inbound.topic.clone()));
        }
        inbound.retained && is_known
    }

    /// Notes that a text has come from a topic. Says whether it had before, and what is to be kept.
    fn note(&mut self, topic: &str, hash: u64) -> (bool, Vec<Operation>) {
        let mut operations = Vec::new();
        if !self.topics.contains_key(topic) {
            operations.extend(self.make_room());
        }
        let texts = self.topics.entry(topic.to_owned()).or_default();
        let known = texts.by_hash.get(&hash).copied();
        if known.is_some_and(|(_, order)| order == self.last) {
            return (true, operations);
        }
        let slot = known.map_or_else(|| texts.make_slot(), |(slot, _)| slot);
        self.last += 1;
        texts.put(hash, slot, self.last);
        operations.push(Operation::PutSeen(SeenText { topic: topic.to_owned(), slot, order: self.last, hash }));
        (known.is_some(), operations)
    }

    /// Forgets the topic on which nothing was heard for longest, where there are too many for one more.
    fn make_room(&mut self) -> Option<Operation> {
        if self.topics.len() < MOST_TOPICS {
            return None;
        }
        let latest = |texts: &TopicTexts| texts.by_order.last_key_value().map(|(order, _)| *order);
        let oldest = self.topics.iter().min_by_key(|(_, texts)| latest(texts)).map(|(topic, _)| topic.clone())?;
        self.topics.remove(&oldest);
        Some(Operation::ForgetSeen(oldest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes a text; what a start would get back afterwards must know the same.
    fn note(texts: &mut SeenTexts, store: &mut BTreeMap<(String, u16), SeenText>, topic: &str, hash: u64) -> bool {
        let (is_known, operations) = texts.note(topic, hash);
        for operation in operations {
            match operation {
                Operation::PutSeen(text) => {
                    store.insert((text.topic.clone(), text.slot), text);
                }
                Operation::ForgetSeen(topic) => store.retain(|(of, _), _| *of != topic),
                other => panic!("{other:?}"),
            }
        }
        is_known
    }

    fn restored(store: &BTreeMap<(String, u16), SeenText>) -> SeenTexts {
        SeenTexts::restore(store.values().cloned().collect())
    }

    #[test]
    fn the_last_thousand_texts_of_a_topic_are_known_after_a_start() {
        let (mut texts, mut store) = (SeenTexts::default(), BTreeMap::new());
        for hash in 0..1_500 {
            assert!(!note(&mut texts, &mut store, "t", hash));
            // What is said again and again stays.
            note(&mut texts, &mut store, "t", 10_000);
        }
        assert_eq!(store.len(), MOST_TEXTS);
        let mut texts = restored(&store);
        assert!(note(&mut texts, &mut store, "t", 10_000) && note(&mut texts, &mut store, "t", 600));
        assert!(!note(&mut texts, &mut store, "t", 400) && !note(&mut texts, &mut store, "other", 600));
        assert_eq!(restored(&store).topics, texts.topics);
    }

    #[test]
    fn of_too_many_topics_the_one_that_was_silent_for_longest_is_forgotten() {
        let (mut texts, mut store) = (SeenTexts::default(), BTreeMap::new());
        for topic in 0..MOST_TOPICS {
            note(&mut texts, &mut store, &topic.to_string(), 1);
        }
        note(&mut texts, &mut store, "0", 2);
        note(&mut texts, &mut store, "one more", 1);
        assert_eq!((texts.topics.len(), restored(&store).topics), (MOST_TOPICS, texts.topics.clone()));
        assert!(note(&mut texts, &mut store, "0", 1) && !note(&mut texts, &mut store, "1", 1));
    }

    #[test]
    fn damaged_slots_are_filled_first() {
        let text = SeenText { topic: "t".into(), slot: 2, order: 9, hash: 1 };
        let mut store = BTreeMap::from([(("t".to_owned(), 2), text)]);
        let mut texts = restored(&store);
        assert!(!note(&mut texts, &mut store, "t", 0));
        assert_eq!(store[&("t".to_owned(), 0)], SeenText { topic: "t".into(), slot: 0, order: 10, hash: 0 });
    }
}
