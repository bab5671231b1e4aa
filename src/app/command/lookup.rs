//! Finds commands by their names.

use std::collections::BTreeSet;

use super::{
    missing,
    row::{CommandRow, split_first_word},
};
use crate::{
    app::{rejection::Rejection, setting::Aliases},
    domain::{is_destructive, suggestion},
};

/// The built-in command at the start of a line, and the text after its name. A name of two words, such as
/// `inbox clear`, precedes one of its first word alone.
pub fn builtin<'a>(table: &'static [CommandRow], line: &'a str) -> Option<(&'static CommandRow, &'a str)> {
    let find = |name: &str| table.iter().find(|command| command.has_name(name));
    let (first, rest) = split_first_word(line);
    let (second, arguments) = split_first_word(rest.trim_start());
    let two_words = find(&format!("{first} {second}").to_lowercase()).map(|command| (command, arguments));
    two_words.or_else(|| Some((find(&first.to_lowercase())?, rest)))
}

/// Why the first two words of a line are no command, if they are one of another program, such as `window zoom`.
pub fn missing_two_words(line: &str) -> Option<Rejection> {
    let (first, rest) = split_first_word(line);
    let (second, _) = split_first_word(rest.trim_start());
    let first = match first.to_lowercase().as_str() {
        "win" | "window" => "window",
        "b" | "buffer" => "buffer",
        "group" => "group",
        _ => return None,
    };
    let missing = missing::find(&format!("{first} {}", second.to_lowercase()))?;
    Some(missing.rejection(format!("{first} {second}")))
}

/// The command with this name, in lower or upper case, with or without a slash.
pub fn named(table: &'static [CommandRow], word: &str) -> Option<&'static CommandRow> {
    let word = word.trim_start_matches('/').to_lowercase();
    table.iter().find(|command| command.has_name(&word))
}

/// Why a line without its slash is no command.
pub fn unknown_command(table: &'static [CommandRow], line: &str, aliases: &Aliases) -> Rejection {
    let (first, rest) = split_first_word(line);
    let (second, _) = split_first_word(rest.trim_start());
    // The second words of all commands with this first word, such as `new` and `kick` for `group`.
    let second_words: Vec<&str> =
        table.iter().filter_map(|row| row.name.strip_prefix(first)?.strip_prefix(' ')).collect();
    if let [_, _, ..] = second_words[..] {
        return if second.is_empty() {
            Rejection::Usage(format!("/{first} {} …", second_words.join("|")))
        } else {
            unknown(&format!("/{first} "), second, second_words)
        };
    }
    if let Some(missing) = missing::find(&first.to_lowercase()) {
        return missing.rejection(first.to_owned());
    }
    let harmless = table.iter().filter(|command| command.name != "/" && !is_destructive(command.name));
    let names = harmless.clone().flat_map(CommandRow::names).filter_map(|name| name.split(' ').next());
    // Any letter is similar to a name of one letter.
    let names = names.filter(|name| name.chars().count() > 1);
    let names: BTreeSet<&str> = names.chain(aliases.keys().map(String::as_str)).collect();
    // If all names that start with the word are names of one command, that command is meant.
    let meant: BTreeSet<&str> = harmless
        .clone()
        .filter(|row| !first.is_empty() && row.names().any(|name| name.starts_with(first)))
        .map(|row| row.name)
        .collect();
    match meant.first() {
        Some(only) if meant.len() == 1 => Rejection::UnknownCommand {
            before: "/".to_owned(),
            name: first.to_owned(),
            suggestion: Some((*only).to_owned()),
        },
        _ => unknown("/", first, names),
    }
}

fn unknown<'a>(before: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Rejection {
    let suggestion = suggestion(name, known).map(str::to_owned);
    Rejection::UnknownCommand { before: before.to_owned(), name: name.to_owned(), suggestion }
}
