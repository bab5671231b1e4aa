//! Changes keys of the configuration file. Keeps everything else in the file, including comments.
//!
//! The file is replaced atomically, and only its owner can read it. If the path is a symbolic link, it stays a link.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value, value};

use super::{File, FileError, ProfileName};
use crate::{
    domain::{BrokerList, UserId},
    owner_only::{read_if_present, replace},
};

/// Why the configuration was not changed.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ChangeError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the file is not valid TOML, so it was not changed")]
    NotToml,
    /// The file has another value where this table should be.
    #[error("{0} is not a table, so the file was not changed")]
    NotTable(String),
    #[error("a key has a name, as ui.theme")]
    NoName,
    /// The change would make the file invalid.
    #[error(transparent)]
    Invalid(#[from] FileError),
}

/// Sets `key`, such as `ui.theme`, to `text`: a TOML value or a bare string. Without a text, removes the key. A key
/// that the profile sets is changed in the profile.
pub fn set(file: &Path, profile: &ProfileName, key: &str, text: Option<&str>) -> Result<(), ChangeError> {
    change(file, |old| with_key(old, profile, key, text))
}

/// Adds a profile named `id`, with `broker` if given, and makes it the default profile unless the file names one.
pub fn remember_first_profile(file: &Path, id: &UserId, broker: Option<&BrokerList>) -> Result<(), ChangeError> {
    change(file, |old| with_profile(old, id, broker))
}

fn change(file: &Path, change: impl FnOnce(&str) -> Result<String, ChangeError>) -> Result<(), ChangeError> {
    let failed = |source| ChangeError::Io { path: file.to_owned(), source };
    let old = read_if_present(file).map_err(failed)?.unwrap_or_default();
    let new = change(&old)?;
    File::parse(&new, file)?;
    replace(file, &new).map_err(failed)
}

fn parse(text: &str) -> Result<DocumentMut, ChangeError> {
    text.parse().map_err(|_| ChangeError::NotToml)
}

/// The table `name` within `parent`. Inserts `new` if there is none.
fn table<'a>(parent: &'a mut dyn TableLike, name: &str, new: Table) -> Result<&'a mut dyn TableLike, ChangeError> {
    let item = parent.entry(name).or_insert(Item::Table(new));
    item.as_table_like_mut().ok_or_else(|| ChangeError::NotTable(name.to_owned()))
}

fn with_key(old: &str, profile: &ProfileName, key: &str, text: Option<&str>) -> Result<String, ChangeError> {
    let mut document = parse(old)?;
    // A key in the profile overrides the same key at the top, so the key in the profile is changed.
    let of_profile = document.get("profiles").and_then(|profiles| profiles.get(profile.as_str()));
    let is_of_profile = of_profile.and_then(|table| table.get(key)).is_some();
    // The name of an alias may contain dots.
    let alias = key.strip_prefix("aliases.").map(|name| ("aliases", name));
    let (tables, name) = alias.or_else(|| key.rsplit_once('.')).unwrap_or(("", key));
    if name.is_empty() {
        return Err(ChangeError::NoName);
    }
    let tables = if is_of_profile { vec!["profiles", profile.as_str()] } else { tables.split('.').collect() };
    let mut parent: &mut dyn TableLike = document.as_table_mut();
    for part in tables.into_iter().filter(|part| !part.is_empty()) {
        parent = table(parent, part, Table::new())?;
    }
    let Some(text) = text else {
        parent.remove(name);
        return Ok(document.to_string());
    };
    let mut new = value(parse_value(text));
    if let (Some(before), Some(after)) = (parent.get(name).and_then(Item::as_value), new.as_value_mut()) {
        *after.decor_mut() = before.decor().clone();
    }
    parent.insert(name, new);
    Ok(document.to_string())
}

fn with_profile(old: &str, id: &UserId, broker: Option<&BrokerList>) -> Result<String, ChangeError> {
    let mut document = parse(old)?;
    if !document.contains_key("default_profile") {
        document.insert("default_profile", value(id.as_str()));
    }
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let profiles = table(document.as_table_mut(), "profiles", implicit)?;
    let profile = table(profiles, id.as_str(), Table::new())?;
    if !profile.contains_key("id") {
        profile.insert("id", value(id.as_str()));
    }
    if let Some(broker) = broker {
        profile.insert("broker", value(parse_value(&broker.toml())));
    }
    Ok(document.to_string())
}

/// Parses a number, boolean, array or quoted string as TOML. Anything else is taken as a string.
fn parse_value(text: &str) -> Value {
    match text.parse::<Value>() {
        Ok(value) if !value.is_inline_table() && !value.is_datetime() => value.decorated(" ", ""),
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> ProfileName {
        ProfileName::from_input("alice").unwrap()
    }

    #[test]
    fn key_that_the_profile_sets_is_changed_in_the_profile() {
        let before = "broker = \"mqtt://a\"\n\n[profiles.alice]\nbroker = \"mqtt://b\"\n";
        let after = with_key(before, &alice(), "broker", Some("mqtt://c")).unwrap();
        assert_eq!(after, before.replace("//b", "//c"));
        let after = with_key(before, &ProfileName::from_input("bob").unwrap(), "broker", Some("mqtt://c")).unwrap();
        assert_eq!(after, before.replace("//a", "//c"));
    }

    #[test]
    fn setting_a_key_keeps_everything_else() {
        let before = "# mine\nbroker = \"mqtt://here\"\n\n[ui]\ntheme = \"dark\" # for the night\n";
        let after = with_key(before, &alice(), "ui.theme", Some("light")).unwrap();
        assert_eq!(after, before.replace("\"dark\"", "\"light\""));
        let after = with_key(before, &alice(), "notify.content", Some("false")).unwrap();
        assert!(after.starts_with(before) && after.ends_with("[notify]\ncontent = false\n"), "{after}");
        assert_eq!(with_key("", &alice(), "session_expiry_days", Some("3")).unwrap(), "session_expiry_days = 3\n");
        assert_eq!(with_key("", &alice(), "topic_prefix", Some("a/b")).unwrap(), "topic_prefix = \"a/b\"\n");
        assert!(matches!(with_key(before, &alice(), "broker.url", Some("x")), Err(ChangeError::NotTable(_))));
    }

    #[test]
    fn key_without_a_value_is_removed() {
        let before = "broker = \"mqtt://a\"\n\n[profiles.alice]\nbroker = \"mqtt://b\"\n";
        let after = with_key(before, &alice(), "broker", None).unwrap();
        assert_eq!(after, "broker = \"mqtt://a\"\n\n[profiles.alice]\n");
        let dotted = "[aliases]\n\"a.b\" = \"/msg\"\n";
        assert_eq!(with_key(dotted, &alice(), "aliases.a.b", None).unwrap(), "[aliases]\n");
        assert_eq!(with_key("[aliases]\nhi = \"/msg\"\n", &alice(), "aliases.hi", None).unwrap(), "[aliases]\n");
    }

    #[test]
    fn invalid_key_or_value_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        set(&file, &alice(), "ui.theme", Some("light")).unwrap();
        let before = std::fs::read_to_string(&file).unwrap();
        for (key, value, hint) in [("ui.thme", "dark", "did you mean \"theme\"?"), ("ui.theme", "pink", "light")] {
            let error = set(&file, &alice(), key, Some(value)).unwrap_err().to_string();
            assert!(error.contains(hint), "{error}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    }
}
