//! Parsers for the arguments of commands. The doc of each shows its syntax; surplus words are rejected.

use super::row::{Arguments, CommandRow, split_first_word};
use crate::{
    app::{
        actions::{chats::NotifyChoice, groups::MemberWords},
        rejection::Rejection,
    },
    domain::{ChatId, GroupName, ListName, NotifyLevel, UserId},
};

/// No arguments.
pub fn none(words: &Arguments<'_>) -> Result<(), Rejection> {
    match words.text.split_whitespace().next() {
        None => Ok(()),
        Some(_) => Err(Rejection::TooManyArguments(words.command.usage())),
    }
}

/// `ID`
pub fn user(words: &Arguments<'_>) -> Result<UserId, Rejection> {
    maybe_user(words)?.ok_or_else(|| words.usage())
}

/// `[ID]`
pub fn maybe_user(words: &Arguments<'_>) -> Result<Option<UserId>, Rejection> {
    words.at_most_one()?.map(user_id).transpose()
}

/// `[ID] [GROUP]`; a word that begins with `#` is a group
pub fn maybe_user_and_group(words: &Arguments<'_>) -> Result<(Option<UserId>, Option<GroupName>), Rejection> {
    match words.text.split_whitespace().collect::<Vec<_>>()[..] {
        [] => Ok((None, None)),
        [group] if group.starts_with('#') => Ok((None, Some(group_name(group)?))),
        [id] => Ok((Some(user_id(id)?), None)),
        [id, group] => Ok((Some(user_id(id)?), Some(group_name(group)?))),
        _ => Err(Rejection::TooManyArguments(words.command.usage())),
    }
}

/// `GROUP`
pub fn group(words: &Arguments<'_>) -> Result<GroupName, Rejection> {
    maybe_group(words)?.ok_or_else(|| words.usage())
}

/// `[GROUP]`
pub fn maybe_group(words: &Arguments<'_>) -> Result<Option<GroupName>, Rejection> {
    words.at_most_one()?.map(group_name).transpose()
}

/// `[NAME]`: a user, or a group as `#GROUP`
pub fn maybe_subject(words: &Arguments<'_>) -> Result<Option<ChatId>, Rejection> {
    words.at_most_one()?.map(subject).transpose()
}

/// `[NAME] [TEXT]`
pub fn maybe_subject_and_text(words: &Arguments<'_>) -> Result<Option<(ChatId, String)>, Rejection> {
    let (name, text) = split_first_word(words.text.trim_start());
    if name.is_empty() {
        return Ok(None);
    }
    Ok(Some((subject(name)?, text.trim().to_owned())))
}

fn subject(word: &str) -> Result<ChatId, Rejection> {
    if word.starts_with('#') {
        return Ok(ChatId::Group(group_name(word)?));
    }
    Ok(ChatId::User(user_id(word)?))
}

/// A user's ID, with or without the `@` of a mention.
fn user_id(word: &str) -> Result<UserId, Rejection> {
    Ok(UserId::from_input(word.trim_start_matches('@'))?)
}

/// `[GROUP] ID`; the active chat tells what two names mean
pub fn group_and_user(words: &Arguments<'_>) -> Result<MemberWords, Rejection> {
    let names: Vec<String> = words.text.split_whitespace().map(str::to_owned).collect();
    if names.is_empty() {
        return Err(words.usage());
    }
    let takes_reason = words.command.name == "group kick";
    Ok(MemberWords { names, command: words.command.prefix(), usage: words.command.usage(), takes_reason })
}

fn group_name(word: &str) -> Result<GroupName, Rejection> {
    Ok(GroupName::from_input(word.trim_start_matches('#'))?)
}

/// `NAME TEXT`; the name is that of a user, that of a group, or `*` for the active chat
pub fn name_and_text(words: &Arguments<'_>) -> Result<(Option<ChatId>, String), Rejection> {
    let (name, text) = split_first_word(words.text.trim_start());
    if text.trim().is_empty() {
        return Err(words.usage());
    }
    let to = if name == "*" { None } else { Some(subject(name)?) };
    Ok((to, text.trim_start().to_owned()))
}

/// `TEXT`
pub fn text(words: &Arguments<'_>) -> Result<String, Rejection> {
    let text = maybe_text(words)?;
    if text.is_empty() { Err(words.usage()) } else { Ok(text) }
}

/// `[TEXT]`
#[expect(clippy::unnecessary_wraps, reason = "all of them are called alike")]
pub fn maybe_text(words: &Arguments<'_>) -> Result<String, Rejection> {
    Ok(words.text.trim().to_owned())
}

/// `[KEY] [VALUE]`, or `KEY = VALUE` as in the configuration file
#[expect(clippy::unnecessary_wraps, reason = "all of them are called alike")]
pub fn maybe_key_and_value(words: &Arguments<'_>) -> Result<(String, String), Rejection> {
    let text = words.text.trim();
    let (key, value) = text.split_once(|c: char| c.is_whitespace() || c == '=').unwrap_or((text, ""));
    Ok((key.to_owned(), value.trim().trim_start_matches('=').trim().to_owned()))
}

/// The arguments of a command that is about commands.
#[derive(Debug, Clone)]
pub struct AboutCommands {
    /// All commands.
    pub table: &'static [CommandRow],
    /// The text after the command's name.
    pub text: String,
}

/// Any text, with the table of commands to look it up in
#[expect(clippy::unnecessary_wraps, reason = "all of them are called alike")]
pub fn about_commands(words: &Arguments<'_>) -> Result<AboutCommands, Rejection> {
    Ok(AboutCommands { table: words.table, text: words.text.trim().to_owned() })
}

/// `WORD`
pub fn word(words: &Arguments<'_>) -> Result<String, Rejection> {
    Ok(words.at_most_one()?.ok_or_else(|| words.usage())?.to_owned())
}

/// `[FORMAT] [FILE]`; the file name may contain spaces.
#[expect(clippy::unnecessary_wraps, reason = "all of them are called alike")]
pub fn format_and_file(words: &Arguments<'_>) -> Result<(Option<String>, Option<String>), Rejection> {
    let (format, file) = split_first_word(words.text.trim());
    let given = |word: &str| (!word.is_empty()).then(|| word.to_owned());
    Ok((given(format), given(file.trim())))
}

/// `[N]`, a position in the outbox, counted from 1
pub fn maybe_outbox_number(words: &Arguments<'_>) -> Result<Option<usize>, Rejection> {
    let number = |word: &str| word.parse().ok().filter(|&number| number > 0).ok_or(Rejection::InvalidOutboxNumber);
    words.at_most_one()?.map(number).transpose()
}

/// `[users|groups|inbox|all]`
pub fn maybe_list(words: &Arguments<'_>) -> Result<Option<ListName>, Rejection> {
    match words.at_most_one()? {
        None | Some("all") => Ok(None),
        Some(word) => {
            let known = ListName::ALL.into_iter().find(|list| list.name() == word);
            known.map(Some).ok_or_else(|| Rejection::UnknownList(word.to_owned()))
        }
    }
}

/// `[all|mentions|none|usual]`
pub fn notify(words: &Arguments<'_>) -> Result<NotifyChoice, Rejection> {
    Ok(match words.at_most_one()? {
        None => NotifyChoice::ShowCurrent,
        Some("all") => NotifyChoice::Set(NotifyLevel::All),
        Some("mentions") => NotifyChoice::Set(NotifyLevel::Mentions),
        Some("none") => NotifyChoice::Set(NotifyLevel::Never),
        Some("usual") => NotifyChoice::AsConfigured,
        Some(_) => return Err(words.usage()),
    })
}
