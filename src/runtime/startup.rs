//! The input of a start: the paths, the configuration file, and the overrides from the command line.

use std::{fs, path::PathBuf, time::SystemTime};

use color_eyre::eyre::Result;

use super::{
    appearance::{self, Appearance},
    display,
    selection::{environment, load_configuration, new_device, resolve_profile},
};
use crate::{
    app::{Keymap, Language, Options},
    cli::{Cli, Selection},
    config::{self, Chosen, File, Password, Paths, Settings},
    domain::{BrokerList, NotifyBy, ThemeName},
    mqtt::BrokerUrl,
    store::{OpenError, Opened, Store},
    ui::theme::Theme,
};

/// Everything that is known before a profile is chosen.
#[derive(Clone)]
pub(super) struct Startup {
    pub(super) paths: Paths,
    pub(super) file: File,
    pub(super) overrides: config::Overrides,
    /// Whether the first start saves its answers as a profile. False if the command line names the configuration file,
    /// and for commands.
    pub(super) saves_first_profile: bool,
}

impl Startup {
    /// Reads the configuration file that `selection` names, and the overrides from the command line and the
    /// environment. `selection` comes from the arguments of the command.
    pub(super) fn of(cli: &Cli, selection: &Selection) -> Result<Self> {
        let paths = Paths::discover()?;
        let file = load_configuration(selection, &paths)?;
        Ok(Self { overrides: cli.overrides(environment), paths, file, saves_first_profile: false })
    }

    /// The profile that `selection` names, and the folder of its history.
    pub(super) fn resolve_profile(&self, selection: &Selection) -> Result<(Chosen, PathBuf)> {
        resolve_profile(&self.paths, &self.file, selection)
    }

    pub(super) fn settings(&self, chosen: Option<&Chosen>) -> Result<Settings> {
        let settings = Settings::resolve(&self.file, chosen.map(|chosen| &chosen.profile), &self.overrides);
        BrokerUrl::parse_list(&settings.broker)?;
        Ok(settings)
    }

    /// The settings and the appearance. Fails if a file is invalid.
    pub(super) fn read(&self, chosen: Option<&Chosen>) -> Result<(Settings, Appearance)> {
        let settings = self.settings(chosen)?;
        let appearance = Appearance::read(&self.paths, &settings)?;
        Ok((settings, appearance))
    }

    /// The language of a profile; English if a file is invalid. A running papo carries out commands even while the user
    /// edits a file. Without a running papo, [`Self::headless_loop`] reports the mistake.
    pub(super) fn language(&self, chosen: &Chosen) -> Language {
        self.read(Some(chosen)).map(|(_, appearance)| appearance.language).unwrap_or_default()
    }

    /// The options of the model. `broker` is the address that papo shows.
    pub(super) fn options(
        &self,
        chosen: &Chosen,
        settings: &Settings,
        broker: String,
        (keymap, language): (Keymap, Language),
    ) -> Options {
        Options {
            broker,
            keymap,
            language,
            ui: settings.ui.clone(),
            notify: settings.notify.clone(),
            aliases: self.file.aliases.clone(),
            configured: config::configured(&self.file, &chosen.profile, &self.overrides),
            view: display::view(settings.ui.linear),
        }
    }

    /// The stamps of the files that [`Self::read`] uses. They differ after a file has changed.
    pub(super) fn stamps(&self) -> Vec<Stamp> {
        let mut files = appearance::files(&self.paths.config);
        files.push(self.file.path().to_owned());
        let stamp = |file| {
            let file = fs::metadata(file).ok()?;
            Some((file.modified().ok()?, file.len()))
        };
        files.into_iter().map(stamp).collect()
    }

    /// The folder of the history.
    pub(super) fn folder(&self, chosen: &Chosen) -> PathBuf {
        self.paths.profile_dir(&chosen.profile)
    }

    pub(super) fn open_store(&self, chosen: &Chosen) -> Result<Opened, OpenError> {
        Store::open(&self.folder(chosen), &chosen.id, &new_device())
    }
}

