//! The settings in force: all layers laid over each other.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{EmbeddedBroker, File, Password, Profile, ProfileName, loopback_address};
use crate::domain::{NotifySettings, UiSettings};

const SECONDS_PER_DAY: u32 = 24 * 60 * 60;

/// The broker where nothing names one.
const BROKER: &str = "mqtt://127.0.0.1:1883";

/// What the command line and the environment say.
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

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The broker's URL, as it was given.
    pub broker: String,
    /// Where papo starts a broker of its own, if nothing listens there.
    pub embedded_broker: Option<SocketAddr>,
    /// What stands before every topic; may be empty.
    pub topic_prefix: String,
    /// For how many seconds the broker keeps the session of somebody who is away.
    pub session_expiry: u32,
    /// How long the leader of a group must not have been seen before its first member may take the lead.
    pub leader_gone_after: Duration,
    /// The login's name, for a broker that asks.
    pub user: Option<String>,
    /// The login's password, for a broker that asks.
    pub password: Option<Password>,
    /// Whether the broker says who has sent what.
    pub broker_names_senders: bool,
    /// The certificates of the authorities to trust with TLS; none for the system's.
    pub ca_file: Option<PathBuf>,
    /// One's own certificate and its key, for a broker that asks.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The table `[ui]`.
    pub ui: UiSettings,
    /// The table `[notify]`.
    pub notify: NotifySettings,
}

impl Settings {
    /// Lays `overrides` over `profile` over the top of `file` over the defaults. A profile that the file does not have adds
    /// nothing. The shipped file says the same as the defaults; a test sees to that, so that a start need not read it.
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

/// From strong to weak.
struct Layers<'a>([&'a Profile; 2]);

impl Layers<'_> {
    fn first<T>(&self, key: impl Fn(&Profile) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(|layer| key(layer))
    }
}

/// The one source that a layer names, if it names one; `Some(None)` where it says that there is none.
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

/// A file that is named in the configuration: `~` is the home, and a relative path starts at the configuration's folder.
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
