//! Changes one key of the configuration file, as `/set` does.

use std::{fs, io, path::Path};

use toml_edit::{DocumentMut, Item, Table, Value, value};

use super::{File, ProfileName};
use crate::owner_only::replace;

/// Sets `key`, such as `ui.theme`, in the configuration file; everything else stays, including comments. If the result
/// would be invalid, the file is not changed. Errors are texts for the user.
pub fn set(file: &Path, profile: &ProfileName, key: &str, words: &str) -> Result<(), String> {
    let failed = |error: io::Error| format!("{}: {error}", file.display());
    let old = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        result => result.map_err(failed)?,
    };
    let new = with_key(&old, profile, key, words)?;
    File::parse(&new, file).map_err(|error| error.to_string())?;
    replace(file, &new).map_err(failed)
}

fn with_key(text: &str, profile: &ProfileName, key: &str, words: &str) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|_| "the file is no TOML, so it is left alone".to_owned())?;
    // The profile overrides the top of the file, so its value must change.
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
    let mut new = value(understood(words));
    if let (Some(before), Some(after)) = (table.get(name).and_then(Item::as_value), new.as_value_mut()) {
        *after.decor_mut() = before.decor().clone();
    }
    table.insert(name, new);
    Ok(document.to_string())
}

/// A number or boolean if it parses as one, otherwise a string.
fn understood(words: &str) -> Value {
    match words.parse::<Value>() {
        Ok(value) if !value.is_inline_table() && !value.is_datetime() => value.decorated(" ", ""),
        _ => Value::from(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> ProfileName {
        ProfileName::from_input("alice").unwrap()
    }

    #[test]
    fn a_key_of_the_profile_is_changed_there() {
        let before = "broker = \"mqtt://a\"\n\n[profiles.alice]\nbroker = \"mqtt://b\"\n";
        let after = with_key(before, &alice(), "broker", "mqtt://c").unwrap();
        assert_eq!(after, before.replace("//b", "//c"));
        let after = with_key(before, &ProfileName::from_input("bob").unwrap(), "broker", "mqtt://c").unwrap();
        assert_eq!(after, before.replace("//a", "//c"));
    }

    #[test]
    fn one_key_is_changed_and_the_rest_stays() {
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
    fn what_would_make_the_file_wrong_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        set(&file, &alice(), "ui.theme", "light").unwrap();
        let before = fs::read_to_string(&file).unwrap();
        assert!(set(&file, &alice(), "ui.thme", "dark").unwrap_err().contains("did you mean \"theme\"?"));
        assert!(set(&file, &alice(), "ui.theme", "pink").unwrap_err().contains("light"));
        assert_eq!(fs::read_to_string(&file).unwrap(), before);
    }
}
