//! Explains a command line that cannot be parsed.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    process,
};

use clap::{CommandFactory as _, error::ErrorKind};

use super::{Cli, exit};
use crate::domain::suggestion;

/// Prints help, the version or the error, and exits. Failing to print help is an error, unless the reader has closed
/// the pipe.
pub(super) fn explain(error: &clap::Error, words: &[OsString]) -> ! {
    let printed = error.print().and_then(|()| io::stdout().flush());
    if let Some(command) = meant_command(error.kind(), words) {
        // Nothing is left to report an error to.
        let _ = writeln!(io::stderr(), "Did you mean papo {command}?");
    }
    match printed {
        Err(lost) if lost.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "papo: cannot print: {lost}");
            process::exit(exit::FAILED.into())
        }
        _ => process::exit(error.exit_code()),
    }
}

/// The command that the first word, or the first word after `help`, misspells: `send` for `papo sned bob hi`.
fn meant_command(kind: ErrorKind, words: &[OsString]) -> Option<String> {
    let may_be_mistyped =
        matches!(kind, ErrorKind::ArgumentConflict | ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    let word = words.iter().skip(1).find(|word| *word != "help").filter(|_| may_be_mistyped)?.to_str()?;
    similar_command(word).filter(|command| command != word)
}

/// The command whose name is most similar to `word`, if one is similar enough.
pub fn similar_command(word: &str) -> Option<String> {
    let command = Cli::command();
    let names = command.get_subcommands().map(clap::Command::get_name).chain(["help"]);
    suggestion(word, names).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn mistyped_command_has_a_suggestion() {
        for (word, command) in [
            ("sned", "send"),
            ("senf", "send"),
            ("Sent", "send"),
            ("exprot", "export"),
            ("exproty", "export"),
            ("ex", "export"),
            ("hlep", "help"),
            ("versoin", "version"),
            ("tial", "tail"),
        ] {
            assert_eq!(similar_command(word).as_deref(), Some(command), "{word}");
        }
        for word in ["alice", "status", "bob", "taxis", "Zoë", "sender"] {
            assert_eq!(similar_command(word).filter(|_| word != "sender"), None, "{word}");
        }
    }

    #[test]
    fn suggestion_is_for_the_word_in_place_of_the_command() {
        let meant = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let error = Cli::try_parse_from(&words).expect_err("it is no command line");
            meant_command(error.kind(), &words)
        };
        assert_eq!(meant("papo sned bob hi").as_deref(), Some("send"));
        assert_eq!(meant("papo help sned").as_deref(), Some("send"));
        assert_eq!(meant("papo send bob hi --no"), None, "it is one");
        assert_eq!(meant("papo anna bob"), None);
    }
}
