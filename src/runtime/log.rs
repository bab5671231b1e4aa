//! The log file. It never contains message bodies or secrets. `PAPO_LOG` sets the level.
//!
//! The log has a size limit. A line that would exceed it first rotates the log: `papo.log` becomes `papo.log.old`, and
//! replaces an earlier one. Several processes can write to the same log, because every papo of a user does.

use std::{
    env,
    fs::{self, File, Metadata},
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Mutex,
};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt as _, registry::LookupSpan, util::SubscriberInitExt as _,
};

use crate::owner_only;

/// The size limit of the log, in bytes. A longer line, or lines that one process writes while another rotates the log,
/// make a larger one.
const MAX_SIZE: u64 = 4 * 1024 * 1024;

/// Starts logging to `file`. If the file cannot be opened, papo runs without a log.
pub(super) fn start(file: &Path) {
    tracing_subscriber::registry().with(lines(file)).with(targets()).init();
}

/// The same, and prints errors on standard error, too: the log may be on the disk that is full.
#[cfg(feature = "broker")]
pub(super) fn start_and_print_errors(file: &Path) {
    let errors = fmt::layer().compact().with_ansi(false).without_time().with_target(false).with_writer(io::stderr);
    let errors = errors.with_filter(LevelFilter::ERROR);
    tracing_subscriber::registry().with(lines(file)).with(errors).with(targets()).init();
}

/// Writes each event as a line of the log, if the file can be opened.
fn lines<S: Subscriber + for<'span> LookupSpan<'span>>(file: &Path) -> Option<impl Layer<S>> {
    let log = RotatingLog::open(file).ok()?;
    Some(fmt::layer().with_ansi(false).with_writer(Mutex::new(log)))
}

/// What is logged.
fn targets() -> Targets {
    let configured = env::var("PAPO_LOG").ok().and_then(|targets| targets.parse().ok());
    let default = || Targets::new().with_target("papo", LevelFilter::INFO).with_default(LevelFilter::WARN);
    configured.unwrap_or_else(default)
}

/// Appends to the log, and rotates it. If it cannot be rotated, it grows, so that no line is lost.
struct RotatingLog {
    path: PathBuf,
    file: File,
    /// The identity of `file`. If `path` has another one, the log was rotated or removed.
    id: FileId,
    /// Keeps a file descriptor for the next file, because a broker whose clients use up all descriptors logs much.
    spare: Option<File>,
}

/// The device and inode of a file.
type FileId = (u64, u64);

impl RotatingLog {
    /// Opens the log, and creates it and its folder if they are missing.
    fn open(path: &Path) -> io::Result<Self> {
        let (file, id) = open(path)?;
        let spare = file.try_clone().ok();
        Ok(Self { path: path.to_owned(), file, id, spare })
    }

    /// Makes `file` the log to which a line of `length` bytes can be appended.
    fn prepare(&mut self, length: usize) -> io::Result<()> {
        if self.has_room(length) {
            return Ok(());
        }
        // The lock is released when the file is closed, so that only the first of several processes renames it.
        match self.file.try_lock() {
            // Another process is rotating the log. This one does not wait for it, because it may be suspended.
            Err(fs::TryLockError::WouldBlock) => return Ok(()),
            // The file system has no locks.
            Err(fs::TryLockError::Error(_)) | Ok(()) => {}
        }
        let rotated = self.rotate(length);
        if rotated.is_err() {
            self.file.unlock()?;
        }
        rotated
    }

    /// Whether `path` still is this log, and has room for a line of `length` bytes. An empty log has room for any line.
    fn has_room(&self, length: usize) -> bool {
        fs::metadata(&self.path).is_ok_and(|log| file_id(&log) == self.id && (log.len() == 0 || fits(&log, length)))
    }

    fn rotate(&mut self, length: usize) -> io::Result<()> {
        // Another process may have rotated the log before this one had the lock.
        if fs::metadata(&self.path).is_ok_and(|log| file_id(&log) == self.id && !fits(&log, length)) {
            fs::rename(&self.path, self.path.with_extension("log.old"))?;
        }
        self.spare = None;
        // The assignment closes the earlier file, and so frees a descriptor for the next spare one.
        (self.file, self.id) = open(&self.path)?;
        self.spare = self.file.try_clone().ok();
        Ok(())
    }
}

impl Write for RotatingLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // After an error, `file` still is the earlier log. The next line tries again.
        let _ = self.prepare(line.len());
        self.file.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn open(path: &Path) -> io::Result<(File, FileId)> {
    if let Some(folder) = path.parent() {
        owner_only::create_dir(folder)?;
    }
    let file = owner_only::options().append(true).create(true).open(path)?;
    let id = file_id(&file.metadata()?);
    Ok((file, id))
}

fn file_id(file: &Metadata) -> FileId {
    (file.dev(), file.ino())
}

