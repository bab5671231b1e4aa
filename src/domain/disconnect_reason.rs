//! Why papo has no connection to the broker.

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisconnectReason {
    /// TCP's connection refused.
    ConnectionRefused(String),
    /// The name has no address.
    HostNotFound(String),
    /// An address names a zone that this machine has not.
    NoInterface(String),
    /// A link-local address without its zone, as a name may stand for.
    MissingZone(String),
    /// No way there.
    Unreachable {
        /// Host and port.
        address: String,
        /// The system's words.
        detail: String,
    },
    /// It answered, but not with MQTT.
    NotMqtt(String),
    /// There is no socket of that name.
    NoSocket(String),
    /// It is another user's.
    SocketForbidden(String),
    /// It answered in plain text, or hung up over the first bytes of TLS.
    NoTls(String),
    /// Nobody who is trusted has signed the broker's certificate.
    UnknownIssuer(String),
    /// The broker's certificate is of the past.
    Expired(String),
    /// The broker's certificate is of the future.
    NotYetValid(String),
    /// The broker's certificate is for another host.
    WrongName {
        /// Host and port.
        address: String,
        /// Whom it is for.
        names: String,
    },
    /// Something else is wrong with the broker's certificate.
    BadCertificate {
        /// Host and port.
        address: String,
        /// What.
        detail: String,
    },
    /// The broker wants to see a certificate.
    CertificateWanted,
    /// It has seen one, and does not take it.
    CertificateRefused,
    /// TLS could not be agreed on.
    Tls {
        /// Host and port.
        address: String,
        /// What the library says.
        detail: String,
    },
    /// It speaks HTTP at most.
    NoWebSocket {
        /// Host and port.
        address: String,
        /// What it answered.
        detail: String,
    },
    /// It closed the connection before CONNACK: brokers that know only MQTT 3.1.1 do so.
    ClosedBeforeConnack(String),
    /// Unsupported protocol version (0x84).
    OldMqttOnly,
    /// Client identifier not valid (0x85).
    ClientIdRefused(String),
    /// Bad user name or password (0x86).
    BadCredentials,
    /// Not authorized (0x87).
    NotAuthorized,
    /// Banned (0x8A).
    Banned,
    /// Bad authentication method (0x8C).
    AuthenticationMethod,
    /// Another refusal, which lasts until the broker is set up otherwise.
    Refused(ReasonCode),
    /// A refusal that passes.
    Busy(ReasonCode),
    /// CONNACK says that retained messages are not available.
    NoRetain,
    /// CONNACK says that the maximum `QoS` is 0.
    NoQosOne,
    /// CONNACK says that the receive maximum is 0 (MQTT 5 §3.2.2.3.3 forbids it).
    NoReceiveMaximum,
    /// CONNACK has a maximum packet size with which papo cannot work.
    PacketLimit {
        /// In bytes.
        most: u32,
        /// In bytes.
        least: u32,
    },
    /// Session taken over (0x8E).
    TakenOver,
    /// Session taken over, soon after it was taken back.
    TakenOverAgain,
    /// The broker keeps that the id is online on another installation.
    InUse,
    /// Three connections in a row ended without a word, soon after they began.
    RepeatedlyAborted,
    /// The connection ended without a word.
    Closed,
    /// The broker said DISCONNECT, and it was about what papo had sent.
    PacketRejected(ReasonCode),
    /// The broker said DISCONNECT for reasons of its own.
    ServerDisconnect(ReasonCode),
    /// It stays silent.
    NoAnswer(String),
    /// A packet was larger than agreed.
    PacketTooLarge,
    /// It sent what MQTT 5 does not allow.
    Violation(String),
    /// By `Request::Reconnect`.
    ReconnectRequested,
    /// By `Request::Suspend`.
    Suspended,
}

/// The Reason Code of a CONNACK or DISCONNECT packet that says no more than why (MQTT 5 §2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in MQTT 5")]
pub enum ReasonCode {
    ServerUnavailable,
    ServerBusy,
    QuotaExceeded,
    ConnectionRateExceeded,
    MessageRateTooHigh,
    UnspecifiedError,
    ServerMoved,
    NotAuthorized,
    ServerShuttingDown,
    KeepAliveTimeout,
    AdministrativeAction,
    MaximumConnectTime,
    /// Any other, by its name in the client library.
    Other(String),
}
