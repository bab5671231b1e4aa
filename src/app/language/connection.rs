//! The texts for a lost or refused connection: what failed, why, and what to do.

use crate::{
    app::language::{LocalizedText, localized},
    domain::{DisconnectReason, ReasonCode},
};

impl From<&DisconnectReason> for LocalizedText {
    fn from(reason: &DisconnectReason) -> Self {
        match reason {
            DisconnectReason::ConnectionRefused(what) => nobody_there(what),
            DisconnectReason::HostNotFound(what) => localized!("reason-host-not-found", what),
            DisconnectReason::NoInterface(what) => localized!("reason-no-interface", what),
            DisconnectReason::MissingZone(what) => localized!("reason-no-zone", what),
            DisconnectReason::Unreachable { address, detail } => localized!("reason-unreachable", address, detail),
            DisconnectReason::NotMqtt(what) => localized!("reason-not-mqtt", what),
            DisconnectReason::NoSocket(what) => localized!("reason-no-socket", what),
            DisconnectReason::SocketForbidden(what) => localized!("reason-forbidden", what),
            DisconnectReason::NoTls(what) => localized!("reason-no-tls", what),
            DisconnectReason::UnknownIssuer(what) => localized!("reason-unknown-issuer", what),
            DisconnectReason::Expired(what) => localized!("reason-expired", what),
            DisconnectReason::NotYetValid(what) => localized!("reason-not-yet-valid", what),
            DisconnectReason::WrongName { address, names } => localized!("reason-wrong-name", address, names),
            DisconnectReason::BadCertificate { address, detail } => {
                localized!("reason-bad-certificate", address, detail)
            }
            DisconnectReason::CertificateWanted => localized!("reason-certificate-wanted"),
            DisconnectReason::CertificateRefused => localized!("reason-certificate-refused"),
            DisconnectReason::Tls { address, detail } => localized!("reason-tls", address, detail),
            DisconnectReason::NoWebSocket { address, detail } => localized!("reason-no-websocket", address, detail),
            DisconnectReason::ClosedBeforeConnack(what) => localized!("reason-hung-up", what, protocol = "MQTT 5"),
            DisconnectReason::ClosedInHandshake { address, protocol } => {
                localized!("reason-hung-up", what = address, protocol = *protocol)
            }
            DisconnectReason::OldMqttOnly => localized!("reason-old-mqtt-only"),
            DisconnectReason::ClientIdRefused(what) => localized!("reason-client-id-refused", what),
            DisconnectReason::LoginRequired => localized!("reason-login-required"),
            DisconnectReason::TooManyAttempts => localized!("reason-too-many-attempts"),
            DisconnectReason::BadCredentials => localized!("reason-bad-credentials"),
            DisconnectReason::NotAuthorized => localized!("reason-not-authorized"),
            DisconnectReason::Banned => localized!("reason-banned"),
            DisconnectReason::AuthenticationMethod => localized!("reason-authentication-method"),
            DisconnectReason::Refused(code) => localized!("reason-refused", what = reason_code(code)),
            DisconnectReason::Busy(code) => localized!("reason-busy", what = reason_code(code)),
            DisconnectReason::NoRetain => localized!("reason-no-retain"),
            DisconnectReason::NoQosOne => localized!("reason-no-qos-one"),
            DisconnectReason::NoReceiveMaximum => localized!("reason-no-receive-maximum"),
            DisconnectReason::PacketLimit { most, least } => {
                localized!("reason-packet-limit", most = u64::from(*most), least = u64::from(*least))
            }
            DisconnectReason::TakenOver => localized!("reason-taken-over"),
            DisconnectReason::TakenOverAgain => localized!("reason-taken-again"),
            DisconnectReason::InUse => localized!("reason-in-use"),
            DisconnectReason::RepeatedlyAborted => localized!("reason-repeatedly-aborted"),
            DisconnectReason::Closed => localized!("reason-closed"),
            DisconnectReason::PacketRejected(code) | DisconnectReason::ServerDisconnect(code) => {
                localized!("reason-ended-by-broker", what = reason_code(code))
            }
            DisconnectReason::NoAnswer(what) => localized!("reason-no-answer", what),
            DisconnectReason::PacketTooLarge => localized!("reason-packet-too-large"),
            DisconnectReason::Violation(what) => localized!("reason-violation", what),
            DisconnectReason::ReconnectRequested => localized!("reason-asked"),
            DisconnectReason::PapoSuspended => localized!("reason-resting"),
        }
    }
}

/// Nothing listens on an address. On this machine the user can start a broker there, unless it needs a certificate.
fn nobody_there(what: &str) -> LocalizedText {
    let place = what.strip_prefix("ws://").unwrap_or(what);
    let is_local = ["127.0.0.1:", "localhost:", "[::1]:"].iter().any(|host| place.starts_with(host));
    match what {
        DEFAULT_ADDRESS | "localhost:1883" => localized!("reason-nobody-there", what, command = "papo broker"),
        _ if is_local => {
            let command = format!("papo broker --listen {what}");
            localized!("reason-nobody-there", what, command)
        }
        _ => localized!("reason-nobody-there-remote", what),
    }
}

/// The address that `papo broker` listens on without an option.
const DEFAULT_ADDRESS: &str = "127.0.0.1:1883";

fn reason_code(code: &ReasonCode) -> LocalizedText {
    LocalizedText::from(match code {
        ReasonCode::ServerUnavailable => "code-server-unavailable",
        ReasonCode::ServerBusy => "code-server-busy",
        ReasonCode::QuotaExceeded => "code-quota-exceeded",
        ReasonCode::ConnectionRateExceeded => "code-connection-rate-exceeded",
        ReasonCode::MessageRateTooHigh => "code-message-rate-too-high",
        ReasonCode::UnspecifiedError => "code-unspecified-error",
        ReasonCode::ServerMoved => "code-server-moved",
        ReasonCode::NotAuthorized => "code-not-authorized",
        ReasonCode::ServerShuttingDown => "code-server-shutting-down",
        ReasonCode::KeepAliveTimeout => "code-keep-alive-timeout",
        ReasonCode::AdministrativeAction => "code-administrative-action",
        ReasonCode::MaximumConnectTime => "code-maximum-connect-time",
        ReasonCode::Other(name) => return LocalizedText::quoted(name),
    })
}
