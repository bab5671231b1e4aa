//! Sends messages, and switches between chats.

use super::{groups, line_mode, users as users_pane};
use crate::{
    app::{
        LocalizedText,
        effect::Effect,
        event::{Event, ModelRef, OpenOverlay, PromptKind, info},
        keymap::{Action, Context},
        localized,
        lone_words::lone_word,
        rejection::Rejection,
        state::{ComposeTarget, LineModeList, Tab, View, chats::matching_chats, users},
    },
    domain::{ChatId, Conversation, ConversationId, GroupName, NotifyLevel, Phase, Relation, UserId},
    protocol::{Command, Refusal},
    text::{first_line, truncate},
};

/// How much of a message a notice shows.
const QUOTED_COLUMNS: usize = 40;

/// Goes to the chat with a user or a group, or asks for one. With a text, sends it there. Without a name, asks for one.
pub fn chat(named: Option<(ChatId, String)>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let Some((subject, text)) = named else {
        return match model.view {
            View::Panes => Ok(vec![Event::Open(OpenOverlay::Prompt(PromptKind::ChatWith))]),
            View::Lines => Err(Rejection::Usage("/chat NAME".to_owned())),
        };
    };
    match (known(subject, model), text.is_empty()) {
        (ChatId::User(user), true) => Ok(users_pane::open(user, model)),
        (ChatId::Group(group), true) => Ok(groups::open(group, model)),
        (to, false) => {
            let send = message(&to, text, model)?;
            Ok(vec![Event::Command(send), Event::Show(to)])
        }
    }
}

/// Sends a text to a user or a group, or to the active chat if none is named. The active chat stays.
pub fn message_to((to, text): (Option<ChatId>, String), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let Some(to) = to else { return send(text, model) };
    let to = known(to, model);
    let quoted = truncate(first_line(&text), QUOTED_COLUMNS);
    let send = message(&to, text, model)?;
    let is_elsewhere = model.chats.active_chat() != Some(&to);
    let notice = info(localized!("sent-to", name = to.to_string(), text = quoted));
    Ok([Event::Command(send)].into_iter().chain(is_elsewhere.then_some(notice)).collect())
}

/// The command that sends a text to a user with whom I have an open session, or to one of my groups.
fn message(to: &ChatId, text: String, model: &ModelRef<'_>) -> Result<Command, Rejection> {
    let conversation = match to {
        ChatId::User(user) if user == model.peer.me() => return Err(Rejection::ChatWithSelf),
        ChatId::User(user) => {
            users::open_session(model.peer, user).ok_or_else(|| Rejection::NoSessionForCommand(user.clone()))?
        }
        ChatId::Group(group) => ConversationId::Group(group.clone()),
    };
    if let (ChatId::Group(group), false) = (to, model.peer.conversations().contains_key(&conversation)) {
        return Err(Refusal::NotInGroup(group.clone()).into());
    }
    Ok(Command::Send { conversation, text, relation: None })
}

/// The user or group. A name without `#` means a group if only a group has it.
fn known(subject: ChatId, model: &ModelRef<'_>) -> ChatId {
    if let ChatId::User(user) = &subject
        && !model.peer.users().contains_key(user)
        && let Ok(group) = user.as_str().parse::<GroupName>()
        && model.peer.groups().contains_key(&group)
    {
        return ChatId::Group(group);
    }
    subject
}

/// Shows what is known of a user or a group: of those of the active chat, if none is named.
pub fn whois(named: Option<ChatId>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let subject = named.map(|subject| known(subject, model)).or_else(|| model.chats.active_chat().cloned());
    let subject = subject.ok_or(Rejection::NobodyNamed)?;
    match &subject {
        ChatId::User(user) if user != model.peer.me() && !model.peer.users().contains_key(user) => {
            Ok(vec![info(localized!("whois-unknown", name = user))])
        }
        ChatId::Group(group) if !model.peer.groups().contains_key(group) => Err(Refusal::NoGroup(group.clone()).into()),
        _ => Ok(vec![model.open(OpenOverlay::Whois(subject.clone()), LineModeList::Whois(subject))]),
    }
}

/// Goes to a tab by its number, to a neighbour of the active one (`+1`, `-1`, `next`, `prev`), to the one that was
/// active before (`last`), or to a chat by its name. Without any, lists all chats.
pub fn go(word: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let matching = matching_chats(model.peer, word.trim_start_matches('#'));
    if let Some(chat) = matching.iter().find(|chat| chat.id().to_string() == word) {
        return Ok(vec![Event::Show(chat.id().clone())]);
    }
    if let ("last", Some(previous)) = (word.as_str(), model.chats.previous()) {
        return Ok(vec![Event::Tab(previous)]);
    }
    let by = match word.as_str() {
        "" => return Ok(vec![list("", model)]),
        "next" => Some(1),
        "prev" | "previous" => Some(-1),
        word if word.starts_with(['+', '-']) => word.parse::<isize>().ok(),
        _ => None,
    };
    if let Some(by) = by {
        return Ok(model.chats.neighbour(by).map(Event::Tab).into_iter().collect());
    }
    match (word.parse::<usize>(), &matching[..]) {
        (Ok(number), _) => match number.checked_sub(1).filter(|index| *index < model.chats.tabs().len()) {
            Some(index) => Ok(vec![Event::Tab(index)]),
            None => Err(Rejection::NoTab(number)),
        },
        (Err(_), []) if is_known(&word, model) => Err(Rejection::NoChatYet(word)),
        (Err(_), []) => Err(Rejection::NoChatCalled(word)),
        (Err(_), [only]) => Ok(vec![Event::Show(only.id().clone())]),
        (Err(_), _) => Ok(vec![list(&word, model)]),
    }
}

