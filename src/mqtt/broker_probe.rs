//! Tests what a broker supports, for `papo doctor`. The connections are separate from papo's own, and leave no sessions
//! or retained messages behind.
//!
//! Most tests use one session topic, between the user and the made-up user [`DOCTOR_ID`]: no one else subscribes to it,
//! and papo's access rules allow it. If the broker binds client IDs to logins, only one connection is possible, and
//! tests that need a second one are skipped.

mod bridges;

use std::{net::SocketAddr, time::Duration};

use rumqttc::v5::{
    MqttOptions,
    mqttbytes::{QoS, v5::LastWill},
};
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use uuid::Uuid;

pub use self::bridges::BridgeReport;
use super::{
    Options,
    connection::{Connection, ConnectionEvent, Origin, ServerLimits},
    convert, now,
    outbox::Outbox,
    pause::probe,
};
use crate::{
    domain::DisconnectReason,
    protocol::{Holder, Inbound, PubOutcome, Publication, Qos, Subscription},
};

/// The ID of the made-up user on the other end of the tests' session topic.
pub const DOCTOR_ID: &str = "papo-doctor";
/// The time limit of each step.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait before concluding that no more publications will arrive.
const QUIET_TIME: Duration = Duration::from_secs(1);
/// How many round trips are measured.
const ROUND_TRIPS: usize = 21;
/// How many bursts, of [`WINDOW`] publications each, are measured.
const BURSTS: usize = 5;
/// How many messages are published to a session that is offline, to test its queue: more than brokers queue by default.
pub const QUEUE_TEST_MESSAGES: usize = 1500;
/// The payload size in bytes of papo's longest message: a text of 64 KiB, and some room for the rest of the payload.
const LONGEST_PAYLOAD: usize = 66 * 1024;
/// How many publications may be in flight (sent, without a PUBACK yet).
const WINDOW: usize = 16;

/// Whether a test passed; [`None`] if it was skipped.
pub type CheckResult = Option<bool>;

/// The results of all tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProbeReport {
    /// The addresses of the host.
    pub addresses: Vec<SocketAddr>,
    /// How long TCP takes to connect.
    pub connect: Option<Duration>,
    /// The TLS version, and the broker's certificate in DER.
    pub tls: Option<(String, Vec<u8>)>,
    /// The limits in the CONNACK.
    pub limits: ServerLimits,
    /// Whether the broker binds client ids to logins.
    pub binds_ids: bool,
    /// Whether a publication reaches a subscriber.
    pub delivers: CheckResult,
    /// The median time from publishing to receiving.
    pub latency: Option<Duration>,
    /// The median time from publishing a burst to its last PUBACK.
    pub burst: Option<Duration>,
    /// Whether the broker keeps a retained publication, and an empty one clears it.
    pub retains: CheckResult,
    /// Whether papo's longest message is delivered.
    pub large: CheckResult,
    /// Whether the will is published when a connection breaks.
    pub will: CheckResult,
    /// Whether a session survives while its client is offline.
    pub resumes: CheckResult,
    /// How many of the [`QUEUE_TEST_MESSAGES`] the broker queued for that session.
    pub queued: Option<usize>,
    /// Whether this user can read the control topics of other users.
    pub reads_others: CheckResult,
    /// What is visible of bridges to other brokers; `None` if the broker does not let this user look.
    pub bridges: Option<BridgeReport>,
    /// The error that ended the tests early, if any.
    pub error: Option<DisconnectReason>,
}

/// The user and the topics that the tests use.
#[derive(Debug, Clone, Copy)]
pub struct ProbeTarget<'a> {
    /// The user's id.
    pub me: &'a str,
    /// The prefix of all topics.
    pub prefix: &'a str,
    /// Whether the tests may use the user's own client ID, because no papo of this user is running.
    pub may_use_client_id: bool,
    /// Milliseconds since the Unix epoch, for the topic.
    pub now: u64,
}

