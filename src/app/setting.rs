//! The settings: every key of the configuration that `/set` and the settings page know, and the values that it takes.
//!
//! Values are plain text, as the user types them: `light`, `on`, `28`, `users, inbox`. [`SettingRow::checked`] checks
//! them and turns them into TOML for the configuration file.

use std::collections::BTreeMap;

use super::{language::LocalizedText, rejection::Rejection};
use crate::domain::{BrokerList, suggestion};

/// The user's own names for commands: the name, and the text of the command that it stands for.
pub type Aliases = BTreeMap<String, String>;

/// A row of the table of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingRow {
    /// The key in the configuration file, such as `ui.theme`.
    pub key: &'static str,
    /// The values that it takes.
    pub kind: SettingKind,
    /// The value while the configuration has none; empty if the key then has no value.
    pub default: &'static str,
    /// The language key of the description.
    pub description: &'static str,
    /// Whether a new value applies only after a restart.
    pub needs_restart: bool,
}

/// The values that a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say what they hold")]
pub enum SettingKind {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `on` or `off`.
    Switch,
    Number {
        least: u64,
        most: u64,
    },
    /// Any of these words; `none` for none of them.
    Several(&'static [&'static str]),
    Text,
    /// URLs of brokers, separated by blanks.
    Brokers,
}

/// The values of a [`SettingKind::Switch`].
const SWITCH: &[&str] = &["on", "off"];
const LISTS: &[&str] = &["users", "groups", "inbox"];
const NOTIFY_LEVELS: &[&str] = &["all", "mentions", "none"];

macro_rules! settings {
    ($($key:literal, $kind:expr, $default:literal, $description:literal $(, $flag:ident)?;)*) => {
        /// All settings, in the order of the settings page.
        pub const SETTINGS: &[SettingRow] = &[$(SettingRow {
            key: $key,
            kind: $kind,
            default: $default,
            description: $description,
            needs_restart: settings!(@needs_restart $($flag)?),
        }),*];
    };
    (@needs_restart) => { false };
    (@needs_restart needs_restart) => { true };
}

settings! {
    "ui.theme", SettingKind::Choice(&["dark", "light", "high-contrast", "colour-blind"]), "dark", "setting-theme";
    "ui.keymap", SettingKind::Choice(&["default", "vim"]), "default", "setting-keymap";
    "ui.language", SettingKind::Text, "auto", "setting-language";
    "ui.inbox", SettingKind::Choice(&["usual", "oldest", "newest"]), "usual", "setting-inbox";
    "ui.side", SettingKind::Choice(&["left", "right"]), "left", "setting-side";
    "ui.width", SettingKind::Number { least: 16, most: 60 }, "28", "setting-width";
    "ui.hide", SettingKind::Several(LISTS), "none", "setting-hide";
    "ui.mouse", SettingKind::Switch, "on", "setting-mouse", needs_restart;
    "ui.typing", SettingKind::Switch, "on", "setting-typing";
    "ui.linear", SettingKind::Switch, "off", "setting-linear", needs_restart;
    "ui.escape_wait_ms", SettingKind::Number { least: 1, most: 1000 }, "", "setting-escape-wait", needs_restart;
    "notify.by", SettingKind::Choice(&["bell", "osc9", "osc777", "none"]), "bell", "setting-notify-by";
    "notify.talks", SettingKind::Choice(NOTIFY_LEVELS), "all", "setting-notify-talks";
    "notify.groups", SettingKind::Choice(NOTIFY_LEVELS), "mentions", "setting-notify-groups";
    "notify.content", SettingKind::Switch, "on", "setting-notify-content";
    "broker", SettingKind::Brokers, "mqtt://127.0.0.1:1883", "setting-broker", needs_restart;
    "embedded_broker", SettingKind::Choice(&["auto", "always", "never"]), "auto", "setting-embedded-broker", needs_restart;
    "topic_prefix", SettingKind::Text, "", "setting-topic-prefix", needs_restart;
    "session_expiry_days", SettingKind::Number { least: 1, most: 49_000 }, "30", "setting-session-expiry", needs_restart;
    "leader_gone_days", SettingKind::Number { least: 1, most: 36_500 }, "14", "setting-leader-gone", needs_restart;
    "presence_expiry_seconds", SettingKind::Number { least: 6, most: 86_400 }, "900", "setting-presence-expiry", needs_restart;
    "directory_limit", SettingKind::Number { least: 0, most: 100_000 }, "500", "setting-directory-limit", needs_restart;
    "user", SettingKind::Text, "", "setting-user", needs_restart;
    "password_command", SettingKind::Text, "", "setting-password-command", needs_restart;
    "password_file", SettingKind::Text, "", "setting-password-file", needs_restart;
    "password_keyring", SettingKind::Switch, "off", "setting-password-keyring", needs_restart;
    "ca_file", SettingKind::Text, "", "setting-ca-file", needs_restart;
    "cert_file", SettingKind::Text, "", "setting-cert-file", needs_restart;
    "key_file", SettingKind::Text, "", "setting-key-file", needs_restart;
    "default_profile", SettingKind::Text, "", "setting-default-profile", needs_restart;
}

