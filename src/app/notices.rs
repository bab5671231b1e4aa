//! What is worth the attention of somebody who looks elsewhere: what the terminal is asked to tell, and when not.

use std::time::Duration;

use super::{effect::Effect, front, model::Model};
use crate::domain::{ChatMessage, ConversationId, Notices, Tick, is_mentioned, localized};

/// After connecting, what waited comes all at once: it is counted, and told by no notice.
const BACKLOG: Duration = Duration::from_secs(3);
/// While it goes on coming so closely, it is still the backlog.
const GAP: Duration = Duration::from_secs(1);
/// A talk that never rests is no backlog.
const LONGEST: Duration = Duration::from_secs(30);
/// More of a message is not told.
const WORDS: usize = 200;

/// What the configuration says of notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// In talks of two.
    pub talks: Notices,
    /// In groups.
    pub groups: Notices,
    /// Whether notices say what was written.
    pub content: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { talks: Notices::All, groups: Notices::Mentions, content: true }
    }
}

/// When messages are still the backlog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Backlog {
    /// Until then, unless more comes.
    until: Option<Tick>,
    /// Until then at most.
    at_most: Tick,
}

impl Backlog {
    pub(super) fn connected(&mut self, now: Tick) {
        *self = Self { until: Some(now + BACKLOG), at_most: now + LONGEST };
    }

    /// Without a connection nothing is told either: what comes of itself is what was kept.
    pub(super) fn disconnected(&mut self) {
        self.until = None;
    }

    /// A message came; whether it is of the backlog.
    fn includes(&mut self, now: Tick) -> bool {
        let Some(until) = self.until else { return true };
        if now >= until {
            return false;
        }
        self.until = Some(until.max((now + GAP).min(self.at_most)));
        true
    }
}

/// What is told of a conversation: as was said there, else as is configured for its kind.
pub(super) fn of(model: &Model, conversation: &ConversationId) -> Notices {
    let kept = model.peer.conversations().get(conversation).and_then(|kept| kept.notices);
    kept.unwrap_or(match conversation {
        ConversationId::Session(_) => model.notices.talks,
        ConversationId::Group(_) => model.notices.groups,
    })
}

/// A message of somebody else came.
pub(super) fn message_came(
    model: &mut Model,
    conversation: &ConversationId,
    message: &ChatMessage,
    effects: &mut Vec<Effect>,
) {
    let now = model.now.tick;
    if model.backlog.includes(now) || front::is_seen(model, conversation) {
        return;
    }
    let words = message.body.words();
    let is_wanted = match of(model, conversation) {
        Notices::All => true,
        Notices::Mentions => is_mentioned(words, model.me()),
        Notices::Never => false,
    };
    if !is_wanted {
        return;
    }
    let words = if message.body.is_blank() { &model.language.translate("message-empty") } else { words };
    let body = match conversation {
        _ if !model.notices.content => model.language.translate(localized!("has-written", author = message.author)),
        ConversationId::Session(_) => start_of(words),
        ConversationId::Group(_) => format!("{}: {}", message.author, start_of(words)),
    };
    effects.push(Effect::Notify { title: conversation.name(model.me()), body });
}

fn start_of(words: &str) -> String {
    words.chars().take(WORDS).collect()
}
