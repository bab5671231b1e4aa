//! Why a broker does not start.

use std::{error::Error as StdError, io, net::SocketAddr, path::PathBuf};

use thiserror::Error;

use super::UsersError;

/// Why a broker does not start.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum StartError {
    /// The user file cannot be read.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// Another process listens on the address.
    #[error("{0} is in use by another program")]
    AddressInUse(SocketAddr),
    /// The address is not one of this machine, or the process may not listen on it.
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    /// The certificate or its key is missing or unreadable.
    #[error("cannot read {}; papo broker cert makes a certificate, --cert and --key name another", path.display())]
    Certificate { path: PathBuf, source: io::Error },
    /// Another process has locked the state folder.
    #[error("{path} is in use by another broker", path = .0.display())]
    StateInUse(PathBuf),
    /// Another account owns the state folder, or it is for several accounts, such as `/tmp`.
    #[error("{path} does not belong to this account alone; choose another folder with --state", path = .0.display())]
    StateOwner(PathBuf),
    /// The state folder cannot be used.
    #[error("cannot save the broker's state in {state}", state = .state.display())]
    State { state: PathBuf, source: Box<dyn StdError + Send + Sync> },
    /// The thread or its tokio runtime cannot be created.
    #[error("cannot start a thread for the broker")]
    Thread(#[source] io::Error),
    /// The broker ended with an error before it accepted connections.
    #[error("the broker failed while starting")]
    Broker(#[source] Box<dyn StdError + Send + Sync>),
    /// The broker ended without an error before it accepted connections.
    #[error("the broker stopped while starting")]
    Died,
}

impl StartError {
    /// The error for an address on which the system does not let the broker listen.
    pub(super) fn listen(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::AddressInUse(address),
            _ => Self::Listen { address, source },
        }
    }
}
