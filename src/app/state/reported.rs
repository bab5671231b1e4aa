//! The faults that were logged as warnings: each kind of fault once for each sender.

use std::collections::BTreeSet;

use crate::protocol::Ignored;

/// The most faults to remember, because anybody can invent senders. Beyond that, faults are logged only at debug level.
const REPORT_LIMIT: usize = 1000;

/// The pairs of sender, if known, and kind of fault that were logged as a warning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reported(BTreeSet<(Option<String>, String)>);

impl Reported {
    /// Returns whether this fault is the first of its sender and kind, and remembers it.
    pub fn is_first(&mut self, ignored: &Ignored) -> bool {
        self.0.len() < REPORT_LIMIT && self.0.insert((ignored.sender.clone(), ignored.reason.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{IgnoredReason, WireError};

    const FORM: IgnoredReason = IgnoredReason::Invalid(WireError::Malformed);
    const FORGED: IgnoredReason = IgnoredReason::ForgedSender;

    fn ignored(sender: &str, reason: IgnoredReason) -> Ignored {
        Ignored { topic: String::new(), sender: Some(sender.to_owned()), reason }
    }

    #[test]
    fn each_sender_is_reported_once_for_each_kind() {
        let mut reported = Reported::default();
        let payload = IgnoredReason::Invalid(WireError::Forged);
        let faults = [("eve", FORM), ("eve", FORM), ("eve", FORGED), ("tom", FORM), ("eve", FORGED), ("eve", payload)];
        let first = faults.map(|(sender, reason)| reported.is_first(&ignored(sender, reason)));
        assert_eq!(first, [true, false, true, true, false, true]);
    }

    #[test]
    fn reports_are_bounded_against_invented_senders() {
        let mut reported = Reported::default();
        let count = (0..REPORT_LIMIT + 50).filter(|n| reported.is_first(&ignored(&n.to_string(), FORM))).count();
        assert_eq!(count, REPORT_LIMIT);
    }
}
