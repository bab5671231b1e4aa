//! The list of a group's members.

use super::component::Component;
use crate::{
    app::{
        actions::groups,
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question, info},
        keymap::{Action, Context},
        localized,
        state::Selection,
    },
    domain::{Group, GroupName, UserId},
    protocol::Peer,
};

/// The members of a group.
#[derive(Debug, Clone)]
pub struct Members {
    /// The group whose members are listed.
    pub group: GroupName,
    selection: Selection<UserId>,
}

impl Members {
    pub(super) fn open(group: GroupName, _: &ModelRef<'_>) -> Self {
        Self { group, selection: Selection::default() }
    }

    /// The group; `None` if it no longer exists.
    pub fn group<'p>(&self, peer: &'p Peer) -> Option<&'p Group> {
        peer.groups().get(&self.group)
    }

    /// The index of the selected member in the list.
    pub fn selected_index(&self, peer: &Peer) -> Option<usize> {
        self.selection.index(self.list(peer))
    }

    fn list<'p>(&self, peer: &'p Peer) -> Vec<&'p UserId> {
        self.group(peer).into_iter().flat_map(Group::everyone).collect()
    }
}

fn confirm(question: Question, model: &ModelRef<'_>) -> Vec<Event> {
    groups::confirm(question, model).unwrap_or_else(|why| vec![Event::Reject(why)])
}

impl Component for Members {
    fn context(&self) -> Context {
        Context::Members
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Invite, Action::Remove, Action::HandOver]
    }

    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        let group = self.group.clone();
        let selected = self.selected_index(model.peer).map(|index| self.list(model.peer)[index]);
        let another = selected.filter(|user| *user != model.peer.me()).cloned();
        if matches!(action, Action::Remove | Action::HandOver)
            && let Some(user) = self.selection.key().filter(|user| !self.list(model.peer).contains(user))
        {
            return vec![info(localized!("member-gone", user))];
        }
        vec![match (action, another) {
            (Action::Invite, _) => Event::Open(OpenOverlay::Prompt(PromptKind::InviteTo(group))),
            (Action::Remove, Some(user)) => return confirm(Question::Remove(group, user), model),
            (Action::HandOver, Some(user)) => return confirm(Question::HandOver(group, user), model),
            (Action::Remove | Action::HandOver, None) => info("member-another"),
            _ => return Vec::new(),
        }]
    }

    fn selected(&self, model: &ModelRef<'_>) -> Option<usize> {
        self.selected_index(model.peer)
    }

    fn step(&mut self, by: isize, model: &ModelRef<'_>) -> Vec<Event> {
        self.selection.step(self.list(model.peer).into_iter(), by);
        Vec::new()
    }
}
