//! Terminal input, while papo may read it.
//!
//! The loop reads it directly, without a thread in between, so a key is on the screen after one wake-up. crossterm's
//! reader is not used, because it blocks the loop while a sequence or a paste arrives in parts.

mod sequences;

use std::{collections::VecDeque, future, io, os::fd::OwnedFd, time::Duration};

use crossterm::event::Event;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, read, retry_on_intr},
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal, SignalKind, signal},
};

use self::sequences::Sequences;
use super::{
    clock::{self, until},
    terminal,
};

/// The size of a read. A terminal on Linux buffers no more.
const BUFFER: usize = 4096;
/// After a read of this size there may be more: a terminal on Linux returns one byte less than it buffers.
const FULL: usize = BUFFER - 1;
/// How long a lone escape is held: locally, and over a network, which may split a sequence.
const WAIT: Duration = Duration::from_millis(50);
const WAIT_ON_NETWORK: Duration = Duration::from_millis(150);
/// The most events buffered. Beyond this, input waits in the terminal.
const EVENTS: usize = 256;
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The keyboard, the mouse, and other input from the terminal.
pub(super) struct Keyboard {
    /// `None` while another program may read the terminal.
    terminal: Option<AsyncFd<OwnedFd>>,
    resized: Option<Signal>,
    sequences: Sequences,
    /// Events that were not passed on yet.
    came: VecDeque<Event>,
}

impl Keyboard {
    /// No input at all.
    pub(super) fn none() -> Self {
        Self { terminal: None, resized: None, sequences: Sequences::default(), came: VecDeque::new() }
    }

    /// Starts reading; holds a lone escape for `wait`, or for the default.
    pub(super) fn listen(wait_ms: Option<u16>) -> io::Result<Self> {
        let resized = Some(signal(SignalKind::window_change())?);
        let is_remote = std::env::var_os("SSH_TTY").is_some_and(|terminal| !terminal.is_empty());
        let usual = if is_remote { WAIT_ON_NETWORK } else { WAIT };
        let wait = wait_ms.map_or(usual, |wait| Duration::from_millis(wait.into()));
        Ok(Self { terminal: Some(watched()?), resized, sequences: Sequences::new(wait), ..Self::none() })
    }

    /// The next event; an error means that the terminal is gone.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        loop {
            // In a flood, other sources would wait long for their turn.
            self.look()?;
            if let Some(event) = self.came.pop_front() {
                return Ok(event);
            }
            tokio::select! {
                biased;
                found = next_of(self.terminal.as_ref()) => found?,
                () = change_of(self.resized.as_mut()) => return size(),
                () = until(self.sequences.due()) => {}
            }
        }
    }

    /// The next event that has arrived already.
    pub(super) fn waiting(&mut self) -> Option<Event> {
        self.came.pop_front()
    }

    /// Whether input is available.
    pub(super) fn has_more(&self) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| has_come(terminal).is_ok_and(|came| !came.is_empty()))
    }

    /// Leaves the input to another program.
    pub(super) fn let_go(&mut self) {
        self.terminal = None;
    }

    /// Reads again.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        self.terminal = Some(watched()?);
        Ok(())
    }

    /// Reads what has arrived.
    ///
    /// A hang-up does not always come with SIGHUP, which goes to the leader of the session. That may be a shell that
    /// ignores it, or `make`.
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
                self.came.extend(self.sequences.feed(&buffer[..count], clock::instant()));
                if count >= FULL {
                    continue;
                }
                if count > 0 {
                    return Ok(());
                }
            }
            // Bytes that arrived meanwhile belong to the held ones, however late papo reads them.
            self.came.extend(self.sequences.expire(clock::instant()));
            let is_over = came.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
            return if is_over && self.came.is_empty() { Err(ended()) } else { Ok(()) };
        }
        Ok(())
    }
}

#[expect(deprecated, reason = "what took its place is unsafe, as not every T keeps its descriptor; this one does")]
fn watched() -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(terminal::keys()?, Interest::READABLE)
}

/// Whether there is input, or never will be.
fn has_come(terminal: &AsyncFd<OwnedFd>) -> io::Result<PollFlags> {
    let mut watched = [PollFd::new(terminal, PollFlags::IN)];
    match poll(&mut watched, Some(&AT_ONCE)) {
        Ok(_) | Err(Errno::INTR) => Ok(watched[0].revents()),
        Err(error) => Err(error.into()),
    }
}

/// Waits until there may be input.
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
    crossterm::terminal::size().map(|(columns, rows)| Event::Resize(columns, rows))
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the terminal is gone")
}
