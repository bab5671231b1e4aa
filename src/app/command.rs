//! Lines that start with `/`: what they mean. A line that is no command is an error, never a message.

use super::{arranging, keymap::nearest, model::Pane, outbox::Deed};
use crate::domain::{GroupName, NameError, Notices, UserId};

/// A command of the composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Message(UserId, String),
    Reply(String),
    Request(UserId),
    Accept(Option<UserId>),
    Deny(Option<UserId>),
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
    End,
    Close,
    Notices,
    Notify(Option<Notices>),
    Talks(String),
    Search(String),
    Log,
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
    /// What it does.
    pub desc: &'static str,
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
    CommandHelp { usage: "/msg ID TEXT", desc: "write in the open talk with somebody" },
    CommandHelp { usage: "/reply TEXT", desc: "answer the last message of another in the talk in front" },
    CommandHelp { usage: "/request ID", desc: "ask for a talk" },
    CommandHelp { usage: "/accept [ID]", desc: "accept the oldest request, or somebody's" },
    CommandHelp { usage: "/deny [ID]", desc: "deny the oldest request, or somebody's" },
    CommandHelp { usage: "/group new NAME", desc: "create a group" },
    CommandHelp { usage: "/group invite [GROUP] ID", desc: "invite to a group" },
    CommandHelp { usage: "/group kick [GROUP] ID", desc: "remove a member" },
    CommandHelp { usage: "/group lead [GROUP] ID", desc: "hand over the lead" },
    CommandHelp { usage: "/group claim [GROUP]", desc: "take the lead, where the leader is gone for good" },
    CommandHelp { usage: "/group leave [GROUP]", desc: "leave a group" },
    CommandHelp { usage: "/group disband [GROUP]", desc: "end a group" },
    CommandHelp { usage: "/join GROUP", desc: "ask to be let into a group" },
    CommandHelp { usage: "/leave", desc: "leave the group in front" },
    CommandHelp { usage: "/block ID", desc: "hear nothing of somebody any more" },
    CommandHelp { usage: "/unblock ID", desc: "hear of somebody again" },
    CommandHelp { usage: "/end", desc: "want to end the talk in front" },
    CommandHelp { usage: "/close", desc: "close the tab in front" },
    CommandHelp { usage: "/notify [all|mentions|none|usual]", desc: "what is told of the talk in front" },
    CommandHelp { usage: "/mute", desc: "nothing is told of the talk in front" },
    CommandHelp { usage: "/talks [NAME]", desc: "all talks, those that have ended among them" },
    CommandHelp { usage: "/search [WORDS]", desc: "look for words in what was said" },
    CommandHelp { usage: "/log", desc: "what papo has said so far" },
    CommandHelp { usage: "/outbox", desc: "what waits for the broker, and what it refused" },
    CommandHelp { usage: "/resend [N]", desc: "send a refused message again: the last here, or number N there" },
    CommandHelp { usage: "/edit [N]", desc: "edit a message that waits or was refused, else your last one here" },
    CommandHelp { usage: "/drop [N]", desc: "do not send it" },
    CommandHelp { usage: "/reconnect", desc: "connect now" },
    CommandHelp { usage: "/reload", desc: "keys, colours and notices as the files say now" },
    CommandHelp { usage: "/hide [users|groups|inbox]", desc: "do not show a list, or any" },
    CommandHelp { usage: "/show [users|groups|inbox]", desc: "show a list, or all" },
    CommandHelp { usage: "/set KEY VALUE", desc: "change a key of the configuration, as ui.theme" },
    CommandHelp { usage: "/help", desc: "this help" },
    CommandHelp { usage: "/welcome", desc: "the screen explained in one page" },
    CommandHelp { usage: "/quit", desc: "leave papo" },
    CommandHelp { usage: "//TEXT", desc: "a message that starts with a slash" },
];

const NAMES: [&str; 29] = [
    "msg",
    "reply",
    "request",
    "accept",
    "deny",
    "group",
    "join",
    "leave",
    "block",
    "unblock",
    "end",
    "close",
    "notify",
    "mute",
    "talks",
    "search",
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

/// Reads the composer's text; errors are words for the user.
pub(super) fn read(text: &str) -> Result<Text, String> {
    match text.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => Ok(Text::Message(rest.to_owned())),
        Some(rest) => line(rest).map(Text::Command),
        None => Ok(Text::Message(text.to_owned())),
    }
}

fn list(word: &str) -> Result<Pane, String> {
    let known = arranging::LISTS.into_iter().find(|(_, name)| *name == word);
    known.map(|(list, _)| list).ok_or_else(|| format!("there is no list {word}; there are users, groups and inbox"))
}

