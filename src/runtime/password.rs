//! Asks for the passwords of users whom the operator adds to a broker.

use std::io::{self, BufRead, IsTerminal};

use color_eyre::eyre::{Result, WrapErr, eyre};

/// Asks twice for a user's password, without echo. If standard input is not a terminal, reads one line from it instead.
pub(super) fn ask(user: &str) -> Result<String> {
    if !io::stdin().is_terminal() {
        return read_line(user);
    }
    let password =
        rpassword::prompt_password(format!("Password for {user}: ")).wrap_err("cannot ask for the password")?;
    let again = rpassword::prompt_password("Again: ").wrap_err("cannot ask for the password")?;
    if password == again { Ok(password) } else { Err(eyre!("the passwords do not match; nothing was changed")) }
}

fn read_line(user: &str) -> Result<String> {
    let mut line = String::new();
    let length = io::stdin().lock().read_line(&mut line).wrap_err("cannot read the password")?;
    match line.trim_end_matches(['\r', '\n']) {
        "" if length == 0 => Err(eyre!("standard input has no line for the password of {user}")),
        "" => Err(eyre!("the password of {user} is empty")),
        password => Ok(password.to_owned()),
    }
}
