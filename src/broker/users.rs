//! The broker's users: names and argon2 hashes in a file beside its state, which only its owner can read.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use thiserror::Error;

use super::passwords::{self, MAX_PASSWORD};
use crate::{
    domain::{NameError, UserId},
    owner_only,
};

/// The user file of a broker, in its state folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Users {
    path: PathBuf,
}

/// The users and their argon2 hashes.
pub type Logins = BTreeMap<UserId, String>;

/// Why the user file cannot be read or changed.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the names and messages say it")]
pub enum UsersError {
    /// The file cannot be read or written.
    #[error("cannot use the user file {}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// A line is not `name:hash`.
    #[error("{}, line {line}: not a user and hash", path.display())]
    Line {
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The name is not a valid user id.
    #[error("{0:?} is not a user ID: {1}")]
    Name(String, NameError),
    /// The user to add exists.
    #[error("user {0} exists; papo broker user passwd {0} changes the password")]
    Known(UserId),
    /// The user to change or remove does not exist.
    #[error("no user {0}; papo broker user add {0} adds one")]
    Unknown(UserId),
    #[error("the password is empty")]
    Empty,
    #[error("the password is longer than {MAX_PASSWORD} bytes")]
    TooLong,
    #[error("cannot hash the password")]
    Hash,
}

impl Users {
    /// The user file of the broker with this state folder.
    pub fn of(state: &Path) -> Self {
        Self { path: state.join("users") }
    }

    /// Reads the file. Returns no users if it does not exist.
    pub fn read(&self) -> Result<Logins, UsersError> {
        let text = match fs::read_to_string(&self.path) {
            // If the state folder is no folder, the broker reports a better error when it opens its state.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Logins::new());
            }
            text => text.map_err(|source| self.io(source))?,
        };
        let entry = |(index, line): (usize, &str)| {
            let wrong = || UsersError::Line { path: self.path.clone(), line: index + 1 };
            let (name, hash) = line.split_once(':').ok_or_else(wrong)?;
            Ok((name.parse().map_err(|_| wrong())?, hash.to_owned()))
        };
        let is_entry = |(_, line): &(usize, &str)| !line.trim().is_empty() && !line.starts_with('#');
        text.lines().enumerate().filter(is_entry).map(entry).collect()
    }

    /// When the file was last modified; [`None`] if it does not exist.
    pub fn modified(&self) -> Option<SystemTime> {
        fs::metadata(&self.path).and_then(|file| file.modified()).ok()
    }

    /// Adds a user. `name` is normalised like all typed input.
    pub fn add(&self, name: &str, password: &str) -> Result<(), UsersError> {
        let (user, mut logins) = self.parse_and_read(name)?;
        if logins.contains_key(&user) {
            return Err(UsersError::Known(user));
        }
        logins.insert(user, hash(password)?);
        self.write(&logins)
    }

    /// Changes the password of a user. A running broker ends their connection.
    pub fn change(&self, name: &str, password: &str) -> Result<(), UsersError> {
        let (user, mut logins) = self.parse_and_read(name)?;
        let Some(known) = logins.get_mut(&user) else { return Err(UsersError::Unknown(user)) };
        *known = hash(password)?;
        self.write(&logins)
    }

    /// Removes a user. A running broker ends their connection.
    pub fn remove(&self, name: &str) -> Result<(), UsersError> {
        let (user, mut logins) = self.parse_and_read(name)?;
        if logins.remove(&user).is_none() {
            return Err(UsersError::Unknown(user));
        }
        self.write(&logins)
    }

    fn parse_and_read(&self, name: &str) -> Result<(UserId, Logins), UsersError> {
        let user = UserId::from_input(name).map_err(|why| UsersError::Name(name.to_owned(), why))?;
        Ok((user, self.read()?))
    }

    /// Replaces the file atomically.
    fn write(&self, logins: &Logins) -> Result<(), UsersError> {
        let lines: Vec<String> = logins.iter().map(|(user, hash)| format!("{user}:{hash}\n")).collect();
        owner_only::replace(&self.path, &lines.concat()).map_err(|source| self.io(source))
    }

    fn io(&self, source: io::Error) -> UsersError {
        UsersError::Io { path: self.path.clone(), source }
    }
}

fn hash(password: &str) -> Result<String, UsersError> {
    match password.len() {
        0 => Err(UsersError::Empty),
        length if length > MAX_PASSWORD => Err(UsersError::TooLong),
        _ => passwords::hash(password).ok_or(UsersError::Hash),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{super::passwords::Verifier, *};

    #[test]
    fn users_are_added_changed_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let users = Users::of(&folder.path().join("state"));
        assert_eq!(users.read().unwrap(), Logins::new());
        users.add("bob", "one").unwrap();
        users.add("Zoe\u{308}", "two").unwrap();
        assert!(matches!(users.add("bob", "three"), Err(UsersError::Known(_))));
        users.change("bob", "three").unwrap();
        let logins = users.read().unwrap();
        let names: Vec<String> = logins.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["Zoë", "bob"]);
        let hash = &logins[&"bob".parse().unwrap()];
        let mut verifier = Verifier::default();
        assert!(verifier.verify(b"three", hash) && !verifier.verify(b"one", hash));
        users.remove("bob").unwrap();
        assert!(matches!(users.remove("bob"), Err(UsersError::Unknown(_))));
        assert!(matches!(users.change("bob", "x"), Err(UsersError::Unknown(_))));
        assert!(matches!(users.add("a_b", "x"), Err(UsersError::Name(..))));
        assert!(matches!(users.add("eve", ""), Err(UsersError::Empty)));
        assert!(matches!(users.add("eve", &"x".repeat(1025)), Err(UsersError::TooLong)));
        let mode = fs::metadata(folder.path().join("state/users")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn invalid_line_is_reported_by_number() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("users"), "# mine\nbob:$argon2\n\nnonsense\n").unwrap();
        assert!(matches!(Users::of(folder.path()).read(), Err(UsersError::Line { line: 4, .. })));
    }
}
