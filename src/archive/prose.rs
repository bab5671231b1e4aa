//! The readable formats of an export: text and Markdown.

use std::{fmt::Write, slice};

use jiff::{civil::Date, tz::TimeZone};

use crate::{
    domain::{Body, ChatMessage, ConversationId, Membership, Timestamp, UserId},
    text,
};

/// Formats messages as text or Markdown. Remembers the last conversation and date, to know when a heading is due.
pub(super) struct Prose {
    zone: TimeZone,
    conversation: Option<ConversationId>,
    date: Option<Date>,
}

impl Prose {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { zone, conversation: None, date: None }
    }

    /// Formats a message as `2025-11-23 09:12 bob: morning!`, with further lines indented.
    pub(super) fn text(&mut self, conversation: &ConversationId, message: &ChatMessage, me: &UserId) -> String {
        let mut out = String::new();
        if self.enter(conversation) {
            let _ = writeln!(out, "{}", heading(conversation, me));
        }
        let words = text::safe(&words(message)).replace('\n', "\n    ");
        let _ = writeln!(out, "{} {}: {words}", self.when(message.at, "%Y-%m-%d %H:%M"), message.author);
        out
    }

    /// Formats a message as a list item, with a heading for each conversation and each day.
    pub(super) fn markdown(&mut self, conversation: &ConversationId, message: &ChatMessage, me: &UserId) -> String {
        let mut out = String::new();
        if self.enter(conversation) {
            let _ = writeln!(out, "# {}\n", escaped(&heading(conversation, me)));
        }
        let date = self.date(message.at);
        if self.date != date || date.is_none() {
            self.date = date;
            let _ = writeln!(out, "\n## {}\n", self.when(message.at, "%Y-%m-%d"));
        }
        let words = escaped(&text::safe(&words(message))).replace('\n', "  \n  ");
        let author = escaped(message.author.as_str());
        let _ = writeln!(out, "- {} **{author}** {words}", self.when(message.at, "%H:%M"));
        out
    }

    /// Remembers the conversation of the next message. Returns whether it differs from that of the message before.
    fn enter(&mut self, conversation: &ConversationId) -> bool {
        let is_new = self.conversation.as_ref() != Some(conversation);
        if is_new {
            self.conversation = Some(conversation.clone());
            self.date = None;
        }
        is_new
    }

    fn zoned(&self, at: Timestamp) -> Option<jiff::ZonedDateTime> {
        let millis = i64::try_from(at.as_millis()).ok()?;
        Some(jiff::Timestamp::from_millisecond(millis).ok()?.to_zoned_datetime(self.zone.clone()))
    }

    fn date(&self, at: Timestamp) -> Option<Date> {
        Some(self.zoned(at)?.date())
    }

    fn when(&self, at: Timestamp, format: &str) -> String {
        self.zoned(at).map_or_else(|| "?".to_owned(), |zoned| zoned.strftime(format).to_string())
    }
}

fn heading(conversation: &ConversationId, me: &UserId) -> String {
    match conversation {
        ConversationId::Session(session) => format!("{} ({session})", conversation.name(me)),
        ConversationId::Group(_) => conversation.to_string(),
    }
}

/// The text that is exported for a message.
fn words(message: &ChatMessage) -> String {
    let mut words = match &message.body {
        Body::Other { content_type, content } => format!("[{content_type}, {} bytes]", content.len()),
        Body::Text(text) => text.clone(),
        Body::End => "proposed to end this session".to_owned(),
        Body::Membership(change) => membership(change, &message.author),
    };
    if message.is_edited {
        words += " (edited)";
    }
    if let Some(why) = &message.failure {
        let _ = write!(words, " (not delivered: {why})");
    }
    words
}

/// What is exported for a change of a group, after the name of its author.
fn membership(change: &Membership, author: &UserId) -> String {
    let names = |users: &[UserId]| users.iter().map(UserId::as_str).collect::<Vec<_>>().join(", ");
    match change {
        Membership::Created => "created the group".to_owned(),
        Membership::Joined(users) if users.as_slice() == slice::from_ref(author) => "joined".to_owned(),
        Membership::Joined(users) => format!("added {}", names(users)),
        Membership::Left(_) => "left".to_owned(),
        Membership::Removed(user) => format!("removed {user}"),
        Membership::Gone(users) => format!("no longer a member: {}", names(users)),
        Membership::Leads(_) => "leads the group now".to_owned(),
        Membership::Disbanded => "disbanded the group".to_owned(),
        Membership::Refused => "could not create the group".to_owned(),
    }
}

/// Escapes the ASCII punctuation that can have a meaning in `CommonMark`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '?' | '\'' | '"' | ':' | ';' | '/' | '%' | '=' | '@') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        archive::{Format, Writer, file_name},
        domain::MessageId,
    };

    const DAY: u64 = 86_400_000;

    fn written(format: Format, messages: &[(&str, u64, &str)]) -> String {
        let mut writer = Writer::new(format, "alice".parse().unwrap(), TimeZone::UTC);
        let line = |(conversation, at, text): &(&str, u64, &str)| {
            let (id, body) = (MessageId::from_bytes([0; 16]), Body::Text((*text).to_owned()));
            let message = ChatMessage::new(id, "bob".parse().unwrap(), Timestamp::from_millis(*at), body);
            writer.write(&conversation.parse().unwrap(), &message)
        };
        messages.iter().map(line).collect()
    }

    #[test]
    fn text_has_a_line_for_each_message() {
        let messages = [("bob_alice_1", 0, "morning!\n\u{1b}[2J"), ("bob_alice_1", DAY, "yes"), ("#devs", DAY, "x")];
        assert_eq!(
            written(Format::Text, &messages),
            "bob (bob_alice_1)\n1970-01-01 00:00 bob: morning!\n    ␛[2J\n1970-01-02 00:00 bob: yes\n#devs\n\
             1970-01-02 00:00 bob: x\n"
        );
    }

    #[test]
    fn markdown_has_a_heading_for_each_day_and_escapes_markup() {
        let messages = [("#devs", 0, "# no heading <b> *x* [a](javascript:b)"), ("#devs", DAY, "two\n- lines")];
        assert_eq!(
            written(Format::Markdown, &messages),
            "# \\#devs\n\n\n## 1970-01-01\n\n- 00:00 **bob** \\# no heading \\<b\\> \\*x\\* \\[a\\]\\(javascript:b\\)\n\
             \n## 1970-01-02\n\n- 00:00 **bob** two  \n  \\- lines\n"
        );
    }

    #[test]
    fn time_outside_the_calendar_is_exported() {
        assert!(written(Format::Text, &[("#devs", u64::MAX, "x")]).contains("? bob: x"));
        assert!(written(Format::JsonLines, &[("#devs", u64::MAX, "x")]).contains("\"time\":\"9999-12-30"));
    }

    #[test]
    fn file_is_named_after_user_and_conversation() {
        let me = "alice".parse().unwrap();
        assert_eq!(file_name(Some(&"#devs".parse().unwrap()), &me, Format::Markdown, 1), "papo-alice-devs.md");
        assert_eq!(file_name(Some(&"bob".parse().unwrap()), &me, Format::Text, 1), "papo-alice-bob.txt");
        assert_eq!(file_name(None, &me, Format::JsonLines, 1), "papo-alice-all.jsonl");
    }
}
