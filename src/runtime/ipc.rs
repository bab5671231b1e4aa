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
        mpsc::{Receiver, Sender, channel, error::TrySendError},
    },
    task::{AbortHandle, yield_now},
    time::{sleep, timeout},
};

use self::wire::{Asked, Reply, Request};
pub(super) use self::{
    format::IpcFormatter,
    store_jobs::{StoreJobs, found, sound, stream_history},
    wire::StoreJob,
};
use crate::app::{
    Message,
    scripts::{Answer, Ask},
};

/// Capacity of the queue of requests to the loop.
const ASKS: usize = 16;
/// Capacity of a client's queue of answers. A client that lets it fill up gets no more answers.
const ANSWERS: usize = 100_000;
/// The most connections at a time. Each takes a file descriptor; a process often has 1,024, and the broker and the
/// files need some too.
const CONNECTIONS: usize = 256;
/// The wait before accepting again after a failure: file descriptors may be free then.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// How long a client has to send its request after connecting.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest request: a text of 64 KiB with every character escaped, and its envelope.
const LONGEST: u64 = 512 * 1024;

/// What a connection, or a command in this process, sends to [`IpcServer`].
pub(super) enum IpcMessage {
    /// A request with its number, and where to send the answers.
    Asked(u64, Ask, Sender<Answer>),
    /// The client no longer waits for answers.
    Gone(u64),
    /// A client asks for a job on the store.
    StoreJob(IpcConnection),
    /// The command in this process no longer waits for the answer to this request: papo quits once the other clients have their
    /// answers.
    Finished(u64),
}

/// A client that asks for a job on the store, which runs on a thread of its own.
pub(super) struct IpcConnection {
    pub(super) number: u64,
    pub(super) job: StoreJob,
    pub(super) stream: Stream,
    /// The bytes read beyond the request.
    pub(super) said: Vec<u8>,
    /// Counts as one of [`CONNECTIONS`].
    _place: OwnedSemaphorePermit,
}

impl IpcConnection {
    /// Everything the client sends after its request; reading fails once papo shuts down.
    fn words(&self, is_leaving: Arc<AtomicBool>) -> io::Result<impl io::BufRead> {
        let rest = Rest { stream: self.stream.try_clone()?, is_leaving };
        Ok(io::BufReader::new(io::Read::chain(Cursor::new(self.said.clone()), rest)))
    }

    /// Sends a reply.
    fn hears(&mut self, reply: &Reply) -> io::Result<()> {
        io::Write::write_all(&mut self.stream, reply.line().as_bytes())
    }
}

/// The rest of a client's stream, which ends with an error if papo shuts down before the client is done.
struct Rest {
    stream: Stream,
    is_leaving: Arc<AtomicBool>,
}

impl io::Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        if self.is_leaving.load(Ordering::Relaxed) { Err(io::Error::other("papo is quitting")) } else { Ok(count) }
    }
}

/// What [`IpcServer::next`] reports to the loop.
#[expect(clippy::large_enum_variant, reason = "it is taken apart as soon as it is made")]
pub(super) enum IpcEvent {
    /// A message for the model.
    Message(Message),
    /// A job on the store.
    StoreJob(IpcConnection),
}

/// The loop's side of the socket: accepts clients and remembers which of them wait for answers.
pub(super) struct IpcServer {
    tell: Sender<IpcMessage>,
    heard: Receiver<IpcMessage>,
    waiting: BTreeMap<u64, Sender<Answer>>,
    /// Set once papo runs only to answer the remaining clients.
    is_finished: bool,
    /// The task that accepts connections.
    accepting: Option<AbortHandle>,
    /// Removed at shutdown.
    socket: Option<PathBuf>,
}

impl IpcServer {
    /// A server without a socket.
    pub(super) fn new() -> Self {
        let (tell, heard) = channel(ASKS);
        Self { tell, heard, waiting: BTreeMap::new(), is_finished: false, accepting: None, socket: None }
    }

