//! Messages that look like a command of vi, or of a client with its keys.

use super::{
    COMMANDS,
    aliases::expanded,
    lookup::builtin,
    missing,
    row::{CommandRow, split_first_word},
};
use crate::app::{
    lone_words::{is_lone_word, lone_word},
    setting::Aliases,
};

/// Words of vim and iamb that are not among the commands of papo, and not among [`missing`](super::MISSING) features.
const WORDS: &[&str] = &[
    "bd",
    "bdelete",
    "bn",
    "bnext",
    "bp",
    "bprevious",
    "buffers",
    "e",
    "ed",
    "edit",
    "enew",
    "g",
    "ls",
    "new",
    "noh",
    "nohlsearch",
    "pu",
    "put",
    "qall",
    "r",
    "registers",
    "saveas",
    "sav",
    "sp",
    "sub",
    "substitute",
    "tabe",
    "tabedit",
    "tabfirst",
    "tablast",
    "tabn",
    "tabnext",
    "tabo",
    "tabonly",
    "tabp",
    "tabprevious",
    "up",
    "update",
    "vi",
    "view",
    "visual",
    "vnew",
    "vs",
    "wa",
    "wall",
    "wn",
    "wq",
    "wqa",
    "write",
    "x",
    "xa",
    "xit",
    "y",
    "yank",
    "z",
];

/// Keys of vim outside its insert mode that are typed one after another.
const KEYS: &[&str] = &["gt", "gT", "dd", "yy", "jj", "ZZ", "ZQ"];

/// More keys of vim that look like no message when they stand alone.
const LONE_KEYS: &[&str] = &["gg", "G", "cc", "S", "ciw"];

/// A message that looks like a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// What to show of it.
    pub shown: String,
    /// The command of papo that was most likely meant, if it is known.
    pub command: Option<String>,
}

/// Returns whether a text is keys of vim that papo does not have, such as `dd`.
pub fn is_vim_keys(text: &str) -> bool {
    KEYS.contains(&text)
}

/// A message that looks like a command, such as `:q`, `:msg bob hello`, `msg bob hello`, ` /end` or `exit`; `None` if it
/// does not. Emoticons and sentences do not. `is_modal`: the keymap is that of vim, so keys of its normal mode look like
/// a command, too. `is_name`: whether a word is the name of a known user or group.
pub fn foreign_command(
    text: &str,
    aliases: &Aliases,
    is_modal: bool,
    is_name: impl Fn(&str) -> bool,
) -> Option<Foreign> {
    let text = text.trim_end();
    let unknown = |shown: String| Some(Foreign { shown, command: None });
    if is_modal && (is_vim_keys(text) || LONE_KEYS.contains(&text)) {
        return unknown(text.to_owned());
    }
    if is_lone_word(text) {
        return Some(Foreign { shown: text.to_owned(), command: lone_word(text).map(str::to_owned) });
    }
    match text.strip_prefix(':') {
        Some(line) if is_modal && is_line_of_vim(line) => unknown(text.to_owned()),
        Some(line) => after_colon(text, line, aliases).and_then(unknown),
        None => without_slash(text, aliases, is_name),
    }
}

/// Returns whether a text after `:` is what users of vim type there. Emoticons and their names are not.
fn is_line_of_vim(line: &str) -> bool {
    let is_emoticon = matches!(line, "D" | "P" | "O" | "S" | "C") || line.split(' ').all(|word| word.ends_with(':'));
    line.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '!') && !is_emoticon
}

/// What to show of a `text` whose `line` after the colon is a command.
fn after_colon(text: &str, line: &str, aliases: &Aliases) -> Option<String> {
    let word = line.split(char::is_whitespace).next().unwrap_or_default();
    let letters = word.strip_suffix('!').unwrap_or(word);
    let is_emoticon = word.len() == 1 && word.contains(['D', 'P', 'p', 'O', 'o', 'S', 's', 'C', 'c']);
    if letters.is_empty() || !letters.chars().all(|c| c.is_ascii_alphabetic()) || is_emoticon {
        return None;
    }
    if line == word {
        return Some(text.to_owned());
    }
    is_known(letters, aliases).then(|| format!(":{word} …"))
}

