//! TLS settings: the CAs to trust, and the client certificate.

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

/// PEM files named in the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// CA certificates to trust in place of the system's.
    pub authorities: Option<PathBuf>,
    /// The client certificate with its chain, and its private key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// Why TLS cannot be set up.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file has no PEM item of the expected kind.
    #[error("no {what} in {}; it must hold one in PEM, as -----BEGIN …", path.display())]
    Empty {
        path: PathBuf,
        /// The expected item, for the message.
        what: &'static str,
    },
    /// A file has an item that rustls rejects.
    #[error("{} cannot be used: {why}", path.display())]
    Unusable { path: PathBuf, why: String },
    /// The system has no CA certificates.
    #[error("no CA certificates on this machine ({0}); install ca-certificates, or set ca_file")]
    NoAuthorities(String),
    /// rustls rejects the configuration.
    #[error("cannot set up TLS")]
    Setup(#[source] rustls::Error),
}

/// A client configuration, ready for use.
#[derive(Clone)]
pub struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Reads the files, and the system's CA certificates if `files` has none. Allows TLS 1.2 and 1.3.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let authorities = match &files.authorities {
            Some(path) => read_authorities(path)?,
            None => system_authorities()?,
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_root_certificates(authorities);
        let config = match &files.client {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(certificate)?;
                let key = PrivateKeyDer::from_pem_file(key).map_err(|why| unreadable(key, "private key", why))?;
                builder.with_client_auth_cert(chain, key).map_err(|why| unusable(certificate, &why))?
            }
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

/// The fingerprints of all certificates in a PEM file, for people to compare.
pub fn fingerprints(path: &Path) -> Result<String, TlsError> {
    let prints: Vec<String> = certificates(path)?.iter().map(|der| fingerprint(der)).collect();
    Ok(prints.join(", "))
}

/// The certificates in a PEM file; at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match found {
        Ok(found) if found.is_empty() => Err(TlsError::Empty { path: path.to_owned(), what: "certificate" }),
        found => found.map_err(|why| unreadable(path, "certificate", why)),
    }
}

/// The SHA-256 fingerprint of a DER certificate, in the format of `openssl x509 -fingerprint -sha256`.
pub fn fingerprint(der: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, der);
    let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn read_authorities(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(path)? {
        store.add(certificate).map_err(|why| unusable(path, &why))?;
    }
    Ok(store)
}

/// The system's CA certificates, without those that rustls cannot parse.
fn system_authorities() -> Result<RootCertStore, TlsError> {
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
        pem::Error::NoItemsFound => TlsError::Empty { path, what },
        other => TlsError::Unusable { path, why: other.to_string() },
    }
}

fn unusable(path: &Path, why: &rustls::Error) -> TlsError {
    TlsError::Unusable { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(files: &TlsFiles) -> String {
        Tls::load(files).unwrap_err().to_string()
    }

    #[test]
    fn error_names_the_file_and_its_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let files = TlsFiles { authorities: Some(path.clone()), client: None };
        assert_eq!(error(&files), format!("cannot read {}", path.display()));
        std::fs::write(&path, "hello").unwrap();
        assert!(error(&files).starts_with(&format!("no certificate in {}", path.display())));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n").unwrap();
        assert!(error(&files).starts_with(&format!("{} cannot be used: ", path.display())));
    }
}
