//! Clears the retained presence of users who are gone for good, so that no client lists them any more.
//!
//! Invariant: a clear is never stored, and never outlives the connection on which my user requested it. A late clear
//! would remove the presence of a user who has come back in the meantime.

use std::collections::BTreeMap;

use super::egress::Egress;
use crate::{
    domain::UserId,
    protocol::{Content, Event, NotForgotten, Output, PubOutcome, RowId, Topic, TypedPublication},
};

/// The clears that the broker has not answered yet, by the row ID with which they were published.
#[derive(Debug, Default)]
pub(super) struct Clears(BTreeMap<RowId, UserId>);

impl Clears {
    pub(super) fn send(&mut self, user: UserId, egress: &mut Egress) {
        let clear = TypedPublication::new(Topic::Presence(user.clone()), Content::Cleared(user.clone()));
        self.0.insert(egress.send_with_answer(clear), user);
    }

    /// Handles the broker's answer for a row that is not in the outbox. Returns the user whose presence was cleared;
    /// `None` if the broker refused, or the row is no clear.
    pub(super) fn answered(&mut self, row: RowId, outcome: PubOutcome, egress: &mut Egress) -> Option<UserId> {
        let user = self.0.remove(&row)?;
        match outcome {
            PubOutcome::Taken | PubOutcome::NobodyListens => Some(user),
            PubOutcome::Refused(why) => {
                egress.emit(Event::NotForgotten { user, why: NotForgotten::Refused(why) });
                None
            }
        }
    }

    /// Gives up all clears, because the connection is lost.
    pub(super) fn give_up(&mut self, egress: &mut Egress) {
        for (row, user) in std::mem::take(&mut self.0) {
            egress.output(Output::Forget(row));
            egress.emit(Event::NotForgotten { user, why: NotForgotten::Disconnected });
        }
    }
}
