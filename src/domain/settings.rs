//! The settings of the screen: the tables `[ui]` and `[notify]` of the configuration file.
//!
//! A field has the name of its key in the file.

use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{InboxOrder, NotifyLevel};

/// The widths that the lists may have, in columns: narrower ones would show nothing, wider ones would leave no room for
/// chats.
pub const LIST_WIDTHS: RangeInclusive<u16> = 16..=60;

/// The table `[ui]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UiSettings {
    /// The colours.
    pub theme: ThemeName,
    /// The keys that the user's own ones are added to.
    pub keymap: KeymapName,
    /// The language of the interface, as a BCP 47 tag; `None` for the language of the locale.
    #[serde(deserialize_with = "language")]
    pub language: Option<String>,
    /// Whether papo reacts to the mouse.
    pub mouse: bool,
    /// How long papo waits for the rest of a key sequence after an ESC byte, in milliseconds (1 to 1000); `None` to
    /// decide at run time.
    #[serde(deserialize_with = "escape_wait")]
    pub escape_wait_ms: Option<u16>,
    /// Whether to print lines instead of drawing panes.
    pub linear: bool,
    /// The sort order of the inbox.
    pub inbox: InboxOrder,
    /// Whether to show others that the user is typing.
    pub typing: bool,
    /// The side of the chats that the lists are on.
    pub side: ListSide,
    /// The width of the lists, in columns (16 to 60).
    #[serde(deserialize_with = "width")]
    pub width: u16,
    /// The lists that are hidden unless they have the focus.
    pub hide: Vec<ListName>,
}

impl Default for UiSettings {
    fn default() -> Self {
        Self {
            theme: ThemeName::Dark,
            keymap: KeymapName::Default,
            language: None,
            mouse: true,
            escape_wait_ms: None,
            linear: false,
            inbox: InboxOrder::default(),
            typing: true,
            side: ListSide::Left,
            width: 28,
            hide: Vec::new(),
        }
    }
}

/// The table `[notify]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifySettings {
    /// How to notify a user whose focus is elsewhere.
    pub by: NotifyBy,
    /// Which messages of sessions notify the user.
    pub talks: NotifyLevel,
    /// Which messages of groups notify the user.
    pub groups: NotifyLevel,
    /// Whether a notification quotes the message.
    pub content: bool,
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self { by: NotifyBy::Bell, talks: NotifyLevel::All, groups: NotifyLevel::Mentions, content: true }
    }
}

/// A builtin theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// For a dark background, with strong contrasts only.
    HighContrast,
    /// For a dark background, with colours that do not depend on telling red from green.
    ColourBlind,
}

impl ThemeName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::HighContrast, Self::ColourBlind];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
        }
    }
}

/// A builtin keymap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeymapName {
    /// The keys of readline in the composer, and those of a pager in lists.
    Default,
    /// The same, and Esc leaves the composer for keys in the manner of vim.
    Vim,
}

/// Where the lists are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ListSide {
    Left,
    Right,
}

/// One of the lists beside the chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ListName {
    Users,
    Groups,
    Inbox,
}

impl ListName {
    /// All of them, from the top.
    pub const ALL: [Self; 3] = [Self::Users, Self::Groups, Self::Inbox];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Inbox => "inbox",
        }
    }
}

/// How to notify a user whose focus is elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotifyBy {
    /// The bell (BEL).
    Bell,
    /// A desktop notification by the terminal (OSC 9, from iTerm2).
    Osc9,
    /// A desktop notification with a title (OSC 777, from rxvt-unicode).
    Osc777,
    /// Not at all.
    #[serde(rename = "none")]
    Nothing,
}

/// Checks the form of a BCP 47 tag, because it becomes part of a file name.
fn language<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let tag = String::deserialize(value)?;
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !tag.split('-').all(is_subtag) {
        return Err(D::Error::custom("language must be \"auto\", or a tag such as \"en\" or \"pt-BR\""));
    }
    Ok((tag != "auto").then_some(tag))
}

fn width<'de, D: Deserializer<'de>>(value: D) -> Result<u16, D::Error> {
    within(value, "width", LIST_WIDTHS)
}

/// Checks the wait: the escape key has no effect until it is over, so the upper bound keeps the key responsive.
fn escape_wait<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u16>, D::Error> {
    within(value, "escape_wait_ms", 1..=1000).map(Some)
}

fn within<'de, D: Deserializer<'de>>(value: D, key: &str, range: RangeInclusive<u16>) -> Result<u16, D::Error> {
    let value = u16::deserialize(value)?;
    let error = || D::Error::custom(format!("{key} must be between {} and {}", range.start(), range.end()));
    range.contains(&value).then_some(value).ok_or_else(error)
}
