//! The peer as the screen has it: what goes in, what comes of it for the store and the broker, and what each
//! event means for the panes.

use super::{
    chat::Scroll,
    connection,
    effect::Effect,
    front, inbox,
    journal::{Entry, Label},
    keymap::{Action, Context},
    language::{delivery_failure, not_forgotten},
    model::{Connection, Level, Model, Pane},
    notices, outbox,
    remote::Item,
    search,
};
use crate::{
    domain::{
        ChatMessage, ConversationId, DROPPED, Direction, LocalizedText, Request, RequestKind, RequestState, UserId,
        localized,
    },
    protocol::{Command, Event, Input, Operation, OutboxRow, Refusal},
};

/// Hands an input to the peer, and what comes of it to the store, the broker and the panes.
pub(super) fn input(model: &mut Model, input: Input, effects: &mut Vec<Effect>) {
    model.peer.handle_input(model.now, input);
    take_batch(model, effects);
}

fn take_batch(model: &mut Model, effects: &mut Vec<Effect>) {
    let batch = model.peer.take_batch();
    let is_of_mine =
        |operation: &Operation| matches!(operation, Operation::PutGroup(group) if group.includes(model.peer.me()));
    if batch.operations.iter().any(is_of_mine) {
        model.lookalikes.forget();
    }
    model.lookalikes.follow(&model.peer);
    if !batch.operations.is_empty() || !batch.outputs.is_empty() {
        effects.push(Effect::Commit { operations: batch.operations, outputs: batch.outputs });
    }
    for event in batch.events {
        happened(model, event, effects);
    }
}

/// Gives the peer a command. The user is not told of a refusal.
pub(super) fn execute(model: &mut Model, command: Command, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
    let outcome = model.peer.command(model.now, command);
    take_batch(model, effects);
    outcome
}

