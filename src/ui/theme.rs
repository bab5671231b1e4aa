//! Themes: a style for each role, such as text, borders or warnings.
//!
//! Views use roles, never colours. A theme file replaces styles of the built-in theme, so every theme has a style for
//! every role.

mod parser;

use std::collections::BTreeMap;

use ratatui::style::{Color, Style};
use serde::Deserialize;
use thiserror::Error;

use crate::domain::{UserId, did_you_mean, fnv_1a_32, suggestion};

/// The built-in themes, as a theme file.
const BUILTIN: &str = include_str!("../../assets/theme.toml");

/// A variant of a theme: a table of a theme file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// Light text on a dark background.
    Dark,
    /// Dark text on a light background.
    Light,
    /// Without colours, as `NO_COLOR` asks for.
    Mono,
    /// Like dark, with strong contrasts only.
    HighContrast,
    /// Like dark, without pairs of colours that differ only in red and green.
    ColourBlind,
}

impl Variant {
    /// The table's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
        }
    }

    /// All of them.
    pub const ALL: [Self; 5] = [Self::Dark, Self::Light, Self::Mono, Self::HighContrast, Self::ColourBlind];

    /// The variant whose styles apply where this one has none.
    const fn base(self) -> Option<Self> {
        match self {
            Self::Dark | Self::Light | Self::Mono => None,
            Self::HighContrast | Self::ColourBlind => Some(Self::Dark),
        }
    }
}

/// Why a theme file cannot be used.
#[derive(Debug, Error)]
pub enum ThemeError {
    /// The file is not TOML, or has tables other than the variants.
    #[error("the theme cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The file has a style for a role that does not exist.
    #[error("[{variant}] {role}: there is no such role{}", did_you_mean(*.suggestion))]
    UnknownRole {
        /// The table.
        variant: &'static str,
        /// The unknown name.
        role: String,
        /// The known role that may have been meant.
        suggestion: Option<&'static str>,
    },
    /// A style has a word that is neither a colour nor a modifier.
    #[error("[{variant}] {role}: {word:?} is no colour and no modifier")]
    UnknownWord {
        /// The table.
        variant: &'static str,
        /// The role.
        role: String,
        /// The unknown word.
        word: String,
    },
}

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal,)*) => {
        /// The kind of an element on the screen. The theme has a style for each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role {
            $($(#[$doc])* $role,)*
        }

        impl Role {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$role,)*];

            /// The name in a theme file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$role => $name,)* }
            }
        }
    };
}

roles! {
    /// Text without another role.
    Text = "text",
    /// Less important text: times, counts, empty panes.
    Dim = "dim",
    /// The border of a pane.
    Frame = "frame",
    /// The border of the pane that has the focus.
    FrameFocused = "frame_focused",
    /// A pane's name.
    Title = "title",
    /// The name of the pane that has the focus.
    TitleFocused = "title_focused",
    /// The program's name in the header.
    Brand = "brand",
    /// The row, tab or message that is selected.
    Selected = "selected",
    /// The background of completions.
    Popup = "popup",
    /// A match of the search.
    Match = "match",
    /// The tab of the active chat.
    TabActive = "tab_active",
    /// Any other tab.
    Tab = "tab",
    /// A user who is online; the connection while it is up.
    Online = "online",
    /// A user who is offline.
    Offline = "offline",
    /// A user whose presence is unknown.
    Unknown = "unknown",
    /// Counts of unread messages.
    Unread = "unread",
    /// Counts and marks of pending requests.
    Waiting = "waiting",
    /// My own name.
    Own = "own",
    /// A group's leader.
    Leader = "leader",
    /// The ticks of a message.
    Tick = "tick",
    /// The ticks of a message that has been read.
    TickRead = "tick_read",
    /// Something that succeeded.
    Success = "success",
    /// A warning.
    Warning = "warning",
    /// Something that failed.
    Error = "error",
    /// Lines between days.
    Separator = "separator",
    /// The line above unread messages.
    SeparatorNew = "separator_new",
    /// Code within a text.
    Code = "code",
    /// *Emphasised* text.
    Emphasis = "emphasis",
    /// A link.
    Link = "link",
    /// My name in messages of others.
    Mention = "mention",
    /// Events between messages.
    Notice = "notice",
    /// The actions of keys.
    Hint = "hint",
    /// Names of keys.
    Key = "key",
    /// The placeholder of an empty field.
    Placeholder = "placeholder",
}

/// A style for each role, and styles for the names of authors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The style of each role, in the order of [`Role::ALL`].
    styles: [Style; Role::ALL.len()],
    senders: Vec<Style>,
}