impl SettingRow {
    /// The setting with this key. An unknown key is rejected, with the nearest known one.
    pub fn find(key: &str) -> Result<&'static Self, Rejection> {
        let is_named = |row: &&Self| row.key == key;
        SETTINGS.iter().find(is_named).ok_or_else(|| {
            let keys = || SETTINGS.iter().map(|row| row.key);
            let is_last_part = |full: &&str| full.rsplit('.').next() == Some(key);
            let nearest = keys().find(is_last_part).or_else(|| suggestion(&key.replace('-', "_"), keys()));
            Rejection::UnknownSetting { key: key.to_owned(), suggestion: nearest }
        })
    }

    /// The value in effect. `configured` has the values of the keys that the configuration sets.
    pub fn value<'a>(&self, configured: &'a BTreeMap<String, String>) -> &'a str {
        configured.get(self.key).map_or(self.default, String::as_str)
    }

    /// The words that the setting takes; empty if it takes any text or number.
    pub fn words(&self) -> &'static [&'static str] {
        match self.kind {
            SettingKind::Choice(words) | SettingKind::Several(words) => words,
            SettingKind::Switch => SWITCH,
            SettingKind::Number { .. } | SettingKind::Text | SettingKind::Brokers => &[],
        }
    }

    /// Checks a value, and returns it as the user interface shows it and as TOML.
    pub fn checked(&self, written: &str) -> Result<Checked, Rejection> {
        let text = unquoted(written);
        let plain = |shown: &str| Checked { shown: shown.to_owned(), toml: quoted(shown) };
        match self.kind {
            SettingKind::Text => Ok(plain(&text)),
            SettingKind::Brokers => {
                let brokers = brokers(written);
                Ok(Checked { shown: brokers.to_string(), toml: brokers.toml() })
            }
            SettingKind::Choice(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(&text));
                word.map(|word| plain(word)).ok_or_else(|| self.not_allowed(&text))
            }
            SettingKind::Switch => match text.to_lowercase().as_str() {
                "on" | "yes" | "true" | "1" => Ok(Checked { shown: "on".to_owned(), toml: "true".to_owned() }),
                "off" | "no" | "false" | "0" => Ok(Checked { shown: "off".to_owned(), toml: "false".to_owned() }),
                _ => Err(self.not_allowed(&text)),
            },
            SettingKind::Number { least, most } => match text.parse::<u64>() {
                Ok(number) if (least..=most).contains(&number) => {
                    Ok(Checked { shown: number.to_string(), toml: number.to_string() })
                }
                _ => Err(Rejection::SettingOutOfRange { key: self.key, least, most }),
            },
            SettingKind::Several(words) => self.several(words, &text),
        }
    }

    fn several(&self, allowed: &[&str], text: &str) -> Result<Checked, Rejection> {
        let separators = |c: char| c.is_whitespace() || [',', '[', ']', '"', '\''].contains(&c);
        let words: Vec<String> = match text.to_lowercase().as_str() {
            "none" => Vec::new(),
            "all" => allowed.iter().map(|word| (*word).to_owned()).collect(),
            text => text.split(separators).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        };
        if let Some(wrong) = words.iter().find(|word| !allowed.contains(&word.as_str())) {
            return Err(self.not_allowed(wrong));
        }
        Ok(Checked::several(words.iter().map(String::as_str)))
    }

    fn not_allowed(&self, value: &str) -> Rejection {
        let mut allowed = self.words().to_vec();
        if matches!(self.kind, SettingKind::Several(_)) {
            allowed.push("none");
        }
        Rejection::SettingNotAllowed { key: self.key, value: value.to_owned(), allowed: allowed.join(", ") }
    }
}