/// Runs all tests. An error means that the broker could not be reached.
pub async fn probe_broker(options: &Options, target: ProbeTarget<'_>) -> Result<ProbeReport, DisconnectReason> {
    let mut report = ProbeReport::default();
    measure_connect(options, &mut report).await;
    let names = Names::new(target);
    let mut first =
        match Probe::open(options, convert::connect_options(options, &names.first_client, Duration::ZERO)).await {
            Ok(probe) => probe,
            // Some brokers, RMQTT among them, refuse an ID that is not that of the login as if the login were wrong.
            Err(DisconnectReason::ClientIdRefused(_) | DisconnectReason::NotAuthorized) if target.may_use_client_id => {
                report.binds_ids = true;
                // The tests must use papo's own client id, which a papo on another machine may have.
                if probe(options).await.is_ok_and(|seen| seen.holder == Holder::OtherDevice) {
                    return Err(DisconnectReason::InUse);
                }
                // No clean start, so that its session survives.
                let mut mqtt = convert::connect_options(options, &options.client_id, options.session_expiry);
                mqtt.set_clean_start(false);
                Probe::open(options, mqtt).await?
            }
            Err(reason) => return Err(reason),
        };
    report.limits = first.connection.limits().clone();
    if let Err(reason) = run_tests(options, &names, &mut first, &mut report).await {
        report.error = Some(reason);
    } else {
        // The broker may end the connection because of a topic that it does not allow. That is no fault.
        report.bridges = bridges::look_for_bridges(&mut first, &names).await.ok();
    }
    first.disconnect().await;
    Ok(report)
}

/// Resolves the host, and connects with TCP and TLS.
async fn measure_connect(options: &Options, report: &mut ProbeReport) {
    let broker = &options.broker;
    if broker.socket().is_some() {
        return;
    }
    let host = broker.name_to_look_up();
    let Ok(Ok(addresses)) = timeout(STEP_TIMEOUT, tokio::net::lookup_host((host.as_str(), broker.port()))).await else {
        return;
    };
    report.addresses = addresses.collect();
    let started = now();
    let connected = timeout(STEP_TIMEOUT, tokio::net::TcpStream::connect((host.as_str(), broker.port()))).await;
    let Ok(Ok(stream)) = connected else { return };
    report.connect = Some(started.elapsed());
    let name = ServerName::try_from(broker.host().to_owned());
    if let (Some(tls), Ok(name)) = (&options.tls, name)
        && let Ok(Ok(stream)) = timeout(STEP_TIMEOUT, TlsConnector::from(tls.config()).connect(name, stream)).await
    {
        let (_, session) = stream.get_ref();
        let version = session.protocol_version().and_then(|version| version.as_str()).unwrap_or("unknown");
        let certificate = session.peer_certificates().and_then(|chain| chain.first());
        report.tls = certificate.map(|der| (version.to_owned(), der.to_vec()));
    }
}