/// Closes the tab with this name or number; without one, the active tab. A group is also found without its `#`.
pub fn close(word: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let tabs = model.chats.tabs();
    let called = tabs.iter().position(|tab| tab.chat.to_string() == word);
    let index = match (called, word.parse::<usize>()) {
        _ if word.is_empty() => None,
        (Some(index), _) => Some(index),
        (None, Ok(number)) => {
            let index = number.checked_sub(1).filter(|index| *index < tabs.len());
            Some(index.ok_or(Rejection::NoTab(number))?)
        }
        (None, Err(_)) => {
            let group = format!("#{word}");
            let index = tabs.iter().position(|tab| tab.chat.to_string() == group);
            Some(index.ok_or(Rejection::NoChatCalled(word))?)
        }
    };
    Ok(vec![Event::CloseTab(index)])
}

/// Returns whether there is a user or a group of this name.
pub fn is_known(word: &str, model: &ModelRef<'_>) -> bool {
    UserId::from_input(word).is_ok_and(|user| user != *model.peer.me() && model.peer.users().contains_key(&user))
        || GroupName::from_input(word.trim_start_matches('#'))
            .is_ok_and(|group| model.peer.groups().contains_key(&group))
}

/// `/unread`: goes to the next unread messages.
#[expect(clippy::unnecessary_wraps, reason = "the function of a command")]
pub fn unread((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    Ok(next_unread(model))
}

/// Marks all messages of all chats as read.
pub fn mark_all_read(model: &ModelRef<'_>) -> Vec<Event> {
    let unread = model.peer.conversations().values().filter(|chat| chat.unread > 0);
    let events: Vec<Event> = unread.map(|chat| Event::Command(Command::MarkRead(chat.id.clone()))).collect();
    let notice = if events.is_empty() { "unread-none" } else { "mark-done" };
    events.into_iter().chain([info(notice)]).collect()
}

/// Hides the messages of the active chat, until the user scrolls back.
pub fn clear((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    match (model.view, model.chats.active_chat()) {
        (View::Lines, _) => Ok(vec![info("lines-no-clearing")]),
        (View::Panes, None) => Err(Rejection::NoActiveChat),
        (View::Panes, Some(_)) => Ok(vec![Event::Clear, info("clear-done")]),
    }
}

/// Sends a text in the active chat.
pub fn send(text: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let Some(tab) = model.chats.active_tab() else {
        return Err(lone_word(&text).map_or(Rejection::NoChatToSendTo, |command| Rejection::MeantCommand {
            word: text.trim().to_owned(),
            command,
        }));
    };
    // A message that was dropped meanwhile cannot be edited: the text is a new message.
    let is_dropped = |id| {
        let has_failed = tab.quoted(id).is_some_and(|(_, message)| message.failure.is_some());
        has_failed && !model.peer.outbox().any(|waiting| waiting.original() == Some(id))
    };
    let is_fit = |target: &&ComposeTarget| !target.relation.replaced().is_some_and(is_dropped);
    let target = tab.compose_target.as_ref().filter(is_fit);
    let conversation = conversation_for(target, tab, model).ok_or(Rejection::NoChatToSendTo)?;
    let relation = target.map(|target| target.relation);
    Ok(vec![Event::Command(Command::Send { conversation, text, relation }), Event::Target(None)])
}

/// The user to ask for a session before a message can be sent in the active chat; `None` if it can be sent, or if the
/// chat is a group.
pub fn must_ask<'m>(model: &ModelRef<'m>) -> Option<&'m UserId> {
    let chat = model.chats.active_chat()?;
    let user = chat.user()?;
    (!model.peer.chat(chat).is_some_and(|chat| chat.is_open())).then_some(user)
}

/// The conversation that a message is sent in: that of the message which it replaces; that of the message which it
/// answers, if it is open; or the current one of the chat.
pub(super) fn conversation_for(
    target: Option<&ComposeTarget>,
    tab: &Tab,
    model: &ModelRef<'_>,
) -> Option<ConversationId> {
    let chat = model.peer.chat(&tab.chat)?;
    let is_fit = |target: &&ComposeTarget| match target.relation {
        Relation::Replaces(_) => true,
        Relation::Answers(_) => chat.open().any(|open| open.id == target.conversation),
    };
    let target = target.filter(is_fit).map(|target| &target.conversation);
    Some(target.unwrap_or(&chat.current().id).clone())
}

