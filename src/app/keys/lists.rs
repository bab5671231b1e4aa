//! What keys do in the lists: users, groups, inbox, members, and in questions.

use crossterm::event::{KeyCode, KeyEvent};

use super::{ask, ask_to_quit, commands, insert, messages, prompt, scroll_over, step_over};
use crate::{
    app::{
        effect::Effect,
        front, groups,
        inbox::InboxView,
        keymap::Action,
        leave,
        model::{Model, Pane},
        outbox::{self, Deed},
        overlay::{Confirm, Overlay, Question, Wanted},
        palette::Goal,
        peer, search, talks, users,
    },
    domain::{ConversationId, GroupName, MessageId, Request, UserId},
    protocol::{Command, Row},
};

pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if matches!(model.overlay, Some(Overlay::Help { .. } | Overlay::Log { .. } | Overlay::Welcome { .. })) {
        let rows = match action {
            Action::Up => 1,
            Action::Down => -1,
            Action::First => i64::MAX,
            Action::Last => i64::MIN,
            Action::Open => {
                model.overlay = None;
                0
            }
            _ => 0,
        };
        scroll_over(model, rows);
        return;
    }
    if matches!(model.overlay, Some(Overlay::Details(_))) {
        model.overlay = None;
        return;
    }
    if let Some(Overlay::Members { group, selected }) = &model.overlay {
        let (group, selected) = (group.clone(), *selected);
        return in_members(model, action, group, selected);
    }
    if let Some(Overlay::Outbox { selected }) = model.overlay {
        return in_outbox(model, action, selected, effects);
    }
    if matches!(model.overlay, Some(Overlay::Talks(_) | Overlay::Palette(_) | Overlay::Search)) {
        return in_finder(model, action, effects);
    }
    if let Some(chosen) = model.chosen().filter(|_| model.focus == Pane::Chat) {
        return messages::act(model, action, chosen, effects);
    }
    match action {
        Action::Up => step(model, model.focus, -1),
        Action::Down => step(model, model.focus, 1),
        Action::First => select(model, model.focus, 0),
        Action::Last => select(model, model.focus, usize::MAX),
        Action::TalkTo => prompt(model, Wanted::TalkTo),
        _ => match model.focus {
            Pane::Users => in_users(model, action, effects),
            Pane::Groups => in_groups(model, action, effects),
            Pane::Inbox => in_inbox(model, action, effects),
            Pane::Chat => {}
        },
    }
}

/// Selects the item at a place of a list.
pub(in crate::app) fn select(model: &mut Model, pane: Pane, index: usize) {
    match pane {
        Pane::Users => model.users.select(&model.peer, index),
        Pane::Groups => model.groups.select(&model.peer, index),
        Pane::Inbox => model.inbox.select(&model.peer, index),
        Pane::Chat => {}
    }
}

/// Moves the selection of a list.
pub(in crate::app) fn step(model: &mut Model, pane: Pane, by: isize) {
    let index = match pane {
        Pane::Users => model.users.index(&model.peer),
        Pane::Groups => model.groups.index(&model.peer),
        Pane::Inbox => model.inbox.index(&model.peer),
        Pane::Chat => None,
    };
    if let Some(index) = index {
        select(model, pane, index.saturating_add_signed(by));
    }
}

fn in_users(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some(user) = model.users.selected(&model.peer) else {
        return model.info("selected-nobody");
    };
    match action {
        Action::Open => open_user(model, user, effects),
        Action::Request => peer::command(model, Command::RequestTalk(user), effects),
        Action::Invite => prompt(model, Wanted::InviteUser(user)),
        _ => {}
    }
}

/// Shows the talk with somebody, or asks for one.
fn open_user(model: &mut Model, user: UserId, effects: &mut Vec<Effect>) {
    match users::open_session(&model.peer, &user) {
        Some(conversation) => front::show(model, &conversation),
        None => peer::command(model, Command::RequestTalk(user), effects),
    }
}

/// Shows a group that I am in, or asks to be let into it.
fn open_group(model: &mut Model, group: GroupName, effects: &mut Vec<Effect>) {
    if groups::is_in(&model.peer, &group) {
        front::show(model, &ConversationId::Group(group));
    } else {
        peer::command(model, Command::JoinGroup(group), effects);
    }
}

fn in_groups(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if action == Action::NewGroup {
        return prompt(model, Wanted::NewGroup);
    }
    let Some(group) = model.groups.selected(&model.peer) else {
        return model.info("groups-none");
    };
    match action {
        Action::Open => open_group(model, group, effects),
        Action::Join => peer::command(model, Command::JoinGroup(group), effects),
        Action::Leave => ask(model, Question::Leave(group)),
        Action::Members => model.overlay = Some(Overlay::Members { group, selected: 0 }),
        Action::Invite => prompt(model, Wanted::InviteTo(group)),
        Action::Disband => ask(model, Question::Disband(group)),
        _ => {}
    }
}

fn in_inbox(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Waiting => return model.inbox.show(InboxView::Waiting),
        Action::History => return model.inbox.show(InboxView::History),
        Action::Confirmations => return model.inbox.show(InboxView::Confirmations),
        _ => {}
    }
    let Some(request) = model.inbox.selected(&model.peer).cloned() else {
        return model.info("selected-nothing");
    };
    match action {
        Action::Accept => peer::command(model, Command::Accept(request.id), effects),
        Action::Deny => peer::command(model, Command::Deny(request.id), effects),
        Action::Withdraw => peer::command(model, Command::Withdraw(request.id), effects),
        Action::Open if request.waits_for_me() => ask(model, Question::Accept(request.id)),
        Action::Open => open_request(model, &request),
        _ => {}
    }
}

