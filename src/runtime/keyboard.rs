//! What the terminal sends, while it is papo's to read from.
//!
//! The loop itself reads it, without a thread between the two: a key is on the screen after one waking up. crossterm's own
//! reading would hold the loop up where a sequence or a paste comes in parts, so it is not used.

mod sequences;

use std::{
    collections::VecDeque,
    fs::File,
    future,
    io::{self, IsTerminal as _, stdin},
    os::fd::{AsFd as _, OwnedFd},
};

use crossterm::{event::Event, terminal};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, read, retry_on_intr},
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal, SignalKind, signal},
};

use self::sequences::Sequences;

/// What is read at once. A terminal on Linux holds no more.
const BUFFER: usize = 4096;
/// Events that are taken in at once. What is beyond waits in the terminal, as does whoever types into it.
const EVENTS: usize = 256;
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The keyboard, the mouse, and what else the terminal tells.
pub(super) struct Keyboard {
    /// Missing while it is not to be read from: somebody else may.
    terminal: Option<AsyncFd<OwnedFd>>,
    resized: Option<Signal>,
    sequences: Sequences,
    /// What has come and was not handed on yet.
    came: VecDeque<Event>,
}

impl Keyboard {
    /// None: nothing comes of it, and nothing of it goes.
    pub(super) fn none() -> Self {
        Self { terminal: None, resized: None, sequences: Sequences::default(), came: VecDeque::new() }
    }

    /// Starts reading.
    pub(super) fn listen() -> io::Result<Self> {
        let resized = Some(signal(SignalKind::window_change())?);
        Ok(Self { terminal: Some(watched()?), resized, ..Self::none() })
    }

    /// The next event; an error says that the terminal is gone.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        loop {
            // In a flood others are heard for long before it is found out who else has something to say.
            self.look()?;
            if let Some(event) = self.came.pop_front() {
                return Ok(event);
            }
            tokio::select! {
                biased;
                found = next_of(self.terminal.as_ref()) => found?,
                () = change_of(self.resized.as_mut()) => return size(),
            }
        }
    }

    /// What else has come with it.
    pub(super) fn waiting(&mut self) -> Option<Event> {
        self.came.pop_front()
    }

    /// Whether there is anything to be read.
    pub(super) fn has_more(&self) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| has_come(terminal).is_ok_and(|came| !came.is_empty()))
    }

    /// Leaves what comes to somebody else.
    pub(super) fn let_go(&mut self) {
        self.terminal = None;
    }

    /// Reads again.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        self.terminal = Some(watched()?);
        Ok(())
    }

    /// Takes in what has come.
    ///
    /// SIGHUP need not come with a hang-up: it goes to the leader of the session, which may be a shell that ignores it, or
    /// `make`.
    fn look(&mut self) -> io::Result<()> {
        let Some(terminal) = &self.terminal else { return Ok(()) };
        while self.came.len() < EVENTS {
            let came = has_come(terminal)?;
            if came.contains(PollFlags::IN) {
                let mut buffer = [0; BUFFER];
                let count = match retry_on_intr(|| read(terminal, &mut buffer)) {
                    Err(Errno::AGAIN) => return Ok(()),
                    read => read?,
                };
                self.came.extend(self.sequences.feed(&buffer[..count], count == BUFFER));
                if count == BUFFER {
                    continue;
                }
                if count > 0 {
                    return Ok(());
                }
            }
            let is_over = came.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
            return if is_over && self.came.is_empty() { Err(ended()) } else { Ok(()) };
        }
        Ok(())
    }
}

/// The terminal, from where crossterm would read as well.
#[expect(deprecated, reason = "what took its place is unsafe, as not every T keeps its descriptor; this one does")]
fn watched() -> io::Result<AsyncFd<OwnedFd>> {
    let stdin = stdin();
    let terminal =
        if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned()? } else { File::open("/dev/tty")?.into() };
    AsyncFd::with_interest(terminal, Interest::READABLE)
}

/// Whether there is something to be read, or nothing will ever be.
fn has_come(terminal: &AsyncFd<OwnedFd>) -> io::Result<PollFlags> {
    let mut watched = [PollFd::new(terminal, PollFlags::IN)];
    match poll(&mut watched, Some(&AT_ONCE)) {
        Ok(_) | Err(Errno::INTR) => Ok(watched[0].revents()),
        Err(error) => Err(error.into()),
    }
}

/// Waits until something may have come.
async fn next_of(terminal: Option<&AsyncFd<OwnedFd>>) -> io::Result<()> {
    match terminal {
        Some(terminal) => {
            terminal.readable().await?.clear_ready();
            Ok(())
        }
        None => future::pending().await,
    }
}

async fn change_of(resized: Option<&mut Signal>) {
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
