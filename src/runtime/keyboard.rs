//! Reads the input of the terminal.
//!
//! The event loop reads the terminal itself, without a thread in between, so a key is on the screen after one wake-up.
//! papo does not use crossterm's reader, because it blocks while a sequence or a paste arrives in parts.

mod lines;
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
    sync::mpsc::Receiver,
};

use self::sequences::SequenceDecoder;
use super::{
    clock::{self, wait_until},
    terminal,
};

/// The maximum number of bytes in one read: the size of the input buffer of a terminal on Linux.
const BUFFER: usize = 4096;
/// If a read returns at least this many bytes, there may be more: Linux returns at most one byte less than the size of
/// the buffer.
const FULL_READ: usize = BUFFER - 1;
/// How long the decoder holds a lone escape byte, which may be the start of a sequence.
const ESCAPE_WAIT: Duration = Duration::from_millis(50);
/// [`ESCAPE_WAIT`] over SSH, where the network may split a sequence.
const ESCAPE_WAIT_ON_NETWORK: Duration = Duration::from_millis(150);
/// While this many events are pending, papo reads no more bytes. The rest stays in the terminal's buffer
/// (back-pressure).
const MAX_PENDING: usize = 256;
const NO_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The source of terminal events: keys, mouse, pastes, focus and size. In line mode, the source may be a pipe or a
/// file.
pub(super) struct Keyboard {
    /// `None` while another program has the terminal.
    terminal: Option<AsyncFd<OwnedFd>>,
    /// The lines of a pipe or a file, which papo reads instead of a terminal.
    lines: Option<Receiver<io::Result<String>>>,
    /// SIGWINCH: the size of the terminal has changed.
    resized: Option<Signal>,
    decoder: SequenceDecoder,
    /// Decoded events, in order.
    pending: VecDeque<Event>,
}

impl Keyboard {
    /// Creates a keyboard that never has events.
    pub(super) fn none() -> Self {
        Self {
            terminal: None,
            lines: None,
            resized: None,
            decoder: SequenceDecoder::default(),
            pending: VecDeque::new(),
        }
    }

    /// Starts reading lines from standard input, which is no terminal.
    pub(super) fn piped() -> io::Result<Self> {
        Ok(Self { lines: Some(lines::read()?), ..Self::none() })
    }

    /// Whether the source is a pipe or a file.
    pub(super) fn is_piped(&self) -> bool {
        self.lines.is_some()
    }

    /// Starts reading. The decoder holds a lone escape byte for `wait_ms` milliseconds, or for the default time.
    pub(super) fn listen(wait_ms: Option<u16>) -> io::Result<Self> {
        let resized = Some(signal(SignalKind::window_change())?);
        let is_remote = std::env::var_os("SSH_TTY").is_some_and(|terminal| !terminal.is_empty());
        let default = if is_remote { ESCAPE_WAIT_ON_NETWORK } else { ESCAPE_WAIT };
        let wait = wait_ms.map_or(default, |wait| Duration::from_millis(wait.into()));
        Ok(Self { terminal: Some(watch()?), resized, decoder: SequenceDecoder::new(wait), ..Self::none() })
    }

    /// Waits for the next event. An error means that the terminal is gone, or that a pipe has ended. Cancel safe.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        loop {
            // Reads before it waits: during a flood of other events, tokio rarely polls the terminal.
            self.read_pending()?;
            if let Some(event) = self.pending.pop_front() {
                return Ok(event);
            }
            if let Some(lines) = &mut self.lines {
                let line = lines.recv().await.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))?;
                return Ok(Event::Paste(lines::without_controls(&line)));
            }
            tokio::select! {
                biased;
                ready = readable(self.terminal.as_ref()) => ready?,
                () = resize(self.resized.as_mut()) => {
                    let (columns, rows) = crossterm::terminal::size()?;
                    return Ok(Event::Resize(columns, rows));
                }
                () = wait_until(self.decoder.due()) => {}
            }
        }
    }

    /// The next event that is already decoded. Does not wait or read.
    pub(super) fn try_next(&mut self) -> Option<Event> {
        self.pending.pop_front()
    }

    /// Whether the terminal has unread bytes.
    pub(super) fn has_more(&self) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| poll_now(terminal).is_ok_and(|flags| !flags.is_empty()))
    }

    /// Stops reading, so that another program can read the terminal.
    pub(super) fn release(&mut self) {
        self.terminal = None;
    }

    /// Starts reading again.
    pub(super) fn reclaim(&mut self) -> io::Result<()> {
        self.terminal = Some(watch()?);
        Ok(())
    }

    /// Reads and decodes the bytes that have arrived, without waiting. An error means that the terminal is gone.
    ///
    /// papo must detect a hang-up here, because it may not get SIGHUP: the kernel sends SIGHUP to the session leader,
    /// such as a shell, which may not pass it on.
    fn read_pending(&mut self) -> io::Result<()> {
        let Some(terminal) = &self.terminal else { return Ok(()) };
        while self.pending.len() < MAX_PENDING {
            let flags = poll_now(terminal)?;
            if flags.contains(PollFlags::IN) {
                let mut buffer = [0; BUFFER];
                let count = match retry_on_intr(|| read(terminal, &mut buffer)) {
                    Err(Errno::AGAIN) => return Ok(()),
                    read => read?,
                };
                self.pending.extend(self.decoder.feed(&buffer[..count], clock::instant()));
                if count >= FULL_READ {
                    continue;
                }
                if count > 0 {
                    return Ok(());
                }
            }
            // Expires the pending bytes only after everything is read: bytes that arrived in time continue the
            // sequence, even if papo reads them late.
            self.pending.extend(self.decoder.expire(clock::instant()));
            let is_gone = flags.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
            if is_gone && self.pending.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the terminal is gone"));
            }
            return Ok(());
        }
        Ok(())
    }
}

/// Registers the terminal with tokio.
#[expect(deprecated, reason = "its replacement is unsafe, because not every T keeps its descriptor; OwnedFd does")]
fn watch() -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(terminal::open_input()?, Interest::READABLE)
}

/// Whether the terminal has bytes to read or is gone, without waiting.
fn poll_now(terminal: &AsyncFd<OwnedFd>) -> io::Result<PollFlags> {
    let mut watched = [PollFd::new(terminal, PollFlags::IN)];
    match poll(&mut watched, Some(&NO_WAIT)) {
        Ok(_) | Err(Errno::INTR) => Ok(watched[0].revents()),
        Err(error) => Err(error.into()),
    }
}

/// Waits until the terminal may have bytes to read.
async fn readable(terminal: Option<&AsyncFd<OwnedFd>>) -> io::Result<()> {
    match terminal {
        Some(terminal) => {
            terminal.readable().await?.clear_ready();
            Ok(())
        }
        None => future::pending().await,
    }
}

async fn resize(resized: Option<&mut Signal>) {
    match resized {
        Some(resized) => drop(resized.recv().await),
        None => future::pending().await,
    }
}
