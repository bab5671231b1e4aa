//! What the terminal sends: read in a thread of its own, since reading blocks.

use std::{io, thread};

use crossterm::event::{Event, read};
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Events that wait for the loop. When it is this far behind, reading waits and the terminal keeps the rest.
const EVENTS: usize = 256;

/// Starts reading. An error says that the terminal is gone. The threads end with the process: nothing can
/// interrupt their reading.
pub(super) fn listen() -> io::Result<Receiver<io::Result<Event>>> {
    let (tell, events) = channel(EVENTS);
    let told = tell.clone();
    thread::Builder::new().name("papo-keyboard".to_owned()).spawn(move || read_all(&tell))?;
    thread::Builder::new().name("papo-terminal".to_owned()).spawn(move || {
        let gone = hung_up();
        let _ = told.blocking_send(Err(gone));
    })?;
    Ok(events)
}

fn read_all(tell: &Sender<io::Result<Event>>) {
    loop {
        let event = read();
        let is_over = event.is_err();
        if tell.blocking_send(event).is_err() || is_over {
            return;
        }
    }
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
            Ok(_) => return io::Error::new(io::ErrorKind::UnexpectedEof, "the terminal is gone"),
            Err(error) => return error.into(),
        }
    }
}
