//! Sends messages, and switches between chats.

use super::line_mode;
use crate::{
    app::{
        effect::Effect,
        event::{Event, ModelRef, OpenOverlay, info},
        keymap::{Action, Context, Keymap},
        rejection::Rejection,
        state::{Pane, View, users},
    },
    domain::{ConversationId, NotifyLevel, UserId},
    protocol::Command,
};

/// Sends a text in the active chat.
pub fn send(text: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let tab = model.chats.active_tab().ok_or(Rejection::NoChatToSendTo)?;
    let relation = tab.compose_target.as_ref().map(|target| target.relation);
    let send = Command::Send { conversation: tab.conversation.clone(), text, relation };
    Ok(vec![Event::Command(send), Event::Target(None)])
}

/// Sends a text to a user with whom I have an open session.
pub fn message((user, text): (UserId, String), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let conversation = users::open_session(model.peer, &user).ok_or(Rejection::NoSessionForCommand(user))?;
    let send = Command::Send { conversation: conversation.clone(), text, relation: None };
    Ok(vec![Event::Command(send), Event::Show(conversation)])
}

/// Proposes to end the session of the active chat.
pub fn end((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    match model.chats.active_chat() {
        Some(ConversationId::Session(session)) => Ok(vec![Event::Command(Command::End(session.clone()))]),
        _ => Err(Rejection::NotInSession),
    }
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
    let is_unread = |id: &ConversationId| model.peer.conversations().get(id).is_some_and(|chat| chat.unread > 0);
    let tabs = model.chats.tabs();
    let from = model.chats.active().unwrap_or(0);
    // The tabs after the active one come first, then those before it, and the active one last.
    let mut next = (1..=tabs.len()).map(|step| (from + step) % tabs.len());
    let next = next.find(|index| is_unread(&tabs[*index].conversation));
    let closed = model.peer.conversations().values().find(|chat| chat.unread > 0).map(|chat| chat.id.clone());
    match (next, closed) {
        (Some(index), _) => vec![Event::Tab(index), Event::Newest],
        (None, _) if model.peer.waiting_requests() > 0 => vec![Event::Focus(Pane::Inbox)],
        (None, Some(conversation)) => vec![Event::Show(conversation)],
        (None, None) => vec![info("unread-none")],
    }
}

/// The key of [`next_unread`], which also goes to the chat that waits; its name if no key is bound to it.
pub fn waiting_chat_key(keymap: &Keymap) -> String {
    let key = keymap.key_for(Context::Global, Action::NextUnread);
    key.map_or_else(|| Action::NextUnread.name().to_owned(), |key| key.to_string())
}

/// Exports the active chat to a file. `format` and `file` are optional.
pub fn export((format, file): (Option<String>, Option<String>), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let chat =
        model.chats.active_chat().and_then(|id| model.peer.conversations().get(id)).ok_or(Rejection::NoActiveChat)?;
    Ok(vec![Event::Effect(Effect::Export { conversation: (chat.id.clone(), chat.len), format, file })])
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
    let conversation = model.chats.active_chat().cloned().ok_or(Rejection::NoActiveChat)?;
    let level = match choice {
        NotifyChoice::ShowCurrent => model.notifications.level(model.peer, &conversation),
        NotifyChoice::AsConfigured => model.notifications.configured_level(&conversation),
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
    Ok(vec![Event::Command(Command::SetNotifyLevel { conversation, level }), notice])
}
