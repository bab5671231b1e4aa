//! Why a broker does not start.

use std::{error::Error as StdError, io, net::SocketAddr, path::PathBuf};

use thiserror::Error;

use super::UsersError;

/// Why a broker does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The user file is unusable.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// The address is in use.
    #[error("{0} is in use by another program")]
    AddressInUse(SocketAddr),
    /// The address is not of this machine, or not allowed.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// There is no certificate.
    #[error("cannot read {}; papo broker cert makes a certificate, --cert and --key name another", path.display())]
    Certificate {
        /// The missing file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another process uses the folder.
    #[error("{path} is in use by another broker", path = .0.display())]
    StateInUse(PathBuf),
    /// The folder cannot be used.
    #[error("cannot save the broker's state in {state}", state = .state.display())]
    State {
        /// The folder.
        state: PathBuf,
        /// The error.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The system provides no thread or no runtime.
    #[error("cannot start a thread for the broker")]
    Thread(#[source] io::Error),
    /// It failed before it answered.
    #[error("the broker failed while starting")]
    Broker(#[source] Box<dyn StdError + Send + Sync>),
    /// It ended silently.
    #[error("the broker stopped while starting")]
    Died,
}
