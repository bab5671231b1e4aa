//! What the broker keeps outside presence and group records: published with *retain* without need, it comes again with
//! each connection. It counts once.

use std::collections::{BTreeMap, BTreeSet};

use super::egress::Egress;
use crate::{
    domain::fnv_1a_64,
    protocol::{IgnoredReason, Inbound, Operation, SeenText, Topic, TypedPublication},
};

/// So many texts of a topic are remembered, the latest.
const MOST_TEXTS: usize = 1_000;
/// So many topics are remembered, those with the latest news. Only members of my conversations can use more than the
/// few that everybody subscribes to.
const MOST_TOPICS: usize = 256;

/// The texts that have come from each topic. As the store has them.
#[derive(Debug, Default)]
pub(super) struct SeenTexts {
    topics: BTreeMap<String, Vec<Mark>>,
    /// The highest order.
    last: u64,
    /// Topics of which the user has been told in this run that the broker keeps something there.
    notified: BTreeSet<String>,
}

/// One text in its slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mark {
    /// Counts what has come, from 1; 0 where there is none.
    order: u64,
    hash: u64,
}

impl SeenTexts {
    pub(super) fn restore(saved: Vec<SeenText>) -> Self {
        let mut texts = Self::default();
        for SeenText { topic, slot, order, hash } in saved {
            let marks = texts.topics.entry(topic).or_default();
            let slot = usize::from(slot);
            if slot < MOST_TEXTS {
                marks.resize(marks.len().max(slot + 1), Mark::default());
                marks[slot] = Mark { order, hash };
                texts.last = texts.last.max(order);
            }
        }
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
            self.topics.insert(topic.to_owned(), Vec::new());
        }
        let Some(marks) = self.topics.get_mut(topic) else { return (false, operations) };
        let known = marks.iter().position(|mark| mark.order > 0 && mark.hash == hash);
        let oldest = marks.iter().enumerate().min_by_key(|(_, mark)| mark.order).map(|(slot, _)| slot);
        let slot = match (known, oldest) {
            (Some(known), _) if marks[known].order == self.last => return (true, operations),
            (Some(known), _) => known,
            (None, Some(oldest)) if marks.len() >= MOST_TEXTS || marks[oldest].order == 0 => oldest,
            (None, _) => {
                marks.push(Mark::default());
                marks.len() - 1
            }
        };
        self.last += 1;
        marks[slot] = Mark { order: self.last, hash };
        let slot = u16::try_from(slot).unwrap_or(u16::MAX);
        operations.push(Operation::PutSeen(SeenText { topic: topic.to_owned(), slot, order: self.last, hash }));
        (known.is_some(), operations)
    }

    /// Forgets the topic on which nothing was heard for longest, where there are too many for one more.
    fn make_room(&mut self) -> Option<Operation> {
        if self.topics.len() < MOST_TOPICS {
            return None;
        }
        let latest = |marks: &[Mark]| marks.iter().map(|mark| mark.order).max();
        let oldest = self.topics.iter().min_by_key(|(_, marks)| latest(marks)).map(|(topic, _)| topic.clone())?;
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
