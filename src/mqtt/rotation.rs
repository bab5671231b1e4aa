//! Which broker of the list, and which address of its name, comes next. Pure.
//!
//! A round tries every broker once, the next at once after a failure; the back-off is for rounds. A stable connection
//! begins a new round. A broker that refuses what only the user can mend is left out until the user acts; only when
//! all do, there is nothing left to try.

use std::net::SocketAddr;

use super::BrokerUrl;
use crate::domain::DisconnectReason;

/// A broker of the list.
#[derive(Debug)]
struct Entry {
    url: BrokerUrl,
    /// Whether it has failed in this round.
    has_failed: bool,
    /// Whether it refuses in a way that only the user can mend.
    refuses: bool,
    /// Why it has refused the login, unless another broker has accepted it since.
    refused_login: Option<DisconnectReason>,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Try the current broker at once.
    AtOnce,
    /// All have failed: wait, then try the current broker. `lasting` is true if no failure of the round can pass soon.
    AfterWait { lasting: bool },
    /// All refuse in a way that only the user can mend.
    Never,
}

/// How the current broker failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Passing,
    /// It lasts until the broker's configuration changes.
    Lasting,
    /// Only the user can mend it.
    Refusal,
}

/// The brokers in order, and the current one.
#[derive(Debug)]
pub(super) struct Rotation {
    brokers: Vec<Entry>,
    at: usize,
    /// Whether all failures of this round are lasting.
    lasting: bool,
    /// Whether this round has followed the reference of a broker to another.
    has_followed: bool,
    /// The address to use, of those that the name of the current broker has; [`None`] for all in turn.
    pinned: Option<SocketAddr>,
    /// The addresses of the current broker that this round has still to try one by one.
    addresses: Vec<SocketAddr>,
}

impl Rotation {
    /// Begins with a broker at random. `brokers` has at least one.
    pub(super) fn new(brokers: impl IntoIterator<Item = BrokerUrl>, random: u64) -> Self {
        let entry = |url| Entry { url, has_failed: false, refuses: false, refused_login: None };
        let brokers: Vec<_> = brokers.into_iter().map(entry).collect();
        let count = u64::try_from(brokers.len()).expect("a count fits into 64 bits");
        let at = usize::try_from(random % count).expect("below the count");
        Self { brokers, at, lasting: true, has_followed: false, pinned: None, addresses: Vec::new() }
    }

    pub(super) fn broker(&self) -> &BrokerUrl {
        &self.brokers[self.at].url
    }

    /// The address to connect to; [`None`] for those that the broker's name has, in turn.
    pub(super) fn pinned(&self) -> Option<SocketAddr> {
        self.pinned
    }

    /// How many other brokers there are.
    pub(super) fn others(&self) -> usize {
        self.brokers.len() - 1
    }

    /// Begins a new round: the connection to the current broker is, or was, stable.
    pub(super) fn begin_round(&mut self) {
        self.brokers.iter_mut().for_each(|broker| broker.has_failed = false);
        (self.lasting, self.has_followed) = (true, false);
        (self.pinned, self.addresses) = (None, Vec::new());
    }

    /// The user has acted: no broker counts as refusing any more.
    pub(super) fn forget_refusals(&mut self) {
        self.brokers.iter_mut().for_each(|broker| broker.refuses = false);
        self.login_accepted();
        self.begin_round();
    }

    /// The current broker refuses the login for this reason; [`None`] if it fails for another one.
    pub(super) fn login_refused(&mut self, reason: Option<DisconnectReason>) {
        self.brokers[self.at].refused_login = reason;
    }

    /// A broker has accepted the login, or that of another broker no longer matters.
    pub(super) fn login_accepted(&mut self) {
        self.brokers.iter_mut().for_each(|broker| broker.refused_login = None);
    }

