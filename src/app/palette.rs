//! Everything that one can go to, narrowed by what one types: talks, users, groups, commands.

use std::collections::BTreeSet;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{
    command::{COMMANDS, CommandHelp},
    composer::Composer,
    groups::State as Groups,
    model::Model,
    overlay::Overlay,
    users::State as Users,
};
use crate::{
    domain::{Conversation, ConversationId, GroupName, UserId},
    protocol::Peer,
};

/// Something that one can go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// A conversation, also one that has ended.
    Talk(ConversationId),
    /// Somebody with whom one has no open talk.
    User(UserId),
    /// A group that one is not in.
    Group(GroupName),
    /// A command.
    Command(CommandHelp),
}

/// The list, and what narrows it.
#[derive(Debug, Clone)]
pub struct Palette {
    /// What is looked for: letters of the name in their order.
    pub composer: Composer,
    /// What fits, the best first.
    pub goals: Vec<Goal>,
    /// Which of them.
    pub selected: usize,
}

impl Goal {
    /// What it is found by.
    pub fn name(&self, me: &UserId) -> String {
        match self {
            Self::Talk(id) => id.name(me),
            Self::User(user) => user.to_string(),
            Self::Group(group) => format!("#{group}"),
            Self::Command(command) => command.usage.to_owned(),
        }
    }
}

impl Palette {
    fn new(peer: &Peer) -> Self {
        let mut palette = Self { composer: Composer::default(), goals: Vec::new(), selected: 0 };
        palette.narrow(peer);
        palette
    }

    /// Finds what fits what is typed now.
    pub(super) fn narrow(&mut self, peer: &Peer) {
        self.selected = 0;
        let all = all(peer);
        let wanted = self.composer.text();
        if wanted.trim().is_empty() {
            self.goals = all;
            return;
        }
        let pattern = Pattern::parse(wanted.trim(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut fits: Vec<(u32, Goal)> = all
            .into_iter()
            .filter_map(|goal| {
                let name = goal.name(peer.me());
                Some((pattern.score(Utf32Str::new(&name, &mut letters), &mut matcher)?, goal))
            })
            .collect();
        // Where two fit alike, they stay in the order of the whole list.
        fits.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.goals = fits.into_iter().map(|(_, goal)| goal).collect();
    }

    pub(super) fn step(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.goals.len().saturating_sub(1));
    }
}

/// Talks with something unread, the other open ones, users, groups, ended talks, commands.
fn all(peer: &Peer) -> Vec<Goal> {
    let mut talks: Vec<_> = peer.conversations().values().collect();
    talks.sort_by_key(|talk| (talk.unread == 0, std::cmp::Reverse(talk.active)));
    let (open, ended): (Vec<_>, Vec<_>) = talks.into_iter().partition(|talk| talk.phase.is_open() || talk.unread > 0);
    let goal = |talk: &Conversation| Goal::Talk(talk.id.clone());
    let talked_to: BTreeSet<&UserId> = open.iter().filter_map(|talk| talk.id.peer_of(peer.me())).collect();
    let users = Users::list(peer).into_iter().map(|user| &user.id).filter(|user| !talked_to.contains(user));
    let is_in = |name: &GroupName| open.iter().any(|talk| talk.id == ConversationId::Group(name.clone()));
    let groups = Groups::list(peer).into_iter().map(|group| &group.name).filter(|name| !is_in(name));
    let mut all: Vec<Goal> = open.iter().map(|talk| goal(talk)).collect();
    all.extend(users.cloned().map(Goal::User));
    all.extend(groups.cloned().map(Goal::Group));
    all.extend(ended.iter().map(|talk| goal(talk)));
    all.extend(COMMANDS.iter().copied().map(Goal::Command));
    all
}

pub(super) fn open(model: &mut Model) {
    model.overlay = Some(Overlay::Palette(Box::new(Palette::new(&model.peer))));
}
