//! Creates files and folders that only their owner can access: folders 0700, files 0600.
//!
//! papo creates all its files and folders with this module, because they hold messages or secrets. [`set_umask`] covers
//! those that libraries create. The module also reads and removes files that may be missing.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::Mode,
    process::{geteuid, umask},
};
use thiserror::Error;

/// The permissions of the group and of all others.
const OTHERS: u32 = 0o077;

/// From now on, only their owner can access the files and folders that this process creates.
pub fn set_umask() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Why a folder is not this account's own.
#[derive(Debug, Error)]
pub enum ClaimError {
    /// Another account owns the folder, or it is for several accounts.
    #[error("the folder does not belong to this account alone")]
    Owner,
    /// The folder cannot be created, or its permissions cannot be read or changed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Creates a folder and its missing parents. If it exists, takes away the access that other accounts have to it.
pub fn claim_dir(folder: &Path) -> Result<(), ClaimError> {
    const STICKY: u32 = 0o1000;
    create_dir(folder)?;
    let existing = fs::metadata(folder)?;
    // Such as /tmp, which is for all accounts.
    let is_shared = existing.permissions().mode() & STICKY != 0;
    if is_shared || existing.uid() != geteuid().as_raw() {
        return Err(ClaimError::Owner);
    }
    Ok(narrow(folder)?)
}

/// Creates a folder and its missing parents.
pub fn create_dir(folder: &Path) -> io::Result<()> {
    dir_builder().recursive(true).create(folder)
}

/// Takes away the access that other accounts have to a file or folder.
pub fn narrow(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & OTHERS != 0 {
        fs::set_permissions(path, PermissionsExt::from_mode(mode & !OTHERS))?;
        tracing::warn!(path = %path.display(), "other accounts had access; now only the owner has");
    }
    Ok(())
}

/// Creates a folder. Returns an error if it exists.
pub fn create_new_dir(folder: &Path) -> io::Result<()> {
    dir_builder().create(folder)
}

fn dir_builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Options to open a file. A file that they create has mode 0600.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Creates a file for writing. Returns an error if it exists.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().write(true).create_new(true).open(path)
}

/// Creates or truncates a file for writing. Sets the mode of a regular file to 0600; a terminal or a pipe keeps its
/// mode.
pub fn overwrite(path: &Path) -> io::Result<File> {
    let file = options().write(true).create(true).truncate(false).open(path)?;
    if file.metadata()?.is_file() {
        file.set_permissions(PermissionsExt::from_mode(0o600))?;
        file.set_len(0)?;
    }
    Ok(file)
}

/// Reads the text of a file. Returns [`None`] if there is no such file.
pub fn read_if_present(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        text => text.map(Some),
    }
}

/// Removes a file, if it exists.
pub fn remove_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Replaces a file atomically and durably, and creates its folder. Follows a symbolic link.
pub fn replace(file: &Path, content: &str) -> io::Result<()> {
    replace_with(file, content, |_, _| Ok(()))
}

/// Like [`replace`], but first calls `prepare` with the new, still empty file and the path of the old file.
pub fn replace_with(
    file: &Path,
    content: &str,
    prepare: impl FnOnce(&File, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_dir(folder)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.new", std::process::id()));
    // An earlier process with the same ID may have left such a file, which other users may be able to read.
    remove_if_present(&temporary)?;
    let write = || {
        let mut new = create_new(&temporary)?;
        prepare(&new, &target)?;
        new.write_all(content.as_bytes())?;
        new.sync_all()?;
        fs::rename(&temporary, &target)
    };
    write().inspect_err(|_| {
        // The file may not exist; only the first error matters.
        let _ = fs::remove_file(&temporary);
    })?;
    sync_dir(folder)
}

/// Syncs a folder, so that the file names in it survive a power failure.
pub fn sync_dir(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn replaced_file_is_complete_and_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/b/secret");
        replace(&file, "one").unwrap();
        replace(&file, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");

        fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).unwrap();
        overwrite(&file).unwrap().write_all(b"new").unwrap();
        assert_eq!((fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("new", 0o600));
        let before = mode("/dev/null".as_ref());
        overwrite("/dev/null".as_ref()).unwrap();
        assert_eq!(mode("/dev/null".as_ref()), before, "a device keeps its mode");

        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, "three").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "three");
    }
}