/// A command that lacks its slash and has names where it takes them, or that has blanks before its slash.
fn without_slash(text: &str, aliases: &Aliases, is_name: impl Fn(&str) -> bool) -> Option<Foreign> {
    if let Some(found) = command_of_shell(text, &is_name) {
        return Some(found);
    }
    let line = text.trim_start();
    let blanks = &text[..text.len() - line.len()];
    let slash = line.strip_prefix('/').filter(|_| !blanks.is_empty());
    let (first, rest) = split_first_word(slash.unwrap_or(line));
    let expanded = aliases.get(first).map(|text| expanded(text, rest));
    let (command, arguments) = builtin(COMMANDS, expanded.as_deref().unwrap_or(slash.unwrap_or(line)))?;
    let words = arguments.split_whitespace().count();
    let more = if rest.trim().is_empty() { "" } else { " …" };
    let command = match slash {
        Some(_) => Some(format!("/{first}")),
        None if first.len() < 3 || first.chars().any(char::is_uppercase) => None,
        None if command.takes_number() && words == 1 && arguments.trim().parse::<u16>().is_ok() => {
            return Some(Foreign { shown: line.to_owned(), command: Some(format!("/{first}")) });
        }
        None => takes_names(command, arguments, is_name).then(|| format!("/{first}")),
    }?;
    let shown = if slash.is_some() { format!(" /{first}{more}") } else { format!("{first}{more}") };
    Some(Foreign { shown, command: Some(command) })
}

/// What users of papo's commands type in a shell, such as `papo inbox` or `send bob hello`.
fn command_of_shell(text: &str, is_name: &impl Fn(&str) -> bool) -> Option<Foreign> {
    let (first, rest) = split_first_word(text);
    let (verb, rest) = if first == "papo" { split_first_word(rest) } else { (first, rest) };
    let to = rest.split_whitespace().next().unwrap_or_default();
    let is_sent = verb == "send" && (is_name(to) || to.starts_with('#'));
    let is_of_papo = first == "papo" && (is_lone_word(verb) || builtin(COMMANDS, verb).is_some());
    let shown = if rest.is_empty() {
        text.trim().to_owned()
    } else {
        format!("{} …", text[..text.len() - rest.len()].trim_end())
    };
    (is_sent || is_of_papo).then(|| Foreign { shown, command: is_sent.then(|| "/msg".to_owned()) })
}

/// Returns whether a command takes names and these words are such. A sentence has more words than the command takes,
/// except after one that sends them.
fn takes_names(command: &CommandRow, arguments: &str, is_name: impl Fn(&str) -> bool) -> bool {
    let parameters: Vec<&str> = command.parameters.split(' ').map(|word| word.trim_matches(['[', ']'])).collect();
    let takes = |name: &str| parameters.iter().any(|word| word.split('|').any(|word| word == name));
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let named = if takes("TEXT") { &words[..words.len().min(1)] } else { &words[..] };
    let is_name = |word: &&str| word.strip_prefix('#').is_some_and(|name| !name.is_empty()) || is_name(word);
    let takes_any = ["NAME", "ID", "GROUP"].into_iter().any(takes);
    takes_any && !named.is_empty() && named.len() <= parameters.len() && named.iter().all(is_name)
}

