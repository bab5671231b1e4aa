//! The user's own names for commands.

use super::{
    arguments::AboutCommands,
    lookup::{builtin, unknown_command},
    row::{CommandRow, split_first_word},
};
use crate::app::{
    effect::Effect,
    event::{Event, ModelRef, OpenOverlay, info},
    language::localized,
    rejection::Rejection,
    setting::{Aliases, quoted},
    state::LineModeList,
};

/// The line, without its slash, that an alias with this text stands for. `rest` is the text after the alias.
pub fn expanded(text: &str, rest: &str) -> String {
    format!("{} {rest}", text.trim().trim_start_matches('/')).trim_end().to_owned()
}

/// Checks a new alias: its name must not be that of a command or its first word, and its text must begin with one.
fn check(table: &'static [CommandRow], name: &str, text: &str) -> Result<(), Rejection> {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let is_first_word = || table.iter().flat_map(CommandRow::names).any(|known| known.split(' ').next() == Some(name));
    if !is_word || builtin(table, name).is_some() || is_first_word() {
        return Err(Rejection::AliasHidesCommand(name.to_owned()));
    }
    let line = expanded(text, "");
    builtin(table, &line).map(|_| ()).ok_or_else(|| unknown_command(table, &line, &Aliases::new()))
}

/// `/alias`: lists the aliases, shows one, or makes one.
pub fn alias(words: AboutCommands, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let (name, text) = split_first_word(&words.text);
    let (mut name, mut text) = (name.trim_start_matches('/'), text.trim());
    match (name, text.contains(' ')) {
        // As in WeeChat: `/alias add NAME COMMAND`, `/alias del NAME`, `/alias list`.
        ("add", true) => {
            let (first, rest) = split_first_word(text);
            (name, text) = (first.trim_start_matches('/'), rest.trim());
        }
        ("del", false) if !text.is_empty() => return unalias(text.to_owned(), model),
        ("list", _) if text.is_empty() && !model.aliases.contains_key(name) => name = "",
        _ => {}
    }
    if name.is_empty() {
        if model.aliases.is_empty() {
            return Ok(vec![info("alias-none")]);
        }
        let words = model.language.translate("help-aliases");
        return Ok(vec![model.open(OpenOverlay::Help(words.clone()), LineModeList::Help(words))]);
    }
    if text.is_empty() {
        let text = model.aliases.get(name).ok_or_else(|| Rejection::NoAlias(name.to_owned()))?;
        return Ok(vec![info(localized!("alias-is", name, text))]);
    }
    check(words.table, name, text)?;
    let text = format!("/{}", text.trim_start_matches('/'));
    let done = localized!("alias-done", name, text);
    Ok(vec![Event::Effect(Effect::Set { key: alias_key(name), value: Some(quoted(&text)), done })])
}

/// `/unalias`: removes an alias.
pub fn unalias(name: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let name = name.trim_start_matches('/').to_owned();
    if !model.aliases.contains_key(&name) {
        return Err(Rejection::NoAlias(name));
    }
    let done = localized!("alias-removed", name);
    Ok(vec![Event::Effect(Effect::Set { key: alias_key(&name), value: None, done })])
}

/// The key of an alias in the configuration file. The name may contain dots.
fn alias_key(name: &str) -> String {
    format!("aliases.{name}")
}

#[cfg(test)]
mod tests {
    use super::{super::table::COMMANDS, *};

    #[test]
    fn alias_may_not_hide_a_command_and_needs_one() {
        assert_eq!(check(COMMANDS, "hi", "/msg bob hi"), Ok(()));
        assert_eq!(check(COMMANDS, "q", "/quit"), Err(Rejection::AliasHidesCommand("q".to_owned())));
        assert_eq!(check(COMMANDS, "group", "/msg bob"), Err(Rejection::AliasHidesCommand("group".to_owned())));
        assert!(matches!(check(COMMANDS, "hi", "hello"), Err(Rejection::UnknownCommand { .. })));
        assert!(matches!(check(COMMANDS, "act", "/me waves"), Err(Rejection::Missing { .. })));
    }
}