/// A theme file.
type File = BTreeMap<Variant, Table>;

#[derive(Debug, Deserialize)]
struct Table {
    senders: Option<Vec<String>>,
    #[serde(flatten)]
    roles: BTreeMap<String, String>,
}

fn builtin() -> File {
    toml::from_str(BUILTIN).expect("the built-in file is valid, see the tests")
}

impl Theme {
    /// The built-in theme.
    pub fn builtin(variant: Variant) -> Self {
        Self::from_builtin(&builtin(), variant)
    }

    fn from_builtin(builtin_file: &File, variant: Variant) -> Self {
        let plain = || Self { styles: [Style::new(); Role::ALL.len()], senders: Vec::new() };
        let base = variant.base().map_or_else(plain, |base| Self::from_builtin(builtin_file, base));
        base.overlaid(builtin_file, variant).expect("the built-in file is valid, see the tests")
    }

    /// The built-in theme with the styles that `file` replaces. Checks all tables of `file`, not only that of
    /// `variant`, so that every mistake is reported.
    pub fn from_file(file: &str, variant: Variant) -> Result<Self, ThemeError> {
        let (builtin_file, own) = (builtin(), toml::from_str(file)?);
        for other in Variant::ALL {
            Self::from_builtin(&builtin_file, other).overlaid(&own, other)?;
        }
        Self::from_builtin(&builtin_file, variant).overlaid(&own, variant)
    }

    /// The theme for a terminal with eight colours.
    #[must_use]
    pub fn in_eight_colours(mut self) -> Self {
        for style in self.styles.iter_mut().chain(&mut self.senders) {
            style.fg = style.fg.map(|colour| nearest_of_eight(colour, Color::Reset));
            style.bg = style.bg.map(|colour| nearest_of_eight(colour, Color::Black));
        }
        self
    }

    /// The style of `role`.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// The style of an author's name on the screen of `me`.
    pub fn author(&self, author: &UserId, me: &UserId) -> Style {
        if author == me { self.style(Role::Own) } else { self.sender(author) }
    }

    /// The style of `user`'s name: always the same, and usually different from those of other users.
    fn sender(&self, user: &UserId) -> Style {
        let index = fnv_1a_32(user.as_str().as_bytes()) as usize % self.senders.len().max(1);
        self.senders.get(index).copied().unwrap_or_default()
    }

    /// The theme with the styles that the table `variant` of `file` replaces.
    fn overlaid(mut self, file: &File, variant: Variant) -> Result<Self, ThemeError> {
        let Some(table) = file.get(&variant) else { return Ok(self) };
        for (name, words) in &table.roles {
            let unknown = || ThemeError::UnknownRole {
                variant: variant.name(),
                role: name.clone(),
                suggestion: suggestion(name, Role::ALL.iter().map(|role| role.name())),
            };
            let role = Role::ALL.iter().find(|role| role.name() == name).ok_or_else(unknown)?;
            self.styles[*role as usize] = parse_style(words, name, variant)?;
        }
        if let Some(senders) = &table.senders {
            let styles = senders.iter().map(|words| parse_style(words, "senders", variant));
            self.senders = styles.collect::<Result<_, _>>()?;
        }
        Ok(self)
    }
}

/// The sixteen basic colours of terminals, in the order of their codes. The oldest terminals have only the first eight.
pub const SIXTEEN: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The one of the first eight colours that is nearest to `colour`. `dark` replaces dark grey, which is not among them.
fn nearest_of_eight(colour: Color, dark: Color) -> Color {
    let mixed = |[red, green, blue]: [u8; 3]| {
        let lit = |part: u8| usize::from(part > 0x7f);
        SIXTEEN[lit(red) + 2 * lit(green) + 4 * lit(blue)]
    };
    match colour {
        Color::DarkGray | Color::Indexed(8) => dark,
        Color::Indexed(index @ 0..=15) => SIXTEEN[usize::from(index % 8)],
        // The cube of 6 × 6 × 6 colours. The greys follow it.
        Color::Indexed(index @ 16..=231) => {
            let level = |steps: u8| if steps == 0 { 0 } else { 55 + steps * 40 };
            let in_cube = index - 16;
            mixed([level(in_cube / 36), level(in_cube / 6 % 6), level(in_cube % 6)])
        }
        Color::Indexed(grey) => mixed([8 + (grey - 232) * 10; 3]),
        Color::Rgb(red, green, blue) => mixed([red, green, blue]),
        named => SIXTEEN.iter().position(|known| *known == named).map_or(named, |index| SIXTEEN[index % 8]),
    }
}

