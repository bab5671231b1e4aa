//! The store and the disk: commits, damage and full disks.

use std::{fs, ops::Range, path::Path, process::Command};

use papo::{
    domain::{
        Body, ChatMessage, ChatRange, ControlTopic, Conversation, ConversationId, DeliveryProgress, Direction, Edit,
        Group, HistoryLookup, MessageId, OpenTabs, Phase, Piece, Presence, Request, RequestKind, RequestState,
        Timestamp, User, UserId,
    },
    protocol::{Operation, Publication, RowId, Run, Saved, SeenText, StoredRow},
    store::{self, Event, Job, OpenError, Opened, Store},
};

mod crash;
mod damage;
mod recovery;
mod salvage;
mod search;
mod witness;

fn id(name: &str) -> UserId {
    name.parse().unwrap()
}

fn session() -> ConversationId {
    "bob_alice_1763900000000".parse().unwrap()
}

/// These messages of the session, as part of the chat with bob.
fn range(positions: Range<u64>) -> ChatRange {
    part_of(&session(), positions)
}

fn part_of(conversation: &ConversationId, positions: Range<u64>) -> ChatRange {
    let pieces = vec![Piece { conversation: conversation.clone(), positions }];
    ChatRange { chat: conversation.chat(&id("alice")).unwrap(), start: 0, pieces }
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn message(seq: u64, author: &str) -> ChatMessage {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&seq.to_be_bytes());
    let text = Body::Text(format!("message {seq}"));
    let message = ChatMessage::new(MessageId::from_bytes(bytes), id(author), at(1_763_900_000_000 + seq), text);
    ChatMessage { sequence_number: Some(seq + 1), ..message }
}

fn append(seq: u64, author: &str) -> [Operation; 2] {
    let sent = if author == "alice" { seq + 1 } else { seq };
    let conversation = Conversation { len: seq + 1, sent, ..Conversation::new(session(), at(seq)) };
    [
        Operation::Append { conversation: session(), seq, message: message(seq, author) },
        Operation::PutConversation(conversation),
    ]
}

fn publication() -> Publication {
    Publication {
        content_type: Some("text/plain".into()),
        properties: vec![("papo".into(), "1".into())],
        ..Publication::new("bob_Control", "REQUEST alice")
    }
}

fn seen(topic: &str, slot: u16) -> SeenText {
    SeenText { topic: topic.to_owned(), slot, order: 5, hash: 0xfeed }
}

fn run(user: &str, start: u64) -> Run {
    Run { user: id(user), start, session: session(), from: start }
}

fn one_of_each_record() -> Saved {
    let request = Request {
        id: MessageId::from_bytes([7; 16]),
        direction: Direction::Outgoing,
        kind: RequestKind::Chat,
        peer: Some(id("bob")),
        at: at(5),
        answered_at: Some(at(6)),
        state: RequestState::Accepted(Some("bob_alice_6".parse().unwrap())),
        control_topic: ControlTopic::Clients,
        times: 2,
    };
    let group = Group {
        name: "devs".parse().unwrap(),
        leader: Some(id("bob")),
        members: vec![id("alice")],
        rev: 3,
        born: at(1),
        since: Some(at(2)),
    };
    let user = User { presence: Presence::Offline, since: Some(at(9)), is_papo: true, ..User::new(id("bob"), at(9)) };
    let conversation = Conversation { phase: Phase::Closed, unread: 4, ..Conversation::new(session(), at(3)) };
    let progress = DeliveryProgress { acked: 1, received: Some(2), ..DeliveryProgress::default() };
    let row = StoredRow { row: RowId(3), publication: publication(), message: Some((session(), 1)), failure: None };
    Saved {
        conversations: vec![conversation],
        progress: vec![(session(), id("bob"), progress)],
        requests: vec![request],
        groups: vec![group],
        users: vec![user],
        outbox: vec![row],
        drafts: vec![(session(), "half a sen".into())],
        runs: vec![run("bob", 4), run("bob", 6)],
        seen: vec![seen("bob_Control", 3), seen("bob_Control2", 0)],
        tabs: Some(tabs(&["#devs", "bob"])),
    }
}

fn tabs(chats: &[&str]) -> OpenTabs {
    let chats: Vec<_> = chats.iter().map(|chat| chat.parse().unwrap()).collect();
    OpenTabs { active: chats.last().cloned(), chats, beside: None }
}

