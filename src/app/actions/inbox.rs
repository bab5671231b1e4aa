//! Keys in the inbox, and commands that answer requests.

use crate::{
    app::{
        LocalizedText,
        event::{Event, ModelRef, Open, Question, info},
        keymap::{Action, Context, Keymap},
        localized,
        rejection::Rejection,
        state::{Inbox, Pane, View, inbox::answers},
    },
    domain::{ConversationId, Direction, MessageId, Request, UserId},
    protocol::{Command, Peer},
};

/// Does an action on the selected request.
pub fn act(action: Action, inbox: &Inbox, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(request) = inbox.selected(model.peer) else { return vec![info("selected-nothing")] };
    vec![match action {
        Action::Accept => Event::Command(Command::Accept(request.id)),
        Action::Deny => Event::Command(Command::Deny(request.id)),
        Action::Withdraw => Event::Command(Command::Withdraw(request.id)),
        Action::Open if request.waits_for_me() => Event::Open(Open::Confirm(Question::Accept(request.id))),
        Action::Open => open(request, model.peer),
        _ => return Vec::new(),
    }]
}

/// Shows the conversation that came of a request.
fn open(request: &Request, peer: &Peer) -> Event {
    let session = request.session().cloned().map(ConversationId::Session);
    let group = request.kind.group().cloned().map(ConversationId::Group);
    let conversation = session.or(group).filter(|id| peer.conversations().contains_key(id));
    conversation.map_or_else(|| info("open-nothing"), Event::Show)
}

/// Accepts or denies the oldest request that waits, or that of a user.
pub fn answer(
    user: Option<UserId>,
    model: &ModelRef<'_>,
    command: impl FnOnce(MessageId) -> Command,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Command(command(waiting(model.peer, user.as_ref())?))])
}

/// The oldest request that waits for an answer, or that of `user`.
pub fn waiting(peer: &Peer, user: Option<&UserId>) -> Result<MessageId, Rejection> {
    let is_meant = |request: &&Request| request.waits_for_me() && is_of(user, request);
    peer.requests().find(is_meant).map(|request| request.id).ok_or(Rejection::NoPendingRequest)
}

/// Cancels the latest request of mine that has no answer yet, or the latest to `user`.
pub fn cancel(user: Option<UserId>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let is_mine = |request: &&Request| request.direction == Direction::Outgoing && request.is_pending();
    let found = model.peer.requests().filter(is_mine).rfind(|request| is_of(user.as_ref(), request));
    let id = found.map(|request| request.id).ok_or(Rejection::NothingToCancel)?;
    Ok(vec![Event::Command(Command::Withdraw(id))])
}

fn is_of(user: Option<&UserId>, request: &Request) -> bool {
    user.is_none_or(|user| request.peer.as_ref() == Some(user))
}

/// Asks before all waiting requests are denied. Those that come while the question is open are not among them.
pub fn clear((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let waiting = model.peer.requests().filter(|request| request.waits_for_me());
    let waiting: Vec<MessageId> = waiting.map(|request| request.id).collect();
    if waiting.is_empty() {
        return Err(Rejection::NoPendingRequest);
    }
    Ok(vec![Event::Open(Open::Confirm(Question::DenyAll(waiting)))])
}

/// The keys that lead to the inbox and answer there, as they are bound now, or the commands that answer.
pub fn how_to_answer(request: &Request, keymap: &Keymap, focus: Pane, view: View) -> LocalizedText {
    if view == View::Lines {
        return answers(request);
    }
    let there = keymap.key_for(Context::Global, Action::FocusInbox);
    let key = |action| keymap.key_for(Context::Inbox, action);
    match (there, key(Action::Accept), key(Action::Deny)) {
        (Some(_), Some(yes), Some(no)) if focus == Pane::Inbox => {
            localized!("answers-here", yes = yes.to_string(), no = no.to_string())
        }
        (Some(inbox), Some(yes), Some(no)) => {
            let [inbox, yes, no] = [inbox, yes, no].map(|key| key.to_string());
            localized!("answers-in-inbox", inbox, yes, no)
        }
        _ => LocalizedText::quoted(""),
    }
}
