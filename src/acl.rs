//! The access rules and passwords of mosquitto 2 for the users of papo.
//!
//! This module reads and writes no files: it turns the text of the two files and a change into their new text. Only the
//! users to remove lose their access. The rules are those of papo's own broker, as far as mosquitto can express them;
//! [`GAPS`] lists what it cannot.
//!
//! mosquitto checks the lines of a user before the patterns for all users. In both, it checks denials first. A control
//! topic `<id>_Control` has one level, like the topic of a session, so the filter for sessions also matches it. A
//! `pattern deny` therefore denies it to everyone; the lines of the users then allow its owner to read it, and all
//! users to write it.

mod passwords;

use std::{collections::BTreeSet, fmt, str::FromStr};

use thiserror::Error;

use crate::{
    domain::{ControlTopic, UserId},
    protocol::{NewsTopic, Topic},
};

pub use passwords::{Passwords, SALT_BYTES, hash};

/// A text for the operator of the broker: what the rules of mosquitto cannot protect, but papo's own broker can.
pub const GAPS: &str = "\
What these rules cannot protect: mosquitto matches whole topic levels and knows no groups. Every user of this broker can
- read and write the sessions of others (bob_alice_TIME), and any other topic with one level; if the broker also serves
  other programs, give papo a --prefix of its own;
- read and write in every group (groups/NAME/...), member or not, and overwrite the record of a group (GROUPS/NAME):
  membership changes, but this file does not;
- name someone else as the sender: mosquitto does not compare the sender with the login.
What they do protect: a login is one client ID and cannot take over the session of another. Only ID can write USERS/ID,
its last will included. Only ID can read the requests and answers to ID (clients/ID, ID_Control). No other topics are
allowed. mosquitto accepts a subscription to anything, even #, but delivers only what the user may read.
Give logins only to people who may see all of this, or use papo's own broker (papo broker), which separates users fully.
";

/// The start of the first line. The topic prefix and a closing quotation mark follow.
const HEADER: &str = "# What users of papo may read and write, for mosquitto 2. Topic prefix: \"";
/// Everything after this line belongs to the operator and is kept.
const OWN_LINES: &str = "# Lines below this one are yours, and stay.";

/// The prefix of every topic, checked so that it cannot change the meaning of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefix(String);

/// The file `acl`: the users with rules, the topic prefix, and the lines of the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// The prefix of every topic.
    pub prefix: Prefix,
    /// The users with rules.
    pub users: BTreeSet<UserId>,
    own_lines: String,
}

/// The two files of mosquitto.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The file `acl`.
    pub rules: Rules,
    /// The file `passwords`.
    pub passwords: Passwords,
}

/// A change to the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Users to add, unless they exist.
    pub add: Vec<UserId>,
    /// Users to remove. A user that is also in `add` gets a new password.
    pub remove: Vec<UserId>,
    /// The new prefix, if it changes.
    pub prefix: Option<Prefix>,
}

/// Why the files cannot be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AclError {
    /// The file `acl` is not one of papo's.
    #[error("the file acl was not written by papo acl, so it is not replaced; choose another folder with --output")]
    Foreign,
    /// The line with this number, counted from 1, has no valid user ID.
    #[error("the file acl, line {0}: not a user")]
    User(usize),
    /// The prefix in the first line is invalid.
    #[error("the file acl, line 1: {0}")]
    Header(PrefixError),
    /// There is no file `acl`, but there are these logins, and it is unknown which of them are users of papo.
    #[error("the file passwords lists {0}, but there is no file acl; name them too, or they lose their rules")]
    NoRules(String),
    /// A user has rules but no password.
    #[error("{0} has no password in the file passwords; name {0} too, or remove their rules with --remove {0}")]
    NoPassword(UserId),
    /// The user to remove has neither rules nor a password.
    #[error("no user {0} to remove")]
    Unknown(UserId),
}

