//! Formats answers as lines: JSON for programs, or text without control characters for people.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::wire::Reply;
use crate::{
    app::{
        Language, LocalizedText, Lookalikes, localized, request_words,
        scripts::{Answer, Item, Status},
    },
    archive::{Record, json},
    domain::{BrokerList, Direction, Presence, RequestKind, RequestState, Timestamp, UserId},
    mqtt::BrokerUrl,
    ui::text,
};

/// Turns answers into reply lines, in the user's language.
#[derive(Debug, Clone)]
pub(in crate::runtime) struct IpcFormatter {
    pub(in crate::runtime) me: UserId,
    pub(in crate::runtime) language: Language,
    /// The brokers of the configuration.
    pub(in crate::runtime) brokers: Vec<BrokerUrl>,
    /// The time zone of the times in texts.
    pub(in crate::runtime) zone: TimeZone,
    /// Whether papo runs for a user. False if it runs for a single command.
    pub(in crate::runtime) has_user: bool,
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

    /// Whether papo uses none of the brokers that a request names.
    pub(super) fn is_elsewhere(&self, named: &BrokerList) -> bool {
        let is_used = |named: &BrokerUrl| self.brokers.iter().any(|used| named.has_same_place(used));
        !BrokerUrl::parse_list(named).is_ok_and(|named| named.iter().any(is_used))
    }

    /// Why papo refuses a request that names other brokers.
    pub(super) fn other_broker(&self, named: &BrokerList) -> String {
        let used = self.brokers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        text::safe_line(&self.language.translate(localized!("remote-other-broker", used, named = named.to_string())))
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
            Item::Status(status) => self.status_json(status),
            // Not reached: `reply` turns notes into `Reply::Remark`.
            Item::Note(what) => json!({ "event": "note", "text": self.language.translate(what.clone()) }),
            Item::OutboxRow { to, what, failure, waits_because } => json!({
                "event": "waiting",
                "to": to,
                "what": self.language.translate(what.clone()),
                "failure": failure,
                "waits_because": waits_because.clone().map(|why| self.language.translate(why)),
            }),
        }
    }

    fn status_json(&self, status: &Status) -> Value {
        let Status { broker, problem, online_users, users, groups, requests, unread, outbox, refused } = status;
        json!({
            "event": "status",
            "user": self.me.to_string(),
            "broker": broker,
            "running": self.has_user,
            "online": problem.is_none(),
            "problem": problem.clone().map(|why| self.language.translate(why)),
            "users": users,
            "online_users": online_users,
            "groups": groups,
            "requests": requests,
            "unread": unread,
            "outbox": outbox,
            "refused": refused,
        })
    }

    /// The state of papo, in one line.
    fn status_text(&self, status: &Status) -> String {
        let translate = |text| self.language.translate(text);
        let state = status.problem.clone().unwrap_or_else(|| "status-online".into());
        let parts = [
            localized!("status-users", online = status.online_users, count = status.users),
            localized!("status-groups", count = status.groups),
            localized!("header-requests", count = status.requests),
            localized!("header-unread", count = status.unread),
            localized!("header-outbox", count = status.outbox),
        ];
        let refused = (status.refused > 0).then(|| localized!("header-refused", count = status.refused));
        let not_running = (!self.has_user).then(|| "status-not-running".into());
        let parts: Vec<String> = parts.into_iter().chain(refused).chain(not_running).map(translate).collect();
        format!("{} @ {}: {} · {}", self.me, status.broker, translate(state), parts.join(", "))
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
                Some(since) => format!("{} {} {}", user.id, translate(user.presence.into()), self.local(since)),
                None => format!("{} {}", user.id, translate(user.presence.into())),
            },
            Item::Group(group) => {
                let everyone: Vec<String> = group.everyone().map(ToString::to_string).collect();
                let mark = if group.leader.is_some() { "★" } else { "" };
                format!("#{} {mark}{}", group.name, everyone.join(" "))
            }
            Item::Status(status) => self.status_text(status),
            Item::Note(what) => translate(what.clone()),
            Item::OutboxRow { to, what, failure, waits_because } => {
                let waits =
                    |why: &LocalizedText| translate(localized!("outbox-waits-because", why = translate(why.clone())));
                let state = failure.as_ref().map(|why| translate(why.into())).or(waits_because.as_ref().map(waits));
                let state = state.map(|state| format!(" ({state})")).unwrap_or_default();
                format!("{to}: {}{state}", translate(what.clone()))
            }
        }
    }

    /// Formats a time of a text in the time zone of the user, as an export does.
    fn local(&self, at: Timestamp) -> String {
        let zoned = moment(at).map(|time| time.to_zoned_datetime(self.zone.clone()));
        zoned.map_or_else(String::new, |zoned| zoned.strftime("%Y-%m-%d %H:%M").to_string())
    }
}

/// Formats a time as RFC 3339. Returns an empty text if the time is beyond the range of jiff.
fn time(at: Timestamp) -> String {
    moment(at).map_or_else(String::new, |time| time.to_string())
}

/// `None` if the time is beyond the range of jiff.
fn moment(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(i64::try_from(at.as_millis()).ok()?).ok()
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
        let zone = TimeZone::fixed(jiff::tz::offset(-3));
        let (me, brokers) = ("alice".parse().unwrap(), vec!["mqtt://localhost:1883".parse().unwrap()]);
        IpcFormatter { me, language: Language::english(), brokers, zone, has_user: true }
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
    fn text_has_local_times_and_json_exact_ones() {
        let at = Timestamp::from_millis(1_763_900_000_123);
        let user = User { presence: Presence::Offline, since: Some(at), ..User::new("bob".parse().unwrap(), at) };
        let item = || Answer::Item(Item::User(user.clone()));
        assert_eq!(formatter().reply(item(), false), Reply::Line("bob offline 2025-11-23 09:13".into()));
        let Reply::Line(json) = formatter().reply(item(), true) else { panic!("not a line") };
        assert!(json.contains("2025-11-23T12:13:20.123Z"), "{json}");
    }

    #[test]
    fn status_is_one_line_of_text() {
        let status = Status {
            broker: "mqtt://localhost:1883".into(),
            problem: None,
            online_users: 3,
            users: 5,
            groups: 1,
            requests: 2,
            unread: 4,
            outbox: 6,
            refused: 1,
        };
        let reply = |status: &Status| formatter().reply(Answer::Item(Item::Status(status.clone())), false);
        let counts = "3 of 5 users online, in 1 group, 2 requests, 4 unread, outbox 6, 1 refused";
        assert_eq!(reply(&status), Reply::Line(format!("alice @ mqtt://localhost:1883: online · {counts}")));
        let offline = Status { problem: Some("status-connecting".into()), ..status };
        assert_eq!(reply(&offline), Reply::Line(format!("alice @ mqtt://localhost:1883: connecting · {counts}")));
    }

    #[test]
    fn user_is_one_line_of_text() {
        let user = User { presence: Presence::Online, ..User::new("bob".parse().unwrap(), Timestamp::from_millis(0)) };
        let reply = formatter().reply(Answer::Item(Item::User(user)), false);
        assert_eq!(reply, Reply::Line("bob online".into()));
    }
}