/// Proposes to end all open sessions with a user; without a name, those of the active chat.
pub fn end(name: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let chat = if name.is_empty() {
        model.chats.active_chat().and_then(|id| model.peer.chat(id)).ok_or(Rejection::NotInSession)?
    } else {
        let user = UserId::from_input(name.trim_start_matches('@'))?;
        model.peer.chat(&ChatId::User(user)).ok_or(Rejection::NoChatCalled(name))?
    };
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

/// Shows another chat beside the active one, which keeps the focus: the named one, or else that of the next tab.
pub fn split(word: String, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    if model.view == View::Lines {
        return Ok(vec![info("lines-no-panes")]);
    }
    let active = model.chats.active_chat().ok_or(Rejection::NoActiveChat)?;
    if !model.layout.can_split {
        return Err(Rejection::TooNarrowToSplit);
    }
    if word.is_empty() {
        let next = model.chats.neighbour(1).and_then(|next| model.chats.tabs().get(next));
        let next = next.map(|tab| &tab.chat).filter(|next| *next != active).ok_or(Rejection::NoSecondChat)?;
        return beside(next.clone(), model);
    }
    let events = go(word, model)?;
    match events.first() {
        Some(Event::Show(chat)) => beside(chat.clone(), model),
        Some(Event::Tab(index)) => {
            beside(model.chats.tabs().get(*index).ok_or(Rejection::NoSecondChat)?.chat.clone(), model)
        }
        // Several chats match: the list of them opens.
        _ => Ok(events),
    }
}

/// Shows a chat beside the active one, unless it is on the screen already.
fn beside(chat: ChatId, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    if model.chats.active_chat() == Some(&chat) {
        return Err(Rejection::IsThisChat(chat.to_string()));
    }
    if model.chats.beside_tab().is_some_and(|tab| tab.chat == chat) {
        return Err(Rejection::IsBeside(chat.to_string()));
    }
    Ok(vec![Event::Split(chat)])
}

/// Shows only the active chat.
pub fn unsplit((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    model.chats.beside().map(|_| vec![Event::Unsplit]).ok_or(Rejection::NotSplit)
}

/// Shows the next tab beside the active one, or only the active one again.
pub fn toggle_split(model: &ModelRef<'_>) -> Vec<Event> {
    let events = if model.chats.beside().is_some() { Ok(vec![Event::Unsplit]) } else { split(String::new(), model) };
    events.unwrap_or_else(|why| vec![Event::Reject(why)])
}

/// Goes to the chat beside the active one.
pub fn to_other(model: &ModelRef<'_>) -> Vec<Event> {
    let other = model.chats.beside().map(|(tab, _)| Event::Tab(tab));
    vec![other.unwrap_or(Event::Reject(Rejection::NotSplit))]
}

/// Goes to the chat that waits to come to the front, or else to the next tab with unread messages, or else to an
/// unread chat whose tab is closed. Never goes to the inbox, where the next letter might answer a request.
pub fn next_unread(model: &ModelRef<'_>) -> Vec<Event> {
    if let Some(waiting) = model.waiting {
        return vec![Event::Show(waiting.clone()), Event::Newest];
    }
    let is_unread = |id: &ChatId| model.peer.chat(id).is_some_and(|chat| chat.unread() > 0);
    let tabs = model.chats.tabs();
    let from = model.chats.active().unwrap_or(tabs.len().saturating_sub(1));
    // The tabs after the active one come first, then those before it, and the active one last.
    let mut next = (1..=tabs.len()).map(|step| (from + step) % tabs.len());
    let next = next.find(|index| is_unread(&tabs[*index].chat));
    let closed = model.peer.chats().find(|chat| chat.unread() > 0).map(|chat| chat.id().clone());
    match (next, closed) {
        (Some(index), _) => vec![Event::Tab(index), Event::Newest],
        (None, Some(chat)) => vec![Event::Show(chat)],
        (None, None) => vec![info(none_unread(model))],
    }
}

/// The notice that nothing is unread, which also says how many requests wait.
fn none_unread(model: &ModelRef<'_>) -> LocalizedText {
    let count = model.peer.waiting_requests();
    match model.keymap.key_for(Context::Global, Action::FocusInbox) {
        Some(key) if count > 0 && model.view == View::Panes => {
            localized!("unread-none-but-requests", count, key = key.to_string())
        }
        _ => "unread-none".into(),
    }
}

/// Exports the active chat to a file. `format` and `file` are optional.
pub fn export((format, file): (Option<String>, Option<String>), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let chat = model.chats.active_chat().and_then(|id| model.peer.chat(id)).ok_or(Rejection::NoActiveChat)?;
    Ok(vec![Event::Effect(Effect::Export { range: chat.whole(), format, file })])
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
