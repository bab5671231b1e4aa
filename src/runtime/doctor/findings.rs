//! Rates the results of probing a broker: what they mean for papo, and what to change.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    app::{Language, LocalizedText, localized},
    mqtt::{BridgeReport, CheckResult, DOCTOR_ID, ProbeReport, QUEUE_TEST_MESSAGES, fingerprint},
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
    what: LocalizedText,
    /// The language key of what to change; `None` if there is nothing to change.
    advice: Option<&'static str>,
}

impl Finding {
    pub(super) fn new(verdict: Verdict, check: &'static str, what: impl Into<LocalizedText>) -> Self {
        Self { check, verdict, what: what.into(), advice: None }
    }

    pub(super) fn advise(self, advice: &'static str) -> Self {
        Self { advice: Some(advice), ..self }
    }

    /// The result as a line for the terminal, and the advice, if any, as a second line.
    pub(super) fn lines(&self, language: &Language) -> Vec<String> {
        let what = language.translate(self.what.clone());
        let mut lines = vec![format!("{} {:<9} {what}", self.verdict.mark(), self.check)];
        lines.extend(self.advice.map(|advice| format!("  {:<9} → {}", "", language.translate(advice))));
        lines
    }

    /// The finding as a JSON object, for scripts.
    pub(super) fn json(&self, language: &Language) -> Value {
        let (what, advice) =
            (language.translate(self.what.clone()), self.advice.map(|advice| language.translate(advice)));
        json!({ "check": self.check, "verdict": self.verdict, "what": what, "advice": advice })
    }
}

/// Rates the report, from the network path to privacy. `may_use_client_id` says whether the checks could use the user's
/// client ID.
pub(super) fn findings(report: &ProbeReport, may_use_client_id: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    if !report.addresses.is_empty() {
        let addresses: Vec<String> = report.addresses.iter().map(ToString::to_string).collect();
        let addresses = addresses.join(", ");
        let what = match report.connect {
            Some(time) => localized!("doctor-address", addresses, time = millis(time)),
            None => LocalizedText::quoted(addresses),
        };
        found.push(Finding::new(Note, "address", what));
    }
    found.push(match &report.tls {
        Some((version, certificate)) => {
            Finding::new(Good, "tls", localized!("doctor-tls", version, fingerprint = fingerprint(certificate)))
        }
        None if report.addresses.iter().all(|address| address.ip().is_loopback()) => {
            Finding::new(Note, "tls", "doctor-tls-local")
        }
        None => Finding::new(Poor, "tls", "doctor-tls-none").advise("doctor-tls-advice"),
    });
    found.push(Finding::new(Good, "version", LocalizedText::quoted("MQTT 5")));
    found.extend(limits(report));
    let fault = Finding::new(Bad, "delivery", "doctor-delivery-bad").advise("doctor-delivery-advice");
    found.extend(rated(report.delivers, "doctor-delivery", fault));
    found.extend(latency(report));
    let fault = Finding::new(Bad, "retained", "doctor-retained-bad").advise("doctor-retained-advice");
    found.extend(rated(report.retains, "doctor-retained", fault));
    let fault = Finding::new(Poor, "large", "doctor-large-bad").advise("doctor-large-advice");
    found.extend(rated(report.large, "doctor-large", fault));
    let fault = Finding::new(Bad, "will", "doctor-will-bad").advise("doctor-will-advice");
    found.extend(rated(report.will, "doctor-will", fault));
    found.extend(report.binds_ids.then(|| needs_second_id("will")));
    found.extend(queue(report));
    found.extend(privacy(report));
    found.extend(bridge(report));
    if !may_use_client_id {
        found.push(Finding::new(Note, "papo", "doctor-running"));
    }
    if let Some(trouble) = &report.error {
        found.push(Finding::new(Bad, "trouble", trouble).advise("doctor-trouble-advice"));
    }
    found
}

/// The finding of a check: good, with the text `good`, if it has passed, else `fault`. `None` if the check was not
/// made.
fn rated(result: CheckResult, good: &'static str, fault: Finding) -> Option<Finding> {
    result.map(|works| if works { Finding::new(Good, fault.check, good) } else { fault })
}

/// The finding for a check that was not made, because it needs a second client ID.
fn needs_second_id(check: &'static str) -> Finding {
    Finding::new(Untried, check, "doctor-needs-id")
}

