//! Access to a user's history: opens the history, or connects to the papo that has it open.

use std::{io, os::unix::net::UnixStream, path::Path, thread, time::Duration};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::{
    ipc::socket,
    selection::{find_profile, new_device},
    startup::language,
};
use crate::{
    app::localized,
    cli::Selection,
    config::Chosen,
    store::{OpenError, Opened, Store},
};

/// How long to retry while another papo has the history open but does not listen on its socket.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause between two attempts.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// Access to the history of a user.
pub(super) enum Access {
    /// The history is open in this process.
    Local(Box<Opened>),
    /// A connection to the papo that has the history open.
    Remote(UnixStream),
}

/// Opens the history of the user that the command line names. An error if there is none.
pub(super) fn open_existing(selection: &Selection) -> Result<(Chosen, Access)> {
    access(selection, |folder| {
        let missing = || language(selection).translate(localized!("no-history", folder = folder.display().to_string()));
        if Store::is_in(folder) { Ok(String::new()) } else { Err(eyre!(missing())) }
    })
}

/// Opens the history of the user that the command line names. Creates it if there is none.
pub(super) fn open_or_create(selection: &Selection) -> Result<(Chosen, Access)> {
    access(selection, |_| Ok(new_device()))
}

/// Opens the history, or connects to the papo that has it open. `device` gets the history's folder, and returns the ID
/// of this device for a new history, or an error that refuses to create one.
fn access(selection: &Selection, device: impl FnOnce(&Path) -> Result<String>) -> Result<(Chosen, Access)> {
    let (chosen, folder) = find_profile(selection)?;
    let device = device(&folder)?;
    let access = open_or_connect(&folder, || Store::open(&folder, &chosen.id, &device))?;
    Ok((chosen, access))
}

/// Opens the history in `folder`, or connects to the papo that has it open. While that papo starts or shuts down, it
/// does not listen on its socket, so this function retries both for up to [`BUSY_TIMEOUT`].
pub(super) fn open_or_connect(folder: &Path, open: impl Fn() -> Result<Opened, OpenError>) -> Result<Access> {
    let mut waited = Duration::ZERO;
    loop {
        match open() {
            Err(OpenError::InUse) => {}
            opened => return Ok(Access::Local(Box::new(opened?))),
        }
        match UnixStream::connect(socket(folder)) {
            Err(error) if is_not_listening(&error) && waited < BUSY_TIMEOUT => {}
            connected => {
                let stream = connected.wrap_err("the profile is open in another papo, which cannot be asked")?;
                return Ok(Access::Remote(stream));
            }
        }
        thread::sleep(RETRY_INTERVAL);
        waited += RETRY_INTERVAL;
    }
}

/// Whether connecting failed because no process listens on the socket.
fn is_not_listening(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}
