//! Notices: the one in the bottom line, the log of all of them, and the journal of line mode.

use std::time::Duration;

use super::{
    journal::{Entry, Journal, Label},
    log::{Level, NoticeLog},
};
use crate::{
    app::language::{Language, LocalizedText, localized},
    domain::{Now, Tick},
};

/// How long a notice stays in the bottom line, where the hints have to wait for it.
const INFO_LASTS: Duration = Duration::from_secs(4);
const WARNING_LASTS: Duration = Duration::from_secs(8);

/// The notice in the bottom line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the others are called what they hold")]
pub struct ShownNotice {
    pub text: String,
    pub level: Level,
    /// When it goes.
    pub until: Tick,
    /// How many ignored publications it speaks of.
    pub ignored: u64,
}

/// The notices, wherever they are shown.
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
    /// Shows a notice; in line mode it is printed under a label.
    pub fn show(&mut self, label: Label, level: Level, text: String, now: Now) {
        self.journal.note(Entry::Notice { label, text: text.clone() });
        self.log.note(now.wall, level, text.clone());
        let lasts = if level == Level::Info { INFO_LASTS } else { WARNING_LASTS };
        self.current = Some(ShownNotice { text, level, until: now.tick + lasts, ignored: 0 });
    }

    /// Tells of an ignored publication: the first one by its reason, those that follow soon by their number, so that a
    /// flood is one notice. An error stays in sight.
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

    /// Removes a notice that has been there long enough.
    pub fn timeout(&mut self, now: Tick) {
        self.current.take_if(|notice| notice.until <= now);
    }
}
