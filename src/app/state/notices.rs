//! Notices: the current one in the line above the hints, the question in the same line, the log of all notices, and the
//! journal of line mode.

use std::{collections::VecDeque, time::Duration};

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
/// How long the user needs to read a notice. Until then, what happens meanwhile waits.
const READING_TIME: Duration = Duration::from_secs(2);
/// The most notices that wait.
const MOST_WAITING: usize = 4;

/// Which notices a notice replaces, and which replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Something happened that the user need not read. Waits until a notice of another priority is over; of several
    /// that wait, the latest is shown.
    Ordinary,
    /// Something happened that the user must not overlook, such as a request. Waits while the user reads another one,
    /// and comes back if an answer replaces it too early.
    Important,
    /// Answers a key or a line. Replaces any other notice. Is over with the next line, and when the user goes to
    /// another chat, or opens or closes an overlay.
    Answer,
    /// The runtime reports on what the user requested. Replaces any other notice.
    Report,
}

/// A notice that is shown, or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the other fields say what they hold")]
pub struct ShownNotice {
    pub text: String,
    pub level: Level,
    pub priority: Priority,
    /// Since when it is shown.
    since: Tick,
    /// When the notice disappears.
    pub until: Tick,
    /// The number of ignored publications that the notice reports; 0 if it is about something else.
    pub ignored: u64,
    /// What the notice is about. It disappears when that is settled.
    pub about: Option<About>,
    /// The number of this notice.
    number: u64,
    /// The length of an answer before the remark, in bytes.
    remark_at: usize,
}

impl ShownNotice {
    /// The pending request that the notice is about; the first of several.
    pub fn request(&self) -> Option<MessageId> {
        match &self.about {
            Some(About::Incoming(requests)) => requests.first().copied(),
            _ => None,
        }
    }

    /// Begins the notice's time.
    fn start(&mut self, now: Tick) {
        (self.since, self.until) = (now, now + duration(self.level));
    }

    fn is_read(&self, now: Tick) -> bool {
        self.since + READING_TIME <= now
    }

    /// Adds the requests of another notice about requests. `is_earlier`: before those that it has. Returns false if not
    /// both are about requests.
    fn merge(&mut self, other: &Self, is_earlier: bool) -> bool {
        let (Some(About::Incoming(mine)), Some(About::Incoming(added))) = (&mut self.about, &other.about) else {
            return false;
        };
        let at = if is_earlier { 0 } else { mine.len() };
        mine.splice(at..at, added.iter().copied());
        true
    }

    /// Returns whether what the notice is about is settled, or the user has left the place of an answer. Requests that
    /// are not pending any more are left out.
    fn is_settled(&mut self, peer: &Peer, chats: &Chats, now: Settling) -> bool {
        let is_pending = |id: &MessageId| peer.request(*id).is_some_and(Request::is_pending);
        let has_left = now.has_left && self.priority == Priority::Answer;
        let Some(about) = &mut self.about else { return has_left };
        match about {
            About::Incoming(requests) => {
                requests.retain(is_pending);
                requests.is_empty()
            }
            About::NotAsked(chat) => has_left || peer.chat(chat).is_some_and(|chat| chat.is_open()),
            About::Open(chat) => has_left || peer.chat(chat).is_none_or(|chat| !chat.is_open()),
            About::Waiting(chat) => chats.active_chat() == Some(chat),
            About::Request(id) => has_left || !is_pending(id),
            About::Draft => has_left || chats.composer().is_empty(),
            About::Begun(line) => has_left || !chats.composer().as_str().starts_with(&*line),
            About::Line(line) => has_left || chats.composer().as_str() != line,
            About::Focus => has_left || now.is_in_composer,
            About::Connecting => !now.is_connecting,
        }
    }
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Requests to me, until I have answered all of them.
    Incoming(Vec<MessageId>),
    /// A request of mine, until it is answered.
    Request(MessageId),
    /// A chat that the user did not ask for after all, until it opens nevertheless.
    NotAsked(ChatId),
    /// A chat that has opened, until it is over.
    Open(ChatId),
    /// A chat that waits to come to the front, until it is active.
    Waiting(ChatId),
    /// The text in the composer, until it is gone.
    Draft,
    /// A line in the composer that begins with this text, until it is gone.
    Begun(String),
    /// This text in the composer, until it changes.
    Line(String),
    /// Keys that were not for the composer, until it has the focus.
    Focus,
    /// An attempt to connect that the user asked for, until papo is online.
    Connecting,
}

