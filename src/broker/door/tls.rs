//! The certificate of the TLS listeners.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::broker::StartError;

/// The TLS side of a broker with this certificate and its key, which are PEM files.
pub fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, StartError> {
    let chain: Vec<CertificateDer> =
        CertificateDer::pem_slice_iter(&read(certificate)?).collect::<Result<_, _>>().map_err(invalid(certificate))?;
    let private_key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(invalid(key))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, private_key))
        .map_err(invalid(certificate))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read(path: &Path) -> Result<Vec<u8>, StartError> {
    fs::read(path).map_err(|source| StartError::Certificate { path: path.to_owned(), source })
}

fn invalid<E: std::error::Error + Send + Sync + 'static>(path: &Path) -> impl FnOnce(E) -> StartError {
    let path: PathBuf = path.to_owned();
    |error| StartError::Certificate { path, source: io::Error::new(io::ErrorKind::InvalidData, error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broker::Certificates, domain::Timestamp};

    #[test]
    fn invalid_files_are_named() {
        let state = tempfile::tempdir().unwrap();
        let certificates = Certificates::of(state.path());
        let issued = certificates.issue(&["localhost".into()], 1, Timestamp::from_millis(1_800_000_000_000));
        assert!(issued.unwrap());
        let (certificate, key) = certificates.server();
        assert!(acceptor(&certificate, &key).is_ok());
        let missing = state.path().join("missing");
        let text = state.path().join("text");
        fs::write(&text, "no PEM").unwrap();
        for (certificate, key, named) in [
            (&missing, &key, &missing),
            (&certificate, &missing, &missing),
            (&certificate, &text, &text),
            (&text, &key, &text),
            (&certificates.authority(), &key, &certificates.authority()),
        ] {
            match acceptor(certificate, key) {
                Err(StartError::Certificate { path, .. }) => assert_eq!(path, *named),
                other => panic!("{named:?}: {:?}", other.err()),
            }
        }
    }
}
