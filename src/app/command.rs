//! Lines that start with `/`: what they mean. A line that is no command is an error, never a message.

use super::{arranging, keymap::nearest, model::Pane, outbox::Deed};
use crate::domain::{GroupName, LocalizedText, Notices, UserId, localized};

/// A command of the composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Message(UserId, String),
    Reply(String),
    Request(UserId),
    Accept(Option<UserId>),
    Deny(Option<UserId>),
    Withdraw(Option<UserId>),
    ClearInbox,
    NewGroup(GroupName),
    Invite(Option<GroupName>, UserId),
    Kick(Option<GroupName>, UserId),
    Lead(Option<GroupName>, UserId),
    Leave(Option<GroupName>),
    Disband(Option<GroupName>),
    Claim(Option<GroupName>),
    Join(GroupName),
    Block(UserId),
    Unblock(UserId),
    Forget(UserId),
    End,
    Close,
    Notices,
    Notify(Option<Notices>),
    Talks(String),
    Search(String),
    Log,
    Copy,
    OpenLink,
    Export(Option<String>, Option<String>),
    Outbox,
    Waiting(Deed, Option<usize>),
    Reconnect,
    Reload,
    Set(String, String),
    Hide(Option<Pane>),
    Show(Option<Pane>),
    Help,
    Welcome,
    Quit,
}

/// How a command is written and what it does, for the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandHelp {
    /// How it is written.
    pub usage: &'static str,
    /// The text that says what it does.
    pub text: &'static str,
}

impl CommandHelp {
    /// What is typed alike in each use, with a blank behind it where more follows.
    pub(super) fn beginning(&self) -> String {
        let is_fixed = |word: &&str| !word.contains(|c: char| c.is_uppercase() || c == '[');
        let words: Vec<&str> = self.usage.split(' ').take_while(is_fixed).collect();
        let mut beginning = words.join(" ");
        if beginning.is_empty() {
            beginning.push_str("//");
        } else if beginning.len() < self.usage.len() {
            beginning.push(' ');
        }
        beginning
    }

    /// Whether it says nothing without more words.
    pub(super) fn needs_more(&self) -> bool {
        self.usage.split(' ').any(|word| word.contains(char::is_uppercase) && !word.starts_with('['))
    }
}

/// All commands, as the help shows them.
pub const COMMANDS: &[CommandHelp] = &[
    CommandHelp { usage: "/msg ID TEXT", text: "command-msg" },
    CommandHelp { usage: "/reply TEXT", text: "command-reply" },
    CommandHelp { usage: "/request ID", text: "command-request" },
    CommandHelp { usage: "/accept [ID]", text: "command-accept" },
    CommandHelp { usage: "/deny [ID]", text: "command-deny" },
    CommandHelp { usage: "/withdraw [ID]", text: "command-withdraw" },
    CommandHelp { usage: "/inbox clear", text: "command-inbox-clear" },
    CommandHelp { usage: "/group new NAME", text: "command-group-new" },
    CommandHelp { usage: "/group invite [GROUP] ID", text: "command-group-invite" },
    CommandHelp { usage: "/group kick [GROUP] ID", text: "command-group-kick" },
    CommandHelp { usage: "/group lead [GROUP] ID", text: "command-group-lead" },
    CommandHelp { usage: "/group claim [GROUP]", text: "command-group-claim" },
    CommandHelp { usage: "/group leave [GROUP]", text: "command-group-leave" },
    CommandHelp { usage: "/group disband [GROUP]", text: "command-group-disband" },
    CommandHelp { usage: "/join GROUP", text: "command-join" },
    CommandHelp { usage: "/leave", text: "command-leave" },
    CommandHelp { usage: "/block ID", text: "command-block" },
    CommandHelp { usage: "/unblock ID", text: "command-unblock" },
    CommandHelp { usage: "/forget ID", text: "command-forget" },
    CommandHelp { usage: "/end", text: "command-end" },
    CommandHelp { usage: "/close", text: "command-close" },
    CommandHelp { usage: "/notify [all|mentions|none|usual]", text: "command-notify" },
    CommandHelp { usage: "/mute", text: "command-mute" },
    CommandHelp { usage: "/talks [NAME]", text: "command-talks" },
    CommandHelp { usage: "/search [WORDS]", text: "command-search" },
    CommandHelp { usage: "/copy", text: "command-copy" },
    CommandHelp { usage: "/open", text: "command-open" },
    CommandHelp { usage: "/export [jsonl|markdown|text] [FILE]", text: "command-export" },
    CommandHelp { usage: "/log", text: "command-log" },
    CommandHelp { usage: "/outbox", text: "command-outbox" },
    CommandHelp { usage: "/resend [N]", text: "command-resend" },
    CommandHelp { usage: "/edit [N]", text: "command-edit" },
    CommandHelp { usage: "/drop [N]", text: "command-drop" },
    CommandHelp { usage: "/reconnect", text: "command-reconnect" },
    CommandHelp { usage: "/reload", text: "command-reload" },
    CommandHelp { usage: "/hide [users|groups|inbox]", text: "command-hide" },
    CommandHelp { usage: "/show [users|groups|inbox]", text: "command-show" },
    CommandHelp { usage: "/set KEY VALUE", text: "command-set" },
    CommandHelp { usage: "/help", text: "command-help" },
    CommandHelp { usage: "/welcome", text: "command-welcome" },
    CommandHelp { usage: "/quit", text: "command-quit" },
    CommandHelp { usage: "//TEXT", text: "command-slash" },
];

