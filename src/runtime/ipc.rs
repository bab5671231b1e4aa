//! Inter-process communication: a Unix socket next to the history of a running papo, and the commands that use it, or
//! open the history themselves if no papo runs.

pub(super) mod client;
mod format;
mod store_jobs;
mod wire;

use std::{
    collections::BTreeMap,
    io::{self, Cursor},
    os::unix::net::UnixStream as Stream,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{Receiver, Sender, channel},
    },
    task::{AbortHandle, yield_now},
    time::{sleep, timeout},
};

use self::wire::{IpcAsk, Reply, Request};
pub(super) use self::{
    format::IpcFormatter,
    store_jobs::{StoreJobs, report, stream_history, verdict},
    wire::StoreJob,
};
use crate::{
    app::{
        Message,
        scripts::{Answer, ScriptRequest},
    },
    owner_only::remove_if_present,
};

/// Capacity of the channel of requests to the loop. If it is full, clients wait.
const REQUESTS: usize = 16;
/// Capacity of a client's channel of answers. A client that lets it fill up gets no more answers, so that it cannot
/// hold up the loop.
const ANSWERS: usize = 100_000;
/// The most connections at a time. Each needs a file descriptor, and the usual limit of a process is 1,024.
const CONNECTIONS: usize = 256;
/// The pause before accepting is retried after an error, such as a lack of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// How long a client has to send its request after connecting.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest request: a text of 64 KiB with every character escaped, and its envelope.
const MAX_REQUEST: u64 = 512 * 1024;

/// What a connection, or the command of this process, sends to [`IpcServer`].
pub(super) enum IpcMessage {
    /// A request with its number, and where to send the answers.
    Asked(u64, ScriptRequest, Sender<Answer>),
    /// The client no longer waits for answers.
    Gone(u64),
    /// A client asks for a job on the store.
    StoreJob(IpcConnection),
    /// The command of this process no longer waits for the answer to this request. papo quits once the other clients
    /// have their answers.
    Finished(u64),
}

/// A client that asks for a job on the store, which runs on a thread of its own.
pub(super) struct IpcConnection {
    pub(super) number: u64,
    pub(super) job: StoreJob,
    pub(super) stream: Stream,
    /// Bytes that were read from it after the request.
    pub(super) buffered: Vec<u8>,
    /// Counts towards [`CONNECTIONS`] while the job runs.
    _permit: OwnedSemaphorePermit,
}

impl IpcConnection {
    /// Everything the client sends after its request. Reading fails once papo shuts down.
    fn body(&self, is_quitting: Arc<AtomicBool>) -> io::Result<impl io::BufRead> {
        let rest = Rest { stream: self.stream.try_clone()?, is_quitting };
        Ok(io::BufReader::new(io::Read::chain(Cursor::new(self.buffered.clone()), rest)))
    }

    /// Sends a reply.
    fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        io::Write::write_all(&mut self.stream, reply.line().as_bytes())
    }
}

/// The rest of a client's stream, which ends with an error if papo shuts down before the client is done.
struct Rest {
    stream: Stream,
    is_quitting: Arc<AtomicBool>,
}

impl io::Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        if self.is_quitting.load(Ordering::Relaxed) { Err(io::Error::other("papo is quitting")) } else { Ok(count) }
    }
}

/// What [`IpcServer::next`] reports to the loop.
#[expect(clippy::large_enum_variant, reason = "it is moved once and never stored")]
pub(super) enum IpcEvent {
    /// A message for the model.
    Message(Message),
    /// A job on the store.
    StoreJob(IpcConnection),
}

/// The loop's side of the socket: accepts clients and remembers which of them wait for answers.
pub(super) struct IpcServer {
    sender: Sender<IpcMessage>,
    messages: Receiver<IpcMessage>,
    /// The answer channels of the requests that wait for an answer, by number.
    waiting: BTreeMap<u64, Sender<Answer>>,
    /// Set once papo runs only to answer the remaining clients.
    is_finished: bool,
    /// The task that accepts connections.
    accepting: Option<AbortHandle>,
    /// The path of the socket, removed when this is dropped.
    socket: Option<PathBuf>,
}

