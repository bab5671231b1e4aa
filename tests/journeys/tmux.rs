//! papo in a real tmux.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use crate::{
    World,
    people::TITLE_READ,
    wait::{PATIENCE, poll_for},
};

/// A tmux server with one window, in which papo runs.
pub(crate) struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    pub(crate) fn start(world: &World, id: &str, (columns, rows): (u16, u16)) -> Self {
        let tmux = Self { socket: world.home().join(format!("tmux-{id}")) };
        let home = world.home();
        let url = format!("mqtt://127.0.0.1:{}", world.port());
        let papo = std::env::var_os("PAPO_BUILT").unwrap_or_else(|| env!("CARGO_BIN_EXE_papo").into());
        let started = tmux
            .command()
            .args(["-u", "-f", "/dev/null", "new-session", "-d"])
            .args(["-x", &columns.to_string(), "-y", &rows.to_string()])
            .arg(papo)
            .args(["-b", &url])
            .env_clear()
            .env("HOME", &home)
            .env("PAPO_ID", id)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("TZ", "UTC")
            .current_dir(&home)
            .status()
            .expect("these tests need tmux");
        assert!(started.success(), "tmux starts");
        tmux
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&self.socket).stderr(Stdio::null());
        command
    }

    pub(crate) fn keys(&self, keys: &[&str]) {
        let sent = self.command().arg("send-keys").args(keys).status().expect("tmux takes keys");
        assert!(sent.success(), "send-keys {keys:?}");
    }

    fn screen(&self) -> String {
        let seen = self.command().args(["capture-pane", "-p"]).output().expect("tmux shows its screen");
        String::from_utf8(seen.stdout).expect("a screen is text")
    }

    #[track_caller]
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        poll_for(PATIENCE, || Some(self.screen()).filter(|screen| wanted(screen)))
            .unwrap_or_else(|| panic!("the screen never {what}:\n{}", self.screen()))
    }

    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> String {
        self.until(&format!("shows {text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen shows `text`, then reads the title of the chat that came to the front with it.
    #[track_caller]
    pub(crate) fn sees(&self, text: &str) {
        self.shows(text);
        thread::sleep(TITLE_READ);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.command().arg("kill-server").status();
    }
}
