//! The profile selected by the command line, the environment and the configuration.

use std::{env, path::PathBuf};

use color_eyre::eyre::{Result, eyre};
use uuid::Uuid;

use crate::{
    cli::Selection,
    config::{Chosen, File, Paths, choose},
};

/// The value of an environment variable, if it is text.
pub(super) fn environment(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The configuration file of the command line.
pub(super) fn configuration(selection: &Selection, paths: &Paths) -> Result<File> {
    Ok(match &selection.config_args.config {
        Some(path) => File::load(path)?,
        None => File::load_if_present(&paths.config_file())?,
    })
}

/// The selected profile, and the folder of its history.
pub(super) fn whose(paths: &Paths, file: &File, selection: &Selection) -> Result<(Chosen, PathBuf)> {
    let chosen = choose(file, &selection.asked(environment)?)?;
    let chosen = chosen.ok_or_else(|| {
        eyre!("no ID given: add your ID (as --id ID where other arguments follow), set PAPO_ID, or choose a profile with -P")
    })?;
    let folder = paths.profile_dir(&chosen.profile);
    Ok((chosen, folder))
}

/// A name for a new installation.
pub(super) fn new_device() -> String {
    Uuid::now_v7().simple().to_string()
}
