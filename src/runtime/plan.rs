//! What a start is to use: the paths, the configuration file, and what the command line lays over it.

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
    /// What the command line says, for `selection`.
    pub(super) fn of(cli: &Cli, selection: &Selection) -> Result<Self> {
        let paths = Paths::discover()?;
        let file = configuration(selection, &paths)?;
        Ok(Self { overrides: cli.overrides(environment), paths, file, is_custom: true })
    }

    /// Whom `selection` means, and the folder of the history.
    pub(super) fn whose(&self, selection: &Selection) -> Result<(Chosen, PathBuf)> {
        whose(&self.paths, &self.file, selection)
    }

    /// What was said where no profile is to be remembered.
    #[cfg(feature = "broker")]
    pub(super) fn new(paths: Paths, file: File, overrides: config::Overrides) -> Self {
        Self { paths, file, overrides, is_custom: true }
    }

    pub(super) fn settings(&self, chosen: Option<&Chosen>) -> Result<Settings> {
        let settings = Settings::resolve(&self.file, chosen.map(|chosen| &chosen.profile), &self.overrides);
        settings.broker.parse::<BrokerUrl>()?;
        Ok(settings)
    }

    /// The settings, and what they and the files beside them make of the look.
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

/// The files that the settings came from, to be read anew.
pub(super) struct ConfigFiles {
    plan: Plan,
    chosen: Chosen,
    /// When they were changed last, and how long they were, when papo looked last.
    stamps: Vec<Stamp>,
}

type Stamp = Option<(SystemTime, u64)>;

impl ConfigFiles {
    pub(super) fn new(plan: Plan, chosen: Chosen) -> Self {
        Self { stamps: plan.stamps(), plan, chosen }
    }

    /// Whether one of them has changed since this was asked last.
    pub(super) fn have_changed(&mut self) -> bool {
        let now = self.plan.stamps();
        let before = std::mem::replace(&mut self.stamps, now);
        before != self.stamps
    }

    /// What the files say now; what is wrong with one of them where something is.
    pub(super) fn reread(&mut self) -> Result<(Options, Theme, NotifyBy), String> {
        self.stamps = self.plan.stamps();
        self.read().map_err(|error| self.short(&format!("{error:#}")))
    }

    /// The folder is known, and the line is short.
    fn short(&self, why: &str) -> String {
        why.replace(&format!("{}/", self.plan.paths.config_dir().display()), "")
    }

    /// Changes a key in the file of the configuration.
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
