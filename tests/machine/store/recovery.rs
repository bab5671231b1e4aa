//! Disk failures of an open store, and other files in place of a store.

use std::{fs, path::Path, process::Command, time::Duration};

use papo::{
    domain::Lookup,
    store::{Event, Handle, Job, OpenError, Store},
};

use super::{append, id, message, open, talk};

/// The variable that makes a copy of this test program do its part, in the folder that it names.
const PART_IN: &str = "PAPO_TEST_PART_IN";

/// The output of a copy of this test program that runs `test` only, started through `script`.
fn part(test: &str, folder: &Path, script: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let script = format!("{script} exec '{}' store::recovery::{test} --exact --nocapture", program.display());
    let output = Command::new("sh").args(["-c", &script]).env(PART_IN, folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
#[test]
fn second_process_gets_in_use() {
    if let Some(folder) = std::env::var_os(PART_IN) {
        let opened = Store::open(Path::new(&folder), &id("alice"), "");
        return println!("in use {}", matches!(opened, Err(OpenError::InUse)));
    }
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let said = part("second_process_gets_in_use", folder.path(), "");
    assert!(said.contains("in use true"), "{said}");
    drop(first);
    let said = part("second_process_gets_in_use", folder.path(), "");
    assert!(said.contains("in use false"), "{said}");
}

/// Runs in another process, because the limit of a file's length is per process.
#[cfg(target_os = "linux")]
#[test]
fn refused_writes_are_retried_when_there_is_room() {
    if let Some(folder) = std::env::var_os(PART_IN) {
        return fill_and_make_room(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let room_for_some = 128 * 1024;
    let blocks = (fs::metadata(folder.path().join("papo.redb")).unwrap().len() + room_for_some) / 512;
    let script = format!("trap '' XFSZ; ulimit -S -f {blocks};");
    let said = part("refused_writes_are_retried_when_there_is_room", folder.path(), &script);
    let committed: u64 = said.lines().find_map(|line| line.strip_prefix("committed ")?.parse().ok()).expect(&said);

    let opened = open(folder.path());
    assert_eq!(opened.saved.conversations[0].len, committed);
    let page = opened.store.page(&talk(), u64::MAX, usize::MAX).unwrap();
    let expected: Vec<_> = (0..committed).map(|seq| (seq, message(seq, "alice"))).collect();
    assert!(page.messages == expected && page.damage.is_empty(), "the messages are not those that were written");
}

/// Commits until the disk is full, makes room, and continues: jobs keep coming, faster than the store retries.
#[cfg(target_os = "linux")]
#[tokio::main(flavor = "current_thread")]
async fn fill_and_make_room(folder: &Path) {
    let (tell, mut events) = tokio::sync::mpsc::channel(64);
    let mut handle = Handle::new(open(folder).store, tell);
    let (mut sent, mut refused) = (0, None);
    let mut ticks = tokio::time::interval(Duration::from_millis(2));
    let late = tokio::time::sleep(Duration::from_secs(30));
    tokio::pin!(late);
    loop {
        tokio::select! {
            () = &mut late => panic!("it has never been written"),
            _ = ticks.tick() => {
                let job = Job::Commit { ticket: sent + 1, operations: append(sent, "alice").to_vec() };
                sent += u64::from(handle.try_send(job).is_ok());
            }
            event = events.recv() => match event.unwrap() {
                Event::Failed { .. } if refused.is_none() => {
                    refused = Some(sent);
                    let readable = Job::Lookup(Lookup::Page { conversation: talk(), before: u64::MAX, limit: 1 });
                    handle.try_send(readable).unwrap();
                    make_room();
                    ticks = tokio::time::interval(Duration::from_millis(50));
                }
                Event::Page { page, .. } => {
                    assert_eq!(page.messages.len(), 1, "what is written stays readable: {sent} {:?}", page.damage);
                }
                Event::Committed { ticket } if refused.is_some_and(|refused| ticket > refused) => break,
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
fn empty_or_short_file_is_damaged_and_unchanged() {
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
fn other_database_is_not_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("papo.redb");
    let theirs = redb::TableDefinition::<&str, &str>::new("theirs");
    let database = redb::Database::create(&file).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(theirs).unwrap().insert("a", "b").unwrap();
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
    assert_eq!(opened.damage.len(), 1, "it is reported all the same");
    let conversation = &opened.saved.conversations[0];
    assert_eq!((conversation.len, conversation.sent, conversation.at_broker), (3, 3, 3));
    assert_eq!((&conversation.id, conversation.active), (&talk(), message(2, "alice").at));
    opened.store.commit(&append(conversation.len, "alice")).unwrap();
    let page = opened.store.page(&talk(), u64::MAX, 10).unwrap();
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