    /// Listens for programs of the same user, once the loop first waits.
    pub(super) fn listen(&mut self, path: PathBuf, formatter: IpcFormatter) {
        self.socket = Some(path.clone());
        let tell = self.tell.clone();
        let accepting = tokio::spawn(async move {
            // The broker starts first.
            yield_now().await;
            let listener = match open(&path) {
                Ok(listener) => listener,
                Err(error) => return tracing::warn!(%error, "other programs cannot ask this papo"),
            };
            let places = Arc::new(Semaphore::new(CONNECTIONS));
            for number in 1.. {
                let stream = accept(&listener).await;
                match Arc::clone(&places).try_acquire_owned() {
                    Ok(place) => drop(tokio::spawn(serve(stream, number, tell.clone(), formatter.clone(), place))),
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
        self.heard.close();
        self.waiting.clear();
    }

    /// A sender for requests from within this process.
    pub(super) fn way_in(&self) -> Sender<IpcMessage> {
        self.tell.clone()
    }

    /// The next event. Cancel safe.
    pub(super) async fn next(&mut self) -> IpcEvent {
        loop {
            let message = match self.heard.try_recv() {
                Ok(message) => message,
                Err(_) if self.is_finished && self.waiting.is_empty() => return IpcEvent::Message(Message::Quit),
                Err(_) => self.heard.recv().await.expect("it holds a sender itself"),
            };
            match message {
                IpcMessage::Asked(number, ask, way_back) => {
                    self.waiting.insert(number, way_back);
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
    pub(super) fn hand_over(&mut self, number: u64) -> Option<Sender<Answer>> {
        self.waiting.remove(&number)
    }

    /// Sends an answer; false if the client is gone.
    pub(super) fn answer(&mut self, number: u64, answer: Answer) -> bool {
        let Some(way_back) = self.waiting.get(&number) else { return false };
        let is_last = !matches!(answer, Answer::Item(_));
        let is_gone = match way_back.try_send(answer) {
            Ok(()) => false,
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => true,
        };
        if is_last || is_gone {
            self.waiting.remove(&number);
        }
        !is_gone
    }
}

impl Drop for IpcServer {
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            // The next papo that listens removes a leftover socket.
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// The path of the socket of the papo that has the history in `folder` open.
pub(super) fn socket(folder: &Path) -> PathBuf {
    folder.join("papo.sock")
}

/// Binds the socket, readable for this user only. The history's lock is held, so a socket that is already there is stale
/// and is removed.
fn open(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Only the owner can enter the folder, so no one else comes in between.
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(listener)
}

/// The next connection. A failure to accept one says nothing about the next.
async fn accept(listener: &UnixListener) -> UnixStream {
    let mut has_failed = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if !has_failed => tracing::warn!(%error, "a connection cannot be accepted yet"),
            Err(_) => {}
        }
        has_failed = true;
        sleep(ACCEPT_AGAIN).await;
    }
}

/// Tells a client that there are too many connections.
fn refuse(stream: &UnixStream) {
    let why = format!("too many programs ({CONNECTIONS}) are connected to this papo; try again when one has ended");
    // A new connection has room for a line, unless its client does not read.
    let _ = stream.try_write(Reply::Refused(why).line().as_bytes());
}

/// Serves one client: reads its request, and writes answers until the last one or until the client is gone.
async fn serve(
    stream: UnixStream,
    number: u64,
    tell: Sender<IpcMessage>,
    formatter: IpcFormatter,
    place: OwnedSemaphorePermit,
) {
    let mut read = BufReader::new(stream.take(LONGEST));
    let mut line = String::new();
    let asked = match timeout(PATIENCE, read.read_line(&mut line)).await {
        Ok(Ok(_)) => Request::read(&line),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("nothing was asked".to_owned()),
    };
    let Request { json, ask, .. } = match asked {
        Ok(request) => request,
        Err(why) => {
            // The client may not read either.
            let _ = read.get_mut().get_mut().write_all(Reply::Refused(why).line().as_bytes()).await;
            return;
        }
    };
    let said = read.buffer().to_vec();
    let stream = read.into_inner().into_inner();
    let ask = match ask {
        Asked::Model(ask) => ask,
        Asked::Store(job) => {
            let stream = stream.into_std().and_then(|stream| stream.set_nonblocking(false).map(|()| stream));
            if let Ok(stream) = stream {
                // If the loop is gone, the client sees the end of the stream.
                let _ =
                    tell.send(IpcMessage::StoreJob(IpcConnection { number, job, stream, said, _place: place })).await;
            }
            return;
        }
    };
    let (mut read, mut write) = stream.into_split();
    let (way_back, mut answers) = channel(ANSWERS);
    if tell.send(IpcMessage::Asked(number, ask, way_back)).await.is_err() {
        return;
    }
    let mut nothing = [0];
    loop {
        let answer = tokio::select! {
            answer = answers.recv() => answer,
            // The client sends nothing more; the end of its stream means that it is gone.
            _ = read.read(&mut nothing) => None,
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
    // The loop may be gone.
    let _ = tell.send(IpcMessage::Gone(number)).await;
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
    async fn a_finished_command_waits_for_other_clients_and_not_for_its_own_answer() {
        let mut server = IpcServer::new();
        let (way_in, (answers, _own), (others, _other)) = (server.way_in(), channel(1), channel(1));
        way_in.send(IpcMessage::Asked(0, Ask::Users, answers)).await.unwrap();
        way_in.send(IpcMessage::Asked(1, Ask::Users, others)).await.unwrap();
        assert!(matches!(next(&mut server).await, Message::Asked(0, _)));
        assert!(matches!(next(&mut server).await, Message::Asked(1, _)));
        // The time limit is over.
        way_in.send(IpcMessage::Finished(0)).await.unwrap();
        assert!(matches!(next(&mut server).await, Message::Unasked(0)));
        assert!(server.answer(1, Answer::Done));
        assert!(matches!(next(&mut server).await, Message::Quit));
    }
}
