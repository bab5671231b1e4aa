use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    time::Duration,
};

use bytes::Bytes;
use mqtt5_protocol::QoS;
use redb::{Database, ReadableDatabase as _};

use super::{
    super::{
        StartError,
        access::SavedGroup,
        hub::{Message, SavedEntry, SavedSession, SavedSubscription, SavedWill},
    },
    *,
};

mod kill;
mod rows;

/// Bytes that differ from message to message, and cannot be compressed.
fn noise(seed: u64, len: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(len).collect::<Vec<_>>().into()
}

pub(super) fn message(id: u64, len: usize) -> Arc<Message> {
    Arc::new(Message {
        id,
        topic: format!("GROUPS/g{id}").into(),
        payload: noise(id, len),
        properties: Bytes::from_static(b"\x01\x01"),
        qos: QoS::AtLeastOnce,
        is_state: id.is_multiple_of(2),
        expires: id.is_multiple_of(2).then(|| Duration::from_millis(1_763_900_000_123)),
        account: "alice".into(),
    })
}

fn session(number: u64) -> SavedSession {
    let subscription = SavedSubscription { qos: 2, no_local: true, retain_as_published: true, identifier: Some(7) };
    SavedSession {
        number,
        login: Some("alice".parse().unwrap()),
        ends: Some(Duration::from_secs(1_763_900_000)),
        expiry: u32::MAX,
        subscriptions: BTreeMap::from([("a/+/#".to_owned(), subscription)]),
        unreleased: vec![1, 65535],
        will: Some(SavedWill {
            topic: "USERS/alice".into(),
            payload: b"alice offline".into(),
            properties: b"\x03\0\x01x".into(),
            qos: 1,
            retain: true,
            delay: 10,
            expiry: Some(60),
        }),
    }
}

fn entry(message: u64) -> SavedEntry {
    SavedEntry { message, qos: 2, retain: true, identifiers: vec![7, 300], packet: Some(9), is_received: true }
}

fn group() -> SavedGroup {
    let [creator, invited, leader_before, joined] = ["alice", "bob", "carl", "dora"].map(|name| name.parse().unwrap());
    SavedGroup {
        since: Some(Duration::from_millis(1_763_900_000_123)),
        creator: Some(creator),
        invited: vec![invited],
        leader_before: Some(leader_before),
        joined: BTreeSet::from([joined]),
    }
}

fn saved_in(folder: &Path) -> Saved {
    let (state, saved) = State::open(folder, Duration::ZERO).unwrap();
    state.close().unwrap();
    saved
}

fn save(folder: &Path, changes: Vec<Change>) {
    let (mut state, _) = State::open(folder, Duration::ZERO).unwrap();
    state.apply(changes);
    state.close().unwrap();
}

/// The changes that make `saved` out of nothing.
fn changes(saved: &Saved) -> Vec<Change> {
    let saved = saved.clone();
    let sessions = saved.sessions.into_iter().map(|(id, session)| Change::Session(id, Some(session)));
    let queues = saved.queues.into_iter();
    let queues = queues.map(|((session, position), entry)| Change::Queued { session, position, entry: Some(entry) });
    let messages = saved.messages.into_iter().map(|(id, message)| Change::Message(id, Some(message)));
    let retained = saved.retained.into_iter().map(|(topic, id)| Change::Retained(topic, Some(id)));
    let groups = saved.groups.into_iter().map(|(name, group)| Change::Group(name, Some(group)));
    sessions.chain(queues).chain(messages).chain(retained).chain(groups).collect()
}

/// Two sessions, and messages of many lengths, each in a queue and retained.
fn everything() -> Saved {
    let lengths = [0, 1, 200, 900, 901, 999, 1000, 1001, 4096, 17_000, 8 << 20];
    let messages: BTreeMap<u64, _> = (1..).zip(lengths).map(|(id, len)| (id, message(id, len))).collect();
    Saved {
        since: Duration::ZERO,
        sessions: BTreeMap::from([("a".into(), session(1)), ("né".into(), session(u64::MAX))]),
        queues: messages.keys().flat_map(|&id| [((1, id), entry(id)), ((u64::MAX, id), entry(id))]).collect(),
        retained: messages.values().map(|message| (message.topic.clone(), message.id)).collect(),
        messages,
        groups: BTreeMap::from([("devs".parse().unwrap(), group())]),
    }
}