fn parse_style(words: &str, role: &str, variant: Variant) -> Result<Style, ThemeError> {
    parser::parse_style(words).map_err(|word| ThemeError::UnknownWord {
        variant: variant.name(),
        role: role.to_owned(),
        word: word.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;

    #[test]
    fn builtin_file_has_a_style_for_every_role() {
        let file: toml::Table = BUILTIN.parse().unwrap();
        for variant in Variant::ALL.into_iter().filter(|variant| variant.base().is_none()) {
            let table = file[variant.name()].as_table().unwrap();
            let missing: Vec<_> = Role::ALL.iter().filter(|role| !table.contains_key(role.name())).collect();
            assert!(missing.is_empty() && table.contains_key("senders"), "[{}] lacks {missing:?}", variant.name());
        }
    }

    #[test]
    fn every_builtin_theme_can_be_parsed() {
        for variant in Variant::ALL {
            assert!(!Theme::builtin(variant).senders.is_empty(), "[{}]", variant.name());
        }
        let [dark, contrast] = [Variant::Dark, Variant::HighContrast].map(Theme::builtin);
        assert_eq!(contrast.style(Role::Selected), dark.style(Role::Selected), "a missing style is that of dark");
        assert_ne!(contrast.style(Role::Dim), dark.style(Role::Dim));
    }

    #[test]
    fn mono_has_no_colour() {
        let theme = Theme::builtin(Variant::Mono);
        for style in theme.styles.iter().chain(&theme.senders) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn builtin_colours_are_the_sixteen_basic_ones() {
        for variant in Variant::ALL.into_iter().filter(|variant| *variant != Variant::ColourBlind) {
            let theme = Theme::builtin(variant);
            for colour in theme.styles.iter().chain(&theme.senders).flat_map(|style| [style.fg, style.bg]) {
                assert!(!matches!(colour, Some(Color::Rgb(..) | Color::Indexed(_))), "{colour:?}");
            }
        }
    }

    #[test]
    fn theme_in_eight_colours_has_no_other_colours() {
        let own = "[dark]\nonline = \"#20f040 on 236\"\nerror = \"208\"";
        let theme = Theme::from_file(own, Variant::Dark).unwrap().in_eight_colours();
        assert_eq!(theme.style(Role::Online), Style::new().fg(Color::Green).bg(Color::Black));
        assert_eq!(theme.style(Role::Error), Style::new().fg(Color::Yellow));
        for variant in Variant::ALL {
            let theme = Theme::builtin(variant).in_eight_colours();
            let styles = theme.styles.iter().chain(&theme.senders);
            for colour in
                styles.flat_map(|style| [style.fg, style.bg]).flatten().filter(|colour| *colour != Color::Reset)
            {
                assert_eq!(nearest_of_eight(colour, Color::White), colour);
            }
        }
    }

    #[test]
    fn high_contrast_has_nothing_dim() {
        let theme = Theme::builtin(Variant::HighContrast);
        for role in Role::ALL {
            let style = theme.style(*role);
            let is_dim = style.fg == Some(Color::DarkGray) || style.add_modifier.contains(Modifier::DIM);
            assert!(!is_dim, "{role:?}");
        }
    }

    #[test]
    fn file_changes_only_the_roles_it_names() {
        let theme = Theme::from_file("[dark]\nonline = \"bold #00ff00 on black\"\n", Variant::Dark).unwrap();
        let expected = Style::new().fg(Color::Rgb(0, 255, 0)).bg(Color::Black).add_modifier(Modifier::BOLD);
        assert_eq!(theme.style(Role::Online), expected);
        assert_eq!(theme.style(Role::Error), Theme::builtin(Variant::Dark).style(Role::Error));
    }

    #[test]
    fn errors_name_the_variant_role_and_word() {
        let message = |file: &str| Theme::from_file(file, Variant::Dark).unwrap_err().to_string();
        assert_eq!(
            message("[light]\nframe_focussed = \"red\""),
            "[light] frame_focussed: there is no such role; did you mean \"frame_focused\"?"
        );
        assert_eq!(message("[dark]\nerror = \"bold rde\""), "[dark] error: \"rde\" is no colour and no modifier");
        assert!(message("[drak]\n").contains("drak"));
    }

    #[test]
    fn senders_have_constant_and_different_styles() {
        let theme = Theme::builtin(Variant::Dark);
        let styles: Vec<_> = ["alice", "bob", "carol", "dave", "eve", "mallory"]
            .map(|id| theme.sender(&UserId::new(id).unwrap()))
            .into_iter()
            .collect();
        assert_eq!(styles[0], theme.sender(&UserId::new("alice").unwrap()));
        assert!(styles.iter().any(|style| *style != styles[0]));
    }
}
