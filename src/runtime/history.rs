//! Access to a user's history: opens it, or connects to the papo that has it open.

use std::{io, os::unix::net::UnixStream, path::Path, thread, time::Duration};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::{
    ipc::socket,
    selection::{configuration, new_device, whose},
};
use crate::{
    cli::Selection,
    config::{Chosen, Paths},
    store::{OpenError, Opened, Store},
};

/// How long to wait for a papo that has the history open but does not listen.
const BUSY: Duration = Duration::from_secs(10);
/// The interval at which a busy history is retried.
const RETRY: Duration = Duration::from_millis(20);

/// Access to the history of a user.
pub(super) enum Access {
    /// It is open in this process.
    Here(Box<Opened>),
    /// A connection to the papo that has it open.
    Elsewhere(UnixStream),
}

/// Opens the history of the selected profile, which must exist.
pub(super) fn opened(selection: &Selection) -> Result<(Chosen, Access)> {
    access(selection, |folder| {
        if Store::is_in(folder) { Ok(String::new()) } else { Err(eyre!("no history in {}", folder.display())) }
    })
}

/// Opens the history of the selected profile, or creates it.
pub(super) fn open(selection: &Selection) -> Result<(Chosen, Access)> {
    access(selection, |_| Ok(new_device()))
}

pub(super) fn access(selection: &Selection, device: impl FnOnce(&Path) -> Result<String>) -> Result<(Chosen, Access)> {
    let paths = Paths::discover()?;
    let (chosen, folder) = whose(&paths, &configuration(selection, &paths)?, selection)?;
    let device = device(&folder)?;
    let access = reach(&folder, || Store::open(&folder, &chosen.id, &device))?;
    Ok((chosen, access))
}

/// Opens the history in `folder`, or connects to the papo that has it open. While that papo starts or shuts down it
/// does not listen, so both are retried for a while.
pub(super) fn reach(folder: &Path, open: impl Fn() -> Result<Opened, OpenError>) -> Result<Access> {
    let mut waited = Duration::ZERO;
    loop {
        match open() {
            Err(OpenError::InUse) => {}
            opened => return Ok(Access::Here(Box::new(opened?))),
        }
        match UnixStream::connect(socket(folder)) {
            Err(error) if is_passing(&error) && waited < BUSY => {}
            connected => {
                let stream = connected.wrap_err("the profile is open in another papo, which cannot be asked")?;
                return Ok(Access::Elsewhere(stream));
            }
        }
        thread::sleep(RETRY);
        waited += RETRY;
    }
}

/// Whether a connection failed only because nothing listens.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}
