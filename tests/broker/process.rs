//! `papo broker` as a process: what it uses of the machine, and its log.
#![allow(dead_code, reason = "each attack uses what it needs")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    packet::Connect,
    raw::Client,
    wait::{self, PATIENCE},
};

/// A `papo broker` with its state and its home in a folder of its own. Dropping it kills the process.
pub struct Broker {
    home: TempDir,
    /// Where it listens; with the ports that the system chose, once it has run.
    listen: Vec<String>,
    flags: Vec<String>,
    /// The limit of open files; [`None`] for the one of this process.
    files: Option<u32>,
    child: Option<Child>,
}

impl Broker {
    /// A broker without users on plain TCP.
    pub fn open() -> Self {
        Self::prepare().started()
    }

    /// A broker with these users, each with the name as the password.
    pub fn with_users(users: &[&str]) -> Self {
        Self::with_users_and(users, &[])
    }

    /// The same with these flags.
    pub fn with_users_and(users: &[&str], flags: &[&str]) -> Self {
        let broker = Self::prepare().flags(flags);
        broker.add_users(users);
        broker.started()
    }

    /// A broker that does not run yet.
    pub fn prepare() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home, listen: vec!["127.0.0.1:0".into()], flags: Vec::new(), files: None, child: None }
    }

    pub fn flags(mut self, flags: &[&str]) -> Self {
        self.flags = flags.iter().map(ToString::to_string).collect();
        self
    }

    pub fn listen(mut self, listen: &[&str]) -> Self {
        self.listen = listen.iter().map(ToString::to_string).collect();
        self
    }

    /// Limits the open files.
    pub fn files(mut self, files: u32) -> Self {
        self.files = Some(files);
        self
    }

    pub fn started(mut self) -> Self {
        self.start();
        self
    }

    /// Starts it, again on the same ports. Returns once it listens.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "the broker is still running");
        let mut command = self.command();
        for listen in &self.listen {
            command.args(["--listen", listen]);
        }
        command.args(&self.flags);
        let mut limited = Command::new("sh");
        let files = self.files.map(|files| format!("ulimit -n {files};")).unwrap_or_default();
        // With SIGXFSZ ignored, a write beyond the limit of the file size returns an error, as on a full disk.
        limited.args(["-c", &format!("trap '' XFSZ; {files} exec \"$0\" \"$@\"")]).arg(command.get_program());
        limited.args(command.get_args());
        for (name, value) in command.get_envs() {
            limited.env(name, value.unwrap_or_default());
        }
        let errors = fs::File::create(self.home.path().join("errors")).unwrap();
        // A group of its own, so that Ctrl-C reaches the tests alone.
        let mut child = limited.process_group(0).stdout(Stdio::piped()).stderr(errors).spawn().expect("it runs");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = |line: String| line.split_once("listening on ").map(|(_, address)| address.trim().to_owned());
        let listen: Vec<String> = lines.by_ref().filter_map(address).take(self.listen.len()).collect();
        assert_eq!(listen.len(), self.listen.len(), "it listens everywhere: {listen:?} {}", self.errors());
        // The pipe stays open, so that the broker can go on writing.
        thread::spawn(move || lines.for_each(drop));
        (self.listen, self.child) = (listen, Some(child));
    }

    /// `papo broker` with its state folder.
    fn command(&self) -> Command {
        // A release build can be tested as well.
        let program = env::var_os("PAPO_BUILT").unwrap_or_else(|| env!("CARGO_BIN_EXE_papo").into());
        let mut command = Command::new(program);
        command.arg("broker").arg("--state").arg(self.state()).env("HOME", self.home.path());
        command.env_remove("XDG_STATE_HOME").env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
        command
    }

    /// Runs a command of `papo broker` with these words and this input.
    pub fn run(&self, words: &[&str], input: &str) -> Output {
        let mut command = self.command();
        let mut child =
            command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It may not read all of it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        wait::output(child)
    }

    /// Runs `papo broker user` with these words. Panics if it fails.
    #[track_caller]
    pub fn user(&self, words: &[&str], password: &str) {
        let output = self.run(&[&["user"], words].concat(), &format!("{password}\n"));
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub fn add_users(&self, users: &[&str]) {
        for user in users {
            self.user(&["add", user], user);
        }
    }

    pub fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    /// The port of the first listener.
    pub fn port(&self) -> u16 {
        self.port_of(0)
    }

    /// The port of a listener.
    pub fn port_of(&self, listener: usize) -> u16 {
        self.listen[listener].rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address has a port")
    }

    /// A client of the broker.
    #[track_caller]
    pub fn client(&self, connect: &Connect) -> Client {
        Client::connect(self.port(), connect)
    }

    /// A client with the ID as user name and password, and a session that lasts.
    #[track_caller]
    pub fn user_client(&self, id: &str) -> Client {
        self.client(&Connect::user(id).lasting())
    }

    /// From now on no file of the process can grow beyond this size in bytes: `unlimited`, or a number.
    pub fn limit_files(&self, size: &str) {
        let process = self.pid().to_string();
        let status = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={size}:unlimited")]).status();
        assert!(status.unwrap().success());
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the broker is running").id()
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// The resident set size in megabytes.
    pub fn rss(&self) -> f64 {
        self.memory("VmRSS:")
    }

    /// The largest resident set size so far, in megabytes.
    pub fn peak_rss(&self) -> f64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, field: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the broker is running");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("a process has memory");
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    /// What the broker has printed on standard error since the last start.
    pub fn errors(&self) -> String {
        fs::read_to_string(self.home.path().join("errors")).unwrap()
    }

    /// The CPU time of all threads since the start.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("the broker is running");
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        // utime and stime, which Linux gives in hundredths of a second.
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// The open files.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("the broker is running").count()
    }

    /// The size of all its logs in bytes.
    pub fn log_size(&self) -> u64 {
        folder_size(&self.home.path().join(".local/state/papo"))
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join(".local/state/papo/broker.log")).expect("the broker has a log")
    }

    /// The size of the state folder in bytes.
    pub fn state_size(&self) -> u64 {
        folder_size(&self.state())
    }

    /// Kills it with SIGKILL, like a power cut.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Ends the broker with SIGTERM, and waits until it has ended.
    pub fn stop(&mut self) {
        let mut child = self.child.take().expect("the broker is running");
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        assert!(wait::exit(&mut child).success());
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn folder_size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.into_iter().map(size).sum()
}

/// Whether a condition holds within this time.
pub fn holds_within(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    wait::poll_for(limit.min(PATIENCE), || holds().then_some(())).is_some()
}
