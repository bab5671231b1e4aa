//! mosquitto's command-line clients: one records all publications on a broker, others publish.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![expect(clippy::disallowed_methods, reason = "a test waits in real time")]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Instant,
};

use crate::wait::{PATIENCE, until};

/// A record of all publications on a broker, as lines `<topic> <payload>`.
pub struct Wire {
    port: u16,
    child: Child,
    lines: Arc<(Mutex<Vec<String>>, Condvar)>,
}

impl Wire {
    /// Subscribes to all topics; returns once the subscription is active.
    pub fn listen(port: u16) -> Self {
        let mut child = Command::new("mosquitto_sub")
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-V", "mqttv5", "-q", "1", "-t", "#", "-v"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need mosquitto's clients");
        let lines: Arc<(Mutex<Vec<String>>, Condvar)> = Arc::default();
        let (out, shared) = (child.stdout.take().expect("stdout is a pipe"), Arc::clone(&lines));
        thread::spawn(move || {
            for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
                shared.0.lock().expect("no thread panicked").push(String::from_utf8_lossy(&line).into_owned());
                shared.1.notify_all();
            }
        });
        let wire = Self { port, child, lines };
        // The client does not report when it is subscribed; reading its own message shows that.
        until("mosquitto_sub receives something", || {
            wire.publish("hello", "wire");
            wire.heard(|line| line == "hello wire")
        });
        wire
    }

    /// Publishes a text.
    pub fn publish(&self, topic: &str, payload: &str) {
        self.publish_with(&["-t", topic, "-m", payload]);
    }

    /// Publishes with these options of `mosquitto_pub`.
    pub fn publish_with(&self, options: &[&str]) {
        let port = self.port.to_string();
        let sent = Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &port, "-V", "mqttv5", "-q", "1"])
            .args(options)
            .status()
            .expect("these tests need mosquitto's clients");
        assert!(sent.success(), "mosquitto_pub {options:?}");
    }

    /// Publishes a payload of any bytes.
    pub fn publish_bytes(&self, topic: &str, payload: &[u8]) {
        let port = self.port.to_string();
        let mut child = Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &port, "-V", "mqttv5", "-q", "1", "-t", topic, "-s"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need mosquitto's clients");
        child.stdin.take().expect("stdin is a pipe").write_all(payload).expect("mosquitto_pub reads its input");
        // The exit code does not matter: a broker may refuse a large payload.
        let _ = child.wait();
    }

    /// Waits for a line `<topic> <payload>` for which `wanted` returns true, and returns it. `what` names the line in
    /// the panic message.
    #[track_caller]
    pub fn shows(&self, wanted: impl Fn(&str) -> bool, what: &str) -> String {
        let (lines, changed) = &*self.lines;
        let deadline = Instant::now() + PATIENCE;
        let mut guard = lines.lock().expect("no thread panicked");
        loop {
            if let Some(line) = guard.iter().find(|line| wanted(line)) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "nobody published {what}:\n{}", guard.join("\n"));
            guard = changed.wait_timeout(guard, left).expect("no thread panicked").0;
        }
    }

    /// Waits for exactly this line.
    #[track_caller]
    pub fn has(&self, line: &str) {
        self.shows(|known| known == line, line);
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.0.lock().expect("no thread panicked").clone()
    }

    /// Whether `wanted` returns true for any line so far.
    pub fn heard(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.lines.0.lock().expect("no thread panicked").iter().any(|line| wanted(line))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
