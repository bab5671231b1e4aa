//! Presence against mosquitto: it displaces no message, and it fades if nobody renews it.
#![expect(clippy::disallowed_methods, reason = "a test measures real time")]

use std::{
    sync::{Arc, Mutex, MutexGuard},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use papo::{
    domain::{Body, Now, Presence, Tick, Timestamp, UserId},
    mqtt::{self, Event, Options, Request},
    protocol::{Batch, Command, Identity, Input, Operation, Output, Peer, Saved},
};
use tokio::sync::mpsc;

use crate::{
    broker::Broker,
    flood::{self, kept},
    wait::until,
};

/// A peer, and the texts that it has stored.
struct Papo {
    peer: Peer,
    texts: Vec<String>,
}

/// A papo that is connected to a broker by an MQTT client in a thread of its own. Dropping it closes the connection
/// without DISCONNECT.
struct Running {
    papo: Arc<Mutex<Papo>>,
    commands: Option<mpsc::UnboundedSender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Papo {
    fn new(id: &str) -> Self {
        Self::with_expiry(id, Duration::from_secs(15 * 60))
    }

    /// A papo whose presence expires after this time.
    fn with_expiry(id: &str, presence_expiry: Duration) -> Self {
        let identity = Identity { presence_expiry, ..Identity::new(id.parse().unwrap(), format!("device-of-{id}"), 7) };
        Self { peer: Peer::restore(identity, Saved::default()), texts: Vec::new() }
    }

    /// Connects to a broker.
    fn connect(self, port: u16) -> Running {
        let papo = Arc::new(Mutex::new(self));
        let (commands, taken) = mpsc::unbounded_channel();
        let shared = Arc::clone(&papo);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&shared, port, taken));
        });
        Running { papo, commands: Some(commands), thread: Some(thread) }
    }

    fn input(&mut self, now: Now, input: Input) -> Vec<Output> {
        self.peer.handle_input(now, input);
        self.commit(now)
    }

    /// Stores the texts of a batch, and answers what it asks the store. Returns the outputs for the MQTT client.
    fn commit(&mut self, now: Now) -> Vec<Output> {
        let Batch { operations, outputs, .. } = self.peer.take_batch();
        for operation in operations {
            if let Operation::Append { message, .. } = operation
                && let Body::Text(text) = message.body
            {
                self.texts.push(text);
            }
        }
        let mut left = Vec::new();
        for output in outputs {
            let input = match output {
                Output::FetchIds { conversation, author } => {
                    Input::FetchedIds { conversation, author, ids: Vec::new() }
                }
                Output::Fetch { conversation, from, upto } => {
                    Input::Fetched { conversation, from, upto, messages: Vec::new() }
                }
                output => {
                    left.push(output);
                    continue;
                }
            };
            left.extend(self.input(now, input));
        }
        left
    }
}

impl Running {
    fn papo(&self) -> MutexGuard<'_, Papo> {
        self.papo.lock().unwrap()
    }

    fn command(&self, command: Command) {
        self.commands.as_ref().unwrap().send(command).unwrap();
    }

    /// Waits until a condition on the state of the papo holds.
    #[track_caller]
    fn until(&self, what: &str, holds: impl Fn(&Papo) -> bool) {
        until(what, || holds(&self.papo()));
    }

    /// Loses the connection, as by a power cut in the network.
    fn cut(mut self) -> Papo {
        self.stop();
        std::mem::replace(&mut *self.papo(), Papo::new("nobody"))
    }

    fn stop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a papo until its commands end.
async fn run(papo: &Mutex<Papo>, port: u16, mut commands: mpsc::UnboundedReceiver<Command>) {
    let locked = || papo.lock().unwrap();
    let client_id = locked().peer.client_id();
    let options = Options::new(format!("mqtt://127.0.0.1:{port}").parse().unwrap(), client_id, locked().peer.will());
    let (handle, mut events) = mqtt::spawn(options, Vec::new());
    loop {
        let due = locked().peer.next_timeout();
        let timeout = async {
            match due {
                Some(due) => tokio::time::sleep(due.since(now().tick)).await,
                None => std::future::pending().await,
            }
        };
        let inputs = tokio::select! {
            event = events.recv() => inputs(event.unwrap()),
            () = timeout => vec![Input::Timeout],
            command = commands.recv() => {
                let Some(command) = command else { break };
                locked().peer.command(now(), command).unwrap();
                Vec::new()
            }
        };
        let mut outputs = locked().commit(now());
        for input in inputs {
            outputs.extend(locked().input(now(), input));
        }
        for request in outputs.into_iter().filter_map(request) {
            let mut request = Some(request);
            while let Some(waiting) = request.take() {
                request = handle.try_send(waiting).err();
                tokio::task::yield_now().await;
            }
        }
    }
    drop(handle);
    locked().input(now(), Input::Disconnected);
}

