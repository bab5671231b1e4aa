//! mosquitto's password file: one name, colon and hash per line.

use std::{fmt, num::NonZeroU32};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::pbkdf2;

use crate::domain::UserId;

/// The length of the salt that mosquitto 2.0 requires, in bytes.
pub const SALT_BYTES: usize = 12;
/// The iterations of PBKDF2. More would be safer, but mosquitto is single-threaded: all users wait while it checks a
/// login.
const ROUNDS: NonZeroU32 = NonZeroU32::new(20_000).expect("not zero");
const HASH_BYTES: usize = 64;

/// The lines of a password file. Lines of other logins and comments are kept unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passwords(Vec<String>);

impl Passwords {
    pub(super) fn read(text: &str) -> Self {
        Self(text.lines().map(str::to_owned).collect())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|line| name(line))
    }

    /// Whether the user has a password.
    pub fn has(&self, user: &UserId) -> bool {
        self.names().any(|name| name == user.as_str())
    }

    /// Sets the password of a user. `hash` is the result of [`hash()`].
    pub fn set(&mut self, user: &UserId, hash: &str) {
        self.remove(user);
        self.0.push(format!("{user}:{hash}"));
    }

    /// Removes the password of a user. Returns whether there was one.
    pub(super) fn remove(&mut self, user: &UserId) -> bool {
        let before = self.0.len();
        self.0.retain(|line| name(line) != Some(user.as_str()));
        self.0.len() < before
    }
}

impl fmt::Display for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The user name in a line; `None` in a comment or an invalid line.
fn name(line: &str) -> Option<&str> {
    if line.starts_with('#') { None } else { line.split_once(':').map(|(name, _)| name) }
}

/// Hashes a password with PBKDF2 (RFC 8018) and HMAC-SHA512 in the format of mosquitto: `$7$ROUNDS$SALT$HASH`. Hashing
/// is intentionally slow, so that guessing passwords takes long.
pub fn hash(password: &str, salt: [u8; SALT_BYTES]) -> String {
    hash_with_rounds(password, salt, ROUNDS)
}

fn hash_with_rounds(password: &str, salt: [u8; SALT_BYTES], rounds: NonZeroU32) -> String {
    let mut hash = [0; HASH_BYTES];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, rounds, &salt, password.as_bytes(), &mut hash);
    format!("$7${rounds}${}${}", STANDARD.encode(salt), STANDARD.encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_equals_output_of_mosquitto_passwd() {
        // From `mosquitto_passwd -b`, with the password alice.
        let written = "$7$101$A+1z3b9CvQLw3l9c$Dr847hvIWbZ0gMdl2GOamrqJpmBKAZlG5t2S0RNM58mtdZrkpCoLmrm7Gk9y3CfHqccbOTeCE49lIOY3nap9WA==";
        let salt = STANDARD.decode("A+1z3b9CvQLw3l9c").unwrap().try_into().unwrap();
        assert_eq!(hash_with_rounds("alice", salt, NonZeroU32::new(101).unwrap()), written);
        assert_ne!(hash("alice", salt), hash("alicE", salt));
        assert_ne!(hash("alice", salt), hash("alice", [0; SALT_BYTES]));
    }
}
