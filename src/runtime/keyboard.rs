//! What the terminal sends: read in a thread of its own, since reading blocks.

use std::{io, thread};

use crossterm::event::{Event, read};
use tokio::sync::mpsc::{Receiver, channel};

/// Events that wait for the loop. When it is this far behind, reading waits and the terminal keeps the rest.
const EVENTS: usize = 256;

/// Starts reading. The channel ends when the terminal does. The thread ends with the process: nothing can
/// interrupt its reading.
pub(super) fn listen() -> io::Result<Receiver<io::Result<Event>>> {
    let (tell, events) = channel(EVENTS);
    thread::Builder::new().name("papo-keyboard".to_owned()).spawn(move || {
        loop {
            let event = read();
            let is_over = event.is_err();
            if tell.blocking_send(event).is_err() || is_over {
                return;
            }
        }
    })?;
    Ok(events)
}
