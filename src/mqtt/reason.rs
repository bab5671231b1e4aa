//! What the actor does about each [`DisconnectReason`].

use super::takeover::Claim;
use crate::domain::{DeliveryFailure, DisconnectReason, ReasonCode};

impl DisconnectReason {
    /// What there is to say of a publication, if one was what it was about: brokers answer one that they do not
    /// like with a reason that has no place there, or end the connection.
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
