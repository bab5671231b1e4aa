//! Explains a command line that cannot be parsed.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    process,
};

use clap::{
    CommandFactory as _,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{Cli, exit};
use crate::domain::suggestion;

/// Prints help, the version or the error, and exits. If that cannot be printed, exits with [`exit::FAILED`], unless the
/// reader has closed the pipe.
pub(super) fn explain(mut error: clap::Error, arguments: &[OsString]) -> ! {
    restore_usage(&mut error, arguments);
    let printed = error.print().and_then(|()| io::stdout().flush());
    if let Some(command) = meant_command(error.kind(), arguments) {
        // An error is ignored: there is nowhere left to report it.
        let _ = writeln!(io::stderr(), "Did you mean papo {command}?");
    }
    match printed {
        Err(failure) if failure.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "papo: cannot print: {failure}");
            process::exit(exit::FAILED.into())
        }
        _ => process::exit(error.exit_code()),
    }
}

/// Replaces the usage in an error by that of the command. Clap's own usage counts an option as used if its environment
/// variable is set, such as `--broker`, and shows it as if it were required.
fn restore_usage(error: &mut clap::Error, arguments: &[OsString]) {
    if error.get(ContextKind::Usage).is_none() {
        return;
    }
    let mut command = Cli::command();
    command.build();
    for word in arguments.iter().skip(1) {
        match command.find_subcommand(word) {
            Some(found) => command = found.clone(),
            None => break,
        }
    }
    error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
}

/// The command that the user probably meant: `send` for `papo sned bob hi`. Compares the first argument that is not
/// `help`. `None` if no command is similar, or if the error has another cause.
fn meant_command(kind: ErrorKind, arguments: &[OsString]) -> Option<String> {
    let may_be_mistyped =
        matches!(kind, ErrorKind::ArgumentConflict | ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    let word = arguments.iter().skip(1).find(|word| *word != "help").filter(|_| may_be_mistyped)?.to_str()?;
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
    fn similar_command_is_found_for_a_typo() {
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
            ("sender", "send"),
        ] {
            assert_eq!(similar_command(word).as_deref(), Some(command), "{word}");
        }
        for word in ["alice", "statistics", "bob", "taxis", "Zoë"] {
            assert_eq!(similar_command(word), None, "{word}");
        }
    }

    #[test]
    fn usage_in_an_error_does_not_show_options_as_required() {
        let arguments = ["papo", "send", "--broker", "mqtt://here"].map(OsString::from);
        let mut error = Cli::try_parse_from(&arguments).expect_err("WHO is missing");
        restore_usage(&mut error, &arguments);
        assert!(error.to_string().contains("Usage: papo send [OPTIONS] <WHO> [TEXT]..."), "{error}");
    }

    #[test]
    fn first_argument_or_the_one_after_help_gets_a_suggestion() {
        let meant = |line: &str| {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let error = Cli::try_parse_from(&arguments).expect_err("expected an invalid command line");
            meant_command(error.kind(), &arguments)
        };
        assert_eq!(meant("papo sned bob hi").as_deref(), Some("send"));
        assert_eq!(meant("papo help sned").as_deref(), Some("send"));
        assert_eq!(meant("papo send bob hi --no"), None, "send is spelled correctly");
        assert_eq!(meant("papo anna bob"), None);
    }
}
