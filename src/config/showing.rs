//! The effective configuration, key by key, as a file that sets the same; and the origin of each key.

use std::path::Path;

use toml::de::DeTable;

use super::{DEFAULT, File, FileError, Profile, ProfileName, keys::keys};
use crate::domain::{NotifySettings, UiSettings};

/// Only one of these keys may be set, so a layer that sets one hides the others in lower layers.
const PASSWORDS: [&str; 3] = ["password_file", "password_command", "password_keyring"];

/// A value of the environment or the command line that overrides the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedOverride {
    /// The key, such as `broker` or `ui.linear`.
    pub key: &'static str,
    /// The value in TOML. That of `password` is never shown.
    pub value: String,
    /// Its origin, such as `--broker` or `PAPO_BROKER`.
    pub by: &'static str,
}

/// One file, or one table of it.
struct Layer<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    /// The origin of its keys; files add the line.
    name: String,
    has_lines: bool,
}

/// The text of `config show`: every key with a value, followed by its origin if wanted.
///
/// `text` is the content of the file at `path`, which must be valid.
pub fn shown(
    text: &str,
    path: &Path,
    profile: Option<&ProfileName>,
    said: &[AppliedOverride],
    with_origin: bool,
) -> Result<String, FileError> {
    File::parse(text, path)?;
    let parsed = |text| DeTable::parse(text).expect("it has been parsed before").into_inner();
    let (own, builtin) = (parsed(text), parsed(DEFAULT));
    let file = path.display().to_string();
    let entry = profile.and_then(|name| own.get("profiles")?.get_ref().get(name.as_str())?.get_ref().as_table());
    let own_layer = |table, name| Layer { text, table, name, has_lines: true };
    let default = || Layer { text: DEFAULT, table: &builtin, name: "default".into(), has_lines: false };
    let mut layers = Vec::new();
    layers.extend(entry.map(|table| own_layer(table, file.clone())));
    layers.push(own_layer(&own, file));
    layers.push(default());

    let is_said = |key: &str| said.iter().any(|said| said.key == key);
    let top = keys::<Profile>().iter().filter(|key| **key != "id").map(|key| ("", *key));
    let ui = keys::<UiSettings>().iter().map(|key| ("ui", *key));
    let notify = keys::<NotifySettings>().iter().map(|key| ("notify", *key));
    let (mut lines, mut heading) = (Vec::new(), "");
    for (table, key) in top.chain(ui).chain(notify) {
        let is_password = PASSWORDS.contains(&key);
        if is_password && is_said("password") {
            continue;
        }
        let path: Vec<&str> = [table, key].into_iter().filter(|part| !part.is_empty()).collect();
        let over = said.iter().find(|said| said.key == path.join(".")).map(|said| (said.value.clone(), said.by.into()));
        let layers = if is_password { naming(&layers, &PASSWORDS) } else { &layers[..] };
        let Some((value, origin)) = over.or_else(|| layers.iter().find_map(|layer| layer.value(&path))) else {
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

/// The layers from the first one that sets one of `keys`.
fn naming<'a, 'b>(layers: &'b [Layer<'a>], keys: &[&str]) -> &'b [Layer<'a>] {
    match layers.iter().position(|layer| keys.iter().any(|key| layer.table.contains_key(*key))) {
        Some(at) => &layers[at..=at],
        None => &[],
    }
}

impl Layer<'_> {
    /// The value, and its origin.
    fn value(&self, path: &[&str]) -> Option<(String, String)> {
        let (last, tables) = path.split_last()?;
        let mut table = self.table;
        for name in tables {
            table = table.get(*name)?.get_ref().as_table()?;
        }
        let value = table.get(*last)?;
        let text = self.text[value.span()].to_owned();
        let line = self.text[..value.span().start].bytes().filter(|&byte| byte == b'\n').count() + 1;
        let origin = if self.has_lines { format!("{}:{line}", self.name) } else { self.name.clone() };
        Some((text, origin))
    }
}
