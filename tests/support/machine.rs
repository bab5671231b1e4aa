//! A machine of one's own: ports, addresses and names that nobody else has, by namespaces of Linux.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::terminal::Terminal;

/// Longer than anything here takes on a busy machine; only a failure waits so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// By which address others reach it.
pub const ADDRESS: &str = "192.168.1.10";
/// By which name.
pub const NAME: &str = "boat.example.org";

/// All ways lead to the machine itself, so nothing that is sent there goes anywhere.
const SETUP: &str = r#"
    set -e
    ip link set lo up
    ip address add "$2/24" dev lo
    ip route add default dev lo src "$2"
    mount --bind "$1" /etc/hosts
    echo ready
    exec cat
"#;

/// A machine that ends with this value, as does what runs on it.
pub struct Machine {
    folder: TempDir,
    holder: Child,
    /// The holder ends with it, also where the test is killed.
    _open: ChildStdin,
    is_root: bool,
}

impl Machine {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hosts = folder.path().join("hosts");
        fs::write(&hosts, format!("127.0.0.1 localhost\n::1 localhost\n{ADDRESS} {NAME}\n")).unwrap();
        let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        let mut unshare = Command::new("unshare");
        if !is_root {
            unshare.arg("--map-root-user");
        }
        let mut holder = unshare
            .args(["--net", "--mount", "sh", "-c", SETUP, "sh"])
            .arg(&hosts)
            .arg(ADDRESS)
            .env("PATH", path(None))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("these tests need unshare, of util-linux");
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line != "ready\n" {
            let _ = holder.kill();
            let mut why = String::new();
            let _ = holder.stderr.take().unwrap().read_to_string(&mut why);
            panic!("these tests need namespaces for network and mounts, and ip, of iproute2: {why}");
        }
        let open = holder.stdin.take().unwrap();
        Self { folder, holder, _open: open, is_root }
    }

    /// Where somebody's things are, and where he types.
    pub fn home(&self, who: &str) -> PathBuf {
        let home = self.folder.path().join(who);
        fs::create_dir_all(home.join("bin")).unwrap();
        home
    }

    /// Puts a file where somebody types.
    pub fn write(&self, who: &str, file: &str, text: &str) -> PathBuf {
        let file = self.home(who).join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    /// Puts a program into somebody's path.
    pub fn program(&self, who: &str, name: &str, text: &str) {
        let file = self.write(who, &format!("bin/{name}"), text);
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// The words that have a shell on the machine run a line, and what is in its environment.
    fn typed(&self, who: &str, line: &str) -> (Vec<String>, Vec<(&'static str, String)>) {
        let holder = self.holder.id().to_string();
        let mut words = vec!["nsenter", "--target", &holder, "--net", "--mount"];
        if !self.is_root {
            words.extend(["--user", "--preserve-credentials"]);
        }
        // It is at the root after it has entered.
        let line = format!("cd\n{line}");
        words.extend(["sh", "-c", &line]);
        let home = self.home(who);
        let environment = vec![
            ("PATH", path(Some(&home.join("bin")))),
            ("HOME", home.display().to_string()),
            ("TERM", "xterm-256color".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
        ];
        (words.into_iter().map(str::to_owned).collect(), environment)
    }

    fn command(&self, who: &str, line: &str) -> Command {
        let (words, environment) = self.typed(who, line);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().envs(environment).current_dir(self.home(who));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What comes of a line, with this to read.
    pub fn run(&self, who: &str, line: &str, input: &str) -> Output {
        let mut child = self.command(who, line).spawn().unwrap();
        // It may end without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// What a line that ends well prints.
    #[track_caller]
    pub fn says(&self, who: &str, line: &str) -> String {
        let output = self.run(who, line, "");
        assert!(output.status.success(), "{who}: {line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts what goes on until it is stopped.
    pub fn start_running(&self, who: &str, line: &str) -> Running {
        let mut command = self.command(who, &format!("exec 2>&1\n{line}"));
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Running { child, lines }
    }

    /// The same on a screen. A new id after `papo` is confirmed before: it stands in the environment.
    pub fn open(&self, who: &str, line: &str) -> Terminal {
        let line = ["alice", "bob", "carol"]
            .iter()
            .fold(line.to_owned(), |line, id| line.replace(&format!("papo {id}"), &format!("PAPO_ID={id} papo")));
        let (words, environment) = self.typed(who, &line);
        let mut command = CommandBuilder::from_argv(words.into_iter().map(Into::into).collect());
        command.env_clear();
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(self.home(who));
        Terminal::run(command, (100, 30))
    }

    /// A mosquitto with lines of configuration; returns when it listens. What it keeps goes to the home of `who`.
    pub fn mosquitto(&self, who: &str, configuration: &str) -> Running {
        // As root mosquitto would change to a user who may not write here. What it prints to a pipe comes late.
        let lines = format!("user root\nlog_dest stderr\n{configuration}");
        let file = self.write(who, "mosquitto.conf", &lines);
        let running = self.start_running(who, &format!("mosquitto -c {}", file.display()));
        running.says("running");
        running
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A line that goes on, with all that it has started.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// The next line that it prints.
    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line comes")
    }

    /// The next line, if one comes soon.
    pub fn soon(&self) -> Option<String> {
        self.lines.recv_timeout(Duration::from_millis(50)).ok()
    }

    /// Waits until it has printed a line with these words.
    #[track_caller]
    pub fn says(&self, words: &str) -> String {
        let mut before = String::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it never says {words:?}:\n{before}"));
            if line.contains(words) {
                return line;
            }
            before = before + &line + "\n";
        }
    }

    /// Stops it as Ctrl-C does, and waits until it has ended.
    pub fn stop(mut self) {
        let group = format!("-{}", self.child.id());
        assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        // It may have ended.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

/// The papo that was built comes first, behind what somebody has of his own.
fn path(own: Option<&Path>) -> String {
    let built = Path::new(env!("CARGO_BIN_EXE_papo")).parent().unwrap();
    let usual = std::env::var("PATH").unwrap_or_default();
    let own = own.map_or_else(String::new, |own| format!("{}:", own.display()));
    format!("{own}{}:{usual}:/usr/local/sbin:/usr/sbin:/sbin", built.display())
}
