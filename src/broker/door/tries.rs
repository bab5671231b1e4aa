//! How often passwords may be guessed.
//!
//! A try is counted before the password is checked, so that many at once are no way around the limit, and is given back
//! if the password was right. The tries of one address never count for another.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    time::{Duration, Instant},
};

use super::slots::Source;

/// The tries for one name from one address, and the time until there is one more.
const OF_NAME: (u32, Duration) = (5, Duration::from_secs(12));
/// The same for all names together. Does not hold on this machine, where a reverse proxy may stand for many.
const OF_SOURCE: (u32, Duration) = (30, Duration::from_secs(2));
/// How many buckets are kept.
const MAX_BUCKETS: usize = 10_000;

/// A token bucket, as the time at which it is full again.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    full_at: Instant,
}

impl Bucket {
    /// Takes a try. `Err`: how long until there is one.
    fn take(&mut self, (most, interval): (u32, Duration), now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.max(now) + interval;
        match full_at.checked_duration_since(now + interval * most) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.full_at = full_at;
                Ok(())
            }
        }
    }

    fn give_back(&mut self, interval: Duration) {
        self.full_at = self.full_at.checked_sub(interval).unwrap_or(self.full_at);
    }
}

/// A source, and a hash of the name for the bucket of a name. The names themselves may be long.
type Key = (Source, Option<u64>);

/// Counts the tries of all addresses and names.
#[derive(Debug, Default)]
pub struct Tries {
    buckets: HashMap<Key, Bucket>,
    hasher: RandomState,
}

impl Tries {
    /// Counts a try. `Err`: how long to wait, and nothing is counted.
    pub fn take(&mut self, source: Source, name: &str, now: Instant) -> Result<(), Duration> {
        let [of_source, of_name] = self.keys(source, name);
        self.make_room(now);
        let is_limited = source.is_remote();
        if is_limited {
            self.bucket(of_source, now).take(OF_SOURCE, now)?;
        }
        let taken = self.bucket(of_name, now).take(OF_NAME, now);
        if taken.is_err() && is_limited {
            self.bucket(of_source, now).give_back(OF_SOURCE.1);
        }
        taken
    }

    /// The password was right: the try does not count.
    pub fn give_back(&mut self, source: Source, name: &str) {
        for (key, (_, interval)) in self.keys(source, name).into_iter().zip([OF_SOURCE, OF_NAME]) {
            if let Some(bucket) = self.buckets.get_mut(&key) {
                bucket.give_back(interval);
            }
        }
    }

    fn keys(&self, source: Source, name: &str) -> [Key; 2] {
        [(source, None), (source, Some(self.hasher.hash_one(name)))]
    }

    fn bucket(&mut self, key: Key, now: Instant) -> &mut Bucket {
        self.buckets.entry(key).or_insert(Bucket { full_at: now })
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

    #[test]
    fn name_has_five_tries_and_one_more_every_12_s() {
        let (mut tries, start) = (Tries::default(), now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for source in [LOCAL, source(1)] {
            for _ in 0..5 {
                assert_eq!(tries.take(source, "alice", at(0)), Ok(()));
            }
            assert_eq!(tries.take(source, "alice", at(0)), Err(Duration::from_secs(12)));
            assert_eq!(tries.take(source, "alice", at(11)), Err(Duration::from_secs(1)));
            assert_eq!(tries.take(source, "alice", at(12)), Ok(()));
            assert_eq!(tries.take(source, "alice", at(12)), Err(Duration::from_secs(12)));
            assert_eq!(tries.take(source, "bob", at(12)), Ok(()), "another name");
        }
        assert_eq!(tries.take(source(2), "alice", at(12)), Ok(()), "another address");
        for _ in 0..5 {
            assert_eq!(tries.take(LOCAL, "alice", at(1000)), Ok(()));
        }
        assert!(tries.take(LOCAL, "alice", at(1000)).is_err(), "no more than five are saved up");
    }

    #[test]
    fn right_login_gives_its_try_back() {
        let (mut tries, now) = (Tries::default(), now());
        for _ in 0..100 {
            assert_eq!(tries.take(source(1), "alice", now), Ok(()));
            tries.give_back(source(1), "alice");
        }
        for _ in 0..5 {
            assert_eq!(tries.take(source(1), "alice", now), Ok(()));
        }
        assert!(tries.take(source(1), "alice", now).is_err());
    }

    #[test]
    fn other_machine_has_30_tries_for_all_names() {
        let (mut tries, now) = (Tries::default(), now());
        for number in 0..30 {
            assert_eq!(tries.take(source(1), &number.to_string(), now), Ok(()));
        }
        assert_eq!(tries.take(source(1), "x", now), Err(Duration::from_secs(2)));
        assert_eq!(tries.take(source(2), "x", now), Ok(()));
        for number in 0..100 {
            assert_eq!(tries.take(LOCAL, &number.to_string(), now), Ok(()));
        }
    }

    #[test]
    fn exhausted_name_does_not_use_up_the_address() {
        let (mut tries, now) = (Tries::default(), now());
        for _ in 0..50 {
            let _ = tries.take(source(1), "alice", now);
        }
        for number in 0..25 {
            assert_eq!(tries.take(source(1), &number.to_string(), now), Ok(()));
        }
    }

    #[test]
    fn table_is_bounded_and_keeps_who_guesses_most() {
        let (mut tries, now) = (Tries::default(), now());
        for _ in 0..5 {
            tries.take(source(0), "alice", now).unwrap();
        }
        for last in 1..30_000 {
            tries.take(source(last), "alice", now).unwrap();
            assert!(tries.buckets.len() <= MAX_BUCKETS);
        }
        assert!(tries.take(source(0), "alice", now).is_err());
    }
}
