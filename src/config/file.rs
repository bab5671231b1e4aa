//! The configuration file: its keys, and its errors.

use std::{
    collections::BTreeMap,
    fs, io,
    ops::{Range, RangeInclusive},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, de::Error as _};
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};

use super::{ProfileName, keys::keys};
use crate::{
    domain::{BrokerList, NotifySettings, UiSettings, UserId, suggestion},
    owner_only::read_if_present,
};

/// A parsed configuration file. Keys that it leaves out are `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// The profile to use if none is requested.
    pub default_profile: Option<ProfileName>,
    /// The keys at the top of the file, which apply to every profile.
    pub common: Profile,
    /// The profiles by name.
    pub profiles: BTreeMap<ProfileName, Profile>,
    /// The table `[ui]`.
    pub ui: UiSettings,
    /// The table `[notify]`.
    pub notify: NotifySettings,
    /// The table `[aliases]`: the user's own names for commands, and the texts of the commands.
    pub aliases: BTreeMap<String, String>,
    /// The values of all keys as plain text, by their full names, such as `ui.theme` or `profiles.alice.broker`.
    values: BTreeMap<String, String>,
    /// The path it was read from. Relative paths in the file are relative to its folder.
    pub(super) path: PathBuf,
}

/// The keys of a profile and, except `id`, of the top of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The ID of the user; by default the name of the profile.
    pub id: Option<UserId>,
    /// The brokers' URLs.
    pub broker: Option<BrokerList>,
    /// When papo may start the embedded broker.
    pub embedded_broker: Option<EmbeddedBroker>,
    /// The prefix of every topic.
    #[serde(default, deserialize_with = "topic_prefix")]
    pub topic_prefix: Option<String>,
    /// How many days the broker keeps the MQTT session after a disconnect; 1 to 49,000.
    #[serde(default, deserialize_with = "session_expiry_days")]
    pub session_expiry_days: Option<u32>,
    /// How many days the leader must be absent before the first member may take over the group; 1 to 36,500.
    #[serde(default, deserialize_with = "leader_gone_days")]
    pub leader_gone_days: Option<u32>,
    /// How many seconds the announcement that the user is online counts; 6 to 86,400.
    #[serde(default, deserialize_with = "presence_expiry_seconds")]
    pub presence_expiry_seconds: Option<u32>,
    /// Up to this number of known users and groups together, papo follows all of them; 0 to 100,000.
    #[serde(default, deserialize_with = "directory_limit")]
    pub directory_limit: Option<u32>,
    /// The user name of the broker login.
    pub user: Option<String>,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
    /// The shell command that prints the password.
    pub password_command: Option<String>,
    /// Whether to get the password from the keyring of the desktop.
    pub password_keyring: Option<bool>,
    /// The certificates of the CAs to trust, in PEM.
    pub ca_file: Option<PathBuf>,
    /// The client certificate, in PEM.
    pub cert_file: Option<PathBuf>,
    /// The private key of the client certificate, in PEM.
    pub key_file: Option<PathBuf>,
}

/// When papo starts the embedded broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbeddedBroker {
    /// If the broker is the default one and nothing listens there. Any other broker is expected to be running already.
    Auto,
    /// If the broker's address is a loopback address and nothing listens there.
    Always,
    Never,
}

/// Why a configuration file cannot be used.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file could not be read.
    #[error("cannot read the configuration {path}", path = .path.display())]
    #[expect(missing_docs, reason = "the names say it")]
    Read { path: PathBuf, source: io::Error },
    /// The file is invalid.
    #[error("{path}, line {line}: {problem}", path = .path.display())]
    Invalid {
        /// The path of the file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there, and how to correct it.
        problem: String,
    },
}

/// Keys of earlier versions, at the top or in a profile. They have no effect: papo decides by itself.
const RETIRED: [&str; 1] = ["broker_names_senders"];

/// The keys at the top of the file: those of a profile except `id`, and the tables.
fn top_keys() -> Vec<&'static str> {
    let of_profile = keys::<Profile>().iter().copied().filter(|key| *key != "id");
    ["default_profile", "profiles", "ui", "notify", "aliases"].into_iter().chain(of_profile).collect()
}

