//! Writing a file of the configuration.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Replaces a file as a whole or not at all, so that only its owner can read it. A symbolic link stays one.
pub(super) fn replace(file: &Path, text: &str) -> io::Result<()> {
    // Where there is a link, what it leads to is replaced.
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let target = target.as_path();
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_private_dir(folder)?;
    let temporary = folder.join(format!(".config.toml.{}.new", std::process::id()));
    let written = write_private(&temporary, text).and_then(|()| fs::rename(&temporary, target));
    if written.is_err() {
        // It may not even be there; the first error is the one that tells.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_dir(folder)
}

fn create_private_dir(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Makes the new name itself survive a loss of power.
#[cfg(unix)]
fn sync_dir(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened for this.
#[cfg(not(unix))]
fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}
