//! Opens links with the system's opener.

use std::{
    env,
    process::{Command, Stdio},
    thread,
};

#[cfg(target_os = "macos")]
const OPENER: &str = "open";
#[cfg(not(target_os = "macos"))]
const OPENER: &str = "xdg-open";

/// Opens a link with BROWSER or the program of the system. The error is a message for the user.
pub(super) fn open(link: &str) -> Result<(), String> {
    // By convention a list of programs separated by colons, the preferred first.
    let chosen = env::var("BROWSER").ok();
    let chosen = chosen.as_deref().and_then(|list| list.split(':').next()).filter(|program| !program.is_empty());
    let opener = chosen.unwrap_or(OPENER);
    let mut command = Command::new(opener);
    command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child =
        command.spawn().map_err(|error| format!("cannot start {opener} ({error}); y copies the message"))?;
    // Waits for the child, so that it does not become a zombie.
    thread::spawn(move || child.wait());
    Ok(())
}
