//! Reads passwords of other users.

use std::io::{self, BufRead, IsTerminal};

use color_eyre::eyre::{Result, WrapErr, eyre};

/// Asks for a user's password twice, without echo; reads the next line of standard input if that is not a terminal.
pub(super) fn ask(user: &str) -> Result<String> {
    if !io::stdin().is_terminal() {
        return line(user);
    }
    let password =
        rpassword::prompt_password(format!("Password for {user}: ")).wrap_err("cannot ask for the password")?;
    let again = rpassword::prompt_password("Again: ").wrap_err("cannot ask for the password")?;
    if password == again { Ok(password) } else { Err(eyre!("the passwords do not match; nothing was changed")) }
}

fn line(user: &str) -> Result<String> {
    let mut line = String::new();
    let length = io::stdin().lock().read_line(&mut line).wrap_err("cannot read the password")?;
    match line.trim_end_matches(['\r', '\n']) {
        "" if length == 0 => Err(eyre!("standard input has no line for the password of {user}")),
        "" => Err(eyre!("the password of {user} is empty")),
        password => Ok(password.to_owned()),
    }
}