const NAMES: [&str; 35] = [
    "msg",
    "reply",
    "request",
    "accept",
    "deny",
    "withdraw",
    "inbox",
    "group",
    "join",
    "leave",
    "block",
    "unblock",
    "forget",
    "end",
    "close",
    "notify",
    "mute",
    "talks",
    "search",
    "copy",
    "open",
    "export",
    "log",
    "outbox",
    "resend",
    "edit",
    "drop",
    "reconnect",
    "reload",
    "hide",
    "show",
    "set",
    "help",
    "welcome",
    "quit",
];
const GROUP_NAMES: [&str; 7] = ["new", "invite", "kick", "lead", "claim", "leave", "disband"];

/// What the composer's text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// To be sent.
    Message(String),
    /// A command.
    Command(Line),
}

/// Reads the composer's text; errors are for the user.
pub(super) fn read(text: &str) -> Result<Text, LocalizedText> {
    match text.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => Ok(Text::Message(rest.to_owned())),
        Some(rest) => line(rest).map(Text::Command),
        None => Ok(Text::Message(text.to_owned())),
    }
}

fn list(word: &str) -> Result<Pane, LocalizedText> {
    let known = arranging::LISTS.into_iter().find(|(_, name)| *name == word);
    known.map(|(list, _)| list).ok_or_else(|| localized!("list-unknown", word))
}

/// A text as it has to be typed, so that it is no command.
pub(super) fn as_typed(text: &str) -> String {
    if text.starts_with('/') { format!("/{text}") } else { text.to_owned() }
}

fn line(text: &str) -> Result<Line, LocalizedText> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut words = rest.split_whitespace();
    let line = match name {
        "msg" => {
            let (id, text) = rest.trim_start().split_once(char::is_whitespace).ok_or_else(|| usage("/msg ID TEXT"))?;
            if text.trim().is_empty() {
                return Err(usage("/msg ID TEXT"));
            }
            return Ok(Line::Message(user(id)?, text.to_owned()));
        }
        "reply" => {
            let text = rest.trim();
            return if text.is_empty() { Err(usage("/reply TEXT")) } else { Ok(Line::Reply(text.to_owned())) };
        }
        "request" => Line::Request(user(words.next().ok_or_else(|| usage("/request ID"))?)?),
        "accept" => Line::Accept(words.next().map(user).transpose()?),
        "deny" => Line::Deny(words.next().map(user).transpose()?),
        "withdraw" => Line::Withdraw(words.next().map(user).transpose()?),
        "inbox" => match words.next() {
            Some("clear") => Line::ClearInbox,
            _ => return Err(usage("/inbox clear")),
        },
        "group" => return group_line(words.collect()),
        "join" => Line::Join(group(words.next().ok_or_else(|| usage("/join GROUP"))?)?),
        "leave" => Line::Leave(None),
        "block" => Line::Block(user(words.next().ok_or_else(|| usage("/block ID"))?)?),
        "unblock" => Line::Unblock(user(words.next().ok_or_else(|| usage("/unblock ID"))?)?),
        "forget" => Line::Forget(user(words.next().ok_or_else(|| usage("/forget ID"))?)?),
        "end" => Line::End,
        "close" => Line::Close,
        "notify" => match words.next() {
            Some(word) => Line::Notify(notices(word)?),
            None => Line::Notices,
        },
        "mute" => Line::Notify(Some(Notices::Never)),
        "talks" => return Ok(Line::Talks(rest.trim().to_owned())),
        "search" => return Ok(Line::Search(rest.trim().to_owned())),
        "copy" => Line::Copy,
        "open" => Line::OpenLink,
        "export" => {
            // The name of a file may hold blanks.
            let (format, file) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
            let given = |word: &str| (!word.is_empty()).then(|| word.to_owned());
            return Ok(Line::Export(given(format), given(file.trim())));
        }
        "log" => Line::Log,
        "outbox" => Line::Outbox,
        "resend" => Line::Waiting(Deed::SendAgain, words.next().map(place).transpose()?),
        "edit" => Line::Waiting(Deed::Edit, words.next().map(place).transpose()?),
        "drop" => Line::Waiting(Deed::Drop, words.next().map(place).transpose()?),
        "reconnect" => Line::Reconnect,
        "reload" => Line::Reload,
        "hide" => Line::Hide(words.next().map(list).transpose()?),
        "show" => Line::Show(words.next().map(list).transpose()?),
        "set" => {
            let (key, value) = rest.trim().split_once(char::is_whitespace).ok_or_else(|| usage("/set KEY VALUE"))?;
            return Ok(Line::Set(key.to_owned(), value.trim().to_owned()));
        }
        "help" => Line::Help,
        "welcome" => Line::Welcome,
        "quit" => Line::Quit,
        _ => return Err(unknown("/", name, &NAMES)),
    };
    match words.next() {
        None => Ok(line),
        Some(_) => Err(localized!("command-fewer-words", name)),
    }
}

