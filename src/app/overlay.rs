//! What lies over the panes: help, a question, a line to be typed, a group's members.

use super::{composer::Composer, palette::Palette, talks::Talks};
use crate::{
    domain::{GroupName, LocalizedText, MessageId, UserId, localized},
    protocol::{Command, Peer, Row},
};

/// What lies over the panes.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// What there is to know at a first start.
    Welcome {
        /// The first row that is seen.
        scroll: u16,
    },
    /// What is known of the message in this place of the talk in front.
    Details(u64),
    /// All keys and commands.
    Help {
        /// The first row that is seen.
        scroll: u16,
    },
    /// What papo has said so far.
    Log {
        /// How many rows below the last that is seen.
        scroll: u16,
    },
    /// A line to be typed.
    Prompt(Box<Prompt>),
    /// A question that is answered with yes or no.
    Confirm(Confirm),
    /// Who is in a group.
    Members {
        /// Which.
        group: GroupName,
        /// Which row.
        selected: usize,
    },
    /// All conversations.
    Talks(Box<Talks>),
    /// Everything that one can go to.
    Palette(Box<Palette>),
    /// What is looked for, and what was found: [`Model::search`](super::Model::search).
    Search,
    /// What waits for the broker.
    Outbox {
        /// Which row; `None` for the last.
        selected: Option<Row>,
    },
}

/// What a prompt asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Whom to ask for a talk.
    TalkTo,
    /// What a new group is to be called.
    NewGroup,
    /// Whom to invite to the group.
    InviteTo(GroupName),
    /// To which group to invite the user.
    InviteUser(UserId),
}

/// A line to be typed.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What for.
    pub wanted: Wanted,
    /// The line.
    pub composer: Composer,
    /// What is wrong with it.
    pub error: Option<LocalizedText>,
}

impl Prompt {
    pub(super) fn new(wanted: Wanted, text: &str) -> Self {
        Self { wanted, composer: Composer::new(text), error: None }
    }

    /// What is asked for.
    pub fn title(&self) -> LocalizedText {
        match &self.wanted {
            Wanted::TalkTo => localized!("prompt-talk-to"),
            Wanted::NewGroup => localized!("prompt-new-group"),
            Wanted::InviteTo(group) => localized!("prompt-invite-to", group),
            Wanted::InviteUser(user) => localized!("prompt-invite-user", user),
        }
    }

    /// The command that the line amounts to, or what is wrong with it.
    pub(super) fn command(&self, peer: &Peer) -> Result<Command, LocalizedText> {
        let text = self.composer.text();
        let user = || UserId::from_input(&text).map_err(LocalizedText::from);
        let group = || GroupName::from_input(text.trim().trim_start_matches('#')).map_err(LocalizedText::from);
        match &self.wanted {
            Wanted::TalkTo => {
                let user = user()?;
                if user == *peer.me() { Err("prompt-that-is-you".into()) } else { Ok(Command::RequestTalk(user)) }
            }
            Wanted::NewGroup => {
                let group = group()?;
                let is_taken = peer.groups().contains_key(&group);
                if is_taken { Err(localized!("prompt-group-exists", group)) } else { Ok(Command::CreateGroup(group)) }
            }
            Wanted::InviteTo(group) => Ok(Command::Invite { group: group.clone(), user: user()? }),
            Wanted::InviteUser(user) => {
                let group = group()?;
                let is_in = peer.groups().get(&group).is_some_and(|group| group.includes(peer.me()));
                if is_in {
                    Ok(Command::Invite { group, user: user.clone() })
                } else {
                    Err(localized!("prompt-group-not-in", group))
                }
            }
        }
    }

    /// Says what is wrong while one types, but not before the first character.
    pub(super) fn check(&mut self, peer: &Peer) {
        self.error = if self.composer.is_empty() { None } else { self.command(peer).err() };
    }
}

/// What is asked before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Leave papo?
    Quit,
    /// Leave although others use the broker that this papo runs?
    QuitHosting(usize),
    /// Suspend papo although others use the broker that it runs?
    SuspendHosting(usize),
    /// Paste so much?
    Paste(String),
    /// Accept this request?
    Accept(MessageId),
    /// Deny all these requests?
    DenyAll(Vec<MessageId>),
    /// End this group?
    Disband(GroupName),
    /// Leave this group?
    Leave(GroupName),
    /// Remove this member?
    Remove(GroupName, UserId),
    /// Make this member the leader?
    HandOver(GroupName, UserId),
    /// Clear the presence of this user?
    Forget(UserId),
}

/// A question that is answered with yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// What is asked.
    pub question: Question,
}

impl Confirm {
    /// The question.
    pub fn text(&self, peer: &Peer) -> LocalizedText {
        match &self.question {
            Question::Quit => localized!("question-quit"),
            Question::QuitHosting(others) => localized!("question-quit-hosting", who = users_of_my_broker(*others)),
            Question::SuspendHosting(others) => {
                localized!("question-suspend-hosting", who = users_of_my_broker(*others))
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
            Question::Forget(user) => localized!("question-forget", user),
        }
    }
}

fn users_of_my_broker(others: usize) -> LocalizedText {
    localized!("hosting-others", count = others)
}
