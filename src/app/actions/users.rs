//! Keys in the users pane.

use crate::{
    app::{
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question, info},
        keymap::{Action, Context},
        localized,
        rejection::Rejection,
        state::users::{self, Users},
    },
    domain::{ChatId, UserId},
    protocol::{Command, Refusal},
};

/// Carries out an action on the selected user.
pub fn act(action: Action, users: &Users, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(user) = users.selected(model.peer) else { return vec![info("selected-nobody")] };
    match action {
        Action::Open => open(user, model),
        Action::Request if users::open_session(model.peer, &user).is_some() => {
            let key = model.keymap.name_of_key(Context::Users, &[Action::Open]);
            vec![info(localized!("request-is-open-here", user, key))]
        }
        Action::Request => request(user, model).unwrap_or_else(|why| vec![Event::Reject(why)]),
        Action::Invite => vec![Event::Open(OpenOverlay::Prompt(PromptKind::InviteUser(user)))],
        _ => Vec::new(),
    }
}

/// Shows the chat with a user if a session is open or it has messages, or asks whether to request a session.
pub fn open(user: UserId, model: &ModelRef<'_>) -> Vec<Event> {
    let id = ChatId::User(user.clone());
    match model.peer.chat(&id) {
        Some(chat) if chat.is_open() || !chat.is_empty() => vec![Event::Show(id)],
        _ => request(user, model).unwrap_or_else(|why| vec![Event::Reject(why)]),
    }
}

/// Asks whether to request a session with a user. If one is open already, shows the chat and says so.
pub fn request(user: UserId, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    if user == *model.peer.me() {
        return Err(Refusal::RequestToSelf.into());
    }
    Ok(match users::open_session(model.peer, &user) {
        Some(_) => vec![Event::Show(ChatId::User(user.clone())), info(localized!("request-is-open", user))],
        None => vec![Event::Ask(Question::Request(user))],
    })
}

/// Blocks a user; asks first about an ID that papo has never seen. Without one, lists the blocked users.
#[expect(clippy::unnecessary_wraps, reason = "all commands are called alike")]
pub fn block(user: Option<UserId>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    if let Some(user) = user {
        if user != *model.peer.me() && !model.peer.users().contains_key(&user) {
            return Ok(vec![Event::Ask(Question::Block(user))]);
        }
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
    Ok(vec![Event::Ask(Question::Forget(user))])
}