/// Opens what came of a request, if something did.
fn open_request(model: &mut Model, request: &Request) {
    let session = request.session().cloned().map(ConversationId::Session);
    let group = request.kind.group().cloned().map(ConversationId::Group);
    match session.or(group).filter(|id| model.peer.conversations().contains_key(id)) {
        Some(conversation) => front::show(model, &conversation),
        None => model.info("open-nothing"),
    }
}

fn in_members(model: &mut Model, action: Action, group: GroupName, selected: usize) {
    let members: Vec<UserId> =
        model.peer.groups().get(&group).map(|group| group.everyone().cloned().collect()).unwrap_or_default();
    let last = members.len().saturating_sub(1);
    let chosen = members.get(selected.min(last)).filter(|user| *user != model.peer.me()).cloned();
    let move_to = |model: &mut Model, selected| {
        model.overlay = Some(Overlay::Members { group: group.clone(), selected });
    };
    match (action, chosen) {
        (Action::Up, _) => move_to(model, selected.min(last).saturating_sub(1)),
        (Action::Down, _) => move_to(model, (selected + 1).min(last)),
        (Action::First, _) => move_to(model, 0),
        (Action::Last, _) => move_to(model, last),
        (Action::Invite, _) => prompt(model, Wanted::InviteTo(group)),
        (Action::Remove, Some(user)) => ask(model, Question::Remove(group, user)),
        (Action::HandOver, Some(user)) => ask(model, Question::HandOver(group, user)),
        (Action::Remove | Action::HandOver, None) => model.info("member-another"),
        _ => {}
    }
}

fn in_finder(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Up => step_over(model, -1),
        Action::Down => step_over(model, 1),
        Action::First => step_over(model, isize::MIN),
        Action::Last => step_over(model, isize::MAX),
        Action::Open if matches!(model.overlay, Some(Overlay::Search)) => search::show(model),
        Action::Open if matches!(model.overlay, Some(Overlay::Talks(_))) => talks::show(model),
        Action::Open => go_to(model, effects),
        _ => {}
    }
}

/// Goes to what is selected in the palette.
fn go_to(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Palette(palette)) = &model.overlay else { return };
    let Some(goal) = palette.goals.get(palette.selected).cloned() else { return };
    model.overlay = None;
    match goal {
        Goal::Talk(conversation) => front::show(model, &conversation),
        Goal::User(user) => open_user(model, user, effects),
        Goal::Group(group) => open_group(model, group, effects),
        Goal::Command(command) => commands::start(model, command, effects),
    }
}

fn in_outbox(model: &mut Model, action: Action, selected: Option<Row>, effects: &mut Vec<Effect>) {
    let place = outbox::place(&model.peer, selected);
    let Some((index, row)) = place.and_then(|index| Some((index, outbox::row_at(&model.peer, index)?))) else {
        model.overlay = None;
        return;
    };
    let next = match action {
        Action::Up => index.saturating_sub(1),
        Action::Down => index + 1,
        Action::First => 0,
        Action::Last => usize::MAX,
        Action::Open => return outbox::show(model, row),
        _ => {
            let deed = match action {
                Action::SendAgain => Deed::SendAgain,
                Action::Edit => Deed::Edit,
                Action::Drop => Deed::Drop,
                _ => return,
            };
            outbox::act(model, row, deed, effects);
            index
        }
    };
    if let Some(Overlay::Outbox { selected }) = &mut model.overlay {
        *selected = outbox::row_at(&model.peer, next);
        if selected.is_none() {
            model.overlay = None;
        }
    }
}

/// Whether the key is the letter that this text of the language files names, small or great.
fn is_letter(model: &Model, code: KeyCode, text: &'static str) -> bool {
    matches!(code, KeyCode::Char(c) if c.to_lowercase().to_string() == model.language.translate(text))
}

/// Denies those of these requests that still wait.
fn deny_all(model: &mut Model, requests: Vec<MessageId>, effects: &mut Vec<Effect>) {
    for id in requests {
        if model.peer.request(id).is_some_and(Request::waits_for_me) {
            peer::command(model, Command::Deny(id), effects);
        }
    }
}

/// A key while a question is open: yes, no, or nothing.
pub(super) fn answered(model: &mut Model, event: KeyEvent, action: Option<Action>, effects: &mut Vec<Effect>) {
    let Some(Overlay::Confirm(Confirm { question })) = &model.overlay else { return };
    let insists = matches!(question, Question::Quit) && action == Some(Action::Interrupt);
    let yes = insists
        || action == Some(Action::Quit) && matches!(question, Question::Quit | Question::QuitHosting(_))
        || action == Some(Action::Suspend) && matches!(question, Question::SuspendHosting(_))
        || event.code == KeyCode::Enter
        || is_letter(model, event.code, "key-yes");
    let no = event.code == KeyCode::Esc || is_letter(model, event.code, "key-no") || action == Some(Action::Interrupt);
    if !yes && !no {
        return;
    }
    let question = question.clone();
    model.overlay = None;
    if !yes {
        return;
    }
    let command = match question {
        Question::Quit => return ask_to_quit(model, effects),
        Question::QuitHosting(_) => return leave::leave(model, Effect::Quit, effects),
        Question::SuspendHosting(_) => return leave::leave(model, Effect::Suspend, effects),
        Question::Paste(text) => return insert(model, &text),
        Question::Accept(id) => Command::Accept(id),
        Question::DenyAll(requests) => return deny_all(model, requests, effects),
        Question::Disband(group) => Command::DisbandGroup(group),
        Question::Leave(group) => Command::LeaveGroup(group),
        Question::Remove(group, user) => Command::RemoveMember { group, user },
        Question::HandOver(group, user) => Command::HandOver { group, user },
        Question::Forget(user) => Command::Forget(user),
    };
    peer::command(model, command, effects);
}
