//! Whether a file is as papo left it, so that it need not be read whole again.
//!
//! Beside the file stands, while nobody has it open, how long it was and when it was last written to as it was closed
//! well. Where that is still so, nobody has written to it since. To open the file is to write to it, and before anything
//! is committed what stands beside it is taken away: what a crash leaves is always verified, and so is what another
//! program has changed. What rots on the disk is found by the checksum of each value as it is read.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::owner_only;

fn mark(path: &Path) -> PathBuf {
    path.with_extension("redb.sound")
}

/// How long the file is, and when it was last written to, in nanoseconds.
fn state(path: &Path) -> io::Result<String> {
    let file = fs::metadata(path)?;
    let written = file.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    Ok(format!("{} {}\n", file.len(), written.as_nanos()))
}

/// Whether the file is as it was closed last.
pub(super) fn holds(path: &Path) -> bool {
    fs::read_to_string(mark(path)).is_ok_and(|noted| state(path).is_ok_and(|state| state == noted))
}

/// The file is about to be changed.
pub(super) fn forget(path: &Path) {
    // One that cannot be taken away fits no file that has been written to since.
    let _ = fs::remove_file(mark(path));
}

/// The file has been closed, and all is well.
pub(super) fn note(path: &Path) {
    forget(path);
    let written = state(path).and_then(|state| {
        owner_only::options().write(true).create_new(true).open(mark(path))?.write_all(state.as_bytes())
    });
    if let Err(error) = written {
        tracing::debug!(%error, "the next start verifies the history");
        // A part of it would be none.
        forget(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_sound_only_as_it_was_closed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("papo.redb");
        fs::write(&file, "content").unwrap();
        assert!(!holds(&file), "nobody has said so");
        note(&file);
        assert!(holds(&file));
        forget(&file);
        assert!(!holds(&file), "somebody is about to change it");
        note(&file);
        note(&file);
        assert!(holds(&file));
        fs::write(&file, "Content").unwrap();
        let times = fs::FileTimes::new().set_modified(UNIX_EPOCH + std::time::Duration::from_secs(1));
        fs::File::options().write(true).open(&file).unwrap().set_times(times).unwrap();
        assert!(!holds(&file), "somebody has written to it");
    }
}
