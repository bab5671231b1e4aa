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

/// Opens a link with the program in `BROWSER`, else with the system's opener. Does not wait for the program. The error
/// is a message for the user.
pub(super) fn open(link: &str) -> Result<(), String> {
    // By convention, BROWSER lists programs separated by colons, the preferred one first.
    let chosen = env::var("BROWSER").ok();
    let chosen = chosen.as_deref().and_then(|list| list.split(':').next()).filter(|program| !program.is_empty());
    let opener = chosen.unwrap_or(OPENER);
    let mut command = Command::new(opener);
    command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child =
        command.spawn().map_err(|error| format!("cannot start {opener} ({error}); y copies the message"))?;
    // Without a wait, the child would become a zombie.
    thread::spawn(move || child.wait());
    Ok(())
}
