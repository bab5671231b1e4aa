//! A real mosquitto on a free port of 127.0.0.1, with its data in its own folder.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::TempDir;

use crate::wait::until;

/// A mosquitto that ends when this is dropped.
pub struct Broker {
    directory: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Broker {
    /// Starts one without logins.
    pub fn start() -> Self {
        Self::start_with("allow_anonymous true\n")
    }

    /// Starts one with these configuration lines, including its access rules.
    pub fn start_with(lines: &str) -> Self {
        let mut broker = Self::prepare(lines);
        broker.restart();
        broker
    }

    /// One that is not started yet.
    pub fn prepare(lines: &str) -> Self {
        let kept = "persistence true\nautosave_interval 1\nautosave_on_changes true\n";
        Self::configured(&format!("{kept}{lines}"))
    }

    /// Starts one without logins that loses everything when it ends.
    #[allow(dead_code, reason = "each test file uses what it needs")]
    pub fn start_forgetful() -> Self {
        let mut broker = Self::configured("persistence false\nallow_anonymous true\n");
        broker.restart();
        broker
    }

    fn configured(lines: &str) -> Self {
        // Started by root, mosquitto would change to a user who cannot write here.
        Self::written(|directory, port| {
            format!(
                "listener {port} 127.0.0.1\nuser root\npersistence_location {}/\n\
                 max_queued_messages 0\nlog_dest none\n{lines}",
                directory.display(),
            )
        })
    }

    /// One that is not started yet, with a configuration for its folder and port.
    pub fn written(configuration: impl FnOnce(&Path, u16) -> String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        fs::write(directory.path().join("mosquitto.conf"), configuration(directory.path(), port)).unwrap();
        Self { directory, port, child: None }
    }

    /// Its process, while it is running.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts it, after a kill with its saved data; returns once it listens.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "it runs already");
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

    /// Terminates it (SIGTERM), and waits for its end.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let asked = Command::new("kill").arg(child.id().to_string()).status().unwrap();
            assert!(asked.success());
            child.wait().unwrap();
        }
    }

    /// Kills it before it can save anything (SIGKILL).
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

/// Waits until something listens there.
pub fn await_port(port: u16) {
    until(&format!("something listens on port {port}"), || TcpStream::connect(("127.0.0.1", port)).is_ok());
}

/// A port that is free, and that only callers of this function get. It is below the range from which the system assigns
/// ports, because a free port of that range may be assigned a moment later, or be the near end of a connection to
/// itself.
pub fn free_port() -> u16 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let port = || {
        let number = std::process::id().wrapping_mul(101).wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed));
        u16::try_from(10_000 + number % 20_000).unwrap()
    };
    std::iter::repeat_with(port).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
