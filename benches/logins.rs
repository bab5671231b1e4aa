//! Measures brokers with ten thousand clients: logins, memory, and what a publication costs among them.
//!
//! `make bench` runs this program, which prints one line for each figure: of `papo broker`, then of mosquitto, and of
//! another one that runs already if `PAPO_BESIDE` has its name, port and process ID (`rmqtt 1883 4711`). It fails only if
//! `papo broker` drops a client. Everything runs on 127.0.0.0/8, the clients as raw sockets in one thread.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "../tests/support/broker.rs"]
mod mosquitto;
#[path = "../tests/broker/packet.rs"]
mod packet;
#[path = "../tests/broker/process.rs"]
mod process;
#[path = "../tests/broker/raw.rs"]
mod raw;
#[path = "support/process.rs"]
mod usage;
#[path = "../tests/support/wait.rs"]
mod wait;

use std::{
    cell::Cell,
    env,
    fmt::Display,
    future::Future,
    io::{self, ErrorKind},
    net::SocketAddr,
    process::ExitCode,
    rc::Rc,
    time::{Duration, Instant},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::LocalSet,
};

use self::{
    packet::{Connect, PINGREQ, Properties, Publish, Version, WILL_DELAY, packet, subscribe},
    raw::Client,
    usage::Process,
};

/// The clients that stay connected, besides the two that talk.
const CLIENTS: usize = 9_998;
/// The logins that are under way at a time, unless all come at once.
const AT_ONCE: usize = 200;
/// How long a login may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The publications that are measured, and how many are on their way at a time.
const PUBLICATIONS: usize = 20_000;
const IN_FLIGHT: usize = 15;
/// The logins with a password.
const PASSWORDS: usize = 200;

/// Whether a session outlives its connection; then it has a will, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Session {
    Ends,
    Lasts,
}

/// A running broker.
struct Broker {
    name: String,
    port: u16,
    process: Process,
}

impl Broker {
    fn new(name: &str, port: u16, pid: u32) -> Self {
        Self { name: name.to_owned(), port, process: Process::of(pid) }
    }

    /// The one of which `PAPO_BESIDE` has the name, the port and the process ID.
    fn beside() -> Option<Self> {
        let words = env::var("PAPO_BESIDE").ok()?;
        let broker = match words.split_whitespace().collect::<Vec<_>>()[..] {
            [name, port, pid] => port.parse().ok().zip(pid.parse().ok()).map(|(port, pid)| Self::new(name, port, pid)),
            _ => None,
        };
        Some(broker.expect("PAPO_BESIDE has a name, a port and a process ID"))
    }

    fn client(&self, connect: &Connect) -> Client {
        Client::connect(self.port, connect)
    }

    fn report(&self, what: &str, figure: impl Display) {
        report(&format!("{}: {what}", self.name), figure);
    }
}

fn main() -> ExitCode {
    // The broker first, so that it has to raise the limit of open files itself.
    let own = process::Broker::open();
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let measured = |broker: Broker| LocalSet::new().block_on(&runtime, measure(&broker));
    let dropped = measured(Broker::new("papo broker", own.port(), own.pid()));
    drop(own);
    measure_passwords();
    let mosquitto = mosquitto::Broker::start();
    measured(Broker::new("mosquitto", mosquitto.port(), mosquitto.pid()));
    drop(mosquitto);
    Broker::beside().map(measured);
    if dropped == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns how many clients the broker has dropped.
async fn measure(broker: &Broker) -> usize {
    let alone = cost_of_publication(broker);
    let rss = broker.process.megabytes();
    let mut clients = log_all_in("200 at a time", AT_ONCE, Session::Ends, broker).await;
    broker.report("memory of a connection, kB", (broker.process.megabytes() - rss) * 1024.0 / count(CLIENTS));
    for (n, client) in clients.iter_mut().enumerate() {
        let filter = format!("client{n}_Control");
        let bytes = subscribe(Version::V5, 1, &[(filter.as_str(), 1)], &Properties::default());
        exchange(client, &bytes).await.expect("the broker answers SUBSCRIBE");
    }
    broker.report(
        "memory of a connection with a subscription, kB",
        (broker.process.megabytes() - rss) * 1024.0 / count(CLIENTS),
    );
    let crowded = cost_of_publication(broker);
    broker.report("CPU of a publication between two clients alone, µs", alone);
    broker.report("CPU of a publication among 10,000 clients, µs", crowded);
    let dropped = all_leave(broker, clients).await;
    broker.report("memory more than at the start when all have left, MB", broker.process.megabytes() - rss);

    // As after a restart of the broker, with sessions like those of papo.
    let clients = log_all_in("all at once", CLIENTS, Session::Lasts, broker).await;
    let dropped = dropped + all_leave(broker, clients).await;
    broker.report(
        "memory more than at the start when all have left their sessions, MB",
        broker.process.megabytes() - rss,
    );
    broker.report("clients dropped", dropped);
    dropped
}

async fn log_all_in(how: &str, at_once: usize, session: Session, broker: &Broker) -> Vec<TcpStream> {
    let (port, cpu, since) = (broker.port, broker.process.cpu(), Instant::now());
    let clients = in_parallel(CLIENTS, at_once, move |n| async move {
        tokio::time::timeout(PATIENCE, log_in(port, n, session)).await?
    })
    .await;
    let (took, spent) = (since.elapsed(), broker.process.cpu().saturating_sub(cpu));
    broker.report(&format!("logins a second, {how}"), count(clients.len()) / took.as_secs_f64());
    broker.report(&format!("CPU of the broker for {CLIENTS} logins, {how}, s"), spent.as_secs_f64());
    clients
}

/// Closes these connections, and gives the broker time to close them. Returns how many of [`CLIENTS`] were not
/// connected any more.
async fn all_leave(broker: &Broker, mut clients: Vec<TcpStream>) -> usize {
    let mut dropped = CLIENTS - clients.len();
    for client in &mut clients {
        dropped += usize::from(exchange(client, &packet(PINGREQ << 4, &[])).await.is_err());
    }
    drop(clients);
    let is_empty = || broker.process.open_files() < 100;
    if !process::holds_within(Duration::from_secs(10), is_empty) {
        broker.report("open files, 10 s after all have left", count(broker.process.open_files()));
    }
    dropped
}

/// Runs this many jobs, `at_once` at a time; returns the results of those that succeed.
async fn in_parallel<T: 'static, F: Future<Output = io::Result<T>> + 'static>(
    jobs: usize,
    at_once: usize,
    job: impl Fn(usize) -> F + Clone + 'static,
) -> Vec<T> {
    let next = Rc::new(Cell::new(0));
    let workers = (0..at_once).map(|_| {
        let (next, job) = (Rc::clone(&next), job.clone());
        tokio::task::spawn_local(async move {
            let mut done = Vec::new();
            while next.get() < jobs {
                let n = next.replace(next.get() + 1);
                done.extend(job(n).await.ok());
            }
            done
        })
    });
    let mut done = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        done.extend(worker.await.expect("no worker panics"));
    }
    done
}

