//! Formats the effective configuration as a configuration file with the same effect, with the origin of each key.

use std::path::Path;

use toml::de::DeTable;

use super::{DEFAULT, File, FileError, Profile, ProfileName, file::line_of, keys::keys};
use crate::domain::{NotifySettings, UiSettings};

/// The sources of the password. Only one source counts, so a layer with one of these keys hides those of lower layers.
const PASSWORD_KEYS: [&str; 3] = ["password_file", "password_command", "password_keyring"];

/// A value of the environment or the command line that overrides the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedOverride {
    /// The key, such as `broker` or `ui.linear`.
    pub key: &'static str,
    /// The value in TOML. The value of `password` is never shown.
    pub value: String,
    /// Its origin, such as `--broker` or `PAPO_BROKER`.
    pub by: &'static str,
}

/// A table with settings: a profile, or the top of a file.
struct Layer<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    /// The file to show as the origin of its keys, with the line; `None` for the defaults.
    file: Option<&'a str>,
}

/// The output of `papo config show`: every key that has a value, with its origin if `with_origin`.
///
/// `text` is the content of the file at `path`, which must be valid.
pub fn shown(
    text: &str,
    path: &Path,
    profile: Option<&ProfileName>,
    overrides: &[AppliedOverride],
    with_origin: bool,
) -> Result<String, FileError> {
    File::parse(text, path)?;
    let parsed = |text| DeTable::parse(text).expect("the text was parsed before").into_inner();
    let (own, builtin) = (parsed(text), parsed(DEFAULT));
    let file = path.display().to_string();
    let entry = profile.and_then(|name| own.get("profiles")?.get_ref().get(name.as_str())?.get_ref().as_table());
    let own_layers = entry.into_iter().chain([&own]).map(|table| Layer { text, table, file: Some(&file) });
    let layers: Vec<_> = own_layers.chain([Layer { text: DEFAULT, table: &builtin, file: None }]).collect();

    let is_overridden = |key: &str| overrides.iter().any(|applied| applied.key == key);
    let top = keys::<Profile>().iter().filter(|key| **key != "id").map(|key| ("", *key));
    let ui = keys::<UiSettings>().iter().map(|key| ("ui", *key));
    let notify = keys::<NotifySettings>().iter().map(|key| ("notify", *key));
    let (mut lines, mut heading) = (Vec::new(), "");
    for (table, key) in top.chain(ui).chain(notify) {
        let is_password = PASSWORD_KEYS.contains(&key);
        if is_password && is_overridden("password") {
            continue;
        }
        let path: Vec<&str> = [table, key].into_iter().filter(|part| !part.is_empty()).collect();
        let applied = overrides.iter().find(|applied| applied.key == path.join("."));
        let applied = applied.map(|applied| (applied.value.clone(), applied.by.into()));
        let layers = if is_password { first_with(&layers, &PASSWORD_KEYS) } else { &layers[..] };
        let Some((value, origin)) = applied.or_else(|| layers.iter().find_map(|layer| layer.value(&path))) else {
            continue;
        };
        if table != heading {
            heading = table;
            lines.push(format!("\n[{table}]\n"));
        }
        let origin = if with_origin { format!("  # {origin}") } else { String::new() };
        lines.push(format!("{key} = {value}{origin}\n"));
    }
    Ok(lines.concat())
}

/// A slice with the first layer that has one of `keys`; empty if there is none.
fn first_with<'a, 'b>(layers: &'b [Layer<'a>], keys: &[&str]) -> &'b [Layer<'a>] {
    match layers.iter().position(|layer| keys.iter().any(|key| layer.table.contains_key(*key))) {
        Some(at) => &layers[at..=at],
        None => &[],
    }
}

impl Layer<'_> {
    /// The value at `path` as TOML, and its origin; `None` if the layer has no such key.
    fn value(&self, path: &[&str]) -> Option<(String, String)> {
        let (last, tables) = path.split_last()?;
        let mut table = self.table;
        for name in tables {
            table = table.get(*name)?.get_ref().as_table()?;
        }
        let value = table.get(*last)?;
        let text = self.text[value.span()].to_owned();
        let line = line_of(self.text, &value.span());
        let origin = self.file.map_or_else(|| "default".to_owned(), |file| format!("{file}:{line}"));
        Some((text, origin))
    }
}
