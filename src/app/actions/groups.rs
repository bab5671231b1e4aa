//! Keys in the groups pane, and commands about groups.

use crate::{
    app::{
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question, info},
        keymap::Action,
        rejection::Rejection,
        state::{
            LineModeList, Subject,
            groups::{self, Groups},
        },
    },
    domain::{ConversationId, GroupName, UserId},
    protocol::{Command, Refusal},
};

/// Carries out an action on the selected group.
pub fn act(action: Action, groups: &Groups, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(group) = groups.selected(model.peer) else { return vec![info("groups-none")] };
    let events = match action {
        Action::Open => return open(group, model),
        Action::Members => return vec![Event::Open(OpenOverlay::Members(group))],
        Action::Invite => return vec![Event::Open(OpenOverlay::Prompt(PromptKind::InviteTo(group)))],
        Action::Join => join(group, model),
        Action::Leave => confirm(Question::Leave(group), model),
        Action::Disband => confirm(Question::Disband(group), model),
        _ => return Vec::new(),
    };
    events.unwrap_or_else(|why| vec![Event::Reject(why)])
}

/// Shows a group that I am a member of, or else asks whether to join it.
pub fn open(group: GroupName, model: &ModelRef<'_>) -> Vec<Event> {
    if groups::is_joined(model.peer, &group) {
        vec![Event::Show(ConversationId::Group(group))]
    } else {
        join(group, model).unwrap_or_else(|why| vec![Event::Reject(why)])
    }
}

/// Asks whether to join a group. If I am in it already, shows it and says so.
pub fn join(group: GroupName, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    if groups::is_joined(model.peer, &group) {
        let notice = info(Refusal::AlreadyJoined(group.clone()));
        return Ok(vec![Event::Show(ConversationId::Group(group)), notice]);
    }
    model.peer.may_join(&group)?;
    Ok(vec![Event::Ask(Question::Join(group))])
}

/// Shows the members of a group. Without a name, those of the active chat.
pub fn members(group: Option<GroupName>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let group = named_or_active(group, model)?;
    if !model.peer.groups().contains_key(&group) {
        return Err(Refusal::NoGroup(group).into());
    }
    Ok(vec![model.open(OpenOverlay::Members(group.clone()), LineModeList::Whois(Subject::Group(group)))])
}

/// Builds a command about a group and a user. Without a group name, the group is the active chat.
pub fn with_user(
    (group, user): (Option<GroupName>, UserId),
    model: &ModelRef<'_>,
    command: impl FnOnce(GroupName, UserId) -> Command,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Command(command(named_or_active(group, model)?, user))])
}

/// Asks the user to confirm an action on a group and a member. Without a group name, the group is the active chat.
pub fn confirm_with_user(
    (group, user): (Option<GroupName>, UserId),
    model: &ModelRef<'_>,
    question: impl FnOnce(GroupName, UserId) -> Question,
) -> Result<Vec<Event>, Rejection> {
    confirm(question(named_or_active(group, model)?, user), model)
}

/// Asks the user to confirm an action on a group, if it is possible.
pub fn confirm(question: Question, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let peer = model.peer;
    match &question {
        Question::Leave(group) => peer.may_leave(group)?,
        Question::Disband(group) => peer.may_disband(group)?,
        Question::Remove(group, user) => peer.may_remove(group, user)?,
        Question::HandOver(group, user) => peer.may_hand_over(group, user)?,
        _ => {}
    }
    Ok(vec![Event::Open(OpenOverlay::Confirm(question))])
}

/// The named group, or else the group of the active chat.
pub fn named_or_active(group: Option<GroupName>, model: &ModelRef<'_>) -> Result<GroupName, Rejection> {
    match (group, model.chats.active_chat()) {
        (Some(group), _) => Ok(group),
        (None, Some(ConversationId::Group(group))) => Ok(group.clone()),
        (None, _) => Err(Rejection::NoGroupNamed),
    }
}
