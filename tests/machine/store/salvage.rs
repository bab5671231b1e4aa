//! Salvage of a file that cannot be opened: each kind of damage, and how many messages it may lose.

use std::{fs, path::Path};

use papo::{
    domain::{Body, ChatMessage, Conversation, DeliveryProgress},
    protocol::Operation,
    store::{OpenError, Opened, Salvaged, Store},
};

use super::{
    append, at, id, message, open, session,
    witness::{Random, devs, from_bob},
};

/// The number of messages in each of the two conversations.
const EACH: u64 = 300;
/// The number of messages in both conversations.
const ALL: usize = 600;
/// At most this many messages of [`history`] fit on a database page.
const PER_PAGE: usize = 40;

/// The message with a longer text. With these, the history takes many database pages.
fn lengthened(message: ChatMessage) -> ChatMessage {
    let Body::Text(text) = &message.body else { panic!("the message has no text") };
    ChatMessage { body: Body::Text(format!("{text} {}", "and so on ".repeat(10))), ..message }
}

/// The bytes of a store: half of the messages are alice's in a session, the other half bob's in a group.
fn history() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).store;
    for seq in 0..EACH {
        let lengthen = |operation| match operation {
            Operation::Append { conversation, seq, message } => {
                Operation::Append { conversation, seq, message: lengthened(message) }
            }
            other => other,
        };
        let operations: Vec<_> = append(seq, "alice").into_iter().chain(from_bob(seq)).map(lengthen).collect();
        store.commit(&operations).unwrap();
    }
    drop(store);
    fs::read(folder.path().join("papo.redb")).unwrap()
}

/// Opens the store, and salvages it first if it does not open. Returns how many messages are left, alice's and bob's.
/// Panics on a message that was never written or is out of order, and if a sequence number could be reused.
fn open_or_salvage(folder: &Path, case: &str) -> (usize, usize) {
    let before = fs::read(folder.join("papo.redb")).unwrap();
    let (opened, salvaged) = match Store::open(folder, &id("alice"), "") {
        Ok(opened) => (opened, None),
        Err(error) => {
            assert!(error.may_be_salvaged() && error.to_string().contains("--salvage"), "{case}: {error}");
            let salvaged = Store::salvage(folder, &id("alice"), "device-2").unwrap();
            assert_eq!(salvaged.kept, folder.join("papo.redb.damaged-1"), "{case}");
            assert!(fs::read(&salvaged.kept).unwrap() == before, "{case}: the kept copy differs from the damaged file");
            (open(folder), Some(salvaged))
        }
    };
    let Opened { store, saved, damage } = opened;
    let read = |id| store.page(&id, u64::MAX, usize::MAX).unwrap().messages;
    let (mine, bobs) = (read(session()), read(devs()));
    for (seq, found) in &mine {
        let n = found.sequence_number.filter(|_| salvaged.is_none());
        let written = found.at.as_millis() - message(0, "alice").at.as_millis();
        assert_eq!(
            *found,
            ChatMessage { sequence_number: n, ..lengthened(message(written, "alice")) },
            "{case}: place {seq}"
        );
    }
    for (_, found) in &bobs {
        let seq = found.sequence_number.unwrap() - 1;
        assert_eq!(
            *found,
            ChatMessage { sequence_number: found.sequence_number, ..lengthened(message(1000 + seq, "bob")) },
            "{case}"
        );
    }
    assert!(
        mine.is_sorted_by_key(|(_, found)| found.at) && bobs.is_sorted_by_key(|(_, found)| found.sequence_number),
        "{case}"
    );
    if let Some(Salvaged { messages, .. }) = salvaged {
        assert_eq!((damage, messages), (vec![], mine.len() + bobs.len()), "{case}");
        assert_eq!(store.device(), "device-2", "{case}: a new device starts its numbers at 1");
        for Conversation { id, len, sent, broker_acked, .. } in &saved.conversations {
            let expected = if *id == session() { mine.len() } else { bobs.len() };
            assert_eq!((*len, *sent, *broker_acked), (expected as u64, 0, 0), "{case}");
        }
        assert!(store.mine(&session(), 1, u64::MAX).unwrap().messages.is_empty(), "{case}");
        for (_, _, DeliveryProgress { joined, acked, read, .. }) in saved.progress {
            assert_eq!((joined, acked, read), (0, 0, 0), "{case}: no peer has received messages with the new numbers");
        }
        assert_eq!(store.check().unwrap().damage, vec![], "{case}");
    }
    (mine.len(), bobs.len())
}

/// Returns how many messages remain of a store with these bytes.
fn count_salvaged(bytes: &[u8], case: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("papo.redb"), bytes).unwrap();
    let (mine, bobs) = open_or_salvage(folder.path(), case);
    mine + bobs
}

