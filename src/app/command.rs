//! The commands of the composer, one table row each. A line that begins with `/` but is not a command is an error. It
//! is never sent as a message.

mod aliases;
mod arguments;
mod foreign;
mod lookup;
mod missing;
mod row;
mod table;
mod vim;

use std::borrow::Cow;

use self::{
    aliases::expanded,
    lookup::{builtin, missing_two_words, unknown_command},
    row::split_first_word,
};
pub use self::{
    foreign::{foreign_command, is_vim_keys},
    missing::MISSING,
    row::CommandRow,
    table::COMMANDS,
    vim::{OfVim, VIM_COMMANDS, closes, of_vim},
};
use super::{
    event::{Event, ModelRef},
    rejection::Rejection,
    setting::Aliases,
};

/// A line in the composer.
#[derive(Debug, Clone)]
pub enum Line<'a> {
    /// A message to send.
    Message(&'a str),
    /// A command, and the text after its name.
    Command(&'static CommandRow, Cow<'a, str>),
}

/// Parses a line of the composer. A line that starts with `//` is a message that starts with `/`.
pub fn read<'a>(line: &'a str, aliases: &Aliases) -> Result<Line<'a>, Rejection> {
    match line.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => Ok(Line::Message(rest)),
        Some(rest) => command(rest, aliases).map(|(command, arguments)| Line::Command(command, arguments)),
        None => Ok(Line::Message(line)),
    }
}

/// The command that a line without its slash names, and the text after the name. An alias is expanded once, so aliases
/// cannot form a loop.
fn command<'a>(line: &'a str, aliases: &Aliases) -> Result<(&'static CommandRow, Cow<'a, str>), Rejection> {
    if line.trim_end().eq_ignore_ascii_case("q") {
        return Err(Rejection::NobodyForQ);
    }
    if let Some(missing) = missing_two_words(line) {
        return Err(missing);
    }
    if let Some((command, arguments)) = builtin(COMMANDS, line) {
        return Ok((command, Cow::Borrowed(arguments)));
    }
    let (first, rest) = split_first_word(line);
    if let Some(text) = aliases.get(first).map(String::as_str).or_else(|| step(first)) {
        let expanded = expanded(text, rest);
        let (command, arguments) =
            builtin(COMMANDS, &expanded).ok_or_else(|| unknown_command(COMMANDS, &expanded, &Aliases::new()))?;
        return Ok((command, Cow::Owned(arguments.to_owned())));
    }
    Err(unknown_command(COMMANDS, line, aliases))
}

/// The command of a line as the user typed it, such as `/wc`. `arguments` are those that [`read`] found.
pub fn typed_name<'a>(line: &'a str, arguments: &str) -> &'a str {
    // The line of an alias may end with other words. An alias is one word.
    line.strip_suffix(arguments).map_or_else(|| split_first_word(line).0, str::trim_end)
}

/// The command that goes to the next or previous chat, for the words that vim has for that.
fn step(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "bn" | "bnext" | "tabn" | "tabnext" => Some("go next"),
        "bp" | "bprev" | "bprevious" | "tabp" | "tabprev" | "tabprevious" => Some("go prev"),
        _ => None,
    }
}

/// Runs a command. `arguments` is the text after its name.
pub fn run(command: &CommandRow, arguments: &str, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    command.run(COMMANDS, arguments, model)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{lookup::named, *};
    use crate::{app::Language, domain::is_destructive};

    fn read_as(line: &str) -> Option<(&'static str, &str)> {
        match read(line, &Aliases::new()) {
            Ok(Line::Command(command, Cow::Borrowed(arguments))) => Some((command.name, arguments)),
            Ok(Line::Message(text)) => Some(("", text)),
            _ => None,
        }
    }

    fn error_text(line: &str) -> String {
        Language::english().translate(read(line, &Aliases::new()).unwrap_err())
    }

    #[test]
    fn read_tells_commands_from_messages() {
        let cases = [
            ("/msg bob  hi there", ("msg", "bob  hi there")),
            ("/accept", ("accept", "")),
            ("/inbox clear", ("inbox clear", "")),
            ("/inbox  clear all", ("inbox clear", "all")),
            ("/group new #devs", ("group new", "#devs")),
            ("/group kick devs bob", ("group kick", "devs bob")),
            ("/inbox", ("inbox", "")),
            ("/invite accept bob", ("accept", "bob")),
            ("/invite bob", ("group invite", "bob")),
            ("/talks bob", ("chats", "bob")),
            ("/quit", ("quit", "")),
            ("//etc/hosts", ("", "/etc/hosts")),
            ("a /b", ("", "a /b")),
        ];
        for (line, expected) in cases {
            assert_eq!(read_as(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn read_rejects_unknown_commands() {
        for line in ["/", "/qiut", "/xyz", "/group", "/group nwe x"] {
            assert!(read(line, &Aliases::new()).is_err(), "{line}");
        }
        assert_eq!(
            error_text("/jion x"),
            "Unknown command /jion; did you mean /join? (// starts a message with a slash)"
        );
        assert_eq!(
            error_text("/group nwe x"),
            "Unknown command /group nwe; did you mean /group new? (// starts a message with a slash)"
        );
        assert_eq!(
            error_text("/qiut"),
            "Unknown command /qiut (// starts a message with a slash)",
            "papo must not suggest a command that ends something"
        );
        assert_eq!(
            error_text("/quer x"),
            "Unknown command /quer; did you mean /chat? (// starts a message with a slash)"
        );
    }

    #[test]
    fn each_word_has_one_meaning() {
        let mut known = BTreeSet::new();
        let commands = COMMANDS.iter().flat_map(CommandRow::names);
        for word in commands.chain(MISSING.iter().flat_map(|missing| missing.words).copied()) {
            assert!(known.insert(word), "{word}");
        }
    }

    #[test]
    fn nearest_command_exists_and_is_harmless() {
        for missing in MISSING {
            let Some(nearest) = missing.nearest else { continue };
            let command = named(COMMANDS, nearest).unwrap_or_else(|| panic!("there is no command {nearest}"));
            assert!(!is_destructive(command.name), "{nearest}");
        }
    }

    fn aliases(pairs: &[(&str, &str)]) -> Aliases {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn alias_stands_for_a_command_and_keeps_the_rest_of_the_line() {
        let aliases =
            aliases(&[("hi", "/msg bob hi"), ("wb", "msg"), ("loop", "loop"), ("quit", "help"), ("say2", "hi")]);
        let expand = |line: &str| match read(line, &aliases) {
            Ok(Line::Command(command, arguments)) => Some((command.name, arguments.into_owned())),
            _ => None,
        };
        assert_eq!(expand("/hi there"), Some(("msg", "bob hi there".to_owned())));
        assert_eq!(expand("/wb carol welcome back"), Some(("msg", "carol welcome back".to_owned())));
        assert_eq!(expand("/quit"), Some(("quit", String::new())), "an alias must not hide a command");
        assert_eq!(expand("/loop"), None);
        assert_eq!(expand("/say2"), None, "an alias is expanded once");
    }
}
