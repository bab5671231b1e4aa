//! Damage in the file of the store: the store detects and reports it, and the rest of the data stays readable.

use std::{fs, path::Path};

use papo::{
    domain::{Body, ChatMessage, ConversationId, DeliveryProgress, Membership, MessageId},
    protocol::Operation,
    store::{self, Event, Fault, Handle, Job, Store},
};

use super::{
    append, at, id, message, open, session,
    witness::{Random, Verdict, Witness, devs, from_bob, store_with_everything},
};

/// Flips each of the bits, given as byte and bit, in a fresh copy of the file. Returns how often each verdict occurred.
fn flip(sound: &Witness, file: &[u8], places: &[(usize, u8)], what: &str) -> [u32; 3] {
    let mut verdicts = [0; 3];
    let folder = tempfile::tempdir().unwrap();
    for (number, &(at, bit)) in places.iter().enumerate() {
        for left in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(left.unwrap().path()).unwrap();
        }
        let mut bytes = file.to_vec();
        bytes[at] ^= 1 << bit;
        fs::write(folder.path().join("papo.redb"), bytes).unwrap();
        let case = format!("{what}: bit {bit} of byte {at}");
        let verdict = sound.judge(folder.path(), &case);
        verdicts[verdict as usize] += 1;
        if verdict == Verdict::Reported || (verdict == Verdict::Complete && number % 8 == 0) {
            check_writing(folder.path(), &case);
        }
    }
    println!("{what}: {} complete, {} reported, {} refused", verdicts[0], verdicts[1], verdicts[2]);
    verdicts
}

/// Writes to a damaged store, and checks that the file is sound afterwards and has the new message.
fn check_writing(folder: &Path, case: &str) {
    let mut opened = open(folder);
    let known = opened.saved.conversations.iter().find(|known| known.id == session());
    let len = known.unwrap_or_else(|| panic!("{case}: {:?}", opened.damage)).len;
    opened.store.commit(&append(len, "alice")).unwrap();
    drop(opened);
    let opened = open(folder);
    assert!(opened.damage.iter().all(|damage| damage.table != "file"), "{case}: {:?}", opened.damage);
    let page = opened.store.page(&session(), u64::MAX, 1).unwrap();
    assert_eq!(page.messages, [(len, message(len, "alice"))], "{case}");
    assert_eq!(opened.store.check().unwrap().file, Ok(()), "{case}");
}

#[test]
fn flipped_bit_in_a_page_is_reported() {
    let sound = store_with_everything();
    let mut random = Random(0xB17);
    for (file, what) in [(&sound.closed, "closed"), (&sound.while_open, "killed")] {
        let length = file.len() as u64;
        let place = |_| (usize::try_from(random.below(length)).unwrap(), u8::try_from(random.below(8)).unwrap());
        let places: Vec<_> = (0..200).map(place).collect();
        let [_, reported, refused] = flip(&sound, file, &places, what);
        assert!(reported + refused > 0);
    }
}

/// The bit of the header, as byte and bit, that selects the last commit.
const LATEST: (usize, u8) = (9, 0);

/// After a kill, flipping [`LATEST`] drops the last commit undetected, because only this bit says that it is complete.
#[test]
fn flipped_bit_in_the_header_is_reported() {
    let sound = store_with_everything();
    let mut places: Vec<_> = (0..24).flat_map(|at| (0..8).map(move |bit| (at, bit))).collect();
    places.extend((24..320).map(|at| (at, u8::try_from(at % 8).unwrap())));
    flip(&sound, &sound.closed, &places, "header, closed");
    places.retain(|place| *place != LATEST);
    flip(&sound, &sound.while_open, &places, "header, killed");
}