fn operations(saved: &Saved) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    operations.extend(saved.conversations.iter().cloned().map(Operation::PutConversation));
    operations.extend(saved.progress.iter().cloned().map(|(conversation, user, progress)| Operation::PutProgress {
        conversation,
        user,
        progress,
    }));
    operations.extend(saved.requests.iter().cloned().map(Operation::PutRequest));
    operations.extend(saved.groups.iter().cloned().map(Operation::PutGroup));
    operations.extend(saved.users.iter().cloned().map(Operation::PutUser));
    operations.extend(saved.outbox.iter().cloned().map(Operation::PutOutbox));
    operations
        .extend(saved.drafts.iter().cloned().map(|(conversation, text)| Operation::PutDraft { conversation, text }));
    operations.extend(saved.runs.iter().cloned().map(Operation::PutRun));
    operations.extend(saved.seen.iter().cloned().map(Operation::PutSeen));
    operations.extend(saved.tabs.iter().cloned().map(Operation::PutTabs));
    operations
}

fn open(folder: &Path) -> Opened {
    Store::open(folder, &id("alice"), "device-1").unwrap()
}

#[test]
fn clean_close_marker_is_removed_before_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let is_marked = || folder.path().join("papo.redb.sound").exists();
    let mut opened = open(folder.path());
    opened.store.commit(&append(0, "alice")).unwrap();
    assert!(!is_marked(), "the new store is still open");
    drop(opened);
    assert!(is_marked());
    let mut opened = open(folder.path());
    opened.store.commit(&append(1, "bob")).unwrap();
    assert!(!is_marked());
    drop(opened);
    drop(open(folder.path()));
    assert!(is_marked(), "a store without new commits is marked, too");
    let (sender, mut events) = tokio::sync::mpsc::channel(1);
    let mut handle = store::Handle::new(open(folder.path()).store, sender);
    // The store thread removes the marker when it starts, so before it answers this check.
    handle.reader().check().unwrap().unwrap();
    assert!(!is_marked());
    drop(handle);
    assert!(events.blocking_recv().is_none());
    assert!(is_marked());
}

#[test]
fn committed_data_is_there_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = open(folder.path());
    assert_eq!(opened.saved, Saved::default());
    opened.store.commit(&operations(&one_of_each_record())).unwrap();
    opened.store.commit(&append(0, "alice")).unwrap();
    opened.store.commit(&append(1, "bob")).unwrap();
    drop(opened);

    let Opened { store, saved, damage } = Store::open(folder.path(), &id("alice"), "another").unwrap();
    assert_eq!((store.device(), damage), ("device-1", vec![]));
    assert_eq!(saved, Saved { conversations: saved.conversations.clone(), ..one_of_each_record() });
    assert_eq!(saved.conversations[0].len, 2);
    let page = store.page(&session(), u64::MAX, 10).unwrap();
    assert_eq!(page.messages, vec![(0, message(0, "alice")), (1, message(1, "bob"))]);
    assert_eq!(store.mine(&session(), 1, 9).unwrap().messages, vec![(0, message(0, "alice"))]);
}

#[test]
fn removed_data_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = open(folder.path());
    opened.store.commit(&operations(&one_of_each_record())).unwrap();
    let removals = [
        Operation::PutRun(run("carl", 5)),
        Operation::RemoveGroup("devs".parse().unwrap()),
        Operation::RemoveOutbox(RowId(3)),
        Operation::PutDraft { conversation: session(), text: String::new() },
        Operation::ClearRuns(id("bob")),
        Operation::ForgetSeen("bob_Control".into()),
        Operation::PutTabs(tabs(&["bob"])),
    ];
    opened.store.commit(&removals).unwrap();
    drop(opened);
    let saved = open(folder.path()).saved;
    assert_eq!(
        saved,
        Saved {
            groups: vec![],
            outbox: vec![],
            drafts: vec![],
            runs: vec![run("carl", 5)],
            seen: vec![seen("bob_Control2", 0)],
            tabs: Some(tabs(&["bob"])),
            ..one_of_each_record()
        }
    );
}

#[test]
fn pages_have_the_requested_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).store;
    let all: Vec<Operation> = (0..250).flat_map(|seq| append(seq, "alice")).collect();
    store.commit(&all).unwrap();
    let seqs = |before, limit| {
        let page = store.page(&session(), before, limit).unwrap();
        page.messages.iter().map(|(seq, _)| *seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs(u64::MAX, 3), [247, 248, 249]);
    assert_eq!(seqs(2, 100), [0, 1]);
    assert_eq!(seqs(0, 100), [0; 0]);
    assert!(store.page(&"#nobody".parse().unwrap(), 9, 9).unwrap().messages.is_empty());
    let numbers: Vec<_> = store
        .mine(&session(), 10, 12)
        .unwrap()
        .messages
        .iter()
        .filter_map(|(_, found)| found.sequence_number)
        .collect();
    assert_eq!(numbers, [10, 11, 12]);
}

