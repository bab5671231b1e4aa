//! The errors of rumqttc, and the reason codes of brokers, as a [`Reason`].

use std::{error::Error as StdError, io};

use rumqttc::v5::{
    ConnectionError, StateError,
    mqttbytes::{
        Error as PacketError,
        v5::{ConnectReturnCode, DisconnectReasonCode},
    },
};
use tokio_rustls::rustls::{self, AlertDescription, CertificateError};

use super::Reason;

/// The connection an error happened on.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorContext<'a> {
    pub(super) address: &'a str,
    pub(super) client_id: &'a str,
    /// Whether CONNACK was received.
    pub(super) connected: bool,
}

impl ErrorContext<'_> {
    /// Maps an error of rumqttc to a [`Reason`].
    pub(super) fn reason(self, error: &ConnectionError) -> Reason {
        match error {
            ConnectionError::Io(error) => self.io(error),
            ConnectionError::Timeout(_) => Reason::NoAnswer(self.address.to_owned()),
            ConnectionError::ConnectionRefused(code) => self.refusal(*code),
            ConnectionError::NotConnAck(_) => Reason::NotMqtt(self.address.to_owned()),
            ConnectionError::MqttState(error) => self.state(error),
            ConnectionError::Websocket(_) | ConnectionError::ResponseValidation(_) | ConnectionError::Tls(_) => {
                self.way(error)
            }
            other => Reason::Violation(other.to_string()),
        }
    }

    fn state(self, error: &StateError) -> Reason {
        match error {
            StateError::Io(error) => self.io(error),
            StateError::ConnectionAborted => self.closed(),
            StateError::AwaitPingResp | StateError::CollisionTimeout => Reason::NoAnswer(self.address.to_owned()),
            StateError::ServerDisconnect { reason_code, .. } => disconnect(*reason_code),
            StateError::ConnFail { reason } => self.refusal(*reason),
            StateError::OutgoingPacketTooLarge { .. } | StateError::IncomingPacketTooLarge { .. } => {
                Reason::PacketTooLarge
            }
            StateError::Deserialization(error) => self.packet(error),
            other => Reason::Violation(other.to_string()),
        }
    }

    fn packet(self, error: &PacketError) -> Reason {
        match error {
            PacketError::Io(error) if cause::<rustls::Error>(error).is_some() => self.io(error),
            // The codec's own: the stream ended within a packet.
            PacketError::Io(error) if error.kind() == io::ErrorKind::Other && self.connected => Reason::Closed,
            PacketError::Io(error) if error.kind() == io::ErrorKind::Other => Reason::NotMqtt(self.address.to_owned()),
            PacketError::Io(error) => self.io(error),
            // The return codes 1 to 5 are those of MQTT 3.1.1.
            PacketError::InvalidConnectReturnCode(1..=5) => Reason::OldMqttOnly,
            _ if !self.connected => Reason::NotMqtt(self.address.to_owned()),
            PacketError::OutgoingPacketTooLarge { .. } | PacketError::PayloadSizeLimitExceeded { .. } => {
                Reason::PacketTooLarge
            }
            // A DISCONNECT without a reason code: rumqttc reads it as an incomplete packet. One with a reason code and no
            // property length, as mosquitto writes it, it swallows: what is left is a connection that was aborted.
            PacketError::PayloadRequired => Reason::Closed,
            other => Reason::Violation(other.to_string()),
        }
    }

    /// What went wrong before MQTT could begin.
    fn way(self, error: &ConnectionError) -> Reason {
        let address = || self.address.to_owned();
        if let Some(error) = cause::<rustls::Error>(error) {
            return self.tls(error);
        }
        match (error, cause::<io::Error>(error)) {
            (ConnectionError::Tls(_), Some(error)) if is_end(error) => Reason::NoTls(address()),
            (_, Some(error)) if !is_end(error) => self.io(error),
            (ConnectionError::Tls(error), _) => Reason::Tls { address: address(), detail: error.to_string() },
            (ConnectionError::ResponseValidation(error), _) => {
                Reason::NoWebSocket { address: address(), detail: error.to_string() }
            }
            (error, _) => Reason::NoWebSocket { address: address(), detail: deepest(error) },
        }
    }

    fn tls(self, error: &rustls::Error) -> Reason {
        use rustls::Error as Tls;
        let address = self.address.to_owned();
        match error {
            Tls::InvalidCertificate(why) => match why {
                CertificateError::UnknownIssuer => Reason::UnknownIssuer(address),
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Reason::Expired(address),
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    Reason::NotYetValid(address)
                }
                CertificateError::NotValidForNameContext { presented, .. } => {
                    Reason::WrongName { address, names: names(presented) }
                }
                other => Reason::BadCertificate { address, detail: other.to_string() },
            },
            Tls::InvalidMessage(_) => Reason::NoTls(address),
            Tls::AlertReceived(AlertDescription::CertificateRequired) => Reason::CertificateWanted,
            Tls::AlertReceived(
                AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::DecryptError,
            ) => Reason::CertificateRefused,
            other => Reason::Tls { address, detail: other.to_string() },
        }
    }

    fn closed(self) -> Reason {
        if self.connected { Reason::Closed } else { Reason::HungUp(self.address.to_owned()) }
    }

    fn io(self, error: &io::Error) -> Reason {
        if let Some(error) = cause::<rustls::Error>(error) {
            return self.tls(error);
        }
        match error.kind() {
            io::ErrorKind::NotFound => Reason::NoSocket(self.address.to_owned()),
            io::ErrorKind::PermissionDenied => Reason::Forbidden(self.address.to_owned()),
            io::ErrorKind::ConnectionRefused => Reason::NobodyThere(self.address.to_owned()),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => self.closed(),
            io::ErrorKind::TimedOut => Reason::NoAnswer(self.address.to_owned()),
            // EINVAL of connect(2): a link-local address without a scope.
            io::ErrorKind::InvalidInput if error.raw_os_error().is_some() => Reason::NoZone(self.address.to_owned()),
            _ => Reason::Unreachable { address: self.address.to_owned(), detail: error.to_string() },
        }
    }

    fn refusal(self, code: ConnectReturnCode) -> Reason {
        use ConnectReturnCode as Code;
        match code {
            Code::UnsupportedProtocolVersion | Code::RefusedProtocolVersion => Reason::OldMqttOnly,
            Code::ClientIdentifierNotValid | Code::BadClientId => Reason::ClientIdRefused(self.client_id.to_owned()),
            Code::BadUserNamePassword => Reason::BadCredentials,
            Code::NotAuthorized => Reason::NotAuthorized,
            Code::Banned => Reason::Banned,
            Code::BadAuthenticationMethod => Reason::AuthenticationMethod,
            Code::RetainNotSupported => Reason::NoRetain,
            Code::QoSNotSupported => Reason::NoQosOne,
            Code::PacketTooLarge => Reason::PacketTooLarge,
            Code::ServerUnavailable => Reason::Busy("server unavailable".into()),
            Code::ServiceUnavailable => Reason::Busy("service unavailable".into()),
            Code::ServerBusy => Reason::Busy("server busy".into()),
            Code::QuotaExceeded => Reason::Busy("quota exceeded".into()),
            Code::ConnectionRateExceeded => Reason::Busy("too many connections at once".into()),
            Code::UnspecifiedError | Code::ImplementationSpecificError => Reason::Busy("no reason given".into()),
            Code::UseAnotherServer | Code::ServerMoved => Reason::Refused("it has moved to another address".into()),
            other => Reason::Refused(format!("{other:?}")),
        }
    }
}

