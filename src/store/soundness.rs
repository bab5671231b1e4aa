//! Whether a file is as papo left it, so that it need not be read whole again.
//!
//! Beside the file stands, while nobody has it open, how long it was and when it was last written to as it was closed
//! well. Where that is still so, nobody has written to it since. It is gone as soon as the file is opened: what a crash
//! leaves is always verified, and so is what another program has changed. What rots on the disk is found by the
//! checksum of each value as it is read.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::private;

fn mark(path: &Path) -> PathBuf {
    path.with_extension("redb.sound")
}

/// How long the file is, and when it was last written to, in nanoseconds.
fn state(path: &Path) -> io::Result<String> {
    let file = fs::metadata(path)?;
    let written = file.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    Ok(format!("{} {}\n", file.len(), written.as_nanos()))
}

/// Whether the file is as it was closed last. What says so is taken away: it is asked once.
pub(super) fn take(path: &Path) -> bool {
    let noted = fs::read_to_string(mark(path));
    // One that cannot be taken away counts for nothing, now and later.
    let is_taken = fs::remove_file(mark(path)).is_ok();
    is_taken && noted.is_ok_and(|noted| state(path).is_ok_and(|state| state == noted))
}

/// The file has been closed, and all is well.
pub(super) fn note(path: &Path) {
    let written = state(path).and_then(|state| {
        private::options().write(true).create_new(true).open(mark(path))?.write_all(state.as_bytes())
    });
    if let Err(error) = written {
        tracing::debug!(%error, "the next start verifies the history");
        // A part of it would be none.
        let _ = fs::remove_file(mark(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_sound_once_and_only_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("papo.redb");
        fs::write(&file, "content").unwrap();
        assert!(!take(&file), "nobody has said so");
        note(&file);
        assert!(take(&file));
        assert!(!take(&file), "somebody has opened it since");
        note(&file);
        fs::write(&file, "Content").unwrap();
        let times = fs::FileTimes::new().set_modified(UNIX_EPOCH + std::time::Duration::from_secs(1));
        fs::File::options().write(true).open(&file).unwrap().set_times(times).unwrap();
        assert!(!take(&file), "somebody has written to it");
    }
}
