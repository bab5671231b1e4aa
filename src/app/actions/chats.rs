//! Sends messages, and switches between chats.

use super::line_mode;
use crate::{
    app::{
        effect::Effect,
        event::{Event, ModelRef, OpenOverlay, info},
        rejection::Rejection,
        state::{Pane, Tab, View, users},
    },
    domain::{ChatId, Conversation, ConversationId, NotifyLevel, Phase, Relation, UserId},
    protocol::Command,
};

/// Sends a text in the active chat.
pub fn send(text: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let tab = model.chats.active_tab().ok_or(Rejection::NoChatToSendTo)?;
    let relation = tab.compose_target.as_ref().map(|target| target.relation);
    let conversation = conversation_for(relation, tab, model).ok_or(Rejection::NoChatToSendTo)?;
    Ok(vec![Event::Command(Command::Send { conversation, text, relation }), Event::Target(None)])
}

/// The user to ask for a session before a message can be sent in the active chat; `None` if it can be sent, or if the
/// chat is a group.
pub fn must_ask<'m>(model: &ModelRef<'m>) -> Option<&'m UserId> {
    let chat = model.chats.active_chat()?;
    let user = chat.user()?;
    (!model.peer.chat(chat).is_some_and(|chat| chat.is_open())).then_some(user)
}

/// The conversation that a message is sent in: that of the message which it replaces, or the current one of the chat.
fn conversation_for(relation: Option<Relation>, tab: &Tab, model: &ModelRef<'_>) -> Option<ConversationId> {
    let chat = model.peer.chat(&tab.chat)?;
    let replaced = match relation {
        Some(Relation::Replaces(id)) => tab.quoted(id).and_then(|(seq, _)| chat.locate(seq)),
        Some(Relation::Answers(_)) | None => None,
    };
    Some(replaced.map_or(&chat.current().id, |(conversation, _)| conversation).clone())
}

/// Sends a text to a user with whom I have an open session.
pub fn message((user, text): (UserId, String), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let conversation =
        users::open_session(model.peer, &user).ok_or_else(|| Rejection::NoSessionForCommand(user.clone()))?;
    let send = Command::Send { conversation, text, relation: None };
    Ok(vec![Event::Command(send), Event::Show(ChatId::User(user))])
}

/// Proposes to end all open sessions of the active chat.
pub fn end((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let chat = model.chats.active_chat().and_then(|id| model.peer.chat(id)).ok_or(Rejection::NotInSession)?;
    let is_proposed = |known: &Conversation| matches!(known.phase, Phase::Open { ended_by_me: true, .. });
    let mut ended: Vec<&Conversation> = chat.open().filter(|known| !is_proposed(known)).collect();
    if ended.is_empty() {
        // The peer's refusal says why there is nothing to end.
        ended.push(chat.current());
    }
    let commands = ended.into_iter().map(|known| match &known.id {
        ConversationId::Session(session) => Ok(Event::Command(Command::End(session.clone()))),
        ConversationId::Group(_) => Err(Rejection::NotInSession),
    });
    commands.collect()
}

/// Opens the list of all chats, filtered by `name`. In line mode, goes to the only chat that matches, or prints all
/// matches.
pub fn list(name: &str, model: &ModelRef<'_>) -> Event {
    match model.view {
        View::Lines => line_mode::go_to_chat(name, model),
        View::Panes => Event::Open(OpenOverlay::Chats(name.to_owned())),
    }
}

/// Goes to the chat that waits to come to the front, or else to the next tab with unread messages, or else to the inbox if requests are pending, or else to an unread chat
/// whose tab is closed.
pub fn next_unread(model: &ModelRef<'_>) -> Vec<Event> {
    if let Some(waiting) = model.waiting {
        return vec![Event::Show(waiting.clone()), Event::Newest];
    }
    let is_unread = |id: &ChatId| model.peer.chat(id).is_some_and(|chat| chat.unread() > 0);
    let tabs = model.chats.tabs();
    let from = model.chats.active().unwrap_or(0);
    // The tabs after the active one come first, then those before it, and the active one last.
    let mut next = (1..=tabs.len()).map(|step| (from + step) % tabs.len());
    let next = next.find(|index| is_unread(&tabs[*index].chat));
    let closed = model.peer.chats().find(|chat| chat.unread() > 0).map(|chat| chat.id().clone());
    match (next, closed) {
        (Some(index), _) => vec![Event::Tab(index), Event::Newest],
        (None, _) if model.peer.waiting_requests() > 0 => vec![Event::Focus(Pane::Inbox)],
        (None, Some(chat)) => vec![Event::Show(chat)],
        (None, None) => vec![info("unread-none")],
    }
}

/// Exports the active chat to a file. `format` and `file` are optional.
pub fn export((format, file): (Option<String>, Option<String>), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let chat = model.chats.active_chat().and_then(|id| model.peer.chat(id)).ok_or(Rejection::NoActiveChat)?;
    Ok(vec![Event::Effect(Effect::Export { range: chat.range(0..chat.len()), format, file })])
}

/// The argument of `/notify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifyChoice {
    /// Show the current level and do not change it.
    ShowCurrent,
    /// Remove the setting of this chat; the configuration then applies.
    AsConfigured,
    /// Set the level of the chat.
    Set(NotifyLevel),
}

/// Sets which messages of the active chat notify, and shows the level in a notice.
pub fn notify(choice: NotifyChoice, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let id = model.chats.active_chat().ok_or(Rejection::NoActiveChat)?;
    let chat = model.peer.chat(id).ok_or(Rejection::NoActiveChat)?;
    let level = match choice {
        NotifyChoice::ShowCurrent => model.notifications.level(model.peer, id),
        NotifyChoice::AsConfigured => model.notifications.configured_level(id),
        NotifyChoice::Set(level) => level,
    };
    let notice = info(match level {
        NotifyLevel::All => "notify-all",
        NotifyLevel::Mentions => "notify-mentions",
        NotifyLevel::Never => "notify-never",
    });
    let level = match choice {
        NotifyChoice::ShowCurrent => return Ok(vec![notice]),
        NotifyChoice::AsConfigured => None,
        NotifyChoice::Set(level) => Some(level),
    };
    // For whichever session is current later.
    let sessions = chat.conversations().iter();
    let set = sessions.map(|known| Command::SetNotifyLevel { conversation: known.id.clone(), level });
    Ok(set.map(Event::Command).chain([notice]).collect())
}