/// What decides whether a notice is settled, besides the peer and the chats.
#[derive(Debug, Clone, Copy)]
pub struct Settling {
    /// Whether the composer has the focus.
    pub is_in_composer: bool,
    /// Whether papo is connecting.
    pub is_connecting: bool,
    /// Whether the user has gone to another chat, or opened or closed an overlay, and no notice was shown since.
    pub has_left: bool,
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
    /// The letters of an answer that the user has typed so far: of a name that confirms it, or of a word for yes or no.
    pub typed: String,
    /// When it was asked.
    pub asked: Tick,
}

impl PinnedQuestion {
    /// Returns whether what is typed belongs to the answer: it needs a word, or one was begun.
    pub fn takes_typing(&self) -> bool {
        self.question.needs_word() || !self.typed.is_empty()
    }
}

/// The current notice, and the records of all notices.
#[derive(Debug, Default)]
pub struct NoticeBoard {
    /// The current notice.
    pub current: Option<ShownNotice>,
    /// The open question. While there is one, it is shown in place of the notice.
    pub question: Option<PinnedQuestion>,
    /// The notices that wait while the user reads the current one, the next one first.
    waiting: VecDeque<ShownNotice>,
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

    /// Shows a notice, and logs it. Line mode prints it with the label.
    pub fn show(
        &mut self,
        label: NoticeLabel,
        level: Level,
        text: String,
        priority: Priority,
        about: Option<About>,
        now: Now,
    ) {
        self.record(label, level, &text, now);
        let (since, number) = (now.tick, self.count);
        let until = since + duration(level);
        let notice = ShownNotice { text, level, priority, since, until, ignored: 0, about, number, remark_at: 0 };
        let is_answer = matches!(priority, Priority::Answer | Priority::Report);
        if is_answer || !self.must_wait(&notice, now.tick) {
            let replaced = self.current.replace(notice);
            self.waiting.retain(|waiting| waiting.priority != Priority::Ordinary);
            let is_overlooked = |it: &ShownNotice| it.priority == Priority::Important && !self.is_read(it, now.tick);
            if let Some(replaced) = replaced.filter(is_overlooked) {
                self.enqueue(replaced, true);
            }
        } else {
            self.enqueue(notice, false);
            self.advance(now.tick);
        }
    }

    /// Remarks on what the user typed. If they may not have read the answer to an earlier key yet, both are shown.
    pub fn remark(&mut self, text: String, now: Now) {
        // A remark replaces the notice about keys that were not for the composer: it says more.
        self.current.take_if(|it| it.about == Some(About::Focus));
        if let Some(current) = self.current.take_if(|it| it.priority == Priority::Answer && !it.is_read(now.tick)) {
            self.record(Level::Info.into(), Level::Info, &text, now);
            let before = format!("{} · ", current.text);
            let (remark_at, number) = (before.len(), self.count);
            let mut both =
                ShownNotice { text: before + &text, priority: Priority::Important, number, remark_at, ..current };
            both.start(now.tick);
            self.current = Some(both);
        } else {
            self.show(Level::Info.into(), Level::Info, text, Priority::Important, None, now);
        }
    }

    fn record(&mut self, label: NoticeLabel, level: Level, text: &str, now: Now) {
        self.journal.note(JournalEntry::Notice { label, text: text.to_owned() });
        self.log.note(now.wall, level, text);
        self.count += 1;
    }

    /// Takes back the last notice, because one that says more about the same event follows. The log keeps it.
    pub fn supersede(&mut self, now: Tick) {
        let last = self.count;
        let is_last =
            |it: &ShownNotice| it.number == last && it.priority == Priority::Important && it.request().is_none();
        self.current.take_if(|it| is_last(it));
        self.waiting.retain(|it| !is_last(it));
        self.advance(now);
    }

    /// Takes back a notice if it is the current one: one that says more about the same text follows. The log keeps it.
    pub fn take_back(&mut self, number: u64) {
        self.current.take_if(|it| it.number == number);
    }

    /// Returns whether a notice that is no answer must wait for the current one.
    fn must_wait(&self, notice: &ShownNotice, now: Tick) -> bool {
        let Some(current) = &self.current else { return false };
        match (current.priority, notice.priority) {
            (Priority::Ordinary, _) => false,
            (_, Priority::Ordinary) => true,
            _ => self.has_important() || !self.is_read(current, now),
        }
    }

    /// Returns whether the user has had the time to read the current notice. Behind a question it cannot be read.
    fn is_read(&self, current: &ShownNotice, now: Tick) -> bool {
        self.question.is_none() && current.is_read(now)
    }

    fn has_important(&self) -> bool {
        self.waiting.iter().any(|notice| notice.priority == Priority::Important)
    }

