//! The message IDs of received sequence numbers. A number counts as received only together with its ID, because another
//! client may have used the number in the author's name.
//!
//! The IDs of this run are in memory. Those of earlier runs are read from the store, once for each author, when a
//! number arrives that seems to be a duplicate. Until the store answers, that author's messages are held without a
//! PUBACK, so the broker resends them if the connection is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    conversations::{Conversations, Stream},
    egress::Egress,
};
use crate::{
    domain::{DeviceHash, MessageId},
    protocol::{AckToken, Content, Inbound, Output, Properties, TypedPublication},
};

/// The IDs and sequence numbers of the latest messages of each author.
#[derive(Debug, Default)]
pub(super) struct ReceivedIds {
    ids: BTreeMap<Stream, BTreeSet<(u64, MessageId)>>,
    /// Authors whose IDs of earlier runs have been read from the store.
    fetched: BTreeSet<Stream>,
    /// Publications that wait for the store's answer.
    waiting: BTreeMap<Stream, Vec<(Inbound, AckToken)>>,
}

/// The maximum number of remembered IDs of each author: those of the highest sequence numbers.
const MAX_IDS: usize = 1_000;
/// The maximum number of waiting publications of each author. It exceeds what the broker sends without an
/// acknowledgement.
const MAX_WAITING: usize = 1_000;

impl ReceivedIds {
    /// Remembers the sequence number and the ID of a message.
    pub(super) fn note(&mut self, stream: &Stream, numbered: (u64, MessageId)) {
        let known = self.ids.entry(stream.clone()).or_default();
        known.insert(numbered);
        if known.len() > MAX_IDS {
            known.pop_first();
        }
    }

    /// Forgets the IDs of an author who now numbers messages in another store.
    pub(super) fn forget(&mut self, stream: &Stream) {
        self.ids.remove(stream);
    }

    /// Whether the number was received with another ID, and not with this one.
    pub(super) fn has_another(&self, stream: &Stream, (n, message): (u64, MessageId)) -> bool {
        let Some(known) = self.ids.get(stream) else { return false };
        let lowest = MessageId::from_bytes([0; 16]);
        known.range((n, lowest)..=(n, MessageId::from_bytes([0xff; 16]))).next().is_some()
            && !known.contains(&(n, message))
    }

    /// Drops the waiting publications on a lost connection: the broker will resend them.
    pub(super) fn stop_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Whether a message has to wait until its author's IDs are read from the store. If so, it is kept here.
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
            if waiting.len() < MAX_WAITING {
                waiting.push((inbound.clone(), token));
            }
            return true;
        }
        let needs_stored_ids = egress.is_connected() && self.needs_stored_ids(&stream, properties, conversations);
        if needs_stored_ids {
            egress.output(Output::FetchIds { conversation: id.clone(), author: author.clone() });
            self.waiting.insert(stream, vec![(inbound.clone(), token)]);
        }
        needs_stored_ids
    }

    /// Whether a number seems to be a duplicate, while its ID is not in memory. Stored messages do not say in which of
    /// the author's stores they were numbered, so this only works if the author has used a single store.
    fn needs_stored_ids(&self, stream: &Stream, properties: &Properties, conversations: &Conversations) -> bool {
        let (Some(n), Some(message), true) = (properties.n, properties.id, properties.is_papo) else { return false };
        let Some(progress) = conversations.progress_with(&stream.0, &stream.1) else { return false };
        let store = properties.device.as_deref().map(DeviceHash::of);
        let has_one_store = progress.in_store(store).former.iter().all(Option::is_none);
        let seems_duplicate =
            progress.received.is_some_and(|received| n <= received) && progress.skipped_from(n).is_none();
        let is_in_memory = self.ids.get(stream).is_some_and(|known| known.contains(&(n, message)));
        has_one_store && seems_duplicate && !is_in_memory && !self.fetched.contains(stream)
    }

    /// Handles the store's answer. Returns the publications that waited for it.
    pub(super) fn fetched(&mut self, stream: Stream, ids: &[(u64, MessageId)]) -> Vec<(Inbound, AckToken)> {
        let Some(waiting) = self.waiting.remove(&stream) else { return Vec::new() };
        for numbered in ids {
            self.note(&stream, *numbered);
        }
        self.fetched.insert(stream);
        waiting
    }
}
