//! The clipboard within tmux. By default, tmux does not pass OSC 52 from programs on to the terminal, but it passes on
//! its own buffer.

use std::{
    env,
    io::{self, Write as _},
    process::{Command, Stdio},
    thread,
};

use tokio::sync::mpsc::Sender;

use crate::app::{Message, localized};

/// Whether papo runs within tmux.
pub(super) fn is_active() -> bool {
    env::var_os("TMUX").is_some_and(|server| !server.is_empty())
}

/// Copies text to the clipboard through tmux, on a separate thread, which sends an error to the model.
pub(super) fn copy(text: String, sender: Sender<Message>) {
    thread::spawn(move || {
        if let Err(error) = load_buffer(&text) {
            // An error is ignored: papo has quit.
            let _ = sender.blocking_send(Message::Warned(localized!("copy-tmux", why = error.to_string())));
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
