//! Why a broker does not start.

use std::{error::Error as StdError, io, net::SocketAddr, path::PathBuf};

use thiserror::Error;

use super::UsersError;

/// Why a broker does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Who may log in is not known.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// Somebody listens there already.
    #[error("{0} is in use by another program")]
    AddressInUse(SocketAddr),
    /// The address is not this machine's, or not allowed.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// There is no certificate to show.
    #[error("cannot read {}; papo broker cert makes a certificate, --cert and --key name another", path.display())]
    Certificate {
        /// What was looked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process keeps its state there.
    #[error("{path} is in use by another broker", path = .0.display())]
    StateInUse(PathBuf),
    /// The folder cannot be used.
    #[error("cannot save the broker's state in {state}", state = .state.display())]
    State {
        /// The folder.
        state: PathBuf,
        /// What went wrong there.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The system gives no thread, or no runtime for it.
    #[error("cannot start a thread for the broker")]
    Thread(#[source] io::Error),
    /// It ended with an error before it answered.
    #[error("the broker failed while starting")]
    Broker(#[source] Box<dyn StdError + Send + Sync>),
    /// It ended without a word.
    #[error("the broker stopped while starting")]
    Died,
}