#[test]
fn everything_saved_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let saved = everything();
    save(folder.path(), changes(&saved));
    assert!(saved_in(folder.path()) == saved);
    assert!(saved_in(folder.path()) == saved, "reading changes nothing");
    let removals = changes(&saved).into_iter().map(|change| match change {
        Change::Session(id, _) => Change::Session(id, None),
        Change::Queued { session, position, .. } => Change::Queued { session, position, entry: None },
        Change::Message(id, _) => Change::Message(id, None),
        Change::Retained(topic, _) => Change::Retained(topic, None),
        Change::Group(name, _) => Change::Group(name, None),
    });
    save(folder.path(), removals.collect());
    assert!(saved_in(folder.path()) == Saved::default());
}

#[test]
fn later_change_of_a_key_wins() {
    let folder = tempfile::tempdir().unwrap();
    let queued = |entry| Change::Queued { session: 1, position: 1, entry };
    let (first, last) = (entry(1), SavedEntry { packet: None, ..entry(1) });
    let (mut state, _) = State::open(folder.path(), Duration::ZERO).unwrap();
    state.apply(vec![Change::Session("a".into(), Some(session(1))), Change::Message(1, Some(message(1, 9)))]);
    state.apply(vec![queued(None), queued(Some(first)), queued(Some(last.clone()))]);
    state.close().unwrap();
    assert_eq!(saved_in(folder.path()).queues, BTreeMap::from([((1, 1), last)]));
}

/// Compares the bytes of the file while it is open.
#[test]
fn message_that_came_and_went_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), changes(&everything()));
    let path = file::path(folder.path());
    let database = file::open(&path).unwrap();
    let before = fs::read(&path).unwrap();
    let mut batch = Pending::default();
    for is_there in [true, false] {
        batch.extend([
            Change::Session("b".into(), is_there.then(|| session(5))),
            Change::Queued { session: 1, position: 99, entry: is_there.then(|| entry(99)) },
            Change::Message(99, is_there.then(|| message(99, 5000))),
            Change::Retained("b".into(), is_there.then_some(99)),
            Change::Group("b".parse().unwrap(), is_there.then(group)),
        ]);
    }
    writer::write(&database, &batch).unwrap();
    assert!(fs::read(&path).unwrap() == before);
    batch.extend([Change::Group("c".parse().unwrap(), Some(group()))]);
    writer::write(&database, &batch).unwrap();
    assert!(fs::read(&path).unwrap() != before);
}

#[test]
fn what_refers_to_nothing_is_left_out_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let retained = |topic: &str, id| Change::Retained(topic.into(), Some(id));
    let queued = |session, message| Change::Queued { session, position: message, entry: Some(entry(message)) };
    let mut all = vec![Change::Session("a".into(), Some(session(1)))];
    all.extend((1..=4).map(|id| Change::Message(id, Some(message(id, 3000)))));
    // Sound, without a message, without a session, with the message of another topic.
    all.extend([
        queued(1, 1),
        queued(1, 9),
        queued(2, 2),
        retained("GROUPS/g3", 3),
        retained("x", 9),
        retained("y", 4),
    ]);
    save(folder.path(), all);
    let saved = saved_in(folder.path());
    assert!(saved.queues.keys().eq(&[(1, 1)]));
    assert_eq!(saved.retained, BTreeMap::from([("GROUPS/g3".into(), 3)]));
    assert!(saved.messages.keys().eq(&[1, 3]));

    // Message 4 has left no chunk behind, which a shorter one would not replace.
    save(folder.path(), vec![Change::Message(4, Some(message(4, 5))), retained("GROUPS/g4", 4)]);
    assert_eq!(saved_in(folder.path()).messages[&4], message(4, 5));
}

fn size_on_disk(folder: &Path) -> u64 {
    fs::metadata(file::path(folder)).unwrap().blocks() * 512
}