/// Changes tables through redb, without the store.
fn tamper(folder: &Path, change: impl FnOnce(&redb::WriteTransaction)) {
    let database = redb::Database::open(folder.join("papo.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    change(&transaction);
    transaction.commit().unwrap();
}

const MINE: redb::TableDefinition<(u32, u64), u64> = redb::TableDefinition::new("mine");
const TALKS: redb::TableDefinition<u32, &[u8]> = redb::TableDefinition::new("talks");
const MESSAGES: redb::TableDefinition<(u32, u64), &[u8]> = redb::TableDefinition::new("messages");
const PROGRESS: redb::TableDefinition<(u32, &str), &[u8]> = redb::TableDefinition::new("progress");
const TOPICS: redb::TableDefinition<&str, u32> = redb::TableDefinition::new("topics");
const META: redb::TableDefinition<&str, &str> = redb::TableDefinition::new("meta");

/// Creates a store with five messages of alice in the session and five of bob in the group.
fn create_store(folder: &Path) {
    let mut store = open(folder).store;
    for seq in 0..5 {
        store.commit(append(seq, "alice").iter().chain(&from_bob(seq))).unwrap();
    }
}

fn faults(damage: &[store::Damage]) -> Vec<(&str, &Fault)> {
    damage.iter().map(|damage| (damage.table, &damage.fault)).collect()
}

#[test]
fn wrong_index_of_sequence_numbers_is_reported_and_read_around() {
    let folder = tempfile::tempdir().unwrap();
    create_store(folder.path());
    tamper(folder.path(), |transaction| {
        let mut mine = transaction.open_table(MINE).unwrap();
        mine.insert((0, 2), 3).unwrap();
        mine.remove((0, 4)).unwrap();
    });
    let mut store = open(folder.path()).store;
    let page = store.mine(&session(), 1, 5).unwrap();
    assert_eq!(page.messages, (0..5).map(|seq| (seq, message(seq, "alice"))).collect::<Vec<_>>());
    assert_eq!(faults(&page.damage), [("mine", &Fault::Inconsistent), ("mine", &Fault::Missing)]);
    let set_failure = papo::protocol::Operation::SetFailure { conversation: session(), n: 2, failure: "no".into() };
    store.commit(&[set_failure]).unwrap();
    let failures = store.page(&session(), 9, 9).unwrap().messages;
    let failures: Vec<_> = failures.iter().filter(|(_, found)| found.failure.is_some()).map(|(seq, _)| *seq).collect();
    assert_eq!(failures, [1]);
    assert_eq!(
        faults(&store.check().unwrap().damage),
        [("mine", &Fault::Inconsistent), ("mine", &Fault::Inconsistent)]
    );
}

#[test]
fn missing_message_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    create_store(folder.path());
    tamper(folder.path(), |transaction| {
        let mut messages = transaction.open_table(MESSAGES).unwrap();
        messages.remove((0, 1)).unwrap();
        messages.remove((0, 4)).unwrap();
    });
    let opened = open(folder.path());
    assert_eq!(faults(&opened.damage), [("messages", &Fault::Missing)], "opening reads only the last message");
    assert_eq!(opened.saved.conversations.iter().map(|known| known.len).collect::<Vec<_>>(), [5, 5]);
    let page = opened.store.page(&session(), u64::MAX, 100).unwrap();
    assert_eq!(page.messages.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [0, 2, 3]);
    let reported: Vec<_> = page.damage.iter().map(ToString::to_string).collect();
    assert_eq!(
        reported,
        [format!("messages {} 1: it is missing", session()), format!("messages {} 4: it is missing", session())]
    );
    assert_eq!(opened.store.check().unwrap().damage.len(), 4, "two messages, and two index entries that point to them");
}

#[test]
fn far_too_high_position_does_not_extend_the_conversation() {
    let folder = tempfile::tempdir().unwrap();
    create_store(folder.path());
    tamper(folder.path(), |transaction| {
        transaction.open_table(MINE).unwrap().insert((0, 1 << 60), 2).unwrap();
        transaction.open_table(MESSAGES).unwrap().insert((0, 1 << 60), &b"no value"[..]).unwrap();
    });
    let opened = open(folder.path());
    assert_eq!(opened.saved.conversations.iter().map(|known| known.len).collect::<Vec<_>>(), [5, 5]);
    assert_eq!(opened.store.mine(&session(), 1, u64::MAX).unwrap().messages.len(), 5);
    assert_eq!(opened.store.page(&session(), u64::MAX, 100).unwrap().messages.len(), 5);
    let reported: Vec<_> = opened.store.check().unwrap().damage.iter().map(|damage| damage.table).collect();
    assert_eq!(
        reported,
        ["messages", "messages", "mine"],
        "a gap before the position, an unreadable value, and an index entry without message"
    );
    // The store rebuilds the length from the messages if the record of the conversation is damaged.
    tamper(folder.path(), |transaction| {
        transaction.open_table(TALKS).unwrap().insert(0, &b"no value"[..]).unwrap();
    });
    let opened = open(folder.path());
    let rebuilt = opened.saved.conversations.iter().find(|known| known.id == session()).unwrap();
    assert_eq!((rebuilt.len, rebuilt.sent), (5, 5));
    assert_eq!(opened.store.mine(&session(), 1, u64::MAX).unwrap().messages.len(), 5);
}

#[test]
fn rebuilt_record_knows_the_changes_of_a_group() {
    let folder = tempfile::tempdir().unwrap();
    create_store(folder.path());
    let change =
        ChatMessage::new(MessageId::from_bytes([9; 16]), id("bob"), at(9), Body::Membership(Membership::Created));
    let append = |seq| Operation::Append { conversation: devs(), seq, message: change.clone() };
    open(folder.path()).store.commit(&[append(5), append(6)]).unwrap();
    tamper(folder.path(), |transaction| {
        transaction.open_table(TALKS).unwrap().insert(1, &b"no value"[..]).unwrap();
    });
    let opened = open(folder.path());
    let rebuilt = opened.saved.conversations.iter().find(|known| known.id == devs()).unwrap();
    assert_eq!((rebuilt.len, rebuilt.changes), (7, 2));
}

#[test]
fn message_copied_to_another_position_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    create_store(folder.path());
    tamper(folder.path(), |transaction| {
        let mut messages = transaction.open_table(MESSAGES).unwrap();
        let fourth = redb::ReadableTable::get(&messages, (0, 3)).unwrap().unwrap().value().to_vec();
        messages.insert((0, 1), fourth.as_slice()).unwrap();
    });
    let page = open(folder.path()).store.page(&session(), u64::MAX, 100).unwrap();
    assert_eq!(page.messages.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [0, 2, 3, 4]);
    assert_eq!(page.damage.len(), 1);
}

