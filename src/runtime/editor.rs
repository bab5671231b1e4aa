//! The user's editor for the composer's text. It has the terminal while it runs.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    thread,
};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{
    domain::{ConversationId, LocalizedText, localized},
    owner_only,
};

/// The largest text that the editor may return.
const LONGEST: u64 = 1 << 20;

/// A running editor.
pub(super) struct Editor {
    /// The conversation; [`None`] if no chat is open.
    pub(super) conversation: Option<ConversationId>,
    file: PathBuf,
    process: u32,
    ended: oneshot::Receiver<io::Result<ExitStatus>>,
}

impl Editor {
    /// Starts the editor on `text`.
    pub(super) fn start(conversation: Option<ConversationId>, text: &str) -> Result<Self, LocalizedText> {
        let file = env::temp_dir().join(format!("papo-{}.md", Uuid::new_v4().simple()));
        write_private(&file, text).map_err(|error| LocalizedText::quoted(format!("{}: {error}", file.display())))?;
        let program = program(|key| env::var(key).ok());
        // Like git: the variable may contain arguments.
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{program} \"$1\"")).arg("papo").arg(&file);
        let mut child = command.spawn().map_err(|error| {
            remove(&file);
            localized!("editor-not-started", program, why = error.to_string())
        })?;
        let process = child.id();
        let (tell, ended) = oneshot::channel();
        thread::spawn(move || tell.send(child.wait()));
        Ok(Self { conversation, file, process, ended })
    }

    /// Waits until it ends.
    pub(super) async fn end(&mut self) -> io::Result<ExitStatus> {
        (&mut self.ended).await.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
    }

    /// The edited text, or why there is none.
    pub(super) fn written(self, ended: io::Result<ExitStatus>) -> Result<String, LocalizedText> {
        let written = match ended {
            Ok(status) if status.success() => read(&self.file),
            Ok(status) => Err(localized!("editor-failed", status = status.to_string())),
            Err(error) => Err(localized!("editor-lost", why = error.to_string())),
        };
        let is_kept = written.is_err() && fs::metadata(&self.file).is_ok_and(|file| file.len() > 0);
        if is_kept {
            return written.map_err(|why| localized!("editor-kept", why, file = self.file.display().to_string()));
        }
        remove(&self.file);
        written
    }

    /// Asks the editor to end, because papo quits.
    pub(super) fn stop(self) {
        if let Some(process) = i32::try_from(self.process).ok().and_then(rustix::process::Pid::from_raw) {
            // It may have ended already.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
        remove(&self.file);
    }
}

/// The user's editor.
fn program(environment: impl Fn(&str) -> Option<String>) -> String {
    let mut chosen = ["VISUAL", "EDITOR"].into_iter().filter_map(environment);
    chosen.find(|program| !program.trim().is_empty()).unwrap_or_else(|| "vi".to_owned())
}

fn read(file: &Path) -> Result<String, LocalizedText> {
    let size = fs::metadata(file).map_err(|error| LocalizedText::quoted(error.to_string()))?.len();
    if size > LONGEST {
        return Err(localized!("editor-too-much", size));
    }
    let text =
        fs::read_to_string(file).map_err(|error| LocalizedText::quoted(error.to_string()))?.replace("\r\n", "\n");
    // Editors end a file with a line feed that the user did not type.
    Ok(text.strip_suffix('\n').map_or_else(|| text.clone(), str::to_owned))
}

fn write_private(file: &Path, text: &str) -> io::Result<()> {
    io::Write::write_all(&mut owner_only::options().write(true).create_new(true).open(file)?, text.as_bytes())
}

fn remove(file: &Path) {
    // If it cannot be removed, it is left to the clean-up of temporary folders.
    let _ = fs::remove_file(file);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_is_the_one_that_was_chosen() {
        let with = |pairs: &[(&str, &str)]| {
            program(|key| pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[("VISUAL", "hx"), ("EDITOR", "ed")]), "hx");
        assert_eq!(with(&[("VISUAL", " "), ("EDITOR", "nano -w")]), "nano -w");
        assert_eq!(with(&[]), "vi");
    }
}
