//! Tests what a broker supports, over separate connections that leave nothing behind.
//!
//! All tests use one session topic, of the user and [`DOCTOR`]. No one else subscribes to it, and access rules allow
//! it. If the broker binds client IDs to logins, there is only one connection, and tests that need a second one are
//! skipped.

use std::{net::SocketAddr, time::Duration};

use rumqttc::v5::{
    MqttOptions,
    mqttbytes::{QoS, v5::LastWill},
};
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use uuid::Uuid;

use super::{
    Options,
    connection::{Connection, ConnectionEvent, Origin, ServerLimits},
    convert, now,
    outbox::Outbox,
};
use crate::{
    domain::DisconnectReason,
    protocol::{Inbound, PubOutcome, Publication, Qos, Subscription},
};

/// The user id that the tests address.
pub const DOCTOR: &str = "papo-doctor";
/// The time limit of each step.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// After this long without a publication none is expected any more.
const QUIET_TIME: Duration = Duration::from_secs(1);
/// How many round trips are measured.
const ROUNDS: usize = 21;
/// How many bursts are measured.
const BURSTS: usize = 5;
/// How many messages are queued for an offline session: more than brokers keep by default.
pub const OFFLINE_MESSAGES: usize = 1500;
/// The size in bytes of the longest message: a text of 64 KiB with its envelope.
const LONGEST_TEXT: usize = 66 * 1024;
/// Publications in flight.
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
    /// Whether a retained publication is kept, and cleared by an empty one.
    pub retains: CheckResult,
    /// Whether the longest text arrives.
    pub large: CheckResult,
    /// Whether the will is published when a connection breaks.
    pub will: CheckResult,
    /// Whether a session survives while its client is offline.
    pub resumes: CheckResult,
    /// How many of [`OFFLINE_MESSAGES`] were queued for it.
    pub queued: Option<usize>,
    /// Whether the control topics of other users can be read.
    pub reads_others: CheckResult,
    /// The error that ended the tests early, if any.
    pub error: Option<DisconnectReason>,
}

/// Who runs the tests, and on which topics.
#[derive(Debug, Clone, Copy)]
pub struct ProbeTarget<'a> {
    /// The user's id.
    pub me: &'a str,
    /// The prefix of all topics.
    pub prefix: &'a str,
    /// Whether the user's own client id is free, so that the tests may use it.
    pub may_be_me: bool,
    /// Milliseconds since the Unix epoch, for the topic.
    pub now: u64,
}