#[test]
fn each_kind_of_damage_loses_only_damaged_values() {
    type Damage = fn(&mut Vec<u8>);
    let table: [(&str, Damage, usize); 8] = [
        ("undamaged", |_| {}, ALL),
        ("empty", |file| file.clear(), 0),
        ("zeroed", |file| file.fill(0), 0),
        ("other content", |file| file.fill(b'x'), 0),
        ("header zeroed", |file| file[..4096].fill(0), ALL),
        ("header cut off", |file| drop(file.drain(..4096)), ALL),
        (
            "second half zeroed",
            |file| {
                let half = file.len() / 2;
                file[half..].fill(0);
            },
            1,
        ),
        ("last byte cut off", |file| file.truncate(file.len() - 1), ALL - PER_PAGE),
    ];
    let history = history();
    for (case, damage, minimum) in table {
        let mut file = history.clone();
        damage(&mut file);
        let salvaged = count_salvaged(&file, case);
        println!("{case}: {salvaged} of {ALL}");
        assert!(salvaged >= minimum && (minimum > 0 || salvaged == 0), "{case}: {salvaged}");
    }
}

/// Wherever the file is truncated, every message whose page remains is salvaged.
#[test]
fn messages_before_a_cut_are_salvaged() {
    let history = history();
    let text = |seq: u64, author: &str| match lengthened(message(seq, author)).body {
        Body::Text(text) => text.into_bytes(),
        _ => unreachable!("the message has no text"),
    };
    for eighths in 1..8 {
        let cut = history.len() * eighths / 8 / 4096 * 4096;
        let is_before_cut = |text: Vec<u8>| history[..cut].windows(text.len()).any(|window| window == text);
        let remaining = (0..EACH).filter(|seq| is_before_cut(text(*seq, "alice"))).count()
            + (1000..1000 + EACH).filter(|seq| is_before_cut(text(*seq, "bob"))).count();
        let salvaged = count_salvaged(&history[..cut], &format!("{eighths}/8"));
        println!("{eighths}/8: {salvaged} of {remaining}");
        assert_eq!(salvaged, remaining, "{eighths}/8 of the file remain");
    }
}

#[test]
fn flipped_bit_in_a_value_loses_at_most_that_value() {
    let history = history();
    let mut random = Random(0x5A17);
    for _ in 0..40 {
        let seq = random.below(EACH);
        let Body::Text(text) = lengthened(message(seq, "alice")).body else { unreachable!("the message has no text") };
        let copies: Vec<usize> =
            (0..history.len() - text.len()).filter(|at| history[*at..].starts_with(text.as_bytes())).collect();
        let mut file = history.clone();
        // The file may hold several versions of the value.
        for at in copies {
            file[at + 3] ^= 1 << random.below(8);
        }
        let salvaged = count_salvaged(&file, &format!("message {seq}"));
        assert!(salvaged == ALL - 1, "message {seq}: {salvaged}");
        // Without the header, nothing points to the pages.
        file[..4096].fill(0);
        assert_eq!(count_salvaged(&file, &format!("message {seq}, no header")), ALL - 1);
    }
}

#[test]
fn flipped_bit_anywhere_loses_at_most_a_page() {
    let history = history();
    let mut random = Random(0xB17);
    for _ in 0..60 {
        let (at, bit) = (usize::try_from(random.below(history.len() as u64)).unwrap(), random.below(8));
        let mut file = history.clone();
        file[at] ^= 1 << bit;
        let salvaged = count_salvaged(&file, &format!("bit {bit} of byte {at}"));
        assert!(salvaged >= ALL - PER_PAGE, "bit {bit} of byte {at}: {salvaged}");
    }
}

#[test]
fn store_in_use_is_not_salvaged() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open(folder.path());
    assert!(matches!(Store::salvage(folder.path(), &id("alice"), "device-2"), Err(OpenError::InUse)));
    drop(opened);
    assert_eq!(open(folder.path()).store.device(), "device-1");
    assert!(!folder.path().join("papo.redb.damaged-1").exists());
}

/// An import inserts messages between others; the pages with the old positions stay in the file.
#[test]
fn moved_message_is_salvaged_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).store;
    for seq in 0..50 {
        store.commit(&append(seq, "alice")).unwrap();
    }
    let put = |seq, which| Operation::Append { conversation: session(), seq, message: message(which, "alice") };
    let moved: Vec<_> = std::iter::once(put(20, 99)).chain((20..50).map(|seq| put(seq + 1, seq))).collect();
    let record = Conversation { len: 51, ..Conversation::new(session(), at(60)) };
    store.commit(moved.iter().chain(&[Operation::PutConversation(record)])).unwrap();
    drop(store);
    let path = folder.path().join("papo.redb");
    let mut file = fs::read(&path).unwrap();
    file[..4096].fill(0);
    fs::write(&path, file).unwrap();
    let salvaged = Store::salvage(folder.path(), &id("alice"), "device-2").unwrap();
    assert_eq!((salvaged.messages, salvaged.conversations), (51, 1));
    let page = open(folder.path()).store.page(&session(), u64::MAX, 100).unwrap();
    let order: Vec<u64> = page.messages.iter().map(|(_, found)| found.at.as_millis() - 1_763_900_000_000).collect();
    assert_eq!(order, (0..20).chain([99]).chain(20..50).collect::<Vec<_>>());
}
