//! The questions before an action: their words, and the events that carry out the action.

use crate::{
    app::{
        LocalizedText,
        event::{Event, ExitKind, OpenOverlay, Question},
        localized,
        state::{
            Lookalikes, Pane,
            groups::is_joined,
            inbox::{asked, asks},
            outbox,
            users::open_session,
        },
    },
    domain::{ConversationId, Direction, MessageId, Phase, Request, RequestKind, UserId},
    protocol::{Command, Peer},
};

/// The text of a question.
pub fn text(question: &Question, peer: &Peer) -> LocalizedText {
    let users = |others: usize| localized!("hosting-others", count = others);
    match question {
        Question::Request(user) => request_text(user, peer),
        Question::Join(group) => {
            let leader = peer.groups().get(group).and_then(|known| known.leader.clone());
            let invitation = RequestKind::Invite(group.clone());
            if peer.requests().any(|request| request.waits_for_me() && request.kind == invitation) {
                localized!("question-join-invited", group)
            } else {
                localized!("question-join", leader, group)
            }
        }
        Question::Create(group) => localized!("question-create", group),
        Question::Invite(group, user) => localized!("question-invite", user, group),
        Question::Drop(id) => {
            let row = peer.outbox().find(|row| row.row == *id);
            let (to, what) = row.map_or_else(|| (String::new(), "outbox-empty".into()), |row| outbox::words(peer, row));
            localized!("question-drop", what, to)
        }
        Question::Send(chat) => localized!("question-send", name = chat.to_string()),
        Question::Run(chat, command) => localized!("question-run", name = chat.to_string(), command),
        Question::Literal(chat, text) => localized!("question-literal", name = chat.to_string(), text),
        Question::Quit => localized!("question-quit"),
        Question::ExitWhileHosting(ExitKind::Quit, others) => localized!("question-quit-hosting", who = users(*others)),
        Question::ExitWhileHosting(ExitKind::Suspend, others) => {
            localized!("question-suspend-hosting", who = users(*others))
        }
        Question::Paste(text) => localized!("question-paste", count = text.lines().count()),
        Question::Accept(id) => {
            let who = peer.request(*id).and_then(|request| request.peer.as_ref());
            who.map_or_else(|| localized!("question-accept"), |who| localized!("question-accept-of", who))
        }
        Question::DenyAll(requests) => localized!("question-deny-all", count = requests.len()),
        Question::Disband(group) => localized!("question-disband", group),
        Question::Leave(group) => localized!("question-leave", group),
        Question::Remove(group, user) => localized!("question-remove", user, group),
        Question::HandOver(group, user) => localized!("question-hand-over", group, user),
        Question::Block(user) => localized!("question-block", user),
        Question::Forget(user) => localized!("question-forget", user),
    }
}

/// The text of a question in the line of notices, which names the key that confirms it.
pub fn pinned(question: &Question, peer: &Peer) -> LocalizedText {
    match question {
        Question::Send(_) | Question::Run(..) | Question::Literal(..) => text(question, peer),
        _ => localized!("question-pinned", question = text(question, peer)),
    }
}

/// The notice that the user did not confirm a question.
pub fn cancelled(question: &Question, peer: &Peer) -> LocalizedText {
    match question {
        Question::Request(user) => localized!("cancelled-request", user),
        Question::Join(group) => localized!("cancelled-join", group),
        Question::Send(chat) | Question::Literal(chat, _) => localized!("cancelled-send", name = chat.to_string()),
        Question::Run(_, command) => localized!("cancelled-run", command),
        _ => localized!("cancelled", question = text(question, peer)),
    }
}

/// Returns whether a question is settled without an answer.
pub fn is_settled(question: &Question, peer: &Peer) -> bool {
    match question {
        Question::Request(user) => open_session(peer, user).is_some(),
        Question::Join(group) => is_joined(peer, group),
        Question::Create(group) => peer.groups().contains_key(group),
        _ => false,
    }
}

/// What comes after a question, whatever the answer.
pub fn back(question: &Question) -> Option<Event> {
    match question {
        Question::Drop(row) => Some(Event::Open(OpenOverlay::Outbox(Some(*row)))),
        _ => None,
    }
}

/// The text of the question before a request to chat. If the user has asked me, the request accepts theirs.
fn request_text(user: &UserId, peer: &Peer) -> LocalizedText {
    let is_pending = |direction| {
        peer.requests().any(|request| request.is_pending() && request.is_about(direction, user, &RequestKind::Chat))
    };
    if is_pending(Direction::Incoming) {
        localized!("question-request-accept", user)
    } else if is_pending(Direction::Outgoing) {
        localized!("question-request-again", user)
    } else if !peer.users().contains_key(user) {
        localized!("question-request-unseen", user)
    } else {
        localized!("question-request", user)
    }
}

/// The events that carry out the confirmed action.
pub fn confirmed(question: Question, peer: &Peer) -> Vec<Event> {
    let command = match question {
        Question::Quit => return vec![Event::ConfirmExit(ExitKind::Quit)],
        Question::ExitWhileHosting(how, _) => return vec![Event::Exit(how)],
        Question::Paste(text) => return vec![Event::Insert(text)],
        Question::DenyAll(requests) => {
            let is_pending = |id: &_| peer.request(*id).is_some_and(Request::waits_for_me);
            return requests.into_iter().filter(is_pending).map(|id| Event::Command(Command::Deny(id))).collect();
        }
        // The update sends or runs the line itself.
        Question::Send(_) | Question::Run(..) | Question::Literal(..) => return Vec::new(),
        Question::Request(user) => Command::RequestChat(user),
        Question::Join(group) => Command::JoinGroup(group),
        Question::Create(group) => Command::CreateGroup(group),
        Question::Invite(group, user) => Command::Invite { group, user },
        Question::Drop(row) => Command::Drop(row),
        Question::Accept(id) => return accepted(id),
        Question::Disband(group) => Command::DisbandGroup(group),
        Question::Leave(group) => Command::LeaveGroup(group),
        Question::Remove(group, user) => Command::RemoveMember { group, user },
        Question::HandOver(group, user) => Command::HandOver { group, user },
        Question::Block(user) => Command::Block(user),
        Question::Forget(user) => Command::Forget(user),
    };
    vec![Event::Command(command)]
}

/// The events that accept a request. The composer gets the keys, because an answer follows.
pub fn accepted(id: MessageId) -> Vec<Event> {
    vec![Event::Command(Command::Accept(id)), Event::Unchoose, Event::Focus(Pane::Chat)]
}

/// The notice that a command about a request was carried out, for those without a notice of the peer. Call this before
/// the command.
pub fn done(command: &Command, peer: &Peer, lookalikes: &Lookalikes) -> Option<LocalizedText> {
    let request = |id: &MessageId| peer.request(*id);
    Some(match command {
        Command::Accept(id) => localized!("accepted-done", what = asks(lookalikes, request(id)?)),
        Command::Deny(id) => localized!("denied-done", what = asks(lookalikes, request(id)?)),
        Command::End(session) => {
            let conversation = peer.conversations().get(&ConversationId::Session(session.clone()))?;
            // The session ends at once if the other user has proposed it before.
            if !matches!(conversation.phase, Phase::Open { ended_by_peer: false, .. }) {
                return None;
            }
            localized!("end-done")
        }
        Command::Withdraw(id) => localized!("withdrawn", what = asked(lookalikes, request(id)?)),
        _ => return None,
    })
}
