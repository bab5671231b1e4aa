//! Selects the profile from the command line, the environment and the configuration.

use std::{
    env,
    path::{Path, PathBuf},
};

use color_eyre::eyre::{Result, eyre};
use uuid::Uuid;

use crate::{
    cli::Selection,
    config::{Chosen, File, Paths, ProfileError, choose},
    store::Store,
};

/// An environment variable; `None` if it is unset or not UTF-8.
pub(super) fn environment(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// Loads the configuration file that the command line names, which must exist, else the default one, if it exists.
pub(super) fn load_configuration(selection: &Selection, paths: &Paths) -> Result<File> {
    Ok(match &selection.config_args.config {
        Some(path) => File::load(path)?,
        None => File::load_if_present(&paths.config_file())?,
    })
}

/// The profile that the command line or the environment names, else the default profile of the configuration, and the
/// folder of its history. Without any of them, an error. A command does not create a profile that `-P` names: the name
/// is more likely mistyped.
pub(super) fn resolve_profile(paths: &Paths, file: &File, selection: &Selection) -> Result<(Chosen, PathBuf)> {
    let chosen = choose(file, &selection.requested(environment)?)?;
    let chosen = chosen.ok_or_else(|| {
        eyre!("no ID given: add --id ID (or just ID, to a command without other arguments), set PAPO_ID, or choose a profile with -P")
    })?;
    let folder = paths.profile_dir(&chosen.profile);
    if selection.config_args.profile.is_some() && is_new(file, &chosen, &folder) {
        return Err(ProfileError::Unknown(chosen.profile).into());
    }
    Ok((chosen, folder))
}

/// Whether a profile is new: the configuration does not have it, and it has no history in its folder.
pub(super) fn is_new(file: &File, chosen: &Chosen, folder: &Path) -> bool {
    !file.profiles.contains_key(&chosen.profile) && !Store::is_in(folder)
}

/// Like [`resolve_profile`], with the default paths and the configuration file that the command line names.
pub(super) fn find_profile(selection: &Selection) -> Result<(Chosen, PathBuf)> {
    let paths = Paths::discover()?;
    resolve_profile(&paths, &load_configuration(selection, &paths)?, selection)
}

/// A new, unique device ID, for a new history.
pub(super) fn new_device() -> String {
    Uuid::now_v7().simple().to_string()
}
