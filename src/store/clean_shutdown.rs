//! A marker file that records a clean close, so that the next start need not verify the whole history.
//!
//! The marker holds the length and the modification time of the history when it was closed. If both still match,
//! nothing has written to the history since. The marker is removed before the first commit, so the history is always
//! verified after a crash, and after another program has changed it. The checksum of each value reveals bit rot when
//! the value is read.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::owner_only;

fn marker(path: &Path) -> PathBuf {
    path.with_extension("redb.sound")
}

/// The length of the file, and its modification time in nanoseconds.
fn state(path: &Path) -> io::Result<String> {
    let file = fs::metadata(path)?;
    let written = file.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    Ok(format!("{} {}\n", file.len(), written.as_nanos()))
}

/// Whether the history is unchanged since papo closed it cleanly.
pub(super) fn was_clean(path: &Path) -> bool {
    fs::read_to_string(marker(path)).is_ok_and(|recorded| state(path).is_ok_and(|state| state == recorded))
}

/// Removes the marker, because the history is about to change.
pub(super) fn clear(path: &Path) {
    // If the removal fails, the marker no longer matches after the first write.
    let _ = fs::remove_file(marker(path));
}

/// Writes the marker after a clean close.
pub(super) fn record(path: &Path) {
    clear(path);
    let written = state(path).and_then(|state| owner_only::create_new(&marker(path))?.write_all(state.as_bytes()));
    if let Err(error) = written {
        tracing::debug!(%error, "cannot write the marker; the next start verifies the history");
        // A half-written marker must not stay.
        clear(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marker_matches_only_an_unchanged_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("papo.redb");
        fs::write(&file, "content").unwrap();
        assert!(!was_clean(&file), "there is no marker yet");
        record(&file);
        assert!(was_clean(&file));
        clear(&file);
        assert!(!was_clean(&file), "the marker was cleared");
        record(&file);
        record(&file);
        assert!(was_clean(&file));
        fs::write(&file, "Content").unwrap();
        let times = fs::FileTimes::new().set_modified(UNIX_EPOCH + std::time::Duration::from_secs(1));
        fs::File::options().write(true).open(&file).unwrap().set_times(times).unwrap();
        assert!(!was_clean(&file), "the modification time differs");
    }
}
