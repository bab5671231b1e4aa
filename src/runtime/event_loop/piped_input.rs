//! Input from a pipe or a file, in line mode: papo carries out the lines, and ends after the last one.

use std::{io, time::Duration};

use color_eyre::eyre::Result;
use tokio::time::Instant;

use super::EventLoop;
use crate::{
    app::{Connection, Message, localized},
    runtime::{clock, exit::Late},
};

/// How long papo waits, after the end of its input, until the broker has everything that was written.
const SEND_LIMIT: Duration = Duration::from_secs(10);

impl EventLoop {
    /// Whether to read the next input. The lines of a pipe wait until papo knows the users and groups, or that there is
    /// no connection, and until [`Self::read_by`].
    pub(super) fn accepts_input(&self) -> bool {
        let is_ready = || self.ends_by.is_none() && self.model.has_all_records() && self.read_by().is_none();
        !self.keyboard.is_piped() || is_ready()
    }

    /// When the next line of a pipe may come; `None` if it may come now. It waits as long as a user needs to read a
    /// question or a title that has just appeared.
    pub(super) fn read_by(&self) -> Option<Instant> {
        let read = self.model.read_by().filter(|_| self.keyboard.is_piped())?;
        (clock::tick() < read).then(|| clock::at(read))
    }

    /// Handles an error of the keyboard. The end of a pipe is no error: papo still sends what is waiting.
    pub(super) fn input_failed(&mut self, error: &io::Error) -> Result<()> {
        if !self.keyboard.is_piped() {
            // The terminal is gone.
            return self.update(Message::Quit);
        }
        if error.kind() == io::ErrorKind::UnexpectedEof {
            self.ends_by = Some(clock::instant() + SEND_LIMIT);
            return Ok(());
        }
        self.ends_by = Some(clock::instant());
        self.update(Message::Warned(localized!("input-failed", why = error.to_string())))
    }

    /// After the end of a pipe, quits as soon as everything is sent. An error if that takes too long, or if a question
    /// was not answered.
    pub(super) fn quit_when_sent(&mut self) -> Result<()> {
        let Some(ends_by) = self.ends_by.filter(|_| !self.is_quitting) else { return Ok(()) };
        if let Some(question) = self.model.question() {
            let question = self.model.language.translate(question);
            return Err(Late(self.model.language.translate(localized!("input-unanswered", question))).into());
        }
        let unsent = self.model.peer.outbox().filter(|row| row.failure.is_none()).count();
        if unsent == 0 {
            return self.update(Message::Quit);
        }
        let is_hopeless = matches!(self.model.connection, Connection::Stopped { .. });
        if is_hopeless || ends_by <= clock::instant() {
            return Err(Late(self.model.language.translate(localized!("input-unsent", count = unsent))).into());
        }
        Ok(())
    }
}