impl File {
    /// Reads the file at `path`, which must exist.
    pub fn load(path: &Path) -> Result<Self, FileError> {
        let text = fs::read_to_string(path).map_err(|source| FileError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Reads the file at `path`. A missing file is like an empty one.
    pub fn load_if_present(path: &Path) -> Result<Self, FileError> {
        let text = read_if_present(path).map_err(|source| FileError::Read { path: path.to_owned(), source })?;
        Self::parse(&text.unwrap_or_default(), path)
    }

    /// Reads the same file again.
    pub fn reread(&self) -> Result<Self, FileError> {
        Self::load_if_present(&self.path)
    }

    /// The path of the file, which need not exist.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The values of the keys that the file sets for a profile, as plain text: `light`, `on`, `users, inbox`.
    pub(super) fn values(&self, profile: &ProfileName) -> BTreeMap<String, String> {
        let own = format!("profiles.{profile}.");
        let of_profile = |(key, value): (&String, &String)| Some((key.strip_prefix(&own)?.to_owned(), value.clone()));
        let common = self.values.iter().filter(|(key, _)| !key.starts_with("profiles."));
        let common = common.map(|(key, value)| (key.clone(), value.clone()));
        common.chain(self.values.iter().filter_map(of_profile)).collect()
    }

    /// Parses `text` as the content of the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, FileError> {
        parse(text).map(|file| Self { path: path.to_owned(), ..file }).map_err(|problem| FileError::Invalid {
            path: path.to_owned(),
            line: line_of(text, &problem.place),
            problem: problem.text,
        })
    }
}

/// An error with its byte range in the text.
struct Problem {
    place: Range<usize>,
    text: String,
}

impl From<toml::de::Error> for Problem {
    fn from(error: toml::de::Error) -> Self {
        Self { place: error.span().unwrap_or_default(), text: error.message().to_owned() }
    }
}

fn parse(text: &str) -> Result<File, Problem> {
    let mut table = DeTable::parse(text)?.into_inner();
    drop_retired_keys(&mut table);
    check_keys(&table, &top_keys(), "at the top")?;
    check_key_combinations(&table)?;
    let mut values = BTreeMap::new();
    collect_values("", &table, &mut values);
    let mut take = |key: &str| table.remove(key);
    let (default_profile, profiles) = (take("default_profile"), take("profiles"));
    let (ui, notify, aliases) = (take("ui"), take("notify"), take("aliases"));
    Ok(File {
        aliases: aliases.map(read_aliases).transpose()?.unwrap_or_default(),
        values,
        default_profile: default_profile.map(|value| read("default_profile", value)).transpose()?,
        profiles: profiles.map(read_profiles).transpose()?.unwrap_or_default(),
        notify: notify.map(|value| read_table("notify", value)).transpose()?.unwrap_or_default(),
        ui: ui.map(|value| read_table("ui", value)).transpose()?.unwrap_or_default(),
        common: read("", Spanned::new(0..0, DeValue::Table(table)))?,
        path: PathBuf::new(),
    })
}

/// Adds the values of a table and of the tables in it as plain text.
fn collect_values(prefix: &str, table: &DeTable<'_>, values: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => collect_values(&format!("{name}."), inner, values),
            value => drop(values.insert(name, plain(value))),
        }
    }
}

fn plain(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(is_on) => if *is_on { "on" } else { "off" }.to_owned(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Array(items) if items.is_empty() => "none".to_owned(),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect::<Vec<_>>().join(", "),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => String::new(),
    }
}

/// Refuses a name that is not one word, since the line after `/` could not name it.
fn read_aliases(value: Spanned<DeValue<'_>>) -> Result<BTreeMap<String, String>, Problem> {
    if let Some(table) = value.get_ref().as_table() {
        let is_word = |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '/');
        if let Some((key, _)) = table.iter().find(|(key, _)| !is_word(key.get_ref())) {
            return Err(Problem { place: key.span(), text: "the name of an alias is one word without a slash".into() });
        }
    }
    read("aliases", value)
}

fn read_profiles(value: Spanned<DeValue<'_>>) -> Result<BTreeMap<ProfileName, Profile>, Problem> {
    let place = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        return Err(Problem { place, text: "profiles must be tables, such as [profiles.alice]".into() });
    };
    let read_one = |(key, value): (Spanned<DeString<'_>>, Spanned<DeValue<'_>>)| {
        let name = key.get_ref().as_ref();
        let profile_name = ProfileName::from_input(name)
            .map_err(|why| Problem { place: key.span(), text: format!("profile {name:?}: {why}") })?;
        if let Some(table) = value.get_ref().as_table() {
            check_key_combinations(table)?;
        }
        let profile = read_table(&format!("profiles.{name}"), value)?;
        Ok((profile_name, profile))
    };
    table.into_iter().map(read_one).collect()
}

