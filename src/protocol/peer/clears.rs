//! Clears of the presence of users who are gone for good, so that no client lists them any more.
//!
//! Invariant: a clear is never stored, and never outlives the connection on which the user asked for it. A late one would
//! wipe the presence of a user who has come back since.

use std::collections::BTreeMap;

use super::egress::Egress;
use crate::{
    domain::UserId,
    protocol::{Content, Event, NotForgotten, Output, PubOutcome, RowId, Topic, TypedPublication},
};

/// The clears that the broker has not answered yet, by the row number they were published with.
#[derive(Debug, Default)]
pub(super) struct Clears(BTreeMap<RowId, UserId>);

impl Clears {
    pub(super) fn send(&mut self, user: UserId, egress: &mut Egress) {
        let clear = TypedPublication::new(Topic::Presence(user.clone()), Content::Cleared(user.clone()));
        self.0.insert(egress.send_answered(clear), user);
    }

    /// The broker has answered for a row that is not in the outbox. Returns whose presence it has cleared.
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

    /// The connection is gone, and with it what was to be cleared.
    pub(super) fn give_up(&mut self, egress: &mut Egress) {
        for (row, user) in std::mem::take(&mut self.0) {
            egress.output(Output::Forget(row));
            egress.emit(Event::NotForgotten { user, why: NotForgotten::Disconnected });
        }
    }
}
