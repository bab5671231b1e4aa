//! Before papo leaves: drafts are kept and the others told.

use super::{effect::Effect, model::Model, peer, remote};
use crate::{domain::Tick, protocol::Command};

pub(super) fn save_drafts(model: &mut Model, now: Option<Tick>, effects: &mut Vec<Effect>) {
    for (conversation, text) in model.chats.due_drafts(now) {
        peer::command(model, Command::SaveDraft { conversation, text }, effects);
    }
}

/// Leaves, for good ([`Effect::Quit`]) or for a while ([`Effect::Suspend`]): the drafts are kept and the others told.
pub(super) fn leave(model: &mut Model, how: Effect, effects: &mut Vec<Effect>) {
    save_drafts(model, None, effects);
    peer::command(model, Command::GoOffline, effects);
    if how == Effect::Quit {
        remote::leave(model, effects);
    }
    effects.push(how);
}