/// Returns whether papo, vim or a similar client has a command with this name.
fn is_known(word: &str, aliases: &Aliases) -> bool {
    let name = word.to_lowercase();
    let mut names = COMMANDS.iter().flat_map(CommandRow::names).filter_map(|name| name.split(' ').next());
    WORDS.contains(&&*name)
        || names.any(|known| known == name)
        || aliases.contains_key(word)
        || missing::find(&name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::lone_words::is_shell_word;

    fn found(text: &str, is_modal: bool) -> Option<Foreign> {
        let aliases: Aliases = [("wb".to_owned(), "msg".to_owned())].into_iter().collect();
        foreign_command(text, &aliases, is_modal, |word| ["bob", "carol", "devs"].contains(&word))
    }

    fn shown(text: &str, is_modal: bool) -> Option<String> {
        found(text, is_modal).map(|found| found.shown)
    }

    #[test]
    fn command_after_a_colon_is_recognized() {
        for (text, expected) in [
            (":q", ":q"),
            (":w! ", ":w!"),
            (":dms", ":dms"),
            (":msg carol he is late", ":msg …"),
            (":Join #devs", ":Join …"),
            (":e! notes.txt", ":e! …"),
            (":wb carol hi", ":wb …"),
            (":react +1", ":react …"),
        ] {
            assert_eq!(shown(text, false).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn word_of_a_shell_alone_is_recognized() {
        for (text, command) in [
            ("exit", "/quit"),
            ("help ", "/help"),
            ("ls", "/chats"),
            ("q", "/quit"),
            ("bye", "/quit"),
            ("names", "/members"),
            ("close", "/close"),
            ("part", "/leave"),
            ("man", "/help"),
            ("history", "/search"),
        ] {
            let expected = Foreign { shown: text.trim().to_owned(), command: Some(command.to_owned()) };
            assert_eq!((found(text, false), lone_word(text)), (Some(expected), Some(command)));
        }
        assert_eq!(found("pwd", false), Some(Foreign { shown: "pwd".to_owned(), command: None }));
        for text in ["exit now", "Help", "help!", "helps", "l s", "bye bob", "part one", "man, no"] {
            assert_eq!((shown(text, false), lone_word(text)), (None, None), "{text}");
        }
        assert!(is_shell_word("exit") && !is_shell_word("bye"));
    }

    #[test]
    fn command_without_its_slash_is_recognized_by_its_names() {
        for (text, expected, command) in [
            ("msg carol oops", "msg …", "/msg"),
            ("query bob", "query …", "/query"),
            ("join #devs", "join …", "/join"),
            ("join #new", "join …", "/join"),
            ("kick bob", "kick …", "/kick"),
            ("kick #devs bob", "kick …", "/kick"),
            ("invite bob devs", "invite …", "/invite"),
            ("whois carol", "whois …", "/whois"),
            ("group kick bob", "group …", "/group"),
            ("win 2", "win 2", "/win"),
            ("buffer 12", "buffer 12", "/buffer"),
            ("resend 3", "resend 3", "/resend"),
            (" /msg carol hi", " /msg …", "/msg"),
            ("   /quit", " /quit", "/quit"),
            ("send carol a private note", "send …", "/msg"),
            ("papo send #devs hello", "papo send …", "/msg"),
        ] {
            let expected = Foreign { shown: expected.to_owned(), command: Some(command.to_owned()) };
            assert_eq!(found(text, false), Some(expected), "{text}");
        }
        for text in [
            "join us at five",
            "join #devs at five",
            "msg me",
            "msg",
            "kick bob out",
            "invite bob to the pump",
            "ask bob to come",
            "who bob or carol",
            "Tell bob that",
            "win 2 points",
            "end 5",
            "who 7",
            "split 2",
            "go bob",
            "close the door",
            "names are hard",
            "show bob",
            "new plan",
            " hello",
            " /etc/hosts",
            "mute #devs",
            "send me the plan",
            "papo is slow",
        ] {
            assert_eq!(found(text, false), None, "{text}");
        }
    }

    #[test]
    fn emoticons_and_words_are_messages() {
        for text in [
            ":)",
            ":-D",
            ":D",
            ":D well done",
            ":p no",
            ":smile:",
            ":smile: hi",
            ": no",
            ":",
            ":nothing like it",
            "::",
            ":3 miles",
            "a :q",
            ":) /q",
            "gt",
            "dd",
        ] {
            assert_eq!(shown(text, false), None, "{text}");
        }
    }

    #[test]
    fn keys_of_normal_mode_alone_are_recognized_with_the_keys_of_vim() {
        for text in ["gt", "gT", "dd", "ZZ", "jj", "yy", "gg", "G", "cc", "S", "ciw"] {
            assert_eq!(shown(text, true).as_deref(), Some(text));
        }
        assert_eq!((shown("dd it", true), shown("G", false)), (None, None));
    }

    #[test]
    fn line_after_a_colon_is_recognized_with_the_keys_of_vim() {
        for text in [":2", ":!ls", ":p", ":s/a/b", ":nothing like it"] {
            assert_eq!(shown(text, true).as_deref(), Some(text));
        }
        for text in [":)", ":-D", ":D", ":smile:", ":", ": no", "::"] {
            assert_eq!(shown(text, true), None, "{text}");
        }
    }
}
