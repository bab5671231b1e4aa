//! Times as people read them.
//!
//! Owns the formats. The present and the time zone are handed in; nothing here reads a clock. Any timestamp
//! can be shown, also one that a hostile peer made up.

use jiff::{civil::Date, tz::TimeZone};

use crate::{
    app::Language,
    domain::{Timestamp, phrase},
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A time beyond the calendar.
const UNKNOWN: &str = "--:--";

/// The present, and where the reader is.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// The present.
    pub now: Timestamp,
    /// The reader's time zone.
    pub zone: &'a TimeZone,
    /// The reader's language.
    pub language: &'a Language,
}

impl Clock<'_> {
    /// `09:12`
    pub fn time(self, at: Timestamp) -> String {
        self.zoned(at).map_or_else(|| UNKNOWN.to_owned(), |zoned| zoned.strftime("%H:%M").to_string())
    }

    /// `Mon 23 Nov`, and the year where it is not this one.
    pub fn day(self, at: Timestamp) -> String {
        let Some(date) = self.date(at) else { return UNKNOWN.to_owned() };
        let number = date.weekday().to_monday_one_offset().unsigned_abs();
        let weekday = self.language.say(phrase!("weekday", number = u64::from(number)));
        let is_this_year = Some(date.year()) == self.date(self.now).map(Date::year);
        let date = if is_this_year { self.short(date) } else { self.long(date) };
        format!("{weekday} {date}")
    }

    /// `09:12` today, `21 Nov` before.
    pub fn time_or_day(self, at: Timestamp) -> String {
        match self.date(at) {
            Some(date) if Some(date) != self.date(self.now) => self.short(date),
            _ => self.time(at),
        }
    }

    /// `09:12` today, `21 Nov` before, `21 Nov 2025` in another year.
    pub fn time_or_date(self, at: Timestamp) -> String {
        match self.date(at) {
            Some(date) if Some(date.year()) != self.date(self.now).map(Date::year) => self.long(date),
            _ => self.time_or_day(at),
        }
    }

    /// `now`, `5 min ago`, `2 h ago`, `3 d ago`, `21 Nov`.
    pub fn ago(self, at: Timestamp) -> String {
        match self.now.since(at).as_secs() {
            0..MINUTE => self.language.say("time-now"),
            seconds @ MINUTE..HOUR => self.language.say(phrase!("time-minutes", count = seconds / MINUTE)),
            seconds @ HOUR..DAY => self.language.say(phrase!("time-hours", count = seconds / HOUR)),
            seconds if seconds < 14 * DAY => self.language.say(phrase!("time-days", count = seconds / DAY)),
            _ => self.date(at).map_or_else(|| UNKNOWN.to_owned(), |date| self.long(date)),
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

    /// `23 Nov`
    fn short(self, date: Date) -> String {
        let number = |number: i8| u64::from(number.unsigned_abs());
        let month = self.language.say(phrase!("month", number = number(date.month())));
        self.language.say(phrase!("date", day = number(date.day()), month))
    }

    /// `23 Nov 2026`
    fn long(self, date: Date) -> String {
        format!("{} {}", self.short(date), date.year())
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
        let english = Language::english();
        let brazil = TimeZone::fixed(jiff::tz::offset(-3));
        let here = Clock { now: MORNING, zone: &TimeZone::UTC, language: &english };
        let there = Clock { now: MORNING, zone: &brazil, language: &english };
        assert_eq!((here.time(MORNING), there.time(MORNING)), ("09:12".to_owned(), "06:12".to_owned()));
        assert_eq!(here.day(MORNING), "Mon 23 Nov");
        assert_eq!(here.day(Timestamp::from_millis(0)), "Thu 1 Jan 1970");
    }

    #[test]
    fn the_past_is_told_in_the_largest_unit() {
        let english = Language::english();
        let ago = |seconds| {
            Clock { now: MORNING + Duration::from_secs(seconds), zone: &TimeZone::UTC, language: &english }.ago(MORNING)
        };
        assert_eq!(
            [ago(59), ago(60), ago(7200), ago(3 * DAY), ago(20 * DAY)],
            ["just now", "1 min ago", "2 h ago", "3 d ago", "23 Nov 2026"]
        );
    }

    #[test]
    fn times_beyond_the_calendar_are_shown_as_such() {
        let english = Language::english();
        let clock = Clock { now: MORNING, zone: &TimeZone::UTC, language: &english };
        for absurd in [u64::MAX, u64::MAX / 2, 1 << 60] {
            let at = Timestamp::from_millis(absurd);
            assert_eq!((clock.time(at).as_str(), clock.date(at)), ("--:--", None));
            assert_eq!(clock.ago(at), "just now");
        }
    }
}
