//! What the actor does about each [`DisconnectReason`].

use super::takeover::Claim;
use crate::domain::{DeliveryFailure, DisconnectReason, ReasonCode};

impl DisconnectReason {
    /// What the reason says about the last publication, if that caused it. Brokers reject a publication with an invalid
    /// reason, or end the connection.
    pub(super) fn of_publication(&self) -> Option<DeliveryFailure> {
        match self {
            Self::PacketTooLarge => Some(DeliveryFailure::TooLarge),
            Self::Violation(how) => {
                let why = format!("the broker refused it with an invalid packet: {how}");
                Some(DeliveryFailure::Other(why))
            }
            Self::EndedByBroker(ReasonCode::NotAuthorized) => Some(DeliveryFailure::NotAllowed),
            Self::EndedByBroker(ReasonCode::Other(name)) => {
                Some(DeliveryFailure::Other(format!("the broker closed the connection because of it: {name}")))
            }
            _ => None,
        }
    }

    /// Whether the broker could not be reached at all.
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

    /// Whether a retry cannot help until the user, or another client with the ID, does something.
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

    /// The claim of another client on the ID, if that is the reason.
    pub(super) fn claim(&self) -> Option<Claim> {
        match self {
            Self::TakenOver => Some(Claim::Taken),
            Self::TakenAgain => Some(Claim::TakenAgain),
            Self::InUse => Some(Claim::Announced),
            _ => None,
        }
    }

    /// Whether it lasts until the broker's configuration changes, so that retries may be slow.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::NoRetain | Self::NoQosOne | Self::NoReceiveMaximum | Self::PacketLimit { .. }
        )
    }
}
