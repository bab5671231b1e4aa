//! What the manual says beside the command line: exit codes, environment and files in papo(1), and papo(5).

use super::page::Page;
use crate::{
    app::{COMMANDS, Context, Keymap, Language, VIM_COMMANDS},
    cli::exit::EXIT_CODES,
    config,
    domain::KeymapName,
};

const KEYMAP: &str = include_str!("../../../assets/keymap.toml");
const VIM: &str = include_str!("../../../assets/keymap.vim.toml");
const THEME: &str = include_str!("../../../assets/theme.toml");

/// The environment variables that papo reads, besides those of the locale and the time zone.
const ENVIRONMENT: [(&str, &str); 17] = [
    ("PAPO_ID", "Your ID, if the command line has none."),
    ("PAPO_PROFILE", "The profile, as --profile."),
    ("PAPO_CONFIG", "The configuration file, as --config."),
    ("PAPO_BROKER", "The broker, as --broker."),
    ("PAPO_CA_FILE", "The CA to trust, as --ca-file."),
    ("PAPO_USER", "The login at the broker."),
    ("PAPO_PASSWORD", "The password at the broker."),
    ("PAPO_LINEAR", "1 for line mode, as --linear."),
    ("PAPO_LOG", "What papo logs: off, error, warn, info, debug or trace, also by module, such as papo::mqtt=debug."),
    ("XDG_CONFIG_HOME", "The folder above papo's configuration folder, by default ~/.config."),
    ("XDG_DATA_HOME", "The folder above papo's histories, by default ~/.local/share."),
    ("XDG_STATE_HOME", "The folder above papo's log, by default ~/.local/state."),
    ("VISUAL", "The editor for messages."),
    ("EDITOR", "The editor for messages, if VISUAL is not set."),
    ("BROWSER", "The program that opens links."),
    ("NO_COLOR", "If set, papo uses no colours."),
    ("TERM", "The terminal. If it is dumb or not set, papo uses line mode."),
];

/// papo's files on Linux.
const FILES: [(&str, &str); 8] = [
    ("~/.config/papo/config.toml", "The configuration, see papo(5)."),
    ("~/.config/papo/keymap.toml", "Your keys, see papo(5)."),
    ("~/.config/papo/theme.toml", "Your colours, see papo(5)."),
    ("~/.config/papo/languages/TAG.ftl", "Your texts for the language TAG."),
    ("~/.local/share/papo/PROFILE/", "The history of a profile, readable only by you."),
    ("~/.local/share/papo/PROFILE/papo.sock", "The socket over which commands ask the running papo."),
    (
        "~/.local/share/papo/embedded_broker/",
        "What papo's own broker keeps: its users, certificates and messages, readable only by you.",
    ),
    (
        "~/.local/state/papo/papo.log",
        "The log; broker.log is that of papo broker. It contains no messages. At 4 MB it becomes papo.log.old.",
    ),
];

/// The sections of papo(1) after those of the command line.
pub(super) fn end_of_general() -> Page {
    let mut page = Page::default();
    page.section("EXIT STATUS");
    for (code, meaning) in EXIT_CODES {
        page.term(&code.to_string(), "", meaning);
    }
    page.section("ENVIRONMENT");
    for (name, meaning) in ENVIRONMENT {
        page.term(name, "", meaning);
    }
    page.section("FILES");
    for (path, meaning) in FILES {
        page.term(path, "", meaning);
    }
    page.section("SEE ALSO");
    page.paragraph("papo(5) for the configuration, the keys and the commands; papo man COMMAND for each subcommand.");
    page
}

/// papo(5): the configuration, the keys, the theme and the commands.
pub(super) fn formats() -> Page {
    let mut page = Page::default();
    page.section("NAME");
    page.paragraph("papo - configuration, keys, colours and commands of the messenger papo(1)");
    page.section("DESCRIPTION");
    page.paragraph(
        "papo reads three files in its configuration folder, on Linux ~/.config/papo: config.toml, keymap.toml and \
         theme.toml. None of them is required. They are in TOML. papo reports a mistake with its line.",
    );
    page.section("CONFIG.TOML");
    page.toml(config::DEFAULT);
    page.section("KEYMAP.TOML");
    page.toml(first_comment(KEYMAP));
    keys(&mut page, &Keymap::default(), &Keymap::builtin());
    page.section("KEYS OF VIM");
    page.toml(first_comment(VIM));
    keys(&mut page, &Keymap::builtin(), &Keymap::named(KeymapName::Vim));
    page.subsection("after : in normal mode");
    for command in VIM_COMMANDS {
        let words: Vec<String> = command.words.iter().map(|word| format!(":{word}")).collect();
        page.term(&words.join(" "), "", &Language::english().translate(command.description));
    }
    page.section("THEME.TOML");
    page.toml(THEME);
    page.section("COMMANDS");
    page.paragraph("Type a command in the composer. A line that begins with // is a message that begins with a slash.");
    for command in COMMANDS {
        let description = Language::english().translate(command.description);
        page.term(&command.usage(), &command.typed_aliases().join(" "), &description);
    }
    page.section("SEE ALSO");
    page.paragraph("papo(1)");
    page
}

/// The comment at the start of a keymap file. The entries follow from the bindings.
fn first_comment(file: &str) -> &str {
    file.split_once("\n\n").map_or(file, |(comment, _)| comment)
}

/// The bindings of each context that `base` does not have: the keys, the name of the action, and what it does.
fn keys(page: &mut Page, base: &Keymap, keymap: &Keymap) {
    let language = Language::english();
    for context in Context::ALL {
        let known = base.bindings(context);
        let mut rows = Vec::new();
        for (action, mut keys) in keymap.bindings(context) {
            keys.retain(|key| !known.iter().any(|(other, keys)| *other == action && keys.contains(key)));
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            if !keys.is_empty() {
                rows.push((keys.join(", "), action));
            }
        }
        if !rows.is_empty() {
            page.subsection(context.name());
        }
        for (keys, action) in rows {
            page.term(&keys, action.name(), &language.translate(action.text()));
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::{app::Action, cli::Cli};

    #[test]
    fn every_variable_of_the_command_line_is_in_the_manual() {
        let command = Cli::command();
        let variables = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str().map(str::to_owned));
        for variable in variables {
            assert!(ENVIRONMENT.iter().any(|(name, _)| *name == variable), "{variable}");
        }
    }

    #[test]
    fn formats_name_every_bound_action_and_every_command() {
        let (text, keymap) = (formats().text(), Keymap::builtin());
        let is_bound = |action: &&Action| {
            Context::ALL.iter().any(|context| keymap.bindings(*context).iter().any(|(bound, _)| bound == *action))
        };
        for action in Action::ALL.iter().filter(is_bound) {
            assert!(text.contains(action.name()), "{action:?}");
        }
        for command in COMMANDS {
            assert!(text.contains(&command.usage()), "{}", command.name);
        }
        let vim = text.split_once("KEYS OF VIM").and_then(|(_, rest)| rest.split_once("THEME.TOML")).unwrap().0;
        for part in ["change_line", "S, C, cc", ":q :q!", ":noh", ":2", "i, a, A, o, I, O, s"] {
            assert!(vim.contains(part), "{part}: {vim}");
        }
        assert!(!vim.contains("next_pane"), "only what differs");
        for key in ["session_expiry_days = 30", "brand = \"bold lightcyan\"", "password_keyring = true"] {
            assert!(text.contains(key), "{key}");
        }
    }
}