/// The language of the user that the command line names. If the files cannot be read, English: the error follows when
/// they are read for their other values.
pub(super) fn language(selection: &Selection) -> Language {
    let read = || -> Result<Language> {
        let paths = Paths::discover()?;
        let file = load_configuration(selection, &paths)?;
        let chosen = config::choose(&file, &selection.requested(environment)?)?;
        let settings =
            Settings::resolve(&file, chosen.as_ref().map(|chosen| &chosen.profile), &config::Overrides::default());
        Ok(Appearance::read(&paths, &settings)?.language)
    };
    read().unwrap_or_default()
}

/// The configuration files, for reloading and for `/set`.
pub(super) struct ConfigFiles {
    startup: Startup,
    chosen: Chosen,
    /// The state of the files at the last check or reload.
    stamps: Vec<Stamp>,
}

/// The modification time and the size of a file; `None` if it does not exist.
type Stamp = Option<(SystemTime, u64)>;

impl ConfigFiles {
    pub(super) fn new(startup: Startup, chosen: Chosen) -> Self {
        Self { stamps: startup.stamps(), startup, chosen }
    }

    /// Whether a file has changed since the last check or reload.
    pub(super) fn have_changed(&mut self) -> bool {
        let now = self.startup.stamps();
        let before = std::mem::replace(&mut self.stamps, now);
        before != self.stamps
    }

    /// Reads all files again. The error names the first invalid file, without its folder.
    pub(super) fn reread(&mut self) -> Result<(Options, Theme, NotifyBy), String> {
        self.stamps = self.startup.stamps();
        self.read().map_err(|error| self.shorten(&format!("{error:#}")))
    }

    /// Removes the configuration folder from an error message, so that the message fits into the status line.
    fn shorten(&self, why: &str) -> String {
        why.replace(&format!("{}/", self.startup.paths.config.display()), "")
    }

    /// Sets a key of the profile in the configuration file. The error is a message for the user.
    pub(super) fn set(&mut self, key: &str, value: Option<&str>) -> Result<(), String> {
        let brokers = value.filter(|_| key == "broker").and_then(|value| value.parse::<toml::Value>().ok());
        if let Some(list) = brokers.and_then(|value| value.try_into::<BrokerList>().ok()) {
            BrokerUrl::parse_list(&list).map_err(|why| format!("broker cannot be {list}: {why}"))?;
        }
        config::set(self.startup.file.path(), &self.chosen.profile, key, value)
            .map_err(|why| self.shorten(&why.to_string()))?;
        self.stamps = self.startup.stamps();
        Ok(())
    }

    /// The theme with this name, with the changes of the user's file.
    pub(super) fn theme(&self, name: ThemeName) -> Result<Theme, String> {
        let folder = &self.startup.paths.config;
        appearance::theme(folder, name).map_err(|error| self.shorten(&format!("{error:#}")))
    }

    /// The login of the profile as the configuration has it now: the user name and where the password is; `None` if it
    /// has none. The error names the invalid file, without its folder.
    pub(super) fn login(&self) -> Result<Option<(String, Option<Password>)>, String> {
        let settings = || -> Result<Settings> {
            Startup { file: self.startup.file.reread()?, ..self.startup.clone() }.settings(Some(&self.chosen))
        };
        let settings = settings().map_err(|error| self.shorten(&format!("{error:#}")))?;
        Ok(settings.user.map(|user| (user, settings.password)))
    }

    fn read(&self) -> Result<(Options, Theme, NotifyBy)> {
        let startup = Startup { file: self.startup.file.reread()?, ..self.startup.clone() };
        let (settings, Appearance { theme, keymap, language, .. }) = startup.read(Some(&self.chosen))?;
        let options = startup.options(&self.chosen, &settings, settings.broker.to_string(), (keymap, language));
        Ok((options, theme, settings.notify.by))
    }
}
