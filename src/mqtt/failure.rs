//! Maps the errors of rumqttc and the reason codes of brokers to a [`DisconnectReason`](Reason).

use std::{error::Error as StdError, io};

use rumqttc::v5::{
    ConnectionError, StateError,
    mqttbytes::{
        Error as PacketError,
        v5::{ConnectReturnCode, DisconnectReasonCode},
    },
};
use tokio_rustls::rustls::{self, AlertDescription, CertificateError};

use crate::domain::{DisconnectReason as Reason, ReasonCode};

/// The connection an error happened on.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorContext<'a> {
    pub(super) address: &'a str,
    /// The same, as `papo broker --listen` takes it.
    pub(super) listener: &'a str,
    pub(super) client_id: &'a str,
    /// Whether CONNACK was received.
    pub(super) connected: bool,
    /// Whether CONNECT had a user name.
    pub(super) has_login: bool,
}

impl ErrorContext<'_> {
    /// Converts an error of rumqttc.
    pub(super) fn reason(self, error: &ConnectionError) -> Reason {
        match error {
            ConnectionError::Io(error) => self.io(error),
            ConnectionError::Timeout(_) => self.with_address(Reason::NoAnswer),
            ConnectionError::ConnectionRefused(code) => self.refusal(*code),
            ConnectionError::NotConnAck(_) => self.with_address(Reason::NotMqtt),
            ConnectionError::MqttState(error) => self.state(error),
            ConnectionError::Websocket(_) | ConnectionError::ResponseValidation(_) | ConnectionError::Tls(_) => {
                self.handshake(error)
            }
            other => Reason::Violation(other.to_string()),
        }
    }

    /// The reason, with the address of the broker.
    fn with_address(self, reason: fn(String) -> Reason) -> Reason {
        reason(self.address.to_owned())
    }

    fn state(self, error: &StateError) -> Reason {
        match error {
            StateError::Io(error) => self.io(error),
            StateError::ConnectionAborted => self.closed(),
            StateError::AwaitPingResp | StateError::CollisionTimeout => self.with_address(Reason::NoAnswer),
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
            // From rumqttc's codec: the stream ended within a packet.
            PacketError::Io(error) if error.kind() == io::ErrorKind::Other && self.connected => Reason::Closed,
            PacketError::Io(error) if error.kind() != io::ErrorKind::Other => self.io(error),
            // A CONNACK of MQTT 3.1.1, whose return codes are 1 to 5; 4 and 5 are about the login.
            PacketError::InvalidConnectReturnCode(4) => self.refusal(ConnectReturnCode::BadUserNamePassword),
            PacketError::InvalidConnectReturnCode(5) => self.refusal(ConnectReturnCode::NotAuthorized),
            PacketError::InvalidConnectReturnCode(1..=3) => Reason::OldMqttOnly,
            _ if !self.connected => self.with_address(Reason::NotMqtt),
            PacketError::OutgoingPacketTooLarge { .. } | PacketError::PayloadSizeLimitExceeded { .. } => {
                Reason::PacketTooLarge
            }
            // rumqttc mistakes a DISCONNECT without a reason code for an incomplete packet. It ignores a DISCONNECT
            // with a reason code but no property length, as mosquitto sends; then the connection looks aborted.
            PacketError::PayloadRequired => Reason::Closed,
            other => Reason::Violation(other.to_string()),
        }
    }

    /// Converts an error of the TLS or WebSocket handshake.
    fn handshake(self, error: &ConnectionError) -> Reason {
        let address = || self.address.to_owned();
        if let Some(error) = cause::<rustls::Error>(error) {
            return self.tls(error);
        }
        match (error, cause::<io::Error>(error)) {
            (ConnectionError::Tls(_), Some(error)) if is_hang_up(error) => {
                Reason::ClosedInHandshake { address: address(), protocol: "TLS" }
            }
            (ConnectionError::Websocket(error), _) if is_unanswered(error) => {
                Reason::ClosedInHandshake { address: address(), protocol: "WebSocket" }
            }
            (_, Some(error)) if !is_hang_up(error) => self.io(error),
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
        if self.connected { Reason::Closed } else { self.with_address(Reason::ClosedBeforeConnack) }
    }

    fn io(self, error: &io::Error) -> Reason {
        if let Some(error) = cause::<rustls::Error>(error) {
            return self.tls(error);
        }
        match error.kind() {
            io::ErrorKind::NotFound => self.with_address(Reason::NoSocket),
            io::ErrorKind::PermissionDenied => self.with_address(Reason::SocketForbidden),
            io::ErrorKind::ConnectionRefused => Reason::ConnectionRefused(self.listener.to_owned()),
            _ if is_hang_up(error) => self.closed(),
            io::ErrorKind::TimedOut => self.with_address(Reason::NoAnswer),
            // EINVAL of connect(2): a link-local address without a scope.
            io::ErrorKind::InvalidInput if error.raw_os_error().is_some() => self.with_address(Reason::MissingZone),
            _ => Reason::Unreachable { address: self.address.to_owned(), detail: error.to_string() },
        }
    }

    fn refusal(self, code: ConnectReturnCode) -> Reason {
        use ConnectReturnCode as Code;
        match code {
            Code::UnsupportedProtocolVersion | Code::RefusedProtocolVersion => Reason::OldMqttOnly,
            Code::ClientIdentifierNotValid | Code::BadClientId => Reason::ClientIdRefused(self.client_id.to_owned()),
            Code::BadUserNamePassword | Code::NotAuthorized if !self.has_login => Reason::LoginRequired,
            Code::BadUserNamePassword => Reason::BadCredentials,
            Code::NotAuthorized => Reason::NotAuthorized,
            Code::Banned => Reason::Banned,
            Code::BadAuthenticationMethod => Reason::AuthenticationMethod,
            Code::RetainNotSupported => Reason::NoRetain,
            Code::QoSNotSupported => Reason::NoQosOne,
            Code::PacketTooLarge => Reason::PacketTooLarge,
            Code::ServerUnavailable | Code::ServiceUnavailable => Reason::Busy(ReasonCode::ServerUnavailable),
            Code::ServerBusy => Reason::Busy(ReasonCode::ServerBusy),
            Code::QuotaExceeded => Reason::Busy(ReasonCode::QuotaExceeded),
            Code::ConnectionRateExceeded => Reason::TooManyAttempts,
            Code::UnspecifiedError | Code::ImplementationSpecificError => Reason::Busy(ReasonCode::UnspecifiedError),
            Code::UseAnotherServer | Code::ServerMoved => Reason::Refused(ReasonCode::ServerMoved),
            other => Reason::Refused(ReasonCode::Other(format!("{other:?}"))),
        }
    }
}

