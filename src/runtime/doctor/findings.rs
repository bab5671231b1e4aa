//! Rates the results of probing a broker: what they mean for papo, and what to change.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    app::Language,
    mqtt::{CheckResult, DOCTOR_ID, ProbeReport, QUEUE_TEST_MESSAGES, fingerprint},
};
use Verdict::{Bad, Good, Note, Poor, Untried};

/// If the latency exceeds two round trips by more than this, the cause is probably Nagle's algorithm: a side waits for
/// an acknowledgement before it sends the next small packet.
const NAGLE_DELAY: Duration = Duration::from_millis(30);
/// The shortest session expiry interval, in seconds, that is rated good.
const WEEK: u32 = 7 * 24 * 60 * 60;

/// The rating of a finding. The JSON names are stable, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// The broker works as papo needs it.
    Good,
    /// papo works, but not as well as it could.
    Poor,
    /// papo does not work with this broker, or not reliably.
    Bad,
    /// For information only.
    Note,
    /// The check could not be made.
    Untried,
}

impl Verdict {
    const fn mark(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Poor => "!",
            Self::Bad => "✗",
            Self::Note => "·",
            Self::Untried => "?",
        }
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The name of the check. The names are stable, for scripts.
    check: &'static str,
    pub(super) verdict: Verdict,
    /// The result, as a text for the user.
    what: String,
    /// What to change; empty if there is nothing to change.
    advice: &'static str,
}

impl Finding {
    pub(super) fn new(verdict: Verdict, check: &'static str, what: impl Into<String>) -> Self {
        Self { check, verdict, what: what.into(), advice: "" }
    }

    pub(super) fn advise(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    /// The result as a line for the terminal, and the advice, if any, as a second line.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} {:<9} {}", self.verdict.mark(), self.check, self.what)];
        if !self.advice.is_empty() {
            lines.push(format!("  {:<9} → {}", "", self.advice));
        }
        lines
    }

    /// The finding as a JSON object, for scripts.
    pub(super) fn json(&self) -> Value {
        let advice = (!self.advice.is_empty()).then_some(self.advice);
        json!({ "check": self.check, "verdict": self.verdict, "what": self.what, "advice": advice })
    }
}

/// Rates the report, from the network path to privacy. `may_use_client_id` says whether the checks could use the user's
/// client ID.
pub(super) fn findings(report: &ProbeReport, may_use_client_id: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    if !report.addresses.is_empty() {
        let addresses: Vec<String> = report.addresses.iter().map(ToString::to_string).collect();
        let connect = report.connect.map_or_else(String::new, |time| format!(", TCP connects in {}", millis(time)));
        found.push(Finding::new(Note, "way", format!("{}{connect}", addresses.join(", "))));
    }
    found.push(match &report.tls {
        Some((version, certificate)) => {
            Finding::new(Good, "tls", format!("{version}, certificate SHA-256 {}", fingerprint(certificate)))
        }
        None if report.addresses.iter().all(|address| address.ip().is_loopback()) => {
            Finding::new(Note, "tls", "none, and none is needed on the same machine")
        }
        None => Finding::new(Poor, "tls", "none: anyone on the network path can read and change everything")
            .advise("use mqtts:// or wss://, unless you trust the network"),
    });
    found.push(Finding::new(Good, "version", "MQTT 5"));
    found.extend(limits(report));
    let fault = Finding::new(Bad, "delivery", "publications do not arrive")
        .advise("allow this user to publish and subscribe to papo's topics; papo acl writes rules for mosquitto");
    found.extend(rated(report.delivers, "publications arrive", fault));
    found.extend(latency(report));
    let fault = Finding::new(Bad, "retained", "retained messages do not work")
        .advise("enable them: papo keeps presence and groups in them");
    found.extend(rated(report.retains, "retained messages work", fault));
    let fault =
        Finding::new(Poor, "large", "a message of 64 KiB does not go through").advise("allow packets of 128 KiB");
    found.extend(rated(report.large, "a message of 64 KiB goes through", fault));
    let fault = Finding::new(Bad, "will", "last wills are not published: a user who loses the connection stays online")
        .advise("allow last wills");
    let good = "last wills are published: a user who loses the connection is shown as offline";
    found.extend(rated(report.will, good, fault));
    found.extend(report.binds_ids.then(|| needs_second_id("will")));
    found.extend(queue(report));
    found.extend(privacy(report));
    if !may_use_client_id {
        found.push(Finding::new(Note, "papo", "is running with this profile and was not disturbed"));
    }
    if let Some(trouble) = &report.error {
        let what = Language::english().translate(trouble);
        found.push(Finding::new(Bad, "trouble", what).advise("the checks after this one were skipped"));
    }
    found
}

