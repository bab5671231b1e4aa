//! The message ids behind sequence numbers: a number counts as known only together with its id, because another client
//! may have used it in its author's name.
//!
//! The ids of this run are in memory. Those of earlier runs are read from the store, once for each author, when a number
//! arrives that counts as known. Until the store answers, that author's messages wait without a PUBACK, so the broker
//! sends them again if the connection is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    conversations::{Conversations, Stream},
    egress::Egress,
};
use crate::{
    domain::{DeviceHash, MessageId},
    protocol::{AckToken, Content, Inbound, Output, Properties, TypedPublication},
};

/// The ids of the latest messages of each author, and their numbers.
#[derive(Debug, Default)]
pub(super) struct HeardIds {
    ids: BTreeMap<Stream, BTreeSet<(u64, MessageId)>>,
    /// Authors whose ids of earlier runs the store has delivered.
    fetched: BTreeSet<Stream>,
    /// What waits for the store's answer.
    waiting: BTreeMap<Stream, Vec<(Inbound, AckToken)>>,
}

/// So many ids of each author are remembered: those of the highest numbers.
const MOST_HEARD: usize = 1_000;
/// So much of each author waits. More than the broker sends without being acknowledged.
const MOST_WAITING: usize = 1_000;

impl HeardIds {
    pub(super) fn note(&mut self, stream: &Stream, numbered: (u64, MessageId)) {
        let known = self.ids.entry(stream.clone()).or_default();
        known.insert(numbered);
        if known.len() > MOST_HEARD {
            known.pop_first();
        }
    }

    /// The author counts in another store now.
    pub(super) fn forget(&mut self, stream: &Stream) {
        self.ids.remove(stream);
    }

    /// Whether the number came with another id, and has not come with this one.
    pub(super) fn has_another(&self, stream: &Stream, (n, message): (u64, MessageId)) -> bool {
        let Some(known) = self.ids.get(stream) else { return false };
        let lowest = MessageId::from_bytes([0; 16]);
        known.range((n, lowest)..=(n, MessageId::from_bytes([0xff; 16]))).next().is_some()
            && !known.contains(&(n, message))
    }

    /// The connection is gone: what waits comes again.
    pub(super) fn stop_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Whether a message has to wait for what the store says of its author's ids.
    pub(super) fn must_wait(
        &mut self,
        (inbound, token): (&Inbound, AckToken),
        TypedPublication { content, properties, .. }: &TypedPublication,
        conversations: &Conversations,
        egress: &mut Egress,
    ) -> bool {
        let Content::Talk(id, author, _) = content else { return false };
        let Some(author) = author.as_ref().or_else(|| id.peer_of(egress.me())) else { return false };
        let stream = (id.clone(), author.clone());
        if let Some(waiting) = self.waiting.get_mut(&stream) {
            if waiting.len() < MOST_WAITING {
                waiting.push((inbound.clone(), token));
            }
            return true;
        }
        let is_doubtful = egress.is_connected() && self.is_doubtful(&stream, properties, conversations);
        if is_doubtful {
            egress.output(Output::FetchIds { conversation: id.clone(), author: author.clone() });
            self.waiting.insert(stream, vec![(inbound.clone(), token)]);
        }
        is_doubtful
    }

    /// Whether a number counts as known though this run does not know under which id it came. Messages do not say in
    /// which of its stores their author has counted them, so there must have been one only.
    fn is_doubtful(&self, stream: &Stream, properties: &Properties, conversations: &Conversations) -> bool {
        let (Some(n), Some(message), true) = (properties.n, properties.id, properties.is_papo) else { return false };
        let Some(progress) = conversations.progress_with(&stream.0, &stream.1) else { return false };
        let store = properties.device.as_deref().map(DeviceHash::of);
        let has_one_store = progress.in_store(store).former.iter().all(Option::is_none);
        let counts_as_known =
            progress.received.is_some_and(|received| n <= received) && progress.skipped_from(n).is_none();
        let is_heard = self.ids.get(stream).is_some_and(|known| known.contains(&(n, message)));
        has_one_store && counts_as_known && !is_heard && !self.fetched.contains(stream)
    }

    /// The store's answer. Returns what has waited for it.
    pub(super) fn fetched(&mut self, stream: Stream, ids: &[(u64, MessageId)]) -> Vec<(Inbound, AckToken)> {
        let Some(waiting) = self.waiting.remove(&stream) else { return Vec::new() };
        for numbered in ids {
            self.note(&stream, *numbered);
        }
        self.fetched.insert(stream);
        waiting
    }
}