fn limits(report: &ProbeReport) -> Vec<Finding> {
    let limits = &report.limits;
    let mut found = Vec::new();
    found.push(match limits.session_expiry {
        Some(seconds) if seconds < WEEK => {
            Finding::new(Poor, "session", localized!("doctor-session-short", seconds = u64::from(seconds)))
                .advise("doctor-session-advice")
        }
        _ => Finding::new(Good, "session", "doctor-session"),
    });
    if !limits.wildcards {
        let refused = Finding::new(Bad, "wildcards", "doctor-wildcards-bad");
        found.push(refused.advise("doctor-wildcards-advice"));
    }
    let window = u64::from(limits.receive_maximum.unwrap_or(u16::MAX));
    let what = match limits.max_packet {
        None => localized!("doctor-limits", window),
        Some(bytes) => localized!("doctor-limits-packets", window, bytes = bytes.to_string()),
    };
    found.push(Finding::new(Note, "limits", what));
    let keep_alive =
        |seconds: u16| Finding::new(Note, "keepalive", localized!("doctor-keepalive", seconds = u64::from(seconds)));
    found.extend(limits.keep_alive.map(keep_alive));
    found
}

fn latency(report: &ProbeReport) -> Option<Finding> {
    let latency = report.latency?;
    let burst = report.burst.unwrap_or_default();
    let (one, many) = (millis(latency), millis(burst));
    let Some(connect) = report.connect.filter(|connect| latency.max(burst) > *connect * 2 + NAGLE_DELAY) else {
        return Some(Finding::new(Good, "latency", localized!("doctor-latency", one, many)));
    };
    let what = localized!("doctor-latency-slow", one, many, trip = millis(connect));
    Some(Finding::new(Poor, "latency", what).advise("doctor-latency-advice"))
}

/// Rates whether a session resumes after a disconnect, and with how many of its queued messages.
fn queue(report: &ProbeReport) -> Option<Finding> {
    let all = QUEUE_TEST_MESSAGES;
    Some(match (report.resumes, report.queued) {
        (Some(true), Some(queued)) if queued == all => {
            Finding::new(Good, "queue", localized!("doctor-queue", count = all))
        }
        (Some(true), Some(queued)) => {
            Finding::new(Poor, "queue", localized!("doctor-queue-some", queued, all)).advise("doctor-queue-some-advice")
        }
        (Some(false), _) => Finding::new(Bad, "queue", "doctor-queue-bad").advise("doctor-queue-advice"),
        _ if report.binds_ids => needs_second_id("queue"),
        _ => return None,
    })
}

fn privacy(report: &ProbeReport) -> Vec<Finding> {
    let mut found = Vec::new();
    let fault = Finding::new(Poor, "privacy", "doctor-privacy-bad").advise("doctor-privacy-advice");
    let is_private = report.reads_others.map(|reads_others| !reads_others);
    found.extend(rated(is_private, "doctor-privacy", fault));
    if report.binds_ids {
        found.push(Finding::new(Good, "ids", "doctor-ids"));
    } else if report.delivers.is_some() {
        let unbound = localized!("doctor-ids-bad", id = DOCTOR_ID);
        found.push(Finding::new(Poor, "ids", unbound).advise("doctor-ids-advice"));
    }
    found
}

/// Reports bridges. Whether one removes properties cannot be known: users of plain clients send none.
fn bridge(report: &ProbeReport) -> Option<Finding> {
    let BridgeReport { bridges, bare_users } = report.bridges.as_ref()?;
    let (names, count) = (bridges.join(", "), *bare_users);
    match (bridges.is_empty(), count) {
        (true, 0) => None,
        (true, _) => {
            Some(Finding::new(Note, "bridge", localized!("doctor-bridge-bare", count)).advise("doctor-bridge-advice"))
        }
        (false, 0) => Some(Finding::new(Note, "bridge", localized!("doctor-bridge", names))),
        (false, _) => {
            let what = localized!("doctor-bridge-named-bare", names, count);
            Some(Finding::new(Poor, "bridge", what).advise("doctor-bridge-advice"))
        }
    }
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

    fn bridges(names: &[&str], bare_users: usize) -> BridgeReport {
        BridgeReport { bridges: names.iter().map(ToString::to_string).collect(), bare_users }
    }

    #[test]
    fn each_fault_has_its_verdict() {
        let cases: [(_, fn(&mut ProbeReport), _); 23] = [
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
            ("bridge", |report| report.bridges = Some(bridges(&["site-b"], 0)), Note),
            ("bridge", |report| report.bridges = Some(bridges(&["site-b"], 2)), Poor),
            ("bridge", |report| report.bridges = Some(bridges(&[], 2)), Note),
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
        let finding = Finding::new(Poor, "will", LocalizedText::quoted("few")).advise("doctor-will-advice");
        let lines = |tag| finding.lines(&Language::builtin(tag));
        assert_eq!(lines("en"), ["! will      few", "            → allow last wills"]);
        assert_eq!(lines("pt-BR")[1], "            → permita últimas vontades (last will)");
        let object = json!({ "check": "will", "verdict": "poor", "what": "few", "advice": "allow last wills" });
        assert_eq!(finding.json(&Language::english()), object);
    }
}
