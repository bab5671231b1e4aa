//! Notifications: which messages ring the bell or notify on the desktop while the user does not see the chat.

use std::time::Duration;

use crate::{
    app::{
        effect::Effect,
        language::{Language, localized},
    },
    domain::{ChatId, ChatMessage, NotifyLevel, NotifySettings, Tick, is_mentioned},
    protocol::Peer,
};

/// Messages that arrive within this time after connecting are backlog: queued messages, which cause no notification.
const BACKLOG: Duration = Duration::from_secs(3);
/// While further messages arrive within this interval, the backlog continues.
const BACKLOG_GAP: Duration = Duration::from_secs(1);
/// After this time the backlog ends in any case: the messages then belong to a busy chat.
const BACKLOG_LIMIT: Duration = Duration::from_secs(30);
/// The most characters of a message that a notification shows.
const BODY_LIMIT: usize = 200;

/// The settings of notifications, and the time until which messages are backlog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notifications {
    /// The configured settings.
    pub settings: NotifySettings,
    /// When the backlog ends unless more messages arrive; `None` while there is no connection.
    backlog_end: Option<Tick>,
    /// When the backlog ends at the latest.
    latest_backlog_end: Tick,
}

impl Notifications {
    /// The state before the first connection, with these settings.
    pub fn new(settings: NotifySettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Called when the connection is made or lost. Messages that papo handles while offline arrived earlier, so they
    /// are backlog.
    pub fn connection_changed(&mut self, now: Tick, is_online: bool) {
        self.backlog_end = is_online.then(|| now + BACKLOG);
        self.latest_backlog_end = now + BACKLOG_LIMIT;
    }

    /// Which messages of a chat notify: the level set with `/notify`, or else the configured one.
    pub fn level(&self, peer: &Peer, chat: &ChatId) -> NotifyLevel {
        let own_level = peer.chat(chat).and_then(|chat| chat.notify_level());
        own_level.unwrap_or_else(|| self.configured_level(chat))
    }

    /// The configured level for this kind of chat. It ignores the level set with `/notify`.
    pub fn configured_level(&self, chat: &ChatId) -> NotifyLevel {
        match chat {
            ChatId::User(_) => self.settings.talks,
            ChatId::Group(_) => self.settings.groups,
        }
    }

    /// The notification for a message of another user, or `None` if it needs none. `is_seen` is true if the user sees
    /// the message already.
    pub fn message_arrived(
        &mut self,
        (chat, message): (&ChatId, &ChatMessage),
        is_seen: bool,
        peer: &Peer,
        language: &Language,
        now: Tick,
    ) -> Option<Effect> {
        if self.is_backlog(now) || is_seen {
            return None;
        }
        let is_wanted = match self.level(peer, chat) {
            NotifyLevel::All => true,
            NotifyLevel::Mentions => is_mentioned(message.body.words(), peer.me()),
            NotifyLevel::Never => false,
        };
        is_wanted.then(|| {
            let words = &language.translate(&message.body);
            let body = match chat {
                _ if !self.settings.content => language.translate(localized!("has-written", author = message.author)),
                ChatId::User(_) => start_of(words),
                ChatId::Group(_) => format!("{}: {}", message.author, start_of(words)),
            };
            Effect::Notify { title: chat.to_string(), body }
        })
    }

    fn is_backlog(&mut self, now: Tick) -> bool {
        let Some(until) = self.backlog_end else { return true };
        if now >= until {
            return false;
        }
        self.backlog_end = Some(until.max((now + BACKLOG_GAP).min(self.latest_backlog_end)));
        true
    }
}

fn start_of(words: &str) -> String {
    words.chars().take(BODY_LIMIT).collect()
}
