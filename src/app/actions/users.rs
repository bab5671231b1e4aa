//! Keys in the users pane.

use crate::{
    app::{
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question, info},
        keymap::Action,
        localized,
        rejection::Rejection,
        state::users::{self, Users},
    },
    domain::UserId,
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
    users::open_session(model.peer, &user).map_or_else(|| Event::Command(Command::RequestChat(user)), Event::Show)
}

/// Blocks a user. Without one, lists the blocked users.
#[expect(clippy::unnecessary_wraps, reason = "all commands are called alike")]
pub fn block(user: Option<UserId>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    if let Some(user) = user {
        return Ok(vec![Event::Command(Command::Block(user))]);
    }
    let blocked = model.peer.users().values().filter(|user| user.is_blocked);
    let users: Vec<&str> = blocked.map(|user| user.id.as_str()).collect();
    let list = localized!("block-list", users = users.join(", "));
    Ok(vec![if users.is_empty() { info("block-none") } else { info(list) }])
}

/// Asks the user to confirm that papo clears another user's presence on the broker.
pub fn forget(user: UserId, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    model.peer.may_forget(&user)?;
    Ok(vec![Event::Open(OpenOverlay::Confirm(Question::Forget(user)))])
}
