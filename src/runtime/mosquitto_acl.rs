//! `papo acl`: writes the ACL and password files for mosquitto.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
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

/// The bytes of randomness in a generated password: enough that a weak hash does not matter.
const MADE_BYTES: usize = 16;

/// Changes the files, and prints how to use them in mosquitto.
pub(super) fn run(acl: &Acl) -> Result<()> {
    let [rules_file, passwords_file] = ["acl", "passwords"].map(|name| acl.output.join(name));
    let change = Change { add: acl.ids.clone(), remove: acl.remove.clone(), prefix: acl.prefix.clone() };
    let [rules, passwords] = [read(&rules_file)?, read(&passwords_file)?];
    let mut files = Files::read(rules.as_deref(), passwords.as_deref(), &change)?;
    let wanting = files.change(&change)?;
    let made = give_passwords(&mut files, acl, &wanting)?;
    fs::create_dir_all(&acl.output).wrap_err_with(|| format!("cannot create the folder {}", acl.output.display()))?;
    // Rules first, so that no one can log in without rules, whatever happens between the two writes.
    for (file, text) in [(&rules_file, files.rules.to_string()), (&passwords_file, files.passwords.to_string())] {
        replace(file, &text).wrap_err_with(|| format!("cannot write {}", file.display()))?;
    }
    let folder = fs::canonicalize(&acl.output).unwrap_or_else(|_| acl.output.clone());
    print_instructions(&mut output::stdout(), &folder, &files, &made)?;
    Ok(())
}

/// Sets a password for everyone who needs one. Returns the generated ones, to print them.
fn give_passwords(files: &mut Files, acl: &Acl, wanting: &[UserId]) -> Result<Vec<(UserId, String)>> {
    let random = SystemRandom::new();
    let mut made = Vec::new();
    // Standard input has a line for every named user, so that the same lines go to the same users again.
    let asked = if acl.generate || io::stdin().is_terminal() || wanting.is_empty() { wanting } else { &acl.ids };
    for user in asked {
        let password = if acl.generate {
            let password = URL_SAFE_NO_PAD.encode(chance::<MADE_BYTES>(&random)?);
            made.push((user.clone(), password.clone()));
            password
        } else {
            password::ask(user.as_str())?
        };
        if password.is_empty() {
            return Err(eyre!("the password of {user} is empty; nothing was changed"));
        }
        if wanting.contains(user) && !files.passwords.has(user) {
            files.passwords.set(user, &acl::hash(&password, chance(&random)?));
        }
    }
    Ok(made)
}

fn chance<const BYTES: usize>(random: &SystemRandom) -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes).map_err(|_| eyre!("the system has no random numbers"))?;
    Ok(bytes)
}

fn print_instructions(out: &mut impl Write, folder: &Path, files: &Files, made: &[(UserId, String)]) -> io::Result<()> {
    let users: Vec<&str> = files.rules.users().map(UserId::as_str).collect();
    let [acl, passwords] = ["acl", "passwords"].map(|name| folder.join(name));
    let [acl, passwords] = [acl.display(), passwords.display()];
    writeln!(out, "{acl} and {passwords} cover these users: {}", users.join(", "))?;
    if !files.others().is_empty() {
        writeln!(out, "logins without papo rules: {}", files.others().join(", "))?;
    }
    if !made.is_empty() {
        writeln!(out, "\nTheir passwords (shown only once):\n")?;
        for (user, password) in made {
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
    let prefix = files.rules.prefix().as_str();
    if !prefix.is_empty() {
        writeln!(out, "Add this to every user's papo configuration:\n\ntopic_prefix = \"{prefix}\"\n")?;
    }
    write!(out, "{}", acl::GAPS)
}

fn read(file: &Path) -> Result<Option<String>> {
    match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        text => text.map(Some).wrap_err_with(|| format!("cannot read {}", file.display())),
    }
}

/// Replaces a file whole or not at all. Only its owner can read it, and the owner stays the same. A symbolic link is
/// followed.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let temporary = temporary(&target);
    // A leftover file may be readable by others.
    let _ = fs::remove_file(&temporary);
    let written = write(&temporary, &target, text).and_then(|()| fs::rename(&temporary, &target));
    if written.is_err() {
        // It may not exist; the first error is the one that matters.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn temporary(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".new");
    target.with_file_name(name)
}

fn write(temporary: &Path, target: &Path, text: &str) -> io::Result<()> {
    let mut file = owner_only::options().write(true).create_new(true).open(temporary)?;
    #[cfg(unix)]
    keep_owner(&file, target)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Lets mosquitto's user keep read access.
#[cfg(unix)]
fn keep_owner(file: &fs::File, target: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (now, Ok(before)) = (file.metadata()?, fs::metadata(target)) else { return Ok(()) };
    if (now.uid(), now.gid()) == (before.uid(), before.gid()) {
        return Ok(());
    }
    fchown(file, Some(before.uid()), Some(before.gid()))
}
