//! Who may log in.

use std::{
    fmt,
    time::{Duration, Instant, SystemTime},
};

use mqtt5_protocol::types::ReasonCode;
use tokio::sync::oneshot;

use super::{
    hashing::{Hashing, Party},
    packets::PacketError,
    regulars::Regulars,
    slots::Source,
    throttle::Throttle,
    tries::{Exhausted, Tries, Try},
};
use crate::{
    broker::{
        Users,
        passwords::MAX_PASSWORD,
        users::{Logins as Hashes, UsersError},
    },
    domain::UserId,
    protocol::RETRY_AFTER,
};

/// Why a client is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It gives no user name and no password.
    NoLogin,
    /// There is no such user, or the password is another one.
    Wrong,
    /// It has guessed too often and has to wait.
    TooManyTries(Duration),
    /// Too many passwords wait to be checked, or too many of its user or its address are being checked.
    Busy,
    /// Its address has too many connections.
    TooManyConnections,
    /// It wants an authentication other than by password.
    AuthenticationMethod,
    /// It speaks a version of MQTT other than 3.1.1 and 5.
    Version,
    /// Its CONNECT is invalid or too large.
    Packet(PacketError),
}

impl Refusal {
    /// The reason code of CONNACK.
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::NoLogin | Self::Wrong => ReasonCode::BadUsernameOrPassword,
            Self::TooManyTries(_) => ReasonCode::ConnectionRateExceeded,
            Self::Busy => ReasonCode::ServerBusy,
            Self::TooManyConnections => ReasonCode::QuotaExceeded,
            Self::AuthenticationMethod => ReasonCode::BadAuthenticationMethod,
            Self::Version => ReasonCode::UnsupportedProtocolVersion,
            Self::Packet(error) => error.reason(),
        }
    }
}

/// The Reason String of CONNACK.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLogin => f.write_str("log in with a user name and password"),
            Self::Wrong => f.write_str("wrong user name or password"),
            Self::TooManyTries(wait) => {
                let seconds = wait.as_millis().div_ceil(1000);
                write!(f, "{RETRY_AFTER}{seconds} s")
            }
            Self::Busy => f.write_str("too many logins at once; try again in a moment"),
            Self::TooManyConnections => f.write_str("too many connections from this address"),
            Self::AuthenticationMethod => f.write_str("only user names and passwords are supported"),
            Self::Version => f.write_str("only MQTT 3.1.1 and MQTT 5 are supported"),
            Self::Packet(error) => error.fmt(f),
        }
    }
}

/// The users of a broker, and the tries of those who say they are one.
#[derive(Debug)]
pub struct Logins {
    users: Users,
    /// The user file's modification time when `hashes` were read.
    modified: Option<SystemTime>,
    hashes: Hashes,
    tries: Tries,
    regulars: Regulars,
    hashing: Hashing,
    refused: Throttle,
}

/// A login of which the password is being checked.
#[derive(Debug)]
pub struct Check {
    name: String,
    /// The user with the hash that is compared with; [`None`] for an unknown name.
    user: Option<(UserId, String)>,
    taken: Try,
    answer: oneshot::Receiver<bool>,
}

impl Check {
    /// Waits until the password is checked. [`None`] if the login gave way to others, or the thread has ended.
    pub async fn answer(&mut self) -> Option<bool> {
        (&mut self.answer).await.ok()
    }
}

impl Logins {
    /// The logins of these users.
    pub fn new(users: Users) -> Result<Self, UsersError> {
        let modified = users.modified();
        let hashes = users.read()?;
        let (tries, regulars, hashing) = (Tries::default(), Regulars::default(), Hashing::new());
        Ok(Self { users, modified, hashes, tries, regulars, hashing, refused: Throttle::default() })
    }

