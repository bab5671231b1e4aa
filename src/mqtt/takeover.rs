//! What to do while another client has the ID: when to probe it, and when to take it back. Pure; knows no clock.

use std::time::Duration;

use crate::protocol::Holder;

/// How another client took the ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// The broker gave the session to another client.
    Taken,
    /// The same, soon after the ID was taken back: the two would fight forever.
    TakenAgain,
    /// The retained presence shows another installation online.
    Announced,
}

/// What to do after a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The id is free, or it is time to take it back.
    Connect,
    /// Probe again later.
    Wait,
}

/// The time during which another client has the id.
#[derive(Debug)]
pub(super) struct Watch {
    claim: Claim,
    take_back: Duration,
}

impl Watch {
    pub(super) fn new(claim: Claim, take_back: Duration) -> Self {
        Self { claim, take_back }
    }

    pub(super) fn claim(&self) -> Claim {
        self.claim
    }

    /// The presence of another installation was seen.
    pub(super) fn announced(&mut self) {
        self.claim = Claim::Announced;
    }

    /// Handles the result of a probe; `elapsed` is the time since the connection ended. Without an answer nothing is known,
    /// and connecting could take the ID from another papo.
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
        for claim in [Claim::Taken, Claim::TakenAgain, Claim::Announced] {
            let mut watch = watch(claim);
            assert_eq!(verdicts(&mut watch, &[Some(Holder::OtherDevice); 30]), [Verdict::Wait; 30]);
            assert_eq!(watch.claim(), Claim::Announced);
            assert_eq!(watch.seen(Some(Holder::Nobody), 31 * MINUTE), Verdict::Connect);
        }
    }

    #[test]
    fn a_client_without_presence_loses_the_id_after_five_minutes() {
        let mut wanted = vec![Verdict::Wait; 4];
        wanted.push(Verdict::Connect);
        assert_eq!(verdicts(&mut watch(Claim::Taken), &[Some(Holder::Unknown); 5]), wanted);
    }

    #[test]
    fn an_id_that_was_taken_twice_is_left_to_the_user() {
        let mut watch = watch(Claim::TakenAgain);
        let seen = [Some(Holder::Unknown), Some(Holder::Nobody), None].repeat(10);
        assert_eq!(verdicts(&mut watch, &seen), [Verdict::Wait; 30]);
        assert_eq!(watch.claim(), Claim::TakenAgain);
    }

    #[test]
    fn nothing_is_taken_while_looks_fail() {
        assert_eq!(verdicts(&mut watch(Claim::Taken), &[None; 30]), [Verdict::Wait; 30]);
    }
}
