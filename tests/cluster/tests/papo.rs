//! A user: a running papo in line mode, and the commands beside it.

use std::{
    env, fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{
    cluster::Cluster,
    process::{Limit, Running, tail},
};

/// A user with an own home folder.
pub struct User {
    name: &'static str,
    home: PathBuf,
    limit: Limit,
    /// The URLs of the brokers, separated by blanks.
    brokers: String,
    running: Option<Running>,
}

impl User {
    /// Creates a user, and starts papo with a broker, or with several that are separated by blanks.
    pub fn start(cluster: &Cluster, name: &'static str, brokers: &str) -> Self {
        Self::start_with(cluster, name, brokers, "")
    }

    /// The same with this configuration file.
    pub fn start_with(cluster: &Cluster, name: &'static str, brokers: &str, config: &str) -> Self {
        let home = cluster.folder().join(name);
        let folder = home.join(".config/papo");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), config).unwrap();
        let mut user = Self { name, home, limit: cluster.limit(), brokers: String::new(), running: None };
        user.start_again(brokers);
        user
    }

    /// Starts papo again, perhaps with another broker, and does not wait until it is online.
    pub fn start_again(&mut self, brokers: &str) {
        brokers.clone_into(&mut self.brokers);
        let mut command = self.command(&["--linear"]);
        self.running = Some(Running::start(&mut command, &self.home.join("log")));
        // Until it listens for commands, each of them would connect by itself.
        let socket = self.home.join(".local/share/papo").join(self.name).join("papo.sock");
        self.limit
            .until(&format!("{}'s papo takes commands", self.name), || socket.exists() && self.status().is_some());
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// papo with these arguments, as this user.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &self.home).env("XDG_RUNTIME_DIR", &self.home);
        command.env("LC_ALL", "C.UTF-8").env("TERM", "dumb");
        command.env("PAPO_ID", self.name).env("PAPO_BROKER", &self.brokers);
        command.env("PAPO_USER", self.name).env("PAPO_PASSWORD", self.name);
        command
    }

    /// Runs a command of papo to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("papo runs")
    }

    /// Runs a command of papo that has to succeed, and returns what it prints.
    #[track_caller]
    pub fn does(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (name, log) = (self.name, tail(&self.home.join("log")));
        assert!(output.status.success(), "{name}: papo {arguments:?}: {output:?}\n{log}");
        String::from_utf8(output.stdout).expect("papo prints UTF-8")
    }

    /// Types a line into the running papo.
    pub fn types(&mut self, line: &str) {
        let running = self.running.as_mut().expect("papo runs");
        writeln!(running.input(), "{line}").expect("papo reads");
    }

    /// Quits papo, and waits until it has ended.
    pub fn quit(&mut self) {
        self.running.take().expect("papo runs").quit(self.limit);
    }

    /// What `papo status` says.
    fn status(&self) -> Option<Value> {
        serde_json::from_slice(&self.run(&["status", "--json"]).stdout).ok()
    }

    pub fn is_online(&self) -> bool {
        self.status().is_some_and(|status| status["online"] == true)
    }

    /// The URL of the broker.
    pub fn broker(&self) -> Option<String> {
        Some(self.status()?["broker"].as_str()?.to_owned())
    }

    /// The number of messages that wait for the broker.
    pub fn waiting(&self) -> usize {
        self.status().and_then(|status| status["outbox"].as_u64()).map_or(0, |count| usize::try_from(count).unwrap())
    }

    /// What a list of papo holds, such as `users`.
    fn list(&self, list: &str) -> Vec<Value> {
        let output = self.run(&[list, "--json"]).stdout;
        String::from_utf8_lossy(&output).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Whether this user sees another one as `online`, `offline` or `unknown`.
    pub fn sees(&self, other: &str, presence: &str) -> bool {
        self.list("users").iter().any(|user| user["user"] == other && user["presence"] == presence)
    }

    /// Whether a request or an invitation of another user is pending.
    fn is_asked_by(&self, other: &str) -> bool {
        let is_theirs = |request: &Value| request["user"] == other && request["direction"] == "in";
        self.list("inbox").iter().any(|request| is_theirs(request) && request["state"] == "pending")
    }

    /// The other members of a group, and whether this user is in it.
    fn members(&self, group: &str) -> usize {
        let groups = self.list("groups");
        let group = groups.iter().find(|known| known["group"] == group);
        group.and_then(|group| group["members"].as_array()).map_or(0, Vec::len)
    }

    /// The texts of an author in this user's history that begin with `prefix`, in the order of the history.
    pub fn has(&self, author: &str, prefix: &str) -> Vec<String> {
        let history = self.run(&["export"]).stdout;
        let history = String::from_utf8_lossy(&history);
        let messages = history.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let theirs = messages.filter(|message| message["author"] == author);
        let texts = theirs.filter_map(|message| message["text"].as_str().map(str::to_owned));
        texts.filter(|text| text.starts_with(prefix)).collect()
    }

    /// Opens a chat with another user: asks, waits until that user has it, accepts, and waits for the answer.
    pub fn opens_chat_with(&self, other: &Self) {
        self.does(&["request", other.name]);
        self.limit.until(&format!("the request reaches {}", other.name), || other.is_asked_by(self.name));
        other.does(&["accept", self.name]);
        self.limit.until(&format!("the answer of {} arrives", other.name), || {
            self.run(&["send", other.name, "hello"]).status.success()
        });
    }

    /// Creates a group, and waits until all others are in it and know it.
    pub fn founds(&self, group: &str, others: &[&Self]) {
        self.does(&["group", "new", group]);
        for other in others {
            self.does(&["group", "invite", group, other.name]);
            self.limit.until(&format!("the invitation reaches {}", other.name), || other.is_asked_by(self.name));
            other.does(&["accept", self.name]);
        }
        for user in others.iter().chain([&self]) {
            let what = format!("{} knows all members of #{group}", user.name);
            self.limit.until(&what, || user.members(group) == others.len());
        }
    }
}

/// The papo to test.
fn program() -> PathBuf {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/release/papo");
    env::var_os("PAPO_BUILT").unwrap_or_else(|| built.into()).into()
}

/// The texts `prefix1`, `prefix2` and so on.
pub fn texts(prefix: &str, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("{prefix}{number}")).collect()
}
