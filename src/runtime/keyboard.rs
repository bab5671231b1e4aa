//! What the terminal sends, while it is papo's to read from.

use std::{future, io, thread, time::Duration};

use crossterm::event::{self, Event, EventStream};
use futures_util::StreamExt;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::sync::oneshot;

/// The keyboard, the mouse, and what else the terminal tells.
pub(super) struct Keyboard {
    /// Missing while somebody else reads from the terminal. Dropping it ends its thread.
    stream: Option<EventStream>,
    /// Set once the terminal is gone.
    gone: oneshot::Receiver<io::Error>,
    /// Kept where nobody else has it.
    _tell: Option<oneshot::Sender<io::Error>>,
}

impl Keyboard {
    /// None: nothing comes of it, and nothing of it goes.
    pub(super) fn none() -> Self {
        // Whoever would say that the terminal is gone is not there.
        let (tell, gone) = oneshot::channel();
        Self { stream: None, gone, _tell: Some(tell) }
    }

    /// Starts reading.
    pub(super) fn listen() -> io::Result<Self> {
        let (tell, gone) = oneshot::channel();
        // It ends with the process: nothing can interrupt its waiting.
        thread::Builder::new().name("papo-terminal".to_owned()).spawn(move || {
            let _ = tell.send(hung_up());
        })?;
        Ok(Self { stream: Some(EventStream::new()), gone, _tell: None })
    }

    /// The next event; an error says that the terminal is gone.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        let Self { stream, gone, .. } = self;
        tokio::select! {
            biased;
            gone = gone => Err(gone.unwrap_or_else(|_| ended())),
            event = next_of(stream.as_mut()) => event,
        }
    }

    /// What else has come, without waiting.
    pub(super) fn waiting(&self) -> Option<io::Result<Event>> {
        self.stream.as_ref()?;
        match event::poll(Duration::ZERO) {
            Ok(true) => Some(event::read()),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// Leaves what comes to somebody else.
    pub(super) fn let_go(&mut self) {
        self.stream = None;
    }

    /// Reads again.
    pub(super) fn take_again(&mut self) {
        self.stream.get_or_insert_with(EventStream::new);
    }
}

async fn next_of(stream: Option<&mut EventStream>) -> io::Result<Event> {
    match stream {
        Some(stream) => stream.next().await.unwrap_or_else(|| Err(ended())),
        None => future::pending().await,
    }
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the terminal is gone")
}

/// Waits until the terminal hangs up. crossterm reads on without an end then, and SIGHUP need not come: it goes to
/// the leader of the session, which may be a shell that ignores it, or `make`.
fn hung_up() -> io::Error {
    let terminal = io::stdout();
    // Of a terminal that is there nothing is reported where nothing is asked for.
    let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
    loop {
        match poll(&mut watched, None) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return ended(),
            Err(error) => return error.into(),
        }
    }
}