/// The text cannot be a topic prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a prefix must not contain + # % \" \\, white space or control characters, or start with $")]
pub struct PrefixError;

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let is_bad = |c: char| "+#%\"\\".contains(c) || c.is_whitespace() || c.is_control();
        if text.contains(is_bad) || text.starts_with('$') { Err(PrefixError) } else { Ok(Self(text.to_owned())) }
    }
}

impl Prefix {
    /// The prefix as text; may be empty.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The filter for the topic level of sessions and control topics. A prefix that ends within a level cannot be part
    /// of it, because `+` matches whole levels.
    fn session_level(&self) -> String {
        let levels = self.0.rfind('/').map_or(0, |slash| slash + 1);
        format!("{}+", &self.0[..levels])
    }
}

impl Rules {
    /// Rules for these users.
    pub fn new(prefix: Prefix, users: impl IntoIterator<Item = UserId>) -> Self {
        Self { prefix, users: users.into_iter().collect(), own_lines: String::new() }
    }

    /// Parses the text that [`fmt::Display`] writes. Keeps the users, the prefix and the lines of the operator.
    fn read(text: &str) -> Result<Self, AclError> {
        let quoted = text.lines().next().and_then(|line| line.strip_prefix(HEADER)?.strip_suffix('"'));
        let prefix = quoted.ok_or(AclError::Foreign)?;
        let prefix = prefix.parse().map_err(AclError::Header)?;
        let (mut users, mut own_lines) = (BTreeSet::new(), String::new());
        let mut lines = text.lines().enumerate();
        for (index, line) in lines.by_ref() {
            if line == OWN_LINES {
                break;
            }
            if let Some(name) = line.strip_prefix("user ") {
                users.insert(name.parse().map_err(|_| AclError::User(index + 1))?);
            }
        }
        for (_, line) in lines {
            own_lines.push_str(line);
            own_lines.push('\n');
        }
        Ok(Self { prefix, users, own_lines })
    }
}

/// The file as mosquitto reads it.
impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.prefix.as_str();
        writeln!(f, "{HEADER}{prefix}\"")?;
        writeln!(f, "# papo acl rewrites this part; put your own lines at the end.")?;
        for user in &self.users {
            writeln!(f, "\nuser {user}")?;
            for (access, filter) in rules_of(user, &self.prefix) {
                writeln!(f, "topic {access} {filter}")?;
            }
        }
        writeln!(f, "\n# For every user. mosquitto warns that these patterns name no user: that is intended.")?;
        for user in &self.users {
            writeln!(f, "pattern deny {}", Topic::Control(user.clone(), ControlTopic::Control).name(prefix))?;
        }
        writeln!(f, "pattern read {}", self.prefix.session_level())?;
        write!(f, "\n{OWN_LINES}\n{}", self.own_lines)
    }
}

/// The rules of one user: the access and the topic filter. The rules for all users are written separately.
fn rules_of(user: &UserId, prefix: &Prefix) -> Vec<(&'static str, String)> {
    let below = |rest: &str| format!("{}{rest}", prefix.as_str());
    let name = |topic: Topic| topic.name(prefix.as_str());
    vec![
        ("read", name(Topic::Control(user.clone(), ControlTopic::Control))),
        ("read", name(Topic::Control(user.clone(), ControlTopic::Clients))),
        ("write", below("clients/+")),
        ("write", name(Topic::Presence(user.clone()))),
        ("read", below("USERS/+")),
        // Announcements of groups.
        ("readwrite", name(Topic::GroupNews(NewsTopic::Info))),
        ("readwrite", below("GROUPS/+")),
        ("readwrite", below("groups/+/leader")),
        ("readwrite", below("groups/+/members")),
        ("readwrite", below("groups/+/messages")),
        ("readwrite", below("groups/+/seen")),
        // Announcements, the control topics of others, and sessions.
        ("write", prefix.session_level()),
    ]
}

