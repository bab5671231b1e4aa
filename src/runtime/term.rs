//! The class of the terminal, by the variable `TERM`. It decides which escape sequences papo may send.

use std::env;

/// A class of terminals, by the escape sequences that they understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term {
    /// Understands no escape sequences.
    Dumb,
    /// Understands basic sequences, but prints those that it does not understand. Some have eight colours.
    Old { has_colours: bool },
    /// The Linux console. It prints the arguments of some newer sequences.
    Console,
    /// Ignores sequences that it does not understand.
    Modern,
}

/// The class of this terminal, by `TERM`.
pub(super) fn term() -> Term {
    Term::from_name(&env::var("TERM").unwrap_or_default())
}

impl Term {
    fn from_name(name: &str) -> Self {
        let is_numbered =
            |prefix| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let is = |family: &str| name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        if is("dumb") || is("vt52") || matches!(name, "" | "unknown" | "network") {
            Self::Dumb
        } else if is_numbered("vt")
            || matches!(name, "ansi-m" | "ansi-mono" | "ansi-mini" | "ansi-mtabs" | "xterm-mono")
        {
            Self::Old { has_colours: false }
        } else if is("ansi") || is("pcansi") || is_numbered("cons") {
            Self::Old { has_colours: true }
        } else if is("linux") {
            Self::Console
        } else {
            Self::Modern
        }
    }

    /// Whether the terminal ignores sequences that it does not understand. Then papo may send links and keyboard
    /// protocols.
    pub(super) fn ignores_unknown(self) -> bool {
        self == Self::Modern
    }

    /// Whether the terminal is too old for a mouse, a window title and a clipboard.
    pub(super) fn is_old(self) -> bool {
        matches!(self, Self::Dumb | Self::Old { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_classified_by_name() {
        for (kind, names) in [
            (Term::Dumb, &["", "dumb", "dumb-emacs-ansi", "unknown", "vt52"][..]),
            (Term::Old { has_colours: false }, &["vt100", "vt220-8bit", "vt420", "ansi-m", "xterm-mono"]),
            (Term::Old { has_colours: true }, &["ansi", "pcansi", "cons25"]),
            (Term::Console, &["linux", "linux-16color"]),
            (
                Term::Modern,
                &["xterm", "xterm-256color", "xterm-kitty", "foot", "tmux-256color", "screen", "alacritty", "vte"],
            ),
        ] {
            for name in names {
                assert_eq!(Term::from_name(name), kind, "{name:?}");
            }
        }
    }
}