    /// Begins to check the login of a CONNECT packet.
    ///
    /// An unknown name takes as long as a known one: then the password is compared with that of some user, and the
    /// answer is ignored.
    pub fn begin(
        &mut self,
        name: Option<&str>,
        password: Option<&[u8]>,
        source: Source,
        now: Instant,
    ) -> Result<Check, Refusal> {
        if name.is_none() && password.is_none() {
            return Err(Refusal::NoLogin);
        }
        let (name, password) = (name.unwrap_or_default(), password.unwrap_or_default());
        let taken = match self.tries.take(source, name, now) {
            Ok(taken) => taken,
            Err(Exhausted::AtOnce) => return Err(Refusal::Busy),
            Err(Exhausted::Wrong(wait)) => {
                if let Some(times) = self.refused.pass(now) {
                    tracing::warn!(?source, times, "too many wrong passwords");
                }
                return Err(Refusal::TooManyTries(wait));
            }
        };
        if password.len() > MAX_PASSWORD {
            return Err(Refusal::Wrong);
        }
        let user = name.parse().ok().and_then(|user| Some((self.hashes.get(&user)?.clone(), user)));
        let hash = user.as_ref().map(|(hash, _)| hash).or_else(|| self.hashes.values().next());
        let hash = hash.ok_or(Refusal::Wrong)?.clone();
        let regular = user.as_ref().map(|(_, user)| user).filter(|user| self.regulars.contains(user, source));
        let party = regular.cloned().map_or(Party::Stranger(source), Party::Regular);
        let Some(answer) = self.hashing.check(password.to_vec(), hash, party) else {
            // Nobody has learned anything from this try.
            self.tries.give_back(taken);
            return Err(Refusal::Busy);
        };
        Ok(Check { name: name.to_owned(), user: user.map(|(hash, user)| (user, hash)), taken, answer })
    }

    /// Ends a check with its answer.
    pub fn finish(&mut self, check: Check, is_right: Option<bool>, source: Source) -> Result<UserId, Refusal> {
        let Check { name, user, taken, .. } = check;
        let Some(is_right) = is_right else {
            self.tries.give_back(taken);
            return Err(Refusal::Busy);
        };
        // The file may have changed meanwhile.
        let is_current = |(user, hash): &(UserId, String)| self.hashes.get(user) == Some(hash);
        if let Some((user, _)) = user.filter(|user| is_right && is_current(user)) {
            self.tries.give_back(taken);
            self.regulars.note(&user, source);
            return Ok(user);
        }
        let name: String = name.chars().take(64).collect();
        tracing::warn!(?source, name, "wrong user name or password");
        Err(Refusal::Wrong)
    }

    /// Whether there is a user of this name.
    pub fn is_user(&self, user: &UserId) -> bool {
        self.hashes.contains_key(user)
    }

