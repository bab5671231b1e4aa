//! Times as people read them.
//!
//! Owns the formats. The present and the time zone are handed in; nothing here reads a clock. Any timestamp
//! can be shown, also one that a hostile peer made up.

use jiff::{civil::Date, tz::TimeZone};

use crate::domain::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The present, and where the reader is.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// The present.
    pub now: Timestamp,
    /// The reader's time zone.
    pub zone: &'a TimeZone,
}

impl Clock<'_> {
    /// `09:12`
    pub fn time(self, at: Timestamp) -> String {
        self.format(at, "%H:%M")
    }

    /// `Mon 23 Nov`, and the year where it is not this one.
    pub fn day(self, at: Timestamp) -> String {
        let is_this_year = self.date(at).map(Date::year) == self.date(self.now).map(Date::year);
        self.format(at, if is_this_year { "%a %-d %b" } else { "%a %-d %b %Y" })
    }

    /// `09:12` today, `21 Nov` before.
    pub fn time_or_day(self, at: Timestamp) -> String {
        let is_today = self.date(at) == self.date(self.now);
        self.format(at, if is_today { "%H:%M" } else { "%-d %b" })
    }

    /// `09:12` today, `21 Nov` before, `21 Nov 2025` in another year.
    pub fn time_or_date(self, at: Timestamp) -> String {
        let year = |at| self.date(at).map(Date::year);
        if year(at) == year(self.now) { self.time_or_day(at) } else { self.format(at, "%-d %b %Y") }
    }

    /// `now`, `5 min ago`, `2 h ago`, `3 d ago`, `21 Nov`.
    pub fn ago(self, at: Timestamp) -> String {
        match self.now.since(at).as_secs() {
            0..MINUTE => "just now".to_owned(),
            seconds @ MINUTE..HOUR => format!("{} min ago", seconds / MINUTE),
            seconds @ HOUR..DAY => format!("{} h ago", seconds / HOUR),
            seconds if seconds < 14 * DAY => format!("{} d ago", seconds / DAY),
            _ => self.format(at, "%-d %b %Y"),
        }
    }

    /// The reader's date at `at`; `None` where the calendar does not reach.
    pub fn date(self, at: Timestamp) -> Option<Date> {
        Some(self.zoned(at)?.date())
    }

    fn zoned(self, at: Timestamp) -> Option<jiff::ZonedDateTime> {
        let millis = i64::try_from(at.as_millis()).ok()?;
        Some(jiff::Timestamp::from_millisecond(millis).ok()?.to_zoned_datetime(self.zone.clone()))
    }

    fn format(self, at: Timestamp, format: &str) -> String {
        self.zoned(at).map_or_else(|| "--:--".to_owned(), |zoned| zoned.strftime(format).to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// 2026-11-23 09:12:00 UTC
    const MORNING: Timestamp = Timestamp::from_millis(1_795_425_120_000);

    #[test]
    fn times_are_the_readers_own() {
        let brazil = TimeZone::fixed(jiff::tz::offset(-3));
        let here = Clock { now: MORNING, zone: &TimeZone::UTC };
        let there = Clock { now: MORNING, zone: &brazil };
        assert_eq!((here.time(MORNING), there.time(MORNING)), ("09:12".to_owned(), "06:12".to_owned()));
        assert_eq!(here.day(MORNING), "Mon 23 Nov");
        assert_eq!(here.day(Timestamp::from_millis(0)), "Thu 1 Jan 1970");
    }

    #[test]
    fn the_past_is_told_in_the_largest_unit() {
        let ago = |seconds| Clock { now: MORNING + Duration::from_secs(seconds), zone: &TimeZone::UTC }.ago(MORNING);
        assert_eq!(
            [ago(59), ago(60), ago(7200), ago(3 * DAY), ago(20 * DAY)],
            ["just now", "1 min ago", "2 h ago", "3 d ago", "23 Nov 2026"]
        );
    }

    #[test]
    fn times_beyond_the_calendar_are_shown_as_such() {
        let clock = Clock { now: MORNING, zone: &TimeZone::UTC };
        for absurd in [u64::MAX, u64::MAX / 2, 1 << 60] {
            let at = Timestamp::from_millis(absurd);
            assert_eq!((clock.time(at).as_str(), clock.date(at)), ("--:--", None));
            assert_eq!(clock.ago(at), "just now");
        }
    }
}
