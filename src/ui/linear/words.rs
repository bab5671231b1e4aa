//! What is said of each thing, as one line.

use crate::{
    app::{Connection, Label, Model, Tab, answers, asks},
    domain::{Body, ChatMessage, ConversationId, DROPPED, Group, Phase, Presence, Regards, Timestamp, UserId},
    ui::{clock::Clock, text},
};

pub(super) const NO_TALK: &str = "no talk is open. /request ID asks for one, /talks lists all, /help shows more";

/// What the words are about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) model: &'a Model,
    pub(super) clock: Clock<'a>,
}

/// `warning: there is no /qiut`
pub(super) fn word(label: Label, text: &str) -> String {
    let label = match label {
        Label::Done => "papo",
        Label::Warning => "warning",
        Label::Error => "error",
        Label::Request => "request",
        Label::Answer => "answer",
    };
    format!("{label}: {text}")
}

impl Words<'_> {
    /// Who one is, and what waits.
    pub(super) fn greeting(self) -> Vec<String> {
        let Self { model, .. } = self;
        let mut lines =
            vec![format!("papo: you are {}, on {}. /help lists commands and keys", model.me(), model.broker)];
        let waiting = model.peer.requests().filter(|request| request.waits_for_me());
        lines.extend(waiting.map(|request| word(Label::Request, &(asks(request) + &answers(request)))));
        let elsewhere = model.peer.conversations().values().filter(|talk| model.active() != Some(&talk.id));
        lines.extend(elsewhere.filter(|talk| talk.unread > 0).map(|talk| {
            let name = talk.id.name(model.me());
            format!("unread: {} in {name}. /talks {name} goes there", talk.unread)
        }));
        lines
    }

    pub(super) fn connection(self) -> String {
        match &self.model.connection {
            Connection::Connecting => "connection: connecting".to_owned(),
            Connection::Online => "connection: online".to_owned(),
            Connection::Reconnecting { why, .. } => format!("connection: offline, papo tries again: {why}"),
            Connection::Stopped { why } => format!("connection: stopped: {why}"),
        }
    }

    /// `talk: bob, online`, `talk: #devs of bob, with carol`
    pub(super) fn heading(self, id: &ConversationId) -> String {
        let peer = &self.model.peer;
        let name = id.name(peer.me());
        let state = peer.conversations().get(id).and_then(|talk| over(talk.phase)).map(|why| format!(". {why}"));
        let who = match id {
            ConversationId::Session(_) => id.peer_of(peer.me()).map(|user| format!(", {}", self.whereabouts(user))),
            ConversationId::Group(group) => peer.groups().get(group).map(|group| format!(", {}", self.members(group))),
        };
        format!("talk: {name}{}{}", who.unwrap_or_default(), state.unwrap_or_default())
    }

    /// `led by bob, with carol and you`
    pub(super) fn members(self, group: &Group) -> String {
        let called = |user: &UserId| if user == self.model.me() { "you".to_owned() } else { user.to_string() };
        let leader = group
            .leader
            .as_ref()
            .map_or_else(|| "without a leader".to_owned(), |leader| format!("led by {}", called(leader)));
        let members: Vec<String> = group.members.iter().map(called).collect();
        if members.is_empty() { leader } else { format!("{leader}, with {}", members.join(", ")) }
    }

    /// `online`, `offline since 2 h ago`
    pub(super) fn whereabouts(self, user: &UserId) -> String {
        let Some(user) = self.model.peer.users().get(user) else { return "not seen yet".to_owned() };
        let plain = if user.is_plain() { ", without papo" } else { "" };
        let state = match (user.presence, user.since) {
            (Presence::Online, _) => "online".to_owned(),
            (Presence::Offline, Some(since)) => format!("offline, {}", self.clock.ago(since)),
            (Presence::Offline, None) => "offline".to_owned(),
            (Presence::Unknown, _) => "not seen yet".to_owned(),
        };
        state + plain
    }

    pub(super) fn opened(self, id: &ConversationId) -> String {
        let name = id.name(self.model.me());
        format!("talk: {name} is open. /talks {name} goes there")
    }

    /// That a conversation is over, if it is.
    pub(super) fn changed(self, id: &ConversationId) -> Option<String> {
        let why = over(self.model.peer.conversations().get(id)?.phase)?;
        Some(format!("talk: {}. {why}", id.name(self.model.me())))
    }

    /// The message at a place of the talk in front.
    pub(super) fn message_at(self, tab: &Tab, seq: u64) -> String {
        match tab.window.get(seq) {
            Some(message) => {
                let earlier = message.regards.and_then(|regards| tab.quoted(regards.id()));
                self.message(message, earlier.map(|(_, earlier)| earlier))
            }
            None => "a message that cannot be read".to_owned(),
        }
    }

    /// `#devs 09:20 carol: yes`
    pub(super) fn message_elsewhere(self, id: &ConversationId, message: &ChatMessage) -> String {
        format!("{} {}", id.name(self.model.me()), self.message(message, None))
    }

    /// `09:12 bob: morning!`, `09:13 alice answers bob, morning!: hi`
    fn message(self, message: &ChatMessage, earlier: Option<&ChatMessage>) -> String {
        let (at, author) = (self.when(message.at), &message.author);
        let failure = match message.failure.as_deref() {
            Some(DROPPED) => format!(" ({DROPPED})"),
            Some(why) => format!(" (not delivered: {why})"),
            None => String::new(),
        };
        match &message.body {
            Body::Text(words) => {
                let edited = if message.is_edited { " (edited)" } else { "" };
                let what = match message.regards {
                    None => String::new(),
                    Some(Regards::Replaces(_)) => " edits".to_owned(),
                    Some(Regards::Answers(_)) => format!(" answers {}", said_before(earlier)),
                };
                format!("{at} {author}{what}: {words}{edited}{failure}")
            }
            Body::End if author == self.model.me() => format!("{at} you want to end the talk{failure}"),
            Body::End => format!("{at} {author} wants to end the talk"),
            Body::Other { content_type, content } => {
                let size = content.len();
                format!("{at} {author}: [{content_type}, {size} bytes: this version cannot show it]{failure}")
            }
        }
    }

    /// `09:12`, and the day before it where it is not today.
    pub(super) fn when(self, at: Timestamp) -> String {
        let time = self.clock.time(at);
        if self.clock.date(at) == self.clock.date(self.clock.now) {
            time
        } else {
            format!("{} {time}", self.clock.day(at))
        }
    }
}

/// So much of what is answered is said.
const QUOTED: usize = 40;

/// `bob, shall we look at the pump?`
fn said_before(earlier: Option<&ChatMessage>) -> String {
    earlier.map_or("an earlier message".to_owned(), |earlier| {
        format!("{}, {}", earlier.author, text::truncate(&text::safe_line(earlier.body.first_line()), QUOTED))
    })
}

/// Why nothing can be written.
fn over(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Open { .. } => None,
        Phase::Closed => Some("both of you have ended it"),
        Phase::Left => Some("you have left it"),
        Phase::Removed => Some("its leader has removed you"),
        Phase::Disbanded => Some("it has been disbanded"),
    }
}
