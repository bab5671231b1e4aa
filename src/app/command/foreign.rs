//! Messages that look like a command of vi, or of a client with its keys.

use super::{COMMANDS, missing, row::CommandRow};
use crate::app::setting::Aliases;

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

/// What users of a shell type to leave, or to get help, and the command of papo that does it.
const SHELL: &[(&str, &str)] = &[
    ("exit", "/quit"),
    ("quit", "/quit"),
    ("logout", "/quit"),
    ("help", "/help"),
    ("clear", "/clear"),
    ("ls", "/chats"),
];

/// The command of papo that a message of this one word is most likely meant as.
fn shell_command(text: &str) -> Option<&'static str> {
    SHELL.iter().find(|(word, _)| *word == text.trim()).map(|(_, command)| *command)
}

/// Returns whether a text is keys of vim that papo does not have, such as `dd`.
pub fn is_vim_keys(text: &str) -> bool {
    KEYS.contains(&text)
}

/// A message that looks like a command of another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignCommand {
    /// What to show of it.
    pub shown: String,
    /// The command of papo that does the same, if it is known.
    pub command: Option<&'static str>,
}

/// Recognizes a message that looks like a command, such as `:q`, `:w!`, `:msg bob hello` or `exit`. Emoticons do not.
/// `is_modal`: the keymap is that of vim, so keys of its normal mode look like a command, too.
pub fn foreign_command(text: &str, aliases: &Aliases, is_modal: bool) -> Option<ForeignCommand> {
    let command = shell_command(text);
    let shown =
        if command.is_some() { Some(text.trim_end().to_owned()) } else { vim_command(text, aliases, is_modal) }?;
    Some(ForeignCommand { shown, command })
}

/// What to show of a message that looks like a command of vim, or keys of it.
fn vim_command(text: &str, aliases: &Aliases, is_modal: bool) -> Option<String> {
    let text = text.trim_end();
    if is_modal && is_vim_keys(text) {
        return Some(text.to_owned());
    }
    let line = text.strip_prefix(':')?;
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

    fn shown(text: &str, is_modal: bool) -> Option<String> {
        let aliases: Aliases = [("wb".to_owned(), "msg".to_owned())].into_iter().collect();
        foreign_command(text, &aliases, is_modal).map(|found| found.shown)
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
        let found = |text: &str| foreign_command(text, &Aliases::default(), false);
        for (text, command) in [("exit", "/quit"), ("help ", "/help"), ("ls", "/chats")] {
            let expected = ForeignCommand { shown: text.trim().to_owned(), command: Some(command) };
            assert_eq!(found(text), Some(expected));
        }
        assert_eq!(found(":q").map(|found| found.command), Some(None), "it is no word of a shell");
        for text in ["exit now", "Help", "help!", "helps", "l s"] {
            assert_eq!(found(text), None);
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
        for text in ["gt", "gT", "dd", "ZZ", "jj", "yy"] {
            assert_eq!(shown(text, true).as_deref(), Some(text));
        }
        assert_eq!(shown("dd it", true), None);
    }
}
