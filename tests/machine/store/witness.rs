//! A sound store with all kinds of records, to compare damaged copies of it with.

use std::{fs, path::Path};

use papo::{
    domain::{ChatMessage, Conversation, ConversationId, DeliveryProgress},
    protocol::{Operation, Saved},
    store::{Damage, Opened, Store},
};

use super::{append, at, id, message, one_of_each_record, open, operations, session};

/// A pseudo-random generator; the seed fixes the sequence.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A sound store: its bytes and its content.
pub struct Witness {
    pub closed: Vec<u8>,
    /// The bytes of the file while the store is open, as a kill leaves them.
    pub while_open: Vec<u8>,
    saved: Saved,
    messages: Vec<(ConversationId, Vec<(u64, ChatMessage)>)>,
    mine: Vec<(u64, ChatMessage)>,
}

/// What reading a damaged store gave. None of these contains wrong data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All data is there.
    Complete,
    /// Data is missing, or damage was found, and the store reports it.
    Reported,
    /// The store does not open and returns an error.
    Refused,
}

pub fn devs() -> ConversationId {
    "#devs".parse().unwrap()
}

/// The operations that append bob's message number `seq + 1` to the group.
pub fn from_bob(seq: u64) -> [Operation; 3] {
    let written = ChatMessage { sequence_number: Some(seq + 1), ..message(1000 + seq, "bob") };
    let progress = DeliveryProgress {
        joined: 2,
        acked: 2,
        read: 2,
        received: written.sequence_number,
        ..DeliveryProgress::default()
    };
    let conversation = Conversation { len: seq + 1, unread: 2, ..Conversation::new(devs(), at(seq)) };
    [
        Operation::Append { conversation: devs(), seq, message: written },
        Operation::PutConversation(conversation),
        Operation::PutProgress { conversation: devs(), user: id("bob"), progress },
    ]
}

/// Some hundred messages in two conversations, and at least one record of each kind.
pub fn store_with_everything() -> Witness {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("papo.redb");
    let mut store = open(folder.path()).store;
    store.commit(&operations(&one_of_each_record())).unwrap();
    for seq in 0..60 {
        store.commit(append(seq, "alice").iter().chain(&from_bob(seq))).unwrap();
    }
    let while_open = fs::read(&file).unwrap();
    drop(store);
    let closed = fs::read(&file).unwrap();
    let Opened { store, saved, damage } = open(folder.path());
    assert_eq!(damage, vec![]);
    let read = |id: &ConversationId| store.page(id, u64::MAX, usize::MAX).unwrap().messages;
    let messages: Vec<_> = [session(), devs()].map(|id| (id.clone(), read(&id))).into();
    let mine = store.mine(&session(), 1, u64::MAX).unwrap().messages;
    assert_eq!((messages[0].1.len(), messages[1].1.len(), mine.len()), (60, 60, 60));
    Witness { closed, while_open, saved, messages, mine }
}

impl Witness {
    /// Opens the store in `folder`, reads everything, and panics on wrong data or unreported loss.
    pub fn judge(&self, folder: &Path, case: &str) -> Verdict {
        let before = fs::read(folder.join("papo.redb")).unwrap();
        match Store::open(folder, &id("alice"), "") {
            Ok(opened) => {
                let kept = fs::read(folder.join("papo.redb.damaged-1")).ok();
                let is_found = opened.damage.iter().any(|damage| damage.table == "file");
                assert!(kept == is_found.then_some(before), "{case}: the kept copy differs from the damaged file");
                self.compare(&opened, case)
            }
            Err(error) => {
                assert!(error.to_string().contains("papo.redb"), "{case}: {error}");
                assert!(
                    fs::read(folder.join("papo.redb")).unwrap() == before,
                    "{case}: a refused file was changed: {error}"
                );
                Verdict::Refused
            }
        }
    }

    fn compare(&self, opened: &Opened, case: &str) -> Verdict {
        let mut damage = opened.damage.clone();
        let mut is_whole = self.is_saved(&opened.saved, &damage, case);
        for (id, expected) in &self.messages {
            is_whole &= is_read(opened.store.page(id, u64::MAX, usize::MAX), expected, &mut damage, case);
        }
        is_whole &= is_read(opened.store.mine(&session(), 1, u64::MAX), &self.mine, &mut damage, case);
        is_whole &= opened.store.device() == "device-1";
        match (is_whole, damage.is_empty()) {
            (true, true) => Verdict::Complete,
            (_, false) => Verdict::Reported,
            (false, true) => panic!("{case}: data is missing and the store reports no damage"),
        }
    }

    /// Returns whether all records are there. Panics on a record that was never written, except a rebuilt conversation.
    fn is_saved(&self, saved: &Saved, damage: &[Damage], case: &str) -> bool {
        let unknown = saved.requests.iter().any(|request| !self.saved.requests.contains(request))
            || saved.groups.iter().any(|group| !self.saved.groups.contains(group))
            || saved.users.iter().any(|user| !self.saved.users.contains(user))
            || saved.outbox.iter().any(|row| !self.saved.outbox.contains(row))
            || saved.tabs.iter().any(|tabs| self.saved.tabs.as_ref() != Some(tabs))
            || saved.runs.iter().any(|run| !self.saved.runs.contains(run))
            || saved.drafts.iter().any(|draft| !self.saved.drafts.contains(draft));
        assert!(!unknown, "{case}: a record that was never written: {saved:?}");
        for conversation in &saved.conversations {
            let known = self.saved.conversations.iter().find(|known| known.id == conversation.id);
            let known =
                known.unwrap_or_else(|| panic!("{case}: a conversation that was never written: {conversation:?}"));
            assert!(
                known == conversation || !damage.is_empty(),
                "{case}: {conversation:?} differs, and no damage is reported"
            );
            assert!(known.len <= conversation.len || !damage.is_empty(), "{case}: shorter: {conversation:?}");
        }
        *saved == self.saved
    }
}

/// Returns whether all messages are there. Panics on a message that was never written.
fn is_read(
    page: Result<papo::store::Page, papo::store::StoreError>,
    expected: &[(u64, ChatMessage)],
    damage: &mut Vec<Damage>,
    case: &str,
) -> bool {
    let page = match page {
        Ok(page) => page,
        Err(error) => {
            let fault = papo::store::Fault::Unreadable(error.to_string());
            damage.push(Damage { table: "messages", key: String::new(), fault });
            return false;
        }
    };
    for found in &page.messages {
        assert!(expected.contains(found), "{case}: a message that was never written: {found:?}");
    }
    assert!(page.messages.is_sorted_by_key(|(seq, _)| *seq), "{case}: out of order");
    damage.extend(page.damage);
    page.messages == expected
}
