//! Disk failures while a store is open, and files that are not intact stores of papo.

use std::{fs, path::Path, process::Command, time::Duration};

use papo::{
    domain::HistoryLookup,
    store::{Event, Handle, Job, OpenError, Store},
};

use super::{append, id, message, open, range, session};

/// The environment variable that holds the folder of the store. A test that finds it set runs as the child process.
const CHILD_IN: &str = "PAPO_TEST_PART_IN";

/// Runs `test` only, in a child process, after the shell commands in `setup`. Returns what it prints.
fn run_child(test: &str, folder: &Path, setup: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let script = format!("{setup} exec '{}' store::recovery::{test} --exact --nocapture", program.display());
    let output = Command::new("sh").args(["-c", &script]).env(CHILD_IN, folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn open_store_is_refused_to_a_second_process() {
    if let Some(folder) = std::env::var_os(CHILD_IN) {
        let opened = Store::open(Path::new(&folder), &id("alice"), "");
        return println!("in use {}", matches!(opened, Err(OpenError::InUse)));
    }
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let printed = run_child("open_store_is_refused_to_a_second_process", folder.path(), "");
    assert!(printed.contains("in use true"), "{printed}");
    drop(first);
    let printed = run_child("open_store_is_refused_to_a_second_process", folder.path(), "");
    assert!(printed.contains("in use false"), "{printed}");
}

/// The limit of the file size stands in for a full disk. It applies to a whole process, so a child process writes.
#[cfg(target_os = "linux")]
#[test]
fn failed_writes_succeed_when_the_disk_has_room_again() {
    if let Some(folder) = std::env::var_os(CHILD_IN) {
        return fill_and_make_room(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let room_for_some = 128 * 1024;
    let blocks = (fs::metadata(folder.path().join("papo.redb")).unwrap().len() + room_for_some) / 512;
    let script = format!("trap '' XFSZ; ulimit -S -f {blocks};");
    let printed = run_child("failed_writes_succeed_when_the_disk_has_room_again", folder.path(), &script);
    let committed: u64 =
        printed.lines().find_map(|line| line.strip_prefix("committed ")?.parse().ok()).expect(&printed);

    let opened = open(folder.path());
    assert_eq!(opened.saved.conversations[0].len, committed);
    let page = opened.store.page(&session(), u64::MAX, usize::MAX).unwrap();
    let expected: Vec<_> = (0..committed).map(|seq| (seq, message(seq, "alice"))).collect();
    assert!(page.messages == expected && page.damage.is_empty(), "the messages are not those that were written");
}

/// Commits until the disk is full, then makes room and continues. Jobs arrive faster than the store retries.
#[cfg(target_os = "linux")]
#[tokio::main(flavor = "current_thread")]
async fn fill_and_make_room(folder: &Path) {
    let (sender, mut events) = tokio::sync::mpsc::channel(64);
    let mut handle = Handle::new(open(folder).store, sender);
    let (mut sent, mut failed_after) = (0, None);
    let mut ticks = tokio::time::interval(Duration::from_millis(2));
    let deadline = tokio::time::sleep(Duration::from_secs(30));
    tokio::pin!(deadline);
    loop {
        tokio::select! {
            () = &mut deadline => panic!("no commit succeeded after there was room again"),
            _ = ticks.tick() => {
                let job = Job::Commit { ticket: sent + 1, operations: append(sent, "alice").to_vec() };
                sent += u64::from(handle.try_send(job).is_ok());
            }
            event = events.recv() => match event.unwrap() {
                Event::Failed { .. } if failed_after.is_none() => {
                    failed_after = Some(sent);
                    let lookup = Job::Lookup(HistoryLookup::Page(range(0..1)));
                    handle.try_send(lookup).unwrap();
                    make_room();
                    ticks = tokio::time::interval(Duration::from_millis(50));
                }
                Event::Page { page, .. } => {
                    assert_eq!(page.messages.len(), 1, "a committed message is not readable: {sent} {:?}", page.damage);
                }
                Event::Committed { ticket } if failed_after.is_some_and(|last| ticket > last) => break,
                _ => {}
            }
        }
    }
    drop(handle);
    while events.recv().await.is_some() {}
    println!("\ncommitted {sent}");
}

#[cfg(target_os = "linux")]
fn make_room() {
    let process = std::process::id().to_string();
    let status = Command::new("prlimit").args(["--pid", &process, "--fsize=unlimited"]).status().unwrap();
    assert!(status.success());
}

#[test]
fn truncated_file_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("papo.redb");
    drop(open(folder.path()));
    let sound = fs::read(&file).unwrap();
    for len in [0, 1, 9, 64, 319, 320, 4096] {
        fs::write(&file, &sound[..len]).unwrap();
        let opened = Store::open(folder.path(), &id("alice"), "");
        assert!(matches!(opened, Err(OpenError::Damaged { .. })), "{len} bytes: {opened:?}");
        assert_eq!(fs::read(&file).unwrap(), &sound[..len]);
    }
}

#[test]
fn database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("papo.redb");
    let foreign_table = redb::TableDefinition::<&str, &str>::new("theirs");
    let database = redb::Database::create(&file).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(foreign_table).unwrap().insert("a", "b").unwrap();
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(Store::open(folder.path(), &id("alice"), ""), Err(OpenError::Damaged { .. })));

    let database = redb::Database::open(&file).unwrap();
    let tables: Vec<_> = redb::ReadableDatabase::begin_read(&database)
        .unwrap()
        .list_tables()
        .unwrap()
        .map(|table| redb::TableHandle::name(&table).to_owned())
        .collect();
    assert_eq!(tables, ["theirs"]);
}

/// Overwrites the record of the first conversation with invalid bytes.
fn damage_conversation(folder: &Path) {
    let talks = redb::TableDefinition::<u32, &[u8]>::new("talks");
    let database = redb::Database::open(folder.join("papo.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(talks).unwrap().insert(0, &b"no value"[..]).unwrap();
    transaction.commit().unwrap();
}

#[test]
fn damaged_conversation_is_rebuilt_from_its_messages() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = open(folder.path());
    for seq in 0..3 {
        opened.store.commit(&append(seq, "alice")).unwrap();
    }
    drop(opened);
    damage_conversation(folder.path());

    let mut opened = open(folder.path());
    assert_eq!(opened.damage.len(), 1, "the damage is reported although it was repaired");
    let conversation = &opened.saved.conversations[0];
    assert_eq!((conversation.len, conversation.sent, conversation.broker_acked), (3, 3, 3));
    assert_eq!((&conversation.id, conversation.active), (&session(), message(2, "alice").at));
    opened.store.commit(&append(conversation.len, "alice")).unwrap();
    let page = opened.store.page(&session(), u64::MAX, 10).unwrap();
    assert_eq!(page.messages, (0..4).map(|seq| (seq, message(seq, "alice"))).collect::<Vec<_>>());
}

#[test]
fn check_counts_damaged_values() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = open(folder.path());
    opened.store.commit(&append(0, "alice")).unwrap();
    drop(opened);
    damage_conversation(folder.path());
    let checked = open(folder.path()).store.check().unwrap();
    assert_eq!((checked.values, checked.damage.len(), checked.file), (2, 1, Ok(())));
}
