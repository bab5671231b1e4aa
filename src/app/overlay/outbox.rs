//! The outbox: messages that have not reached the broker, or were refused.

use super::component::Component;
use crate::{
    app::{
        actions::outbox::{OutboxAction, act, show},
        event::{Event, Situation},
        keymap::{Action, Context},
        state::outbox::{place, row_at},
    },
    protocol::{Peer, Row},
};

/// The list of its rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outbox {
    /// The selected row; the last one where nothing was selected.
    pub selected: Option<Row>,
}

impl Outbox {
    pub(super) fn open(selected: Option<Row>, _: &Situation<'_>) -> Self {
        Self { selected }
    }

    fn row(&self, peer: &Peer) -> Option<Row> {
        row_at(peer, place(peer, self.selected)?)
    }
}

impl Component for Outbox {
    fn context(&self) -> Context {
        Context::Outbox
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Open, Action::SendAgain, Action::Edit, Action::Drop]
    }

    fn act(&mut self, action: Action, on: &Situation<'_>) -> Vec<Event> {
        let Some(row) = self.row(on.peer) else { return Vec::new() };
        // The row behind the one that goes takes its place.
        self.selected = Some(row);
        let done = match action {
            Action::Open => Ok(show(row, on)),
            Action::Outbox => Ok(vec![Event::Close]),
            Action::SendAgain => act(row, OutboxAction::SendAgain, on),
            Action::Edit => act(row, OutboxAction::Edit, on),
            Action::Drop => act(row, OutboxAction::Drop, on),
            _ => Ok(Vec::new()),
        };
        done.unwrap_or_else(|why| vec![Event::Reject(why)])
    }

    fn is_over(&self, on: &Situation<'_>) -> bool {
        on.peer.outbox().len() == 0
    }

    fn selected(&self, on: &Situation<'_>) -> Option<usize> {
        place(on.peer, self.selected)
    }

    fn step(&mut self, by: isize, on: &Situation<'_>) -> Vec<Event> {
        let index = place(on.peer, self.selected).map(|index| index.saturating_add_signed(by));
        self.selected = index.and_then(|index| row_at(on.peer, index));
        Vec::new()
    }
}
