//! The profile in use, and the user's ID in it.

use std::fmt;

use serde::Deserialize;
use thiserror::Error;

use super::File;
use crate::domain::{NameError, UserId};

/// The name of a profile. It follows the rules for user IDs, so it is always a single, harmless path component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct ProfileName(UserId);

impl ProfileName {
    /// Trims and normalizes (NFC) what a user has typed, and checks it.
    pub fn from_input(text: &str) -> Result<Self, NameError> {
        UserId::from_input(text).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<UserId> for ProfileName {
    fn from(id: UserId) -> Self {
        Self(id)
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The profile and the ID that the command line or the environment asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requested {
    /// `--profile`, `PAPO_PROFILE`.
    pub profile: Option<ProfileName>,
    /// `papo ID`, `PAPO_ID`.
    pub id: Option<UserId>,
}

/// The profile to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The name of the profile and of its folder.
    pub profile: ProfileName,
    /// The ID of the user.
    pub id: UserId,
}

/// Why no profile can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// The file has no such profile, and no ID was given to create it with.
    #[error("no profile {0}: add [profiles.\"{0}\"] to the configuration, or give its ID")]
    Unknown(ProfileName),
    /// The requested ID is not the ID of the profile. Opening the profile would mix the histories of two users.
    #[error("profile {profile} belongs to {owner}, not to {asked}: leave out the ID, or choose another profile")]
    Foreign {
        /// The requested profile.
        profile: ProfileName,
        /// The ID in the configuration file.
        owner: UserId,
        /// The requested ID.
        asked: UserId,
    },
}

/// Chooses the requested profile, else the one whose name is the requested ID, else the default profile of the file.
/// Returns `None` if there is none of these; then the setup screen asks the user.
///
/// A profile without `id` in the file belongs to the requested ID, else to the ID that equals its name.
pub fn choose(file: &File, requested: &Requested) -> Result<Option<Chosen>, ProfileError> {
    let named = requested.profile.clone().or_else(|| requested.id.clone().map(ProfileName::from));
    let Some(profile) = named.or_else(|| file.default_profile.clone()) else {
        return Ok(None);
    };
    let entry = file.profiles.get(&profile);
    let owner = entry.and_then(|entry| entry.id.clone());
    let id = match (owner, requested.id.clone()) {
        (Some(owner), Some(asked)) if owner != asked => return Err(ProfileError::Foreign { profile, owner, asked }),
        (Some(id), _) | (None, Some(id)) => id,
        (None, None) if entry.is_some() => profile.0.clone(),
        (None, None) => return Err(ProfileError::Unknown(profile)),
    };
    Ok(Some(Chosen { profile, id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        default_profile = "alice"
        [profiles.alice]
        id = "alice"
        [profiles.work]
        id = "alice.w"
        [profiles.bare]
    "#;

    fn requested(profile: &str, id: &str) -> Requested {
        Requested { profile: ProfileName::from_input(profile).ok(), id: UserId::from_input(id).ok() }
    }

    fn chosen(file: &str, profile: &str, id: &str) -> Result<Option<(String, String)>, ProfileError> {
        let file = File::parse(file, "config.toml".as_ref()).unwrap();
        choose(&file, &requested(profile, id)).map(|chosen| chosen.map(|c| (c.profile.to_string(), c.id.to_string())))
    }

    #[test]
    fn requested_profile_wins_over_id_and_id_over_default() {
        let pair = |profile: &str, id: &str| Ok(Some((profile.to_owned(), id.to_owned())));
        for (profile, id, expected) in [
            ("", "", pair("alice", "alice")),
            ("work", "", pair("work", "alice.w")),
            ("work", "alice.w", pair("work", "alice.w")),
            ("bare", "", pair("bare", "bare")),
            ("bare", "carol", pair("bare", "carol")),
            ("", "alice", pair("alice", "alice")),
            ("", "dave", pair("dave", "dave")),
            ("new", "dave", pair("new", "dave")),
        ] {
            assert_eq!(chosen(FILE, profile, id), expected, "-P {profile} {id}");
        }
        assert_eq!(chosen("", "", ""), Ok(None), "nothing is requested, and there is no default");
    }

    #[test]
    fn unknown_profile_is_refused() {
        let error = chosen(FILE, "wrok", "").unwrap_err();
        assert_eq!(error, ProfileError::Unknown(ProfileName::from_input("wrok").unwrap()));
        let error = chosen("default_profile = \"gone\"", "", "").unwrap_err();
        assert_eq!(error, ProfileError::Unknown(ProfileName::from_input("gone").unwrap()));
    }

    #[test]
    fn profile_of_another_id_is_refused() {
        let file = format!("{FILE}\n[profiles.bob]\nid = \"robert\"");
        for (profile, id) in [("work", "alice"), ("", "bob")] {
            let error = chosen(&file, profile, id).unwrap_err();
            assert!(matches!(error, ProfileError::Foreign { .. }), "{error}");
        }
    }

    #[test]
    fn profile_name_is_one_path_component() {
        for bad in ["..", ".", "a/b", "a\\b", "", "-x", "a\0b", "C:"] {
            assert!(ProfileName::from_input(bad).is_err(), "{bad:?}");
        }
    }
}
