//! Notifications: whether a message rings the bell or reaches the desktop while the user looks elsewhere.

use std::time::Duration;

use crate::{
    app::{
        effect::Effect,
        language::{Language, localized},
    },
    domain::{ChatMessage, ConversationId, NotifyLevel, NotifySettings, Tick, is_mentioned},
    protocol::Peer,
};

/// After connecting, queued messages come all at once: they are counted, and cause no notification.
const BACKLOG: Duration = Duration::from_secs(3);
/// While messages go on coming so closely, they are still the backlog.
const BACKLOG_GAP: Duration = Duration::from_secs(1);
/// A chat that never rests is no backlog.
const BACKLOG_LIMIT: Duration = Duration::from_secs(30);
/// The characters of a message that a notification shows.
const BODY_LIMIT: usize = 200;

/// The settings, and how long messages are backlog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notifications {
    /// The configured settings.
    pub settings: NotifySettings,
    /// When the backlog ends, unless more comes; nothing while there is no connection.
    until: Option<Tick>,
    /// When it ends at the latest.
    at_most: Tick,
}

impl Notifications {
    /// Notifications as configured, before the first connection.
    pub fn new(settings: NotifySettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// The connection was made or lost. Messages that come without one were stored before, and are backlog.
    pub fn connection_changed(&mut self, now: Tick, is_online: bool) {
        self.until = is_online.then(|| now + BACKLOG);
        self.at_most = now + BACKLOG_LIMIT;
    }

    /// Which messages of a conversation notify: as set there, else as configured for its kind.
    pub fn level(&self, peer: &Peer, conversation: &ConversationId) -> NotifyLevel {
        let kept = peer.conversations().get(conversation).and_then(|kept| kept.notify_level);
        kept.unwrap_or_else(|| self.configured_level(conversation))
    }

    /// Which messages of a conversation notify by the configuration, whatever is set in it.
    pub fn configured_level(&self, conversation: &ConversationId) -> NotifyLevel {
        match conversation {
            ConversationId::Session(_) => self.settings.talks,
            ConversationId::Group(_) => self.settings.groups,
        }
    }

    /// The notification of a message of another, which may be seen as it comes.
    pub fn message_came(
        &mut self,
        (conversation, message): (&ConversationId, &ChatMessage),
        is_seen: bool,
        peer: &Peer,
        language: &Language,
        now: Tick,
    ) -> Option<Effect> {
        if self.is_backlog(now) || is_seen {
            return None;
        }
        let is_wanted = match self.level(peer, conversation) {
            NotifyLevel::All => true,
            NotifyLevel::Mentions => is_mentioned(message.body.words(), peer.me()),
            NotifyLevel::Never => false,
        };
        let words = &language.translate(&message.body);
        is_wanted.then(|| {
            let body = match conversation {
                _ if !self.settings.content => language.translate(localized!("has-written", author = message.author)),
                ConversationId::Session(_) => start_of(words),
                ConversationId::Group(_) => format!("{}: {}", message.author, start_of(words)),
            };
            Effect::Notify { title: conversation.name(peer.me()), body }
        })
    }

    fn is_backlog(&mut self, now: Tick) -> bool {
        let Some(until) = self.until else { return true };
        if now >= until {
            return false;
        }
        self.until = Some(until.max((now + BACKLOG_GAP).min(self.at_most)));
        true
    }
}

fn start_of(words: &str) -> String {
    words.chars().take(BODY_LIMIT).collect()
}
