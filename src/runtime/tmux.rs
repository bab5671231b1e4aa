//! The clipboard within tmux, which by default keeps from the terminal what programs send for it (OSC 52), but hands on
//! what it is given itself.

use std::{
    env,
    io::{self, Write as _},
    process::{Command, Stdio},
    thread,
};

use tokio::sync::mpsc::Sender;

use crate::{app::Message, domain::localized};

/// Whether papo runs within tmux.
pub(super) fn is_there() -> bool {
    env::var_os("TMUX").is_some_and(|server| !server.is_empty())
}

/// Hands text to tmux, which hands it to the terminal; where it does not take it, `tell` says why.
pub(super) fn copy(text: String, tell: Sender<Message>) {
    thread::spawn(move || {
        if let Err(error) = load_buffer(&text) {
            // Where papo has left nobody wants to know.
            let _ = tell.blocking_send(Message::Warned(localized!("copy-tmux", why = error.to_string())));
        }
    });
}

fn load_buffer(text: &str) -> io::Result<()> {
    let mut tmux = Command::new("tmux");
    tmux.args(["load-buffer", "-w", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut tmux = tmux.spawn()?;
    let written = tmux.stdin.take().map_or(Ok(()), |mut input| input.write_all(text.as_bytes()));
    let output = tmux.wait_with_output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    written
}
