//! Formats times for people.
//!
//! The current time and the time zone are inputs; nothing here reads a clock. Any timestamp can be formatted, even one
//! that a hostile peer made up. A [`Clock`] records when a text that it returned is out of date.

use std::cell::Cell;

use jiff::{civil::Date, tz::TimeZone};

use crate::{
    app::{Language, localized},
    domain::Timestamp,
};

/// An hour in minutes.
const HOUR: u64 = 60;
/// A day in minutes.
const DAY: u64 = 24 * HOUR;
const MILLIS_PER_MINUTE: u64 = 60_000;

/// The text for a time beyond the calendar.
const UNKNOWN: &str = "--:--";

/// The current time, the time zone and the language.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the other fields need no explanation")]
pub struct Clock<'a> {
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    pub language: &'a Language,
    /// When the first of the texts returned so far is out of date; `None` if none depends on the current time.
    pub stale_at: &'a Cell<Option<Timestamp>>,
}

impl Clock<'_> {
    /// `09:12`
    pub fn time(self, at: Timestamp) -> String {
        self.zoned(at).map_or_else(|| UNKNOWN.to_owned(), |zoned| zoned.strftime("%H:%M").to_string())
    }

    /// `Mon 23 Nov`, followed by the year if it is not the current one.
    pub fn day(self, at: Timestamp) -> String {
        let Some(date) = self.date(at) else { return UNKNOWN.to_owned() };
        let number = date.weekday().to_monday_one_offset().unsigned_abs();
        let weekday = self.language.translate(localized!("weekday", number = u64::from(number)));
        let is_this_year = Some(date.year()) == self.today().map(Date::year);
        let date = if is_this_year { self.short(date) } else { self.long(date) };
        format!("{weekday} {date}")
    }

    /// `Mon 23 Nov 09:12`
    pub fn day_and_time(self, at: Timestamp) -> String {
        format!("{} {}", self.day(at), self.time(at))
    }

    /// `09:12` today, `21 Nov` on another day.
    pub fn time_or_day(self, at: Timestamp) -> String {
        match self.date(at) {
            Some(date) if Some(date) != self.today() => self.short(date),
            _ => self.time(at),
        }
    }

    /// `09:12` today, `21 Nov` on another day of this year, `21 Nov 2025` in another year.
    pub fn time_or_date(self, at: Timestamp) -> String {
        match self.date(at) {
            Some(date) if Some(date.year()) != self.today().map(Date::year) => self.long(date),
            _ => self.time_or_day(at),
        }
    }

    /// `just now`, `5 min ago`, `2 h ago`, `3 d ago`, `21 Nov 2025`. Ignores the seconds of both times, so that all
    /// such texts change at the start of a minute, and the screen is redrawn at most once a minute.
    pub fn ago(self, at: Timestamp) -> String {
        let [now, then] = [self.now, at].map(|time| time.as_millis() / MILLIS_PER_MINUTE);
        let minutes = now.saturating_sub(then);
        let (text, unit) = match minutes {
            0 => (self.language.translate("time-now"), 1),
            1..HOUR => (self.language.translate(localized!("time-minutes", count = minutes)), 1),
            HOUR..DAY => (self.language.translate(localized!("time-hours", count = minutes / HOUR)), HOUR),
            _ if minutes < 14 * DAY => (self.language.translate(localized!("time-days", count = minutes / DAY)), DAY),
            _ => return self.date(at).map_or_else(|| UNKNOWN.to_owned(), |date| self.long(date)),
        };
        let next = then.saturating_add((minutes / unit + 1) * unit);
        self.goes_stale(Timestamp::from_millis(next.saturating_mul(MILLIS_PER_MINUTE)));
        text
    }

    /// The date in the time zone of the clock; `None` if `at` is beyond the calendar.
    pub fn date(self, at: Timestamp) -> Option<Date> {
        Some(self.zoned(at)?.date())
    }

    /// The current date. Records that a text which depends on it is out of date at midnight.
    fn today(self) -> Option<Date> {
        let today = self.date(self.now)?;
        let midnight = self.zone.to_timestamp(today.tomorrow().ok()?.at(0, 0, 0, 0)).ok()?;
        self.goes_stale(Timestamp::from_millis(u64::try_from(midnight.as_millisecond()).ok()?));
        Some(today)
    }

    /// Records that a text is out of date at `at`.
    fn goes_stale(self, at: Timestamp) {
        self.stale_at.set(Some(self.stale_at.get().map_or(at, |known| known.min(at))));
    }

    fn zoned(self, at: Timestamp) -> Option<jiff::ZonedDateTime> {
        let millis = i64::try_from(at.as_millis()).ok()?;
        Some(jiff::Timestamp::from_millisecond(millis).ok()?.to_zoned_datetime(self.zone.clone()))
    }

    /// `23 Nov`
    fn short(self, date: Date) -> String {
        let number = |number: i8| u64::from(number.unsigned_abs());
        let month = self.language.translate(localized!("month", number = number(date.month())));
        self.language.translate(localized!("date", day = number(date.day()), month))
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
    fn times_are_in_the_time_zone_of_the_reader() {
        let (english, stale_at) = (Language::english(), Cell::new(None));
        let brazil = TimeZone::fixed(jiff::tz::offset(-3));
        let here = Clock { now: MORNING, zone: &TimeZone::UTC, language: &english, stale_at: &stale_at };
        let there = Clock { zone: &brazil, ..here };
        assert_eq!((here.time(MORNING), there.time(MORNING)), ("09:12".to_owned(), "06:12".to_owned()));
        assert_eq!(stale_at.get(), None, "a time of day does not depend on the current time");
        assert_eq!(here.day(MORNING), "Mon 23 Nov");
        assert_eq!(here.day(Timestamp::from_millis(0)), "Thu 1 Jan 1970");
        assert_eq!(stale_at.get(), Some(MORNING + Duration::from_secs(14 * 3600 + 48 * 60)), "at midnight");
        stale_at.set(None);
        there.day(MORNING);
        assert_eq!(stale_at.get(), Some(MORNING + Duration::from_secs(17 * 3600 + 48 * 60)), "at midnight in Brazil");
    }

    /// The text for 09:12:20 at `seconds` after 09:12:00, and the number of seconds until it is out of date.
    fn ago(seconds: u64) -> (String, Option<u64>) {
        let (language, stale_at) = (Language::english(), Cell::new(None));
        let now = MORNING + Duration::from_secs(seconds);
        let clock = Clock { now, zone: &TimeZone::UTC, language: &language, stale_at: &stale_at };
        let text = clock.ago(MORNING + Duration::from_secs(20));
        (text, stale_at.get().map(|at| at.since(now).as_secs()))
    }

    #[test]
    fn past_time_has_the_largest_unit_and_is_out_of_date_when_it_changes() {
        let day = 24 * 3600;
        let cases = [
            (20, "just now", Some(40)),
            (59, "just now", Some(1)),
            (60, "1 min ago", Some(60)),
            (3599, "59 min ago", Some(1)),
            (7230, "2 h ago", Some(3570)),
            (3 * day, "3 d ago", Some(day)),
            (20 * day, "23 Nov 2026", None),
        ];
        for (seconds, text, holds) in cases {
            assert_eq!(ago(seconds), (text.to_owned(), holds));
        }
    }

    #[test]
    fn times_beyond_the_calendar_do_not_panic() {
        let (english, stale_at) = (Language::english(), Cell::new(None));
        let clock = Clock { now: MORNING, zone: &TimeZone::UTC, language: &english, stale_at: &stale_at };
        for absurd in [u64::MAX, u64::MAX / 2, 1 << 60] {
            let at = Timestamp::from_millis(absurd);
            assert_eq!((clock.time(at).as_str(), clock.date(at)), ("--:--", None));
            assert_eq!(clock.ago(at), "just now");
        }
    }
}