async fn run_tests(
    options: &Options,
    names: &Names,
    first: &mut Probe,
    report: &mut ProbeReport,
) -> Result<(), DisconnectReason> {
    let topic = names.topic.as_str();
    report.delivers = Some(first.subscribe(topic).await?);
    if report.delivers == Some(false) {
        return Ok(());
    }
    let mut times = Vec::new();
    for round in 0..ROUND_TRIPS {
        let started = now();
        if !first.echoes(topic, &names.text(&round.to_string())).await? {
            report.delivers = Some(false);
            return Ok(());
        }
        times.push(started.elapsed());
    }
    report.latency = median(times);

    let long = names.text(&"x".repeat(LONGEST_PAYLOAD));
    report.large = Some(match report.limits.max_packet {
        Some(max_packet) if (max_packet as usize) < LONGEST_PAYLOAD => false,
        _ => first.echoes(topic, &long).await?,
    });
    first.unsubscribe(topic).await?;
    let mut times = Vec::new();
    let burst = vec![names.text("burst"); WINDOW];
    for _ in 0..BURSTS {
        let started = now();
        first.publish_all(topic, &burst).await?;
        times.push(started.elapsed());
    }
    report.burst = median(times);
    report.retains = Some(test_retain(first, names).await?);
    report.reads_others = Some(test_privacy(first, names).await?);
    if report.binds_ids {
        return Ok(());
    }
    report.will = Some(test_will(options, names, first).await?);
    let (resumes, queued) = test_resume(options, names, first).await?;
    (report.resumes, report.queued) = (Some(resumes), Some(queued));
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

async fn test_retain(first: &mut Probe, names: &Names) -> Result<bool, DisconnectReason> {
    let (topic, text) = (names.topic.as_str(), names.text("kept"));
    first.publish(topic, &text, true).await?;
    let is_kept = becomes_retained(first, topic, &text, true).await?;
    first.publish(topic, "", true).await?;
    Ok(becomes_retained(first, topic, &text, false).await? && is_kept)
}

/// Whether a new subscriber finds, or does not find, this retained publication. Some brokers acknowledge a publication a
/// moment before they have retained it.
async fn becomes_retained(first: &mut Probe, topic: &str, text: &str, wanted: bool) -> Result<bool, DisconnectReason> {
    let started = now();
    loop {
        first.subscribe(topic).await?;
        let is_it = |inbound: &Inbound| inbound.retained && inbound.payload == text.as_bytes();
        let is_retained = first.receive_within(QUIET_TIME / 2, is_it).await?.is_some();
        first.unsubscribe(topic).await?;
        if is_retained == wanted || started.elapsed() >= STEP_TIMEOUT / 2 {
            return Ok(is_retained == wanted);
        }
    }
}

/// Whether this user can read the control topics of others. Uses the control topic of a user that does not exist, so
/// nobody else receives the publication.
async fn test_privacy(first: &mut Probe, names: &Names) -> Result<bool, DisconnectReason> {
    if !first.subscribe(&names.control).await? {
        return Ok(false);
    }
    let text = format!("REQUEST {}", names.me);
    first.publish(&names.control, &text, false).await?;
    let received = first.receive_within(QUIET_TIME, |inbound| inbound.payload == text.as_bytes()).await?.is_some();
    first.unsubscribe(&names.control).await?;
    Ok(received)
}

async fn test_will(options: &Options, names: &Names, first: &mut Probe) -> Result<bool, DisconnectReason> {
    let (topic, text) = (names.topic.as_str(), names.text("gone"));
    first.subscribe(topic).await?;
    let mut mqtt = convert::connect_options(options, &names.second_client, Duration::ZERO);
    mqtt.set_last_will(LastWill::new(topic, text.clone(), QoS::AtLeastOnce, false, None));
    let second = Probe::open(options, mqtt).await?;
    // Dropped without DISCONNECT, so that the broker publishes the will.
    drop(second);
    let received = first.receive(|inbound| inbound.payload == text.as_bytes()).await?.is_some();
    first.unsubscribe(topic).await?;
    Ok(received)
}

/// Whether a session survives while its client is offline, and how many messages were queued for it.
async fn test_resume(options: &Options, names: &Names, first: &mut Probe) -> Result<(bool, usize), DisconnectReason> {
    const EXPIRY: Duration = Duration::from_secs(120);
    let topic = names.topic.as_str();
    let mut client = Probe::open(options, convert::connect_options(options, &names.second_client, EXPIRY)).await?;
    client.subscribe(topic).await?;
    client.disconnect().await;
    let texts: Vec<String> = (0..QUEUE_TEST_MESSAGES).map(|n| names.text(&format!("sleeper {n}"))).collect();
    first.publish_all(topic, &texts).await?;
    let mut mqtt = convert::connect_options(options, &names.second_client, EXPIRY);
    mqtt.set_clean_start(false);
    let mut client = Probe::open(options, mqtt).await?;
    let resumed = client.session_present;
    let mut queued = 0;
    // The first message may take longer: the broker may have to load its queue.
    let mut time_limit = STEP_TIMEOUT;
    while queued < QUEUE_TEST_MESSAGES && client.receive_within(time_limit, |_| true).await?.is_some() {
        (queued, time_limit) = (queued + 1, QUIET_TIME);
    }
    client.disconnect().await;
    // A clean start without a session expiry deletes the session.
    Probe::open(options, convert::connect_options(options, &names.second_client, Duration::ZERO))
        .await?
        .disconnect()
        .await;
    Ok((resumed, queued))
}

/// The client IDs and topics of the tests.
struct Names {
    me: String,
    /// The prefix of all topics.
    prefix: String,
    /// The session topic.
    topic: String,
    /// The control topic of a user that does not exist.
    control: String,
    first_client: String,
    second_client: String,
}

impl Names {
    fn new(target: ProbeTarget<'_>) -> Self {
        let ProbeTarget { me, prefix, now, .. } = target;
        let id = Uuid::new_v4().simple().to_string();
        let first = format!("{DOCTOR_ID}-{}", &id[..8]);
        Self {
            me: me.to_owned(),
            prefix: prefix.to_owned(),
            topic: format!("{prefix}{me}_{DOCTOR_ID}_{now}"),
            control: format!("{prefix}{first}_Control"),
            second_client: format!("{first}b"),
            first_client: first,
        }
    }

    /// A text in the format of a session topic.
    fn text(&self, text: &str) -> String {
        format!("{} {text}", self.me)
    }
}

/// A test connection.
struct Probe {
    connection: Connection,
    session_present: bool,
    /// Received publications that [`Self::receive`] has not returned yet.
    received: Vec<Inbound>,
}

impl Probe {
    async fn open(options: &Options, mqtt: MqttOptions) -> Result<Self, DisconnectReason> {
        let connection = Connection::open_with(mqtt, options);
        let mut probe = Self { connection, session_present: false, received: Vec::new() };
        let connected = probe.expect(|event| match event {
            ConnectionEvent::Connected { session_present } => Some(session_present),
            _ => None,
        });
        probe.session_present = connected.await?;
        Ok(probe)
    }

    /// Like [`Self::wait_for`], with the time limit of a step. Returns an error if no such event arrives.
    async fn expect<T>(&mut self, find: impl FnMut(ConnectionEvent) -> Option<T>) -> Result<T, DisconnectReason> {
        let found = self.wait_for(STEP_TIMEOUT, find).await?;
        found.ok_or_else(|| DisconnectReason::NoAnswer(self.connection.address()))
    }

    /// Waits for the first event that `find` accepts; returns [`None`] after `time_limit`. Keeps all publications in
    /// `received`.
    async fn wait_for<T>(
        &mut self,
        time_limit: Duration,
        mut find: impl FnMut(ConnectionEvent) -> Option<T>,
    ) -> Result<Option<T>, DisconnectReason> {
        let deadline = now() + time_limit;
        loop {
            self.connection.pump(&mut Outbox::default());
            let Ok(event) = tokio::time::timeout_at(deadline, self.connection.next()).await else {
                return Ok(None);
            };
            let event = event?;
            if let ConnectionEvent::Received(inbound, token) = &event {
                self.connection.acknowledge(*token);
                self.received.push(inbound.clone());
            }
            if let Some(found) = find(event) {
                return Ok(Some(found));
            }
        }
    }

    /// Subscribes; returns false if the broker refuses.
    async fn subscribe(&mut self, filter: &str) -> Result<bool, DisconnectReason> {
        self.received.clear();
        let subscription = Subscription { filter: filter.to_owned(), no_local: false, qos: Qos::AtLeastOnce };
        let refused = self.connection.subscribe(vec![subscription]);
        if refused.is_some() {
            return Ok(false);
        }
        let answer = self.expect(|event| match event {
            ConnectionEvent::Subscribed { refused } => Some(refused.is_empty()),
            _ => None,
        });
        answer.await
    }

    async fn unsubscribe(&mut self, filter: &str) -> Result<(), DisconnectReason> {
        self.connection.unsubscribe(vec![filter.to_owned()]);
        self.expect(|event| matches!(event, ConnectionEvent::Unsubscribed).then_some(())).await
    }

    async fn publish(&mut self, topic: &str, text: &str, retain: bool) -> Result<(), DisconnectReason> {
        let publication = Publication { retain, ..Publication::new(topic, text) };
        self.connection.publish(Origin::Transient, publication);
        self.await_pubacks(1).await
    }

    /// Publishes `text`. Returns whether it comes back over the subscription to the topic.
    async fn echoes(&mut self, topic: &str, text: &str) -> Result<bool, DisconnectReason> {
        self.publish(topic, text, false).await?;
        Ok(self.receive(|inbound| inbound.payload == text.as_bytes()).await?.is_some())
    }

    async fn publish_all(&mut self, topic: &str, texts: &[String]) -> Result<(), DisconnectReason> {
        for chunk in texts.chunks(WINDOW) {
            for text in chunk {
                self.connection.publish(Origin::Transient, Publication::new(topic, text.as_str()));
            }
            self.await_pubacks(chunk.len()).await?;
        }
        Ok(())
    }

    async fn await_pubacks(&mut self, mut count: usize) -> Result<(), DisconnectReason> {
        let is_refused = self.expect(|event| {
            let ConnectionEvent::Answered(_, answer) = event else { return None };
            count -= 1;
            let is_refused = matches!(convert::outcome(answer), Some(PubOutcome::Refused(_)));
            (is_refused || count == 0).then_some(is_refused)
        });
        if is_refused.await? { Err(DisconnectReason::NotAuthorized) } else { Ok(()) }
    }

    /// The first publication for which `is_wanted` holds, including those already received; [`None`] if none arrives in
    /// time.
    async fn receive(&mut self, is_wanted: impl Fn(&Inbound) -> bool) -> Result<Option<Inbound>, DisconnectReason> {
        self.receive_within(STEP_TIMEOUT / 2, is_wanted).await
    }

    async fn receive_within(
        &mut self,
        time_limit: Duration,
        is_wanted: impl Fn(&Inbound) -> bool,
    ) -> Result<Option<Inbound>, DisconnectReason> {
        if let Some(at) = self.received.iter().position(&is_wanted) {
            return Ok(Some(self.received.remove(at)));
        }
        let found = self
            .wait_for(time_limit, |event| match event {
                ConnectionEvent::Received(inbound, _) if is_wanted(&inbound) => Some(inbound),
                _ => None,
            })
            .await?;
        if found.is_some() {
            self.received.pop();
        }
        Ok(found)
    }

    async fn disconnect(mut self) {
        self.connection.disconnect();
        // If DISCONNECT cannot be sent, the connection is closed already.
        let _ = self.wait_for(QUIET_TIME, |event| matches!(event, ConnectionEvent::DisconnectSent).then_some(())).await;
    }
}
