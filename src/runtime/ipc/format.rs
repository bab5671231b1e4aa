//! Formats answers as lines: JSON for programs, or text without control characters for people.

use serde_json::{Value, json};

use super::wire::Reply;
use crate::{
    app::{
        Language, Lookalikes, request_words,
        scripts::{Answer, Item},
    },
    archive::{Record, json},
    domain::{Direction, Presence, RequestKind, RequestState, Timestamp, UserId},
    ui::text,
};

/// Turns answers into reply lines, in the user's language.
#[derive(Debug, Clone)]
pub(in crate::runtime) struct IpcFormatter {
    pub(in crate::runtime) me: UserId,
    pub(in crate::runtime) language: Language,
}

impl IpcFormatter {
    pub(super) fn reply(&self, answer: Answer, is_json: bool) -> Reply {
        match answer {
            Answer::Item(Item::Note(what)) => Reply::Remark(text::safe_line(&self.language.translate(what))),
            Answer::Item(item) if is_json => Reply::Line(json(&self.json(&item))),
            Answer::Item(item) => Reply::Line(text::safe_line(&self.text_of(&item))),
            Answer::Done => Reply::Done,
            Answer::Unfinished(why) => Reply::TimedOut(text::safe_line(&self.language.translate(why))),
            Answer::Refused(why) => Reply::Refused(text::safe_line(&self.language.translate(why))),
        }
    }

    fn json(&self, item: &Item) -> Value {
        match item {
            Item::Message(conversation, message) => {
                let mut value = serde_json::to_value(Record::of(conversation, message, &self.me))
                    .expect("a record can always be serialized");
                value["event"] = "message".into();
                value
            }
            Item::Request(request) => json!({
                "event": "request",
                "id": request.id.to_string(),
                "direction": match request.direction { Direction::Incoming => "in", Direction::Outgoing => "out" },
                "user": request.peer.as_ref().map(ToString::to_string),
                "kind": kind(&request.kind),
                "group": request.kind.group().map(ToString::to_string),
                "state": state(&request.state),
                "talk": request.session().map(ToString::to_string),
                "time": time(request.at),
            }),
            Item::User(user) => json!({
                "event": "user",
                "user": user.id.to_string(),
                "presence": presence(user.presence),
                "since": user.since.map(time),
                "blocked": user.is_blocked,
            }),
            Item::Group(group) => json!({
                "event": "group",
                "group": group.name.to_string(),
                "leader": group.leader.as_ref().map(ToString::to_string),
                "members": group.members.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }),
            // Not reached: `reply` turns notes into `Reply::Remark`.
            Item::Note(what) => json!({ "event": "note", "text": self.language.translate(what.clone()) }),
            Item::OutboxRow { to, what, failure } => json!({
                "event": "waiting",
                "to": to,
                "what": self.language.translate(what.clone()),
                "failure": failure,
            }),
        }
    }

    fn text_of(&self, item: &Item) -> String {
        let translate = |text| self.language.translate(text);
        match item {
            Item::Message(conversation, message) => {
                let words = translate((&message.body).into());
                format!("{} {}: {words}", conversation.name(&self.me), message.author)
            }
            Item::Request(request) => {
                format!(
                    "{} ({})",
                    translate(request_words(&Lookalikes::default(), request)),
                    translate((&request.state).into())
                )
            }
            Item::User(user) => match user.since {
                Some(since) => format!("{} {} {}", user.id, translate(user.presence.into()), time(since)),
                None => format!("{} {}", user.id, translate(user.presence.into())),
            },
            Item::Group(group) => {
                let everyone: Vec<String> = group.everyone().map(ToString::to_string).collect();
                let mark = if group.leader.is_some() { "★" } else { "" };
                format!("#{} {mark}{}", group.name, everyone.join(" "))
            }
            Item::Note(what) => translate(what.clone()),
            Item::OutboxRow { to, what, failure } => match failure {
                Some(why) => format!("{to}: {} ({})", translate(what.clone()), translate(why.into())),
                None => format!("{to}: {}", translate(what.clone())),
            },
        }
    }
}

/// Formats a time as RFC 3339. Returns an empty text if the time is beyond the range of jiff.
fn time(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).ok();
    let time = millis.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    time.map_or_else(String::new, |time| time.to_string())
}

const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => "online",
        Presence::Offline => "offline",
        Presence::Unknown => "unknown",
    }
}

const fn state(state: &RequestState) -> &'static str {
    match state {
        RequestState::Pending => "pending",
        RequestState::Accepted(_) => "accepted",
        RequestState::Denied => "denied",
        RequestState::Withdrawn => "withdrawn",
        RequestState::Ignored => "ignored",
    }
}

const fn kind(kind: &RequestKind) -> &'static str {
    match kind {
        RequestKind::Chat => "talk",
        RequestKind::Join(_) => "join",
        RequestKind::Invite(_) => "invite",
        RequestKind::Lead(_) => "lead",
        RequestKind::UnknownSession(_) => "session",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Body, ChatMessage, MessageId, User};

    fn formatter() -> IpcFormatter {
        IpcFormatter { me: "alice".parse().unwrap(), language: Language::english() }
    }

    #[test]
    fn control_characters_in_messages_are_replaced() {
        let (id, body) = (MessageId::from_bytes([0; 16]), Body::Text("a\n\u{1b}[2J\u{202e}b".into()));
        let message = ChatMessage::new(id, "bob".parse().unwrap(), Timestamp::from_millis(0), body);
        let item = || Answer::Item(Item::Message("#devs".parse().unwrap(), message.clone()));
        assert_eq!(formatter().reply(item(), false), Reply::Line("#devs bob: a␊␛[2J‹U+202E›b".into()));
        let Reply::Line(json) = formatter().reply(item(), true) else { panic!("not a line") };
        assert!(!json.contains(['\n', '\u{1b}', '\u{202e}']) && json.contains("\"event\":\"message\""), "{json}");
        let refused = Answer::Refused(crate::app::LocalizedText::quoted("no\u{7}\n"));
        assert_eq!(formatter().reply(refused, false), Reply::Refused("no␇␊".into()));
    }

    #[test]
    fn user_is_one_line_of_text() {
        let user = User { presence: Presence::Online, ..User::new("bob".parse().unwrap(), Timestamp::from_millis(0)) };
        let reply = formatter().reply(Answer::Item(Item::User(user)), false);
        assert_eq!(reply, Reply::Line("bob online".into()));
    }
}
