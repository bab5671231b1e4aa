//! The palette: a list of all chats, users, groups and commands. The typed text filters it.

use std::collections::BTreeSet;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::component::Component;
use crate::{
    app::{
        actions::{groups, users},
        command::{COMMANDS, CommandRow},
        event::{Event, ModelRef},
        keymap::{Action, Context},
        rejection::Rejection,
        state::{Composer, Groups, Pane, Users},
    },
    domain::{Conversation, ConversationId, GroupName, UserId},
    protocol::Peer,
};

/// An entry of the palette.
#[derive(Debug, Clone)]
pub enum Goal {
    /// A conversation, open or ended.
    Chat(ConversationId),
    /// A user with whom I have no open session.
    User(UserId),
    /// A group of which I am not a member.
    Group(GroupName),
    /// A command.
    Command(&'static CommandRow),
}

/// The list of goals, and the field that filters it.
#[derive(Debug, Clone)]
pub struct Palette {
    /// The list shows only names that contain these letters in this order.
    pub composer: Box<Composer>,
    /// The goals that match, the best first.
    pub goals: Vec<Goal>,
    /// The index of the selected goal.
    pub selected: usize,
}

impl Goal {
    /// The name that the typed text must match.
    pub fn name(&self, me: &UserId) -> String {
        match self {
            Self::Chat(id) => id.name(me),
            Self::User(user) => user.to_string(),
            Self::Group(group) => format!("#{group}"),
            Self::Command(command) => command.usage(),
        }
    }
}

impl Palette {
    pub(super) fn open(model: &ModelRef<'_>) -> Self {
        Self { composer: Box::default(), goals: all(model.peer), selected: 0 }
    }

    /// Filters the goals by the typed text, and selects the first one.
    fn narrow(&mut self, peer: &Peer) {
        self.selected = 0;
        let all = all(peer);
        let wanted = self.composer.text();
        if wanted.trim().is_empty() {
            self.goals = all;
            return;
        }
        let pattern = Pattern::parse(wanted.trim(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, Goal)> = all
            .into_iter()
            .filter_map(|goal| {
                let name = goal.name(peer.me());
                Some((pattern.score(Utf32Str::new(&name, &mut buffer), &mut matcher)?, goal))
            })
            .collect();
        // The sort is stable: goals with the same score keep the order of the whole list.
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.goals = scored.into_iter().map(|(_, goal)| goal).collect();
    }
}

impl Component for Palette {
    fn context(&self) -> Context {
        Context::Find
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Open]
    }

    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        match (action, self.goals.get(self.selected).cloned()) {
            (Action::GoTo, _) => vec![Event::Close],
            (Action::Open, Some(goal)) => [Event::Close].into_iter().chain(go_to(goal, model)).collect(),
            _ => Vec::new(),
        }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
    }

    fn field_changed(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        self.narrow(model.peer);
        Vec::new()
    }

    fn selected(&self, _: &ModelRef<'_>) -> Option<usize> {
        (!self.goals.is_empty()).then_some(self.selected)
    }

    fn step(&mut self, by: isize, _: &ModelRef<'_>) -> Vec<Event> {
        self.selected = self.selected.saturating_add_signed(by).min(self.goals.len().saturating_sub(1));
        Vec::new()
    }
}

fn go_to(goal: Goal, model: &ModelRef<'_>) -> Vec<Event> {
    match goal {
        Goal::Chat(conversation) => vec![Event::Show(conversation)],
        Goal::User(user) => vec![users::open(user, model)],
        Goal::Group(group) => vec![groups::open(group, model)],
        Goal::Command(command) => run_or_insert(command, model),
    }
}

/// Runs a command that needs no arguments. For any other, inserts its name into the composer, for the user to complete.
fn run_or_insert(command: &CommandRow, model: &ModelRef<'_>) -> Vec<Event> {
    if !command.requires_arguments() {
        return command.run("", model).unwrap_or_else(|why| vec![Event::Reject(why)]);
    }
    if model.chats.composer().is_empty() {
        vec![Event::Focus(Pane::Chat), Event::Insert(command.prefix())]
    } else {
        vec![Event::Focus(Pane::Chat), Event::Reject(Rejection::ComposerNotEmpty)]
    }
}

/// All goals in the order of the list: chats with unread messages, other open chats, users, groups, ended chats,
/// commands.
fn all(peer: &Peer) -> Vec<Goal> {
    let mut chats: Vec<_> = peer.conversations().values().collect();
    chats.sort_by_key(|chat| (chat.unread == 0, std::cmp::Reverse(chat.active)));
    let (open, ended): (Vec<_>, Vec<_>) = chats.into_iter().partition(|chat| chat.phase.is_open() || chat.unread > 0);
    let goal = |chat: &Conversation| Goal::Chat(chat.id.clone());
    let chatted_with: BTreeSet<&UserId> = open.iter().filter_map(|chat| chat.id.peer_of(peer.me())).collect();
    let users = Users::list(peer).into_iter().map(|user| &user.id).filter(|user| !chatted_with.contains(user));
    let is_in = |name: &GroupName| open.iter().any(|chat| chat.id == ConversationId::Group(name.clone()));
    let groups = Groups::list(peer).into_iter().map(|group| &group.name).filter(|name| !is_in(name));
    let mut all: Vec<Goal> = open.iter().map(|chat| goal(chat)).collect();
    all.extend(users.cloned().map(Goal::User));
    all.extend(groups.cloned().map(Goal::Group));
    all.extend(ended.iter().map(|chat| goal(chat)));
    all.extend(COMMANDS.iter().map(Goal::Command));
    all
}
