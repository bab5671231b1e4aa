//! The log file. It never contains message bodies or secrets. `PAPO_LOG` sets the level.

use std::{
    env,
    fs::{self, File},
    io,
    path::Path,
    sync::Mutex,
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::owner_only;

/// The size limit of the log, in bytes. The next start renames a larger log: `papo.log` becomes `papo.log.old`.
const MAX_SIZE: u64 = 4 * 1024 * 1024;

/// Starts logging to `file`. If the file cannot be opened, papo runs without a log.
pub(super) fn start(file: &Path) {
    let configured = env::var("PAPO_LOG").ok().and_then(|targets| targets.parse::<Targets>().ok());
    let default = || Targets::new().with_target("papo", LevelFilter::INFO).with_default(LevelFilter::WARN);
    if let Ok(out) = open(file) {
        let lines = fmt::layer().with_ansi(false).with_writer(Mutex::new(out));
        tracing_subscriber::registry().with(lines).with(configured.unwrap_or_else(default)).init();
    }
}

fn open(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent() {
        owner_only::create_dir(folder)?;
    }
    if fs::metadata(file).is_ok_and(|log| log.len() > MAX_SIZE) {
        fs::rename(file, file.with_extension("log.old"))?;
    }
    owner_only::options().append(true).create(true).open(file)
}
