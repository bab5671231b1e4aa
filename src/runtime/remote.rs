//! The way in for other programs of the same user: a socket beside the history of a running papo, and the commands
//! that ask there, or do without where no papo runs.

pub(super) mod client;
mod errands;
mod showing;
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
    errands::{Errands, found, recite, sound},
    showing::Voice,
    wire::Errand,
};
use crate::app::{
    Message,
    remote::{Answer, Ask},
};

/// Asks that wait for the loop.
const ASKS: usize = 16;
/// Answers that wait for whoever asked. One that takes none of so many is not told any more.
const ANSWERS: usize = 100_000;
/// Connections at a time. Each costs a file descriptor, of which a process often has 1,024, and the broker and the files
/// need some, too.
const CONNECTIONS: usize = 256;
/// How soon a connection is accepted again after that failed: there may be file descriptors again.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// How long somebody who connects has to ask something.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest question: a text of 64 KiB, with every character escaped, and what goes with it.
const LONGEST: u64 = 512 * 1024;

/// What reaches the loop.
pub(super) enum Heard {
    /// An ask, and the way back.
    Asked(u64, Ask, Sender<Answer>),
    /// Nobody waits for the answer any more.
    Gone(u64),
    /// Something is to be done with the store.
    Errand(Visitor),
    /// The one who asked from within has the answer: papo leaves once the others have theirs.
    Finished,
}

/// Somebody who wants something done with the store, on a thread that may wait.
pub(super) struct Visitor {
    pub(super) number: u64,
    pub(super) errand: Errand,
    pub(super) stream: Stream,
    /// What it has said already, behind its question.
    pub(super) said: Vec<u8>,
    /// Its place among the connections.
    _place: OwnedSemaphorePermit,
}

impl Visitor {
    /// All that it says, from its question on; an error once papo leaves.
    fn words(&self, is_leaving: Arc<AtomicBool>) -> io::Result<impl io::BufRead> {
        let rest = Rest { stream: self.stream.try_clone()?, is_leaving };
        Ok(io::BufReader::new(io::Read::chain(Cursor::new(self.said.clone()), rest)))
    }

    /// Whether it still listens.
    fn hears(&mut self, reply: &Reply) -> io::Result<()> {
        io::Write::write_all(&mut self.stream, reply.line().as_bytes())
    }
}

/// What a visitor says, which does not end well where papo ends it.
struct Rest {
    stream: Stream,
    is_leaving: Arc<AtomicBool>,
}

impl io::Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        if self.is_leaving.load(Ordering::Relaxed) { Err(io::Error::other("papo is leaving")) } else { Ok(count) }
    }
}

/// What the loop learns.
#[expect(clippy::large_enum_variant, reason = "it is taken apart as soon as it is made")]
pub(super) enum Call {
    /// For the model.
    Message(Message),
    /// For the store.
    Errand(Visitor),
}

/// The loop's end: who waits for answers.
pub(super) struct Remote {
    tell: Sender<Heard>,
    heard: Receiver<Heard>,
    waiting: BTreeMap<u64, Sender<Answer>>,
    /// Set once nothing but their answers keeps papo here.
    is_finished: bool,
    /// Accepts connections.
    accepting: Option<AbortHandle>,
    /// Removed at the end.
    socket: Option<PathBuf>,
}

impl Remote {
    /// Nobody asks yet.
    pub(super) fn new() -> Self {
        let (tell, heard) = channel(ASKS);
        Self { tell, heard, waiting: BTreeMap::new(), is_finished: false, accepting: None, socket: None }
    }

    /// Lets programs of the same user in, as soon as the loop waits for the first time.
    pub(super) fn listen(&mut self, path: PathBuf, voice: Voice) {
        self.socket = Some(path.clone());
        let tell = self.tell.clone();
        let accepting = tokio::spawn(async move {
            // The broker goes first.
            yield_now().await;
            let listener = match open(&path) {
                Ok(listener) => listener,
                Err(error) => return tracing::warn!(%error, "other programs cannot ask this papo"),
            };
            let places = Arc::new(Semaphore::new(CONNECTIONS));
            for number in 1.. {
                let stream = accept(&listener).await;
                match Arc::clone(&places).try_acquire_owned() {
                    Ok(place) => drop(tokio::spawn(serve(stream, number, tell.clone(), voice.clone(), place))),
                    Err(_) => refuse(&stream),
                }
            }
        });
        self.accepting = Some(accepting.abort_handle());
    }

