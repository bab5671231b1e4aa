//! Jobs on the store of a running papo for IPC clients. Each job has its own thread, so that it never blocks the event
//! loop.

use std::{
    collections::BTreeMap,
    net::Shutdown,
    os::unix::net::UnixStream as Stream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use color_eyre::eyre::{Result, eyre};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{
    IpcConnection,
    wire::{Reply, StoreJob},
};
use crate::{
    app::{
        ImportBatch, Language, Message, localized,
        scripts::{Answer, Item},
    },
    domain::{ChatMessage, ConversationId, Piece, UserId},
    runtime::{exporting, importing},
    store::{Checked, Reader},
    ui::text,
};

/// How many times an import tries to merge into a conversation that changes meanwhile.
const MERGE_ATTEMPTS: usize = 100;

/// The running jobs, by the number of the request.
#[derive(Default)]
pub(in crate::runtime) struct StoreJobs {
    running: BTreeMap<u64, RunningJob>,
    is_quitting: Arc<AtomicBool>,
}

struct RunningJob {
    /// The channel for the results of merging: true if a batch was merged. It is closed once the thread of the job has
    /// ended.
    merge_results: Sender<bool>,
    /// The client's stream. Shutting it down ends a blocking read.
    stream: Stream,
}

impl StoreJobs {
    /// Starts the job that a client requests. The job sends the batches of an import to the model through `sender`.
    pub(in crate::runtime) fn start(
        &mut self,
        connection: IpcConnection,
        (me, language): (UserId, Language),
        reader: Reader,
        sender: Sender<Message>,
    ) {
        self.running.retain(|_, job| !job.merge_results.is_closed());
        let (merge_results, results) = channel(1);
        match connection.stream.try_clone() {
            Ok(stream) => drop(self.running.insert(connection.number, RunningJob { merge_results, stream })),
            Err(error) => return tracing::warn!(%error, "cannot start a job for another program"),
        }
        let is_quitting = Arc::clone(&self.is_quitting);
        let work = move || {
            let mut connection = connection;
            // Kept until the reply is sent: `ended` takes the drop of `results` for the end of the thread.
            let mut importer = Importer { number: connection.number, me, language, reader, sender, results };
            let end = match connection.job {
                StoreJob::Import => importer.run(&mut connection, is_quitting),
                StoreJob::Check => check(&mut connection, &importer.reader, &importer.language),
            };
            let reply = match end {
                Ok(()) => Reply::Done,
                Err(error) => Reply::Refused(text::safe_line(&format!("{error:#}"))),
            };
            // An error is ignored: the client may be gone.
            let _ = connection.reply(&reply).and_then(|()| connection.stream.shutdown(Shutdown::Both));
        };
        if let Err(error) = thread::Builder::new().name("papo-store-job".to_owned()).spawn(work) {
            tracing::warn!(%error, "cannot start a job for another program");
        }
    }

    /// Sends job `number` the result of merging its batch; false means that the job has to retry.
    pub(in crate::runtime) fn merged(&mut self, number: u64, is_done: bool) {
        // An error is ignored: it means that the job has ended. A waiting job has sent one batch, so the channel has
        // room.
        let _ = self.running.get(&number).map(|job| job.merge_results.try_send(is_done));
    }

    /// Cancels all jobs: they neither read from their clients nor merge any more.
    pub(in crate::runtime) fn cancel(&self) {
        self.is_quitting.store(true, Ordering::Relaxed);
        for job in self.running.values() {
            // Errors are ignored: the job may have ended.
            let _ = job.merge_results.try_send(false);
            let _ = job.stream.shutdown(Shutdown::Read);
        }
    }

    /// Waits until every job has ended.
    pub(in crate::runtime) async fn ended(&self) {
        for job in self.running.values() {
            job.merge_results.closed().await;
        }
    }
}

/// Sends the selected messages as answers, page by page, on a separate thread.
pub(in crate::runtime) fn stream_history(selected: Vec<Piece>, reader: Reader, answer_sender: Sender<Answer>) {
    let work = move || {
        let answer = |answer| answer_sender.blocking_send(answer).map_err(|_| eyre!("the client has disconnected"));
        let streamed = exporting::for_each_message(selected, exporting::pages(&reader), |conversation, message| {
            answer(Answer::Item(Item::Message(conversation.clone(), message)))
        });
        // An error means that the client is gone, or that papo is quitting.
        let Ok(damaged) = streamed else { return };
        if damaged > 0 {
            let _ = answer(Answer::Item(Item::Note(localized!("damaged-left-out", count = damaged))));
        }
        let _ = answer(Answer::Done);
    };
    if let Err(error) = thread::Builder::new().name("papo-history".to_owned()).spawn(work) {
        tracing::warn!(%error, "cannot start streaming the history");
    }
}

/// An import: has the model merge the messages that a client sends.
struct Importer {
    number: u64,
    me: UserId,
    language: Language,
    reader: Reader,
    sender: Sender<Message>,
    /// Receives whether the model has merged the last batch.
    results: Receiver<bool>,
}

impl Importer {
    fn run(&mut self, connection: &mut IpcConnection, is_quitting: Arc<AtomicBool>) -> Result<()> {
        let imported = importing::read(&mut connection.body(is_quitting)?)?;
        let me = self.me.clone();
        let report = imported.merge_into_each(&me, |id, messages| {
            let done = (0..MERGE_ATTEMPTS).find_map(|_| self.try_merge(id, &messages).transpose());
            done.unwrap_or_else(|| Err(eyre!("{id} keeps changing; try again")))
        })?;
        for note in report.notes(&me, &self.language) {
            connection.reply(&Reply::Remark(text::safe_line(&note)))?;
        }
        connection.reply(&Reply::Line(report.summary(&self.language)))?;
        report.outcome(&self.language)
    }

    /// Has the model merge messages into a conversation. Returns the numbers of new and of known messages, or `None` if
    /// the conversation has changed meanwhile.
    fn try_merge(&mut self, id: &ConversationId, messages: &[ChatMessage]) -> Result<Option<(u64, u64)>> {
        let quitting = || eyre!("papo is quitting; what was imported stays, import the rest again");
        let existing = self.reader.page(id.clone(), u64::MAX, usize::MAX).ok_or_else(quitting)?;
        let len = existing.messages.len() as u64;
        let merged = importing::merge_into(id, existing, messages.to_vec(), &self.me)?;
        if merged.new == 0 {
            return Ok(Some((0, merged.known)));
        }
        let changes = ChatMessage::count_changes(&merged.messages);
        let messages = merged.messages.into_iter().skip(merged.from).collect();
        let batch = ImportBatch { conversation: id.clone(), len, from: merged.from as u64, messages, changes };
        self.sender.blocking_send(Message::Merge(self.number, batch)).map_err(|_| quitting())?;
        let is_done = self.results.blocking_recv().ok_or_else(quitting)?;
        Ok(is_done.then_some((merged.new, merged.known)))
    }
}

fn check(connection: &mut IpcConnection, reader: &Reader, language: &Language) -> Result<()> {
    let checked = reader.check().ok_or_else(|| eyre!("papo is quitting"))?.map_err(|why| eyre!(why))?;
    for line in report(&checked, language) {
        connection.reply(&Reply::Line(text::safe_line(&line)))?;
    }
    verdict(&checked, language)
}

/// The lines that `papo check` prints.
pub(in crate::runtime) fn report(checked: &Checked, language: &Language) -> Vec<String> {
    let translate = |text| language.translate(text);
    let mut lines: Vec<String> = checked.damage.iter().map(ToString::to_string).collect();
    let error = checked.file.as_ref().err();
    lines.extend(error.map(|error| translate(localized!("check-file", why = error.as_str()))));
    lines.push(translate(localized!("check-done", count = checked.values, damaged = checked.damage.len())));
    lines
}

/// Returns an error if the check has found damage.
pub(in crate::runtime) fn verdict(checked: &Checked, language: &Language) -> Result<()> {
    if checked.damage.is_empty() && checked.file.is_ok() {
        Ok(())
    } else {
        Err(eyre!(language.translate("check-damaged")))
    }
}
