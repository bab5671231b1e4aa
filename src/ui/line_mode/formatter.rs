//! Formats events and states as single lines.

use crate::{
    app::{Connection, LocalizedText, Model, NoticeLabel, Tab, answers, asks, localized, with_help},
    domain::{Body, ChatId, ChatMessage, DeliveryFailure, Group, Phase, Presence, Relation, Timestamp, UserId},
    ui::{chat::sessions, clock::Clock, text},
};

/// Formats lines, with the texts and states of the model and the times of the clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineFormatter<'a> {
    pub(super) model: &'a Model,
    pub(super) clock: Clock<'a>,
}

impl LineFormatter<'_> {
    pub(super) fn translate(self, text: impl Into<LocalizedText>) -> String {
        self.clock.language.translate(text)
    }

    /// A text after its label: `warning: there is no /qiut`.
    pub(super) fn labelled(self, label: NoticeLabel, text: &str) -> String {
        if label == NoticeLabel::Question {
            let (label, cancels) = (self.translate("label-question"), self.translate("lines-question-cancels"));
            return format!("{label}: {text}; {cancels}");
        }
        let label = match label {
            NoticeLabel::Done => "papo".to_owned(),
            NoticeLabel::Warning => self.translate("label-warning"),
            NoticeLabel::Error => self.translate("label-error"),
            NoticeLabel::Request => self.translate("label-request"),
            NoticeLabel::Question => self.translate("label-question"),
            NoticeLabel::Answer => self.translate("label-answer"),
        };
        format!("{label}: {text}")
    }

    /// The first lines: the user's ID, pending requests and unread chats.
    pub(super) fn greeting(self) -> Vec<String> {
        let Self { model, .. } = self;
        let mut lines = vec![self.translate(localized!("lines-hello", me = model.peer.me(), broker = model.broker))];
        let waiting = model.peer.requests().filter(|request| request.waits_for_me());
        lines.extend(waiting.map(|request| {
            let words = self.translate(asks(&model.lookalikes, request)) + &self.translate(answers(request));
            self.labelled(NoticeLabel::Request, &words)
        }));
        let elsewhere = model.peer.chats().filter(|chat| model.chats.active_chat() != Some(chat.id()));
        lines.extend(elsewhere.filter(|chat| chat.unread() > 0).map(|chat| {
            let name = chat.id().to_string();
            self.translate(localized!("lines-unread", count = chat.unread(), name))
        }));
        lines
    }

    pub(super) fn connection(self) -> String {
        match &self.model.connection {
            Connection::Connecting => self.translate("lines-connecting"),
            Connection::Online => self.translate("lines-connected"),
            Connection::Reconnecting { why, .. } => self.translate(localized!("lines-reconnecting", why)),
            Connection::Stopped { why, help } => {
                self.translate(localized!("lines-stopped", why = with_help(why, help)))
            }
            Connection::ControlRefused { why } => self.translate(localized!("lines-deaf", why)),
        }
    }

    /// The line for a chat that becomes active: `chat: bob, online`, `chat: #devs, led by bob, with carol`.
    pub(super) fn heading(self, id: &ChatId) -> String {
        let peer = &self.model.peer;
        let name = id.to_string();
        let phase = peer.chat(id).map(|chat| chat.phase());
        let state = phase.and_then(closed_because).map(|why| format!(". {}", self.translate(why)));
        let who = match id {
            ChatId::User(user) => Some(format!(", {}", self.about_user(user))),
            ChatId::Group(group) => peer.groups().get(group).map(|group| format!(", {}", self.members(group))),
        };
        let about = format!("{}{}", who.unwrap_or_default(), state.unwrap_or_default());
        self.translate(localized!("lines-chat", name, about))
    }

    /// `led by bob, with carol and you`
    pub(super) fn members(self, group: &Group) -> String {
        let called =
            |user: &UserId| if user == self.model.peer.me() { self.translate("you") } else { user.to_string() };
        let leader = group.leader.as_ref().map_or_else(
            || self.translate("lines-leaderless"),
            |leader| self.translate(localized!("lines-led-by", leader = called(leader))),
        );
        let members: Vec<String> = group.members.iter().map(called).collect();
        if members.is_empty() {
            leader
        } else {
            self.translate(localized!("lines-with", leader, members = members.join(", ")))
        }
    }

    /// What is known of a user: `online`, `offline, 2 h ago, not using papo`.
    pub(super) fn about_user(self, user: &UserId) -> String {
        let Some(user) = self.model.peer.users().get(user) else { return self.translate("lines-not-seen") };
        let state = match (user.presence, user.since) {
            (Presence::Unknown, None) => self.translate("lines-not-seen"),
            (presence, _) => self.translate(presence),
        };
        let since = user.since.filter(|_| !user.is_online()).map(|since| self.clock.ago(since));
        let plain = user.is_plain().then(|| self.translate("lines-plain"));
        let blocked = user.is_blocked.then(|| self.translate("user-blocked"));
        let like = self.model.lookalikes.of(&user.id).map(|known| self.translate(localized!("looks-like", known)));
        [Some(state), since, plain, blocked, like].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    pub(super) fn opened(self, id: &ChatId) -> String {
        let name = id.to_string();
        self.translate(localized!("lines-opened", name))
    }

    /// The line for a chat that has ended; `None` while it is open.
    pub(super) fn changed(self, id: &ChatId) -> Option<String> {
        let why = closed_because(self.model.peer.chat(id)?.phase())?;
        let about = format!(". {}", self.translate(why));
        Some(self.translate(localized!("lines-chat", name = id.to_string(), about)))
    }

    /// The message at position `seq` of the active chat, after the line for the session that it begins.
    pub(super) fn message_at(self, tab: &Tab, seq: u64) -> Vec<String> {
        let Some(message) = tab.window.get(seq) else { return vec![self.translate("message-unreadable")] };
        let chat = self.model.peer.chat(&tab.chat);
        let session = chat.as_ref().and_then(|chat| sessions::beginning_at(chat, seq));
        let separator = session.map(|session| format!("-- {} --", sessions::label(self.clock, session, message)));
        let earlier = message.relation.and_then(|relation| tab.quoted(relation.id()));
        let phase = chat.and_then(|chat| sessions::phase_at(&chat, seq));
        separator.into_iter().chain([self.message(message, phase, earlier.map(|(_, earlier)| earlier))]).collect()
    }

    /// `#devs 09:20 carol: yes`. `phase` is that of the message's conversation.
    pub(super) fn message_elsewhere(self, id: &ChatId, message: &ChatMessage, phase: Option<Phase>) -> String {
        format!("{id} {}", self.message(message, phase, None))
    }

    /// `09:12 bob: morning!`, `09:13 alice answers bob, morning!: hi`
    fn message(self, message: &ChatMessage, phase: Option<Phase>, earlier: Option<&ChatMessage>) -> String {
        let author = &self.translate(self.model.lookalikes.display_name(&message.author));
        let at = self.when(message.at);
        let at = if message.clock_is_off { self.translate(localized!("lines-arrived", at)) } else { at };
        let failure = match &message.failure {
            Some(DeliveryFailure::Dropped) => format!(" ({})", self.translate("message-dropped")),
            Some(why) => format!(" ({})", self.translate(localized!("lines-failed", why = LocalizedText::from(why)))),
            None => String::new(),
        };
        match &message.body {
            Body::Text(_) => {
                let edited =
                    if message.is_edited { format!(" {}", self.translate("message-edited")) } else { String::new() };
                let what = match message.relation {
                    None => String::new(),
                    Some(Relation::Replaces(_)) => format!(" {}", self.translate("details-edits")),
                    Some(Relation::Answers(_)) => {
                        format!(" {} {}", self.translate("details-answers"), self.quote(earlier))
                    }
                };
                // A screen reader may read any line by itself.
                let words = self.translate(&message.body).replace('\n', &format!("\n{author}: "));
                format!("{at} {author}{what}: {words}{edited}{failure}")
            }
            Body::End => {
                let end = sessions::end_text(&message.author, self.model.peer.me(), phase);
                format!("{at} {}{failure}", self.translate(end))
            }
            Body::Membership(change) => format!("{at} {}", self.translate(change)),
            Body::Other { content_type, content } => {
                let size = content.len();
                format!("{at} {author}: {}{failure}", self.translate(localized!("message-foreign", content_type, size)))
            }
        }
    }

    /// The message that another one replies to: `bob, shall we look at the pump?`. `earlier` is `None` if it is not
    /// loaded.
    fn quote(self, earlier: Option<&ChatMessage>) -> String {
        let Some(earlier) = earlier else { return self.translate("earlier-message") };
        let words = self.translate(&earlier.body);
        format!("{}, {}", earlier.author, text::truncate(&text::safe_line(text::first_line(&words)), QUOTE_WIDTH))
    }

    /// `09:12` today, `Mon 23 Nov 09:12` on another day.
    pub(super) fn when(self, at: Timestamp) -> String {
        let is_today = self.clock.date(at) == self.clock.date(self.clock.now);
        if is_today { self.clock.time(at) } else { self.clock.day_and_time(at) }
    }
}

/// The maximum width of a quoted message, in columns.
const QUOTE_WIDTH: usize = 40;

/// The text key of the reason why the user cannot write in a chat; `None` if they can.
fn closed_because(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Open { .. } => None,
        Phase::Closed => Some("lines-both-ended"),
        Phase::Left => Some("lines-left"),
        Phase::Removed => Some("lines-removed"),
        Phase::Disbanded => Some("lines-disbanded"),
    }
}