    /// A broker that refuses the login, the current one first, and why.
    pub(super) fn refused_login(&self) -> Option<(&BrokerUrl, &DisconnectReason)> {
        let refused = |broker: &'_ Entry| broker.refused_login.is_some();
        let broker = Some(&self.brokers[self.at]).filter(|broker| refused(broker));
        let broker = broker.or_else(|| self.brokers.iter().find(|broker| refused(broker)))?;
        broker.refused_login.as_ref().map(|reason| (&broker.url, reason))
    }

    /// Goes to a broker that refuses the login, if there is one; the current one stays if it does.
    pub(super) fn go_to_refused_login(&mut self) {
        if self.brokers[self.at].refused_login.is_none() && self.go_to_next(|broker| broker.refused_login.is_some()) {
            (self.pinned, self.addresses) = (None, Vec::new());
        }
    }

    /// The current broker has failed. `addresses` are further ones of its name that were not tried yet.
    pub(super) fn failed(&mut self, failure: Failure, addresses: &[SocketAddr]) -> Next {
        if self.pinned.is_none() {
            self.addresses = addresses.iter().rev().copied().collect();
        }
        self.pinned = if failure == Failure::Passing { self.addresses.pop() } else { None };
        if self.pinned.is_some() {
            return Next::AtOnce;
        }
        self.addresses = Vec::new();
        self.lasting &= failure != Failure::Passing;
        let current = &mut self.brokers[self.at];
        (current.has_failed, current.refuses) = (true, failure == Failure::Refusal);
        if self.go_to_next(|broker| !broker.has_failed && !broker.refuses) {
            return Next::AtOnce;
        }
        if !self.go_to_next(|broker| !broker.refuses) {
            return Next::Never;
        }
        let lasting = self.lasting;
        self.begin_round();
        Next::AfterWait { lasting }
    }

    /// Goes to the broker that a server reference names (MQTT 5 §4.13), once in a round. Returns whether the list has
    /// such a broker, other than the current one.
    pub(super) fn follow(&mut self, reference: &str) -> bool {
        let is_meant = |broker: &Entry| reference.split_whitespace().any(|name| broker.url.is_named_by(name));
        let found = self.brokers.iter().position(|broker| is_meant(broker) && !broker.refuses);
        let Some(at) = found.filter(|at| *at != self.at && !self.has_followed) else { return false };
        self.brokers[self.at].has_failed = true;
        (self.at, self.has_followed) = (at, true);
        (self.pinned, self.addresses) = (None, Vec::new());
        true
    }

    /// Goes on to the next broker, whatever the last one was like: for a look, not for a connection.
    pub(super) fn look_elsewhere(&mut self) {
        self.go_to_next(|broker| !broker.refuses);
        self.pinned = None;
    }

