//! What TLS needs before it can begin: whom to trust, and the certificate that one shows oneself.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use ring::digest;
use thiserror::Error;
use tokio_rustls::rustls::{
    self, ClientConfig, RootCertStore, crypto,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};

/// The files that a user names, in PEM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Whom to trust in place of the system's authorities.
    pub authorities: Option<PathBuf>,
    /// The chain of one's own certificate, and its key.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// What is wrong with one of them.
#[derive(Debug, Error)]
pub enum TlsError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It holds nothing of the kind.
    #[error("no {what} in {}; it must hold one in PEM, as -----BEGIN …", path.display())]
    Nothing {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// It holds something that cannot be used.
    #[error("{} cannot be used: {why}", path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The system trusts nobody.
    #[error("no CA certificates on this machine ({0}); install ca-certificates, or set ca_file")]
    NoAuthorities(String),
    /// The library refuses.
    #[error("cannot set up TLS")]
    Setup(#[source] rustls::Error),
}

/// What TLS needs, read.
#[derive(Clone)]
pub struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Reads the files; where none names authorities, the system's. TLS 1.2 and 1.3 are spoken.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let authorities = match &files.authorities {
            Some(path) => trusted(path)?,
            None => trusted_by_the_system()?,
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_root_certificates(authorities);
        let config = match &files.own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                .map_err(|why| unusable(certificate, &why))?,
        };
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// The fingerprints of the certificates in a file of PEM, to be compared by people.
pub fn fingerprints(path: &Path) -> Result<String, TlsError> {
    let prints: Vec<String> = certificates(path)?.iter().map(|der| fingerprint(der)).collect();
    Ok(prints.join(", "))
}

/// The certificates in a file of PEM; at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match found {
        Ok(found) if found.is_empty() => Err(TlsError::Nothing { path: path.to_owned(), what: "certificate" }),
        found => found.map_err(|why| unreadable(path, "certificate", why)),
    }
}

/// The SHA-256 of a certificate in DER, as `openssl x509 -fingerprint -sha256` has it.
pub fn fingerprint(der: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, der);
    let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|why| unreadable(path, "private key", why))
}

fn trusted(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(path)? {
        store.add(certificate).map_err(|why| unusable(path, &why))?;
    }
    Ok(store)
}

/// Some that cannot be read are passed over, as every program does.
fn trusted_by_the_system() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(found.certs);
    if store.is_empty() {
        let why = found.errors.first().map_or_else(|| "none were found".to_owned(), ToString::to_string);
        return Err(TlsError::NoAuthorities(why));
    }
    Ok(store)
}

fn unreadable(path: &Path, what: &'static str, why: pem::Error) -> TlsError {
    let path = path.to_owned();
    match why {
        pem::Error::Io(source) => TlsError::Read { path, source },
        pem::Error::NoItemsFound => TlsError::Nothing { path, what },
        other => TlsError::Unusable { path, why: other.to_string() },
    }
}

fn unusable(path: &Path, why: &rustls::Error) -> TlsError {
    TlsError::Unusable { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &TlsFiles) -> String {
        Tls::load(files).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let files = TlsFiles { authorities: Some(path.clone()), own: None };
        assert_eq!(said(&files), format!("cannot read {}", path.display()));
        std::fs::write(&path, "hello").unwrap();
        assert!(said(&files).starts_with(&format!("no certificate in {}", path.display())));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n").unwrap();
        assert!(said(&files).starts_with(&format!("{} cannot be used: ", path.display())));
    }
}
