//! What a start uses: the paths, the configuration file, and the overrides of the command line.

use std::{fs, path::PathBuf, time::SystemTime};

use color_eyre::eyre::Result;

use super::{
    appearance::{self, Appearance},
    display,
    selection::{configuration, environment, new_device, whose},
};
use crate::{
    app::{Keymap, Language, Options},
    cli::{Cli, Selection},
    config::{self, Chosen, File, Paths, Settings},
    domain::NotifyBy,
    mqtt::BrokerUrl,
    store::{OpenError, Opened, Store},
    ui::theme::Theme,
};

#[derive(Clone)]
pub(super) struct Plan {
    pub(super) paths: Paths,
    pub(super) file: File,
    pub(super) overrides: config::Overrides,
    /// Whether the configuration file was named on the command line.
    pub(super) is_custom: bool,
}

impl Plan {
    /// The plan of the command line for `selection`.
    pub(super) fn of(cli: &Cli, selection: &Selection) -> Result<Self> {
        let paths = Paths::discover()?;
        let file = configuration(selection, &paths)?;
        Ok(Self { overrides: cli.overrides(environment), paths, file, is_custom: true })
    }

    /// The selected profile, and the folder of its history.
    pub(super) fn whose(&self, selection: &Selection) -> Result<(Chosen, PathBuf)> {
        whose(&self.paths, &self.file, selection)
    }

    /// A plan that stores no profile.
    #[cfg(feature = "broker")]
    pub(super) fn new(paths: Paths, file: File, overrides: config::Overrides) -> Self {
        Self { paths, file, overrides, is_custom: true }
    }

    pub(super) fn settings(&self, chosen: Option<&Chosen>) -> Result<Settings> {
        let settings = Settings::resolve(&self.file, chosen.map(|chosen| &chosen.profile), &self.overrides);
        settings.broker.parse::<BrokerUrl>()?;
        Ok(settings)
    }

    /// The settings, and the appearance from them and the files beside them.
    pub(super) fn read(&self, chosen: Option<&Chosen>) -> Result<(Settings, Appearance)> {
        let settings = self.settings(chosen)?;
        let appearance = Appearance::read(&self.paths, &settings)?;
        Ok((settings, appearance))
    }

    pub(super) fn stamps(&self) -> Vec<Stamp> {
        let mut files = appearance::files(self.paths.config_dir());
        files.push(self.file.path().to_owned());
        let stamp = |file| {
            let file = fs::metadata(file).ok()?;
            Some((file.modified().ok()?, file.len()))
        };
        files.into_iter().map(stamp).collect()
    }

    pub(super) fn folder(&self, chosen: &Chosen) -> PathBuf {
        self.paths.profile_dir(&chosen.profile)
    }

    pub(super) fn open_store(&self, chosen: &Chosen) -> Result<Opened, OpenError> {
        Store::open(&self.folder(chosen), &chosen.id, &new_device())
    }
}

/// The files behind the settings, for reloading.
pub(super) struct ConfigFiles {
    plan: Plan,
    chosen: Chosen,
    /// Their modification times and lengths when papo last checked.
    stamps: Vec<Stamp>,
}

type Stamp = Option<(SystemTime, u64)>;

impl ConfigFiles {
    pub(super) fn new(plan: Plan, chosen: Chosen) -> Self {
        Self { stamps: plan.stamps(), plan, chosen }
    }

    /// Whether a file has changed since the last call.
    pub(super) fn have_changed(&mut self) -> bool {
        let now = self.plan.stamps();
        let before = std::mem::replace(&mut self.stamps, now);
        before != self.stamps
    }

    /// Reads the files again; returns the error if one is invalid.
    pub(super) fn reread(&mut self) -> Result<(Options, Theme, NotifyBy), String> {
        self.stamps = self.plan.stamps();
        self.read().map_err(|error| self.short(&format!("{error:#}")))
    }

    /// Shortens an error: the user knows the folder, and the line is short.
    fn short(&self, why: &str) -> String {
        why.replace(&format!("{}/", self.plan.paths.config_dir().display()), "")
    }

    /// Sets a key in the configuration file.
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        config::set(self.plan.file.path(), &self.chosen.profile, key, value).map_err(|why| self.short(&why))?;
        self.stamps = self.plan.stamps();
        Ok(())
    }

    fn read(&self) -> Result<(Options, Theme, NotifyBy)> {
        let plan = Plan { file: self.plan.file.reread()?, ..self.plan.clone() };
        let (settings, Appearance { theme, keymap, language, .. }) = plan.read(Some(&self.chosen))?;
        Ok((options_of(&settings, settings.broker.clone(), (keymap, language)), theme, settings.notify.by))
    }
}

pub(super) fn options_of(settings: &Settings, broker: String, (keymap, language): (Keymap, Language)) -> Options {
    let view = display::view(settings.ui.linear);
    Options { broker, keymap, language, ui: settings.ui.clone(), notify: settings.notify.clone(), view }
}
