//! Threads that check passwords.
//!
//! There are only a few, each with one block of memory that it uses again and again, and only a short queue. They start
//! when there is something to do and end when there was nothing for a while.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use super::slots::Source;
use crate::{broker::passwords::Verifier, domain::UserId};

/// The most threads, on machines with that many cores: each has 19 MB, and checks some 40 passwords a second.
const MAX_THREADS: usize = 2;
/// The most passwords that wait for a thread: about a second's work.
const MAX_WAITING: usize = 64;
/// How long a thread waits for more.
const IDLE: Duration = Duration::from_secs(10);

/// The threads. Dropping it ends them.
#[derive(Debug)]
pub struct Hashing {
    shared: Arc<Shared>,
    most: usize,
}

/// Among whom the places in the queue are shared out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Party {
    /// A user who has logged in from this address before.
    Regular(UserId),
    /// Everybody else at an address.
    Stranger(Source),
}

impl Party {
    const fn is_regular(&self) -> bool {
        matches!(self, Self::Regular(_))
    }
}

/// A password to check.
#[derive(Debug)]
struct Job {
    password: Vec<u8>,
    hash: String,
    party: Party,
    answer: oneshot::Sender<bool>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    has_ended: bool,
}

impl Hashing {
    /// No thread yet.
    pub fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self { shared: Arc::default(), most: cores.min(MAX_THREADS) }
    }

    /// Checks a password in one of the threads. The answer never comes if its receiver is dropped before, or if the
    /// login has to give way to one of another party. [`None`] if too many are waiting.
    pub fn check(&self, password: Vec<u8>, hash: String, party: Party) -> Option<oneshot::Receiver<bool>> {
        let mut queue = self.shared.lock();
        if queue.jobs.len() >= MAX_WAITING {
            queue.jobs.retain(|job| !job.answer.is_closed());
        }
        if queue.jobs.len() >= MAX_WAITING && !queue.make_room(&party) {
            return None;
        }
        if queue.jobs.len() >= queue.idle && queue.threads < self.most {
            let shared = Arc::clone(&self.shared);
            match thread::Builder::new().name("papo-broker-login".into()).spawn(move || shared.run()) {
                Ok(_) => queue.threads += 1,
                Err(error) => {
                    tracing::warn!(%error, "cannot start a thread to check passwords");
                    if queue.threads == 0 {
                        return None;
                    }
                }
            }
        }
        let (answer, receiver) = oneshot::channel();
        queue.jobs.push_back(Job { password, hash, party, answer });
        drop(queue);
        self.shared.changed.notify_one();
        Some(receiver)
    }
}

