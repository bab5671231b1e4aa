//! Notices: the current one in the line above the hints, the question in the same line, the log of all notices, and the
//! journal of line mode.

use std::time::Duration;

use super::{
    chats::Chats,
    journal::{Journal, JournalEntry, NoticeLabel},
    log::{Level, NoticeLog},
    panes::View,
    question::Question,
};
use crate::{
    app::language::{Language, LocalizedText, localized},
    domain::{ChatId, MessageId, Now, Request, Tick},
    protocol::Peer,
};

/// How long a notice stays.
const INFO_DURATION: Duration = Duration::from_secs(4);
const WARNING_DURATION: Duration = Duration::from_secs(8);
/// How long a notice stays at least before one about a stray key may replace it.
const READING_TIME: Duration = Duration::from_secs(2);

/// The current notice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the other fields say what they hold")]
pub struct ShownNotice {
    pub text: String,
    pub level: Level,
    /// When the notice disappears.
    pub until: Tick,
    /// The number of ignored publications that the notice reports; 0 if it is about something else.
    pub ignored: u64,
    /// What the notice is about. It disappears when that is settled.
    pub about: Option<About>,
    /// True if the notice answers a key or a command of the user. No other notice replaces it before its time is over.
    pub is_answer: bool,
}

impl ShownNotice {
    /// The request that the notice is about.
    pub fn request(&self) -> Option<MessageId> {
        match self.about {
            Some(About::Request(id)) => Some(id),
            _ => None,
        }
    }
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A request, until it is answered.
    Request(MessageId),
    /// A chat that waits to come to the front, until it is active.
    Waiting(ChatId),
    /// The text in the composer, until it is gone.
    Draft,
    /// Keys that were not for the composer, until it has the focus.
    Focus,
    /// The active chat, until another one comes to the front.
    ActiveChat,
}

impl About {
    fn is_settled(&self, peer: &Peer, chats: &Chats, now: Settling) -> bool {
        match self {
            Self::Request(id) => !peer.request(*id).is_some_and(Request::is_pending),
            Self::Waiting(chat) => chats.active_chat() == Some(chat),
            Self::Draft => chats.composer().is_empty(),
            Self::Focus => now.is_in_composer,
            Self::ActiveChat => now.is_other_chat,
        }
    }
}

/// What decides whether a notice is settled, besides the peer and the chats.
#[derive(Debug, Clone, Copy)]
pub struct Settling {
    /// Whether the composer has the focus.
    pub is_in_composer: bool,
    /// Whether another chat came to the front, and no notice was shown since.
    pub is_other_chat: bool,
    /// The current time.
    pub at: Tick,
}

/// A question that stays in the line of notices until the user answers it or presses another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedQuestion {
    /// The question, which stands for the action to confirm.
    pub question: Question,
    /// The question in the user's language.
    pub text: String,
    /// The letters of an answer that the user has typed so far, if it [needs a word](Question::needs_word).
    pub typed: String,
    /// When it was asked.
    pub asked: Tick,
}

/// The current notice, and the records of all notices.
#[derive(Debug, Default)]
pub struct NoticeBoard {
    /// The current notice.
    pub current: Option<ShownNotice>,
    /// The open question. While there is one, it is shown in place of the notice.
    pub question: Option<PinnedQuestion>,
    /// The latest notice that waits because the current one is an answer to the user.
    next: Option<ShownNotice>,
    /// All notices since the start.
    pub log: NoticeLog,
    /// The entries to print in line mode.
    pub journal: Journal,
    /// The number of notices so far.
    count: u64,
}

impl NoticeBoard {
    /// A board without notices.
    pub fn new(view: View) -> Self {
        Self { journal: Journal::new(view), ..Self::default() }
    }

