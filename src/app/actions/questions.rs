//! The questions before an action: their words, and the events that carry out the action.

use unicode_normalization::UnicodeNormalization;

use crate::{
    app::{
        LocalizedText,
        event::{Event, ExitKind, ModelRef, Question},
        keymap::{Action, Context},
        language::Language,
        localized,
        state::{
            Lookalikes, Pane,
            groups::is_joined,
            inbox::{asked, asks, request_peer},
            outbox,
            question::WhySend,
            users::open_session,
        },
    },
    domain::{ConversationId, Direction, MessageId, Phase, Request, RequestKind, UserId},
    protocol::{Command, Peer},
};

/// The text of a question.
pub fn text(question: &Question, peer: &Peer, lookalikes: &Lookalikes) -> LocalizedText {
    let users = |others: usize| localized!("hosting-others", count = others);
    let what = |id: &MessageId| peer.request(*id).map_or_else(|| "request-gone".into(), |it| asks(lookalikes, it));
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
        Question::Send(chat, why) => {
            let name = chat.to_string();
            match why {
                WhySend::NewTitle => localized!("question-send", name),
                WhySend::Named(named) => localized!("question-send-named", name, named),
                WhySend::Left(left) => localized!("question-send-left", name, left = left.to_string()),
                WhySend::Begun { key, is_edit } => {
                    let key = key.to_string();
                    if *is_edit {
                        localized!("question-send-edit", name, key)
                    } else {
                        localized!("question-send-reply", name, key)
                    }
                }
                WhySend::Answered(text) => localized!("question-send-answered", name, text),
                WhySend::TypedIn(place) => {
                    localized!("question-send-typed-in", name, place = LocalizedText::from(*place))
                }
            }
        }
        Question::Run(chat, command) => localized!("question-run", name = chat.to_string(), command),
        Question::Literal(chat, text, Some(command)) => {
            localized!("question-literal-word", name = chat.to_string(), text, command)
        }
        Question::Literal(chat, text, None) => localized!("question-literal", name = chat.to_string(), text),
        Question::Quit => localized!("question-quit"),
        Question::ExitWhileHosting(ExitKind::Quit, others) => localized!("question-quit-hosting", who = users(*others)),
        Question::ExitWhileHosting(ExitKind::Suspend, others) => {
            localized!("question-suspend-hosting", who = users(*others))
        }
        Question::Paste(text) => localized!("question-paste", count = text.lines().count()),
        Question::Accept(id) => localized!("question-accept", what = what(id)),
        Question::Deny(id) => localized!("question-deny", what = what(id)),
        Question::Withdraw(id) => withdrawal_text(*id, peer, lookalikes),
        Question::DenyAll(requests) => localized!("question-deny-all", count = requests.len()),
        Question::Disband(group) => localized!("question-disband", group),
        Question::Leave(group) => localized!("question-leave", group),
        Question::Remove(group, user) => localized!("question-remove", user, group),
        Question::HandOver(group, user) => localized!("question-hand-over", group, user),
        Question::Block(user) => localized!("question-block", user),
        Question::Forget(user) => localized!("question-forget", user),
    }
}

/// The text of a question in the line of notices, which says how to confirm it.
pub fn pinned(question: &Question, peer: &Peer, lookalikes: &Lookalikes, language: &Language) -> String {
    let text = text(question, peer, lookalikes);
    language.translate(match word(question, language) {
        _ if question.line_chat().is_some() => text,
        Some(word) => localized!("question-typed", question = text, word),
        None => localized!("question-pinned", question = text),
    })
}

/// The language keys of the words for yes and no, with spaces between them. The first one is shown.
const YES: &str = "answers-yes";
const NO: &str = "answers-no";

/// The word that confirms a question, as it is shown; `None` if Enter confirms it. A name that says yes or no by itself
/// has its sign: `@no`.
pub fn word(question: &Question, language: &Language) -> Option<String> {
    let (sign, name) = question.name()?;
    let is_answer = is_among(name, YES, language) || is_among(name, NO, language);
    Some(if is_answer { format!("{sign}{name}") } else { name.to_owned() })
}

/// The word for yes, as it is shown.
pub fn yes_word(language: &Language) -> String {
    first(language, YES)
}

/// The word for no, as it is shown.
pub fn no_word(language: &Language) -> String {
    first(language, NO)
}

fn first(language: &Language, words: &'static str) -> String {
    language.translate(words).split_whitespace().next().unwrap_or_default().to_owned()
}

/// Returns whether a text says yes.
pub fn says_yes(text: &str, language: &Language) -> bool {
    is_among(text, YES, language)
}

/// What the user answers a question with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypedAnswer {
    /// The name that confirms it.
    Name,
    /// A word for yes. It confirms nothing, because it may be meant for somebody else.
    Yes,
    /// A word for no. It cancels the question.
    No,
}

/// How a text answers a question; `None` if it is no answer.
pub fn answer(text: &str, question: &Question, language: &Language) -> Option<TypedAnswer> {
    let text_folded = folded(text);
    if words(question, language).iter().any(|word| folded(word) == text_folded) {
        Some(TypedAnswer::Name)
    } else if is_among(text, NO, language) {
        Some(TypedAnswer::No)
    } else {
        is_among(text, YES, language).then_some(TypedAnswer::Yes)
    }
}

