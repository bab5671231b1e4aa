//! Which senders were reported in the log for which kind of fault.

use std::{borrow::Cow, collections::BTreeSet};

use crate::protocol::Ignored;

/// A bound, since anybody can invent senders: beyond it, faults are logged at debug level only.
const MOST: usize = 1000;

/// Senders and the kinds of what was ignored of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reported(BTreeSet<(Option<String>, Cow<'static, str>)>);

impl Reported {
    /// Whether it is the first of its sender and kind.
    pub fn is_first(&mut self, ignored: &Ignored) -> bool {
        self.0.len() < MOST && self.0.insert((ignored.sender.clone(), ignored.kind.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(sender: &str, kind: &'static str) -> Ignored {
        let reason = crate::domain::LocalizedText::quoted("");
        Ignored { topic: String::new(), sender: Some(sender.to_owned()), kind: kind.into(), reason }
    }

    #[test]
    fn each_sender_is_reported_once_for_each_kind() {
        let mut reported = Reported::default();
        let heard = [("eve", "form"), ("eve", "form"), ("eve", "name"), ("tom", "form"), ("eve", "name")];
        let first = heard.map(|(sender, kind)| reported.is_first(&ignored(sender, kind)));
        assert_eq!(first, [true, false, true, true, false]);
    }

    #[test]
    fn a_flood_of_made_up_senders_is_reported_up_to_a_bound() {
        let mut reported = Reported::default();
        let count = (0..MOST + 50).filter(|n| reported.is_first(&ignored(&n.to_string(), "form"))).count();
        assert_eq!(count, MOST);
    }
}
