//! A real mosquitto on a free port of 127.0.0.1, with its data in its own folder.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

pub use self::ports::free_port;
use crate::wait::until;

#[path = "ports.rs"]
mod ports;

/// A mosquitto. Dropping it kills the process.
pub struct Broker {
    directory: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Broker {
    /// Starts a broker that accepts clients without a login.
    pub fn start() -> Self {
        Self::start_with("allow_anonymous true\n")
    }

    /// Starts a broker with these configuration lines; they have to say who may connect.
    pub fn start_with(lines: &str) -> Self {
        let mut broker = Self::prepare(lines);
        broker.restart();
        broker
    }

    /// Configures a broker with persistence, without starting it.
    pub fn prepare(lines: &str) -> Self {
        let persistence = "persistence true\nautosave_interval 1\nautosave_on_changes true\n";
        Self::configured(&format!("{persistence}{lines}"))
    }

    /// Starts a broker without logins and without persistence: it loses all sessions and retained messages when it
    /// ends.
    #[allow(dead_code, reason = "each test file uses what it needs")]
    pub fn start_forgetful() -> Self {
        let mut broker = Self::configured("persistence false\nallow_anonymous true\n");
        broker.restart();
        broker
    }

    fn configured(lines: &str) -> Self {
        // Without `user root`, a mosquitto started by root changes to a user who cannot write to this folder.
        Self::written(|directory, port| {
            format!(
                "listener {port} 127.0.0.1\nuser root\npersistence_location {}/\n\
                 max_queued_messages 0\nlog_dest none\n{lines}",
                directory.display(),
            )
        })
    }

    /// Configures a broker without starting it. `configuration` returns the configuration file for the broker's folder
    /// and port.
    pub fn written(configuration: impl FnOnce(&Path, u16) -> String) -> Self {
        let broker = Self { directory: tempfile::tempdir().unwrap(), port: free_port(), child: None };
        broker.rewrite(configuration);
        broker
    }

    /// Replaces the configuration, which counts from the next start on.
    pub fn rewrite(&self, configuration: impl FnOnce(&Path, u16) -> String) {
        let directory = self.directory.path();
        fs::write(directory.join("mosquitto.conf"), configuration(directory, self.port)).unwrap();
    }

    /// The process ID. Panics unless the broker is running.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the broker is running").id()
    }

    /// The port on which the broker listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts the broker, with its saved data after a stop or kill; returns once it listens.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "the broker is still running");
        let program = if Path::new("/usr/sbin/mosquitto").exists() { "/usr/sbin/mosquitto" } else { "mosquitto" };
        let child = Command::new(program)
            .arg("-c")
            .arg(self.directory.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need mosquitto");
        let child = self.child.insert(child);
        until("mosquitto listens", || {
            assert!(child.try_wait().unwrap().is_none(), "mosquitto ended at once");
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
    }

    /// Terminates the broker (SIGTERM), and waits until it has exited.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let signalled = Command::new("kill").arg(child.id().to_string()).status().unwrap();
            assert!(signalled.success());
            child.wait().unwrap();
        }
    }

    /// Kills the broker before it can save anything (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until a server listens on this port of 127.0.0.1.
pub fn await_port(port: u16) {
    until(&format!("something listens on port {port}"), || TcpStream::connect(("127.0.0.1", port)).is_ok());
}
