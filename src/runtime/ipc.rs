//! Inter-process communication: a running papo listens on a Unix socket next to its history. Commands connect to that
//! socket; if no papo runs, they open the history themselves.

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

use self::wire::{Reply, Request, RequestContent};
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

/// Capacity of the channel of requests to the event loop. If it is full, clients wait.
const REQUESTS: usize = 16;
/// Capacity of a client's channel of answers. If it fills up, because the client does not read, the client gets no more
/// answers, so that it cannot block the event loop.
const ANSWERS: usize = 100_000;
/// The maximum number of open connections. Each needs a file descriptor, of which a process may usually have 1,024.
const CONNECTIONS: usize = 256;
/// The pause after accepting a connection has failed, such as for lack of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// How long a client has to send its request after connecting.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum length of a request, in bytes: enough for a text of 64 KiB with every character escaped.
const MAX_REQUEST: u64 = 512 * 1024;

/// A message to [`IpcServer`] from a connection, or from the command that this process executes.
pub(super) enum IpcMessage {
    /// A request: its number, its content, and the channel for the answers.
    Asked(u64, ScriptRequest, Sender<Answer>),
    /// The client no longer waits for the answers to the request with this number.
    Gone(u64),
    /// A client requests a job on the store.
    StoreJob(IpcConnection),
    /// The command of this process, whose request has this number, has ended. papo quits once the other clients have
    /// their answers.
    Finished(u64),
}

/// The connection of a client that requests a job on the store. The job runs on a separate thread.
pub(super) struct IpcConnection {
    /// The number of the request.
    pub(super) number: u64,
    pub(super) job: StoreJob,
    pub(super) stream: Stream,
    /// The bytes after the request that were already read from the stream.
    pub(super) buffered: Vec<u8>,
    /// Counts towards [`CONNECTIONS`] while the job runs.
    _permit: OwnedSemaphorePermit,
}

impl IpcConnection {
    /// Reads everything that the client sends after its request. Reading fails once `is_quitting` is set.
    fn body(&self, is_quitting: Arc<AtomicBool>) -> io::Result<impl io::BufRead> {
        let stream = ClientStream { stream: self.stream.try_clone()?, is_quitting };
        Ok(io::BufReader::new(io::Read::chain(Cursor::new(self.buffered.clone()), stream)))
    }

    /// Sends a reply to the client. Blocks until it is written.
    fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        io::Write::write_all(&mut self.stream, reply.line().as_bytes())
    }
}

/// A client's stream. Reading fails once `is_quitting` is set.
struct ClientStream {
    stream: Stream,
    is_quitting: Arc<AtomicBool>,
}

impl io::Read for ClientStream {
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

/// The server on the socket: accepts clients, and tracks which of them wait for answers.
pub(super) struct IpcServer {
    sender: Sender<IpcMessage>,
    messages: Receiver<IpcMessage>,
    /// The answer channels of the requests that wait for answers, by the number of the request.
    waiting: BTreeMap<u64, Sender<Answer>>,
    /// Whether the command of this process has ended, so that papo quits once no client waits.
    is_finished: bool,
    /// The task that accepts connections.
    accepting: Option<AbortHandle>,
    /// The path of the socket. Dropping the server removes it.
    socket: Option<PathBuf>,
}

impl IpcServer {
    /// A server without a socket.
    pub(super) fn new() -> Self {
        let (sender, messages) = channel(REQUESTS);
        Self { sender, messages, waiting: BTreeMap::new(), is_finished: false, accepting: None, socket: None }
    }

    /// Starts a task that listens on a socket at `path` for programs of the same user.
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

    /// Stops accepting connections and requests. Clients can still read the answers that were sent before.
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

    /// Takes the answer channel of the request, for another thread that answers it. `None` if the client is gone.
    pub(super) fn take_answers(&mut self, number: u64) -> Option<Sender<Answer>> {
        self.waiting.remove(&number)
    }

    /// Sends an answer to the client. Returns false if the client is gone or does not read its answers.
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

/// Binds the socket. Only this user can connect. papo holds the lock of the history, so an existing socket is stale,
/// and is removed.
fn bind(path: &Path) -> io::Result<UnixListener> {
    remove_if_present(path)?;
    // Other users cannot connect before the permissions are set: only the owner can enter the folder.
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(listener)
}

/// Accepts the next connection. Retries after an error, because most errors are temporary or concern one connection.
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

/// Refuses a client because there are too many connections.
fn refuse(stream: &UnixStream) {
    let why = format!("too many programs ({CONNECTIONS}) are connected to this papo; try again when one has ended");
    // An error is ignored: the buffer of a new connection has room for a line, so the client is gone.
    let _ = stream.try_write(Reply::Refused(why).line().as_bytes());
}

/// Serves one client: reads its request, and writes the answers until the last one, or until the client is gone.
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
    let same_broker = |request: Request| match request.broker.as_ref().filter(|named| formatter.is_elsewhere(named)) {
        Some(other) => Err(formatter.other_broker(other)),
        None => Ok(request),
    };
    let Request { json, ask, .. } = match request.and_then(same_broker) {
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
        RequestContent::Model(ask) => ask,
        RequestContent::Store(job) => {
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
            // The client sends nothing after its request, so this read ends when the client hangs up.
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
            IpcEvent::StoreJob(_) => panic!("expected a message"),
        }
    }

    #[tokio::test]
    async fn server_quits_when_command_is_finished_and_other_clients_are_answered() {
        let mut server = IpcServer::new();
        let (sender, (answers, _own), (others, _other)) = (server.sender(), channel(1), channel(1));
        sender.send(IpcMessage::Asked(0, ScriptRequest::Users, answers)).await.unwrap();
        sender.send(IpcMessage::Asked(1, ScriptRequest::Users, others)).await.unwrap();
        assert!(matches!(next(&mut server).await, Message::Asked(0, _)));
        assert!(matches!(next(&mut server).await, Message::Asked(1, _)));
        // The command of this process has timed out without an answer.
        sender.send(IpcMessage::Finished(0)).await.unwrap();
        assert!(matches!(next(&mut server).await, Message::Unasked(0)));
        assert!(server.answer(1, Answer::Done));
        assert!(matches!(next(&mut server).await, Message::Quit));
    }
}
