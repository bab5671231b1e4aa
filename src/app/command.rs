//! The commands of the composer, one table row each. A line that begins with `/` but is not a command is an error. It
//! is never sent as a message.

mod arguments;
mod row;
mod table;

use std::collections::BTreeSet;

use self::row::split_first_word;
pub use self::{row::CommandRow, table::COMMANDS};
use super::rejection::Rejection;
use crate::domain::suggestion;

/// A line in the composer.
#[derive(Debug, Clone)]
pub enum Line<'a> {
    /// A message to send.
    Message(&'a str),
    /// A command, and the text after its name.
    Command(&'static CommandRow, &'a str),
}

/// Parses a line of the composer. A line that starts with `//` is a message that starts with `/`.
pub fn read(line: &str) -> Result<Line<'_>, Rejection> {
    match line.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => Ok(Line::Message(rest)),
        Some(rest) => command(rest).map(|(command, arguments)| Line::Command(command, arguments)),
        None => Ok(Line::Message(line)),
    }
}

fn command(line: &str) -> Result<(&'static CommandRow, &str), Rejection> {
    let (first, rest) = split_first_word(line);
    if let Some(command) = COMMANDS.iter().find(|command| command.has_name(first)) {
        return Ok((command, rest));
    }
    let (second, arguments) = split_first_word(rest.trim_start());
    let name = format!("{first} {second}");
    if let Some(command) = COMMANDS.iter().find(|command| command.has_name(&name)) {
        return Ok((command, arguments));
    }
    // The second words of all commands with this first word, such as `new` and `kick` for `group`.
    let second_words: Vec<&str> = names().filter_map(|name| name.strip_prefix(first)?.strip_prefix(' ')).collect();
    match second_words[..] {
        [] => Err(unknown("/", first, names().filter_map(|name| name.split(' ').next()))),
        [_, _, ..] if !second.is_empty() => Err(unknown(&format!("/{first} "), second, second_words.iter().copied())),
        [only] => Err(Rejection::Usage(format!("/{first} {only}"))),
        _ => Err(Rejection::Usage(format!("/{first} {} …", second_words.join("|")))),
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name).filter(|name| *name != "/")
}

fn unknown<'a>(before: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Rejection {
    // Several commands share their first word.
    let known: BTreeSet<&str> = known.into_iter().collect();
    let suggestion = suggestion(name, known).map(str::to_owned);
    Rejection::UnknownCommand { before: before.to_owned(), name: name.to_owned(), suggestion }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Language;

    fn read_as(line: &str) -> Option<(&'static str, &str)> {
        match read(line) {
            Ok(Line::Command(command, arguments)) => Some((command.name, arguments)),
            Ok(Line::Message(text)) => Some(("", text)),
            Err(_) => None,
        }
    }

    fn error_text(line: &str) -> String {
        Language::english().translate(read(line).unwrap_err())
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
        for line in ["/", "/qiut", "/inbox", "/inbox all", "/group", "/group nwe x", "/groups"] {
            assert!(read(line).is_err(), "{line}");
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
        assert_eq!(error_text("/inbox all"), "Usage: /inbox clear");
    }

    #[test]
    fn command_names_and_aliases_are_unique() {
        let names = COMMANDS.iter().flat_map(|command| command.aliases.iter().copied().chain([command.name]));
        let names: Vec<&str> = names.collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
