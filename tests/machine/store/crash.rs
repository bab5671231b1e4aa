//! The store after a kill, a truncation of its file, and an upgrade of its format.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use papo::{
    domain::{ChatMessage, Conversation, DeliveryProgress},
    protocol::{Operation, RowId, StoredRow},
    store::{OpenError, Opened, Store},
};

use super::{
    append, at, id, message, open, publication, session,
    witness::{Random, Verdict, store_with_everything},
};

/// The variable that makes a child process of this test program write to the folder that it names, until it is killed.
const KILL_IN: &str = "PAPO_TEST_KILL_IN";

/// Starts a child process that runs `test` only, kills it after `delay`, and returns how many groups it reported as
/// committed.
fn groups_committed_before_kill(delay: Duration, test: &str, folder: &Path) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([&format!("store::crash::{test}"), "--exact", "--nocapture"])
        .env(KILL_IN, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Sleeps instead of waiting for a condition, because the kill should hit at any moment.
    thread::sleep(delay);
    child.kill().unwrap();
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    child.wait().unwrap();
    // The kill may have truncated the last line.
    let complete = printed.rsplit_once('\n').map_or("", |(complete, _)| complete);
    complete.lines().filter_map(|line| line.strip_prefix("committed ")?.parse().ok()).max().unwrap_or(0)
}

/// The operations of message number `seq`, in one commit. Every third message is bob's, the others are alice's.
fn group(seq: u64) -> Vec<Operation> {
    let (conversation, user) = (session(), id("bob"));
    let peer_number = seq / 3 + 1;
    let mine = seq - seq / 3;
    let written = match seq % 3 {
        2 => ChatMessage { sequence_number: Some(peer_number), ..message(seq, "bob") },
        _ => ChatMessage { sequence_number: Some(mine + 1), ..message(seq, "alice") },
    };
    let sent = mine + u64::from(seq % 3 != 2);
    let received = if seq % 3 == 2 { Some(peer_number) } else { seq.checked_div(3).filter(|number| *number > 0) };
    vec![
        Operation::Append { conversation: session(), seq, message: written },
        Operation::PutConversation(Conversation { len: seq + 1, sent, ..Conversation::new(session(), at(seq)) }),
        Operation::PutProgress {
            conversation,
            user,
            progress: DeliveryProgress { received, ..DeliveryProgress::default() },
        },
        Operation::PutOutbox(StoredRow { row: RowId(seq), publication: publication(), message: None, failure: None }),
    ]
}

fn write_until_killed(folder: &Path) -> ! {
    let Opened { mut store, saved, .. } = open(folder);
    let mut seq = saved.conversations.first().map_or(0, |conversation| conversation.len);
    loop {
        store.commit(&group(seq)).unwrap();
        seq += 1;
        println!("\ncommitted {seq}");
    }
}

/// Opens the store, checks that it has at least `reported` groups and no partial group, and returns their number.
fn check_groups(folder: &Path, reported: u64) -> u64 {
    let Opened { store, saved, damage } = open(folder);
    assert_eq!(damage, vec![]);
    let len = saved.conversations.first().map_or(0, |conversation| conversation.len);
    assert!(len >= reported, "{reported} groups were committed, and the store has {len}");
    let page = store.page(&session(), u64::MAX, usize::MAX).unwrap();
    let groups: Vec<Operation> = (0..len).flat_map(group).collect();
    let written = groups.iter().filter_map(|operation| match operation {
        Operation::Append { seq, message, .. } => Some((*seq, message)),
        _ => None,
    });
    assert!(
        page.messages.iter().map(|(seq, message)| (*seq, message)).eq(written),
        "the messages differ from those that were written"
    );
    assert!(saved.outbox.iter().map(|row| row.row.0).eq(0..len), "a group was committed in part");
    let checked = store.check().unwrap();
    assert_eq!((checked.damage, checked.file), (vec![], Ok(())));
    len
}

