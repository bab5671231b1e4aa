//! Turns requests that other programs send over the socket into commands.

use super::inbox::{latest_of_mine, waiting};
use crate::{
    app::{
        effect::Effect,
        localized,
        rejection::Rejection,
        scripts::{Answer, GroupAction, ScriptRequest, Until},
        state::{Waiting, composer::imported, users::open_session},
    },
    domain::{ConversationId, GroupName, Piece, UserId, check_text},
    protocol::{Chat, Command, Peer, Refusal, RowId},
};

/// A command for the peer, and the outcome that papo waits for before it answers the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub command: Command,
    outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// The sent message reached this stage of delivery.
    Delivered(ConversationId, Until),
    /// The broker acknowledged all outbox rows except these, which were there before the command.
    AcknowledgedExcept(Vec<RowId>),
    /// The broker cleared the presence of this user.
    Forgotten(UserId),
}

impl Plan {
    /// What the request waits for. Call this after the peer carried out the command.
    pub fn waiting(self, peer: &Peer) -> Waiting {
        match self.outcome {
            Outcome::Delivered(conversation, until) => {
                let n = peer.conversations().get(&conversation).map_or(0, |chat| chat.sent);
                Waiting::Delivery(conversation, n, until)
            }
            Outcome::AcknowledgedExcept(before) => {
                let rows = peer.outbox().map(|waiting| (waiting.row, waiting.id()));
                Waiting::Acknowledged(rows.filter(|(row, _)| !before.contains(row)).collect())
            }
            Outcome::Forgotten(user) => Waiting::Forgotten(user),
        }
    }
}

/// The plan for a request, or `None` for a request that needs no command, such as a list. `has_users` is true after the
/// broker sent all presences.
pub fn plan(request: &ScriptRequest, peer: &Peer, has_users: bool) -> Result<Option<Plan>, Rejection> {
    let until_acknowledged = |command| {
        let before = peer.outbox().map(|waiting| waiting.row).collect();
        Ok(Some(Plan { command, outcome: Outcome::AcknowledgedExcept(before) }))
    };
    match request {
        ScriptRequest::Send { to, text, until } => {
            let text = imported(text);
            check_text(&text).map_err(Refusal::InvalidText)?;
            let conversation = recipient(peer, to)?;
            let command = Command::Send { conversation: conversation.clone(), text, relation: None };
            Ok(Some(Plan { command, outcome: Outcome::Delivered(conversation, *until) }))
        }
        ScriptRequest::Request(user) => {
            let user = UserId::from_input(user)?;
            if open_session(peer, &user).is_some() {
                return Err(Rejection::SessionIsOpen(user));
            }
            until_acknowledged(Command::RequestChat(user))
        }
        ScriptRequest::Accept(user) => {
            until_acknowledged(Command::Accept(waiting(peer, Some(&UserId::from_input(user)?))?))
        }
        ScriptRequest::Deny(user) => {
            until_acknowledged(Command::Deny(waiting(peer, Some(&UserId::from_input(user)?))?))
        }
        ScriptRequest::Withdraw(user) => {
            until_acknowledged(Command::Withdraw(latest_of_mine(peer, Some(&UserId::from_input(user)?))?))
        }
        ScriptRequest::Group { group, action } => until_acknowledged(group_command(group, action)?),
        ScriptRequest::Block(user) => until_acknowledged(Command::Block(UserId::from_input(user)?)),
        ScriptRequest::Unblock(user) => until_acknowledged(Command::Unblock(UserId::from_input(user)?)),
        ScriptRequest::Forget(user) => {
            let user = UserId::from_input(user)?;
            peer.may_forget(&user)?;
            if !has_users {
                return Err(Rejection::UserListIncomplete(user));
            }
            Ok(Some(Plan { command: Command::Forget(user.clone()), outcome: Outcome::Forgotten(user) }))
        }
        ScriptRequest::Users
        | ScriptRequest::Groups
        | ScriptRequest::Inbox
        | ScriptRequest::Outbox
        | ScriptRequest::Status
        | ScriptRequest::Tail(_)
        | ScriptRequest::History(_) => Ok(None),
    }
}

fn group_command(group: &str, action: &GroupAction) -> Result<Command, Rejection> {
    let group = GroupName::from_input(group.trim_start_matches('#'))?;
    let id = |user: &String| UserId::from_input(user);
    Ok(match action {
        GroupAction::New => Command::CreateGroup(group),
        GroupAction::Join => Command::JoinGroup(group),
        GroupAction::Invite(user) => Command::Invite { group, user: id(user)? },
        GroupAction::Kick(user) => Command::RemoveMember { group, user: id(user)? },
        GroupAction::Lead(user) => Command::HandOver { group, user: id(user)? },
        GroupAction::Leave => Command::LeaveGroup(group),
        GroupAction::Disband => Command::DisbandGroup(group),
    })
}

/// The open session with a user, or the conversation of a `#group` that I joined at some time. The peer refuses the
/// message if I have left the group.
fn recipient(peer: &Peer, name: &str) -> Result<ConversationId, Rejection> {
    if let Some(group) = name.strip_prefix('#') {
        let group: GroupName = group.parse()?;
        let id = ConversationId::Group(group.clone());
        let is_known = peer.conversations().contains_key(&id);
        return if is_known { Ok(id) } else { Err(Refusal::NotInGroup(group).into()) };
    }
    let user = UserId::from_input(name)?;
    open_session(peer, &user).ok_or(Rejection::NoSessionForScript(user))
}

/// The effect that answers a request for the history: the store streams it, or the request is refused.
pub fn stream_history(number: u64, name: Option<&str>, peer: &Peer) -> Effect {
    match history(name, peer) {
        Some(pieces) => Effect::StreamHistory(number, pieces),
        None => Effect::Answer(number, Answer::Refused(localized!("history-none", name = name.unwrap_or_default()))),
    }
}

/// The messages of the chat or conversation with this name or topic, or of all chats, the latest used last. `None` if
/// nothing has this name.
pub fn history(name: Option<&str>, peer: &Peer) -> Option<Vec<Piece>> {
    let whole = |chat: &Chat<'_>| chat.whole().pieces;
    let mut chats: Vec<Chat<'_>> = peer.chats().collect();
    chats.sort_by_key(Chat::active);
    let Some(name) = name else { return Some(chats.iter().flat_map(whole).collect()) };
    let by_topic = || {
        let (id, known) = peer.conversations().iter().find(|(id, _)| id.to_string() == name)?;
        Some(vec![Piece { conversation: id.clone(), positions: 0..known.len }])
    };
    chats.iter().find(|chat| chat.id().to_string() == name).map(whole).or_else(by_topic)
}
