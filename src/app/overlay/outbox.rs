//! The outbox: messages that have not reached the broker, or were refused.

use super::component::Component;
use crate::{
    app::{
        actions::outbox::{OutboxAction, act, show},
        event::{Event, ModelRef, Question},
        keymap::{Action, Context},
        state::outbox::{row_at, selected_index},
    },
    protocol::{Peer, RowId},
};

/// The list of outbox rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outbox {
    /// The selected row. For `None`, the last one counts as selected.
    pub selected: Option<RowId>,
}

impl Outbox {
    pub(super) fn open(selected: Option<RowId>, _: &ModelRef<'_>) -> Self {
        Self { selected }
    }

    fn row(&self, peer: &Peer) -> Option<RowId> {
        row_at(peer, selected_index(peer, self.selected)?)
    }
}

impl Component for Outbox {
    fn context(&self) -> Context {
        Context::Outbox
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Open, Action::SendAgain, Action::Edit, Action::Drop]
    }

    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        let Some(row) = self.row(model.peer) else { return Vec::new() };
        // If the action removes the row, the row after it becomes the selected one.
        self.selected = Some(row);
        let done = match action {
            Action::Open => Ok(show(row, model)),
            Action::Outbox => Ok(vec![Event::Close]),
            Action::SendAgain => act(row, OutboxAction::SendAgain, model),
            Action::Edit => act(row, OutboxAction::Edit, model),
            Action::Drop => Ok(vec![Event::Ask(Question::Drop(row))]),
            _ => Ok(Vec::new()),
        };
        done.unwrap_or_else(|why| vec![Event::Reject(why)])
    }

    fn is_over(&self, model: &ModelRef<'_>) -> bool {
        model.peer.outbox().len() == 0
    }

    fn selected(&self, model: &ModelRef<'_>) -> Option<usize> {
        selected_index(model.peer, self.selected)
    }

    fn step(&mut self, by: isize, model: &ModelRef<'_>) -> Vec<Event> {
        let index = selected_index(model.peer, self.selected).map(|index| index.saturating_add_signed(by));
        self.selected = index.and_then(|index| row_at(model.peer, index));
        Vec::new()
    }
}