    /// Lets nobody in any more, and takes no more asks; who has been answered still reads that.
    pub(super) fn close(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
        self.heard.close();
        self.waiting.clear();
    }

    /// A way to ask from within.
    pub(super) fn way_in(&self) -> Sender<Heard> {
        self.tell.clone()
    }

    /// The next that somebody asks, or that nobody waits for any more.
    pub(super) async fn next(&mut self) -> Call {
        let heard = match self.heard.try_recv() {
            Ok(heard) => heard,
            Err(_) if self.is_finished && self.waiting.is_empty() => return Call::Message(Message::Quit),
            Err(_) => self.heard.recv().await.expect("it holds a sender itself"),
        };
        match heard {
            Heard::Finished => {
                self.is_finished = true;
                Call::Message(Message::Timeout)
            }
            Heard::Asked(number, ask, way_back) => {
                self.waiting.insert(number, way_back);
                Call::Message(Message::Asked(number, ask))
            }
            Heard::Gone(number) => {
                self.waiting.remove(&number);
                Call::Message(Message::Unasked(number))
            }
            Heard::Errand(visitor) => Call::Errand(visitor),
        }
    }

    /// The way back to whoever asked, for somebody else who answers.
    pub(super) fn hand_over(&mut self, number: u64) -> Option<Sender<Answer>> {
        self.waiting.remove(&number)
    }

    /// Hands an answer over; says whether somebody still wants to know.
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

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            // The next one that listens removes what is left.
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// Where a papo that has the history in `folder` open can be asked.
pub(super) fn socket(folder: &Path) -> PathBuf {
    folder.join("papo.sock")
}

/// A socket for programs of the same user. Whoever has the history open is alone there, so what is left of another is
/// nobody's.
fn open(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // The folder is its owner's only, so nobody else comes in between.
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(listener)
}

/// The next connection. That one cannot be accepted says nothing about the next.
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

/// Says that there are too many.
fn refuse(stream: &UnixStream) {
    let why = format!("{CONNECTIONS} programs are connected to this papo already; try again when one has ended");
    // A new connection has room for a line, unless nobody listens.
    let _ = stream.try_write(Reply::Refused(why).line().as_bytes());
}

/// One who asks: reads the question, and writes answers until there are no more, or nobody reads them.
async fn serve(stream: UnixStream, number: u64, tell: Sender<Heard>, voice: Voice, place: OwnedSemaphorePermit) {
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
            // It may not listen either.
            let _ = read.get_mut().get_mut().write_all(Reply::Refused(why).line().as_bytes()).await;
            return;
        }
    };
    let said = read.buffer().to_vec();
    let stream = read.into_inner().into_inner();
    let ask = match ask {
        Asked::Model(ask) => ask,
        Asked::Store(errand) => {
            let stream = stream.into_std().and_then(|stream| stream.set_nonblocking(false).map(|()| stream));
            if let Ok(stream) = stream {
                // Where the loop has gone, the visitor sees the end of the stream.
                let _ = tell.send(Heard::Errand(Visitor { number, errand, stream, said, _place: place })).await;
            }
            return;
        }
    };
    let (mut read, mut write) = stream.into_split();
    let (way_back, mut answers) = channel(ANSWERS);
    if tell.send(Heard::Asked(number, ask, way_back)).await.is_err() {
        return;
    }
    let mut nothing = [0];
    loop {
        let answer = tokio::select! {
            answer = answers.recv() => answer,
            // It says nothing more; if it hangs up, that is read.
            _ = read.read(&mut nothing) => None,
        };
        let Some(answer) = answer else { break };
        let reply = voice.reply(answer, json);
        if write.write_all(reply.line().as_bytes()).await.is_err() {
            break;
        }
        if reply.is_last() {
            return;
        }
    }
    // The loop may have gone.
    let _ = tell.send(Heard::Gone(number)).await;
}
