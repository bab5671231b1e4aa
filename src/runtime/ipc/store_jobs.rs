//! Jobs on the store of a running papo for IPC clients, each on a thread of its own so that the loop never blocks.

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
        ImportBatch, Message,
        scripts::{Answer, Item},
    },
    archive::merge,
    domain::{ChatMessage, ConversationId, UserId, localized},
    runtime::{
        exporting::{self, Wanted},
        importing,
    },
    store::{Checked, Reader},
    ui::text,
};

/// How often an import is retried into a conversation that keeps changing.
const TRIES: usize = 100;

/// The running jobs.
#[derive(Default)]
pub(in crate::runtime) struct StoreJobs {
    under_way: BTreeMap<u64, UnderWay>,
    is_leaving: Arc<AtomicBool>,
}

struct UnderWay {
    /// Receives whether messages were merged; closed when the thread has ended.
    merged: Sender<bool>,
    /// The client's stream, shut down to stop reading from it.
    stream: Stream,
}

impl StoreJobs {
    /// Starts the job a client asked for.
    pub(in crate::runtime) fn begin(
        &mut self,
        connection: IpcConnection,
        me: UserId,
        reader: Reader,
        tell: Sender<Message>,
    ) {
        self.under_way.retain(|_, other| !other.merged.is_closed());
        let (merged, mut came) = channel(1);
        match connection.stream.try_clone() {
            Ok(stream) => drop(self.under_way.insert(connection.number, UnderWay { merged, stream })),
            Err(error) => return tracing::warn!(%error, "something that was asked is not done"),
        }
        let is_leaving = Arc::clone(&self.is_leaving);
        let work = move || {
            let mut connection = connection;
            let end = match connection.job {
                StoreJob::Import => import(&mut connection, &me, &reader, (&tell, &mut came), is_leaving),
                StoreJob::Check => check(&mut connection, &reader),
            };
            let reply = match end {
                Ok(()) => Reply::Done,
                Err(error) => Reply::Refused(text::safe_line(&format!("{error:#}"))),
            };
            // The client may be gone.
            let _ = connection.hears(&reply).and_then(|()| connection.stream.shutdown(Shutdown::Both));
        };
        if let Err(error) = thread::Builder::new().name("papo-store-job".to_owned()).spawn(work) {
            tracing::warn!(%error, "something that was asked is not done");
        }
    }

    /// Tells job `number` whether its batch was merged or must be retried.
    pub(in crate::runtime) fn merged(&mut self, number: u64, is_done: bool) {
        // The job has room for its answer, or is gone.
        let _ = self.under_way.get(&number).map(|job| job.merged.try_send(is_done));
    }

    /// Cancels all jobs: they read and merge nothing more.
    pub(in crate::runtime) fn cancel(&self) {
        self.is_leaving.store(true, Ordering::Relaxed);
        for job in self.under_way.values() {
            // Either may fail if the job has finished with it.
            let _ = job.merged.try_send(false);
            let _ = job.stream.shutdown(Shutdown::Read);
        }
    }

    /// Waits until every job has ended.
    pub(in crate::runtime) async fn ended(&self) {
        for job in self.under_way.values() {
            job.merged.closed().await;
        }
    }
}

/// Streams the wanted history as answers, page by page, on a thread of its own.
pub(in crate::runtime) fn stream_history(wanted: Wanted, reader: Reader, way_back: Sender<Answer>) {
    let work = move || {
        let answer = |answer| way_back.blocking_send(answer).map_err(|_| eyre!("the client has disconnected"));
        let told = exporting::each(wanted, exporting::pages(&reader), |conversation, message| {
            answer(Answer::Item(Item::Message(conversation.clone(), message)))
        });
        // The client may be gone, or papo quits.
        let Ok(damaged) = told else { return };
        if damaged > 0 {
            let _ = answer(Answer::Item(Item::Note(localized!("damaged-left-out", count = damaged))));
        }
        let _ = answer(Answer::Done);
    };
    if let Err(error) = thread::Builder::new().name("papo-history".to_owned()).spawn(work) {
        tracing::warn!(%error, "the history is not told");
    }
}

fn import(
    connection: &mut IpcConnection,
    me: &UserId,
    reader: &Reader,
    (tell, came): (&Sender<Message>, &mut Receiver<bool>),
    is_leaving: Arc<AtomicBool>,
) -> Result<()> {
    let read = importing::read(&mut connection.words(is_leaving)?)?;
    let number = connection.number;
    let count = read.put(me, |id, messages| {
        let mut put = || put(number, me, id, &messages, reader, (tell, came));
        let done = (0..TRIES).find_map(|_| put().transpose());
        done.unwrap_or_else(|| Err(eyre!("{id} keeps changing; try again")))
    })?;
    for note in count.notes(me) {
        connection.hears(&Reply::Aside(text::safe_line(&note)))?;
    }
    connection.hears(&Reply::Line(count.words()))?;
    count.outcome()
}

/// Merges messages into a conversation; returns how many were new and known, or `None` if it has changed meanwhile.
fn put(
    number: u64,
    me: &UserId,
    id: &ConversationId,
    messages: &[ChatMessage],
    reader: &Reader,
    (tell, came): (&Sender<Message>, &mut Receiver<bool>),
) -> Result<Option<(u64, u64)>> {
    let gone = || eyre!("papo is quitting; what was imported stays, import the rest again");
    let there = reader.page(id.clone(), u64::MAX, usize::MAX).ok_or_else(gone)?;
    importing::is_sound(id, &there)?;
    let len = there.messages.len() as u64;
    let merged = merge(there.messages.into_iter().map(|(_, message)| message).collect(), messages.to_vec(), me);
    if merged.new == 0 {
        return Ok(Some((0, merged.known)));
    }
    let messages = merged.messages.into_iter().skip(merged.from).collect();
    let batch = ImportBatch { conversation: id.clone(), len, from: merged.from as u64, messages };
    tell.blocking_send(Message::Merge(number, batch)).map_err(|_| gone())?;
    let is_done = came.blocking_recv().ok_or_else(gone)?;
    Ok(is_done.then_some((merged.new, merged.known)))
}

fn check(connection: &mut IpcConnection, reader: &Reader) -> Result<()> {
    let checked = reader.check().ok_or_else(|| eyre!("papo is quitting"))?.map_err(|why| eyre!(why))?;
    for line in found(&checked) {
        connection.hears(&Reply::Line(text::safe_line(&line)))?;
    }
    sound(&checked)
}

/// The result of a check, as lines.
pub(in crate::runtime) fn found(checked: &Checked) -> Vec<String> {
    let mut lines: Vec<String> = checked.damage.iter().map(ToString::to_string).collect();
    lines.extend(checked.file.as_ref().err().map(|error| format!("history file: {error}")));
    lines.push(format!("checked {} entries, {} damaged", checked.values, checked.damage.len()));
    lines
}

/// An error if the check found damage.
pub(in crate::runtime) fn sound(checked: &Checked) -> Result<()> {
    if checked.damage.is_empty() && checked.file.is_ok() {
        Ok(())
    } else {
        Err(eyre!("the history is damaged; the rest can still be read"))
    }
}