/// The first error of a kind that `error` is or stands for.
fn cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = within(error);
    }
    None
}

/// What the innermost error says.
fn deepest(error: &(dyn StdError + 'static)) -> String {
    within(error).map_or_else(|| error.to_string(), deepest)
}

/// An error of the system that wraps another names that one's source as its own.
fn within<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    }
}

/// Whether the other side has hung up.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(error.kind(), Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof)
}

/// Whom a certificate is for; some are for hundreds.
fn names(presented: &[String]) -> String {
    const SOME: usize = 5;
    let plain = |name: &String| {
        let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
        inner.trim_matches('"').to_owned()
    };
    let some: Vec<String> = presented.iter().take(SOME).map(plain).collect();
    match presented.len() {
        0 => "no host".to_owned(),
        count if count > SOME => format!("{} and {} more", some.join(", "), count - SOME),
        _ => some.join(", "),
    }
}

fn disconnect(code: DisconnectReasonCode) -> Reason {
    use DisconnectReasonCode as Code;
    match code {
        Code::SessionTakenOver => Reason::TakenOver,
        // The connection was allowed: it is about a publication or a subscription.
        Code::NotAuthorized => Reason::EndedByBroker("it does not allow a publication or subscription".into()),
        Code::PacketTooLarge => Reason::PacketTooLarge,
        Code::RetainNotSupported => Reason::NoRetain,
        Code::QoSNotSupported => Reason::NoQosOne,
        Code::ServerBusy => Reason::Busy("server busy".into()),
        Code::QuotaExceeded => Reason::Busy("quota exceeded".into()),
        Code::MessageRateTooHigh => Reason::Busy("too many messages at once".into()),
        Code::ConnectionRateExceeded => Reason::Busy("too many connections at once".into()),
        Code::ServerShuttingDown => Reason::Dismissed("it is shutting down".into()),
        Code::KeepAliveTimeout => Reason::Dismissed("keep-alive timeout".into()),
        Code::AdministrativeAction => Reason::Dismissed("by its operator".into()),
        Code::MaximumConnectTime => Reason::Dismissed("maximum connection time reached".into()),
        Code::UseAnotherServer | Code::ServerMoved => Reason::Refused("it has moved to another address".into()),
        other => Reason::EndedByBroker(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHERE: ErrorContext<'_> = ErrorContext { address: "h:1", client_id: "c", connected: false };

    #[test]
    fn refusals_that_a_user_must_settle_stop() {
        use ConnectReturnCode as Code;
        for code in [
            Code::UnsupportedProtocolVersion,
            Code::ClientIdentifierNotValid,
            Code::BadUserNamePassword,
            Code::NotAuthorized,
            Code::Banned,
            Code::BadAuthenticationMethod,
        ] {
            let reason = WHERE.reason(&ConnectionError::ConnectionRefused(code));
            assert!(reason.stops(), "{code:?}: {reason}");
        }
    }

    #[test]
    fn refusals_that_pass_do_not_stop() {
        use ConnectReturnCode as Code;
        for code in [Code::ServerUnavailable, Code::ServerBusy, Code::QuotaExceeded, Code::ConnectionRateExceeded] {
            let reason = WHERE.reason(&ConnectionError::ConnectionRefused(code));
            assert!(!reason.stops(), "{code:?}: {reason}");
        }
    }

    #[test]
    fn take_over_stops() {
        let error =
            StateError::ServerDisconnect { reason_code: DisconnectReasonCode::SessionTakenOver, reason_string: None };
        let reason = ErrorContext { connected: true, ..WHERE }.reason(&ConnectionError::MqttState(error));
        assert_eq!(reason, Reason::TakenOver);
        assert!(reason.stops());
    }

    #[test]
    fn an_end_before_the_answer_hints_at_the_wrong_server() {
        let error = || ConnectionError::MqttState(StateError::ConnectionAborted);
        assert_eq!(WHERE.reason(&error()), Reason::HungUp("h:1".into()));
        assert_eq!(ErrorContext { connected: true, ..WHERE }.reason(&error()), Reason::Closed);
    }
}
