//! Why there is no connection, in words for the user: what is wrong and what to do.

use thiserror::Error;

use super::takeover::Claim;
use crate::domain::{LocalizedText, TOO_LARGE, localized};

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// TCP's connection refused.
    #[error("{0} refused the connection; check that the broker is running and the port is right")]
    NobodyThere(String),
    /// The name has no address.
    #[error("host {0} not found; check the spelling and the network")]
    HostNotFound(String),
    /// An address names a zone that this machine has not.
    #[error("no network interface {0} on this machine; check what follows the % in the broker's address")]
    NoInterface(String),
    /// A link-local address without its zone, as a name may stand for.
    #[error("{0} has a link-local address; add the interface, as in mqtt://[fe80::1%25eth0]")]
    NoZone(String),
    /// No way there.
    #[error("{address} is unreachable: {detail}; check the network")]
    Unreachable {
        /// Host and port.
        address: String,
        /// The system's words.
        detail: String,
    },
    /// It answered, but not with MQTT.
    #[error("the server at {0} is not an MQTT broker; check host and port")]
    NotMqtt(String),
    /// There is no socket of that name.
    #[error("no socket {0}; check that the broker is running and listens there")]
    NoSocket(String),
    /// It is another user's.
    #[error("permission denied for {0}; ask the operator of the broker")]
    Forbidden(String),
    /// It answered in plain text, or hung up over the first bytes of TLS.
    #[error("the server at {0} does not speak TLS; use mqtt:// or ws://, or check the port")]
    NoTls(String),
    /// Nobody who is trusted has signed the broker's certificate.
    #[error("the certificate of {0} comes from an unknown CA; set ca_file to the certificate of its CA")]
    UnknownIssuer(String),
    /// The broker's certificate is of the past.
    #[error("the certificate of {0} has expired; ask the operator of the broker to renew it")]
    Expired(String),
    /// The broker's certificate is of the future.
    #[error("the certificate of {0} is not valid yet; check the clocks")]
    NotYetValid(String),
    /// The broker's certificate is for another host.
    #[error("the certificate of {address} is for {names}; use one of these names in the broker's address")]
    WrongName {
        /// Host and port.
        address: String,
        /// Whom it is for.
        names: String,
    },
    /// Something else is wrong with the broker's certificate.
    #[error("the certificate of {address} cannot be trusted: {detail}")]
    BadCertificate {
        /// Host and port.
        address: String,
        /// What.
        detail: String,
    },
    /// The broker wants to see a certificate.
    #[error("the broker requires a client certificate; set cert_file and key_file")]
    CertificateWanted,
    /// It has seen one, and does not take it.
    #[error("the broker does not accept your certificate; check cert_file and key_file")]
    CertificateRefused,
    /// TLS could not be agreed on.
    #[error("no TLS connection to {address}: {detail}")]
    Tls {
        /// Host and port.
        address: String,
        /// What the library says.
        detail: String,
    },
    /// It speaks HTTP at most.
    #[error("{address} does not offer MQTT over WebSocket ({detail}); check port and path")]
    NoWebSocket {
        /// Host and port.
        address: String,
        /// What it answered.
        detail: String,
    },
    /// It closed the connection before CONNACK: brokers that know only MQTT 3.1.1 do so.
    #[error("{0} closed the connection without an answer; papo needs a broker that speaks MQTT 5")]
    HungUp(String),
    /// Unsupported protocol version (0x84).
    #[error("the broker does not speak MQTT 5, which papo needs; update it or use another")]
    OldMqttOnly,
    /// Client identifier not valid (0x85).
    #[error("the broker refuses the client ID {0}; choose another profile or user ID")]
    ClientIdRefused(String),
    /// Bad user name or password (0x86).
    #[error("the broker does not accept this user name or password; check both")]
    BadCredentials,
    /// Not authorized (0x87).
    #[error("the broker does not let this user in; check user name, password and the broker's access rules")]
    NotAuthorized,
    /// Banned (0x8A).
    #[error("the broker has banned this client; ask its operator")]
    Banned,
    /// Bad authentication method (0x8C).
    #[error("the broker requires a login method that papo does not support; ask its operator")]
    AuthenticationMethod,
    /// Another refusal, which lasts until the broker is set up otherwise.
    #[error("the broker refuses the connection ({0}); ask its operator")]
    Refused(String),
    /// A refusal that passes.
    #[error("the broker is busy or not ready ({0})")]
    Busy(String),
    /// CONNACK says that retained messages are not available.
    #[error("the broker does not support retained messages, which papo needs; enable them or use another broker")]
    NoRetain,
    /// CONNACK says that the maximum `QoS` is 0.
    #[error("the broker does not support QoS 1, which papo needs; enable it or use another broker")]
    NoQosOne,
    /// CONNACK says that the receive maximum is 0 (MQTT 5 §3.2.2.3.3 forbids it).
    #[error("the broker announces a receive maximum of 0, so papo can send nothing; raise it or use another broker")]
    NoReceiveMaximum,
    /// CONNACK has a maximum packet size with which papo cannot work.
    #[error(
        "the broker accepts packets of at most {most} bytes, and papo needs {least}; raise its limit or use another broker"
    )]
    PacketLimit {
        /// In bytes.
        most: u32,
        /// In bytes.
        least: u32,
    },
    /// Session taken over (0x8E).
    #[error("another client connected with the same ID; check whether papo is running elsewhere")]
    TakenOver,
    /// Session taken over, soon after it was taken back.
    #[error("another client keeps connecting with the same ID; stop it, or choose another ID")]
    TakenAgain,
    /// The broker keeps that the id is online on another installation.
    #[error("this ID is in use on another device")]
    InUse,
    /// Three connections in a row ended without a word, soon after they began.
    #[error("the broker keeps closing the connection soon after it begins; check whether this ID is in use elsewhere")]
    RepeatedlyAborted,
    /// The connection ended without a word.
    #[error("the broker or the network closed the connection")]
    Closed,
    /// The broker said DISCONNECT, and it was about what papo had sent.
    #[error("the broker closed the connection ({0})")]
    EndedByBroker(String),
    /// The broker said DISCONNECT for reasons of its own.
    #[error("the broker closed the connection ({0})")]
    Dismissed(String),
    /// It stays silent.
    #[error("{0} does not answer; check the network and that it is an MQTT broker")]
    NoAnswer(String),
    /// A packet was larger than agreed.
    #[error("a message was larger than the broker had agreed to")]
    PacketTooLarge,
    /// It sent what MQTT 5 does not allow.
    #[error("the broker violated MQTT 5 ({0})")]
    Violation(String),
    /// By [`Request::Reconnect`](super::Request::Reconnect).
    #[error("reconnecting on request")]
    Asked,
    /// By [`Request::Rest`](super::Request::Rest).
    #[error("offline while papo is suspended")]
    Resting,
}