    /// Lets a notice wait, before or after the others. Notices about requests become one, and so do equal ones. Of too
    /// many, the oldest that is not about a request is dropped; the log has it.
    fn enqueue(&mut self, notice: ShownNotice, is_first: bool) {
        if notice.priority == Priority::Ordinary {
            self.waiting.retain(|waiting| waiting.priority != Priority::Ordinary);
        }
        let is_known = |waiting: &mut ShownNotice| waiting.merge(&notice, is_first) || waiting.text == notice.text;
        if self.waiting.iter_mut().any(is_known) {
            return;
        }
        if is_first {
            self.waiting.push_front(notice);
        } else {
            self.waiting.push_back(notice);
        }
        if self.waiting.len() > MOST_WAITING
            && let Some(oldest) = self.waiting.iter().position(|waiting| waiting.request().is_none())
        {
            self.waiting.remove(oldest);
        }
    }

    /// Replaces the text of the current notice, or the remark in it, if it is still number `number`.
    pub fn reword(&mut self, number: u64, text: &str) {
        if let Some(notice) = self.current.as_mut().filter(|notice| notice.number == number) {
            notice.text.truncate(notice.remark_at);
            notice.text.push_str(text);
        }
    }

    /// Sets what the last notice is about.
    pub fn about(&mut self, about: About) {
        let mut notices = self.current.iter_mut().chain(&mut self.waiting);
        if let Some(last) = notices.find(|notice| notice.number == self.count) {
            last.about = Some(about);
        }
    }

    /// Returns whether the current notice matters to the user, and they may not have read it yet.
    pub fn is_new(&self, now: Tick) -> bool {
        self.current.as_ref().is_some_and(|notice| {
            let matters = notice.priority != Priority::Ordinary || notice.level != Level::Info;
            matters && notice.about != Some(About::Focus) && !notice.is_read(now)
        })
    }

    /// The number of notices so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Reports an ignored publication. The first notice shows the reason. Until it is over, further ones only increase
    /// a count in the notice, so that a flood causes a single notice. A visible error is not replaced.
    pub fn ignored(&mut self, reason: LocalizedText, language: &Language, now: Now) {
        let mut notices = self.current.iter_mut().chain(&mut self.waiting);
        if let Some(notice) = notices.find(|notice| notice.ignored > 0) {
            notice.ignored += 1;
            notice.text = language.translate(localized!("ignored-several", count = notice.ignored));
        } else if !self.current.as_ref().is_some_and(|notice| notice.level == Level::Error) {
            let text = language.translate(reason);
            self.show(Level::Warning.into(), Level::Warning, text, Priority::Ordinary, None, now);
            let mut notices = self.current.iter_mut().chain(&mut self.waiting);
            if let Some(notice) = notices.find(|notice| notice.number == self.count) {
                notice.ignored = 1;
            }
        }
    }

    /// Removes the current notice. Returns whether there was one.
    pub fn dismiss(&mut self, now: Tick) -> bool {
        let was_shown = self.current.take().is_some();
        self.advance(now);
        was_shown
    }

    /// Removes the current notice if it answers a key or an earlier line: the user has sent or run the next line.
    pub fn end_answer(&mut self, now: Tick) {
        self.current.take_if(|notice| notice.priority == Priority::Answer);
        self.advance(now);
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
        let current = self.current.as_ref().filter(|_| self.question.is_none())?;
        let read = current.since + READING_TIME;
        Some(if self.has_important() { read.min(current.until) } else { current.until })
    }

    /// Removes the question. The notice that it covered is shown for its whole time.
    pub fn end_question(&mut self, now: Tick) -> Option<PinnedQuestion> {
        let ended = self.question.take()?;
        if let Some(notice) = &mut self.current {
            notice.start(now);
        }
        Some(ended)
    }

    /// Removes the notices whose reason is gone. `request_text` has the text of a notice about some requests.
    pub fn settle(
        &mut self,
        (peer, chats): (&Peer, &Chats),
        now: Settling,
        request_text: impl FnOnce(&[MessageId]) -> String,
    ) {
        self.current.take_if(|notice| notice.is_settled(peer, chats, now));
        self.waiting.retain_mut(|notice| !notice.is_settled(peer, chats, now));
        self.advance(now.at);
        if let Some(ShownNotice { text, about: Some(About::Incoming(requests)), .. }) = &mut self.current {
            *text = request_text(requests);
        }
    }

    /// Shows the next notice that waits, for its whole time, if there is no current one, or if it matters and the user
    /// has had the time to read the current one.
    fn advance(&mut self, now: Tick) {
        let is_over = self.current.as_ref().is_none_or(|notice| self.has_important() && self.is_read(notice, now));
        if !is_over {
            return;
        }
        let important = self.waiting.iter().position(|notice| notice.priority == Priority::Important);
        if let Some(mut next) = self.waiting.remove(important.unwrap_or(0)) {
            next.start(now);
            self.current = Some(next);
        }
    }
}

fn duration(level: Level) -> Duration {
    if level == Level::Info { INFO_DURATION } else { WARNING_DURATION }
}
