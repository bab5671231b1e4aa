//! Edits the draft of a message in the user's editor, which has the terminal while it runs.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    thread,
};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{
    app::{LocalizedText, localized},
    domain::ChatId,
    owner_only,
};

/// The largest file that is read back, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// A running editor.
pub(super) struct Editor {
    /// The chat of the draft; `None` if no chat was open.
    pub(super) chat: Option<ChatId>,
    file: PathBuf,
    /// The process ID.
    process: u32,
    /// Receives the exit status when the editor ends.
    ended: oneshot::Receiver<io::Result<ExitStatus>>,
}

impl Editor {
    /// Starts the editor on a temporary file with `text`. The error is a message for the user.
    pub(super) fn start(chat: Option<ChatId>, text: &str) -> Result<Self, LocalizedText> {
        let file = env::temp_dir().join(format!("papo-{}.md", Uuid::new_v4().simple()));
        owner_only::create_new(&file)
            .and_then(|mut new| new.write_all(text.as_bytes()))
            .map_err(|error| LocalizedText::quoted(format!("{}: {error}", file.display())))?;
        let program = program(|key| env::var(key).ok());
        // Run by a shell, as git does it: the variable may contain arguments.
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{program} \"$1\"")).arg("papo").arg(&file);
        let mut child = command.spawn().map_err(|error| {
            remove(&file);
            localized!("editor-not-started", program, why = error.to_string())
        })?;
        let process = child.id();
        let (sender, ended) = oneshot::channel();
        thread::spawn(move || sender.send(child.wait()));
        Ok(Self { chat, file, process, ended })
    }

    /// Waits until the editor ends. Cancel safe.
    pub(super) async fn end(&mut self) -> io::Result<ExitStatus> {
        (&mut self.ended).await.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
    }

    /// Returns the edited text and removes the file. If the editor failed or the text cannot be read, keeps the file
    /// and names it in the error. An empty file is always removed.
    pub(super) fn finish(self, ended: io::Result<ExitStatus>) -> Result<String, LocalizedText> {
        let text = match ended {
            Ok(status) if status.success() => read(&self.file),
            Ok(status) => Err(localized!("editor-failed", status = status.to_string())),
            Err(error) => Err(localized!("editor-lost", why = error.to_string())),
        };
        let is_kept = text.is_err() && fs::metadata(&self.file).is_ok_and(|file| file.len() > 0);
        if is_kept {
            return text.map_err(|why| localized!("editor-kept", why, file = self.file.display().to_string()));
        }
        remove(&self.file);
        text
    }

    /// Terminates the editor, because papo quits.
    pub(super) fn stop(self) {
        if let Some(process) = i32::try_from(self.process).ok().and_then(rustix::process::Pid::from_raw) {
            // An error is ignored: the editor may have ended.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
        remove(&self.file);
    }
}

/// The command of VISUAL or EDITOR, else `vi`.
fn program(environment: impl Fn(&str) -> Option<String>) -> String {
    let mut chosen = ["VISUAL", "EDITOR"].into_iter().filter_map(environment);
    chosen.find(|program| !program.trim().is_empty()).unwrap_or_else(|| "vi".to_owned())
}

fn read(file: &Path) -> Result<String, LocalizedText> {
    let size = fs::metadata(file).map_err(|error| LocalizedText::quoted(error.to_string()))?.len();
    if size > MAX_SIZE {
        return Err(localized!("editor-too-much", size));
    }
    let text =
        fs::read_to_string(file).map_err(|error| LocalizedText::quoted(error.to_string()))?.replace("\r\n", "\n");
    // Editors add a final line feed.
    Ok(text.strip_suffix('\n').map_or_else(|| text.clone(), str::to_owned))
}

fn remove(file: &Path) {
    // An error is ignored: the system cleans up temporary files.
    let _ = fs::remove_file(file);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editor_is_visual_else_editor_else_vi() {
        let with = |pairs: &[(&str, &str)]| {
            program(|key| pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[("VISUAL", "hx"), ("EDITOR", "ed")]), "hx");
        assert_eq!(with(&[("VISUAL", " "), ("EDITOR", "nano -w")]), "nano -w");
        assert_eq!(with(&[]), "vi");
    }
}