#[test]
fn size_on_disk_stays_near_the_size_of_the_messages() {
    for (len, count) in [(200, 5000), (2100, 2000), (17_000, 300), (8 << 20, 3)] {
        let folder = tempfile::tempdir().unwrap();
        let (mut state, _) = State::open(folder.path(), Duration::ZERO).unwrap();
        state.apply(vec![Change::Session("a".into(), Some(session(1)))]);
        for id in 1..=count {
            state.apply(vec![
                Change::Message(id, Some(message(id, len))),
                Change::Queued { session: 1, position: id, entry: Some(entry(id)) },
                Change::Retained(message(id, 0).topic.clone(), Some(id)),
            ]);
            if id % (count / 3) == 0 {
                // Several transactions, so that pages are copied on write.
                state.close().unwrap();
                state = State::open(folder.path(), Duration::ZERO).unwrap().0;
            }
        }
        state.close().unwrap();
        let (size, bytes) = (size_on_disk(folder.path()), len as u64 * count);
        assert!(size <= bytes * 13 / 10 + count * 1024, "{count} of {len} bytes take {size}");
    }
}

#[test]
fn file_shrinks_at_the_open_after_large_removals() {
    let folder = tempfile::tempdir().unwrap();
    let retained = |id| {
        [Change::Message(id, Some(message(id, 1 << 20))), Change::Retained(message(id, 0).topic.clone(), Some(id))]
    };
    let (mut state, _) = State::open(folder.path(), Duration::ZERO).unwrap();
    state.apply((1..=24).flat_map(retained).collect());
    state.close().unwrap();
    let full = size_on_disk(folder.path());
    assert!(full > 24 << 20);
    // Only the last message stays, at the end of the file.
    let remove = |id| [Change::Message(id, None), Change::Retained(message(id, 0).topic.clone(), None)];
    save(folder.path(), (1..=23).flat_map(remove).collect());
    let saved = saved_in(folder.path());
    assert!(saved.messages.values().eq([&message(24, 1 << 20)]));
    let size = size_on_disk(folder.path());
    assert!(size < 4 << 20, "{size} of {full} are left");
    assert!(saved_in(folder.path()) == saved);
}

#[test]
fn file_shrinks_when_there_is_no_change_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let (mut state, _) = State::open(folder.path(), Duration::ZERO).unwrap();
    let session = Change::Session("a".into(), Some(session(1)));
    let queued = |id| Change::Queued { session: 1, position: id, entry: Some(entry(id)) };
    let messages = (1..=24).flat_map(|id| [Change::Message(id, Some(message(id, 1 << 20))), queued(id)]);
    state.apply(messages.chain([session]).collect());
    state.close().unwrap();
    let (mut state, saved) = State::open(folder.path(), Duration::ZERO).unwrap();
    assert!(size_on_disk(folder.path()) > 24 << 20);
    let delivered = |id| [Change::Message(id, None), Change::Queued { session: 1, position: id, entry: None }];
    state.apply((1..24).flat_map(delivered).collect());
    let has_shrunk = (0..3000).any(|_| {
        thread::sleep(Duration::from_millis(20));
        size_on_disk(folder.path()) < 4 << 20
    });
    assert!(has_shrunk, "{} bytes are left", size_on_disk(folder.path()));
    // What comes later is saved as before.
    state.apply(vec![Change::Group("devs".parse().unwrap(), Some(group()))]);
    state.close().unwrap();
    let later = saved_in(folder.path());
    assert!(later.queues.keys().eq(&[(1, 24)]));
    assert_eq!((later.messages.get(&24), later.groups.len()), (saved.messages.get(&24), 1));
}

#[test]
fn folder_that_is_open_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let (state, _) = State::open(folder.path(), Duration::ZERO).unwrap();
    let error = State::open(folder.path(), Duration::ZERO).unwrap_err();
    assert!(matches!(&error, OpenError::InUse(path) if path == folder.path()), "{error:?}");
    assert!(matches!(StartError::from(error), StartError::StateInUse(path) if path == folder.path()));
    state.close().unwrap();
    saved_in(folder.path());
}

#[test]
fn folder_and_file_are_the_owners_only() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("broker");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let set_mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir(&folder).unwrap();
    set_mode(&folder, 0o755);
    saved_in(&folder);
    let path = file::path(&folder);
    assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
    set_mode(&path, 0o664);
    saved_in(&folder);
    assert_eq!(mode(&path), 0o600);

    set_mode(&folder, 0o1777);
    let error = State::open(&folder, Duration::ZERO).unwrap_err();
    assert!(matches!(error, OpenError::Owner(_)), "{error}");
    assert_eq!(mode(&folder), 0o1777);
}