/// The first error of type `E` in the chain of causes, `error` included.
fn cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = inner(error);
    }
    None
}

/// The message of the innermost error.
fn deepest(error: &(dyn StdError + 'static)) -> String {
    inner(error).map_or_else(|| error.to_string(), deepest)
}

/// The next error in the chain. For an [`io::Error`] not `source()`, which skips the wrapped error.
fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    }
}

/// Whether the peer has closed the connection.
fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(error.kind(), Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof)
}

/// Whether the peer has closed the connection during the handshake of a WebSocket. tungstenite, whose types are not in
/// reach here, has only these words for a clean end.
fn is_unanswered(error: &(dyn StdError + 'static)) -> bool {
    cause::<io::Error>(error).is_some_and(is_hang_up) || deepest(error).ends_with("Handshake not finished")
}

/// The hosts of a certificate, at most five: some certificates have hundreds.
fn names(presented: &[String]) -> String {
    const SHOWN: usize = 5;
    let plain = |name: &String| {
        let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
        inner.trim_matches('"').to_owned()
    };
    let some: Vec<String> = presented.iter().take(SHOWN).map(plain).collect();
    match presented.len() {
        0 => "no host".to_owned(),
        count if count > SHOWN => format!("{} and {} more", some.join(", "), count - SHOWN),
        _ => some.join(", "),
    }
}

fn disconnect(code: DisconnectReasonCode) -> Reason {
    use DisconnectReasonCode as Code;
    match code {
        Code::SessionTakenOver => Reason::TakenOver,
        // CONNECT was accepted, so this is about a publication or a subscription.
        Code::NotAuthorized => Reason::PacketRejected(ReasonCode::NotAuthorized),
        Code::PacketTooLarge => Reason::PacketTooLarge,
        Code::RetainNotSupported => Reason::NoRetain,
        Code::QoSNotSupported => Reason::NoQosOne,
        Code::ServerBusy => Reason::Busy(ReasonCode::ServerBusy),
        Code::QuotaExceeded => Reason::Busy(ReasonCode::QuotaExceeded),
        Code::MessageRateTooHigh => Reason::Busy(ReasonCode::MessageRateTooHigh),
        Code::ConnectionRateExceeded => Reason::Busy(ReasonCode::ConnectionRateExceeded),
        Code::ServerShuttingDown => Reason::ServerDisconnect(ReasonCode::ServerShuttingDown),
        Code::KeepAliveTimeout => Reason::ServerDisconnect(ReasonCode::KeepAliveTimeout),
        Code::AdministrativeAction => Reason::ServerDisconnect(ReasonCode::AdministrativeAction),
        Code::MaximumConnectTime => Reason::ServerDisconnect(ReasonCode::MaximumConnectTime),
        Code::UseAnotherServer | Code::ServerMoved => Reason::Refused(ReasonCode::ServerMoved),
        other => Reason::PacketRejected(ReasonCode::Other(format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: ErrorContext<'_> =
        ErrorContext { address: "h:1", listener: "h:1", client_id: "c", connected: false, has_login: true };

    #[test]
    fn only_permanent_refusals_stop_retries() {
        use ConnectReturnCode as Code;
        let permanent = [
            Code::UnsupportedProtocolVersion,
            Code::ClientIdentifierNotValid,
            Code::BadUserNamePassword,
            Code::NotAuthorized,
            Code::Banned,
            Code::BadAuthenticationMethod,
        ];
        let temporary = [Code::ServerUnavailable, Code::ServerBusy, Code::QuotaExceeded, Code::ConnectionRateExceeded];
        for code in permanent.into_iter().chain(temporary) {
            let reason = CONTEXT.reason(&ConnectionError::ConnectionRefused(code));
            assert_eq!(reason.stops_retries(), permanent.contains(&code), "{code:?}: {reason:?}");
        }
    }

    #[test]
    fn broker_that_requires_a_login_says_so() {
        let refused = |has_login, code| {
            let error = ConnectionError::ConnectionRefused(code);
            ErrorContext { has_login, ..CONTEXT }.reason(&error)
        };
        assert_eq!(refused(false, ConnectReturnCode::BadUserNamePassword), Reason::LoginRequired);
        assert_eq!(refused(false, ConnectReturnCode::NotAuthorized), Reason::LoginRequired);
        assert_eq!(refused(true, ConnectReturnCode::BadUserNamePassword), Reason::BadCredentials);
        assert_eq!(refused(true, ConnectReturnCode::NotAuthorized), Reason::NotAuthorized);
        for (code, reason) in [(4, Reason::LoginRequired), (5, Reason::LoginRequired), (1, Reason::OldMqttOnly)] {
            let error = StateError::Deserialization(PacketError::InvalidConnectReturnCode(code));
            let context = ErrorContext { has_login: false, ..CONTEXT };
            assert_eq!(context.reason(&ConnectionError::MqttState(error)), reason, "MQTT 3.1.1, {code}");
        }
    }

    #[test]
    fn take_over_stops_retries() {
        let error =
            StateError::ServerDisconnect { reason_code: DisconnectReasonCode::SessionTakenOver, reason_string: None };
        let reason = ErrorContext { connected: true, ..CONTEXT }.reason(&ConnectionError::MqttState(error));
        assert_eq!(reason, Reason::TakenOver);
        assert!(reason.stops_retries());
    }

    #[test]
    fn close_before_connack_has_its_own_reason() {
        let error = || ConnectionError::MqttState(StateError::ConnectionAborted);
        assert_eq!(CONTEXT.reason(&error()), Reason::ClosedBeforeConnack("h:1".into()));
        assert_eq!(ErrorContext { connected: true, ..CONTEXT }.reason(&error()), Reason::Closed);
    }
}