/// The finding of a check: good, with the text `good`, if it has passed, else `fault`. `None` if the check was not
/// made.
fn rated(result: CheckResult, good: &str, fault: Finding) -> Option<Finding> {
    result.map(|works| if works { Finding::new(Good, fault.check, good) } else { fault })
}

/// The finding for a check that was not made, because it needs a second client ID.
fn needs_second_id(check: &'static str) -> Finding {
    Finding::new(Untried, check, "needs a second client ID, and the broker binds IDs to logins")
}

fn limits(report: &ProbeReport) -> Vec<Finding> {
    let limits = &report.limits;
    let mut found = Vec::new();
    found.push(match limits.session_expiry {
        Some(seconds) if seconds < WEEK => {
            let what =
                format!("kept for only {seconds} s: users who are away longer miss messages that only the broker has");
            Finding::new(Poor, "session", what)
                .advise("keep sessions for 30 days (mosquitto: persistent_client_expiration)")
        }
        _ => Finding::new(Good, "session", "kept as long as papo asks"),
    });
    if !limits.wildcards {
        let refused = Finding::new(Bad, "wildcards", "subscriptions with # are refused");
        found.push(refused.advise("allow them: papo reads its lists with them"));
    }
    let window = limits.receive_maximum.unwrap_or(u16::MAX);
    let packet =
        limits.max_packet.map_or_else(|| "of any size".to_owned(), |bytes| format!("of at most {bytes} bytes"));
    found.push(Finding::new(Note, "limits", format!("receive maximum {window}, packets {packet}")));
    let keep_alive = |seconds| Finding::new(Note, "keepalive", format!("the broker sets {seconds} s"));
    found.extend(limits.keep_alive.map(keep_alive));
    found
}

fn latency(report: &ProbeReport) -> Option<Finding> {
    let latency = report.latency?;
    let burst = report.burst.unwrap_or_default();
    let what = format!("{} from publishing to receiving, {} in a burst", millis(latency), millis(burst));
    let Some(connect) = report.connect.filter(|connect| latency.max(burst) > *connect * 2 + NAGLE_DELAY) else {
        return Some(Finding::new(Good, "latency", what));
    };
    let slow = Finding::new(Poor, "latency", format!("{what}, but a round trip takes {}", millis(connect)));
    Some(slow.advise("make the broker send small packets at once (mosquitto: set_tcp_nodelay true)"))
}

/// Rates whether a session resumes after a disconnect, and with how many of its queued messages.
fn queue(report: &ProbeReport) -> Option<Finding> {
    let all = QUEUE_TEST_MESSAGES;
    Some(match (report.resumes, report.queued) {
        (Some(true), Some(queued)) if queued == all => {
            Finding::new(Good, "queue", format!("sessions resume, with all of {all} queued messages"))
        }
        (Some(true), Some(queued)) => {
            let what =
                format!("sessions resume with {queued} of {all} queued messages; papo asks the senders for the rest");
            Finding::new(Poor, "queue", what).advise("queue all messages (mosquitto: max_queued_messages 0)")
        }
        (Some(false), _) => Finding::new(Bad, "queue", "sessions do not resume after a disconnect")
            .advise("keep sessions: papo can ask for missing messages only while the sender is online"),
        _ if report.binds_ids => needs_second_id("queue"),
        _ => return None,
    })
}

