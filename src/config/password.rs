//! Sources of a broker's password.

use std::{
    fmt, fs, io,
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
};

use thiserror::Error;

/// The source of a password, which is read when it is needed.
#[derive(Clone, PartialEq, Eq)]
pub enum Password {
    /// The password itself, from the environment.
    Text(String),
    /// The content of a file, trimmed.
    File(PathBuf),
    /// The output of a shell command, trimmed.
    Command(String),
    /// The keyring of the desktop: on Linux the Secret Service, through `secret-tool`; on macOS the keychain, through
    /// `security`.
    Keyring {
        /// The user name of the broker login.
        user: String,
        /// The URL of the broker, exactly as configured.
        broker: String,
    },
}

/// Why a password could not be read.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages and names say it")]
pub enum PasswordError {
    #[error("cannot read the password file {path}", path = .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot run the password command `{command}`")]
    Start { command: String, source: io::Error },
    #[error("the password command `{command}` failed with {status}: {message}")]
    Failed {
        command: String,
        status: ExitStatus,
        /// The last line of standard error.
        message: String,
    },
    #[error("cannot read the keyring: {program} does not run; install {package}, or use password_command")]
    NoKeyring {
        program: &'static str,
        /// The package that has the program.
        package: &'static str,
        source: io::Error,
    },
    #[error("the keyring has no password of {user} for {broker}; add it with: {how}")]
    NotInKeyring {
        user: String,
        broker: String,
        /// The command that adds the password.
        how: String,
    },
    #[error("the password is not UTF-8")]
    NotText,
    #[error("the password is empty")]
    Empty,
}

impl Password {
    /// Reads the password. Blocks while the command runs, so once the screen is drawn, it must be called on a thread
    /// of its own. The command gets no input.
    pub fn read(&self) -> Result<String, PasswordError> {
        let bytes = match self {
            Self::Text(text) => return Ok(text.clone()),
            Self::File(path) => fs::read(path).map_err(|source| PasswordError::File { path: path.clone(), source })?,
            Self::Command(command) => run(command)?,
            Self::Keyring { user, broker } => read_keyring(user, broker)?,
        };
        let text = String::from_utf8(bytes).map_err(|_| PasswordError::NotText)?;
        match text.trim() {
            "" => Err(PasswordError::Empty),
            password => Ok(password.to_owned()),
        }
    }
}

/// Never shows the password itself.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(…)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Command(command) => f.debug_tuple("Command").field(command).finish(),
            Self::Keyring { user, broker } => f.debug_tuple("Keyring").field(user).field(broker).finish(),
        }
    }
}

fn run(command: &str) -> Result<Vec<u8>, PasswordError> {
    let output = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .output()
        .map_err(|source| PasswordError::Start { command: command.to_owned(), source })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let message = errors.trim_end().lines().next_back().unwrap_or("it said nothing").to_owned();
    Err(PasswordError::Failed { command: command.to_owned(), status: output.status, message })
}

/// The program that reads the keyring, and the package that has it.
const KEYRING: (&str, &str) =
    if cfg!(target_os = "macos") { ("security", "macOS's own tools") } else { ("secret-tool", "libsecret-tools") };

fn read_keyring(user: &str, broker: &str) -> Result<Vec<u8>, PasswordError> {
    let (program, package) = KEYRING;
    let mut command = Command::new(program);
    if cfg!(target_os = "macos") {
        command.args(["find-generic-password", "-w", "-s", broker, "-a", user]);
    } else {
        command.args(["lookup", "service", "papo", "broker", broker, "user", user]);
    }
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|source| PasswordError::NoKeyring { program, package, source })?;
    if output.status.success() && !output.stdout.is_empty() {
        return Ok(output.stdout);
    }
    let how = if cfg!(target_os = "macos") {
        format!("security add-generic-password -s '{broker}' -a '{user}' -w")
    } else {
        format!("secret-tool store --label papo service papo broker '{broker}' user '{user}'")
    };
    Err(PasswordError::NotInKeyring { user: user.to_owned(), broker: broker.to_owned(), how })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_files_and_commands_is_trimmed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "  s3cret with space\r\n").unwrap();
        assert_eq!(Password::File(path).read().unwrap(), "s3cret with space");
        assert_eq!(Password::Command("echo from; echo \"$0\" >/dev/null".into()).read().unwrap(), "from");
        assert_eq!(Password::Text(" kept ".into()).read().unwrap(), " kept ");
    }

    #[test]
    fn errors_name_the_cause() {
        let failed = Password::Command("echo locked >&2; exit 3".into()).read().unwrap_err().to_string();
        assert!(failed.contains("locked") && failed.contains('3'), "{failed}");
        assert!(matches!(Password::Command("true".into()).read(), Err(PasswordError::Empty)));
        assert!(matches!(Password::Command("printf '\\377'".into()).read(), Err(PasswordError::NotText)));
        let missing = Password::File("/nowhere/at/all".into()).read().unwrap_err().to_string();
        assert!(missing.contains("/nowhere/at/all"), "{missing}");
    }

    #[test]
    fn debug_output_hides_the_password() {
        assert!(!format!("{:?}", Password::Text("hunter2".into())).contains("hunter2"));
    }
}
