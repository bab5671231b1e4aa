//! A simulated machine with its own ports, addresses and names, made of Linux namespaces.
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

use crate::{
    terminal::Terminal,
    wait::{PATIENCE, exit, output},
};

/// The machine's address, besides the loopback ones.
pub const ADDRESS: &str = "192.168.1.10";
/// The machine's host name.
pub const NAME: &str = "boat.example.org";

/// All routes lead to the machine itself, so nothing leaves it.
const SETUP: &str = r#"
    set -e
    ip link set lo up
    ip address add "$2/24" dev lo
    ip route add default dev lo src "$2"
    mount --bind "$1" /etc/hosts
    echo ready
    exec cat
"#;

/// A simulated machine. Dropping it ends everything that runs on it.
pub struct Machine {
    folder: TempDir,
    /// The process that keeps the namespaces alive.
    holder: Child,
    /// The holder exits when this closes, even if the test is killed.
    _holder_stdin: ChildStdin,
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
        let holder_stdin = holder.stdin.take().unwrap();
        Self { folder, holder, _holder_stdin: holder_stdin, is_root }
    }

    /// A user's home folder, which is also their working directory.
    pub fn home(&self, who: &str) -> PathBuf {
        let home = self.folder.path().join(who);
        fs::create_dir_all(home.join("bin")).unwrap();
        home
    }

    /// Writes a file in a user's working directory.
    pub fn write(&self, who: &str, file: &str, text: &str) -> PathBuf {
        let file = self.home(who).join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    /// Writes an executable to a folder on the user's `PATH`.
    pub fn program(&self, who: &str, name: &str, text: &str) {
        let file = self.write(who, &format!("bin/{name}"), text);
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// The command that runs a line in a shell on the machine, and its environment.
    fn typed(&self, who: &str, line: &str) -> (Vec<String>, Vec<(&'static str, String)>) {
        let holder = self.holder.id().to_string();
        let mut words = vec!["nsenter", "--target", &holder, "--net", "--mount"];
        if !self.is_root {
            words.extend(["--user", "--preserve-credentials"]);
        }
        // `nsenter --mount` starts in the root folder.
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

    /// Runs a line with this standard input.
    pub fn run(&self, who: &str, line: &str, input: &str) -> Output {
        let mut child = self.command(who, line).spawn().unwrap();
        // It may exit without reading its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        output(child)
    }

    /// Runs a line that must succeed. Returns its output.
    #[track_caller]
    pub fn says(&self, who: &str, line: &str) -> String {
        let output = self.run(who, line, "");
        assert!(output.status.success(), "{who}: {line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts a command that runs until it is stopped.
    pub fn start_running(&self, who: &str, line: &str) -> Running {
        let mut command = self.command(who, &format!("exec 2>&1\n{line}"));
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Running { child, lines }
    }

    /// Starts a command in a terminal. `papo alice` becomes `PAPO_ID=alice papo`, because papo asks about an argument
    /// that is an ID new to this machine.
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

    /// Starts mosquitto with these configuration lines, and waits until it listens. Its data goes to the home of `who`.
    pub fn mosquitto(&self, who: &str, configuration: &str) -> Running {
        // Started by root, mosquitto would change to a user who cannot write here. It buffers standard output to a
        // pipe, so it logs to standard error.
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

/// A running command with its child processes.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// The next line that it prints.
    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("timed out waiting for a line")
    }

    /// The next line that it prints, if one comes soon.
    pub fn soon(&self) -> Option<String> {
        self.lines.recv_timeout(Duration::from_millis(50)).ok()
    }

    /// Waits for a line with this text.
    #[track_caller]
    pub fn says(&self, words: &str) -> String {
        let mut before = String::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it never printed {words:?}:\n{before}"));
            if line.contains(words) {
                return line;
            }
            before = before + &line + "\n";
        }
    }

    /// Interrupts it, as Ctrl-C does, and waits until it exits.
    pub fn stop(mut self) {
        let group = format!("-{}", self.child.id());
        assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
        exit(&mut self.child);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        // It may have exited.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

/// The `PATH`: the user's own programs, then the built papo, then the system's programs.
fn path(own: Option<&Path>) -> String {
    let built = Path::new(env!("CARGO_BIN_EXE_papo")).parent().unwrap();
    let usual = std::env::var("PATH").unwrap_or_default();
    let own = own.map_or_else(String::new, |own| format!("{}:", own.display()));
    format!("{own}{}:{usual}:/usr/local/sbin:/usr/sbin:/sbin", built.display())
}
