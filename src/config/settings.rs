//! The effective settings: all layers merged.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{EmbeddedBroker, File, Password, Profile, ProfileName};
use crate::domain::{BrokerList, NotifySettings, UiSettings};

const SECONDS_PER_DAY: u32 = 24 * 60 * 60;

/// The broker if none is configured.
const DEFAULT_BROKER: &str = "mqtt://127.0.0.1:1883";

/// The values of the command line and the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--broker`, `PAPO_BROKER`.
    pub broker: Option<BrokerList>,
    /// `--ca-file`, `PAPO_CA_FILE`.
    pub ca_file: Option<PathBuf>,
    /// `PAPO_USER`.
    pub user: Option<String>,
    /// `PAPO_PASSWORD`.
    pub password: Option<Password>,
    /// `--linear`, `PAPO_LINEAR`.
    pub linear: bool,
}

/// The settings in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The brokers, as configured.
    pub broker: BrokerList,
    /// Whether papo starts the embedded broker if the broker's address is on this machine and nothing listens there.
    /// False with several brokers: another one of them has the users then.
    pub starts_broker: bool,
    /// The prefix of every topic; may be empty.
    pub topic_prefix: String,
    /// How many seconds the broker keeps the MQTT session after a disconnect.
    pub session_expiry: u32,
    /// How long the leader must be absent before the first member may take over the group.
    pub leader_gone_after: Duration,
    /// How long the announcement that the user is online counts.
    pub presence_expiry: Duration,
    /// Up to this number of known users and groups together, papo follows all of them.
    pub directory_limit: usize,
    /// The user name of the broker login.
    pub user: Option<String>,
    /// The password of the broker login.
    pub password: Option<Password>,
    /// The certificates of the CAs to trust; `None` trusts those of the system.
    pub ca_file: Option<PathBuf>,
    /// The client certificate and its private key.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The table `[ui]`.
    pub ui: UiSettings,
    /// The table `[notify]`.
    pub notify: NotifySettings,
}

impl Settings {
    /// Merges the layers: `overrides` take precedence over `profile`, `profile` over the top of `file`, and that over
    /// the defaults. A profile that is not in the file adds nothing. The defaults equal those of the builtin file,
    /// which is not parsed here to save time at the start; a test compares them.
    pub fn resolve(file: &File, profile: Option<&ProfileName>, overrides: &Overrides) -> Self {
        let empty = Profile::default();
        let profile = profile.and_then(|name| file.profiles.get(name)).unwrap_or(&empty);
        let layers = Layers([profile, &file.common]);
        let broker = overrides.broker.clone().or_else(|| layers.first(|keys| keys.broker.clone()));
        let broker = broker.unwrap_or_else(|| BrokerList::one(DEFAULT_BROKER));
        let starts_broker = match layers.first(|keys| keys.embedded_broker).unwrap_or(EmbeddedBroker::Auto) {
            EmbeddedBroker::Auto => broker.urls() == [DEFAULT_BROKER],
            EmbeddedBroker::Always => broker.urls().len() == 1,
            EmbeddedBroker::Never => false,
        };
        let user = overrides.user.clone().or_else(|| layers.first(|keys| keys.user.clone()));
        let password = || layers.first(|keys| password(keys, &file.path, user.as_deref(), broker.first())).flatten();
        let resolve = |path: PathBuf| resolve_path(&path, &file.path);
        let days = |key: fn(&Profile) -> Option<u32>, default| layers.first(key).unwrap_or(default) * SECONDS_PER_DAY;
        Self {
            password: overrides.password.clone().or_else(password),
            ca_file: overrides.ca_file.clone().or_else(|| layers.first(|keys| keys.ca_file.clone()).map(resolve)),
            certificate: layers
                .first(|keys| keys.cert_file.clone().zip(keys.key_file.clone()))
                .map(|(certificate, key)| (resolve(certificate), resolve(key))),
            starts_broker,
            broker,
            topic_prefix: layers.first(|keys| keys.topic_prefix.clone()).unwrap_or_default(),
            session_expiry: days(|keys| keys.session_expiry_days, 30),
            leader_gone_after: Duration::from_secs(days(|keys| keys.leader_gone_days, 14).into()),
            presence_expiry: Duration::from_secs(
                layers.first(|keys| keys.presence_expiry_seconds).unwrap_or(15 * 60).into(),
            ),
            directory_limit: layers.first(|keys| keys.directory_limit).unwrap_or(500) as usize,
            user,
            ui: UiSettings { linear: overrides.linear || file.ui.linear, ..file.ui.clone() },
            notify: file.notify.clone(),
        }
    }
}

/// The values of the keys that the file or an override sets for a profile, as plain text.
pub fn configured(file: &File, profile: &ProfileName, overrides: &Overrides) -> BTreeMap<String, String> {
    let path = |path: &PathBuf| path.display().to_string();
    let overridden = [
        ("broker", overrides.broker.as_ref().map(ToString::to_string)),
        ("ca_file", overrides.ca_file.as_ref().map(path)),
        ("user", overrides.user.clone()),
        ("ui.linear", overrides.linear.then(|| "on".to_owned())),
    ];
    let overridden = overridden.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    file.values(profile).into_iter().chain(overridden).collect()
}

/// The layers, the one with the highest precedence first.
struct Layers<'a>([&'a Profile; 2]);

impl Layers<'_> {
    fn first<T>(&self, key: impl Fn(&Profile) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(|layer| key(layer))
    }
}

/// The source of the password in a layer; `None` if the layer names none, `Some(None)` if the layer disables the
/// keyring.
#[expect(clippy::option_option, reason = "a missing key and a false one differ")]
fn password(keys: &Profile, config: &Path, user: Option<&str>, broker: &str) -> Option<Option<Password>> {
    if let Some(command) = &keys.password_command {
        return Some(Some(Password::Command(command.clone())));
    }
    if let Some(path) = &keys.password_file {
        return Some(Some(Password::File(resolve_path(path, config))));
    }
    let keyring = || Password::Keyring { user: user.unwrap_or_default().to_owned(), broker: broker.to_owned() };
    keys.password_keyring.map(|is_enabled| is_enabled.then(keyring))
}

/// Resolves a path in the configuration: `~` is the home folder, and relative paths are relative to the folder of the
/// configuration file.
fn resolve_path(path: &Path, config: &Path) -> PathBuf {
    match path.strip_prefix("~") {
        Ok(rest) => {
            directories::BaseDirs::new().map_or_else(PathBuf::new, |dirs| dirs.home_dir().to_owned()).join(rest)
        }
        Err(_) => config.parent().unwrap_or(Path::new("")).join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULT, Profile, keys::keys};
    use crate::domain::{NotifySettings, UiSettings};

    #[test]
    fn builtin_file_has_every_key() {
        let builtin: Vec<_> =
            DEFAULT.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = ")).collect();
        let known = [keys::<Profile>(), keys::<UiSettings>(), keys::<NotifySettings>()].concat();
        assert!(known.len() > 20 && known.contains(&"broker"), "{known:?}");
        for key in known.iter().chain(&["default_profile"]) {
            assert!(builtin.iter().any(|(name, _)| name == key), "{key} is missing");
        }
    }
}