/// Runs all tests. An error means that the broker could not be reached.
pub async fn probe_broker(options: &Options, target: ProbeTarget<'_>) -> Result<ProbeReport, DisconnectReason> {
    let mut report = ProbeReport::default();
    measure_connect(options, &mut report).await;
    let names = Names::new(target);
    let mut first = match Probe::open(options, convert::named_options(options, &names.first, Duration::ZERO)).await {
        Ok(probe) => probe,
        Err(DisconnectReason::ClientIdRefused(_) | DisconnectReason::NotAuthorized) if target.may_be_me => {
            report.binds_ids = true;
            // The tests must use papo's own client id. No clean start, so that its session survives.
            let mut mqtt = convert::named_options(options, &options.client_id, options.session_expiry);
            mqtt.set_clean_start(false);
            Probe::open(options, mqtt).await?
        }
        Err(reason) => return Err(reason),
    };
    report.limits = first.connection.limits().clone();
    if let Err(reason) = run_tests(options, &names, &mut first, &mut report).await {
        report.error = Some(reason);
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
    let place = broker.name_to_look_up();
    let Ok(Ok(found)) = timeout(STEP_TIMEOUT, tokio::net::lookup_host((place.as_str(), broker.port()))).await else {
        return;
    };
    report.addresses = found.collect();
    let started = now();
    let connected = timeout(STEP_TIMEOUT, tokio::net::TcpStream::connect((place.as_str(), broker.port()))).await;
    let Ok(Ok(stream)) = connected else { return };
    report.connect = Some(started.elapsed());
    let name = ServerName::try_from(broker.host().to_owned());
    if let (Some(tls), Ok(name)) = (&options.tls, name)
        && let Ok(Ok(stream)) = timeout(STEP_TIMEOUT, TlsConnector::from(tls.config()).connect(name, stream)).await
    {
        let (_, session) = stream.get_ref();
        let version = session.protocol_version().and_then(|version| version.as_str()).unwrap_or("unknown");
        let shown = session.peer_certificates().and_then(|chain| chain.first());
        report.tls = shown.map(|certificate| (version.to_owned(), certificate.to_vec()));
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
    for round in 0..ROUNDS {
        let text = names.text(&round.to_string());
        let started = now();
        first.publish(topic, &text, false).await?;
        if first.receive(|inbound| inbound.payload == text.as_bytes()).await?.is_none() {
            report.delivers = Some(false);
            return Ok(());
        }
        times.push(started.elapsed());
    }
    report.latency = median(times);

    let long = names.text(&"x".repeat(LONGEST_TEXT));
    report.large = Some(match report.limits.max_packet {
        Some(max_packet) if (max_packet as usize) < LONGEST_TEXT => false,
        _ => {
            first.publish(topic, &long, false).await?;
            first.receive(|inbound| inbound.payload.len() == long.len()).await?.is_some()
        }
    });
    first.unsubscribe(topic).await?;
    let mut times = Vec::new();
    let several = vec![names.text("burst"); WINDOW];
    for _ in 0..BURSTS {
        let started = now();
        first.publish_all(topic, &several).await?;
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
    first.subscribe(topic).await?;
    let is_kept = first.receive(|inbound| inbound.retained && inbound.payload == text.as_bytes()).await?.is_some();
    first.unsubscribe(topic).await?;
    first.publish(topic, "", true).await?;
    first.subscribe(topic).await?;
    let is_still_kept = first.receive_within(QUIET_TIME / 2, |inbound| inbound.retained).await?.is_some();
    first.unsubscribe(topic).await?;
    Ok(is_kept && !is_still_kept)
}

/// Uses the control topic of a user that does not exist, so nobody else receives the publication.
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
    let mut mqtt = convert::named_options(options, &names.second, Duration::ZERO);
    mqtt.set_last_will(LastWill::new(topic, text.clone(), QoS::AtLeastOnce, false, None));
    let second = Probe::open(options, mqtt).await?;
    // Without DISCONNECT, so that the broker publishes the will.
    drop(second);
    let received = first.receive(|inbound| inbound.payload == text.as_bytes()).await?.is_some();
    first.unsubscribe(topic).await?;
    Ok(received)
}

/// Whether a session survives while its client is offline, and how many messages were queued for it.
async fn test_resume(options: &Options, names: &Names, first: &mut Probe) -> Result<(bool, usize), DisconnectReason> {
    const EXPIRY: Duration = Duration::from_secs(120);
    let topic = names.topic.as_str();
    let mut sleeper = Probe::open(options, convert::named_options(options, &names.second, EXPIRY)).await?;
    sleeper.subscribe(topic).await?;
    sleeper.disconnect().await;
    let texts: Vec<String> = (0..OFFLINE_MESSAGES).map(|n| names.text(&format!("sleeper {n}"))).collect();
    first.publish_all(topic, &texts).await?;
    let mut mqtt = convert::named_options(options, &names.second, EXPIRY);
    mqtt.set_clean_start(false);
    let mut sleeper = Probe::open(options, mqtt).await?;
    let resumed = sleeper.session_present;
    let mut queued = 0;
    // The broker may have to load its queue before the first one.
    let mut patience = STEP_TIMEOUT;
    while queued < OFFLINE_MESSAGES && sleeper.receive_within(patience, |_| true).await?.is_some() {
        (queued, patience) = (queued + 1, QUIET_TIME);
    }
    sleeper.disconnect().await;
    // A clean start with no session expiry deletes the session.
    Probe::open(options, convert::named_options(options, &names.second, Duration::ZERO)).await?.disconnect().await;
    Ok((resumed, queued))
}

/// The names the tests use.
struct Names {
    me: String,
    topic: String,
    control: String,
    first: String,
    second: String,
}

impl Names {
    fn new(target: ProbeTarget<'_>) -> Self {
        let ProbeTarget { me, prefix, now, .. } = target;
        let id = Uuid::new_v4().simple().to_string();
        let first = format!("{DOCTOR}-{}", &id[..8]);
        Self {
            me: me.to_owned(),
            topic: format!("{prefix}{me}_{DOCTOR}_{now}"),
            control: format!("{prefix}{first}_Control"),
            second: format!("{first}b"),
            first,
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
    /// Publications received while waiting for something else.
    received: Vec<Inbound>,
}

impl Probe {
    async fn open(options: &Options, mqtt: MqttOptions) -> Result<Self, DisconnectReason> {
        let connection = Connection::open_with(mqtt, options);
        let mut probe = Self { connection, session_present: false, received: Vec::new() };
        probe.session_present = probe
            .wait_for(STEP_TIMEOUT, |event| match event {
                ConnectionEvent::Connected { session_present } => Some(session_present),
                _ => None,
            })
            .await?
            .ok_or_else(|| probe.no_answer())?;
        Ok(probe)
    }

    fn no_answer(&self) -> DisconnectReason {
        DisconnectReason::NoAnswer(self.connection.address().to_owned())
    }

    /// Waits for the first event that `find` accepts, up to `patience`, and keeps the publications received meanwhile.
    async fn wait_for<T>(
        &mut self,
        patience: Duration,
        mut find: impl FnMut(ConnectionEvent) -> Option<T>,
    ) -> Result<Option<T>, DisconnectReason> {
        let deadline = now() + patience;
        loop {
            self.connection.pump(&mut Outbox::default());
            let Ok(event) = tokio::time::timeout_at(deadline, self.connection.next()).await else {
                return Ok(None);
            };
            match event? {
                ConnectionEvent::Received(inbound, token) => {
                    self.connection.acknowledge(token);
                    self.received.push(inbound.clone());
                    if let Some(found) = find(ConnectionEvent::Received(inbound, token)) {
                        return Ok(Some(found));
                    }
                }
                event => {
                    if let Some(found) = find(event) {
                        return Ok(Some(found));
                    }
                }
            }
        }
    }

    /// Subscribes; false if the broker refuses.
    async fn subscribe(&mut self, filter: &str) -> Result<bool, DisconnectReason> {
        self.received.clear();
        let refused = self.connection.subscribe(vec![Subscription { filter: filter.to_owned(), no_local: false }]);
        if refused.is_some() {
            return Ok(false);
        }
        let answer = self
            .wait_for(STEP_TIMEOUT, |event| match event {
                ConnectionEvent::Subscribed { refused } => Some(refused.is_empty()),
                _ => None,
            })
            .await?;
        answer.ok_or_else(|| self.no_answer())
    }

    async fn unsubscribe(&mut self, filter: &str) -> Result<(), DisconnectReason> {
        self.connection.unsubscribe(vec![filter.to_owned()]);
        let answer =
            self.wait_for(STEP_TIMEOUT, |event| matches!(event, ConnectionEvent::Unsubscribed).then_some(())).await?;
        answer.ok_or_else(|| self.no_answer())
    }

    async fn publish(&mut self, topic: &str, text: &str, retain: bool) -> Result<(), DisconnectReason> {
        self.connection.publish(Origin::Transient, publication(topic, text, retain));
        self.await_pubacks(1).await
    }

    async fn publish_all(&mut self, topic: &str, texts: &[String]) -> Result<(), DisconnectReason> {
        for some in texts.chunks(WINDOW) {
            for text in some {
                self.connection.publish(Origin::Transient, publication(topic, text, false));
            }
            self.await_pubacks(some.len()).await?;
        }
        Ok(())
    }

    async fn await_pubacks(&mut self, mut count: usize) -> Result<(), DisconnectReason> {
        let mut refused = None;
        let answer = self
            .wait_for(STEP_TIMEOUT, |event| {
                if let ConnectionEvent::Answered(_, answer) = event {
                    count -= 1;
                    if let Some(PubOutcome::Refused(_)) = convert::outcome(answer) {
                        refused = Some(DisconnectReason::NotAuthorized);
                    }
                }
                (count == 0).then_some(())
            })
            .await?;
        match (answer, refused) {
            (_, Some(reason)) => Err(reason),
            (Some(()), None) => Ok(()),
            (None, None) => Err(self.no_answer()),
        }
    }

    /// The first publication that `is_it` accepts, including those already received.
    async fn receive(&mut self, is_it: impl Fn(&Inbound) -> bool) -> Result<Option<Inbound>, DisconnectReason> {
        self.receive_within(STEP_TIMEOUT / 2, is_it).await
    }

    async fn receive_within(
        &mut self,
        patience: Duration,
        is_it: impl Fn(&Inbound) -> bool,
    ) -> Result<Option<Inbound>, DisconnectReason> {
        if let Some(at) = self.received.iter().position(&is_it) {
            return Ok(Some(self.received.remove(at)));
        }
        let found = self
            .wait_for(patience, |event| match event {
                ConnectionEvent::Received(inbound, _) if is_it(&inbound) => Some(inbound),
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

fn publication(topic: &str, text: &str, retain: bool) -> Publication {
    Publication {
        topic: topic.to_owned(),
        payload: text.as_bytes().to_vec(),
        retain,
        qos: Qos::AtLeastOnce,
        content_type: None,
        expiry: None,
        properties: Vec::new(),
    }
}
