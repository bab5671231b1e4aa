//! Keys in the users pane.

use crate::{
    app::{
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question, info},
        keymap::Action,
        rejection::Rejection,
        state::users::{self, Users},
    },
    domain::{ChatId, UserId},
    protocol::Command,
};

/// Carries out an action on the selected user.
pub fn act(action: Action, users: &Users, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(user) = users.selected(model.peer) else { return vec![info("selected-nobody")] };
    match action {
        Action::Open => vec![open(user, model)],
        Action::Request => vec![Event::Command(Command::RequestChat(user))],
        Action::Invite => vec![Event::Open(OpenOverlay::Prompt(PromptKind::InviteUser(user)))],
        _ => Vec::new(),
    }
}

/// Shows the open session with a user, or requests one.
pub fn open(user: UserId, model: &ModelRef<'_>) -> Event {
    match users::open_session(model.peer, &user) {
        Some(_) => Event::Show(ChatId::User(user)),
        None => Event::Command(Command::RequestChat(user)),
    }
}

/// Asks the user to confirm that papo clears another user's presence on the broker.
pub fn forget(user: UserId, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    model.peer.may_forget(&user)?;
    Ok(vec![Event::Open(OpenOverlay::Confirm(Question::Forget(user)))])
}