impl Queue {
    /// Drops the last login of the party that has the most here, so that few do not keep all others out. Strangers, who
    /// may come from any number of addresses, give way to regulars. False if nobody has to give way to `newcomer`.
    fn make_room(&mut self, newcomer: &Party) -> bool {
        let mut counts: HashMap<&Party, usize> = HashMap::new();
        for job in &self.jobs {
            *counts.entry(&job.party).or_default() += 1;
        }
        let mine = counts.get(newcomer).copied().unwrap_or(0);
        let most = |are_regular: bool| {
            let parties = counts.iter().filter(|(party, _)| party.is_regular() == are_regular);
            parties.max_by_key(|(_, count)| **count)
        };
        let gives_way = match most(false) {
            Some(strangers) if newcomer.is_regular() => Some(strangers),
            _ => most(newcomer.is_regular()).filter(|(_, count)| **count > mine + 1),
        };
        let last = gives_way.and_then(|(party, _)| self.jobs.iter().rposition(|job| job.party == **party));
        last.and_then(|last| self.jobs.remove(last)).is_some()
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        self.shared.lock().has_ended = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// Locks the queue even if it is poisoned: a panic never leaves it inconsistent.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The main function of a thread.
    fn run(&self) {
        let mut verifier = Verifier::default();
        while let Some(Job { password, hash, party: _, answer }) = self.next() {
            if !answer.is_closed() {
                // Fails if the client has left meanwhile.
                let _ = answer.send(verifier.verify(&password, &hash));
            }
        }
    }

    /// Waits for a job. [`None`] if the thread has to end; it does not count any more then.
    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        queue.idle += 1;
        let is_idle = |queue: &mut Queue| queue.jobs.is_empty() && !queue.has_ended;
        let waited = self.changed.wait_timeout_while(queue, IDLE, is_idle);
        queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        queue.idle -= 1;
        let job = if queue.has_ended { None } else { queue.jobs.pop_front() };
        if job.is_none() {
            queue.threads -= 1;
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::broker::passwords;

    fn stranger(n: u8) -> Party {
        Party::Stranger(Source::Remote(IpAddr::V4(Ipv4Addr::new(10, 0, 0, n))))
    }

    /// As if the only thread were busy for ever.
    fn stalled() -> Hashing {
        let mut hashing = Hashing::new();
        hashing.most = 1;
        hashing.shared.lock().threads = 1;
        hashing
    }

    fn waits(answer: &mut oneshot::Receiver<bool>) -> bool {
        answer.try_recv() == Err(oneshot::error::TryRecvError::Empty)
    }

    #[test]
    fn few_threads_answer_many_and_end() {
        let mut hashing = Hashing::new();
        hashing.most = 2;
        let hash = passwords::hash("right").unwrap();
        let check = |password: &str| hashing.check(password.into(), hash.clone(), stranger(1)).unwrap();
        let answers: Vec<_> = ["right", "wrong", "right", "", "Right"].map(check).into();
        assert!((1..=2).contains(&hashing.shared.lock().threads));
        let answers: Vec<bool> = answers.into_iter().map(|answer| answer.blocking_recv().unwrap()).collect();
        assert_eq!(answers, [true, false, true, false, false]);
        let shared = Arc::clone(&hashing.shared);
        drop(hashing);
        while shared.lock().threads > 0 {
            thread::yield_now();
        }
    }

    #[test]
    fn queue_is_bounded_and_forgets_who_has_left() {
        let hashing = stalled();
        let check = || hashing.check(Vec::new(), String::new(), stranger(1));
        let mut answers: Vec<_> = (0..MAX_WAITING).map(|_| check().unwrap()).collect();
        assert!(check().is_none());
        answers.truncate(10);
        assert!(check().is_some());
        assert_eq!(hashing.shared.lock().jobs.len(), 11);
    }

    #[test]
    fn few_sources_do_not_keep_others_out() {
        let hashing = stalled();
        let check = |n| hashing.check(Vec::new(), String::new(), stranger(n));
        let mut of_few: Vec<_> = (0..MAX_WAITING).map(|n| check(u8::from(n % 3 == 0)).unwrap()).collect();
        let of_others: Vec<_> = (2..18).map(|n| check(n).unwrap()).collect();
        assert_eq!(of_few.iter_mut().map(waits).filter(|waits| *waits).count(), MAX_WAITING - 16);
        assert!(check(0).is_none(), "the one with the most has to wait");
        assert!(of_others.into_iter().all(|mut answer| waits(&mut answer)));
    }

    #[test]
    fn strangers_give_way_to_regulars_and_these_to_each_other() {
        let hashing = stalled();
        let check = |party| hashing.check(Vec::new(), String::new(), party);
        let regular = |user: &str| Party::Regular(user.parse().unwrap());
        let mut strangers: Vec<_> = (0..64).map(|n| check(stranger(n)).unwrap()).collect();
        assert!(check(stranger(64)).is_none(), "all have one");
        let mut of_eve: Vec<_> = (0..64).map(|_| check(regular("eve")).unwrap()).collect();
        assert!(!strangers.iter_mut().any(waits));
        assert!(check(stranger(64)).is_none());
        assert!(check(regular("eve")).is_none());
        let mut of_alice: Vec<_> = (0..32).map(|_| check(regular("alice")).unwrap()).collect();
        assert!(check(regular("alice")).is_none());
        assert_eq!(of_eve.iter_mut().map(waits).filter(|waits| *waits).count(), 32);
        assert!(of_alice.iter_mut().all(waits));
    }
}
