//! Notices: the current one in the bottom line, the log of all notices, and the journal of line mode.

use std::time::Duration;

use super::{
    journal::{Journal, JournalEntry, NoticeLabel},
    log::{Level, NoticeLog},
};
use crate::{
    app::language::{Language, LocalizedText, localized},
    domain::{Now, Tick},
};

/// How long a notice stays in the bottom line. Meanwhile it covers the hints.
const INFO_DURATION: Duration = Duration::from_secs(4);
const WARNING_DURATION: Duration = Duration::from_secs(8);

/// The notice in the bottom line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the other fields say what they hold")]
pub struct ShownNotice {
    pub text: String,
    pub level: Level,
    /// When the notice disappears.
    pub until: Tick,
    /// The number of ignored publications that the notice reports; 0 if it is about something else.
    pub ignored: u64,
}

/// The current notice, and the records of all notices.
#[derive(Debug, Default)]
pub struct NoticeBoard {
    /// The notice in the bottom line.
    pub current: Option<ShownNotice>,
    /// All notices since the start.
    pub log: NoticeLog,
    /// The entries to print in line mode.
    pub journal: Journal,
}

impl NoticeBoard {
    /// Shows a notice, and logs it. Line mode prints it with the label.
    pub fn show(&mut self, label: NoticeLabel, level: Level, text: String, now: Now) {
        self.journal.note(JournalEntry::Notice { label, text: text.clone() });
        self.log.note(now.wall, level, text.clone());
        let duration = if level == Level::Info { INFO_DURATION } else { WARNING_DURATION };
        self.current = Some(ShownNotice { text, level, until: now.tick + duration, ignored: 0 });
    }

    /// Reports an ignored publication. The first notice shows the reason. While it is visible, further ones only
    /// increase a count in the notice, so that a flood causes a single notice. A visible error is not replaced.
    pub fn ignored(&mut self, reason: LocalizedText, language: &Language, now: Now) {
        match &mut self.current {
            Some(notice) if notice.ignored > 0 => {
                notice.ignored += 1;
                notice.text = language.translate(localized!("ignored-several", count = notice.ignored));
            }
            Some(notice) if notice.level == Level::Error => {}
            _ => {
                self.show(Level::Warning.into(), Level::Warning, language.translate(reason), now);
                if let Some(notice) = &mut self.current {
                    notice.ignored = 1;
                }
            }
        }
    }

    /// Removes the current notice if its time is over.
    pub fn timeout(&mut self, now: Tick) {
        self.current.take_if(|notice| notice.until <= now);
    }
}