fn privacy(report: &ProbeReport) -> Vec<Finding> {
    let mut found = Vec::new();
    let fault = Finding::new(Poor, "privacy", "everyone who can log in can read the requests and messages of others")
        .advise("papo's own broker separates users (papo broker user add); papo acl explains what mosquitto can do");
    let is_private = report.reads_others.map(|reads_others| !reads_others);
    found.extend(rated(is_private, "the control topics of other users cannot be read", fault));
    if report.binds_ids {
        found.push(Finding::new(Good, "ids", "a client ID is bound to its login"));
    } else if report.delivers.is_some() {
        let unbound = format!("any client can use any ID, as the check did with {DOCTOR_ID}");
        let advice = "bind client IDs to logins (mosquitto: use_username_as_clientid true)";
        found.push(Finding::new(Poor, "ids", unbound).advise(advice));
    }
    found
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::ServerLimits;

    /// The report of a broker without faults.
    fn good_report() -> ProbeReport {
        ProbeReport {
            addresses: vec!["192.0.2.1:8883".parse().unwrap()],
            connect: Some(Duration::from_millis(2)),
            tls: Some(("TLSv1_3".into(), vec![1, 2, 3])),
            limits: ServerLimits { wildcards: true, ..ServerLimits::default() },
            delivers: Some(true),
            latency: Some(Duration::from_millis(3)),
            retains: Some(true),
            large: Some(true),
            will: Some(true),
            resumes: Some(true),
            queued: Some(QUEUE_TEST_MESSAGES),
            reads_others: Some(false),
            ..ProbeReport::default()
        }
    }

    #[test]
    fn each_fault_has_its_verdict() {
        let cases: [(_, fn(&mut ProbeReport), _); 20] = [
            ("delivery", |_| (), Good),
            ("delivery", |report| report.delivers = Some(false), Bad),
            ("tls", |_| (), Good),
            ("tls", |report| report.tls = None, Poor),
            ("tls", |report| (report.tls, report.addresses) = (None, vec!["[::1]:1".parse().unwrap()]), Note),
            ("retained", |report| report.retains = Some(false), Bad),
            ("will", |report| report.will = Some(false), Bad),
            ("will", |report| (report.will, report.binds_ids) = (None, true), Untried),
            ("queue", |report| report.queued = Some(1000), Poor),
            ("queue", |report| report.resumes = Some(false), Bad),
            ("latency", |report| report.latency = Some(Duration::from_millis(44)), Poor),
            ("latency", |report| report.burst = Some(Duration::from_millis(44)), Poor),
            ("latency", |report| report.connect = Some(Duration::from_millis(44)), Good),
            ("large", |report| report.large = Some(false), Poor),
            ("privacy", |report| report.reads_others = Some(true), Poor),
            ("ids", |_| (), Poor),
            ("ids", |report| report.binds_ids = true, Good),
            ("session", |report| report.limits.session_expiry = Some(60), Poor),
            ("session", |report| report.limits.session_expiry = Some(WEEK), Good),
            ("wildcards", |report| report.limits.wildcards = false, Bad),
        ];
        for (check, change, expected) in cases {
            let mut report = good_report();
            change(&mut report);
            let found = findings(&report, true).into_iter().find(|finding| finding.check == check);
            assert_eq!(found.map(|finding| finding.verdict), Some(expected), "{check}: {report:?}");
        }
        assert!(findings(&good_report(), true).iter().all(|finding| finding.verdict != Bad));
    }

    #[test]
    fn finding_with_advice_is_two_lines_or_one_json_object() {
        let finding = Finding::new(Poor, "queue", "few").advise("more");
        assert_eq!(finding.lines(), ["! queue     few", "            → more"]);
        assert_eq!(finding.json(), json!({ "check": "queue", "verdict": "poor", "what": "few", "advice": "more" }));
    }
}
