//! Maps the errors of rumqttc and the reason codes of brokers to a [`DisconnectReason`].

use std::{error::Error as StdError, io};

use rumqttc::v5::{
    ConnectionError, StateError,
    mqttbytes::{
        Error as PacketError,
        v5::{ConnectReturnCode, DisconnectReasonCode},
    },
};
use tokio_rustls::rustls::{self, AlertDescription, CertificateError};

use crate::domain::{DisconnectReason, ReasonCode};

/// The connection an error happened on.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorContext<'a> {
    pub(super) address: &'a str,
    pub(super) client_id: &'a str,
    /// Whether CONNACK was received.
    pub(super) connected: bool,
}

impl ErrorContext<'_> {
    /// Converts an error of rumqttc.
    pub(super) fn reason(self, error: &ConnectionError) -> DisconnectReason {
        match error {
            ConnectionError::Io(error) => self.io(error),
            ConnectionError::Timeout(_) => DisconnectReason::NoAnswer(self.address.to_owned()),
            ConnectionError::ConnectionRefused(code) => self.refusal(*code),
            ConnectionError::NotConnAck(_) => DisconnectReason::NotMqtt(self.address.to_owned()),
            ConnectionError::MqttState(error) => self.state(error),
            ConnectionError::Websocket(_) | ConnectionError::ResponseValidation(_) | ConnectionError::Tls(_) => {
                self.handshake(error)
            }
            other => DisconnectReason::Violation(other.to_string()),
        }
    }

    fn state(self, error: &StateError) -> DisconnectReason {
        match error {
            StateError::Io(error) => self.io(error),
            StateError::ConnectionAborted => self.closed(),
            StateError::AwaitPingResp | StateError::CollisionTimeout => {
                DisconnectReason::NoAnswer(self.address.to_owned())
            }
            StateError::ServerDisconnect { reason_code, .. } => disconnect(*reason_code),
            StateError::ConnFail { reason } => self.refusal(*reason),
            StateError::OutgoingPacketTooLarge { .. } | StateError::IncomingPacketTooLarge { .. } => {
                DisconnectReason::PacketTooLarge
            }
            StateError::Deserialization(error) => self.packet(error),
            other => DisconnectReason::Violation(other.to_string()),
        }
    }

    fn packet(self, error: &PacketError) -> DisconnectReason {
        match error {
            PacketError::Io(error) if cause::<rustls::Error>(error).is_some() => self.io(error),
            // From rumqttc's codec: the stream ended within a packet.
            PacketError::Io(error) if error.kind() == io::ErrorKind::Other && self.connected => {
                DisconnectReason::Closed
            }
            PacketError::Io(error) if error.kind() == io::ErrorKind::Other => {
                DisconnectReason::NotMqtt(self.address.to_owned())
            }
            PacketError::Io(error) => self.io(error),
            // A CONNACK of MQTT 3.1.1, whose return codes are 1 to 5.
            PacketError::InvalidConnectReturnCode(1..=5) => DisconnectReason::OldMqttOnly,
            _ if !self.connected => DisconnectReason::NotMqtt(self.address.to_owned()),
            PacketError::OutgoingPacketTooLarge { .. } | PacketError::PayloadSizeLimitExceeded { .. } => {
                DisconnectReason::PacketTooLarge
            }
            // rumqttc takes a DISCONNECT without a reason code for an incomplete packet. One with a reason code but no
            // property length, as mosquitto sends it, is swallowed; that looks like an aborted connection.
            PacketError::PayloadRequired => DisconnectReason::Closed,
            other => DisconnectReason::Violation(other.to_string()),
        }
    }

    /// Converts an error of the TLS or WebSocket handshake.
    fn handshake(self, error: &ConnectionError) -> DisconnectReason {
        let address = || self.address.to_owned();
        if let Some(error) = cause::<rustls::Error>(error) {
            return self.tls(error);
        }
        match (error, cause::<io::Error>(error)) {
            (ConnectionError::Tls(_), Some(error)) if is_hang_up(error) => DisconnectReason::NoTls(address()),
            (_, Some(error)) if !is_hang_up(error) => self.io(error),
            (ConnectionError::Tls(error), _) => DisconnectReason::Tls { address: address(), detail: error.to_string() },
            (ConnectionError::ResponseValidation(error), _) => {
                DisconnectReason::NoWebSocket { address: address(), detail: error.to_string() }
            }
            (error, _) => DisconnectReason::NoWebSocket { address: address(), detail: deepest(error) },
        }
    }

    fn tls(self, error: &rustls::Error) -> DisconnectReason {
        use rustls::Error as Tls;
        let address = self.address.to_owned();
        match error {
            Tls::InvalidCertificate(why) => match why {
                CertificateError::UnknownIssuer => DisconnectReason::UnknownIssuer(address),
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    DisconnectReason::Expired(address)
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    DisconnectReason::NotYetValid(address)
                }
                CertificateError::NotValidForNameContext { presented, .. } => {
                    DisconnectReason::WrongName { address, names: names(presented) }
                }
                other => DisconnectReason::BadCertificate { address, detail: other.to_string() },
            },
            Tls::InvalidMessage(_) => DisconnectReason::NoTls(address),
            Tls::AlertReceived(AlertDescription::CertificateRequired) => DisconnectReason::CertificateWanted,
            Tls::AlertReceived(
                AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::DecryptError,
            ) => DisconnectReason::CertificateRefused,
            other => DisconnectReason::Tls { address, detail: other.to_string() },
        }
    }

    fn closed(self) -> DisconnectReason {
        if self.connected {
            DisconnectReason::Closed
        } else {
            DisconnectReason::ClosedBeforeConnack(self.address.to_owned())
        }
    }

    fn io(self, error: &io::Error) -> DisconnectReason {
        if let Some(error) = cause::<rustls::Error>(error) {
            return self.tls(error);
        }
        match error.kind() {
            io::ErrorKind::NotFound => DisconnectReason::NoSocket(self.address.to_owned()),
            io::ErrorKind::PermissionDenied => DisconnectReason::SocketForbidden(self.address.to_owned()),
            io::ErrorKind::ConnectionRefused => DisconnectReason::ConnectionRefused(self.address.to_owned()),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => self.closed(),
            io::ErrorKind::TimedOut => DisconnectReason::NoAnswer(self.address.to_owned()),
            // EINVAL of connect(2): a link-local address without a scope.
            io::ErrorKind::InvalidInput if error.raw_os_error().is_some() => {
                DisconnectReason::MissingZone(self.address.to_owned())
            }
            _ => DisconnectReason::Unreachable { address: self.address.to_owned(), detail: error.to_string() },
        }
    }

    fn refusal(self, code: ConnectReturnCode) -> DisconnectReason {
        use ConnectReturnCode as Code;
        match code {
            Code::UnsupportedProtocolVersion | Code::RefusedProtocolVersion => DisconnectReason::OldMqttOnly,
            Code::ClientIdentifierNotValid | Code::BadClientId => {
                DisconnectReason::ClientIdRefused(self.client_id.to_owned())
            }
            Code::BadUserNamePassword => DisconnectReason::BadCredentials,
            Code::NotAuthorized => DisconnectReason::NotAuthorized,
            Code::Banned => DisconnectReason::Banned,
            Code::BadAuthenticationMethod => DisconnectReason::AuthenticationMethod,
            Code::RetainNotSupported => DisconnectReason::NoRetain,
            Code::QoSNotSupported => DisconnectReason::NoQosOne,
            Code::PacketTooLarge => DisconnectReason::PacketTooLarge,
            Code::ServerUnavailable | Code::ServiceUnavailable => DisconnectReason::Busy(ReasonCode::ServerUnavailable),
            Code::ServerBusy => DisconnectReason::Busy(ReasonCode::ServerBusy),
            Code::QuotaExceeded => DisconnectReason::Busy(ReasonCode::QuotaExceeded),
            Code::ConnectionRateExceeded => DisconnectReason::Busy(ReasonCode::ConnectionRateExceeded),
            Code::UnspecifiedError | Code::ImplementationSpecificError => {
                DisconnectReason::Busy(ReasonCode::UnspecifiedError)
            }
            Code::UseAnotherServer | Code::ServerMoved => DisconnectReason::Refused(ReasonCode::ServerMoved),
            other => DisconnectReason::Refused(ReasonCode::Other(format!("{other:?}"))),
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

/// The next error in the chain. Not `source()` for an [`io::Error`]: it skips the error it wraps.
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

fn disconnect(code: DisconnectReasonCode) -> DisconnectReason {
    use DisconnectReasonCode as Code;
    match code {
        Code::SessionTakenOver => DisconnectReason::TakenOver,
        // CONNECT was accepted, so this is about a publication or a subscription.
        Code::NotAuthorized => DisconnectReason::PacketRejected(ReasonCode::NotAuthorized),
        Code::PacketTooLarge => DisconnectReason::PacketTooLarge,
        Code::RetainNotSupported => DisconnectReason::NoRetain,
        Code::QoSNotSupported => DisconnectReason::NoQosOne,
        Code::ServerBusy => DisconnectReason::Busy(ReasonCode::ServerBusy),
        Code::QuotaExceeded => DisconnectReason::Busy(ReasonCode::QuotaExceeded),
        Code::MessageRateTooHigh => DisconnectReason::Busy(ReasonCode::MessageRateTooHigh),
        Code::ConnectionRateExceeded => DisconnectReason::Busy(ReasonCode::ConnectionRateExceeded),
        Code::ServerShuttingDown => DisconnectReason::ServerDisconnect(ReasonCode::ServerShuttingDown),
        Code::KeepAliveTimeout => DisconnectReason::ServerDisconnect(ReasonCode::KeepAliveTimeout),
        Code::AdministrativeAction => DisconnectReason::ServerDisconnect(ReasonCode::AdministrativeAction),
        Code::MaximumConnectTime => DisconnectReason::ServerDisconnect(ReasonCode::MaximumConnectTime),
        Code::UseAnotherServer | Code::ServerMoved => DisconnectReason::Refused(ReasonCode::ServerMoved),
        other => DisconnectReason::PacketRejected(ReasonCode::Other(format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: ErrorContext<'_> = ErrorContext { address: "h:1", client_id: "c", connected: false };

    #[test]
    fn refusals_the_user_must_settle_stop_retries() {
        use ConnectReturnCode as Code;
        for code in [
            Code::UnsupportedProtocolVersion,
            Code::ClientIdentifierNotValid,
            Code::BadUserNamePassword,
            Code::NotAuthorized,
            Code::Banned,
            Code::BadAuthenticationMethod,
        ] {
            let reason = CONTEXT.reason(&ConnectionError::ConnectionRefused(code));
            assert!(reason.stops_retries(), "{code:?}: {reason:?}");
        }
    }

    #[test]
    fn temporary_refusals_do_not_stop_retries() {
        use ConnectReturnCode as Code;
        for code in [Code::ServerUnavailable, Code::ServerBusy, Code::QuotaExceeded, Code::ConnectionRateExceeded] {
            let reason = CONTEXT.reason(&ConnectionError::ConnectionRefused(code));
            assert!(!reason.stops_retries(), "{code:?}: {reason:?}");
        }
    }

    #[test]
    fn take_over_stops_retries() {
        let error =
            StateError::ServerDisconnect { reason_code: DisconnectReasonCode::SessionTakenOver, reason_string: None };
        let reason = ErrorContext { connected: true, ..CONTEXT }.reason(&ConnectionError::MqttState(error));
        assert_eq!(reason, DisconnectReason::TakenOver);
        assert!(reason.stops_retries());
    }

    #[test]
    fn close_before_connack_has_its_own_reason() {
        let error = || ConnectionError::MqttState(StateError::ConnectionAborted);
        assert_eq!(CONTEXT.reason(&error()), DisconnectReason::ClosedBeforeConnack("h:1".into()));
        assert_eq!(ErrorContext { connected: true, ..CONTEXT }.reason(&error()), DisconnectReason::Closed);
    }
}