impl IpcServer {
    /// A server without a socket.
    pub(super) fn new() -> Self {
        let (sender, messages) = channel(REQUESTS);
        Self { sender, messages, waiting: BTreeMap::new(), is_finished: false, accepting: None, socket: None }
    }

    /// Listens for programs of the same user, once the loop waits for the first time.
    pub(super) fn listen(&mut self, path: PathBuf, formatter: IpcFormatter) {
        self.socket = Some(path.clone());
        let sender = self.sender.clone();
        let accepting = tokio::spawn(async move {
            // Lets the connection to the broker start first.
            yield_now().await;
            let listener = match bind(&path) {
                Ok(listener) => listener,
                Err(error) => return tracing::warn!(%error, "cannot listen for other programs"),
            };
            let permits = Arc::new(Semaphore::new(CONNECTIONS));
            for number in 1.. {
                let stream = accept(&listener).await;
                match Arc::clone(&permits).try_acquire_owned() {
                    Ok(permit) => drop(tokio::spawn(serve(stream, number, sender.clone(), formatter.clone(), permit))),
                    Err(_) => refuse(&stream),
                }
            }
        });
        self.accepting = Some(accepting.abort_handle());
    }

    /// Accepts no more connections and requests. Answers already sent can still be read.
    pub(super) fn close(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
        self.messages.close();
        self.waiting.clear();
    }

    /// A sender for requests from within this process.
    pub(super) fn sender(&self) -> Sender<IpcMessage> {
        self.sender.clone()
    }

    /// The next event. Cancel safe.
    pub(super) async fn next(&mut self) -> IpcEvent {
        loop {
            let message = match self.messages.try_recv() {
                Ok(message) => message,
                Err(_) if self.is_finished && self.waiting.is_empty() => return IpcEvent::Message(Message::Quit),
                Err(_) => self.messages.recv().await.expect("self holds a sender"),
            };
            match message {
                IpcMessage::Asked(number, ask, answer_sender) => {
                    self.waiting.insert(number, answer_sender);
                    return IpcEvent::Message(Message::Asked(number, ask));
                }
                IpcMessage::Gone(number) => {
                    self.waiting.remove(&number);
                    return IpcEvent::Message(Message::Unasked(number));
                }
                IpcMessage::StoreJob(connection) => return IpcEvent::StoreJob(connection),
                IpcMessage::Finished(number) => {
                    self.is_finished = true;
                    if self.waiting.remove(&number).is_some() {
                        return IpcEvent::Message(Message::Unasked(number));
                    }
                }
            }
        }
    }

    /// Takes the answer channel of request `number`, for another thread to answer.
    pub(super) fn take_answers(&mut self, number: u64) -> Option<Sender<Answer>> {
        self.waiting.remove(&number)
    }

    /// Sends an answer; false if the client is gone.
    pub(super) fn answer(&mut self, number: u64, answer: Answer) -> bool {
        let Some(answer_sender) = self.waiting.get(&number) else { return false };
        let is_last = !matches!(answer, Answer::Item(_));
        let is_gone = answer_sender.try_send(answer).is_err();
        if is_last || is_gone {
            self.waiting.remove(&number);
        }
        !is_gone
    }
}

impl Drop for IpcServer {
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            // An error is ignored: the next papo that listens removes a stale socket.
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// The path of the socket of the papo that has the history in `folder` open.
pub(super) fn socket(folder: &Path) -> PathBuf {
    folder.join("papo.sock")
}

/// Binds the socket, readable for this user only. The history's lock is held, so a socket that is already there is
/// stale and is removed.
fn bind(path: &Path) -> io::Result<UnixListener> {
    remove_if_present(path)?;
    // No race with other users: only the owner can enter the folder.
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(listener)
}

/// The next connection. Errors are retried: most concern a single connection or pass.
async fn accept(listener: &UnixListener) -> UnixStream {
    let mut has_failed = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if !has_failed => tracing::warn!(%error, "cannot accept a connection, retrying"),
            Err(_) => {}
        }
        has_failed = true;
        sleep(ACCEPT_RETRY).await;
    }
}

