//! Writing in chats, and going from one to another.

use super::line_mode;
use crate::{
    app::{
        effect::Effect,
        event::{Event, Open, Situation, info},
        rejection::Rejection,
        state::{Pane, View, users},
    },
    domain::{ConversationId, NotifyLevel, UserId},
    protocol::Command,
};

/// Sends a text in the active chat.
pub fn send(text: String, on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let tab = on.chats.active_tab().ok_or(Rejection::NoChatOpen)?;
    let relation = tab.compose_target.as_ref().map(|target| target.relation);
    let send = Command::Send { conversation: tab.conversation.clone(), text, relation };
    Ok(vec![Event::Command(send), Event::Target(None)])
}

/// Sends a text to a user with whom there is a session.
pub fn message((user, text): (UserId, String), on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let conversation = users::open_session(on.peer, &user).ok_or(Rejection::NoChatWith(user))?;
    let send = Command::Send { conversation: conversation.clone(), text, relation: None };
    Ok(vec![Event::Command(send), Event::Show(conversation)])
}

/// Proposes to end the session of the active chat.
pub fn end((): (), on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    match on.chats.active_chat() {
        Some(ConversationId::Session(session)) => Ok(vec![Event::Command(Command::End(session.clone()))]),
        _ => Err(Rejection::NotInSession),
    }
}

/// Opens the list of all chats, narrowed to those whose names contain `name`; in line mode goes to the one that is meant.
pub fn list(name: &str, on: &Situation<'_>) -> Event {
    match on.view {
        View::Lines => line_mode::go_to_chat(name, on),
        View::Panes => Event::Open(Open::Chats(name.to_owned())),
    }
}

/// Goes to the next tab with unread messages, the active one last; else to the inbox if a request waits there; else to a
/// chat without a tab.
pub fn next_unread(on: &Situation<'_>) -> Vec<Event> {
    let is_unread = |id: &ConversationId| on.peer.conversations().get(id).is_some_and(|chat| chat.unread > 0);
    let tabs = on.chats.tabs();
    let from = on.chats.active().unwrap_or(0);
    let mut next = (1..=tabs.len()).map(|step| (from + step) % tabs.len());
    let next = next.find(|index| is_unread(&tabs[*index].conversation));
    let closed = on.peer.conversations().values().find(|chat| chat.unread > 0).map(|chat| chat.id.clone());
    match (next, closed) {
        (Some(index), _) => vec![Event::Tab(index), Event::Newest],
        (None, _) if on.peer.waiting_requests() > 0 => vec![Event::Focus(Pane::Inbox)],
        (None, Some(conversation)) => vec![Event::Show(conversation)],
        (None, None) => vec![info("unread-none")],
    }
}

/// Exports the active chat.
pub fn export((format, file): (Option<String>, Option<String>), on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let chat = on.chats.active_chat().and_then(|id| on.peer.conversations().get(id)).ok_or(Rejection::NoActiveChat)?;
    Ok(vec![Event::Effect(Effect::Export { conversation: (chat.id.clone(), chat.len), format, file })])
}

/// A choice of the messages that notify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// Keep the present setting.
    Keep,
    /// Notify as configured.
    Usual,
    /// Notify so in this chat.
    Only(NotifyLevel),
}

/// Sets which messages of the active chat notify, and shows a notice of it.
pub fn notify(choice: Notify, on: &Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let conversation = on.chats.active_chat().cloned().ok_or(Rejection::NoActiveChat)?;
    let notices = match choice {
        Notify::Keep => on.notifications.of(on.peer, &conversation),
        Notify::Usual => on.notifications.usual(&conversation),
        Notify::Only(notices) => notices,
    };
    let says = info(match notices {
        NotifyLevel::All => "notices-all",
        NotifyLevel::Mentions => "notices-mentions",
        NotifyLevel::Never => "notices-never",
    });
    let set = |notices| Event::Command(Command::SetNotices { conversation, notices });
    Ok(match choice {
        Notify::Keep => vec![says],
        Notify::Usual => vec![set(None), says],
        Notify::Only(notices) => vec![set(Some(notices)), says],
    })
}
