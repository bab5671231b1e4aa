//! The theme, keymap and language from the user's files, and the system's time zone.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use color_eyre::eyre::{Result, WrapErr};
use jiff::tz::TimeZone;

use super::{
    clock,
    selection::environment,
    term::{Term, term},
};
use crate::{
    app::{Keymap, Language, environment_language},
    config::{Paths, Settings},
    domain::{KeymapName, ThemeName},
    owner_only,
    ui::theme::{Theme, Variant},
};

const KEYMAP: &str = "keymap.toml";
const THEME: &str = "theme.toml";
const LANGUAGES: &str = "languages";

/// The theme, keymap, language and time zone in effect.
pub(super) struct Appearance {
    pub(super) theme: Theme,
    pub(super) keymap: Keymap,
    pub(super) language: Language,
    /// The time zone of the times on the screen.
    pub(super) zone: TimeZone,
}

impl Appearance {
    /// Reads the files. Fails with the first file that is invalid or unreadable.
    pub(super) fn read(paths: &Paths, settings: &Settings) -> Result<Self> {
        let folder = &paths.config;
        Ok(Self {
            theme: theme(folder, settings.ui.theme)?,
            keymap: keymap(folder, settings.ui.keymap)?,
            language: language(folder, settings.ui.language.clone())?,
            zone: clock::zone(),
        })
    }
}

/// The files in `folder` that [`Appearance::read`] may read. Some of them may not exist.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let languages = fs::read_dir(folder.join(LANGUAGES)).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = languages.map(|file| file.path()).collect();
    files.sort();
    files.extend([folder.join(KEYMAP), folder.join(THEME)]);
    files
}

/// The theme with the name `theme`, with the changes of the user's file.
pub(super) fn theme(folder: &Path, theme: ThemeName) -> Result<Theme> {
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let variant = match theme {
        _ if no_color || term() == (Term::Old { has_colours: false }) => Variant::Mono,
        ThemeName::Dark => Variant::Dark,
        ThemeName::Light => Variant::Light,
        ThemeName::HighContrast => Variant::HighContrast,
        ThemeName::ColourBlind => Variant::ColourBlind,
    };
    let path = folder.join(THEME);
    let theme = match read_if_present(&path)? {
        Some(file) => Theme::from_file(&file, variant).wrap_err_with(|| path.display().to_string())?,
        None => Theme::builtin(variant),
    };
    let has_eight = term() == (Term::Old { has_colours: true });
    Ok(if has_eight { theme.in_eight_colours() } else { theme })
}

fn keymap(folder: &Path, name: KeymapName) -> Result<Keymap> {
    let mut keymap = Keymap::named(name);
    let path = folder.join(KEYMAP);
    if let Some(file) = read_if_present(&path)? {
        keymap.merge(&file).wrap_err_with(|| path.display().to_string())?;
    }
    Ok(keymap)
}

/// The configured language, else the language of the locale. The user's file for the full tag, such as `pt-BR.ftl`,
/// overrides the built-in texts; without one, the file for the primary language, `pt.ftl`, does. A locale name that is
/// not a language tag is never used as a file name.
fn language(folder: &Path, configured: Option<String>) -> Result<Language> {
    let tag = configured.or_else(|| environment_language(environment)).unwrap_or_default();
    let is_tag = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let primary = tag.split('-').next().unwrap_or_default();
    let names = [tag.as_str(), primary].into_iter().filter(|name| is_tag && !name.is_empty());
    for path in names.map(|name| folder.join(LANGUAGES).join(format!("{name}.ftl"))) {
        if let Some(file) = read_if_present(&path)? {
            return Language::with(&tag, Some(&file)).wrap_err_with(|| path.display().to_string());
        }
    }
    Ok(Language::builtin(&tag))
}

fn read_if_present(path: &Path) -> Result<Option<String>> {
    owner_only::read_if_present(path).wrap_err_with(|| path.display().to_string())
}
