//! Salvage of a file that cannot be opened: a table of damages and what each may cost.

use std::{fs, path::Path};

use papo::{
    domain::{Body, ChatMessage, Conversation, Progress},
    protocol::Operation,
    store::{OpenError, Opened, Salvaged, Store},
};

use super::{
    append, at, id, message, open, talk,
    witness::{Random, devs, from_bob},
};

const EACH: u64 = 300;
const ALL: usize = 600;
/// The most messages of this test on a page.
const PER_PAGE: usize = 40;

/// With several lines, so that the messages take many pages.
fn long(message: ChatMessage) -> ChatMessage {
    let Body::Text(text) = &message.body else { panic!("it has words") };
    ChatMessage { body: Body::Text(format!("{text} {}", "and so on ".repeat(10))), ..message }
}

/// Half mine in a session, half bob's in a group.
fn history() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).store;
    for seq in 0..EACH {
        let lengthen = |operation| match operation {
            Operation::Append { conversation, seq, message } => {
                Operation::Append { conversation, seq, message: long(message) }
            }
            other => other,
        };
        let operations: Vec<_> = append(seq, "alice").into_iter().chain(from_bob(seq)).map(lengthen).collect();
        store.commit(&operations).unwrap();
    }
    drop(store);
    fs::read(folder.path().join("papo.redb")).unwrap()
}

/// Opens the store, and salvages it if that is refused; returns how many messages of each conversation are left. Panics
/// on a message that never existed or is out of order, and if a number could be reused.
fn left(folder: &Path, case: &str) -> (usize, usize) {
    let before = fs::read(folder.join("papo.redb")).unwrap();
    let (opened, salvaged) = match Store::open(folder, &id("alice"), "") {
        Ok(opened) => (opened, None),
        Err(error) => {
            assert!(error.may_be_salvaged() && error.to_string().contains("--salvage"), "{case}: {error}");
            let salvaged = Store::salvage(folder, &id("alice"), "device-2").unwrap();
            assert_eq!(salvaged.kept, folder.join("papo.redb.damaged-1"), "{case}");
            assert!(fs::read(&salvaged.kept).unwrap() == before, "{case}: the damaged file is kept as it was");
            (open(folder), Some(salvaged))
        }
    };
    let Opened { store, saved, damage } = opened;
    let read = |id| store.page(&id, u64::MAX, usize::MAX).unwrap().messages;
    let (mine, bobs) = (read(talk()), read(devs()));
    for (seq, found) in &mine {
        let n = found.sequence_number.filter(|_| salvaged.is_none());
        let written = found.at.as_millis() - message(0, "alice").at.as_millis();
        assert_eq!(
            *found,
            ChatMessage { sequence_number: n, ..long(message(written, "alice")) },
            "{case}: place {seq}"
        );
    }
    for (_, found) in &bobs {
        let seq = found.sequence_number.unwrap() - 1;
        assert_eq!(
            *found,
            ChatMessage { sequence_number: found.sequence_number, ..long(message(1000 + seq, "bob")) },
            "{case}"
        );
    }
    assert!(
        mine.is_sorted_by_key(|(_, found)| found.at) && bobs.is_sorted_by_key(|(_, found)| found.sequence_number),
        "{case}"
    );
    if let Some(Salvaged { messages, .. }) = salvaged {
        assert_eq!((damage, messages), (vec![], mine.len() + bobs.len()), "{case}");
        assert_eq!(store.device(), "device-2", "{case}: others count its numbers from 1");
        for Conversation { id, len, sent, at_broker, .. } in &saved.conversations {
            let there = if *id == talk() { mine.len() } else { bobs.len() };
            assert_eq!((*len, *sent, *at_broker), (there as u64, 0, 0), "{case}");
        }
        assert!(store.mine(&talk(), 1, u64::MAX).unwrap().messages.is_empty(), "{case}");
        for (_, _, Progress { joined, acked, read, .. }) in saved.progress {
            assert_eq!((joined, acked, read), (0, 0, 0), "{case}: nobody has anything of the new numbers");
        }
        assert_eq!(store.check().unwrap().damage, vec![], "{case}");
    }
    (mine.len(), bobs.len())
}

fn damaged(bytes: &[u8], case: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("papo.redb"), bytes).unwrap();
    let (mine, bobs) = left(folder.path(), case);
    mine + bobs
}

