//! Why papo has no connection to the broker.

/// Why there is no connection. An `address`, and the unnamed text of a variant, is `host:port` or the path of a socket,
/// unless the variant says otherwise. A `detail` is the message of a library or of the operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum DisconnectReason {
    /// TCP connection refused, or nothing listens at the Unix socket. The address has the scheme, except for plain MQTT.
    ConnectionRefused(String),
    /// The host name does not resolve.
    HostNotFound(String),
    /// This machine has no network interface with the name in the zone of the IPv6 address.
    NoInterface(String),
    /// An IPv6 link-local address without a zone; a host name may resolve to one.
    MissingZone(String),
    /// Another I/O error while connecting.
    Unreachable { address: String, detail: String },
    /// The server answered, but not with MQTT.
    NotMqtt(String),
    /// The Unix socket does not exist.
    NoSocket(String),
    /// No permission to connect to the Unix socket.
    SocketForbidden(String),
    /// The server answered without TLS.
    NoTls(String),
    /// No trusted CA has signed the broker's certificate.
    UnknownIssuer(String),
    /// The broker's certificate has expired.
    Expired(String),
    /// The broker's certificate is not valid yet.
    NotYetValid(String),
    /// The broker's certificate is for another host: it is valid for `names`.
    WrongName { address: String, names: String },
    /// Something else is wrong with the broker's certificate.
    BadCertificate { address: String, detail: String },
    /// The broker requires a client certificate.
    CertificateWanted,
    /// The broker rejects the client certificate.
    CertificateRefused,
    /// Another failure of the TLS handshake.
    Tls { address: String, detail: String },
    /// The WebSocket handshake failed.
    NoWebSocket { address: String, detail: String },
    /// The connection was closed before CONNACK, as a load balancer does while no broker behind it is up, and as brokers
    /// for MQTT 3.1.1 do.
    ClosedBeforeConnack(String),
    /// The connection was closed before any answer to the handshake of this protocol below MQTT, "TLS" or "WebSocket".
    ClosedInHandshake { address: String, protocol: &'static str },
    /// Unsupported protocol version (0x84).
    OldMqttOnly,
    /// Client identifier not valid (0x85).
    ClientIdRefused(String),
    /// Bad user name or password (0x86), or not authorized (0x87), without a login in CONNECT.
    LoginRequired,
    /// Bad user name or password (0x86).
    BadCredentials,
    /// Not authorized (0x87).
    NotAuthorized,
    /// CONNECT was refused because of too many attempts (0x9F), such as wrong logins.
    TooManyAttempts,
    /// Banned (0x8A).
    Banned,
    /// Bad authentication method (0x8C).
    AuthenticationMethod,
    /// Another permanent refusal: it lasts until the broker's configuration changes.
    Refused(ReasonCode),
    /// A temporary refusal.
    Busy(ReasonCode),
    /// CONNACK says that retained messages are not available.
    NoRetain,
    /// CONNACK says that the maximum `QoS` is 0.
    NoQosOne,
    /// CONNACK says that the receive maximum is 0 (MQTT 5 §3.2.2.3.3 forbids it).
    NoReceiveMaximum,
    /// The maximum packet size in CONNACK is too small: the broker accepts at most `most` bytes, but papo needs
    /// `least`.
    PacketLimit { most: u32, least: u32 },
    /// Session taken over (0x8E).
    TakenOver,
    /// Session taken over (0x8E), soon after papo took it back: two programs compete for the ID.
    TakenOverAgain,
    /// According to the retained presence, another installation is online with the ID.
    InUse,
    /// Three short-lived connections in a row were closed without DISCONNECT.
    RepeatedlyAborted,
    /// The connection was closed without DISCONNECT.
    Closed,
    /// DISCONNECT because of a packet that papo sent.
    PacketRejected(ReasonCode),
    /// DISCONNECT for a reason of the broker's own, such as a shutdown.
    ServerDisconnect(ReasonCode),
    /// The broker did not answer in time.
    NoAnswer(String),
    /// A packet exceeded the agreed maximum size.
    PacketTooLarge,
    /// The broker violated MQTT 5.
    Violation(String),
    /// The user asked for a new connection (`mqtt::Request::Reconnect`).
    ReconnectRequested,
    /// papo is suspended (`mqtt::Request::Suspend`).
    PapoSuspended,
}

/// A Reason Code of a CONNACK or DISCONNECT packet (MQTT 5 §2.4) that has no variant of its own in
/// [`DisconnectReason`].
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
    /// Any other Reason Code, by its name in the client library.
    Other(String),
}
