//! Who may log in: names and argon2 hashes in a file beside the broker's state, for its owner's eyes only.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use mqtt5::broker::auth::PasswordAuthProvider;
use thiserror::Error;

use crate::{
    domain::{NameError, UserId},
    owner_only,
};

/// The file of a broker whose state is in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Users {
    path: PathBuf,
}

/// Names and hashes, as they are in the file.
pub type Logins = BTreeMap<UserId, String>;

/// What is wrong with the file, or with what is wanted of it.
#[derive(Debug, Error)]
pub enum UsersError {
    /// It cannot be read or written.
    #[error("cannot use the user file {}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is none of its own.
    #[error("{}, line {line}: not a user and hash", path.display())]
    Line {
        /// Where.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The name is none.
    #[error("{0:?} is not a user ID: {1}")]
    Name(String, NameError),
    /// There is one already.
    #[error("user {0} exists; papo broker user passwd {0} changes the password")]
    Known(UserId),
    /// There is none.
    #[error("no user {0}; papo broker user add {0} adds one")]
    Unknown(UserId),
    /// The password is empty.
    #[error("the password is empty")]
    Empty,
    /// It cannot be hashed.
    #[error("cannot hash the password")]
    Hash,
}

impl Users {
    /// Those of the broker with this state.
    pub fn of(state: &Path) -> Self {
        Self { path: state.join("users") }
    }

    /// All of them; none where there is no file.
    pub fn read(&self) -> Result<Logins, UsersError> {
        let text = match fs::read_to_string(&self.path) {
            // Of a folder that cannot be something else is said.
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

    /// When the file was changed last.
    pub fn changed(&self) -> Option<SystemTime> {
        fs::metadata(&self.path).and_then(|file| file.modified()).ok()
    }

    /// Adds a user.
    pub fn add(&self, name: &str, password: &str) -> Result<(), UsersError> {
        let (user, mut logins) = self.with(name)?;
        if logins.contains_key(&user) {
            return Err(UsersError::Known(user));
        }
        logins.insert(user, hash(password)?);
        self.write(&logins)
    }

    /// Changes a password.
    pub fn change(&self, name: &str, password: &str) -> Result<(), UsersError> {
        let (user, mut logins) = self.with(name)?;
        let Some(known) = logins.get_mut(&user) else { return Err(UsersError::Unknown(user)) };
        *known = hash(password)?;
        self.write(&logins)
    }

    /// Removes a user, who is let in no more.
    pub fn remove(&self, name: &str) -> Result<(), UsersError> {
        let (user, mut logins) = self.with(name)?;
        if logins.remove(&user).is_none() {
            return Err(UsersError::Unknown(user));
        }
        self.write(&logins)
    }

    fn with(&self, name: &str) -> Result<(UserId, Logins), UsersError> {
        let user = UserId::from_input(name).map_err(|why| UsersError::Name(name.to_owned(), why))?;
        Ok((user, self.read()?))
    }

    /// Replaces the file as a whole or not at all.
    fn write(&self, logins: &Logins) -> Result<(), UsersError> {
        let lines: Vec<String> = logins.iter().map(|(user, hash)| format!("{user}:{hash}\n")).collect();
        owner_only::replace(&self.path, &lines.concat()).map_err(|source| self.io(source))
    }

    fn io(&self, source: io::Error) -> UsersError {
        UsersError::Io { path: self.path.clone(), source }
    }
}

fn hash(password: &str) -> Result<String, UsersError> {
    if password.is_empty() {
        return Err(UsersError::Empty);
    }
    PasswordAuthProvider::hash_password(password).map_err(|_| UsersError::Hash)
}

/// Whether it is the password that was hashed. Takes its time, as it should.
pub fn fits(password: &str, hash: &str) -> bool {
    PasswordAuthProvider::verify_password(password, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(hash.starts_with("$argon2") && fits("three", hash) && !fits("one", hash));
        users.remove("bob").unwrap();
        assert!(matches!(users.remove("bob"), Err(UsersError::Unknown(_))));
        assert!(matches!(users.change("bob", "x"), Err(UsersError::Unknown(_))));
        assert!(matches!(users.add("a_b", "x"), Err(UsersError::Name(..))));
        assert!(matches!(users.add("eve", ""), Err(UsersError::Empty)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join("state/users")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("users"), "# mine\nbob:$argon2\n\nnonsense\n").unwrap();
        assert!(matches!(Users::of(folder.path()).read(), Err(UsersError::Line { line: 4, .. })));
    }
}
