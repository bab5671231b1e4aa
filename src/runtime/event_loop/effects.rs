//! Carries out the effects that an update of the model returns.

use std::{io, process::ExitStatus, thread, time::Duration};

use color_eyre::eyre::Result;

use super::EventLoop;
use crate::{
    app::{Connection, Effect, LocalizedText, Message, localized},
    domain::{ChatId, Credentials},
    mqtt,
    protocol::Ignored,
    runtime::{
        clock,
        editor::Editor,
        exporting, ipc, notify, opener,
        suspension::{Step, Suspension},
        tmux,
    },
    store,
};

/// The shortest time between two notifications.
const NOTIFY_INTERVAL: Duration = Duration::from_secs(2);

impl EventLoop {
    pub(super) fn perform(&mut self, effect: Effect) -> Result<()> {
        match effect {
            Effect::Commit { operations, outputs } => self.gate.commit(operations, outputs),
            Effect::Lookup(lookup) => self.gate.queue_read(store::Job::Lookup(lookup)),
            Effect::Reconnect => self.gate.request(mqtt::Request::Reconnect),
            Effect::LogIn(credentials) => self.gate.request(mqtt::Request::LogIn(credentials)),
            Effect::RereadLogin => return self.reread_login(),
            Effect::Disconnect => self.gate.request(mqtt::Request::Yield),
            Effect::Redraw => self.display.invalidate(),
            Effect::Reload => return self.reload("reloaded".into()),
            Effect::Set { key, value, done } => {
                return match self.config_files.set(&key, value.as_deref()) {
                    Ok(()) => self.reload(done),
                    Err(why) => self.update(Message::Warned(LocalizedText::quoted(why))),
                };
            }
            Effect::Keep { key, value } => {
                let kept = self.config_files.set(&key, Some(&value));
                return self.warn_of_error(kept.map_err(LocalizedText::quoted));
            }
            Effect::PreviewTheme(name) => match self.config_files.theme(name) {
                Ok(theme) => self.theme = theme,
                Err(why) => return self.update(Message::Warned(localized!("file-kept", why))),
            },
            Effect::Suspend => {
                let is_stopped = matches!(self.model.connection, Connection::Stopped { .. });
                self.suspension.get_or_insert(Suspension::new(clock::instant(), !is_stopped));
            }
            Effect::Edit { chat, text } => return self.edit(chat, &text),
            Effect::Copy(text) if tmux::is_active() => tmux::copy(text, self.background.0.clone()),
            Effect::Copy(text) => self.display.copy(&text)?,
            Effect::OpenLink(link) => return self.warn_of_error(opener::open(&link).map_err(LocalizedText::quoted)),
            Effect::Notify { title, body } => self.notify(&title, &body)?,
            Effect::Export { range, format, file } => {
                let me = self.model.peer.me().clone();
                let (reader, sender) = (self.gate.reader(), self.background.0.clone());
                return self.warn_of_error(exporting::start(range, me, (format, file), reader, sender));
            }
            Effect::Answer(number, answer) => {
                if !self.ipc.answer(number, answer) {
                    return self.update(Message::Unasked(number));
                }
            }
            Effect::StreamHistory(number, wanted) => {
                if let Some(answers) = self.ipc.take_answers(number) {
                    ipc::stream_history(wanted, self.gate.reader(), answers);
                }
            }
            Effect::Merged(number, is_done) => self.store_jobs.merged(number, is_done),
            Effect::LogIgnored { ignored: Ignored { topic, sender, reason: why }, reason, is_first } => {
                let sender = sender.as_deref().unwrap_or("unknown");
                if is_first {
                    tracing::warn!(
                        topic,
                        sender,
                        kind = why.kind(),
                        reason,
                        "ignored a publication, the first of its sender and kind"
                    );
                } else {
                    tracing::debug!(topic, sender, kind = why.kind(), reason, "ignored a publication");
                }
            }
            Effect::Quit => (self.suspension, self.is_quitting) = (None, true),
        }
        Ok(())
    }

