//! Decides when to take the ID back from another client. Pure: it does not read the clock.

use std::time::Duration;

use crate::protocol::Holder;

/// How another client claimed the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// The broker gave the session to another client.
    Taken,
    /// The broker gave the session to another client again, soon after papo had taken it back. If papo did not stop,
    /// the two clients would take over from each other for ever.
    TakenOverAgain,
    /// The retained presence shows another installation online.
    OnlineElsewhere,
}

/// Watches the id while another client has it.
#[derive(Debug)]
pub(super) struct Watch {
    claim: Claim,
    /// How long to leave the id to a client that announces no presence.
    take_back: Duration,
}

impl Watch {
    pub(super) fn new(claim: Claim, take_back: Duration) -> Self {
        Self { claim, take_back }
    }

    pub(super) fn claim(&self) -> Claim {
        self.claim
    }

    /// Records that another installation is online with this id.
    pub(super) fn set_online_elsewhere(&mut self) {
        self.claim = Claim::OnlineElsewhere;
    }

    /// Whether to connect after a probe, `elapsed` after the connection ended: the id is free, or it is time to take it
    /// back. [`None`] is a failed probe: connecting then could take the session over from another papo.
    pub(super) fn may_connect(&mut self, holder: Option<Holder>, elapsed: Duration) -> bool {
        if holder == Some(Holder::OtherDevice) {
            self.set_online_elsewhere();
        }
        let is_free = match holder {
            Some(Holder::Nobody) => true,
            Some(Holder::Unknown) => elapsed >= self.take_back,
            Some(Holder::OtherDevice) | None => false,
        };
        is_free && self.claim != Claim::TakenOverAgain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn watch(claim: Claim) -> Watch {
        Watch::new(claim, 5 * MINUTE)
    }

    /// The minutes after which the watch connects, with one probe a minute.
    fn connects(watch: &mut Watch, seen: &[Option<Holder>]) -> Vec<u32> {
        let probes = (1..).zip(seen);
        probes
            .filter(|(minute, holder)| watch.may_connect(**holder, *minute * MINUTE))
            .map(|(minute, _)| minute)
            .collect()
    }

    #[test]
    fn another_papo_keeps_the_id_until_it_is_offline() {
        for claim in [Claim::Taken, Claim::TakenOverAgain, Claim::OnlineElsewhere] {
            let mut watch = watch(claim);
            assert_eq!(connects(&mut watch, &[Some(Holder::OtherDevice); 30]), [0; 0]);
            assert_eq!(watch.claim(), Claim::OnlineElsewhere);
            assert!(watch.may_connect(Some(Holder::Nobody), 31 * MINUTE));
        }
    }

    #[test]
    fn client_without_presence_loses_the_id_after_five_minutes() {
        assert_eq!(connects(&mut watch(Claim::Taken), &[Some(Holder::Unknown); 5]), [5]);
    }

    #[test]
    fn id_taken_twice_is_never_taken_back() {
        let mut watch = watch(Claim::TakenOverAgain);
        let seen = [Some(Holder::Unknown), Some(Holder::Nobody), None].repeat(10);
        assert_eq!(connects(&mut watch, &seen), [0; 0]);
        assert_eq!(watch.claim(), Claim::TakenOverAgain);
    }

    #[test]
    fn failed_probes_never_take_the_id_back() {
        assert_eq!(connects(&mut watch(Claim::Taken), &[None; 30]), [0; 0]);
    }
}