#[test]
fn delivery_failure_is_stored_with_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).store;
    store.commit(&append(0, "alice")).unwrap();
    let failure = |failure: &str| Operation::SetFailure { conversation: session(), n: 1, failure: failure.into() };
    let stored_failure =
        |store: &Store| store.page(&session(), 9, 9).unwrap().messages[0].1.failure.clone().map(String::from);
    store.commit(&[failure("not authorized")]).unwrap();
    assert_eq!(stored_failure(&store).as_deref(), Some("not authorized"));
}

#[test]
fn store_is_for_one_process_and_one_id() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    assert!(matches!(Store::open(folder.path(), &id("alice"), ""), Err(OpenError::InUse)));
    drop(first);
    let Err(error) = Store::open(folder.path(), &id("eve"), "") else { panic!("alice's store opened for eve") };
    assert!(error.to_string().contains("belongs to alice"), "{error}");
    assert!(Store::open(folder.path(), &id("alice"), "").is_ok());
}
#[test]
fn only_the_owner_can_read_the_store() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("papo/alice");
    drop(open(&folder));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("papo.redb"))), (0o700, 0o600));
}

#[test]
fn file_that_is_not_a_store_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("papo.redb");
    let mut opened = open(folder.path());
    opened.store.commit(&operations(&one_of_each_record())).unwrap();
    drop(opened);
    let sound = fs::read(&file).unwrap();
    let noise: Vec<u8> = (0..=250).cycle().step_by(31).take(sound.len()).collect();
    for bad in [&sound[..sound.len() / 3], &noise[..]] {
        fs::write(&file, bad).unwrap();
        let Err(error) = Store::open(folder.path(), &id("alice"), "") else { panic!("a damaged file was opened") };
        assert!(error.to_string().contains("papo.redb"), "{error}");
        assert_eq!(fs::read(&file).unwrap(), bad);
    }
    fs::write(&file, &sound).unwrap();
    assert_eq!(open(folder.path()).saved, one_of_each_record());
}

#[test]
fn damaged_value_is_reported_and_the_rest_readable() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = open(folder.path());
    opened.store.commit(&operations(&one_of_each_record())).unwrap();
    let all: Vec<Operation> = (0..20).flat_map(|seq| append(seq, "alice")).collect();
    opened.store.commit(&all).unwrap();
    drop(opened);
    flip(&folder.path().join("papo.redb"), b"message 13");

    let opened = open(folder.path());
    assert_eq!(opened.damage.iter().map(|damage| damage.table).collect::<Vec<_>>(), ["file"]);
    let page = opened.store.page(&session(), u64::MAX, 100).unwrap();
    assert_eq!((page.messages.len(), page.damage.len()), (19, 1), "{:?}", page.damage);
    assert!(page.messages.iter().all(|(seq, found)| *seq != 13 && *found == message(*seq, "alice")));
    let checked = opened.store.check().unwrap();
    assert_eq!(
        (checked.damage.len(), checked.file),
        (1, Ok(())),
        "opening has moved the readable values to a sound file"
    );
}

/// Changes the first byte of every occurrence of `wanted`.
fn flip(file: &Path, wanted: &[u8]) {
    let mut bytes = fs::read(file).unwrap();
    let places: Vec<usize> = (0..bytes.len() - wanted.len()).filter(|at| bytes[*at..].starts_with(wanted)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at] ^= 0x20;
    }
    fs::write(file, bytes).unwrap();
}

/// The variable that makes a copy of this test program write to the folder that it names.
const WRITE_TO: &str = "PAPO_TEST_WRITE_TO";