/// To be said on the screen; the log has the words above.
impl From<&Reason> for LocalizedText {
    fn from(reason: &Reason) -> Self {
        match reason {
            Reason::NobodyThere(what) => localized!("reason-nobody-there", what),
            Reason::HostNotFound(what) => localized!("reason-host-not-found", what),
            Reason::NoInterface(what) => localized!("reason-no-interface", what),
            Reason::NoZone(what) => localized!("reason-no-zone", what),
            Reason::Unreachable { address, detail } => localized!("reason-unreachable", address, detail),
            Reason::NotMqtt(what) => localized!("reason-not-mqtt", what),
            Reason::NoSocket(what) => localized!("reason-no-socket", what),
            Reason::Forbidden(what) => localized!("reason-forbidden", what),
            Reason::NoTls(what) => localized!("reason-no-tls", what),
            Reason::UnknownIssuer(what) => localized!("reason-unknown-issuer", what),
            Reason::Expired(what) => localized!("reason-expired", what),
            Reason::NotYetValid(what) => localized!("reason-not-yet-valid", what),
            Reason::WrongName { address, names } => localized!("reason-wrong-name", address, names),
            Reason::BadCertificate { address, detail } => localized!("reason-bad-certificate", address, detail),
            Reason::CertificateWanted => localized!("reason-certificate-wanted"),
            Reason::CertificateRefused => localized!("reason-certificate-refused"),
            Reason::Tls { address, detail } => localized!("reason-tls", address, detail),
            Reason::NoWebSocket { address, detail } => localized!("reason-no-websocket", address, detail),
            Reason::HungUp(what) => localized!("reason-hung-up", what),
            Reason::OldMqttOnly => localized!("reason-old-mqtt-only"),
            Reason::ClientIdRefused(what) => localized!("reason-client-id-refused", what),
            Reason::BadCredentials => localized!("reason-bad-credentials"),
            Reason::NotAuthorized => localized!("reason-not-authorized"),
            Reason::Banned => localized!("reason-banned"),
            Reason::AuthenticationMethod => localized!("reason-authentication-method"),
            Reason::Refused(what) => localized!("reason-refused", what),
            Reason::Busy(what) => localized!("reason-busy", what),
            Reason::NoRetain => localized!("reason-no-retain"),
            Reason::NoQosOne => localized!("reason-no-qos-one"),
            Reason::NoReceiveMaximum => localized!("reason-no-receive-maximum"),
            Reason::PacketLimit { most, least } => {
                localized!("reason-packet-limit", most = u64::from(*most), least = u64::from(*least))
            }
            Reason::TakenOver => localized!("reason-taken-over"),
            Reason::TakenAgain => localized!("reason-taken-again"),
            Reason::InUse => localized!("reason-in-use"),
            Reason::RepeatedlyAborted => localized!("reason-repeatedly-aborted"),
            Reason::Closed => localized!("reason-closed"),
            Reason::EndedByBroker(what) | Reason::Dismissed(what) => localized!("reason-ended-by-broker", what),
            Reason::NoAnswer(what) => localized!("reason-no-answer", what),
            Reason::PacketTooLarge => localized!("reason-packet-too-large"),
            Reason::Violation(what) => localized!("reason-violation", what),
            Reason::Asked => localized!("reason-asked"),
            Reason::Resting => localized!("reason-resting"),
        }
    }
}

