//! The plain client `peer.py` as a process, with its own Python environment.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Condvar, Mutex, OnceLock},
    thread,
    time::{Duration, Instant},
};

/// How long a test waits for an event.
const PATIENCE: Duration = Duration::from_secs(20);
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys/plain/peer.py");
const PAHO_VERSION: &str = "2.1.0";

/// Which family of topic names a peer uses: the control topics and the topic for news of groups have two names each.
#[derive(Clone, Copy, PartialEq)]
pub enum Family {
    /// `<id>_Control` and `GROUPS`.
    Control,
    /// `clients/<id>` and `groups/info`.
    Clients,
}

impl Family {
    pub fn other(self) -> Self {
        match self {
            Self::Control => Self::Clients,
            Self::Clients => Self::Control,
        }
    }

    /// The control topic of a user.
    pub fn control(self, id: &str) -> String {
        match self {
            Self::Control => format!("{id}_Control"),
            Self::Clients => format!("clients/{id}"),
        }
    }
}

/// What the peer has printed.
#[derive(Default)]
struct Printed {
    all: Vec<String>,
    /// Lines that no test has consumed yet.
    new: Vec<String>,
    /// Whether the peer has closed its output.
    ended: bool,
}

/// A plain client. Dropping it kills the process.
pub struct Peer {
    id: String,
    family: Family,
    child: Child,
    commands: Option<ChildStdin>,
    printed: Arc<(Mutex<Printed>, Condvar)>,
}

impl Peer {
    /// Starts a client, and waits until it has subscribed. The client does not announce itself yet.
    pub fn start(id: &str, port: u16, protocol: &str, family: Family, prefix: &str) -> Self {
        let name = match family {
            Family::Control => "control",
            Family::Clients => "clients",
        };
        let mut child = Command::new(python())
            .args([PROGRAM, "--id", id, "--port", &port.to_string()])
            .args(["--protocol", protocol, "--family", name, "--prefix", prefix])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let printed: Arc<(Mutex<Printed>, Condvar)> = Arc::default();
        let (out, shared) = (child.stdout.take().expect("stdout is a pipe"), Arc::clone(&printed));
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let mut printed = shared.0.lock().expect("no thread panicked");
                printed.all.push(line.clone());
                printed.new.push(line);
                shared.1.notify_all();
            }
            shared.0.lock().expect("no thread panicked").ended = true;
            shared.1.notify_all();
        });
        let commands = child.stdin.take();
        let peer = Self { id: id.to_owned(), family, child, commands, printed };
        peer.prints("ready");
        peer
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn family(&self) -> Family {
        self.family
    }

    /// Sends the client a command.
    pub fn does(&mut self, command: &str) -> &mut Self {
        writeln!(self.commands.as_mut().expect("the peer is running"), "{command}").expect("the peer takes commands");
        self
    }

    /// Waits for a line that no test has consumed and for which `wanted` returns true, and returns it. `what` names the
    /// line in the panic message.
    #[track_caller]
    pub fn prints_what(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let (printed, changed) = &*self.printed;
        let deadline = Instant::now() + PATIENCE;
        let mut guard = printed.lock().expect("no thread panicked");
        loop {
            if let Some(at) = guard.new.iter().position(|line| wanted(line)) {
                return guard.new.remove(at);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if guard.ended || left.is_zero() {
                let all = guard.all.join("\n");
                // Release the lock first: the panic would poison it.
                drop(guard);
                panic!("{} never printed {what}:\n{all}", self.id);
            }
            guard = changed.wait_timeout(guard, left).expect("no thread panicked").0;
        }
    }

    /// Waits for exactly this line.
    #[track_caller]
    pub fn prints(&self, line: &str) {
        self.prints_what(&format!("{line:?}"), |known| known == line);
    }

    /// Waits for a line with this beginning, and returns the rest.
    #[track_caller]
    pub fn prints_after(&self, start: &str) -> String {
        let line = self.prints_what(&format!("{start:?}…"), |line| line.starts_with(start));
        line[start.len()..].to_owned()
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.printed.0.lock().expect("no thread panicked").all.clone()
    }

    /// Waits until the client has exited with code 0.
    #[track_caller]
    pub fn ends(&mut self) {
        let (printed, changed) = &*self.printed;
        let guard = printed.lock().expect("no thread panicked");
        let (guard, _) =
            changed.wait_timeout_while(guard, PATIENCE, |printed| !printed.ended).expect("no thread panicked");
        let ended = guard.ended;
        drop(guard);
        assert!(ended, "{} does not exit", self.id);
        assert!(self.child.wait().expect("the child can be waited for").success());
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Python with paho-mqtt, in a virtual environment below cargo's target folder, which is created once.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let environment = target.join("plain-peer");
        let python = environment.join("bin/python");
        // Another test run may create the environment at the same time.
        let lock = File::create(target.join("plain-peer.lock")).expect("the target folder can be written");
        lock.lock().expect("the environment can be locked");
        if !is_usable(&python) {
            let _ = fs::remove_dir_all(&environment);
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
            let package = format!("paho-mqtt=={PAHO_VERSION}");
            run(Command::new(&python).args(["-m", "pip", "install", "--disable-pip-version-check", &package]));
            assert!(is_usable(&python), "paho-mqtt {PAHO_VERSION} is installed");
        }
        python
    })
}

/// Whether this Python exists and has the right paho-mqtt.
fn is_usable(python: &Path) -> bool {
    let check = format!("import paho.mqtt; assert paho.mqtt.__version__ == '{PAHO_VERSION}'");
    let checked = Command::new(python).args(["-c", &check]).stderr(Stdio::null()).status();
    checked.is_ok_and(|status| status.success())
}

fn run(command: &mut Command) {
    let output = command.output().expect("these tests need python3 with venv, see `make tools`");
    assert!(
        output.status.success(),
        "{command:?}:\n{}",
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat())
    );
}
