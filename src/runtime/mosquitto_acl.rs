//! `papo acl`: writes the ACL and password files for mosquitto.

use std::{
    fs::{self, File},
    io::{self, IsTerminal, Write},
    os::unix::fs::{MetadataExt, fchown},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use color_eyre::eyre::{Result, WrapErr, eyre};
use ring::rand::{SecureRandom, SystemRandom};

use super::{output, password};
use crate::{
    acl::{self, Change, Files},
    cli::Acl,
    domain::UserId,
    owner_only,
};

/// The number of random bytes in a generated password: too many to guess, even if the hash is fast.
const PASSWORD_BYTES: usize = 16;

/// Changes the files, and prints how to configure mosquitto to use them.
pub(super) fn run(acl: &Acl) -> Result<()> {
    let [rules_file, passwords_file] = ["acl", "passwords"].map(|name| acl.output.join(name));
    let change = Change { add: acl.ids.clone(), remove: acl.remove.clone(), prefix: acl.prefix.clone() };
    let read =
        |file: &Path| owner_only::read_if_present(file).wrap_err_with(|| format!("cannot read {}", file.display()));
    let [rules, passwords] = [read(&rules_file)?, read(&passwords_file)?];
    let mut files = Files::read(rules.as_deref(), passwords.as_deref(), &change)?;
    let without_password = files.change(&change)?;
    let generated = set_passwords(&mut files, acl, &without_password)?;
    fs::create_dir_all(&acl.output).wrap_err_with(|| format!("cannot create the folder {}", acl.output.display()))?;
    // The rules are written first, so that after a crash between the two files no user can log in without rules.
    for (file, text) in [(&rules_file, files.rules.to_string()), (&passwords_file, files.passwords.to_string())] {
        owner_only::replace_with(file, &text, keep_owner)
            .wrap_err_with(|| format!("cannot write {}", file.display()))?;
    }
    let folder = fs::canonicalize(&acl.output).unwrap_or_else(|_| acl.output.clone());
    print_instructions(&mut output::stdout(), &folder, &files, &generated)?;
    Ok(())
}

/// Sets a password for each user in `without_password`. Returns the passwords that papo generated, each with its user.
fn set_passwords(files: &mut Files, acl: &Acl, without_password: &[UserId]) -> Result<Vec<(UserId, String)>> {
    let random = SystemRandom::new();
    let mut generated = Vec::new();
    // Standard input has a line for every user on the command line, even for users who keep their passwords. So the
    // same input still works when more users are added.
    let users = if acl.generate || io::stdin().is_terminal() || without_password.is_empty() {
        without_password
    } else {
        &acl.ids
    };
    for user in users {
        let password = if acl.generate {
            let password = URL_SAFE_NO_PAD.encode(random_bytes::<PASSWORD_BYTES>(&random)?);
            generated.push((user.clone(), password.clone()));
            password
        } else {
            password::ask(user.as_str())?
        };
        if password.is_empty() {
            return Err(eyre!("the password of {user} is empty; nothing was changed"));
        }
        if without_password.contains(user) && !files.passwords.has(user) {
            files.passwords.set(user, &acl::hash(&password, random_bytes(&random)?));
        }
    }
    Ok(generated)
}

fn random_bytes<const BYTES: usize>(random: &SystemRandom) -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes).map_err(|_| eyre!("the system has no random numbers"))?;
    Ok(bytes)
}

fn print_instructions(
    out: &mut impl Write,
    folder: &Path,
    files: &Files,
    generated: &[(UserId, String)],
) -> io::Result<()> {
    let users: Vec<&str> = files.rules.users.iter().map(UserId::as_str).collect();
    let [acl, passwords] = ["acl", "passwords"].map(|name| folder.join(name));
    let [acl, passwords] = [acl.display(), passwords.display()];
    writeln!(out, "{acl} and {passwords} cover these users: {}", users.join(", "))?;
    if !files.others().is_empty() {
        writeln!(out, "logins without papo rules: {}", files.others().join(", "))?;
    }
    if !generated.is_empty() {
        writeln!(out, "\nTheir passwords (shown only once):\n")?;
        for (user, password) in generated {
            writeln!(out, "{user} {password}")?;
        }
    }
    writeln!(
        out,
        "\nAdd this to mosquitto.conf:\n\n\
         listener 1883\n\
         # The client ID is the user name, so no one can take over the session of another user. This applies to this\n\
         # listener only: programs that share a login need another listener.\n\
         use_username_as_clientid true\n\
         allow_anonymous false\n\
         password_file {passwords}\n\
         acl_file {acl}\n\
         # Keep everything that was sent to users who are offline.\n\
         persistence true\n\
         autosave_interval 1\n\
         autosave_on_changes true\n\
         max_queued_messages 0\n\
         max_queued_bytes 0\n\
         set_tcp_nodelay true\n\n\
         Let only mosquitto's own user read both files (chown mosquitto: {acl} {passwords}).\n\
         After a change, have mosquitto reload them (systemctl reload mosquitto, or kill -HUP).\n"
    )?;
    let prefix = files.rules.prefix.as_str();
    if !prefix.is_empty() {
        writeln!(out, "Add this to every user's papo configuration:\n\ntopic_prefix = \"{prefix}\"\n")?;
    }
    write!(out, "{}", acl::GAPS)
}

/// Gives a new file the owner of the old one, so that mosquitto's own user can still read it.
fn keep_owner(new: &File, old: &Path) -> io::Result<()> {
    let (now, Ok(before)) = (new.metadata()?, fs::metadata(old)) else { return Ok(()) };
    if (now.uid(), now.gid()) == (before.uid(), before.gid()) {
        return Ok(());
    }
    fchown(new, Some(before.uid()), Some(before.gid()))
}
