//! The effective settings: all layers merged.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{EmbeddedBroker, File, Password, Profile, ProfileName, loopback_address};
use crate::domain::{NotifySettings, UiSettings};

const SECONDS_PER_DAY: u32 = 24 * 60 * 60;

/// The default broker.
const BROKER: &str = "mqtt://127.0.0.1:1883";

/// Overrides from the command line and the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--broker`, `PAPO_BROKER`.
    pub broker: Option<String>,
    /// `--ca-file`, `PAPO_CA_FILE`.
    pub ca_file: Option<PathBuf>,
    /// `PAPO_USER`.
    pub user: Option<String>,
    /// `PAPO_PASSWORD`.
    pub password: Option<Password>,
    /// `--linear`, `PAPO_LINEAR`.
    pub linear: bool,
}

/// The effective settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The broker's URL, as given.
    pub broker: String,
    /// Whether, and where, papo starts a broker of its own if nothing listens there.
    pub embedded_broker: Option<SocketAddr>,
    /// The topic prefix; may be empty.
    pub topic_prefix: String,
    /// The session expiry, in seconds.
    pub session_expiry: u32,
    /// After how long without a leader the first member of a group may take the lead.
    pub leader_gone_after: Duration,
    /// The user name of the login, if any.
    pub user: Option<String>,
    /// The password of the login, if any.
    pub password: Option<Password>,
    /// Whether the broker names the sender of each publication.
    pub broker_names_senders: bool,
    /// The CAs to trust with TLS; by default the system's.
    pub ca_file: Option<PathBuf>,
    /// The client certificate and its key, if any.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The table `[ui]`.
    pub ui: UiSettings,
    /// The table `[notify]`.
    pub notify: NotifySettings,
}

impl Settings {
    /// Merges `overrides` over `profile` over the top of `file` over the defaults. A profile that is not in the file
    /// adds nothing. The builtin file equals the defaults, as a test checks, so it is not read at start.
    pub fn resolve(file: &File, profile: Option<&ProfileName>, overrides: &Overrides) -> Self {
        let nothing = Profile::default();
        let profile = profile.and_then(|name| file.profiles.get(name)).unwrap_or(&nothing);
        let layers = Layers([profile, &file.common]);
        let broker = overrides.broker.clone().or_else(|| layers.first(|keys| keys.broker.clone()));
        let broker = broker.unwrap_or_else(|| BROKER.to_owned());
        let may_serve = match layers.first(|keys| keys.embedded_broker).unwrap_or(EmbeddedBroker::Auto) {
            EmbeddedBroker::Auto => broker == BROKER,
            EmbeddedBroker::Always => true,
            EmbeddedBroker::Never => false,
        };
        let user = overrides.user.clone().or_else(|| layers.first(|keys| keys.user.clone()));
        let password = || layers.first(|keys| password(keys, &file.path, user.as_deref(), &broker)).flatten();
        let place = |path: PathBuf| place(&path, &file.path);
        let days = |key: fn(&Profile) -> Option<u32>, usual| layers.first(key).unwrap_or(usual) * SECONDS_PER_DAY;
        Self {
            password: overrides.password.clone().or_else(password),
            ca_file: overrides.ca_file.clone().or_else(|| layers.first(|keys| keys.ca_file.clone()).map(place)),
            certificate: layers
                .first(|keys| keys.cert_file.clone().zip(keys.key_file.clone()))
                .map(|(certificate, key)| (place(certificate), place(key))),
            broker_names_senders: layers.first(|keys| keys.broker_names_senders).unwrap_or(false),
            embedded_broker: loopback_address(&broker).filter(|_| may_serve),
            broker,
            topic_prefix: layers.first(|keys| keys.topic_prefix.clone()).unwrap_or_default(),
            session_expiry: days(|keys| keys.session_expiry_days, 30),
            leader_gone_after: Duration::from_secs(days(|keys| keys.leader_gone_days, 14).into()),
            user,
            ui: UiSettings { linear: overrides.linear || file.ui.linear, ..file.ui.clone() },
            notify: file.notify.clone(),
        }
    }
}

/// From high to low precedence.
struct Layers<'a>([&'a Profile; 2]);

impl Layers<'_> {
    fn first<T>(&self, key: impl Fn(&Profile) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(|layer| key(layer))
    }
}

/// The one source that a layer names; `Some(None)` if it says that there is none.
#[expect(clippy::option_option, reason = "a layer may say nothing, and may say no")]
fn password(keys: &Profile, config: &Path, user: Option<&str>, broker: &str) -> Option<Option<Password>> {
    if let Some(command) = &keys.password_command {
        return Some(Some(Password::Command(command.clone())));
    }
    if let Some(path) = &keys.password_file {
        return Some(Some(Password::File(place(path, config))));
    }
    let keyring = || Password::Keyring { user: user.unwrap_or_default().to_owned(), broker: broker.to_owned() };
    keys.password_keyring.map(|is_there| is_there.then(keyring))
}

/// A path in the configuration: `~` is the home, and a relative path starts at the configuration's folder.
fn place(path: &Path, config: &Path) -> PathBuf {
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
    fn the_shipped_file_has_every_key() {
        let shipped: Vec<_> =
            DEFAULT.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = ")).collect();
        let known = [keys::<Profile>(), keys::<UiSettings>(), keys::<NotifySettings>()].concat();
        assert!(known.len() > 20 && known.contains(&"broker"), "{known:?}");
        for key in known.iter().chain(&["default_profile"]) {
            assert!(shipped.iter().any(|(name, _)| name == key), "{key} is missing");
        }
    }
}
