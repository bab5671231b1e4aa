//! The peer as the screen has it: what goes in, what comes of it for the store and the broker, and what each
//! event means for the panes.

use super::{
    chat::Scroll,
    effect::Effect,
    front, inbox,
    journal::{Entry, Label},
    keymap::{Action, Context},
    model::{Connection, Level, Model, Pane},
    notices,
};
use crate::{
    domain::{DROPPED, Direction, Request, RequestKind, RequestState},
    protocol::{Command, Event, Input},
};

/// Hands an input to the peer, and what comes of it to the store, the broker and the panes. Says whether the
/// peer did not refuse it.
pub(super) fn input(model: &mut Model, input: Input, effects: &mut Vec<Effect>) -> bool {
    let now = model.now;
    model.peer.handle_input(now, input);
    let batch = model.peer.take_batch();
    if !batch.operations.is_empty() || !batch.outputs.is_empty() {
        effects.push(Effect::Commit { operations: batch.operations, outputs: batch.outputs });
    }
    let is_accepted = !batch.events.iter().any(|event| matches!(event, Event::Refused(_)));
    for event in batch.events {
        happened(model, event, effects);
    }
    is_accepted
}

/// Does what the user wants; says whether it could be done.
pub(super) fn attempt(model: &mut Model, command: Command, effects: &mut Vec<Effect>) -> bool {
    input(model, Input::Command(command), effects)
}

/// As [`attempt`], where nothing hangs on it: the user is told in any case.
pub(super) fn command(model: &mut Model, command: Command, effects: &mut Vec<Effect>) {
    attempt(model, command, effects);
}

fn happened(model: &mut Model, event: Event, effects: &mut Vec<Effect>) {
    match event {
        Event::Message { conversation, seq, message } => {
            let mine = message.author == *model.peer.me();
            let is_seen = front::is_seen(model, &conversation);
            if !mine {
                notices::message_came(model, &conversation, &message, effects);
            }
            model.note(Entry::Message { conversation: conversation.clone(), message: message.clone() });
            model.chats.open(&model.peer, &conversation);
            if let Some(tab) = model.chats.tab_mut(&conversation) {
                let unread = model.peer.conversations().get(&conversation).map_or(0, |kept| kept.unread);
                if mine {
                    tab.fresh = None;
                    tab.scroll = Scroll::Bottom;
                }
                tab.arrived(seq, message, if mine || is_seen { 0 } else { unread });
                if mine {
                    tab.window.go_to_end();
                }
            }
        }
        Event::Edited { conversation, id, author, text } => {
            if let Some(tab) = model.chats.tab_mut(&conversation) {
                tab.edited(id, &author, &text);
            }
        }
        Event::FailureChanged { conversation, n, failure } => {
            let me = model.peer.me().clone();
            if let Some(tab) = model.chats.tab_mut(&conversation) {
                let mine = |message: &crate::domain::ChatMessage| message.author == me;
                tab.window.change(n, mine, |message| message.failure = Some(failure.clone()));
            }
            if failure != DROPPED {
                model.say(Level::Error, format!("a message was not sent: {failure}; /outbox shows it"));
            }
        }
        Event::RequestArrived(id) => {
            if let Some(request) = model.peer.request(id) {
                let (words, answer) = (inbox::asks(request), how_to_answer(model, request));
                model.tell(Label::Request, Level::Info, format!("{words}{answer}"));
                effects.push(Effect::Notify { title: "papo".to_owned(), body: words });
            }
        }
        Event::RequestAnswered(id) => {
            if let Some(words) = model.peer.request(id).and_then(answer) {
                effects.push(Effect::Notify { title: "papo".to_owned(), body: words.clone() });
                model.tell(Label::Answer, Level::Info, words);
            }
        }
        Event::ConversationOpened { conversation, mine } => {
            let index = model.chats.open(&model.peer, &conversation);
            if mine {
                front::show(model, &conversation);
            } else if model.chats.tabs().len() == 1 && model.focus != Pane::Chat {
                front::go_to_tab(model, index);
            } else if model.active() != Some(&conversation) {
                model.note(Entry::Opened(conversation));
            }
        }
        Event::ConversationChanged(conversation) => model.note(Entry::Changed(conversation)),
        Event::TypingChanged => {}
        Event::GroupLost(group) => {
            model.warn(format!("somebody had created #{group} earlier; you have asked to join it"));
        }
        Event::LeadReceived(group) => model.info(format!("you lead #{group} now")),
        Event::LeadTaken { group, leader } => {
            model.warn(format!("you were away for long: {leader} has taken the lead of #{group}"));
        }
        Event::TakenOver => taken_over(model, effects),
        Event::Refused(why) => model.warn(why),
        Event::Done(what) => model.info(what),
        Event::Suspicious(what) => {
            // A flood is logged as it is shown: the first of it.
            if model.notice.as_ref().is_none_or(|notice| notice.ignored == 0) {
                effects.push(Effect::Log(what.clone()));
            }
            model.ignored(what);
        }
    }
}

/// The keys that lead to the inbox and answer there, as they are now, or the commands that answer.
fn how_to_answer(model: &Model, request: &Request) -> String {
    if model.is_linear() {
        return inbox::answers(request);
    }
    let there = model.keymap.key_for(Context::Global, Action::FocusInbox);
    let key = |action| model.keymap.key_for(Context::Inbox, action);
    match (there, key(Action::Accept), key(Action::Deny)) {
        (Some(_), Some(yes), Some(no)) if model.focus == Pane::Inbox => format!(": {yes} accepts, {no} denies"),
        (Some(inbox), Some(yes), Some(no)) => format!(": {inbox}, then {yes} accepts, {no} denies"),
        _ => String::new(),
    }
}

fn answer(request: &Request) -> Option<String> {
    let who = request.peer.as_ref().map_or("somebody", |peer| peer.as_str());
    let yes = match request.state {
        RequestState::Accepted(_) => true,
        RequestState::Denied => false,
        RequestState::Pending | RequestState::Withdrawn | RequestState::Ignored => return None,
    };
    if request.direction == Direction::Incoming {
        return None;
    }
    Some(match (&request.kind, yes) {
        (RequestKind::Talk, true) => format!("{who} accepted your request"),
        (RequestKind::Talk, false) => format!("{who} denied your request"),
        (RequestKind::Join(group), true) => format!("you are in #{group} now"),
        (RequestKind::Join(group), false) => format!("{who} did not let you into #{group}"),
        (RequestKind::Invite(group), true) => format!("{who} comes into #{group}"),
        (RequestKind::Invite(group), false) => format!("{who} does not want to come into #{group}"),
        (RequestKind::Lead(group), true) => format!("{who} leads #{group} now"),
        (RequestKind::Lead(group), false) => format!("{who} has given the lead of #{group} back"),
        (RequestKind::Session(_), _) => return None,
    })
}

/// Somebody else has the id now.
fn taken_over(model: &mut Model, effects: &mut Vec<Effect>) {
    let why = format!("{} is in use on another device; /reconnect takes the id back", model.me());
    model.say(Level::Error, why.clone());
    model.connection = Connection::Stopped { why };
    effects.push(Effect::Disconnect);
}
