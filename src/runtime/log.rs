//! The log: to a file only, never bodies or secrets. `PAPO_LOG` says how much.

use std::{
    fs::{self, File},
    io,
    path::Path,
    sync::Mutex,
};

use tracing_subscriber::EnvFilter;

use crate::private;

/// A larger log is put aside as `papo.log.old` at the next start.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Starts logging to `file`. papo works without a log, so failing to write one is no error.
pub(super) fn start(file: &Path) {
    let filter = EnvFilter::try_from_env("PAPO_LOG").unwrap_or_else(|_| EnvFilter::new("papo=info,warn"));
    if let Ok(out) = open(file) {
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(out)).init();
    }
}

fn open(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent() {
        private::create_dir(folder)?;
    }
    if fs::metadata(file).is_ok_and(|log| log.len() > LARGEST) {
        fs::rename(file, file.with_extension("log.old"))?;
    }
    private::options().append(true).create(true).open(file)
}