/// A value that a setting takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// As the user interface shows it.
    pub shown: String,
    /// As the configuration file has it.
    pub toml: String,
}

impl Checked {
    /// The value of a [`SettingKind::Several`] with these words.
    pub fn several<'w>(words: impl Iterator<Item = &'w str> + Clone) -> Self {
        let shown: Vec<&str> = words.clone().collect();
        let shown = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
        let quoted: Vec<String> = words.map(quoted).collect();
        Self { shown, toml: format!("[{}]", quoted.join(", ")) }
    }
}

/// A value as the user interface shows it: a missing one has a name.
pub fn shown_value(value: &str) -> LocalizedText {
    if value.is_empty() { "setting-unset".into() } else { LocalizedText::quoted(value) }
}

/// A text as a string of TOML.
pub fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The brokers that a text names: a string or an array of TOML, or words.
fn brokers(text: &str) -> BrokerList {
    let parsed = text.trim().parse::<toml::Value>().ok().and_then(|value| value.try_into().ok());
    parsed.unwrap_or_else(|| BrokerList::from_text(text))
}

/// The text of a TOML string, or else the text as it is.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let parsed = text.starts_with(['"', '\'']).then(|| text.parse::<toml::Value>().ok()).flatten();
    parsed.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toml(key: &str, text: &str) -> Option<String> {
        SettingRow::find(key).unwrap().checked(text).ok().map(|checked| checked.toml)
    }

    #[test]
    fn values_become_toml() {
        let cases = [
            ("ui.theme", "light", Some("\"light\"")),
            ("ui.theme", "\"Light\"", Some("\"light\"")),
            ("ui.theme", "pink", None),
            ("ui.mouse", "off", Some("false")),
            ("ui.mouse", "YES", Some("true")),
            ("ui.mouse", "maybe", None),
            ("ui.width", "40", Some("40")),
            ("ui.width", "61", None),
            ("ui.hide", "users inbox", Some("[\"users\", \"inbox\"]")),
            ("ui.hide", "[\"users\", \"inbox\"]", Some("[\"users\", \"inbox\"]")),
            ("ui.hide", "none", Some("[]")),
            ("ui.hide", "chats", None),
            ("broker", "mqtt://a", Some("\"mqtt://a\"")),
            ("broker", "mqtt://a, mqtt://b", Some("[\"mqtt://a\", \"mqtt://b\"]")),
            ("broker", "['mqtt://a', \"mqtt://b\"]", Some("[\"mqtt://a\", \"mqtt://b\"]")),
            ("broker", "'unix:///run/a b'", Some("\"unix:///run/a b\"")),
            ("user", "12", Some("\"12\"")),
            ("password_command", "pass show 'a b'", Some("\"pass show 'a b'\"")),
        ];
        for (key, text, expected) in cases {
            assert_eq!(toml(key, text).as_deref(), expected, "{key} {text}");
        }
    }

    #[test]
    fn default_is_a_value_that_the_setting_takes() {
        for row in SETTINGS.iter().filter(|row| !row.default.is_empty()) {
            assert_eq!(
                row.checked(row.default).map(|checked| checked.shown).as_deref(),
                Ok(row.default),
                "{}",
                row.key
            );
        }
    }

    #[test]
    fn unknown_key_suggests_the_nearest() {
        let nearest = |key: &str| match SettingRow::find(key) {
            Err(Rejection::UnknownSetting { suggestion, .. }) => suggestion,
            _ => None,
        };
        let cases =
            [("theme", "ui.theme"), ("ui.thme", "ui.theme"), ("borker", "broker"), ("ui.esc", "ui.escape_wait_ms")];
        for (key, expected) in cases {
            assert_eq!(nearest(key), Some(expected), "{key}");
        }
        assert_eq!(nearest("weechat.look"), None);
    }
}