/// As [`execute`], and warns the user of a refusal. Whether there was none.
pub(super) fn attempt(model: &mut Model, command: Command, effects: &mut Vec<Effect>) -> bool {
    let outcome = execute(model, command, effects);
    if let Err(refusal) = outcome.clone() {
        model.warn(refusal);
    }
    outcome.is_ok()
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
            model.remote.tell(|| Item::Message(conversation.clone(), message.clone()));
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
        Event::FailureChanged { conversation, n, failure } => not_delivered(model, &conversation, n, &failure),
        Event::RequestArrived(id) => {
            if let Some(request) = model.peer.request(id) {
                model.remote.tell(|| Item::Request(request.clone()));
                let words = model.language.translate(inbox::asks(&model.lookalikes, request));
                let answer = model.language.translate(how_to_answer(model, request));
                model.tell(Label::Request, Level::Info, LocalizedText::quoted(format!("{words}{answer}")));
                effects.push(Effect::Notify { title: "papo".to_owned(), body: words });
            }
        }
        Event::RequestAnswered(id) => {
            if let Some(request) = model.peer.request(id) {
                model.remote.tell(|| Item::Request(request.clone()));
            }
            if let Some(words) = model.peer.request(id).and_then(answer) {
                let body = model.language.translate(words.clone());
                effects.push(Effect::Notify { title: "papo".to_owned(), body });
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
        Event::ReadBack(conversation) => {
            let peer = &model.peer;
            if let Some(tab) = model.chats.tab_mut(&conversation) {
                tab.read_anew(peer);
            }
            search::forget(&mut model.search);
        }
        Event::TypingChanged => {}
        Event::TakenOver => taken_over(model, effects),
        Event::Deaf(topic) => {
            connection::changed(model, Connection::Deaf { why: localized!("control-refused", topic) });
        }
        Event::Forgotten(user) => forgotten(model, &user),
        Event::NotForgotten { user, why } => {
            let why = not_forgotten(&user, why);
            model.remote.forgotten(&user, Err(why.clone()));
            model.warn(why);
        }
        Event::NotTaken { waited, why } => not_taken(model, &waited, &why),
        Event::Notice(notice) if notice.is_warning() => model.warn(notice),
        Event::Notice(notice) => model.info(notice),
        Event::Suspicious(ignored) => {
            let (reason, is_first) =
                (model.language.translate(ignored.reason.clone()), model.reported.is_first(&ignored));
            model.ignored(ignored.reason.clone().into());
            effects.push(Effect::LogIgnored { ignored, reason, is_first });
        }
        Event::Overlooked(ignored) => {
            let reason = model.language.translate(ignored.reason.clone());
            effects.push(Effect::LogIgnored { ignored, reason, is_first: false });
        }
    }
}

/// My message number `n` is not delivered.
fn not_delivered(model: &mut Model, conversation: &ConversationId, n: u64, failure: &str) {
    let me = model.peer.me().clone();
    if let Some(tab) = model.chats.tab_mut(conversation) {
        let mine = |message: &ChatMessage| message.author == me;
        tab.window.change(n, mine, |message| message.failure = Some(failure.to_owned()));
    }
    model.remote.not_delivered(conversation, n, failure);
    if failure != DROPPED {
        model.say(Level::Error, localized!("not-sent", failure = delivery_failure(failure)));
    }
}

/// The broker has refused something of mine that is no message.
fn not_taken(model: &mut Model, waited: &OutboxRow, why: &str) {
    model.remote.not_taken(waited.row, why);
    let (to, what) = outbox::words(&model.peer, waited);
    model.say(Level::Error, localized!("publication-refused", what, to, why = delivery_failure(why)));
}

/// The broker has cleared the presence of `user`.
fn forgotten(model: &mut Model, user: &UserId) {
    model.remote.forgotten(user, Ok(()));
    let stays = model.peer.users().contains_key(user);
    model.info(if stays { localized!("forgotten-stays", user) } else { localized!("forgotten", user) });
}

/// The keys that lead to the inbox and answer there, as they are now, or the commands that answer.
fn how_to_answer(model: &Model, request: &Request) -> LocalizedText {
    if model.is_line_mode() {
        return inbox::answers(request);
    }
    let there = model.keymap.key_for(Context::Global, Action::FocusInbox);
    let key = |action| model.keymap.key_for(Context::Inbox, action);
    match (there, key(Action::Accept), key(Action::Deny)) {
        (Some(_), Some(yes), Some(no)) if model.focus == Pane::Inbox => {
            localized!("answers-here", yes = yes.to_string(), no = no.to_string())
        }
        (Some(inbox), Some(yes), Some(no)) => {
            let [inbox, yes, no] = [inbox, yes, no].map(|key| key.to_string());
            localized!("answers-in-inbox", inbox, yes, no)
        }
        _ => LocalizedText::quoted(""),
    }
}

fn answer(request: &Request) -> Option<LocalizedText> {
    let who = inbox::who(request);
    let yes = match request.state {
        RequestState::Accepted(_) => true,
        RequestState::Denied => false,
        RequestState::Pending | RequestState::Withdrawn | RequestState::Ignored => return None,
    };
    if request.direction == Direction::Incoming {
        return None;
    }
    Some(match (&request.kind, yes) {
        (RequestKind::Talk, true) => localized!("answer-talk-yes", who),
        (RequestKind::Talk, false) => localized!("answer-talk-no", who),
        (RequestKind::Join(group), true) => localized!("answer-join-yes", group),
        (RequestKind::Join(group), false) => localized!("answer-join-no", who, group),
        (RequestKind::Invite(group), true) => localized!("answer-invite-yes", who, group),
        (RequestKind::Invite(group), false) => localized!("answer-invite-no", who, group),
        (RequestKind::Lead(group), true) => localized!("answer-lead-yes", who, group),
        (RequestKind::Lead(group), false) => localized!("answer-lead-no", who, group),
        (RequestKind::Session(_), _) => return None,
    })
}

/// Somebody else has the id now.
fn taken_over(model: &mut Model, effects: &mut Vec<Effect>) {
    model.say(Level::Error, localized!("id-elsewhere", me = model.me()));
    let why = localized!(
        "stopped",
        why = LocalizedText::from("reason-in-use"),
        helps = LocalizedText::from("stopped-watches")
    );
    model.connection = Connection::Stopped { why };
    effects.push(Effect::Disconnect);
}
