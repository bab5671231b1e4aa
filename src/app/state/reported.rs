//! Which senders were reported in the log for which kind of fault.

use std::collections::BTreeSet;

use crate::protocol::Ignored;

/// A bound, since anybody can invent senders: beyond it, faults are logged at debug level only.
const REPORT_LIMIT: usize = 1000;

/// Senders, each with a kind of fault that was reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reported(BTreeSet<(Option<String>, String)>);

impl Reported {
    /// Whether it is the first of its sender and kind.
    pub fn is_first(&mut self, ignored: &Ignored) -> bool {
        self.0.len() < REPORT_LIMIT && self.0.insert((ignored.sender.clone(), ignored.reason.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{IgnoredReason, WireError};

    const FORM: IgnoredReason = IgnoredReason::Invalid(WireError::Form);
    const FORGED: IgnoredReason = IgnoredReason::Forged;

    fn ignored(sender: &str, reason: IgnoredReason) -> Ignored {
        Ignored { topic: String::new(), sender: Some(sender.to_owned()), reason }
    }

    #[test]
    fn each_sender_is_reported_once_for_each_kind() {
        let mut reported = Reported::default();
        let heard = [("eve", FORM), ("eve", FORM), ("eve", FORGED), ("tom", FORM), ("eve", FORGED)];
        let first = heard.map(|(sender, reason)| reported.is_first(&ignored(sender, reason)));
        assert_eq!(first, [true, false, true, true, false]);
    }

    #[test]
    fn reports_are_bounded_against_invented_senders() {
        let mut reported = Reported::default();
        let count = (0..REPORT_LIMIT + 50).filter(|n| reported.is_first(&ignored(&n.to_string(), FORM))).count();
        assert_eq!(count, REPORT_LIMIT);
    }
}