fn inputs(event: Event) -> Vec<Input> {
    match event {
        Event::Connected { session_present, names_senders } => {
            vec![Input::Connected { session_present, names_senders }]
        }
        Event::Subscribed { .. } => vec![Input::Subscribed],
        Event::Received { inbound, token } => vec![Input::Received { inbound, token }],
        Event::Published { row, outcome } => vec![Input::Published { row, outcome }],
        Event::Disconnected { .. } => vec![Input::Disconnected],
        _ => Vec::new(),
    }
}

fn request(output: Output) -> Option<Request> {
    match output {
        Output::Publish { row, publication } => Some(Request::Publish { row, publication }),
        Output::Subscribe(wanted) => Some(Request::Subscribe(wanted)),
        Output::Unsubscribe(filters) => Some(Request::Unsubscribe(filters)),
        Output::Ack(token) => Some(Request::Ack(token)),
        _ => None,
    }
}

/// The time on both clocks, which are the same here.
fn now() -> Now {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let elapsed = START.elapsed();
    Now { wall: Timestamp::from_millis(1_700_000_000_000) + elapsed, tick: Tick::from_millis(1) + elapsed }
}

fn user(id: &str) -> UserId {
    id.parse().unwrap()
}

/// Whether a papo knows this presence of a user.
fn sees(papo: &Papo, id: &str, presence: Presence) -> bool {
    papo.peer.users().get(&user(id)).is_some_and(|user| user.presence == presence)
}

/// mosquitto with the limits that it has without any configuration.
fn unconfigured() -> Broker {
    let mut broker = Broker::written(|_, port| format!("listener {port} 127.0.0.1\nallow_anonymous true\n"));
    broker.restart();
    broker
}

#[test]
fn presence_of_others_displaces_no_message_to_an_absent_user() {
    let broker = unconfigured();
    let [alice, bob] = ["alice", "bob"].map(|id| Papo::new(id).connect(broker.port()));
    bob.until("bob sees alice", |bob| sees(bob, "alice", Presence::Online));
    alice.command(Command::RequestChat(user("bob")));
    bob.until("bob is asked", |bob| bob.peer.waiting_requests() == 1);
    let asked = bob.papo().peer.requests().next().unwrap().id;
    bob.command(Command::Accept(asked));
    alice.until("the session is open", |alice| !alice.peer.conversations().is_empty());
    let session = alice.papo().peer.conversations().keys().next().unwrap().clone();
    alice.until("alice has sent all", |alice| alice.peer.outbox().len() == 0);
    bob.until("bob has sent all", |bob| bob.peer.outbox().len() == 0);

    let bob = bob.cut();
    let changes = (0..2_000).map(|change| {
        let (id, state) = (format!("u{}", change % 50), if change / 50 % 2 == 0 { "online" } else { "offline" });
        kept(format!("USERS/{id}"), format!("{id} {state}"))
    });
    flood::publish(broker.port(), changes.collect());
    alice.command(Command::Send { conversation: session, text: "are you there?".into(), relation: None });
    alice.until("alice has sent her message", |alice| alice.peer.outbox().len() == 0);
    // She cannot resend anything any more.
    alice.cut();

    let bob = bob.connect(broker.port());
    bob.until("bob gets the message", |bob| bob.texts == ["are you there?"]);
    bob.until("bob knows all users", |bob| bob.peer.users().len() == 51);
}

#[test]
fn user_whose_broker_failed_with_the_last_will_becomes_unknown() {
    let mut broker = Broker::start();
    let papo = |id| Papo::with_expiry(id, Duration::from_secs(6)).connect(broker.port());
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(papo);
    for (papo, others) in [(&alice, ["bob", "carol"]), (&bob, ["alice", "carol"]), (&carol, ["alice", "bob"])] {
        papo.until("everyone is online", |papo| others.iter().all(|id| sees(papo, id, Presence::Online)));
    }
    // mosquitto forgets the last wills when it is killed, and keeps what is retained. alice never returns.
    broker.kill();
    alice.cut();
    broker.restart();
    bob.until("alice is unknown", |bob| sees(bob, "alice", Presence::Unknown));
    carol.until("alice is unknown", |carol| sees(carol, "alice", Presence::Unknown));
    // Those who are back renew their presence.
    assert!(sees(&bob.papo(), "carol", Presence::Online) && sees(&carol.papo(), "bob", Presence::Online));
    let dave = Papo::new("dave").connect(broker.port());
    dave.until("dave sees the others", |dave| ["bob", "carol"].iter().all(|id| sees(dave, id, Presence::Online)));
    assert!(!dave.papo().peer.users().contains_key(&user("alice")));
}