#[test]
fn each_damage_costs_only_the_damaged_values() {
    type Damage = fn(&mut Vec<u8>);
    let table: [(&str, Damage, usize); 8] = [
        ("nothing", |_| {}, ALL),
        ("empty", |file| file.clear(), 0),
        ("zeroed", |file| file.fill(0), 0),
        ("of something else", |file| file.fill(b'x'), 0),
        ("header zeroed", |file| file[..4096].fill(0), ALL),
        ("header cut off", |file| drop(file.drain(..4096)), ALL),
        (
            "all but the header and the first half zeroed",
            |file| {
                let half = file.len() / 2;
                file[half..].fill(0);
            },
            1,
        ),
        ("last byte cut off", |file| file.truncate(file.len() - 1), ALL - PER_PAGE),
    ];
    let history = history();
    for (case, damage, least) in table {
        let mut file = history.clone();
        damage(&mut file);
        let rescued = damaged(&file, case);
        println!("{case}: {rescued} of {ALL}");
        assert!(rescued >= least && (least > 0 || rescued == 0), "{case}: {rescued}");
    }
}

/// Whatever is cut off, every message whose page remains is salvaged.
#[test]
fn messages_before_a_cut_are_salvaged() {
    let history = history();
    let text = |seq: u64, author: &str| match long(message(seq, author)).body {
        Body::Text(text) => text.into_bytes(),
        _ => unreachable!("it has words"),
    };
    for eighths in 1..8 {
        let cut = history.len() * eighths / 8 / 4096 * 4096;
        let is_there = |text: Vec<u8>| history[..cut].windows(text.len()).any(|window| window == text);
        let there = (0..EACH).filter(|seq| is_there(text(*seq, "alice"))).count()
            + (1000..1000 + EACH).filter(|seq| is_there(text(*seq, "bob"))).count();
        let rescued = damaged(&history[..cut], &format!("{eighths}/8"));
        println!("{eighths}/8: {rescued} of {there}");
        assert_eq!(rescued, there, "{eighths}/8 are left");
    }
}

#[test]
fn flipped_bit_in_a_value_loses_at_most_that_value() {
    let history = history();
    let mut random = Random(0x5A17);
    for _ in 0..40 {
        let seq = random.below(EACH);
        let Body::Text(text) = long(message(seq, "alice")).body else { unreachable!("it has words") };
        let copies: Vec<usize> =
            (0..history.len() - text.len()).filter(|at| history[*at..].starts_with(text.as_bytes())).collect();
        let mut file = history.clone();
        // In every version in the file.
        for at in copies {
            file[at + 3] ^= 1 << random.below(8);
        }
        let rescued = damaged(&file, &format!("message {seq}"));
        assert!(rescued == ALL - 1, "message {seq}: {rescued}");
        // The same if nothing points to the pages.
        file[..4096].fill(0);
        assert_eq!(damaged(&file, &format!("message {seq}, no header")), ALL - 1);
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
        let rescued = damaged(&file, &format!("bit {bit} of byte {at}"));
        assert!(rescued >= ALL - PER_PAGE, "bit {bit} of byte {at}: {rescued}");
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

/// Importing inserts messages between others, and leaves old pages elsewhere.
#[test]
fn moved_message_is_salvaged_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).store;
    for seq in 0..50 {
        store.commit(&append(seq, "alice")).unwrap();
    }
    let put = |seq, which| Operation::Append { conversation: talk(), seq, message: message(which, "alice") };
    let moved: Vec<_> = std::iter::once(put(20, 99)).chain((20..50).map(|seq| put(seq + 1, seq))).collect();
    let record = Conversation { len: 51, ..Conversation::new(talk(), at(60)) };
    store.commit(moved.iter().chain(&[Operation::PutConversation(record)])).unwrap();
    drop(store);
    let path = folder.path().join("papo.redb");
    let mut file = fs::read(&path).unwrap();
    file[..4096].fill(0);
    fs::write(&path, file).unwrap();
    let salvaged = Store::salvage(folder.path(), &id("alice"), "device-2").unwrap();
    assert_eq!((salvaged.messages, salvaged.conversations), (51, 1));
    let page = open(folder.path()).store.page(&talk(), u64::MAX, 100).unwrap();
    let order: Vec<u64> = page.messages.iter().map(|(_, found)| found.at.as_millis() - 1_763_900_000_000).collect();
    assert_eq!(order, (0..20).chain([99]).chain(20..50).collect::<Vec<_>>());
}