    /// Reads the user file again if it was modified. Returns the users who were removed or have another password now.
    pub fn refresh(&mut self) -> Vec<UserId> {
        let modified = self.users.modified();
        if modified == self.modified {
            return Vec::new();
        }
        self.modified = modified;
        match self.users.read() {
            Ok(hashes) => {
                let before = std::mem::replace(&mut self.hashes, hashes);
                let is_changed =
                    |(user, hash): (UserId, String)| (self.hashes.get(&user) != Some(&hash)).then_some(user);
                let changed: Vec<UserId> = before.into_iter().filter_map(is_changed).collect();
                for user in &changed {
                    self.regulars.forget(user);
                }
                changed
            }
            Err(error) => {
                // The users that were read before remain valid.
                tracing::error!(%error, "cannot read the user file");
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::clock::now, *};

    fn logins(folder: &std::path::Path) -> (Users, Logins) {
        let users = Users::of(folder);
        users.add("alice", "right").unwrap();
        users.add("bob", "right too").unwrap();
        let logins = Logins::new(users.clone()).unwrap();
        (users, logins)
    }

    const SOURCE: Source = Source::Local(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    async fn log_in(logins: &mut Logins, name: &str, password: &str) -> Result<String, Refusal> {
        let mut check = logins.begin(Some(name), Some(password.as_bytes()), SOURCE, now())?;
        let is_right = check.answer().await;
        logins.finish(check, is_right, SOURCE).map(|user| user.to_string())
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_user_logs_in() {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut logins) = logins(folder.path());
        assert_eq!(log_in(&mut logins, "alice", "right").await, Ok("alice".into()));
        assert_eq!(log_in(&mut logins, "bob", "right").await, Err(Refusal::Wrong));
        // An unknown name is compared with alice's password.
        for name in ["carl", "", "a/b", "ALICE"] {
            assert_eq!(log_in(&mut logins, name, "right").await, Err(Refusal::Wrong), "{name}");
        }
        assert_eq!(log_in(&mut logins, "alice", &"x".repeat(1025)).await, Err(Refusal::Wrong));
        let none = logins.begin(None, None, SOURCE, now());
        assert_eq!(none.unwrap_err(), Refusal::NoLogin);
    }

    #[tokio::test]
    async fn tries_are_counted_before_the_password_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut logins) = logins(folder.path());
        let now = now();
        let mut begin = |name: &str| logins.begin(Some(name), Some(b"guess"), SOURCE, now);
        let (checks, refused): (Vec<_>, Vec<_>) = (0..200).map(|_| begin("alice")).partition(Result::is_ok);
        assert_eq!(checks.len(), 20);
        assert!(refused.into_iter().all(|begun| begun.is_err_and(|refusal| refusal == Refusal::Busy)));
        assert!(begin("bob").is_ok());
        for check in checks {
            let mut check = check.unwrap();
            let is_right = check.answer().await;
            assert_eq!(logins.finish(check, is_right, SOURCE), Err(Refusal::Wrong));
        }
        // This one would be number 21, and five may be wrong.
        let refusal = logins.begin(Some("alice"), Some(b"guess"), SOURCE, now).unwrap_err();
        assert_eq!(refusal.to_string(), "too many wrong passwords; try again in 60 s");
        assert_eq!(refusal.reason(), ReasonCode::ConnectionRateExceeded);
    }

    #[tokio::test]
    async fn burst_of_guesses_for_many_names_delays_its_address_for_seconds() {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut logins) = logins(folder.path());
        let (remote, start) = (Source::of([192, 0, 2, 1].into()), now());
        let mut begin = |n: u32| logins.begin(Some(&format!("name{n}")), Some(b"guess"), remote, start);
        let checks: Vec<Check> = (0..60).filter_map(|n| begin(n).ok()).collect();
        assert_eq!(checks.len(), 30);
        assert_eq!(begin(60).unwrap_err(), Refusal::Busy);
        for mut check in checks {
            let is_right = check.answer().await;
            assert_eq!(logins.finish(check, is_right, remote), Err(Refusal::Wrong));
        }
        let wait = Duration::from_secs(2);
        let mut begin = |now| logins.begin(Some("alice"), Some(b"right"), remote, now);
        assert_eq!(begin(start).unwrap_err(), Refusal::TooManyTries(wait));
        let mut check = begin(start + wait).unwrap();
        let is_right = check.answer().await;
        assert_eq!(logins.finish(check, is_right, remote), Ok("alice".parse().unwrap()));
    }

    #[tokio::test]
    async fn right_logins_at_once_are_all_let_in() {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut logins) = logins(folder.path());
        let now = now();
        let begin = |_| logins.begin(Some("alice"), Some(b"right"), SOURCE, now).unwrap();
        let checks: Vec<Check> = (0..20).map(begin).collect();
        for mut check in checks {
            let is_right = check.answer().await;
            assert!(logins.finish(check, is_right, SOURCE).is_ok());
        }
        assert_eq!(log_in(&mut logins, "alice", "right").await, Ok("alice".into()));
    }

    #[tokio::test]
    async fn changed_users_are_reported_and_a_check_of_the_old_password_fails() {
        let folder = tempfile::tempdir().unwrap();
        let (users, mut logins) = logins(folder.path());
        assert_eq!(logins.refresh(), []);
        let mut check = logins.begin(Some("alice"), Some(b"right"), SOURCE, now()).unwrap();
        let is_right = check.answer().await;
        users.change("alice", "new").unwrap();
        users.remove("bob").unwrap();
        users.add("carl", "right").unwrap();
        let changed: Vec<String> = logins.refresh().iter().map(ToString::to_string).collect();
        assert_eq!(changed, ["alice", "bob"]);
        assert_eq!(is_right, Some(true));
        assert_eq!(logins.finish(check, is_right, SOURCE), Err(Refusal::Wrong));
        assert_eq!(log_in(&mut logins, "carl", "right").await, Ok("carl".into()));
        std::fs::write(folder.path().join("users"), "nonsense").unwrap();
        assert_eq!(logins.refresh(), [], "an invalid file changes nothing");
        assert_eq!(log_in(&mut logins, "alice", "new").await, Ok("alice".into()));
    }
}