#[test]
fn wrong_index_of_topics_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    create_store(folder.path());
    tamper(folder.path(), |transaction| {
        let mut topics = transaction.open_table(TOPICS).unwrap();
        topics.insert("#devs", 0).unwrap();
    });
    let mut opened = open(folder.path());
    assert_eq!(faults(&opened.damage), [("topics", &Fault::Inconsistent)]);
    let authors = |store: &Store, id: ConversationId| {
        store.page(&id, 9, 9).unwrap().messages.iter().map(|(_, found)| found.author.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(authors(&opened.store, devs()), ["bob"; 5]);
    opened.store.commit(&from_bob(5)).unwrap();
    assert_eq!(
        (authors(&opened.store, devs()), authors(&opened.store, session())),
        (vec!["bob".into(); 6], vec!["alice".into(); 5])
    );
}

#[test]
fn store_metadata_needs_its_checksum() {
    for (name, value) in [("device", "device-2"), ("owner", "alicf"), ("schema", "1"), ("sum", "0")] {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path()));
        tamper(folder.path(), |transaction| {
            transaction.open_table(META).unwrap().insert(name, value).unwrap();
        });
        let opened = Store::open(folder.path(), &id("alice"), "");
        assert!(matches!(opened, Err(store::OpenError::Damaged { .. })), "{name}: {opened:?}");
    }
}

#[test]
fn damaged_progress_is_rebuilt_without_duplicates() {
    let folder = tempfile::tempdir().unwrap();
    create_store(folder.path());
    let sound = open(folder.path()).saved.progress;
    let damaged: [fn(&redb::WriteTransaction); 2] = [
        |transaction| {
            transaction.open_table(PROGRESS).unwrap().insert((1, "bob"), &b"no value"[..]).unwrap();
        },
        |transaction| {
            let mut progress = transaction.open_table(PROGRESS).unwrap();
            let bytes = progress.remove((1, "bob")).unwrap().unwrap().value().to_vec();
            progress.insert((1, "cob"), bytes.as_slice()).unwrap();
        },
    ];
    for damage in damaged {
        let folder = tempfile::tempdir().unwrap();
        create_store(folder.path());
        tamper(folder.path(), damage);
        let opened = open(folder.path());
        assert_eq!(opened.damage.len(), 1, "the damage is reported although it was repaired");
        let bob = opened.saved.progress.iter().find(|(at, user, _)| *at == devs() && *user == id("bob"));
        let (_, _, rebuilt) = bob.expect("the rebuilt progress of bob");
        let (_, _, before) = &sound[0];
        // The store no longer knows which of alice's messages bob has: bob receives them again and drops duplicates.
        assert_eq!(*rebuilt, DeliveryProgress { joined: 0, acked: 0, read: 0, ..*before });
        assert_eq!(rebuilt.received, Some(5));
    }
}

#[tokio::test]
async fn fetch_reports_damaged_messages() {
    let folder = tempfile::tempdir().unwrap();
    create_store(folder.path());
    tamper(folder.path(), |transaction| {
        transaction.open_table(MESSAGES).unwrap().insert((0, 2), &b"no value"[..]).unwrap();
    });
    let (sender, mut events) = tokio::sync::mpsc::channel(4);
    let mut handle = Handle::new(open(folder.path()).store, sender);
    handle.try_send(Job::Fetch { conversation: session(), from: 1, upto: 5 }).unwrap();
    let Some(Event::Fetched { page, .. }) = events.recv().await else { panic!("no answer to the fetch") };
    let numbers: Vec<_> =
        page.messages.iter().filter_map(|(_, ChatMessage { sequence_number: number, .. })| *number).collect();
    assert_eq!((numbers, page.damage.len()), (vec![1, 2, 4, 5], 1));
    drop(handle);
    while events.recv().await.is_some() {}
}