fn read_table<'de, T: Deserialize<'de>>(name: &str, value: Spanned<DeValue<'de>>) -> Result<T, Problem> {
    if let Some(table) = value.get_ref().as_table() {
        check_keys(table, keys::<T>(), &format!("in [{name}]"))?;
    }
    read(name, value)
}

fn read<'de, T: Deserialize<'de>>(name: &str, value: Spanned<DeValue<'de>>) -> Result<T, Problem> {
    let whole = value.span();
    let place = if name.is_empty() { String::new() } else { format!("{name}: ") };
    T::deserialize(ValueDeserializer::from(value)).map_err(|error| Problem {
        place: error.span().unwrap_or(whole),
        // The message has the name of the key on a second line.
        text: format!("{place}{}", error.to_string().trim_end().replace('\n', " ")),
    })
}

fn drop_retired_keys(table: &mut DeTable<'_>) {
    for key in RETIRED {
        table.remove(key);
    }
    if let Some(DeValue::Table(profiles)) = table.get_mut("profiles").map(Spanned::get_mut) {
        for (_, profile) in profiles.iter_mut() {
            if let DeValue::Table(profile) = profile.get_mut() {
                drop_retired_keys(profile);
            }
        }
    }
}

/// Refuses unknown keys, so that a typing error is not silently ignored.
fn check_keys(table: &DeTable<'_>, known: &[&str], place: &str) -> Result<(), Problem> {
    let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref())) else {
        return Ok(());
    };
    let name: &str = key.get_ref();
    let advice = match suggestion(&name.replace('-', "_"), known.iter().copied()) {
        Some(right) => format!("did you mean {right:?}?"),
        None => format!("the keys are {}", known.join(", ")),
    };
    Err(Problem { place: key.span(), text: format!("no key {name:?} {place}; {advice}") })
}

/// Refuses more than one source of the password, since it would be unclear which one counts. Refuses a certificate
/// without its key, and a key without its certificate.
fn check_key_combinations(table: &DeTable<'_>) -> Result<(), Problem> {
    let passwords = ["password_file", "password_command", "password_keyring"];
    let given: Vec<_> = passwords.iter().filter_map(|&key| table.get_key_value(key)).collect();
    if let [(first, _), (second, _), ..] = given[..] {
        let text = format!("{} and {} cannot be used together: remove one", first.get_ref(), second.get_ref());
        return Err(Problem { place: second.span(), text });
    }
    match (table.get_key_value("cert_file"), table.get_key_value("key_file")) {
        (Some((key, _)), None) | (None, Some((key, _))) => {
            Err(Problem { place: key.span(), text: "cert_file and key_file belong together: set both".into() })
        }
        _ => Ok(()),
    }
}

/// The line of `place`, counted from 1.
pub(super) fn line_of(text: &str, place: &Range<usize>) -> usize {
    text.bytes().take(place.start).filter(|&byte| byte == b'\n').count() + 1
}

/// Refuses a prefix that would make topics invalid or turn them into filters.
fn topic_prefix<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let prefix = String::deserialize(value)?;
    if prefix.contains(['+', '#', '\0']) || prefix.starts_with('$') {
        return Err(D::Error::custom("topic_prefix must not contain + or #, or start with $"));
    }
    Ok(Some(prefix))
}

/// 49,000 days fit into the 32-bit number of seconds of the session expiry, and stay below its maximum, which means
/// "never" (MQTT 5, 3.1.2.11.2).
fn session_expiry_days<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    within(value, "session_expiry_days", 1..=49_000)
}

fn leader_gone_days<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    within(value, "leader_gone_days", 1..=36_500)
}

/// Less than 6 seconds would leave too little time to renew the announcement.
fn presence_expiry_seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    within(value, "presence_expiry_seconds", 6..=86_400)
}

fn directory_limit<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    within(value, "directory_limit", 0..=100_000)
}

fn within<'de, D: Deserializer<'de>>(value: D, key: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, D::Error> {
    let number = u32::try_from(i64::deserialize(value)?).ok().filter(|number| range.contains(number));
    let error = || D::Error::custom(format!("{key} must be between {} and {}", range.start(), range.end()));
    number.map(Some).ok_or_else(error)
}
