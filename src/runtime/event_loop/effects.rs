//! Carries out the effects of an update.

use std::{io, process::ExitStatus, time::Duration};

use color_eyre::eyre::Result;

use super::{Flow, Session};
use crate::{
    app::{Connection, Effect, Message},
    domain::{ConversationId, LocalizedText, localized},
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
const QUIET: Duration = Duration::from_secs(2);

impl Session {
    pub(super) fn perform(&mut self, effect: Effect) -> Result<Flow> {
        match effect {
            Effect::Commit { operations, outputs } => self.gate.commit(operations, outputs),
            Effect::Lookup(lookup) => self.gate.load(store::Job::Lookup(lookup)),
            Effect::Reconnect => self.gate.ask(mqtt::Request::Reconnect),
            Effect::Disconnect => self.gate.ask(mqtt::Request::Yield),
            Effect::Redraw => self.display.forget(),
            Effect::Reload => return self.reload(),
            Effect::Set { key, value } => {
                return match self.files.set(&key, &value) {
                    Ok(()) => self.reload(),
                    Err(why) => self.update(Message::Warned(LocalizedText::quoted(why))),
                };
            }
            Effect::Keep { key, value } => {
                if let Err(why) = self.files.set(&key, &value) {
                    return self.update(Message::Warned(LocalizedText::quoted(why)));
                }
            }
            Effect::Suspend => {
                let is_stopped = matches!(self.model.connection, Connection::Stopped { .. });
                self.suspension.get_or_insert(Suspension::new(clock::instant(), !is_stopped));
            }
            Effect::Edit { conversation, text } => return self.edit(conversation, &text),
            Effect::Copy(text) if tmux::is_there() => tmux::copy(text, self.aside.0.clone()),
            Effect::Copy(text) => self.display.copy(&text)?,
            Effect::OpenLink(link) => {
                if let Err(why) = opener::open(&link) {
                    return self.update(Message::Warned(LocalizedText::quoted(why)));
                }
            }
            Effect::Notify { title, body } => self.notify(&title, &body)?,
            Effect::Export { conversation, format, file } => {
                let me = self.model.me().clone();
                let (reader, tell) = (self.gate.reader(), self.aside.0.clone());
                if let Err(why) = exporting::start(conversation, me, (format, file), reader, tell) {
                    return self.update(Message::Warned(why));
                }
            }
            Effect::Answer(number, answer) => {
                if !self.ipc.answer(number, answer) {
                    return self.update(Message::Unasked(number));
                }
            }
            Effect::StreamHistory(number, wanted) => {
                if let Some(way_back) = self.ipc.hand_over(number) {
                    ipc::stream_history(wanted, self.gate.reader(), way_back);
                }
            }
            Effect::Merged(number, is_done) => self.store_jobs.merged(number, is_done),
            Effect::LogIgnored { ignored: Ignored { topic, sender, reason: why }, reason, is_first } => {
                let kind = why.kind();
                let sender = sender.as_deref().unwrap_or("unknown");
                if is_first {
                    tracing::warn!(
                        topic,
                        sender,
                        kind,
                        reason,
                        "ignored a publication, the first of its sender and kind"
                    );
                } else {
                    tracing::debug!(topic, sender, kind, reason, "ignored a publication");
                }
            }
            Effect::Quit => return Ok(Flow::Leave),
        }
        Ok(Flow::Go)
    }

    pub(super) fn has_new_files(&mut self) -> bool {
        self.looked = clock::instant();
        self.files.have_changed()
    }

    /// Reloads the configuration; if a file is invalid, the current settings stay.
    pub(super) fn reload(&mut self) -> Result<Flow> {
        match self.files.reread() {
            Ok((options, theme, notify_by)) => {
                (self.theme, self.notify_by) = (theme, notify_by);
                self.update(Message::Reloaded(Box::new(options)))
            }
            Err(why) => self.update(Message::Warned(localized!("file-kept", why))),
        }
    }

    /// Gives the terminal to the user's editor; meanwhile events are handled but not shown.
    fn edit(&mut self, conversation: Option<ConversationId>, text: &str) -> Result<Flow> {
        self.keys.let_go();
        self.display.give_back();
        match Editor::start(conversation.clone(), text) {
            Ok(editor) => {
                self.editor = Some(editor);
                Ok(Flow::Go)
            }
            Err(why) => self.go_on_after(conversation, Err(why)),
        }
    }

    pub(super) fn edited(&mut self, ended: io::Result<ExitStatus>) -> Result<Flow> {
        let Some(editor) = self.editor.take() else { return Ok(Flow::Go) };
        let conversation = editor.conversation.clone();
        let text = editor.written(ended);
        self.go_on_after(conversation, text)
    }

    fn go_on_after(
        &mut self,
        conversation: Option<ConversationId>,
        text: Result<String, LocalizedText>,
    ) -> Result<Flow> {
        self.display.take_again()?;
        self.keys.take_again()?;
        self.update(Message::Edited { conversation, text })
    }

    pub(super) fn go_on_suspending(&mut self) -> Result<()> {
        let Some(suspension) = &mut self.suspension else { return Ok(()) };
        match suspension.step(clock::instant(), self.gate.is_settled()) {
            Step::Wait => {}
            Step::CloseConnection => self.gate.rest(),
            Step::Suspend => {
                let reconnects = suspension.reconnects;
                self.suspension = None;
                self.display.suspend()?;
                self.redraw.request_redraw();
                self.gate.stay();
                if reconnects {
                    self.gate.ask(mqtt::Request::Reconnect);
                }
            }
        }
        Ok(())
    }

    /// Notifies a user who looks elsewhere; of several messages at once, only the first.
    fn notify(&mut self, title: &str, body: &str) -> Result<()> {
        if self.rang.is_none_or(|rang| rang + QUIET <= clock::instant())
            && let Some(sequence) = notify::sequence(self.notify_by, title, body)
        {
            self.display.send(&sequence)?;
            self.rang = Some(clock::instant());
        }
        Ok(())
    }
}