#[tokio::test]
async fn thread_commits_in_order_and_reads_see_earlier_commits() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, mut events) = tokio::sync::mpsc::channel(4);
    let mut handle = store::Handle::new(open(folder.path()).store, sender);
    let mut jobs: Vec<Job> =
        (0..300).map(|seq| Job::Commit { ticket: seq + 1, operations: append(seq, "alice").to_vec() }).collect();
    jobs.push(Job::Lookup(HistoryLookup::Page(ChatRange { start: 299, ..range(299..300) })));
    jobs.push(Job::FetchIds { conversation: session(), author: "alice".parse().unwrap() });
    jobs.push(Job::FetchIds { conversation: session(), author: "eve".parse().unwrap() });
    jobs.push(Job::Fetch { conversation: session(), from: 299, upto: 400 });
    let mut jobs = jobs.into_iter().peekable();
    let mut unsent = None;
    let (mut last, mut commits) = (0, 0);
    loop {
        while let Some(job) = unsent.take().or_else(|| jobs.next()) {
            if let Err(job) = handle.try_send(job) {
                unsent = Some(job);
                break;
            }
        }
        match events.recv().await.unwrap() {
            Event::Committed { ticket } => {
                assert!(ticket > last);
                (last, commits) = (ticket, commits + 1);
            }
            Event::Page { page, .. } => {
                assert_eq!(last, 300, "a page contains every commit that was queued before the lookup");
                assert_eq!(page.messages, vec![(299, message(299, "alice"))], "at its position in the chat");
            }
            Event::FetchedIds { author, ids, .. } if author.as_str() == "alice" => {
                let expected: Vec<_> = (0..300).map(|seq| (seq + 1, message(seq, "alice").id)).collect();
                assert_eq!(ids, expected);
            }
            Event::FetchedIds { ids, .. } => assert_eq!(ids, []),
            Event::Fetched { page, upto, .. } => {
                let expected = vec![(298, message(298, "alice")), (299, message(299, "alice"))];
                assert_eq!((page.messages, page.damage, upto), (expected, vec![], 400));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(commits < 300, "queued operations are committed together");
    drop(handle);
    while events.recv().await.is_some() {}
    assert_eq!(open(folder.path()).saved.conversations[0].len, 300);
}

/// A limit on the file size stands in for a full disk. It applies to a whole process, so a child process writes.
#[test]
fn full_disk_loses_nothing() {
    if let Some(folder) = std::env::var_os(WRITE_TO) {
        return fill_up(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("papo.redb");
    drop(open(folder.path()));
    let blocks = fs::metadata(&file).unwrap().len() / 512;
    let program = std::env::current_exe().unwrap();
    // With SIGXFSZ ignored, a write beyond the limit returns an error, as on a full disk.
    let script = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec '{}' store::full_disk_loses_nothing --exact --nocapture",
        program.display()
    );
    let output = Command::new("sh").args(["-c", &script]).env(WRITE_TO, folder.path()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let committed = printed.lines().filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok()).max();
    assert!(printed.contains("failed "), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    let len = open(folder.path()).saved.conversations.first().map_or(0, |conversation| conversation.len);
    assert_eq!(Some(len), committed.or(Some(0)), "{printed}");
}
fn fill_up(folder: &Path) {
    let mut store = open(folder).store;
    for seq in 0.. {
        let mut group = append(seq, "alice").to_vec();
        let body = Body::Text("x".repeat(20_000));
        group[0] =
            Operation::Append { conversation: session(), seq, message: ChatMessage { body, ..message(seq, "alice") } };
        match store.commit(&group) {
            Ok(()) => println!("committed {}", seq + 1),
            Err(error) => return println!("failed {error}"),
        }
    }
}

#[test]
fn edit_changes_only_messages_of_its_author() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).store;
    let append = |seq, author| Operation::Append { conversation: session(), seq, message: message(seq, author) };
    let edit = |seq, author: &str, text: &str| Operation::Edit {
        conversation: session(),
        edit: Edit {
            id: message(70 + seq, "bob").id,
            original: message(seq, "bob").id,
            author: author.parse().unwrap(),
            text: text.to_owned(),
            at: at(5),
            is_late: false,
        },
    };
    let put = Operation::PutConversation(Conversation { len: 3, ..Conversation::new(session(), message(0, "bob").at) });
    store.commit(&[put, append(0, "bob"), append(1, "bob"), append(2, "alice")]).unwrap();
    store.commit(&[edit(1, "alice", "not so"), edit(0, "bob", "so"), edit(9, "bob", "nothing")]).unwrap();
    let edited =
        |seq| store.find(message(seq, "bob").id, &range(0..3)).unwrap().map(|(seq, found)| (seq, found.is_edited));
    assert_eq!([edited(0), edited(1), edited(9)], [Some((0, true)), Some((1, false)), None]);
    let (_, found) = store.find(message(0, "bob").id, &range(0..3)).unwrap().unwrap();
    assert_eq!(found.body, Body::Text("so".to_owned()));
    assert_eq!(found.earlier.iter().map(|earlier| earlier.text.as_str()).collect::<Vec<_>>(), ["message 0"]);
    assert_eq!(store.find(message(2, "alice").id, &range(0..2)).unwrap(), None, "the message lies outside the bound");
}
