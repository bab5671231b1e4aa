//! papo's own broker in a process: `papo broker`.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A `papo broker` that ends when this is dropped.
pub struct OwnBroker {
    state: PathBuf,
    listen: String,
    child: Option<Child>,
}

impl OwnBroker {
    /// Starts one with its state in a folder, on a free port.
    pub fn start(state: &Path) -> Self {
        let mut broker = Self { state: state.to_owned(), listen: "127.0.0.1:0".to_owned(), child: None };
        broker.restart();
        broker
    }

    /// Its process, while it is running.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.listen.rsplit(':').next().and_then(|port| port.parse().ok()).expect("it listens on a port")
    }

    /// Restarts it with the same state on the same port; returns once it listens.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let mut child = Command::new(env!("CARGO_BIN_EXE_papo"))
            .args(["broker", "--listen", &self.listen, "--state"])
            .arg(&self.state)
            .env("HOME", &self.state)
            .stdout(Stdio::piped())
            .spawn()
            .expect("papo runs");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output is a pipe");
        BufReader::new(out).read_line(&mut line).expect("it says where it listens");
        self.child = Some(child);
        line.trim().rsplit(' ').next().expect("it names an address").clone_into(&mut self.listen);
        assert!(self.listen.contains(':'), "it says {line:?}");
    }

    /// Deletes its state, while it is stopped.
    pub fn wipe(&self) {
        assert!(self.child.is_none(), "it runs");
        let _ = std::fs::remove_dir_all(&self.state);
        std::fs::create_dir_all(&self.state).expect("its folder can be made");
    }

    /// Kills it like a power cut.
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