    fn warn_of_error(&mut self, outcome: Result<(), LocalizedText>) -> Result<()> {
        outcome.or_else(|why| self.update(Message::Warned(why)))
    }

    /// Reads the login in the configuration. A command for the password may take its time, so it runs on a thread.
    fn reread_login(&mut self) -> Result<()> {
        let (user, password) = match self.config_files.login() {
            Ok(Some(login)) => login,
            Ok(None) => return self.update(Message::LoginRead(None)),
            Err(why) => return self.update(Message::Warned(localized!("file-kept", why))),
        };
        let sender = self.background.0.clone();
        let read = move || {
            let message = match password.map(|password| password.read()).transpose() {
                Ok(password) => Message::LoginRead(Some(Credentials { user, password: password.unwrap_or_default() })),
                Err(why) => Message::Warned(LocalizedText::quoted(why.to_string())),
            };
            // An error is ignored: papo has quit.
            let _ = sender.blocking_send(message);
        };
        let thread = thread::Builder::new().name("papo-login".to_owned()).spawn(read);
        self.warn_of_error(thread.map(drop).map_err(|why| LocalizedText::quoted(why.to_string())))
    }

    /// Checks whether a configuration file has changed since the last check.
    pub(super) fn config_has_changed(&mut self) -> bool {
        self.config_checked = clock::instant();
        self.config_files.have_changed()
    }

    /// Reloads the configuration files and shows `notice`. If a file is invalid, keeps all settings and shows the
    /// error.
    pub(super) fn reload(&mut self, notice: LocalizedText) -> Result<()> {
        match self.config_files.reread() {
            Ok((options, theme, notify_by)) => {
                (self.theme, self.notify_by) = (theme, notify_by);
                self.update(Message::Reloaded(Box::new(options), notice))
            }
            Err(why) => self.update(Message::Warned(localized!("file-kept", why))),
        }
    }

    /// Hands the terminal to the user's editor. While the editor runs, the loop handles events but draws nothing.
    fn edit(&mut self, chat: Option<ChatId>, text: &str) -> Result<()> {
        self.keyboard.release();
        self.display.restore();
        match Editor::start(chat.clone(), text) {
            Ok(editor) => {
                self.editor = Some(editor);
                Ok(())
            }
            Err(why) => self.resume_after_editor(chat, Err(why)),
        }
    }

    pub(super) fn editor_exited(&mut self, ended: io::Result<ExitStatus>) -> Result<()> {
        let Some(editor) = self.editor.take() else { return Ok(()) };
        let chat = editor.chat.clone();
        let text = editor.finish(ended);
        self.resume_after_editor(chat, text)
    }

    fn resume_after_editor(&mut self, chat: Option<ChatId>, text: Result<String, LocalizedText>) -> Result<()> {
        self.display.reclaim()?;
        self.keyboard.reclaim()?;
        self.update(Message::Edited { chat, text })
    }

    /// If papo is about to be suspended, takes the next step.
    pub(super) fn advance_suspension(&mut self) -> Result<()> {
        let Some(suspension) = &mut self.suspension else { return Ok(()) };
        match suspension.step(clock::instant(), self.gate.is_settled()) {
            Step::Wait => {}
            Step::CloseConnection => self.gate.disconnect_until_resumed(),
            Step::Suspend => {
                let reconnects = suspension.reconnects;
                self.suspension = None;
                self.display.suspend()?;
                self.redraw.request_redraw();
                self.gate.cancel_shutdown();
                if reconnects {
                    self.gate.request(mqtt::Request::Reconnect);
                }
            }
        }
        Ok(())
    }

    /// Notifies the user, unless the last notification is more recent than [`NOTIFY_INTERVAL`]: one notification is
    /// enough for messages that arrive together.
    fn notify(&mut self, title: &str, body: &str) -> Result<()> {
        if self.last_notified.is_none_or(|last| last + NOTIFY_INTERVAL <= clock::instant())
            && let Some(sequence) = notify::sequence(self.notify_by, title, body)
        {
            self.display.send(&sequence)?;
            self.last_notified = Some(clock::instant());
        }
        Ok(())
    }
}
