//! The locations of papo's files.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use thiserror::Error;

use super::ProfileName;

/// Neither HOME nor the XDG variables say where papo's files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no home folder: set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME")]
pub struct PathsError;

/// The folders for papo's files. They need not exist, and nothing here creates them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The folder of the configuration file, keymap, theme and languages.
    pub config: PathBuf,
    /// The folder that has a folder for each profile.
    pub data: PathBuf,
    /// The folder of the logs.
    pub state: PathBuf,
}

impl Paths {
    /// The usual folders of the platform; on Linux those of the XDG base directory specification.
    pub fn discover() -> Result<Self, PathsError> {
        let from_platform = ProjectDirs::from("", "", "papo").map(|dirs| Self {
            config: dirs.config_dir().to_owned(),
            data: dirs.data_dir().to_owned(),
            // Only Linux has a folder for state.
            state: dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned(),
        });
        from_platform.or_else(Self::from_xdg_variables).ok_or(PathsError)
    }

    /// For a user without a home folder, such as a service: all three XDG variables must be set.
    fn from_xdg_variables() -> Option<Self> {
        let folder = |variable| {
            let path = PathBuf::from(std::env::var_os(variable)?);
            path.is_absolute().then(|| path.join("papo"))
        };
        Some(Self {
            config: folder("XDG_CONFIG_HOME")?,
            data: folder("XDG_DATA_HOME")?,
            state: folder("XDG_STATE_HOME")?,
        })
    }

    /// Puts all three folders below `root`.
    pub fn under(root: &Path) -> Self {
        Self { config: root.join("config"), data: root.join("data"), state: root.join("state") }
    }

    /// The configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The folder of a profile's history and state.
    pub fn profile_dir(&self, profile: &ProfileName) -> PathBuf {
        self.data.join(profile.as_str())
    }

    /// The folder of the embedded broker. It cannot collide with a profile, because profile names have no `_`.
    pub fn broker_dir(&self) -> PathBuf {
        self.data.join("embedded_broker")
    }

    /// The log of papo itself; `papo broker` has its own.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("papo.log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_and_broker_have_separate_folders() {
        let paths = Paths::under(Path::new("/top"));
        let profile = |name| paths.profile_dir(&ProfileName::from_input(name).unwrap());
        assert_eq!(profile("Zoë"), Path::new("/top/data/Zoë"));
        assert_eq!(profile("Zoë").parent(), paths.broker_dir().parent());
        assert!(ProfileName::from_input("embedded_broker").is_err());
    }
}
