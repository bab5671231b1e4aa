//! What to do while another client has the ID: when to probe it, and when to take it back. Pure; knows no clock.

use std::time::Duration;

use crate::protocol::Holder;

/// How another client claimed the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// The broker gave the session to another client.
    Taken,
    /// The same, soon after papo took the session back: the two would take over from each other for ever.
    TakenOverAgain,
    /// The retained presence shows another installation online.
    Announced,
}

/// The decision after a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The id is free, or it is time to take it back.
    Connect,
    /// Probe again later.
    Wait,
}

/// Watches the id while another client has it.
#[derive(Debug)]
pub(super) struct Watch {
    claim: Claim,
    /// How long a claim without presence is respected.
    take_back: Duration,
}

impl Watch {
    pub(super) fn new(claim: Claim, take_back: Duration) -> Self {
        Self { claim, take_back }
    }

    pub(super) fn claim(&self) -> Claim {
        self.claim
    }

    /// Notes that another installation is online with this id.
    pub(super) fn announced(&mut self) {
        self.claim = Claim::Announced;
    }

    /// Decides on the result of a probe, `elapsed` after the connection ended. [`None`] is a failed probe: connecting then
    /// could take the session over from another papo.
    pub(super) fn seen(&mut self, holder: Option<Holder>, elapsed: Duration) -> Verdict {
        match (holder, self.claim) {
            (Some(Holder::OtherDevice), _) => {
                self.announced();
                Verdict::Wait
            }
            (Some(Holder::Nobody), Claim::Taken | Claim::Announced) => Verdict::Connect,
            (Some(Holder::Unknown), Claim::Taken | Claim::Announced) if elapsed >= self.take_back => Verdict::Connect,
            _ => Verdict::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn watch(claim: Claim) -> Watch {
        Watch::new(claim, 5 * MINUTE)
    }

    /// What follows each probe, one a minute.
    fn verdicts(watch: &mut Watch, seen: &[Option<Holder>]) -> Vec<Verdict> {
        (1..).zip(seen).map(|(minute, holder)| watch.seen(*holder, minute * MINUTE)).collect()
    }

    #[test]
    fn another_papo_keeps_the_id_until_it_is_offline() {
        for claim in [Claim::Taken, Claim::TakenOverAgain, Claim::Announced] {
            let mut watch = watch(claim);
            assert_eq!(verdicts(&mut watch, &[Some(Holder::OtherDevice); 30]), [Verdict::Wait; 30]);
            assert_eq!(watch.claim(), Claim::Announced);
            assert_eq!(watch.seen(Some(Holder::Nobody), 31 * MINUTE), Verdict::Connect);
        }
    }

    #[test]
    fn client_without_presence_loses_the_id_after_five_minutes() {
        let mut wanted = vec![Verdict::Wait; 4];
        wanted.push(Verdict::Connect);
        assert_eq!(verdicts(&mut watch(Claim::Taken), &[Some(Holder::Unknown); 5]), wanted);
    }

    #[test]
    fn id_taken_twice_is_left_to_the_user() {
        let mut watch = watch(Claim::TakenOverAgain);
        let seen = [Some(Holder::Unknown), Some(Holder::Nobody), None].repeat(10);
        assert_eq!(verdicts(&mut watch, &seen), [Verdict::Wait; 30]);
        assert_eq!(watch.claim(), Claim::TakenOverAgain);
    }

    #[test]
    fn failed_probes_never_take_the_id_back() {
        assert_eq!(verdicts(&mut watch(Claim::Taken), &[None; 30]), [Verdict::Wait; 30]);
    }
}
