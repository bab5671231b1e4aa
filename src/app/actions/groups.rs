//! Keys in the groups pane, and commands about groups.

use crate::{
    app::{
        event::{Event, ModelRef, Open, Question, Wanted, info},
        keymap::Action,
        rejection::Rejection,
        state::groups::{self, Groups},
    },
    domain::{ConversationId, GroupName, UserId},
    protocol::Command,
};

/// Does an action on the selected group.
pub fn act(action: Action, groups: &Groups, model: &ModelRef<'_>) -> Vec<Event> {
    if action == Action::NewGroup {
        return vec![Event::Open(Open::Prompt(Wanted::NewGroup))];
    }
    let Some(group) = groups.selected(model.peer) else { return vec![info("groups-none")] };
    vec![match action {
        Action::Open => open(group, model),
        Action::Join => Event::Command(Command::JoinGroup(group)),
        Action::Leave => Event::Open(Open::Confirm(Question::Leave(group))),
        Action::Members => Event::Open(Open::Members(group)),
        Action::Invite => Event::Open(Open::Prompt(Wanted::InviteTo(group))),
        Action::Disband => Event::Open(Open::Confirm(Question::Disband(group))),
        _ => return Vec::new(),
    }]
}

/// Shows a group that I am in, or asks to join it.
pub fn open(group: GroupName, model: &ModelRef<'_>) -> Event {
    if groups::is_joined(model.peer, &group) {
        Event::Show(ConversationId::Group(group))
    } else {
        Event::Command(Command::JoinGroup(group))
    }
}

/// A command about a group and one of its users.
pub fn with_user(
    (group, user): (Option<GroupName>, UserId),
    model: &ModelRef<'_>,
    command: impl FnOnce(GroupName, UserId) -> Command,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Command(command(named_or_active(group, model)?, user))])
}

/// Asks before something is done with a group.
pub fn confirm(
    group: Option<GroupName>,
    model: &ModelRef<'_>,
    question: impl FnOnce(GroupName) -> Question,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Open(Open::Confirm(question(named_or_active(group, model)?)))])
}

/// The group that was named, or the active one.
pub fn named_or_active(group: Option<GroupName>, model: &ModelRef<'_>) -> Result<GroupName, Rejection> {
    match (group, model.chats.active_chat()) {
        (Some(group), _) => Ok(group),
        (None, Some(ConversationId::Group(group))) => Ok(group.clone()),
        (None, _) => Err(Rejection::NoGroupNamed),
    }
}