impl Reason {
    /// What there is to say of a publication, if one was what it was about: brokers answer one that they do not
    /// like with a reason that has no place there, or end the connection.
    pub(super) fn of_publication(&self) -> Option<String> {
        match self {
            Self::PacketTooLarge => Some(TOO_LARGE.to_owned()),
            Self::Violation(how) => Some(format!("the broker refused it with an invalid packet: {how}")),
            Self::EndedByBroker(why) => Some(format!("the broker closed the connection because of it: {why}")),
            _ => None,
        }
    }

    /// Whether there was no way to the broker at all.
    pub(super) fn is_of_the_way(&self) -> bool {
        matches!(
            self,
            Self::NobodyThere(_)
                | Self::HostNotFound(_)
                | Self::NoInterface(_)
                | Self::NoZone(_)
                | Self::Unreachable { .. }
                | Self::NoSocket(_)
                | Self::Forbidden(_)
                | Self::NoTls(_)
                | Self::UnknownIssuer(_)
                | Self::Expired(_)
                | Self::NotYetValid(_)
                | Self::WrongName { .. }
                | Self::BadCertificate { .. }
                | Self::CertificateWanted
                | Self::CertificateRefused
                | Self::Tls { .. }
                | Self::NoWebSocket { .. }
        )
    }

    /// Whether trying again cannot help until the user, or another client with the id, has done something.
    pub fn stops(&self) -> bool {
        self.claim().is_some()
            || matches!(
                self,
                Self::OldMqttOnly
                    | Self::ClientIdRefused(_)
                    | Self::BadCredentials
                    | Self::NotAuthorized
                    | Self::Banned
                    | Self::AuthenticationMethod
                    | Self::Resting
            )
    }

    /// What another client has to do with it, where it is that.
    pub(super) fn claim(&self) -> Option<Claim> {
        match self {
            Self::TakenOver => Some(Claim::Taken),
            Self::TakenAgain => Some(Claim::TakenAgain),
            Self::InUse => Some(Claim::Announced),
            _ => None,
        }
    }

    /// Whether it lasts until the broker is set up otherwise, so that there is no hurry to try again.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::NoRetain | Self::NoQosOne | Self::NoReceiveMaximum | Self::PacketLimit { .. }
        )
    }
}