fn group_line(words: Vec<&str>) -> Result<Line, LocalizedText> {
    let Some((name, words)) = words.split_first() else {
        return Err(usage(&format!("/group {} …", GROUP_NAMES.join("|"))));
    };
    let of_user = |make: fn(Option<GroupName>, UserId) -> Line| match words {
        [id] => Ok(make(None, user(id)?)),
        [name, id] => Ok(make(Some(group(name)?), user(id)?)),
        _ => Err(usage(&format!("/group {name} [GROUP] ID"))),
    };
    let of_group = |make: fn(Option<GroupName>) -> Line| match words {
        [] => Ok(make(None)),
        [name] => Ok(make(Some(group(name)?))),
        _ => Err(usage(&format!("/group {name} [GROUP]"))),
    };
    match *name {
        "new" => match words {
            [name] => Ok(Line::NewGroup(group(name)?)),
            _ => Err(usage("/group new NAME")),
        },
        "invite" => of_user(Line::Invite),
        "kick" => of_user(Line::Kick),
        "lead" => of_user(Line::Lead),
        "claim" => of_group(Line::Claim),
        "leave" => of_group(Line::Leave),
        "disband" => of_group(Line::Disband),
        _ => Err(unknown("/group ", name, &GROUP_NAMES)),
    }
}

fn unknown(before: &str, name: &str, names: &[&str]) -> LocalizedText {
    localized!("command-unknown", before, name, nearest = nearest(name, names.iter().copied()))
}

fn usage(usage: &str) -> LocalizedText {
    localized!("usage", usage)
}

/// A place in the outbox, counted from 1.
fn place(word: &str) -> Result<usize, LocalizedText> {
    let number = word.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| LocalizedText::from("command-number"))
}

/// What is to be told; nothing where it is to be as usual.
fn notices(word: &str) -> Result<Option<Notices>, LocalizedText> {
    match word {
        "all" => Ok(Some(Notices::All)),
        "mentions" => Ok(Some(Notices::Mentions)),
        "none" => Ok(Some(Notices::Never)),
        "usual" => Ok(None),
        _ => Err(usage("/notify all|mentions|none|usual")),
    }
}

fn user(word: &str) -> Result<UserId, LocalizedText> {
    UserId::from_input(word).map_err(LocalizedText::from)
}

fn group(word: &str) -> Result<GroupName, LocalizedText> {
    GroupName::from_input(word.trim_start_matches('#')).map_err(LocalizedText::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Language;

    fn say(line: &str) -> String {
        Language::english().translate(read(line).unwrap_err())
    }

    fn bob() -> UserId {
        "bob".parse().unwrap()
    }

    fn devs() -> GroupName {
        "devs".parse().unwrap()
    }

    #[test]
    fn commands_are_read() {
        let cases = [
            ("/msg bob  hi there", Line::Message(bob(), " hi there".into())),
            ("/request bob", Line::Request(bob())),
            ("/accept", Line::Accept(None)),
            ("/deny bob", Line::Deny(Some(bob()))),
            ("/inbox clear", Line::ClearInbox),
            ("/forget bob", Line::Forget(bob())),
            ("/group new #devs", Line::NewGroup(devs())),
            ("/group invite bob", Line::Invite(None, bob())),
            ("/group kick devs bob", Line::Kick(Some(devs()), bob())),
            ("/group leave", Line::Leave(None)),
            ("/join devs", Line::Join(devs())),
            ("/drop", Line::Waiting(Deed::Drop, None)),
            ("/edit 2", Line::Waiting(Deed::Edit, Some(2))),
            ("/quit", Line::Quit),
        ];
        for (text, line) in cases {
            assert_eq!(read(text), Ok(Text::Command(line)), "{text}");
        }
    }

    #[test]
    fn what_is_no_command_is_never_a_message() {
        for text in [
            "/",
            "/qiut",
            "/msg",
            "/msg bob",
            "/msg bob  ",
            "/request a_b",
            "/inbox",
            "/inbox all",
            "/inbox clear all",
            "/forget",
            "/forget bob carol",
            "/group",
            "/group nwe x",
            "/end now",
            "/join",
            "/drop 0",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(say("/qiut"), "Unknown command /qiut; did you mean /quit? (// starts a message with a slash)");
    }

    #[test]
    fn two_slashes_are_one() {
        assert_eq!(read("//etc/hosts"), Ok(Text::Message("/etc/hosts".into())));
        assert_eq!(read("a /b"), Ok(Text::Message("a /b".into())));
    }

    #[test]
    fn the_help_names_every_command() {
        for name in NAMES {
            assert!(COMMANDS.iter().any(|help| help.usage.starts_with(&format!("/{name}"))), "{name}");
        }
        for name in GROUP_NAMES {
            assert!(COMMANDS.iter().any(|help| help.usage.starts_with(&format!("/group {name}"))), "{name}");
        }
    }
}