impl Files {
    /// Parses the files. `None` means that the file does not exist.
    pub fn read(rules: Option<&str>, passwords: Option<&str>, change: &Change) -> Result<Self, AclError> {
        let passwords = Passwords::read(passwords.unwrap_or_default());
        if let Some(rules) = rules {
            return Ok(Self { rules: Rules::read(rules)?, passwords });
        }
        let is_named = |name: &&str| change.add.iter().chain(&change.remove).any(|user| user.as_str() == *name);
        let others: Vec<&str> = passwords.names().filter(|name| !is_named(name)).collect();
        if others.is_empty() {
            Ok(Self { rules: Rules::default(), passwords })
        } else {
            Err(AclError::NoRules(others.join(", ")))
        }
    }

    /// Applies a change. Returns the users who need a password, in the order of the command line.
    pub fn change(&mut self, change: &Change) -> Result<Vec<UserId>, AclError> {
        for user in &change.remove {
            let had_rules = self.rules.users.remove(user);
            let had_password = self.passwords.remove(user);
            if !had_rules && !had_password {
                return Err(AclError::Unknown(user.clone()));
            }
        }
        if let Some(prefix) = &change.prefix {
            self.rules.prefix = prefix.clone();
        }
        let mut without_password: Vec<UserId> = Vec::new();
        for user in &change.add {
            self.rules.users.insert(user.clone());
            if !self.passwords.has(user) && !without_password.contains(user) {
                without_password.push(user.clone());
            }
        }
        match self.rules.users.iter().find(|user| !self.passwords.has(user) && !without_password.contains(user)) {
            Some(user) => Err(AclError::NoPassword(user.clone())),
            None => Ok(without_password),
        }
    }