fn fits(log: &Metadata, length: usize) -> bool {
    log.len() + length as u64 <= MAX_SIZE
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use tempfile::TempDir;

    use super::*;

    /// Set in the process that has few file descriptors.
    const FEW_DESCRIPTORS: &str = "PAPO_TEST_FEW_DESCRIPTORS";

    fn line(number: usize) -> String {
        format!("{number:099}\n")
    }

    /// Writes lines of 100 bytes, of which `MAX_SIZE` does not hold a whole number.
    fn write(log: &mut RotatingLog, numbers: std::ops::Range<usize>) {
        for number in numbers {
            log.write_all(line(number).as_bytes()).unwrap();
        }
    }

    /// The numbers of the lines in a file.
    fn numbers(file: &Path) -> Vec<usize> {
        fs::read_to_string(file).unwrap().lines().map(|line| line.parse().unwrap()).collect()
    }

    /// The names and sizes of the files, sorted by name.
    fn sizes(folder: &TempDir) -> Vec<(String, u64)> {
        let files = fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
        let mut all: Vec<_> =
            files.map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len())).collect();
        all.sort();
        all
    }

    fn names(folder: &TempDir) -> Vec<String> {
        sizes(folder).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn ten_megabytes_leave_two_files_with_the_newest_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("papo.log");
        let mut log = RotatingLog::open(&path).unwrap();
        write(&mut log, 0..100_000);
        let fitting = MAX_SIZE / 100 * 100;
        let expected = [("papo.log".to_owned(), 10_000_000 - 2 * fitting), ("papo.log.old".to_owned(), fitting)];
        assert_eq!(sizes(&folder), expected);
        let kept = [numbers(&folder.path().join("papo.log.old")), numbers(&path)].concat();
        assert!(kept.iter().copied().eq(100_000 - kept.len()..100_000), "the newest lines, in order, without a gap");
        for file in names(&folder) {
            assert_eq!(fs::metadata(folder.path().join(file)).unwrap().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn line_longer_than_the_limit_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("papo.log");
        let mut log = RotatingLog::open(&path).unwrap();
        let line = vec![b'x'; 5 * 1024 * 1024];
        log.write_all(&line).unwrap();
        log.write_all(b"next\n").unwrap();
        assert_eq!(fs::read(path.with_extension("log.old")).unwrap(), line);
        assert_eq!(fs::read(&path).unwrap(), b"next\n");
    }

    #[test]
    fn processes_with_the_same_log_lose_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("papo.log");
        let mut writers: Vec<_> = (0..2).map(|_| RotatingLog::open(&path).unwrap()).collect();
        // 7 MB in all, so that the log is rotated once.
        let threads: Vec<_> = writers
            .drain(..)
            .enumerate()
            .map(|(index, mut log)| {
                std::thread::spawn(move || write(&mut log, index * 100_000..index * 100_000 + 35_000))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let old = path.with_extension("log.old");
        let mut written = [numbers(&old), numbers(&path)].concat();
        written.sort_unstable();
        assert!(written.into_iter().eq((0..35_000).chain(100_000..135_000)));
        assert_eq!(names(&folder), ["papo.log", "papo.log.old"]);
    }

    #[test]
    fn process_follows_a_log_that_another_has_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("papo.log");
        let mut idle = RotatingLog::open(&path).unwrap();
        write(&mut RotatingLog::open(&path).unwrap(), 0..50_000);
        write(&mut idle, 50_000..50_001);
        assert_eq!(numbers(&path).last(), Some(&50_000));
        fs::remove_file(&path).unwrap();
        write(&mut idle, 50_001..50_002);
        assert_eq!(numbers(&path), [50_001]);
    }

    #[test]
    fn log_that_cannot_be_renamed_keeps_all_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("papo.log");
        let old = path.with_extension("log.old");
        fs::create_dir_all(old.join("in use")).unwrap();
        let mut log = RotatingLog::open(&path).unwrap();
        write(&mut log, 0..50_000);
        assert!(numbers(&path).into_iter().eq(0..50_000));
        fs::remove_dir_all(&old).unwrap();
        write(&mut log, 50_000..50_001);
        assert_eq!((numbers(&old).len(), numbers(&path)), (50_000, vec![50_000]));
    }

    #[test]
    fn log_is_rotated_without_a_free_descriptor() {
        let Some(path) = env::var_os(FEW_DESCRIPTORS).map(PathBuf::from) else {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("papo.log");
            let this = "runtime::log::tests::log_is_rotated_without_a_free_descriptor";
            let output = Command::new("sh")
                .args(["-c", "ulimit -n 64; exec \"$0\" --exact \"$1\""])
                .arg(env::current_exe().unwrap())
                .arg(this)
                .env(FEW_DESCRIPTORS, &path)
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            let kept = [numbers(&path.with_extension("log.old")), numbers(&path)].concat();
            assert!(kept.iter().copied().eq(100_000 - kept.len()..100_000));
            assert!(sizes(&folder).iter().all(|(_, size)| *size <= MAX_SIZE), "{:?}", sizes(&folder));
            return;
        };
        let mut log = RotatingLog::open(&path).unwrap();
        let all: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        assert!(all.len() > 10);
        write(&mut log, 0..100_000);
    }
}
