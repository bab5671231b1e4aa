//! Keys in the groups pane, and commands about groups.

use crate::{
    app::{
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question, info},
        keymap::Action,
        rejection::Rejection,
        state::groups::{self, Groups},
    },
    domain::{ChatId, GroupName, UserId},
    protocol::Command,
};

/// Carries out an action on the selected group.
pub fn act(action: Action, groups: &Groups, model: &ModelRef<'_>) -> Vec<Event> {
    if action == Action::NewGroup {
        return vec![Event::Open(OpenOverlay::Prompt(PromptKind::NewGroup))];
    }
    let Some(group) = groups.selected(model.peer) else { return vec![info("groups-none")] };
    vec![match action {
        Action::Open => open(group, model),
        Action::Join => Event::Command(Command::JoinGroup(group)),
        Action::Leave => Event::Open(OpenOverlay::Confirm(Question::Leave(group))),
        Action::Members => Event::Open(OpenOverlay::Members(group)),
        Action::Invite => Event::Open(OpenOverlay::Prompt(PromptKind::InviteTo(group))),
        Action::Disband => Event::Open(OpenOverlay::Confirm(Question::Disband(group))),
        _ => return Vec::new(),
    }]
}

/// Shows a group that I am a member of, or else requests to join it.
pub fn open(group: GroupName, model: &ModelRef<'_>) -> Event {
    if groups::is_joined(model.peer, &group) {
        Event::Show(ChatId::Group(group))
    } else {
        Event::Command(Command::JoinGroup(group))
    }
}

/// Builds a command about a group and a user. Without a group name, the group is the active chat.
pub fn with_user(
    (group, user): (Option<GroupName>, UserId),
    model: &ModelRef<'_>,
    command: impl FnOnce(GroupName, UserId) -> Command,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Command(command(named_or_active(group, model)?, user))])
}

/// Asks the user to confirm an action on a group. Without a group name, the group is the active chat.
pub fn confirm(
    group: Option<GroupName>,
    model: &ModelRef<'_>,
    question: impl FnOnce(GroupName) -> Question,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Open(OpenOverlay::Confirm(question(named_or_active(group, model)?)))])
}

/// The named group, or else the group of the active chat.
pub fn named_or_active(group: Option<GroupName>, model: &ModelRef<'_>) -> Result<GroupName, Rejection> {
    match (group, model.chats.active_chat()) {
        (Some(group), _) => Ok(group),
        (None, Some(ChatId::Group(group))) => Ok(group.clone()),
        (None, _) => Err(Rejection::NoGroupNamed),
    }
}