/// A text as it has to be typed, so that it is no command.
pub(super) fn as_typed(text: &str) -> String {
    if text.starts_with('/') { format!("/{text}") } else { text.to_owned() }
}

fn line(text: &str) -> Result<Line, String> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut words = rest.split_whitespace();
    let line = match name {
        "msg" => {
            let (id, text) = rest.trim_start().split_once(char::is_whitespace).ok_or("usage: /msg ID TEXT")?;
            if text.trim().is_empty() {
                return Err("usage: /msg ID TEXT".to_owned());
            }
            return Ok(Line::Message(user(id)?, text.to_owned()));
        }
        "reply" => {
            let text = rest.trim();
            return if text.is_empty() {
                Err("usage: /reply TEXT".to_owned())
            } else {
                Ok(Line::Reply(text.to_owned()))
            };
        }
        "request" => Line::Request(user(words.next().ok_or("usage: /request ID")?)?),
        "accept" => Line::Accept(words.next().map(user).transpose()?),
        "deny" => Line::Deny(words.next().map(user).transpose()?),
        "group" => return group_line(words.collect()),
        "join" => Line::Join(group(words.next().ok_or("usage: /join GROUP")?)?),
        "leave" => Line::Leave(None),
        "block" => Line::Block(user(words.next().ok_or("usage: /block ID")?)?),
        "unblock" => Line::Unblock(user(words.next().ok_or("usage: /unblock ID")?)?),
        "end" => Line::End,
        "close" => Line::Close,
        "notify" => match words.next() {
            Some(word) => Line::Notify(notices(word)?),
            None => Line::Notices,
        },
        "mute" => Line::Notify(Some(Notices::Never)),
        "talks" => return Ok(Line::Talks(rest.trim().to_owned())),
        "search" => return Ok(Line::Search(rest.trim().to_owned())),
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
            let (key, value) = rest.trim().split_once(char::is_whitespace).ok_or("usage: /set KEY VALUE")?;
            return Ok(Line::Set(key.to_owned(), value.trim().to_owned()));
        }
        "help" => Line::Help,
        "welcome" => Line::Welcome,
        "quit" => Line::Quit,
        _ => return Err(unknown("/", name, &NAMES)),
    };
    match words.next() {
        None => Ok(line),
        Some(_) => Err(format!("/{name} takes fewer words; F1 shows all commands")),
    }
}

fn group_line(words: Vec<&str>) -> Result<Line, String> {
    let Some((name, words)) = words.split_first() else {
        return Err(format!("usage: /group {} …", GROUP_NAMES.join("|")));
    };
    let of_user = |make: fn(Option<GroupName>, UserId) -> Line| match words {
        [id] => Ok(make(None, user(id)?)),
        [name, id] => Ok(make(Some(group(name)?), user(id)?)),
        _ => Err(format!("usage: /group {name} [GROUP] ID")),
    };
    let of_group = |make: fn(Option<GroupName>) -> Line| match words {
        [] => Ok(make(None)),
        [name] => Ok(make(Some(group(name)?))),
        _ => Err(format!("usage: /group {name} [GROUP]")),
    };
    match *name {
        "new" => match words {
            [name] => Ok(Line::NewGroup(group(name)?)),
            _ => Err("usage: /group new NAME".to_owned()),
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

fn unknown(before: &str, name: &str, names: &[&str]) -> String {
    format!(
        "there is no {before}{name}; did you mean {before}{}? (// for a slash)",
        nearest(name, names.iter().copied())
    )
}

/// A place in the outbox, counted from 1.
fn place(word: &str) -> Result<usize, String> {
    let number = word.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| "the number is that of a row in /outbox".to_owned())
}

/// What is to be told; nothing where it is to be as usual.
fn notices(word: &str) -> Result<Option<Notices>, String> {
    match word {
        "all" => Ok(Some(Notices::All)),
        "mentions" => Ok(Some(Notices::Mentions)),
        "none" => Ok(Some(Notices::Never)),
        "usual" => Ok(None),
        _ => Err("usage: /notify all|mentions|none|usual".to_owned()),
    }
}

fn user(word: &str) -> Result<UserId, String> {
    UserId::from_input(word).map_err(|error: NameError| error.to_string())
}

fn group(word: &str) -> Result<GroupName, String> {
    GroupName::from_input(word.trim_start_matches('#')).map_err(|error: NameError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "/group",
            "/group nwe x",
            "/end now",
            "/join",
            "/drop 0",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("/qiut").unwrap_err(), "there is no /qiut; did you mean /quit? (// for a slash)");
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
