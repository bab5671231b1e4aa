//! The thread that writes the state.

use std::{
    mem,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use redb::Database;
use tokio::sync::watch;

use super::{
    super::{clock::now, hub::Change},
    error::WriteError,
    file,
    pending::{Pending, Written},
};
use crate::store::{
    StoreError,
    database::begin_durable,
    redb_panic::{self, catch_redb_panic},
};

/// How long changes wait for later ones.
const INTERVAL: Duration = Duration::from_millis(250);
/// How old a change that is not on the disk may be, and how much such changes may take in all, in bytes. Beyond either,
/// and after a failed attempt, saving is [late](Shared::late).
const MAX_AGE: Duration = Duration::from_millis(500);
const MAX_SIZE: usize = 16 << 20;
/// The wait before a failed transaction is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long there must be no change before the file may be compacted.
const COMPACT_AFTER: Duration = Duration::from_secs(2);

/// What the broker hands over to the thread. This is a lock, not a channel, so that changes of one key replace each
/// other while the disk stalls. It is never held during input or output.
#[derive(Debug, Default)]
pub(super) struct Shared {
    queue: Mutex<Queue>,
    /// Notified when `pending` is no longer empty or becomes large, and on closing.
    changed: Condvar,
    /// See [`late`](Self::late).
    late: watch::Sender<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Queue {
    pending: Pending,
    /// When the oldest change in `pending` came.
    since: Option<Instant>,
    /// The same of the changes that are being written, and their size in bytes.
    writing: Option<(Instant, usize)>,
    /// Whether the last attempt to write has failed.
    is_failing: bool,
    is_closing: bool,
}

impl Queue {
    /// Whether so much is not on the disk that waiting for more makes no sense.
    fn is_large(&self) -> bool {
        self.pending.size() + self.writing.map_or(0, |(_, size)| size) > MAX_SIZE
    }

    /// See [`Shared::late`].
    fn late(&self) -> Option<Instant> {
        let oldest = self.writing.map(|(since, _)| since).or(self.since)?;
        Some(if self.is_large() || self.is_failing { oldest } else { oldest + MAX_AGE })
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn extend(&self, changes: Vec<Change>) {
        let mut queue = self.queue();
        queue.pending.extend(changes);
        if queue.since.is_none() || queue.is_large() {
            self.changed.notify_one();
        }
        queue.since.get_or_insert_with(now);
        self.report(&queue);
    }

    /// From when on saving is late; [`None`] if everything is saved.
    pub(super) fn late(&self) -> watch::Receiver<Option<Instant>> {
        self.late.subscribe()
    }

    fn report(&self, queue: &Queue) {
        let new = queue.late();
        self.late.send_if_modified(|late| mem::replace(late, new) != new);
    }

    pub(super) fn close(&self) {
        self.queue().is_closing = true;
        self.changed.notify_one();
    }

    /// Waits up to this time for a change; [`None`] is for ever. Returns whether there is one.
    fn wait(&self, limit: Option<Duration>) -> bool {
        let is_idle = |queue: &mut Queue| queue.pending.is_empty() && !queue.is_closing;
        let Some(limit) = limit else {
            drop(self.changed.wait_while(self.queue(), is_idle).unwrap_or_else(PoisonError::into_inner));
            return true;
        };
        let waited = self.changed.wait_timeout_while(self.queue(), limit, is_idle);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Waits until it is time to write, and takes what is pending then. Returns whether the state is closing; then it
    /// is time.
    fn take(&self) -> (Pending, bool) {
        let queue = self.queue();
        let since = queue.since.unwrap_or_else(now);
        let is_retry = queue.is_failing;
        let wait = if is_retry { RETRY_AFTER } else { INTERVAL.saturating_sub(now().duration_since(since)) };
        let waits = |queue: &mut Queue| !queue.is_closing && (is_retry || !queue.is_large());
        let waited = self.changed.wait_timeout_while(queue, wait, waits);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        queue.since = None;
        queue.writing = Some((since, queue.pending.size()));
        (mem::take(&mut queue.pending), queue.is_closing)
    }

    /// What was [taken](Self::take) is on the disk. Returns whether the attempt before had failed.
    fn finish(&self) -> bool {
        let mut queue = self.queue();
        queue.writing = None;
        let had_failed = mem::take(&mut queue.is_failing);
        self.report(&queue);
        had_failed
    }

    /// Takes back what could not be written. Changes that came later win. Returns whether the attempt before had failed,
    /// too.
    fn restore(&self, mut unwritten: Pending) -> bool {
        let mut queue = self.queue();
        unwritten.append(mem::take(&mut queue.pending));
        queue.pending = unwritten;
        queue.since = queue.writing.take().map(|(since, _)| since);
        let had_failed = mem::replace(&mut queue.is_failing, true);
        self.report(&queue);
        had_failed
    }
}

pub(super) struct Writer {
    /// [`None`] after a failed attempt to open the file again.
    database: Option<Database>,
    path: PathBuf,
    shared: Arc<Shared>,
    /// About how much the file must hold, in bytes.
    content: u64,
    /// The size in bytes of the messages that came or went since it was last checked whether to compact the file.
    moved: u64,
}

impl Writer {
    /// `content`: about how much the file must hold, in bytes.
    pub(super) fn new(database: Database, path: PathBuf, shared: Arc<Shared>, content: u64) -> Self {
        Self { database: Some(database), path, shared, content, moved: 0 }
    }

    /// Runs until the state is closed. Returns the error if the last changes could not be written.
    pub(super) fn run(mut self) -> Result<(), WriteError> {
        loop {
            // Without large changes there is nothing to compact, and the thread sleeps until the next change.
            while !self.shared.wait((self.moved > file::MIN_UNUSED).then_some(COMPACT_AFTER)) {
                self.compact();
            }
            let (batch, is_closing) = self.shared.take();
            match self.write(&batch) {
                Ok(()) => {
                    if self.shared.finish() {
                        tracing::info!("the broker's state is saved again");
                    }
                }
                Err(error) if is_closing => return Err(error),
                Err(error) => {
                    if !self.shared.restore(batch) {
                        tracing::error!(%error, "the broker's state cannot be saved; it accepts nothing until it can");
                    }
                }
            }
            if is_closing {
                if self.moved > file::MIN_UNUSED {
                    self.compact();
                }
                return Ok(redb_panic::close(self.database.take())?);
            }
        }
    }

    fn write(&mut self, batch: &Pending) -> Result<(), WriteError> {
        let database = match self.database.take() {
            Some(database) => database,
            None => file::open(&self.path)?,
        };
        let written = write(&database, batch);
        if let Ok(Written { added, removed, .. }) = written {
            self.content = (self.content + added).saturating_sub(removed);
            self.moved += added + removed;
            self.database = Some(database);
        } else {
            self.reopen(database);
        }
        written?;
        Ok(())
    }

    fn compact(&mut self) {
        self.moved = 0;
        let Some(mut database) = self.database.take() else { return };
        match file::compact_if_worth_it(&mut database, &self.path, self.content) {
            Ok(()) => self.database = Some(database),
            Err(error) => {
                tracing::warn!(%error, "the file of the broker's state could not be compacted");
                self.reopen(database);
            }
        }
    }

    /// After an I/O error redb refuses all work until the file is opened again. If that fails, the next write tries it.
    fn reopen(&mut self, database: Database) {
        self.database = redb_panic::close(Some(database)).ok().and_then(|()| file::open(&self.path).ok());
    }
}

/// Writes changes in one transaction. They are on the disk when this returns. Writes nothing if nothing changes.
pub(super) fn write(database: &Database, batch: &Pending) -> Result<Written, StoreError> {
    if batch.is_empty() {
        return Ok(Written::default());
    }
    catch_redb_panic(|| {
        let transaction = begin_durable(database)?;
        let written = batch.write(&transaction)?;
        if written.has_changed {
            transaction.commit()?;
        } else {
            transaction.abort()?;
        }
        Ok(written)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{
        super::{super::access::SavedGroup, OpenError, State, tests::message},
        *,
    };

    #[test]
    fn changes_that_could_not_be_written_yield_to_later_ones() {
        let shared = Shared::default();
        let retained = |topic: &str, id| Change::Retained(topic.into(), Some(id));
        shared.extend(vec![retained("a", 1), retained("b", 1)]);
        let (unwritten, _) = shared.take();
        shared.extend(vec![retained("b", 2), retained("c", 2)]);
        assert!(!shared.restore(unwritten));
        let (all, _) = shared.take();
        let mut expected = Pending::default();
        expected.extend([retained("a", 1), retained("b", 2), retained("c", 2)]);
        assert_eq!(format!("{all:?}"), format!("{expected:?}"));
    }

    #[test]
    fn saving_is_late_after_half_a_second_or_with_16_mib() {
        let shared = Shared::default();
        let late = || *shared.late().borrow();
        assert_eq!(late(), None);
        shared.extend(vec![Change::Retained("a".into(), None)]);
        let first = late().unwrap();
        assert!(first > now() && first <= now() + MAX_AGE);
        shared.extend(vec![Change::Retained("b".into(), None)]);
        assert_eq!(late(), Some(first), "the oldest change counts");
        let large = |id| Change::Message(id, Some(message(id, 6 << 20)));
        shared.extend(vec![large(1), large(2)]);
        assert_eq!(late(), Some(first));
        shared.extend(vec![large(3)]);
        assert!(late().unwrap() <= now());
        shared.extend(vec![Change::Message(1, None)]);
        assert_eq!(late(), Some(first), "what has gone is not written");

        // What is being written counts until it is on the disk.
        let (_, _) = shared.take();
        assert_eq!(late(), Some(first));
        shared.extend(vec![large(4)]);
        assert!(late().unwrap() <= now());
        assert!(!shared.finish());
        let second = late().unwrap();
        assert!(second > first);
        let (unwritten, _) = shared.take();
        assert_eq!(late(), Some(second));
        assert!(!shared.restore(unwritten));
        assert_eq!(late(), second.checked_sub(MAX_AGE), "at once after a failed attempt");
        let (unwritten, _) = shared.take();
        assert!(shared.restore(unwritten));
        assert_eq!(late(), second.checked_sub(MAX_AGE));
        let (_, _) = shared.take();
        assert!(shared.finish());
        assert_eq!(late(), None);
    }

    #[test]
    fn writer_tries_again_until_the_file_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (path, away) = (file::path(folder.path()), folder.path().join("away"));
        drop(State::open(folder.path(), Duration::ZERO).unwrap());
        fs::rename(&path, &away).unwrap();
        let mut batch = Pending::default();
        batch.extend([Change::Group("devs".parse().unwrap(), Some(SavedGroup::default()))]);
        let mut writer = Writer { database: None, path: path.clone(), shared: Arc::default(), content: 0, moved: 0 };
        let error = writer.write(&batch).unwrap_err();
        assert!(matches!(error, WriteError::Reopen(OpenError::Io { .. })), "{error:?}");
        fs::rename(&away, &path).unwrap();
        writer.write(&batch).unwrap();
        drop(writer);
        assert_eq!(State::open(folder.path(), Duration::ZERO).unwrap().1.groups.len(), 1);
    }

    #[test]
    fn close_reports_changes_that_could_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Arc::<Shared>::default();
        let writer = Writer {
            database: None,
            path: folder.path().join("missing"),
            shared: Arc::clone(&shared),
            content: 0,
            moved: 0,
        };
        shared.extend(vec![Change::Retained("a".into(), None)]);
        shared.close();
        assert!(matches!(writer.run(), Err(WriteError::Reopen(_))));
    }

    /// The variable that makes a child process of this test program fill the file in the folder that it names.
    #[cfg(target_os = "linux")]
    const FULL_IN: &str = "PAPO_TEST_FULL_STATE_IN";

    /// A limit on the file size stands in for a full disk. It applies to a whole process, so a child process writes.
    #[cfg(target_os = "linux")]
    #[test]
    fn failed_writes_succeed_when_the_disk_has_room_again() {
        use std::process::Command;

        use crate::domain::GroupName;

        if let Some(folder) = std::env::var_os(FULL_IN) {
            return fill_and_make_room(folder.as_ref());
        }
        let folder = tempfile::tempdir().unwrap();
        drop(State::open(folder.path(), Duration::ZERO).unwrap());
        let blocks = fs::metadata(file::path(folder.path())).unwrap().len() / 512 + 1000;
        let program = std::env::current_exe().unwrap();
        let test = "broker::state::writer::tests::failed_writes_succeed_when_the_disk_has_room_again";
        let script =
            format!("trap '' XFSZ; ulimit -S -f {blocks}; exec '{}' {test} --exact --nocapture", program.display());
        let output = Command::new("sh").args(["-c", &script]).env(FULL_IN, folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let groups = State::open(folder.path(), Duration::ZERO).unwrap().1.groups;
        assert!(groups.keys().map(GroupName::as_str).eq(["before", "long", "refused"]));
        assert_eq!(groups[&"long".parse().unwrap()].invited.len(), LONG);
    }

    /// Logins in a group that does not fit on the disk.
    #[cfg(target_os = "linux")]
    const LONG: usize = 300_000;

    #[cfg(target_os = "linux")]
    fn fill_and_make_room(folder: &std::path::Path) {
        let path = file::path(folder);
        let mut writer = Writer::new(file::open(&path).unwrap(), path, Arc::default(), 0);
        let pending = |name: &str, len: usize| {
            let invited = vec!["alice".parse().unwrap(); len];
            let mut pending = Pending::default();
            pending.extend([Change::Group(name.parse().unwrap(), Some(SavedGroup { invited, ..Default::default() }))]);
            pending
        };
        writer.write(&pending("before", 1)).unwrap();
        let mut refused = pending("long", LONG);
        refused.append(pending("refused", 1));
        for _ in 0..2 {
            let error = writer.write(&refused).unwrap_err();
            assert!(matches!(error, WriteError::Transaction(StoreError::Database(_))), "{error:?}");
        }
        let process = std::process::id().to_string();
        let prlimit = ["--pid", &process, "--fsize=unlimited"];
        assert!(std::process::Command::new("prlimit").args(prlimit).status().unwrap().success());
        writer.write(&refused).unwrap();
    }
}