    /// Goes to the first broker after the current one that `is_wanted`; the current one comes last.
    fn go_to_next(&mut self, is_wanted: impl Fn(&Entry) -> bool) -> bool {
        let count = self.brokers.len();
        let mut others = (1..=count).map(|by| (self.at + by) % count);
        let found = others.find(|at| is_wanted(&self.brokers[*at]));
        self.at = found.unwrap_or(self.at);
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation(brokers: &[&str]) -> Rotation {
        Rotation::new(brokers.iter().map(|url| url.parse().unwrap()), 0)
    }

    fn at(rotation: &Rotation) -> &str {
        rotation.broker().host()
    }

    #[test]
    fn first_broker_is_random() {
        let host = |random| Rotation::new(["a", "b", "c"].map(|url| url.parse().unwrap()), random).broker().to_string();
        assert_eq!([0, 1, 2, 3].map(host), ["a", "b", "c", "a"].map(|host| format!("mqtt://{host}:1883")));
    }

    #[test]
    fn round_tries_each_broker_once_and_then_waits() {
        let mut rotation = rotation(&["a", "b", "c"]);
        for _ in 0..2 {
            for next in ["b", "c"] {
                assert_eq!(rotation.failed(Failure::Passing, &[]), Next::AtOnce);
                assert_eq!(at(&rotation), next);
            }
            assert_eq!(rotation.failed(Failure::Passing, &[]), Next::AfterWait { lasting: false });
            assert_eq!(at(&rotation), "a");
        }
        // The one that was lost comes last.
        rotation.begin_round();
        assert_eq!((rotation.failed(Failure::Passing, &[]), at(&rotation)), (Next::AtOnce, "b"));
    }

    #[test]
    fn wait_is_long_only_if_every_failure_lasts() {
        let mut rotation = rotation(&["a", "b"]);
        rotation.failed(Failure::Lasting, &[]);
        assert_eq!(rotation.failed(Failure::Passing, &[]), Next::AfterWait { lasting: false });
        rotation.failed(Failure::Lasting, &[]);
        assert_eq!(rotation.failed(Failure::Lasting, &[]), Next::AfterWait { lasting: true });
    }

    #[test]
    fn refusing_broker_is_left_out_until_the_user_acts() {
        let mut rotation = rotation(&["a", "b"]);
        assert_eq!((rotation.failed(Failure::Refusal, &[]), at(&rotation)), (Next::AtOnce, "b"));
        for _ in 0..3 {
            assert_eq!(rotation.failed(Failure::Passing, &[]), Next::AfterWait { lasting: false });
            assert_eq!(at(&rotation), "b");
        }
        assert_eq!(rotation.failed(Failure::Refusal, &[]), Next::Never);
        rotation.forget_refusals();
        assert_eq!(rotation.failed(Failure::Passing, &[]), Next::AtOnce);
    }

    #[test]
    fn refused_login_is_kept_until_one_is_accepted_or_the_user_acts() {
        let mut rotation = rotation(&["a", "b"]);
        rotation.login_refused(Some(DisconnectReason::LoginRequired));
        assert_eq!((rotation.failed(Failure::Refusal, &[]), at(&rotation)), (Next::AtOnce, "b"));
        for _ in 0..3 {
            rotation.login_refused(None);
            assert_eq!(rotation.failed(Failure::Passing, &[]), Next::AfterWait { lasting: false });
            let (broker, reason) = rotation.refused_login().unwrap();
            assert_eq!((broker.host(), reason, at(&rotation)), ("a", &DisconnectReason::LoginRequired, "b"));
        }
        rotation.go_to_refused_login();
        rotation.forget_refusals();
        assert_eq!((rotation.refused_login(), at(&rotation)), (None, "a"), "the next attempt is where one was refused");
        rotation.login_refused(Some(DisconnectReason::BadCredentials));
        rotation.login_accepted();
        rotation.go_to_refused_login();
        assert_eq!((rotation.refused_login(), at(&rotation)), (None, "a"));
    }

    #[test]
    fn every_address_of_a_name_is_tried_before_the_next_broker() {
        let addresses: Vec<SocketAddr> = ["[::1]:1", "127.0.0.1:1"].map(|address| address.parse().unwrap()).into();
        let mut rotation = rotation(&["a", "b"]);
        for address in &addresses {
            assert_eq!(rotation.failed(Failure::Passing, &addresses), Next::AtOnce);
            assert_eq!((at(&rotation), rotation.pinned()), ("a", Some(*address)));
        }
        assert_eq!(rotation.failed(Failure::Passing, &[]), Next::AtOnce);
        assert_eq!((at(&rotation), rotation.pinned()), ("b", None));
    }

    #[test]
    fn reference_is_followed_once_and_only_within_the_list() {
        let mut rotation = rotation(&["a", "b", "c:1884"]);
        for unknown in ["x", "c", "a", "", "c:1885", "a:1883"] {
            assert!(!rotation.follow(unknown), "{unknown}");
        }
        assert!(rotation.follow("x mqtt://C:1884"));
        assert_eq!(at(&rotation), "c");
        assert!(!rotation.follow("b"), "the second reference");
        assert_eq!((rotation.failed(Failure::Lasting, &[]), at(&rotation)), (Next::AtOnce, "b"));
        assert_eq!(rotation.failed(Failure::Passing, &[]), Next::AfterWait { lasting: false });
        assert!(rotation.follow("a"), "a new round");
    }
}
