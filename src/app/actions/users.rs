//! Keys in the users pane.

use crate::{
    app::{
        event::{Event, Open, Question, Situation, Wanted, info},
        keymap::Action,
        rejection::Rejection,
        state::users::{self, Users},
    },
    domain::UserId,
    protocol::Command,
};

/// Does an action on the selected user.
pub fn act(action: Action, users: &Users, on: &Situation<'_>) -> Vec<Event> {
    let Some(user) = users.selected(on.peer) else { return vec![info("selected-nobody")] };
    match action {
        Action::Open => vec![open(user, on)],
        Action::Request => vec![Event::Command(Command::RequestTalk(user))],
        Action::Invite => vec![Event::Open(Open::Prompt(Wanted::InviteUser(user)))],
        _ => Vec::new(),
    }
}

/// Shows the chat with a user, or requests one.
pub fn open(user: UserId, on: &Situation<'_>) -> Event {
    users::open_session(on.peer, &user).map_or_else(|| Event::Command(Command::RequestTalk(user)), Event::Show)
}

/// Asks before a presence is cleared for everybody.
pub fn forget(user: UserId, on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    on.peer.may_forget(&user)?;
    Ok(vec![Event::Open(Open::Confirm(Question::Forget(user)))])
}