    /// The logins that have a password but no rules of papo, such as those of other programs.
    pub fn others(&self) -> Vec<&str> {
        let is_user = |name: &&str| self.rules.users.iter().any(|user| user.as_str() == *name);
        self.passwords.names().filter(|name| !is_user(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> UserId {
        name.parse().unwrap()
    }

    fn ids(names: &str) -> Vec<UserId> {
        names.split_whitespace().map(id).collect()
    }

    fn adds(names: &str) -> Change {
        Change { add: ids(names), ..Change::default() }
    }

    /// Applies a change and sets the missing passwords. Returns both files and the users who needed a password.
    fn changed(before: Option<(&str, &str)>, change: &Change) -> Result<(String, String, Vec<UserId>), AclError> {
        let (rules, passwords) = before.unzip();
        let mut files = Files::read(rules, passwords, change)?;
        let without_password = files.change(change)?;
        for user in &without_password {
            files.passwords.set(user, "$7$x");
        }
        Ok((files.rules.to_string(), files.passwords.to_string(), without_password))
    }

    #[test]
    fn existing_users_keep_their_passwords() {
        let (rules, passwords, without_password) = changed(None, &adds("bob alice")).unwrap();
        assert_eq!(without_password, ids("bob alice"), "in the order of the command line");
        assert_eq!(passwords, "bob:$7$x\nalice:$7$x\n");
        let again = changed(Some((&rules, &passwords)), &adds("alice bob")).unwrap();
        assert_eq!(again, (rules.clone(), passwords.clone(), vec![]));
        let (more, _, without_password) = changed(Some((&rules, &passwords)), &adds("carol bob")).unwrap();
        assert_eq!(without_password, ids("carol"));
        assert_eq!(Rules::read(&more).unwrap().users, ids("alice bob carol").into_iter().collect());
        let removal = Change { remove: ids("bob"), ..Change::default() };
        let (fewer, passwords, _) = changed(Some((&more, "alice:x\nbob:x\ncarol:x\n")), &removal).unwrap();
        assert!(!fewer.contains("bob") && passwords == "alice:x\ncarol:x\n");
        let reset = Change { add: ids("alice"), remove: ids("alice"), prefix: None };
        assert_eq!(changed(Some((&rules, "alice:x\nbob:x\n")), &reset).unwrap().1, "bob:x\nalice:$7$x\n");
    }

    #[test]
    fn changes_that_would_lose_users_are_refused() {
        let (rules, _, _) = changed(None, &adds("alice bob")).unwrap();
        let add = adds("carol");
        assert_eq!(changed(Some((&rules, "alice:x\n")), &add).unwrap_err(), AclError::NoPassword(id("bob")));
        let mut files = Files::read(None, Some("alice:x\nbob:x\n"), &adds("bob"));
        assert_eq!(files.unwrap_err(), AclError::NoRules("alice".into()));
        files = Files::read(Some("user alice\ntopic readwrite #\n"), None, &add);
        assert_eq!(files.unwrap_err(), AclError::Foreign);
        files = Files::read(Some(&format!("{HEADER}\"\nuser a_b\n")), None, &add);
        assert_eq!(files.unwrap_err(), AclError::User(2));
        let unknown = Change { remove: ids("eve"), ..Change::default() };
        assert_eq!(changed(Some((&rules, "alice:x\nbob:x\n")), &unknown).unwrap_err(), AclError::Unknown(id("eve")));
    }

    #[test]
    fn prefix_and_foreign_lines_and_logins_are_kept() {
        let with_prefix = Change { prefix: "home/papo/".parse().ok(), ..adds("alice") };
        let (rules, passwords, _) = changed(None, &with_prefix).unwrap();
        let (rules, passwords) = (rules + "user pump\ntopic write pump/#\n", format!("# mine\n{passwords}pump:$6$y\n"));
        let (after, logins, without_password) = changed(Some((&rules, &passwords)), &adds("bob")).unwrap();
        assert_eq!(without_password, ids("bob"));
        assert!(after.ends_with(&format!("{OWN_LINES}\nuser pump\ntopic write pump/#\n")), "{after}");
        assert!(after.contains("topic write home/papo/USERS/bob\n") && after.contains("pattern read home/papo/+\n"));
        assert_eq!(logins, "# mine\nalice:$7$x\npump:$6$y\nbob:$7$x\n");
        let files = Files::read(Some(&after), Some(&logins), &Change::default()).unwrap();
        assert_eq!(files.others(), ["pump"]);
    }

    #[test]
    fn prefix_cannot_change_the_meaning_of_a_rule() {
        for good in ["", "papo/", "a/b/", "papo-", "/"] {
            assert!(good.parse::<Prefix>().is_ok(), "{good:?}");
        }
        for bad in ["+/", "a/#", "a b/", "a\"/", "a\\/", "a\nuser eve", "%u/", "$SYS/"] {
            assert!(bad.parse::<Prefix>().is_err(), "{bad:?}");
        }
        assert_eq!("a/b-".parse::<Prefix>().unwrap().session_level(), "a/+", "+ matches whole levels");
    }

    #[test]
    fn rules_are_in_the_format_of_mosquitto() {
        let text = Rules::new(Prefix::default(), ids("alice bob")).to_string();
        let (_, text) = text.split_once("\n\n").unwrap();
        let (alice, rest) = text.split_once("\n\n").unwrap();
        assert_eq!(
            alice,
            "user alice\n\
             topic read alice_Control\n\
             topic read clients/alice\n\
             topic write clients/+\n\
             topic write USERS/alice\n\
             topic read USERS/+\n\
             topic readwrite groups/info\n\
             topic readwrite GROUPS/+\n\
             topic readwrite groups/+/leader\n\
             topic readwrite groups/+/members\n\
             topic readwrite groups/+/messages\n\
             topic readwrite groups/+/seen\n\
             topic write +"
        );
        let denials = "\npattern deny alice_Control\npattern deny bob_Control\npattern read +\n";
        assert!(rest.starts_with("user bob\n") && rest.contains(denials), "{rest}");
    }
}
