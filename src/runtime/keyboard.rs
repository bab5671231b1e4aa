//! What the terminal sends, while it is papo's to read from.
//!
//! A thread of its own waits for it: reading blocks where a sequence or a paste comes in parts. crossterm's stream has
//! such a thread too, but holds a lock while it waits, on which everybody who asks for more then spins in vain.

use std::{
    fs::File,
    future,
    io::{self, IsTerminal as _, PipeReader, PipeWriter, Read as _, Write as _},
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossterm::{
    event::{self, Event},
    terminal,
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::{Receiver, Sender, channel},
};

/// Events that wait for the loop. Where it is full the terminal waits, and whoever types into it.
const EVENTS: usize = 256;
/// Too short to wait: with nothing at all crossterm does not even look at what it has read already.
const NO_TIME: Duration = Duration::from_micros(20);
/// How long after something came it is looked again: where the thread was held up, that was no time at all.
const AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

/// The keyboard, the mouse, and what else the terminal tells.
pub(super) struct Keyboard {
    events: Receiver<io::Result<Event>>,
    resized: Option<Signal>,
    /// Whether the thread is to read: somebody else may.
    reads: Arc<AtomicBool>,
    /// Has the thread look at that; it ends where this is dropped. Missing where there is no thread.
    wake: Option<PipeWriter>,
    /// Kept where nobody else has it.
    _tell: Option<Sender<io::Result<Event>>>,
}

impl Keyboard {
    /// None: nothing comes of it, and nothing of it goes.
    pub(super) fn none() -> Self {
        let (tell, events) = channel(1);
        Self { events, resized: None, reads: Arc::default(), wake: None, _tell: Some(tell) }
    }

    /// Starts reading.
    pub(super) fn listen() -> io::Result<Self> {
        let (tell, events) = channel(EVENTS);
        let (woken, wake) = io::pipe()?;
        let reads = Arc::new(AtomicBool::new(true));
        let watch = Watch { reads: Arc::clone(&reads), woken, tell };
        thread::Builder::new().name("papo-terminal".to_owned()).spawn(move || watch.run())?;
        let resized = Some(signal(SignalKind::window_change())?);
        Ok(Self { events, resized, reads, wake: Some(wake), _tell: None })
    }

    /// The next event; an error says that the terminal is gone.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        tokio::select! {
            biased;
            event = self.events.recv() => event.unwrap_or_else(|| Err(ended())),
            () = next_of(self.resized.as_mut()) => size(),
        }
    }

    /// What else has come, without waiting.
    pub(super) fn waiting(&mut self) -> Option<io::Result<Event>> {
        self.events.try_recv().ok()
    }

    /// Leaves what comes to somebody else.
    pub(super) fn let_go(&mut self) {
        self.set(false);
    }

    /// Reads again.
    pub(super) fn take_again(&mut self) {
        self.set(true);
    }

    fn set(&mut self, reads: bool) {
        self.reads.store(reads, Ordering::SeqCst);
        // Where the thread has gone, so has the terminal.
        let _ = self.wake.as_mut().map(|wake| wake.write_all(&[0]));
    }
}

async fn next_of(resized: Option<&mut Signal>) {
    match resized {
        Some(resized) => drop(resized.recv().await),
        None => future::pending().await,
    }
}

fn size() -> io::Result<Event> {
    terminal::size().map(|(columns, rows)| Event::Resize(columns, rows))
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the terminal is gone")
}

/// The thread's side.
struct Watch {
    reads: Arc<AtomicBool>,
    woken: PipeReader,
    tell: Sender<io::Result<Event>>,
}

impl Watch {
    /// Reads until the terminal hangs up, which is said, or nobody listens any more. crossterm reads on without an end
    /// after a hang-up, and SIGHUP need not come: it goes to the leader of the session, which may be a shell that
    /// ignores it, or `make`.
    fn run(mut self) {
        let stdin = io::stdin();
        // From where crossterm reads.
        let end = if stdin.is_terminal() {
            self.watch(&stdin)
        } else {
            File::open("/dev/tty").and_then(|terminal| self.watch(&terminal))
        };
        if let Err(error) = end {
            // The loop may have gone.
            let _ = self.tell.blocking_send(Err(error));
        }
    }

    fn watch(&mut self, terminal: &impl AsFd) -> io::Result<()> {
        let mut may_have_more = false;
        loop {
            let wanted = if self.reads.load(Ordering::SeqCst) { PollFlags::IN } else { PollFlags::empty() };
            let mut watched = [PollFd::new(terminal, wanted), PollFd::new(&self.woken, PollFlags::IN)];
            let is_over = match poll(&mut watched, may_have_more.then_some(&AGAIN)) {
                Err(Errno::INTR) => continue,
                found => found? == 0,
            };
            let [came, woken] = watched.map(|watched| watched.revents());
            if came.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return Err(ended());
            }
            if !woken.is_empty() && self.woken.read(&mut [0; 16])? == 0 {
                return Ok(());
            }
            may_have_more = came.contains(PollFlags::IN);
            // Another may have begun to read meanwhile.
            while (may_have_more || is_over) && self.reads.load(Ordering::SeqCst) && event::poll(NO_TIME)? {
                if self.tell.blocking_send(event::read()).is_err() {
                    return Ok(());
                }
            }
        }
    }
}