/// Returns whether a text is the beginning of an answer to a question.
pub fn begins_answer(text: &str, question: &Question, language: &Language) -> bool {
    let text = folded(text);
    let begins = |word: &str| folded(word).starts_with(&text);
    let [yes, no] = [YES, NO].map(|words| language.translate(words));
    words(question, language).iter().any(|word| begins(word))
        || yes.split_whitespace().chain(no.split_whitespace()).any(begins)
}

/// The words that confirm a question: as it is shown, and with its sign.
fn words(question: &Question, language: &Language) -> Vec<String> {
    let with_sign = question.name().map(|(sign, name)| format!("{sign}{name}"));
    word(question, language).into_iter().chain(with_sign).collect()
}

fn is_among(text: &str, words: &'static str, language: &Language) -> bool {
    let text = folded(text);
    language.translate(words).split_whitespace().any(|word| folded(word) == text)
}

/// A text without the differences that do not matter in an answer: case, and how accents are encoded.
fn folded(text: &str) -> String {
    text.nfd().flat_map(char::to_lowercase).collect()
}

/// Returns whether an action repeats the one that caused the question. That confirms it.
pub fn is_repeated_by(question: &Question, action: Option<Action>) -> bool {
    match question {
        Question::Quit | Question::ExitWhileHosting(ExitKind::Quit, _) => action == Some(Action::Quit),
        Question::ExitWhileHosting(ExitKind::Suspend, _) => action == Some(Action::Suspend),
        _ => false,
    }
}

/// The notice that the user did not confirm a question.
pub fn cancelled(question: &Question, peer: &Peer, lookalikes: &Lookalikes) -> LocalizedText {
    match question {
        Question::Accept(id) | Question::Deny(id) => {
            let request = peer.request(*id);
            request
                .map_or_else(|| "request-gone".into(), |it| localized!("cancelled-answer", what = asks(lookalikes, it)))
        }
        Question::Withdraw(id) => {
            let request = peer.request(*id);
            request.map_or_else(
                || "request-gone".into(),
                |it| localized!("cancelled-withdrawal", what = asked(lookalikes, it)),
            )
        }
        Question::Request(user) => localized!("cancelled-request", user),
        Question::Join(group) => localized!("cancelled-join", group),
        Question::Send(chat, _) | Question::Literal(chat, ..) => localized!("cancelled-send", name = chat.to_string()),
        Question::Run(_, command) => localized!("cancelled-run", command),
        _ => localized!("cancelled", question = text(question, peer, lookalikes)),
    }
}

/// The notice of a click on a list that would have led to a question: how to ask it with keys.
pub fn asked_by_keys(question: &Question, model: &ModelRef<'_>) -> LocalizedText {
    let keys = |focus, context, action| {
        let [focus, key] = [(Context::Global, focus), (context, action)]
            .map(|(context, action)| model.keymap.name_of_key(context, &[action]));
        localized!("click-keys", focus, key)
    };
    match question {
        Question::Request(user) => {
            localized!("click-request", user, keys = keys(Action::FocusUsers, Context::Users, Action::Request))
        }
        Question::Join(group) => {
            localized!("click-join", group, keys = keys(Action::FocusGroups, Context::Groups, Action::Join))
        }
        _ => localized!("click-inbox", keys = keys(Action::FocusInbox, Context::Inbox, Action::Accept)),
    }
}

/// Returns whether a question is settled without an answer.
pub fn is_settled(question: &Question, peer: &Peer) -> bool {
    match question {
        Question::Request(user) => open_session(peer, user).is_some(),
        Question::Join(group) => is_joined(peer, group),
        Question::Create(group) => peer.groups().contains_key(group),
        Question::Accept(id) | Question::Deny(id) => !peer.request(*id).is_some_and(Request::waits_for_me),
        Question::Withdraw(id) => !peer.request(*id).is_some_and(Request::waits_for_peer),
        Question::Drop(row) => !peer.outbox().any(|waiting| waiting.row == *row),
        _ => false,
    }
}

/// The text of the question before a request of mine is withdrawn.
fn withdrawal_text(id: MessageId, peer: &Peer, lookalikes: &Lookalikes) -> LocalizedText {
    let Some(request) = peer.request(id) else { return "request-gone".into() };
    match &request.kind {
        RequestKind::Invite(group) => {
            localized!("question-withdraw-invitation", who = request_peer(lookalikes, request), group)
        }
        _ => localized!("question-withdraw", what = asked(lookalikes, request)),
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
        Question::Send(..) | Question::Run(..) | Question::Literal(..) => return Vec::new(),
        Question::Request(user) => Command::RequestChat(user),
        Question::Join(group) => Command::JoinGroup(group),
        Question::Create(group) => Command::CreateGroup(group),
        Question::Invite(group, user) => Command::Invite { group, user },
        Question::Drop(row) => Command::Drop(row),
        Question::Accept(id) => return accepted(id),
        Question::Deny(id) => Command::Deny(id),
        Question::Withdraw(id) => Command::Withdraw(id),
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
fn accepted(id: MessageId) -> Vec<Event> {
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
