//! Three RMQTT nodes on 127.0.0.1.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::process::{Limit, Running, free_port, tail};

/// An MQTT 5 CONNECT with a clean start and no client ID.
const CONNECT: &[u8] = b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00";
/// The configuration that is tested.
const PLUGINS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docker/cluster/plugins");
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// How the nodes share what they know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Broadcast,
    Raft,
}

/// The nodes, numbered 0, 1 and 2. Dropping this ends them.
pub struct Cluster {
    // Before the folder, for fields are dropped in this order.
    nodes: [Option<Running>; 3],
    mode: Mode,
    folder: TempDir,
    mqtt: [u16; 3],
    grpc: [u16; 3],
    limit: Limit,
}

impl Cluster {
    /// Starts all nodes, which let everybody in, and waits until each forwards messages to each other.
    pub fn start(mode: Mode, limit: Limit) -> Self {
        let cluster = Self::started(mode, limit, "rules = [[\"allow\", \"all\"]]");
        for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            let what = format!("node {from} forwards messages to node {to}");
            limit.until(&what, || cluster.forwards(from, to));
        }
        cluster
    }

    /// Starts all nodes with the access rules of `docker/cluster/` and these users, whose passwords are their names.
    pub fn with_logins(mode: Mode, limit: Limit, users: &[&str]) -> Self {
        let rules = fs::read_to_string(Path::new(PLUGINS).join("rmqtt-acl.toml")).unwrap();
        let example = rules.lines().find_map(|line| line.strip_prefix("    # [")).expect("the file has an example");
        let login = |user: &&str| format!("[{example}\n").replace("alice", user).replace("a long random one", user);
        let logins: String = users.iter().map(login).collect();
        Self::started(mode, limit, &rules.replace(&format!("# [{example}"), &logins))
    }

    fn started(mode: Mode, limit: Limit, rules: &str) -> Self {
        let ports = || [free_port(), free_port(), free_port()];
        let folder = tempfile::tempdir().unwrap();
        let mut cluster = Self { mode, folder, mqtt: ports(), grpc: ports(), nodes: [None, None, None], limit };
        cluster.configure(ports(), rules);
        for node in 0..3 {
            cluster.start_node(node);
            // A node in raft mode that finds no leader makes itself one.
            if mode == Mode::Raft {
                cluster.await_answer(node);
            }
        }
        for node in 0..3 {
            cluster.await_answer(node);
        }
        cluster
    }

    /// Writes the configuration of `docker/cluster/` with the addresses and folders of this cluster.
    fn configure(&self, raft: [u16; 3], rules: &str) {
        let plugins = self.plugins();
        fs::create_dir(&plugins).unwrap();
        for file in fs::read_dir(PLUGINS).unwrap() {
            let file = file.unwrap();
            let mut text = fs::read_to_string(file.path()).unwrap();
            for (node, port) in (1..).zip(self.grpc) {
                text = text.replace(&format!("rmqtt{node}:5363"), &format!("127.0.0.1:{port}"));
            }
            let text = text.replace("/var/lib/rmqtt", self.folder().to_str().expect("the path is UTF-8"));
            fs::write(plugins.join(file.file_name()), text).unwrap();
        }
        let addresses = |ports: [u16; 3]| (1..).zip(ports).map(|(id, port)| format!("{id}@127.0.0.1:{port}")).collect();
        let (grpc, raft): (Vec<_>, Vec<_>) = (addresses(self.grpc), addresses(raft));
        let raft = format!(
            "message_type = 198\nnode_grpc_addrs = {grpc:?}\nnode_grpc_client_timeout = \"1s\"\n\
             raft_peer_addrs = {raft:?}\nraft.proposal_batch_timeout = \"5ms\"\nraft.heartbeat = \"100ms\"\n\
             raft.election_tick = 10\nraft.heartbeat_tick = 5\nraft.check_quorum = true\nraft.pre_vote = true\n"
        );
        fs::write(plugins.join("rmqtt-cluster-raft.toml"), raft).unwrap();
        fs::write(plugins.join("rmqtt-acl.toml"), rules).unwrap();
    }

    fn plugins(&self) -> PathBuf {
        self.folder().join("plugins")
    }

    /// The folder for everything that the test writes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// The port for clients of a node.
    pub fn port(&self, node: usize) -> u16 {
        self.mqtt[node]
    }

    /// The URL of a node.
    pub fn url(&self, node: usize) -> String {
        format!("mqtt://127.0.0.1:{}", self.mqtt[node])
    }

    /// Starts a node, with what it has stored.
    pub fn start_node(&mut self, node: usize) {
        let id = (node + 1).to_string();
        let mode = if self.mode == Mode::Raft { "raft" } else { "broadcast" };
        let mut command = Command::new(env!("CARGO_BIN_EXE_node"));
        command.args(["--mode", mode, "--id", &id, "--mqtt", &self.mqtt[node].to_string()]);
        command.args(["--grpc", &self.grpc[node].to_string()]).arg("--plugins").arg(self.plugins());
        self.nodes[node] = Some(Running::start(&mut command, &self.folder().join(format!("node{id}.log"))));
    }

    /// Kills a node.
    pub fn kill(&mut self, node: usize) {
        drop(self.nodes[node].take().expect("the node runs"));
    }

    /// Waits until a node lets clients in, and returns how long that took.
    pub fn await_answer(&self, node: usize) -> Duration {
        self.limit.until(&format!("node {node} lets clients in"), || accepts(self.mqtt[node]))
    }

    /// Whether a message that is published at one node reaches a subscriber at another.
    fn forwards(&self, from: usize, to: usize) -> bool {
        let client = |name: &str, node: usize| {
            let mut command = Command::new(name);
            let port = self.mqtt[node].to_string();
            command.args(["-V", "mqttv5", "-h", "127.0.0.1", "-p", &port, "-t", "test/forwards"]);
            command
        };
        // The subscriber ends by itself, and so this does.
        let mut subscriber = client("mosquitto_sub", to);
        let log = self.folder().join("forwards.log");
        let subscriber = subscriber.args(["-C", "1", "-W", "1"]);
        let mut subscriber = Running::start(subscriber, &log);
        let mut has_ended = None;
        self.limit.until("a message is forwarded, or not", || {
            let _ = client("mosquitto_pub", from).args(["-m", "1"]).status();
            has_ended = subscriber.ended();
            has_ended.is_some()
        });
        has_ended == Some(true)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let files = fs::read_dir(self.folder()).into_iter().flatten().flatten().map(|file| file.path());
        for log in files.filter(|file| file.extension().is_some_and(|extension| extension == "log")) {
            println!("{}:\n{}", log.display(), tail(&log));
        }
    }
}

/// Whether a broker accepts a client, or wants a login.
fn accepts(port: u16) -> bool {
    let answer = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        stream.write_all(CONNECT)?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer)?;
        // DISCONNECT
        stream.write_all(b"\xe0\x00")?;
        std::io::Result::Ok(answer)
    };
    // The second and the third byte are the length and the flags.
    matches!(answer(), Ok([0x20, _, _, 0x00 | 0x86 | 0x87]))
}
