//! Keys in the inbox, and commands that answer requests.

use crate::{
    app::{
        LocalizedText,
        event::{Event, ModelRef, Question, info},
        keymap::{Action, Context, Keymap},
        localized,
        rejection::Rejection,
        state::{
            Inbox, View,
            inbox::{answers, request_words},
        },
    },
    domain::{ConversationId, Direction, GroupName, MessageId, Request, RequestKind, RequestState, UserId},
    protocol::{Command, Peer},
};

/// Carries out an action on the selected request.
pub fn act(action: Action, inbox: &Inbox, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(request) = inbox.selected(model.peer) else { return vec![info("selected-nothing")] };
    vec![match action {
        Action::Accept | Action::Deny if !request.waits_for_me() => not_waiting(request, model),
        Action::Accept => Event::Ask(Question::Accept(request.id)),
        Action::Deny => Event::Ask(Question::Deny(request.id)),
        Action::Withdraw if request.waits_for_peer() && !matches!(request.kind, RequestKind::Lead(_)) => {
            Event::Ask(Question::Withdraw(request.id))
        }
        // The peer says why it is not possible.
        Action::Withdraw => Event::Command(Command::Withdraw(request.id)),
        Action::Open if request.waits_for_me() => Event::Ask(Question::Accept(request.id)),
        Action::Open => open(request, model.peer),
        _ => return Vec::new(),
    }]
}

/// Says why a request does not wait for my answer.
fn not_waiting(request: &Request, model: &ModelRef<'_>) -> Event {
    let what = request_words(model.lookalikes, request);
    info(if request.is_pending() {
        localized!("request-is-mine", what, key = model.keymap.name_of_key(Context::Inbox, &[Action::Withdraw]))
    } else {
        localized!("request-is-settled", what, state = LocalizedText::from(&request.state))
    })
}

/// Shows the session or group that a request led to.
fn open(request: &Request, peer: &Peer) -> Event {
    let session = request.session().cloned().map(ConversationId::Session);
    let group = request.kind.group().cloned().map(ConversationId::Group);
    let conversation = session.or(group).filter(|id| peer.conversations().contains_key(id));
    let chat = conversation.and_then(|id| id.chat(peer.me()));
    chat.map_or_else(|| info("open-nothing"), Event::Show)
}

/// Accepts or denies the pending request of `user`, about `group` if it is given, or else the only pending one. Of
/// several requests of a user, one to chat needs no group. `word` is the name of the command, `command` builds it.
pub fn answer(
    (user, group): (Option<UserId>, Option<GroupName>),
    model: &ModelRef<'_>,
    word: &str,
    command: impl FnOnce(MessageId) -> Command,
) -> Result<Vec<Event>, Rejection> {
    let is_about_group = |request: &&Request| group.is_none() || request.kind.group() == group.as_ref();
    let waiting = model.peer.requests().filter(|request| request.waits_for_me() && is_with(user.as_ref(), request));
    let mut waiting: Vec<&Request> = waiting.filter(is_about_group).collect();
    // The lead of a group is mine already, and waits for no answer.
    if waiting.iter().any(|request| !is_lead(request)) {
        waiting.retain(|request| !is_lead(request));
    }
    let to_chat = waiting.iter().find(|request| request.kind == RequestKind::Chat).filter(|_| user.is_some());
    let request = match waiting[..] {
        [] => return Err(Rejection::NoPendingRequest),
        [only] => Some(only),
        _ => to_chat.copied(),
    };
    if let Some(request) = request {
        return Ok(vec![Event::Command(command(request.id))]);
    }
    let list: Vec<String> = waiting.iter().map(|request| model.language.translate(to_name(request))).collect();
    let usage = format!("/{word} ID [#GROUP]");
    Err(Rejection::SeveralRequests { count: waiting.len(), list: list.join(", "), usage })
}

fn is_lead(request: &Request) -> bool {
    matches!(request.kind, RequestKind::Lead(_))
}

/// A request as a command names it.
fn to_name(request: &Request) -> LocalizedText {
    match request.kind.group() {
        Some(group) => localized!("waits-group", who = request.peer, group),
        None => localized!("waits-chat", who = request.peer),
    }
}

/// The oldest request that waits for my answer. If `user` is given, only their requests count.
pub fn waiting(peer: &Peer, user: Option<&UserId>) -> Result<MessageId, Rejection> {
    let matches = |request: &&Request| request.waits_for_me() && is_with(user, request);
    peer.requests().find(matches).map(|request| request.id).ok_or(Rejection::NoPendingRequest)
}

/// Cancels my latest pending request, or my latest one to `user`.
pub fn cancel(user: Option<UserId>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Command(Command::Withdraw(latest_of_mine(model.peer, user.as_ref())?))])
}

/// My latest pending request. If `user` is given, only requests to them count.
pub fn latest_of_mine(peer: &Peer, user: Option<&UserId>) -> Result<MessageId, Rejection> {
    let found = peer.requests().rfind(|request| request.waits_for_peer() && is_with(user, request));
    found.map(|request| request.id).ok_or_else(|| {
        let mine = |request: &&Request| request.direction == Direction::Outgoing && is_with(user, request);
        let is_accepted = |request: &Request| matches!(request.state, RequestState::Accepted(_));
        match (user, peer.requests().rfind(mine)) {
            (Some(user), Some(request)) if is_accepted(request) => Rejection::AlreadyAccepted(user.clone()),
            _ => Rejection::NothingToCancel,
        }
    })
}

fn is_with(user: Option<&UserId>, request: &Request) -> bool {
    user.is_none_or(|user| request.peer.as_ref() == Some(user))
}

/// Asks the user to confirm that all pending requests are denied. Requests that arrive later are not denied.
pub fn clear((): (), model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let waiting = model.peer.requests().filter(|request| request.waits_for_me());
    let waiting: Vec<MessageId> = waiting.map(|request| request.id).collect();
    if waiting.is_empty() {
        return Err(Rejection::NoPendingRequest);
    }
    Ok(vec![Event::Ask(Question::DenyAll(waiting))])
}

/// How to answer a request: the keys that are bound to the inbox and its answers, or in line mode the commands.
/// `is_selected`: the request is selected in the focused inbox.
pub fn how_to_answer(request: &Request, keymap: &Keymap, is_selected: bool, view: View) -> LocalizedText {
    if view == View::Lines {
        return answers(request);
    }
    let focus_inbox = keymap.key_for(Context::Global, Action::FocusInbox);
    let key = |action| keymap.key_for(Context::Inbox, action);
    match (focus_inbox, key(Action::Accept), key(Action::Deny)) {
        (Some(inbox), Some(yes), Some(no)) => {
            let [inbox, yes, no] = [inbox, yes, no].map(|key| key.to_string());
            match (&request.kind, is_selected) {
                (RequestKind::Lead(_), true) => localized!("answers-lead-here", yes, no),
                (RequestKind::Lead(_), false) => localized!("answers-lead-in-inbox", inbox, yes, no),
                (_, true) => localized!("answers-here", yes, no),
                (_, false) => localized!("answers-in-inbox", inbox, yes, no),
            }
        }
        _ => LocalizedText::quoted(""),
    }
}
