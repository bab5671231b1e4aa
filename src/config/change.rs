//! Changes one key of the configuration file, as `/set` does.

use std::{fs, io, path::Path};

use toml_edit::{DocumentMut, Item, Table, Value, value};

use super::{File, ProfileName};
use crate::owner_only::replace;

/// Sets `key`, such as `ui.theme`, in the configuration file. Everything else in the file stays as it is, including
/// comments. If the result would be invalid, nothing is written. Errors are messages for the user.
pub fn set(file: &Path, profile: &ProfileName, key: &str, text: &str) -> Result<(), String> {
    let failed = |error: io::Error| format!("{}: {error}", file.display());
    let old = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        result => result.map_err(failed)?,
    };
    let new = with_key(&old, profile, key, text)?;
    File::parse(&new, file).map_err(|error| error.to_string())?;
    replace(file, &new).map_err(failed)
}

fn with_key(old: &str, profile: &ProfileName, key: &str, text: &str) -> Result<String, String> {
    let mut document: DocumentMut = old.parse().map_err(|_| "the file is no TOML, so it is left alone".to_owned())?;
    // A key in the profile overrides the one at the top, so it is the one to change.
    let of_profile = document.get("profiles").and_then(|profiles| profiles.get(profile.as_str()));
    let is_of_profile = of_profile.and_then(|table| table.get(key)).is_some();
    let (tables, name) = key.rsplit_once('.').unwrap_or(("", key));
    if name.is_empty() {
        return Err("a key has a name, as ui.theme".to_owned());
    }
    let mut table = document.as_table_mut() as &mut dyn toml_edit::TableLike;
    let tables = if is_of_profile { vec!["profiles", profile.as_str()] } else { tables.split('.').collect() };
    for part in tables.into_iter().filter(|part| !part.is_empty()) {
        let item = table.entry(part).or_insert(Item::Table(Table::new()));
        table = item.as_table_like_mut().ok_or_else(|| format!("{part} is not a table"))?;
    }
    let mut new = value(parse_value(text));
    if let (Some(before), Some(after)) = (table.get(name).and_then(Item::as_value), new.as_value_mut()) {
        *after.decor_mut() = before.decor().clone();
    }
    table.insert(name, new);
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
        let after = with_key(before, &alice(), "broker", "mqtt://c").unwrap();
        assert_eq!(after, before.replace("//b", "//c"));
        let after = with_key(before, &ProfileName::from_input("bob").unwrap(), "broker", "mqtt://c").unwrap();
        assert_eq!(after, before.replace("//a", "//c"));
    }

    #[test]
    fn setting_a_key_keeps_everything_else() {
        let before = "# mine\nbroker = \"mqtt://here\"\n\n[ui]\ntheme = \"dark\" # for the night\n";
        let after = with_key(before, &alice(), "ui.theme", "light").unwrap();
        assert_eq!(after, before.replace("\"dark\"", "\"light\""));
        let after = with_key(before, &alice(), "notify.content", "false").unwrap();
        assert!(after.starts_with(before) && after.ends_with("[notify]\ncontent = false\n"), "{after}");
        assert_eq!(with_key("", &alice(), "session_expiry_days", "3"), Ok("session_expiry_days = 3\n".to_owned()));
        assert_eq!(with_key("", &alice(), "topic_prefix", "a/b"), Ok("topic_prefix = \"a/b\"\n".to_owned()));
        assert!(with_key(before, &alice(), "broker.url", "x").unwrap_err().contains("not a table"));
    }

    #[test]
    fn invalid_key_or_value_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        set(&file, &alice(), "ui.theme", "light").unwrap();
        let before = fs::read_to_string(&file).unwrap();
        assert!(set(&file, &alice(), "ui.thme", "dark").unwrap_err().contains("did you mean \"theme\"?"));
        assert!(set(&file, &alice(), "ui.theme", "pink").unwrap_err().contains("light"));
        assert_eq!(fs::read_to_string(&file).unwrap(), before);
    }
}
