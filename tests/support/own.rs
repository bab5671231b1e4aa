//! papo's own broker as a separate process: `papo broker`.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A `papo broker`. Dropping it kills the process.
pub struct OwnBroker {
    state: PathBuf,
    listen: String,
    child: Option<Child>,
}

impl OwnBroker {
    /// Starts a broker on a free port, with its state in the folder `state`.
    pub fn start(state: &Path) -> Self {
        let mut broker = Self { state: state.to_owned(), listen: "127.0.0.1:0".to_owned(), child: None };
        broker.restart();
        broker
    }

    /// The process ID. Panics unless the broker is running.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the broker is running").id()
    }

    /// The port on which the broker listens.
    pub fn port(&self) -> u16 {
        self.listen.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the address has a port")
    }

    /// Starts the broker again with the same state on the same port; returns once it listens.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "the broker is still running");
        let mut child = Command::new(env!("CARGO_BIN_EXE_papo"))
            .args(["broker", "--listen", &self.listen, "--state"])
            .arg(&self.state)
            .env("HOME", &self.state)
            .stdout(Stdio::piped())
            .spawn()
            .expect("papo runs");
        let mut line = String::new();
        let out = child.stdout.take().expect("stdout is a pipe");
        BufReader::new(out).read_line(&mut line).expect("papo broker prints where it listens");
        self.child = Some(child);
        line.trim().rsplit(' ').next().expect("a line has words").clone_into(&mut self.listen);
        assert!(self.listen.contains(':'), "no address in {line:?}");
    }

    /// Deletes the state. Panics unless the broker is stopped.
    pub fn wipe(&self) {
        assert!(self.child.is_none(), "the broker is still running");
        let _ = std::fs::remove_dir_all(&self.state);
        std::fs::create_dir_all(&self.state).expect("the state folder can be created");
    }

    /// Kills the broker with SIGKILL, like a power cut.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        self.kill();
    }
}
