//! How the actor reacts to each [`DisconnectReason`].

use super::{rotation::Failure, takeover::Claim};
use crate::domain::{DeliveryFailure, DisconnectReason, ReasonCode};

impl DisconnectReason {
    /// The failure to report for the publication that may be the cause, if there can be one: some brokers close the
    /// connection instead of refusing a publication with a PUBACK.
    pub(super) fn refused_publication(&self) -> Option<DeliveryFailure> {
        match self {
            Self::PacketTooLarge => Some(DeliveryFailure::TooLarge),
            Self::Violation(how) => {
                let why = format!("the broker answered it with an invalid packet: {how}");
                Some(DeliveryFailure::Other(why))
            }
            Self::PacketRejected(ReasonCode::NotAuthorized) => Some(DeliveryFailure::NotAllowed),
            Self::PacketRejected(ReasonCode::Other(name)) => {
                Some(DeliveryFailure::Other(format!("the broker closed the connection because of it: {name}")))
            }
            _ => None,
        }
    }

    /// Whether the connection failed before MQTT began.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::ConnectionRefused(_)
                | Self::HostNotFound(_)
                | Self::NoInterface(_)
                | Self::MissingZone(_)
                | Self::Unreachable { .. }
                | Self::NoSocket(_)
                | Self::SocketForbidden(_)
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
                | Self::ClosedInHandshake { .. }
        )
    }

    /// Whether a retry is pointless until the user, or the other client with this id, has acted.
    pub fn stops_retries(&self) -> bool {
        self.concerns_user() || self.is_refusal()
    }

    /// Whether papo stops for it wherever it is: the user or another client with this id has acted.
    pub(super) fn concerns_user(&self) -> bool {
        self.claim().is_some() || *self == Self::PapoSuspended
    }

    /// Whether this broker refuses what only the user can mend. Another broker may not.
    fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::OldMqttOnly
                | Self::ClientIdRefused(_)
                | Self::LoginRequired
                | Self::BadCredentials
                | Self::NotAuthorized
                | Self::Banned
                | Self::AuthenticationMethod
        )
    }

    /// How the broker has failed, if that is the reason.
    pub(super) fn failure(&self) -> Failure {
        if self.is_refusal() {
            Failure::Refusal
        } else if self.is_lasting() {
            Failure::Lasting
        } else {
            Failure::Passing
        }
    }

    /// Whether the broker refuses the login, so that another attempt with it costs only time, and may count as a guess.
    pub(super) fn is_about_login(&self) -> bool {
        self.wants_login() || matches!(self, Self::Banned | Self::AuthenticationMethod)
    }

    /// Whether the broker may accept another login, now or later.
    pub(super) fn wants_login(&self) -> bool {
        matches!(self, Self::LoginRequired | Self::BadCredentials | Self::NotAuthorized | Self::TooManyAttempts)
    }

    /// How another client claimed the id, if that is the reason.
    pub(super) fn claim(&self) -> Option<Claim> {
        match self {
            Self::TakenOver => Some(Claim::Taken),
            Self::TakenOverAgain => Some(Claim::TakenOverAgain),
            Self::InUse => Some(Claim::OnlineElsewhere),
            _ => None,
        }
    }

    /// Whether the reason lasts until the broker's configuration changes, so that retries may be slow.
    fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Refused(_)
                | Self::TooManyAttempts
                | Self::NoRetain
                | Self::NoQosOne
                | Self::NoReceiveMaximum
                | Self::PacketLimit { .. }
        )
    }
}