async fn log_in(port: u16, n: usize, session: Session) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Each address has its own ports.
    socket.bind(SocketAddr::from(([127, 0, 0, 2 + n.to_le_bytes()[0] % 8], 0)))?;
    let mut stream = socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    stream.set_nodelay(true)?;
    let id = format!("client{n}");
    let mut connect = Connect::v5(&id);
    connect.keep_alive = 600;
    if session == Session::Lasts {
        let will = Publish::retained(&format!("USERS/{id}"), format!("{id} offline"));
        connect = connect.lasting().will(will, Properties::default().number(WILL_DELAY, 5));
    }
    let connack = exchange(&mut stream, &connect.bytes()).await?;
    if connack[1] == 0 { Ok(stream) } else { Err(ErrorKind::ConnectionRefused.into()) }
}

/// Sends a packet and reads the answer, which is short; returns its body.
async fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(bytes).await?;
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let mut body = vec![0; usize::from(head[1])];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

/// The CPU time of the broker for a publication from one client to another, in microseconds.
fn cost_of_publication(broker: &Broker) -> f64 {
    let mut bob = broker.client(&Connect::v5("bob"));
    bob.subscribe("bob_Control", 0);
    let mut alice = broker.client(&Connect::v5("alice"));
    let burst: Vec<u8> = (1..=IN_FLIGHT)
        .flat_map(|id| {
            let id = u16::try_from(id).expect("few");
            Publish::new("bob_Control", "REQUEST alice").packet(id).bytes(Version::V5)
        })
        .collect();
    let cpu = broker.process.cpu();
    let bursts = PUBLICATIONS / IN_FLIGHT;
    for _ in 0..bursts {
        alice.send(&burst);
        (0..IN_FLIGHT).for_each(|_| drop(alice.next().expect("PUBACK")));
        (0..IN_FLIGHT).for_each(|_| drop(bob.receive()));
    }
    let spent = broker.process.cpu().saturating_sub(cpu);
    for client in [alice, bob] {
        client.leave();
    }
    spent.as_secs_f64() * 1e6 / count(bursts * IN_FLIGHT)
}

fn measure_passwords() {
    let broker = process::Broker::with_users(&["alice"]);
    drop(broker.client(&Connect::user("alice")));
    let (rss, since) = (broker.rss(), Instant::now());
    for _ in 0..PASSWORDS {
        drop(broker.client(&Connect::user("alice")));
    }
    report(
        "papo broker: logins with a password a second, one after another",
        count(PASSWORDS) / since.elapsed().as_secs_f64(),
    );
    report("papo broker: memory more after them, MB", broker.rss() - rss);
}

/// Raises the limit of open files to what the system allows.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("the limit may be raised");
    let enough = limit.maximum.is_none_or(|files| files > CLIENTS as u64 + 100);
    assert!(enough, "this needs {CLIENTS} open files: ulimit -Hn");
}

fn report(what: &str, figure: impl Display) {
    println!("{what}: {figure:.1}");
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn count(number: usize) -> f64 {
    number as f64
}
