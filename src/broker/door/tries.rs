//! How often passwords may be guessed.
//!
//! A try is counted before the password is checked, so that many at once are no way around the limit, and is given back
//! if the password was right. For a name, a try that is being checked counts apart: only wrong passwords use up the limit,
//! but all of them do, also those that were checked at once, which block the name for a minute at most: it may be an
//! honest user who waits. The tries of one address never count for another.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    rc::Rc,
    time::{Duration, Instant},
};

use super::slots::Source;

/// How often passwords may be guessed for a name, or from an address.
#[derive(Debug, Clone, Copy)]
struct Limit {
    /// Wrong passwords in a row.
    most: u32,
    /// The time until there may be one more.
    interval: Duration,
    /// Tries that are being checked at a time. [`None`]: as many as may be wrong.
    at_once: Option<u32>,
}

/// For one name from one address.
const OF_NAME: Limit = Limit { most: 5, interval: Duration::from_secs(12), at_once: Some(20) };
/// For all names together from one address. Does not hold on this machine, where a reverse proxy may stand for many.
///
/// More at once would delay everyone behind the address: all of them may be wrong.
const OF_SOURCE: Limit = Limit { most: 30, interval: Duration::from_secs(2), at_once: None };
/// The longest time until there may be one more try.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// How many buckets are kept.
const MAX_BUCKETS: usize = 10_000;

/// Why a password is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// There were too many wrong passwords; there may be another one after this time.
    Wrong(Duration),
    /// Too many are being checked.
    AtOnce,
}

/// A token bucket.
#[derive(Debug, Clone)]
struct Bucket {
    /// When it is full again, if all passwords that are being checked are wrong. It may be more than empty: tries at once
    /// cost time as if they had come one after another, but no more than [`MAX_WAIT`].
    full_at: Instant,
    /// When the last try was taken.
    taken_at: Instant,
    /// Each try that is being checked holds a copy.
    checked: Rc<()>,
}

impl Bucket {
    /// Takes a try.
    fn take(&mut self, limit: Limit, now: Instant) -> Result<Rc<()>, Exhausted> {
        let at_once = u32::try_from(Rc::strong_count(&self.checked) - 1).unwrap_or(u32::MAX);
        if at_once == 0 {
            self.full_at = self.full_at.min(self.taken_at + limit.interval * (limit.most - 1) + MAX_WAIT);
        }
        let full_at = self.full_at.max(now);
        // As if the passwords that are being checked were right.
        let wrong = full_at.checked_sub(limit.interval * at_once).map_or(now, |at| at.max(now));
        let wait = (wrong + limit.interval).saturating_duration_since(now + limit.interval * limit.most);
        if !wait.is_zero() {
            return Err(Exhausted::Wrong(wait));
        }
        let is_full = match limit.at_once {
            Some(most) => at_once >= most,
            None => full_at + limit.interval > now + limit.interval * limit.most,
        };
        if is_full {
            return Err(Exhausted::AtOnce);
        }
        (self.full_at, self.taken_at) = (full_at + limit.interval, now);
        Ok(Rc::clone(&self.checked))
    }

    fn give_back(&mut self, limit: Limit) {
        self.full_at = self.full_at.checked_sub(limit.interval).unwrap_or(self.full_at);
    }
}

/// A source, and a hash of the name for the bucket of a name. The names themselves may be long.
type Key = (Source, Option<u64>);

/// A try that is being checked. Dropping it means that the password was wrong, or that nobody knows.
#[derive(Debug)]
pub struct Try {
    /// The buckets from which it was taken, each with its limit and a copy of [`Bucket::checked`].
    buckets: Vec<(Key, Limit, Rc<()>)>,
}

/// Counts the tries of all addresses and names.
#[derive(Debug, Default)]
pub struct Tries {
    buckets: HashMap<Key, Bucket>,
    hasher: RandomState,
}

