//! Retained messages on topics other than presence and group records. The broker delivers them again with each
//! connection, so they are recorded and handled only once.

use std::collections::{BTreeMap, BTreeSet};

use super::egress::Egress;
use crate::{
    domain::fnv_1a_64,
    protocol::{IgnoredReason, Inbound, Operation, SeenText, Topic, TypedPublication},
};

/// The maximum number of remembered texts of a topic: the last ones.
const MAX_TEXTS: usize = 1_000;
/// The maximum number of remembered topics: those with the latest texts. Only participants of my conversations can fill
/// more than the few topics that everybody subscribes to.
const MAX_TOPICS: usize = 256;

/// The texts received on each topic. The store has the same.
#[derive(Debug, Default)]
pub(super) struct SeenTexts {
    topics: BTreeMap<String, TopicTexts>,
    /// The order of the latest text.
    last: u64,
    /// Topics whose retained messages have been reported to the user in this run.
    notified: BTreeSet<String>,
}

/// The texts of one topic. Each has a slot in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct TopicTexts {
    /// The slot and the order of each text, by its hash. The order counts the texts of all topics, from 1.
    by_hash: BTreeMap<u64, (u16, u64)>,
    /// The hash of each text, by its order.
    by_order: BTreeMap<u64, u64>,
    /// Free slots below the highest one, whose rows were damaged; the lowest last. They are filled first.
    gaps: Vec<u16>,
}

impl TopicTexts {
    /// Adds a text, or renews its order.
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

    /// Returns a slot for one more text: a free one, or that of the oldest text, which is removed.
    fn make_slot(&mut self) -> u16 {
        if self.gaps.is_empty() && self.by_hash.len() >= MAX_TEXTS {
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
            if usize::from(slot) < MAX_TEXTS {
                texts.topics.entry(topic).or_default().put(hash, slot, order);
                texts.last = texts.last.max(order);
            }
        }
        texts.topics.values_mut().for_each(TopicTexts::find_gaps);
        texts
    }

    /// Returns whether a publication is retained and was received on its topic before.
    ///
    /// A publication with `papo` and `id` is recorded only if it is retained: other code recognises its duplicates,
    /// those of messages by the sequence number, those of requests by the ID.
    pub(super) fn is_known_retained(
        &mut self,
        inbound: &Inbound,
        TypedPublication { topic, properties, .. }: &TypedPublication,
        egress: &mut Egress,
    ) -> bool {
        let may_be_retained = matches!(topic, Topic::Presence(_) | Topic::GroupRecord(_));
        let is_known_by_id = properties.is_papo && properties.id.is_some() && !inbound.retained;
        if may_be_retained || is_known_by_id {
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

    /// Records that a text was received on a topic. Returns whether it was received before, and the changes to store.
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

    /// If the list of topics is full, removes the one whose latest text is the oldest. Returns the change to store.
    fn make_room(&mut self) -> Option<Operation> {
        if self.topics.len() < MAX_TOPICS {
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

    /// Records a text, and applies the operations to `store`.
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
    fn last_thousand_texts_of_a_topic_are_known_after_restart() {
        let (mut texts, mut store) = (SeenTexts::default(), BTreeMap::new());
        for hash in 0..1_500 {
            assert!(!note(&mut texts, &mut store, "t", hash));
            // A text that is repeated stays known.
            note(&mut texts, &mut store, "t", 10_000);
        }
        assert_eq!(store.len(), MAX_TEXTS);
        let mut texts = restored(&store);
        assert!(note(&mut texts, &mut store, "t", 10_000) && note(&mut texts, &mut store, "t", 600));
        assert!(!note(&mut texts, &mut store, "t", 400) && !note(&mut texts, &mut store, "other", 600));
        assert_eq!(restored(&store).topics, texts.topics);
    }

    #[test]
    fn topic_with_oldest_latest_text_is_removed_when_list_is_full() {
        let (mut texts, mut store) = (SeenTexts::default(), BTreeMap::new());
        for topic in 0..MAX_TOPICS {
            note(&mut texts, &mut store, &topic.to_string(), 1);
        }
        note(&mut texts, &mut store, "0", 2);
        note(&mut texts, &mut store, "one more", 1);
        assert_eq!((texts.topics.len(), restored(&store).topics), (MAX_TOPICS, texts.topics.clone()));
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