    /// Shows a notice, and logs it. Line mode prints it with the label. `is_answer`: it answers a key or a command.
    pub fn show(&mut self, label: NoticeLabel, level: Level, text: String, is_answer: bool, now: Now) {
        self.journal.note(JournalEntry::Notice { label, text: text.clone() });
        self.log.note(now.wall, level, text.clone());
        self.count += 1;
        let until = now.tick + duration(level);
        *self.slot(is_answer) = Some(ShownNotice { text, level, until, ignored: 0, about: None, is_answer });
        if is_answer {
            // What the answer replaces was shown already.
            self.next = None;
        }
    }

    /// Replaces the text of the current notice, if it is still number `number`.
    pub fn reword(&mut self, number: u64, text: String) {
        if let Some(notice) = self.current.as_mut().filter(|_| self.count == number) {
            notice.text = text;
        }
    }

    /// Sets what the last notice is about.
    pub fn about(&mut self, about: About) {
        if let Some(notice) = self.next.as_mut().or(self.current.as_mut()) {
            notice.about = Some(about);
        }
    }

    /// Returns whether the current notice answers the user or warns them, and they may not have read it yet.
    pub fn is_new(&self, now: Tick) -> bool {
        self.current.as_ref().is_some_and(|notice| {
            let matters = notice.is_answer || notice.level != Level::Info;
            matters && notice.about != Some(About::Focus) && notice.until + READING_TIME > now + duration(notice.level)
        })
    }

    /// The number of notices so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The place of a new notice. If the current one is an answer, a notice that is not waits behind it.
    fn slot(&mut self, is_answer: bool) -> &mut Option<ShownNotice> {
        let must_wait = !is_answer && self.current.as_ref().is_some_and(|current| current.is_answer);
        if must_wait { &mut self.next } else { &mut self.current }
    }

    /// Reports an ignored publication. The first notice shows the reason. While it is visible, further ones only
    /// increase a count in the notice, so that a flood causes a single notice. A visible error is not replaced.
    pub fn ignored(&mut self, reason: LocalizedText, language: &Language, now: Now) {
        match self.slot(false) {
            Some(notice) if notice.ignored > 0 => {
                notice.ignored += 1;
                notice.text = language.translate(localized!("ignored-several", count = notice.ignored));
            }
            Some(notice) if notice.level == Level::Error => {}
            _ => {
                self.show(Level::Warning.into(), Level::Warning, language.translate(reason), false, now);
                if let Some(notice) = self.slot(false) {
                    notice.ignored = 1;
                }
            }
        }
    }

    /// Removes the current notice. Returns whether there was one.
    pub fn dismiss(&mut self, now: Tick) -> bool {
        let was_shown = self.current.take().is_some();
        self.advance(now);
        was_shown
    }

    /// Removes the current notice if its time is over. While a question covers it, its time stands still.
    pub fn timeout(&mut self, now: Tick) {
        if self.question.is_none() {
            self.current.take_if(|notice| notice.until <= now);
            self.advance(now);
        }
    }

    /// When the current notice disappears.
    pub fn next_timeout(&self) -> Option<Tick> {
        self.current.as_ref().filter(|_| self.question.is_none()).map(|notice| notice.until)
    }

    /// Removes the question. The notice that it covered is shown for its whole time.
    pub fn end_question(&mut self, now: Tick) -> Option<PinnedQuestion> {
        let ended = self.question.take()?;
        if let Some(notice) = &mut self.current {
            notice.until = now + duration(notice.level);
        }
        Some(ended)
    }

    /// Removes the notices whose reason is gone.
    pub fn settle(&mut self, peer: &Peer, chats: &Chats, now: Settling) {
        for notice in [&mut self.current, &mut self.next] {
            notice.take_if(|notice| notice.about.as_ref().is_some_and(|about| about.is_settled(peer, chats, now)));
        }
        self.advance(now.at);
    }

    /// Shows the notice that waits, for its whole time, if there is no current one.
    fn advance(&mut self, now: Tick) {
        if self.current.is_none()
            && let Some(next) = self.next.take()
        {
            self.current = Some(ShownNotice { until: now + duration(next.level), ..next });
        }
    }
}

fn duration(level: Level) -> Duration {
    if level == Level::Info { INFO_DURATION } else { WARNING_DURATION }
}