/// Tells a client that there are too many connections.
fn refuse(stream: &UnixStream) {
    let why = format!("too many programs ({CONNECTIONS}) are connected to this papo; try again when one has ended");
    // An error is ignored: the buffer of a new connection has room for a line, unless the client is gone.
    let _ = stream.try_write(Reply::Refused(why).line().as_bytes());
}

/// Serves one client: reads its request, and writes answers until the last one or until the client is gone.
async fn serve(
    stream: UnixStream,
    number: u64,
    sender: Sender<IpcMessage>,
    formatter: IpcFormatter,
    permit: OwnedSemaphorePermit,
) {
    let mut read = BufReader::new(stream.take(MAX_REQUEST));
    let mut line = String::new();
    let request = match timeout(REQUEST_TIMEOUT, read.read_line(&mut line)).await {
        Ok(Ok(_)) => Request::read(&line),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("nothing was asked".to_owned()),
    };
    let Request { json, ask, .. } = match request {
        Ok(request) => request,
        Err(why) => {
            // An error is ignored: the client may be gone.
            let _ = read.get_mut().get_mut().write_all(Reply::Refused(why).line().as_bytes()).await;
            return;
        }
    };
    let buffered = read.buffer().to_vec();
    let stream = read.into_inner().into_inner();
    let ask = match ask {
        IpcAsk::Model(ask) => ask,
        IpcAsk::Store(job) => {
            let stream = stream.into_std().and_then(|stream| stream.set_nonblocking(false).map(|()| stream));
            if let Ok(stream) = stream {
                // If the loop is gone, the client sees the end of the stream.
                let _ = sender
                    .send(IpcMessage::StoreJob(IpcConnection { number, job, stream, buffered, _permit: permit }))
                    .await;
            }
            return;
        }
    };
    let (mut read, mut write) = stream.into_split();
    let (answer_sender, mut answers) = channel(ANSWERS);
    if sender.send(IpcMessage::Asked(number, ask, answer_sender)).await.is_err() {
        return;
    }
    let mut byte = [0];
    loop {
        let answer = tokio::select! {
            answer = answers.recv() => answer,
            // The client sends nothing more, so the read ends when it hangs up.
            _ = read.read(&mut byte) => None,
        };
        let Some(answer) = answer else { break };
        let reply = formatter.reply(answer, json);
        if write.write_all(reply.line().as_bytes()).await.is_err() {
            break;
        }
        if reply.is_last() {
            return;
        }
    }
    // An error is ignored: the loop may have ended.
    let _ = sender.send(IpcMessage::Gone(number)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn next(server: &mut IpcServer) -> Message {
        match server.next().await {
            IpcEvent::Message(message) => message,
            IpcEvent::StoreJob(_) => panic!("there is no job"),
        }
    }

    #[tokio::test]
    async fn finished_command_waits_for_other_clients_only() {
        let mut server = IpcServer::new();
        let (sender, (answers, _own), (others, _other)) = (server.sender(), channel(1), channel(1));
        sender.send(IpcMessage::Asked(0, ScriptRequest::Users, answers)).await.unwrap();
        sender.send(IpcMessage::Asked(1, ScriptRequest::Users, others)).await.unwrap();
        assert!(matches!(next(&mut server).await, Message::Asked(0, _)));
        assert!(matches!(next(&mut server).await, Message::Asked(1, _)));
        // The command has timed out without an answer.
        sender.send(IpcMessage::Finished(0)).await.unwrap();
        assert!(matches!(next(&mut server).await, Message::Unasked(0)));
        assert!(server.answer(1, Answer::Done));
        assert!(matches!(next(&mut server).await, Message::Quit));
    }
}