impl Tries {
    /// Counts a try. After an error nothing is counted.
    pub fn take(&mut self, source: Source, name: &str, now: Instant) -> Result<Try, Exhausted> {
        self.make_room(now);
        let of_name = (source, Some(self.hasher.hash_one(name)));
        let mut taken = Try { buckets: Vec::new() };
        let of_source = source.is_remote().then_some(((source, None), OF_SOURCE));
        for (key, limit) in of_source.into_iter().chain([(of_name, OF_NAME)]) {
            let bucket = self.buckets.entry(key).or_insert_with(|| Bucket {
                full_at: now,
                taken_at: now,
                checked: Rc::default(),
            });
            match bucket.take(limit, now) {
                Ok(checked) => taken.buckets.push((key, limit, checked)),
                Err(error) => {
                    self.give_back(taken);
                    return Err(error);
                }
            }
        }
        Ok(taken)
    }

    /// The try does not count: the password was right, or is not checked.
    pub fn give_back(&mut self, taken: Try) {
        for (key, limit, _) in taken.buckets {
            if let Some(bucket) = self.buckets.get_mut(&key) {
                bucket.give_back(limit);
            }
        }
    }

    /// Drops the buckets that are full, and if that is not enough, the half that will be full first.
    fn make_room(&mut self, now: Instant) {
        if self.buckets.len() + 2 <= MAX_BUCKETS {
            return;
        }
        self.buckets.retain(|_, bucket| bucket.full_at > now);
        if self.buckets.len() > MAX_BUCKETS / 2 {
            let mut times: Vec<Instant> = self.buckets.values().map(|bucket| bucket.full_at).collect();
            let (_, &mut median, _) = times.select_nth_unstable(self.buckets.len() / 2);
            self.buckets.retain(|_, bucket| bucket.full_at > median);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::clock::now, *};

    const LOCAL: Source = Source::Local(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn source(last: u32) -> Source {
        Source::of(std::net::Ipv4Addr::from_bits(0xC000_0200 + last).into())
    }

    /// A wrong password. `Err`: it is not checked.
    fn guess(tries: &mut Tries, source: Source, name: &str, now: Instant) -> Result<(), Exhausted> {
        tries.take(source, name, now).map(drop)
    }

    fn wait(seconds: u64) -> Result<(), Exhausted> {
        Err(Exhausted::Wrong(Duration::from_secs(seconds)))
    }

    #[test]
    fn name_has_five_tries_and_one_more_every_12_s() {
        let (mut tries, start) = (Tries::default(), now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for source in [LOCAL, source(1)] {
            for _ in 0..5 {
                assert_eq!(guess(&mut tries, source, "alice", at(0)), Ok(()));
            }
            assert_eq!(guess(&mut tries, source, "alice", at(0)), wait(12));
            assert_eq!(guess(&mut tries, source, "alice", at(11)), wait(1));
            assert_eq!(guess(&mut tries, source, "alice", at(12)), Ok(()));
            assert_eq!(guess(&mut tries, source, "alice", at(12)), wait(12));
            assert_eq!(guess(&mut tries, source, "bob", at(12)), Ok(()), "another name");
        }
        assert_eq!(guess(&mut tries, source(2), "alice", at(12)), Ok(()), "another address");
        for _ in 0..5 {
            assert_eq!(guess(&mut tries, LOCAL, "alice", at(1000)), Ok(()));
        }
        assert!(tries.take(LOCAL, "alice", at(1000)).is_err(), "no more than five are saved up");
    }

    #[test]
    fn right_login_gives_its_try_back() {
        let (mut tries, now) = (Tries::default(), now());
        for _ in 0..100 {
            let taken = tries.take(source(1), "alice", now).unwrap();
            tries.give_back(taken);
        }
        for _ in 0..5 {
            assert_eq!(guess(&mut tries, source(1), "alice", now), Ok(()));
        }
        assert_eq!(guess(&mut tries, source(1), "alice", now), wait(12));
    }

    #[test]
    fn twenty_right_logins_may_come_at_once() {
        let (mut tries, now) = (Tries::default(), now());
        for source in [LOCAL, source(1)] {
            // Also after some wrong ones.
            for _ in 0..4 {
                assert_eq!(guess(&mut tries, source, "alice", now), Ok(()));
            }
            for _ in 0..3 {
                let taken: Vec<Try> = (0..20).map(|_| tries.take(source, "alice", now).unwrap()).collect();
                assert_eq!(tries.take(source, "alice", now).map(drop), Err(Exhausted::AtOnce));
                assert_eq!(guess(&mut tries, source, "bob", now), Ok(()), "another name");
                for taken in taken {
                    tries.give_back(taken);
                }
            }
            assert_eq!(guess(&mut tries, source, "alice", now), Ok(()));
            assert_eq!(guess(&mut tries, source, "alice", now), wait(12));
        }
    }

    #[test]
    fn guesses_at_once_cost_a_minute() {
        let (mut tries, start) = (Tries::default(), now());
        let mut checked = 0;
        // Twenty hours.
        for seconds in 0..72_000 {
            let now = start + Duration::from_secs(seconds);
            let taken: Vec<Try> = (0..200).filter_map(|_| tries.take(LOCAL, "alice", now).ok()).collect();
            checked += taken.len();
            assert!(taken.len() <= 20);
            if seconds == 1 {
                assert_eq!((checked, taken.len()), (20, 0));
                assert_eq!(guess(&mut tries, LOCAL, "alice", now), wait(59));
            }
        }
        assert_eq!(checked, 20 * 1200, "twenty a minute");
    }

    #[test]
    fn other_machine_has_30_tries_for_all_names() {
        let (mut tries, now) = (Tries::default(), now());
        for number in 0..30 {
            assert_eq!(guess(&mut tries, source(1), &number.to_string(), now), Ok(()));
        }
        assert_eq!(guess(&mut tries, source(1), "x", now), wait(2));
        assert_eq!(guess(&mut tries, source(2), "x", now), Ok(()));
        for number in 0..100 {
            assert_eq!(guess(&mut tries, LOCAL, &number.to_string(), now), Ok(()));
        }
    }

    #[test]
    fn many_users_of_an_address_may_log_in_at_once() {
        let (mut tries, now) = (Tries::default(), now());
        let take = |tries: &mut Tries, number: u32| tries.take(source(1), &number.to_string(), now);
        for _ in 0..3 {
            let taken: Vec<Try> = (0..30).map(|number| take(&mut tries, number).unwrap()).collect();
            assert_eq!(take(&mut tries, 30).map(drop), Err(Exhausted::AtOnce));
            for taken in taken {
                tries.give_back(taken);
            }
        }
    }

    #[test]
    fn guesses_at_once_for_many_names_cost_the_address_no_more_than_others() {
        let (mut tries, start) = (Tries::default(), now());
        // Also after some wrong ones.
        for number in 0..10 {
            assert_eq!(guess(&mut tries, source(1), &format!("wrong {number}"), start), Ok(()));
        }
        let take = |number: u32| tries.take(source(1), &number.to_string(), start);
        let (taken, refused): (Vec<_>, Vec<_>) = (0..60).map(take).partition(Result::is_ok);
        assert_eq!(taken.len(), 20);
        assert!(refused.into_iter().all(|refused| refused.is_err_and(|error| error == Exhausted::AtOnce)));
        drop(taken);
        assert_eq!(guess(&mut tries, source(1), "alice", start), wait(2));
        let later = start + Duration::from_secs(2);
        let right = tries.take(source(1), "alice", later).unwrap();
        tries.give_back(right);
        assert_eq!(guess(&mut tries, source(1), "alice", later), Ok(()));
        assert_eq!(guess(&mut tries, source(1), "bob", later), wait(2));
    }

    #[test]
    fn exhausted_name_does_not_use_up_the_address() {
        let (mut tries, now) = (Tries::default(), now());
        for _ in 0..50 {
            let _ = guess(&mut tries, source(1), "alice", now);
        }
        for number in 0..25 {
            assert_eq!(guess(&mut tries, source(1), &number.to_string(), now), Ok(()));
        }
    }

    #[test]
    fn table_is_bounded_and_keeps_who_guesses_most() {
        let (mut tries, now) = (Tries::default(), now());
        for _ in 0..5 {
            guess(&mut tries, source(0), "alice", now).unwrap();
        }
        for last in 1..30_000 {
            guess(&mut tries, source(last), "alice", now).unwrap();
            assert!(tries.buckets.len() <= MAX_BUCKETS);
        }
        assert!(tries.take(source(0), "alice", now).is_err());
    }
}