#[test]
fn reported_commits_survive_two_hundred_kills() {
    if let Some(folder) = std::env::var_os(KILL_IN) {
        write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(0x5EED);
    let mut known = 0;
    for _ in 0..200 {
        let delay = Duration::from_micros(random.below(40_000));
        let reported = groups_committed_before_kill(delay, "reported_commits_survive_two_hundred_kills", folder.path());
        known = check_groups(folder.path(), reported.max(known));
    }
    assert!(known > 100, "only {known} groups were written between the kills");
}

#[test]
fn killed_first_start_leaves_a_complete_store_or_none() {
    if let Some(folder) = std::env::var_os(KILL_IN) {
        write_until_killed(Path::new(&folder));
    }
    let mut random = Random(0xF1857);
    let (mut without_store, mut half_created) = (0, 0);
    for _ in 0..60 {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("papo/alice");
        let delay = Duration::from_micros(random.below(40_000));
        let test = "killed_first_start_leaves_a_complete_store_or_none";
        let reported = groups_committed_before_kill(delay, test, &folder);
        without_store += u32::from(!Store::is_in(&folder));
        half_created += u32::from(folder.join("papo.redb.new").exists());
        check_groups(&folder, reported);
        check_groups(&folder, reported);
        assert!(!folder.join("papo.redb.new").exists(), "opening finishes or replaces the half-created store");
    }
    println!("{without_store} kills left no store; {half_created} left a half-created one");
}

#[test]
fn half_created_store_is_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let sound = {
        let other = tempfile::tempdir().unwrap();
        drop(open(other.path()));
        fs::read(other.path().join("papo.redb")).unwrap()
    };
    for partial in [&[][..], &sound[..1], &sound[..4096], &sound[..sound.len() / 2], &sound] {
        fs::write(folder.path().join("papo.redb.new"), partial).unwrap();
        assert!(!Store::is_in(folder.path()));
        let opened = Store::open(folder.path(), &id("alice"), "device-2").unwrap();
        assert_eq!((opened.store.device(), opened.damage), ("device-2", vec![]));
        drop(opened.store);
        fs::remove_file(folder.path().join("papo.redb")).unwrap();
    }
}

#[test]
fn second_of_two_concurrent_first_starts_gets_in_use() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let starts: Vec<_> = thread::scope(|scope| {
            let start = || scope.spawn(|| Store::open(folder.path(), &id("alice"), "device"));
            let both = [start(), start()];
            both.map(|start| start.join().unwrap()).into()
        });
        let refused = |start: &Result<Opened, OpenError>| matches!(start, Err(OpenError::InUse));
        assert_eq!(starts.iter().filter(|start| refused(start)).count(), 1, "{starts:?}");
        assert_eq!(starts.iter().filter(|start| start.is_ok()).count(), 1, "{starts:?}");
    }
}

#[test]
fn truncated_file_is_complete_refused_or_reported() {
    let sound = store_with_everything();
    let mut verdicts = [0; 3];
    // The file after a kill, and after papo has quit.
    for file in [&sound.while_open, &sound.closed] {
        let mut lengths: Vec<usize> = (0..file.len()).step_by(4096).collect();
        lengths.extend((0..file.len()).step_by(4096 * 3 + 1237));
        lengths.extend([1, 63, 64, 319, 320, 4095, file.len() - 1, file.len() - 4095, file.len()]);
        for len in lengths {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("papo.redb"), &file[..len]).unwrap();
            let verdict = sound.judge(folder.path(), &format!("cut to {len} of {}", file.len()));
            assert!(len < file.len() || verdict == Verdict::Complete);
            verdicts[verdict as usize] += 1;
        }
    }
    println!("cuts: {} complete, {} reported, {} refused", verdicts[0], verdicts[1], verdicts[2]);
}

#[test]
fn store_of_the_first_layout_opens() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("papo.redb"), include_bytes!("../golden/first.redb")).unwrap();
    for len in 5..8 {
        let mut opened = open(folder.path());
        assert_eq!((opened.store.device(), &opened.damage), ("device-1", &vec![]));
        let page = opened.store.page(&session(), u64::MAX, 10).unwrap();
        assert_eq!(page.messages, (0..len).map(|seq| (seq, message(seq, "alice"))).collect::<Vec<_>>());
        assert_eq!((opened.saved.requests.len(), opened.saved.groups.len(), opened.saved.users.len()), (1, 1, 1));
        assert_eq!((opened.saved.outbox.len(), opened.saved.drafts.len(), opened.saved.progress.len()), (1, 1, 1));
        opened.store.commit(&append(len, "alice")).unwrap();
        let checked = opened.store.check().unwrap();
        assert_eq!((checked.damage, checked.file), (vec![], Ok(())));
    }
}

#[test]
fn earlier_format_is_copied_before_conversion() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("papo.redb"), include_bytes!("../golden/first.redb")).unwrap();
    let mut opened = open(folder.path());
    let topics = |opened: &Opened| -> Vec<String> {
        let sessions = opened.saved.conversations.iter().map(|conversation| conversation.id.to_string());
        sessions
            .chain(opened.saved.requests.iter().filter_map(|request| Some(request.session()?.to_string())))
            .collect()
    };
    let known = topics(&opened);
    assert!(known.contains(&"bob_alice_6".to_owned()), "{known:?}");
    opened.store.commit(&append(5, "alice")).unwrap();
    drop(opened);
    let copy = folder.path().join("papo.redb.format-1");
    let kept = fs::read(&copy).unwrap();
    // A store that already has the current format is not copied again.
    drop(open(folder.path()));
    assert_eq!(fs::read(&copy).unwrap(), kept);
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!files.iter().any(|name| name.to_string_lossy().ends_with(".new")), "{files:?}");
    // The user can go back to the copy.
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("papo.redb"), kept).unwrap();
    let before = open(other.path());
    assert_eq!((topics(&before), &before.damage), (known, &vec![]));
    assert_eq!(before.store.page(&session(), u64::MAX, 10).unwrap().messages.len(), 5);
}
