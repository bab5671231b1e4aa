//! `papo doctor`: checks what each broker supports, and what that means for papo.

mod findings;

use std::{io::Write, process::ExitCode};

use color_eyre::eyre::Result;
use serde_json::json;

use self::findings::{Finding, Verdict, findings};
use super::{
    appearance::Appearance,
    clock,
    exit::{Late, Refused},
    output, start,
    startup::Startup,
};
use crate::{
    app::{LocalizedText, localized},
    archive,
    cli::{
        Cli, ClientArgs,
        exit::{LATE, REFUSED},
    },
    config::Settings,
    domain::DisconnectReason,
    mqtt::{self, ProbeTarget, fingerprints},
    protocol::{Identity, Peer, Saved},
    store::{OpenError, Store},
    ui::text,
};

/// Checks the brokers of the user that the command line names, and prints the findings, as JSON if `as_json`.
pub(super) fn run(cli: &Cli, client_args: &ClientArgs, as_json: bool) -> Result<ExitCode> {
    let startup = Startup::of(cli, &client_args.profile_args.selection())?;
    let (chosen, folder) = startup.resolve_profile(&client_args.profile_args.selection())?;
    let (settings, Appearance { language, .. }) = startup.read(Some(&chosen))?;
    let prefix = settings.topic_prefix.clone();
    let identity = Identity { prefix: prefix.clone(), ..Identity::new(chosen.id.clone(), "doctor", start::seed()) };
    let options = start::connection(&settings, &Peer::restore(identity, Saved::default()))?;
    // While this process holds the lock of the history, no papo on this machine connects as this user. Without a
    // history, no papo on this machine has ever connected as this user.
    let lock = Store::is_in(&folder).then(|| startup.open_store(&chosen));
    let may_use_client_id = !matches!(lock, Some(Err(OpenError::InUse)));
    let me = chosen.id.as_str();
    let target = ProbeTarget { me, prefix: &prefix, may_use_client_id, now: clock::wall().as_millis() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ca = trusted_ca(&settings);
    let mut found = Vec::new();
    let mut unreached = Vec::new();
    for broker in options.brokers() {
        let options = mqtt::Options { broker, ..options.clone() };
        let report = runtime.block_on(mqtt::probe_broker(&options, target));
        found.push(Finding::new(Verdict::Note, "broker", LocalizedText::quoted(options.broker.to_string())));
        found.extend(ca.clone());
        match report {
            Ok(report) => found.extend(findings(&report, may_use_client_id)),
            Err(reason) => {
                tracing::debug!(?reason, broker = %options.broker, "cannot examine the broker");
                let failed = Finding::new(Verdict::Bad, "connect", LocalizedText::from(&reason));
                let is_in_use = matches!(reason, DisconnectReason::ClientIdRefused(_)) && !may_use_client_id;
                found.push(if is_in_use { failed.advise("doctor-running-advice") } else { failed });
                unreached.push((options.broker.to_string(), reason));
            }
        }
    }
    drop(lock);

    let is_well = found.iter().all(|finding| finding.verdict != Verdict::Bad);
    let mut out = output::stdout();
    if as_json {
        let found: Vec<_> = found.iter().map(|finding| finding.json(&language)).collect();
        writeln!(out, "{}", archive::json(&json!({ "well": is_well, "findings": found })))?;
    } else {
        for finding in &found {
            for line in finding.lines(&language) {
                writeln!(out, "{}", text::safe_line(&line))?;
            }
        }
    }
    if unreached.is_empty() {
        return Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) });
    }
    let code = if unreached.iter().any(|(_, reason)| may_pass(reason)) { LATE } else { REFUSED };
    if as_json {
        return Ok(ExitCode::from(code));
    }
    let brokers = unreached.into_iter().map(|(broker, _)| broker).collect::<Vec<_>>().join(", ");
    let failed = language.translate(localized!("doctor-failed", brokers));
    Err(if code == REFUSED { Refused(failed).into() } else { Late(failed).into() })
}

/// Whether there may be a connection later, although nobody changes a login or a configuration.
fn may_pass(reason: &DisconnectReason) -> bool {
    use DisconnectReason as Reason;
    matches!(
        reason,
        Reason::ConnectionRefused(_)
            | Reason::HostNotFound(_)
            | Reason::NoInterface(_)
            | Reason::Unreachable { .. }
            | Reason::NoSocket(_)
            | Reason::ClosedBeforeConnack(_)
            | Reason::Busy(_)
            | Reason::Closed
            | Reason::ServerDisconnect(_)
            | Reason::NoAnswer(_)
    )
}

/// The fingerprint of the configured CA. The user can compare it with the fingerprint from the operator of the broker.
/// `None` without a configured CA, or if its file cannot be read.
fn trusted_ca(settings: &Settings) -> Option<Finding> {
    let path = settings.ca_file.as_ref()?;
    let trusted = format!("{}, SHA-256 {}", path.display(), fingerprints(path).ok()?);
    Some(Finding::new(Verdict::Note, "trust", LocalizedText::quoted(trusted)))
}
