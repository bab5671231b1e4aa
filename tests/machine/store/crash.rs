//! Kills and power cuts.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use papo::{
    domain::{ChatMessage, Conversation, Progress},
    protocol::{Operation, RowId, StoredRow},
    store::{OpenError, Opened, Store},
};

use super::{
    append, at, id, message, open, publication, talk,
    witness::{Random, Verdict, store_with_everything},
};

/// The variable that makes a copy of this test program write to the folder that it names until it is killed.
const KILL_IN: &str = "PAPO_TEST_KILL_IN";

/// Starts a copy of this test program that runs `test` only, kills it after a while, and returns how many groups it
/// reported as committed.
fn killed_after(moment: Duration, test: &str, folder: &Path) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([&format!("store::crash::{test}"), "--exact", "--nocapture"])
        .env(KILL_IN, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // No condition to wait for: the kill has to hit at any moment.
    thread::sleep(moment);
    child.kill().unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    // A truncated line was not reported.
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().filter_map(|line| line.strip_prefix("committed ")?.parse().ok()).max().unwrap_or(0)
}

/// Message number `seq` with everything that belongs to it; every third is bob's, in the same conversation.
fn group(seq: u64) -> Vec<Operation> {
    let (conversation, user) = (talk(), id("bob"));
    let n = seq / 3 + 1;
    let mine = seq - seq / 3;
    let written = match seq % 3 {
        2 => ChatMessage { sequence_number: Some(n), ..message(seq, "bob") },
        _ => ChatMessage { sequence_number: Some(mine + 1), ..message(seq, "alice") },
    };
    let sent = mine + u64::from(seq % 3 != 2);
    let received = if seq % 3 == 2 { Some(n) } else { seq.checked_div(3).filter(|n| *n > 0) };
    vec![
        Operation::Append { conversation: talk(), seq, message: written },
        Operation::PutConversation(Conversation { len: seq + 1, sent, ..Conversation::new(talk(), at(seq)) }),
        Operation::PutProgress { conversation, user, progress: Progress { received, ..Progress::default() } },
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

/// Opens the store, and checks that it has every group up to `reported` and no partial group; returns the number of
/// groups.
fn whole(folder: &Path, reported: u64) -> u64 {
    let Opened { store, saved, damage } = open(folder);
    assert_eq!(damage, vec![]);
    let len = saved.conversations.first().map_or(0, |conversation| conversation.len);
    assert!(len >= reported, "{reported} were committed and {len} are left");
    let page = store.page(&talk(), u64::MAX, usize::MAX).unwrap();
    let groups: Vec<Operation> = (0..len).flat_map(group).collect();
    let written = groups.iter().filter_map(|operation| match operation {
        Operation::Append { seq, message, .. } => Some((*seq, message)),
        _ => None,
    });
    assert!(page.messages.iter().map(|(seq, message)| (*seq, message)).eq(written), "not what was written");
    assert!(saved.outbox.iter().map(|row| row.row.0).eq(0..len), "a group was committed in part");
    let checked = store.check().unwrap();
    assert_eq!((checked.damage, checked.file), (vec![], Ok(())));
    len
}

#[test]
fn two_hundred_kills_lose_nothing_reported() {
    if let Some(folder) = std::env::var_os(KILL_IN) {
        write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(0x5EED);
    let mut known = 0;
    for _ in 0..200 {
        let moment = Duration::from_micros(random.below(40_000));
        let reported = killed_after(moment, "two_hundred_kills_lose_nothing_reported", folder.path());
        known = whole(folder.path(), reported.max(known));
    }
    assert!(known > 100, "only {known} groups were written between the kills");
}

#[test]
fn killed_first_start_leaves_a_whole_store_or_none() {
    if let Some(folder) = std::env::var_os(KILL_IN) {
        write_until_killed(Path::new(&folder));
    }
    let mut random = Random(0xF1857);
    let (mut without, mut begun) = (0, 0);
    for _ in 0..60 {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("papo/alice");
        let moment = Duration::from_micros(random.below(40_000));
        let reported = killed_after(moment, "killed_first_start_leaves_a_whole_store_or_none", &folder);
        without += u32::from(!Store::is_in(&folder));
        begun += u32::from(folder.join("papo.redb.new").exists());
        whole(&folder, reported);
        whole(&folder, reported);
        assert!(!folder.join("papo.redb.new").exists(), "what was begun is finished");
    }
    println!("{without} had no store yet, {begun} of them had begun one");
}

#[test]
fn half_created_store_is_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let sound = {
        let other = tempfile::tempdir().unwrap();
        drop(open(other.path()));
        fs::read(other.path().join("papo.redb")).unwrap()
    };
    for begun in [&[][..], &sound[..1], &sound[..4096], &sound[..sound.len() / 2], &sound] {
        fs::write(folder.path().join("papo.redb.new"), begun).unwrap();
        assert!(!Store::is_in(folder.path()));
        let opened = Store::open(folder.path(), &id("alice"), "device-2").unwrap();
        assert_eq!((opened.store.device(), opened.damage), ("device-2", vec![]));
        drop(opened.store);
        fs::remove_file(folder.path().join("papo.redb")).unwrap();
    }
}

#[test]
fn of_two_first_starts_one_gets_in_use() {
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
fn truncated_file_is_whole_refused_or_reported() {
    let sound = store_with_everything();
    let mut counted = [0; 3];
    // As the file is after a kill, and after papo has quit.
    for file in [&sound.while_open, &sound.closed] {
        let mut lengths: Vec<usize> = (0..file.len()).step_by(4096).collect();
        lengths.extend((0..file.len()).step_by(4096 * 3 + 1237));
        lengths.extend([1, 63, 64, 319, 320, 4095, file.len() - 1, file.len() - 4095, file.len()]);
        for len in lengths {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("papo.redb"), &file[..len]).unwrap();
            let verdict = sound.judge(folder.path(), &format!("cut to {len} of {}", file.len()));
            assert!(len < file.len() || verdict == Verdict::Right);
            counted[verdict as usize] += 1;
        }
    }
    println!("cuts: {} right, {} reported, {} refused", counted[0], counted[1], counted[2]);
}

#[test]
fn store_of_the_first_layout_opens() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("papo.redb"), include_bytes!("../golden/first.redb")).unwrap();
    for len in 5..8 {
        let mut opened = open(folder.path());
        assert_eq!((opened.store.device(), &opened.damage), ("device-1", &vec![]));
        let page = opened.store.page(&talk(), u64::MAX, 10).unwrap();
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
        let talks = opened.saved.conversations.iter().map(|talk| talk.id.to_string());
        talks.chain(opened.saved.requests.iter().filter_map(|it| Some(it.session()?.to_string()))).collect()
    };
    let known = topics(&opened);
    assert!(known.contains(&"bob_alice_6".to_owned()), "{known:?}");
    opened.store.commit(&append(5, "alice")).unwrap();
    drop(opened);
    let copy = folder.path().join("papo.redb.format-1");
    let kept = fs::read(&copy).unwrap();
    // An open store of the current format is not copied again.
    drop(open(folder.path()));
    assert_eq!(fs::read(&copy).unwrap(), kept);
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!files.iter().any(|name| name.to_string_lossy().ends_with(".new")), "{files:?}");
    // The user can go back to the copy.
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("papo.redb"), kept).unwrap();
    let before = open(other.path());
    assert_eq!((topics(&before), &before.damage), (known, &vec![]));
    assert_eq!(before.store.page(&talk(), u64::MAX, 10).unwrap().messages.len(), 5);
}