#[test]
fn damage_is_an_error_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = file::path(folder.path());
    let marker = Bytes::from_static(b"here is the payload");
    let kept = Arc::new(Message { payload: marker.clone(), ..message(1, 0).as_ref().clone() });
    let topic = kept.topic.clone();
    save(folder.path(), vec![Change::Message(1, Some(kept)), Change::Retained(topic, Some(1))]);
    let sound = fs::read(&path).unwrap();
    let mut flipped = sound.clone();
    let places: Vec<_> = sound.windows(marker.len()).enumerate().filter(|(_, bytes)| *bytes == marker).collect();
    for (at, _) in places {
        flipped[at] ^= 1;
    }
    for damaged in [&flipped[..], &sound[..sound.len() / 2], &sound[..100], &[]] {
        fs::write(&path, damaged).unwrap();
        let error = State::open(folder.path(), Duration::ZERO).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("damaged"), "{error}");
    }
    fs::write(&path, &sound).unwrap();
    assert_eq!(saved_in(folder.path()).messages[&1].payload, marker);
}

#[test]
fn later_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    saved_in(folder.path());
    let path = file::path(folder.path());
    let set_layout = |layout| {
        let database = Database::open(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(super::rows::META).unwrap().insert("layout", layout).unwrap();
        transaction.commit().unwrap();
    };
    set_layout(2);
    let error = State::open(folder.path(), Duration::ZERO).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1, .. }), "{error:?}");
    set_layout(1);
    saved_in(folder.path());
}

#[test]
fn session_that_is_too_long_does_not_hold_up_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let filters = (0..5000).map(|n| (format!("{n}/{}", "x".repeat(1000)), SavedSubscription::default()));
    let long = SavedSession { subscriptions: filters.collect(), ..session(1) };
    save(folder.path(), vec![Change::Session("a".into(), Some(long)), Change::Session("b".into(), Some(session(2)))]);
    assert!(saved_in(folder.path()).sessions.keys().eq(["b"].map(Arc::<str>::from).iter()));
}

#[test]
fn retained_messages_of_the_first_version_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join("retained").join(name);
    fs::create_dir(folder.path().join("retained")).unwrap();
    let json = r#"{"topic":"GROUPS/devs","payload":[104,105],"qos":"AtLeastOnce","retain":true,"stored_at_secs":1000,
        "message_expiry_interval":60,"user_properties":[["from","anna"]],"content_type":"t","response_topic":null,
        "correlation_data":null,"payload_format_indicator":true}"#;
    fs::write(file("GROUPS%2Fdevs.json"), json).unwrap();
    fs::write(file("broken.json"), "{").unwrap();
    fs::write(file("other.tmp"), json).unwrap();
    let saved = saved_in(folder.path());
    assert_eq!(saved.retained, BTreeMap::from([("GROUPS/devs".into(), 1)]));
    let imported = &saved.messages[&1];
    assert_eq!(imported.payload, "hi");
    assert_eq!((imported.qos, imported.expires), (QoS::AtLeastOnce, Some(Duration::from_secs(1060))));
    assert_eq!(&*imported.account, "retained");
    let parts = [&b"\x26\0\x04from\0\x04anna"[..], b"\x03\0\x01t", b"\x01\x01"];
    assert_eq!(imported.properties.len(), parts.concat().len());
    for part in parts {
        assert!(imported.properties.windows(part.len()).any(|bytes| bytes == part), "{part:?}");
    }
    fs::write(file("new.json"), json.replace("devs", "new")).unwrap();
    assert!(saved_in(folder.path()) == saved, "only a new file has them");
}

#[test]
fn running_broker_is_known_by_its_lock() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!super::is_in_use(folder.path()));
    let (state, _) = State::open(folder.path(), Duration::ZERO).unwrap();
    assert!(super::is_in_use(folder.path()));
    state.close().unwrap();
    assert!(!super::is_in_use(folder.path()));
}

#[test]
fn state_knows_since_when_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    for seconds in [5, 9] {
        let (state, saved) = State::open(folder.path(), Duration::from_secs(seconds)).unwrap();
        state.close().unwrap();
        assert_eq!(saved.since, Duration::from_secs(5), "opened at {seconds} s");
    }
}
