//! The broker's own CA, and the certificates that it signs.
//!
//! The CA is created once and kept, so that clients who trust it also trust later certificates. Only the owner can read
//! the keys.

use std::{
    io,
    net::IpAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, string::Ia5String,
};
use thiserror::Error;

use crate::{domain::Timestamp, owner_only};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long before its issue a certificate becomes valid, for clients whose clocks are behind.
const CLOCK_SKEW: Duration = DAY;
const AUTHORITY_DAYS: u32 = 3650;
const AUTHORITY_NAME: &str = "papo broker authority";

/// The certificates of a broker, in a folder inside its state folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    folder: PathBuf,
}

/// Why no certificate was issued.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum CertificateError {
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// A name is neither a DNS name nor an IP address.
    #[error("{0:?} is neither a host name nor an address")]
    Name(String),
    /// The CA's key file has no key.
    #[error("{} holds no key; move it away to create a new CA", path.display())]
    Key { path: PathBuf, source: rcgen::Error },
    /// rcgen failed.
    #[error("cannot make the certificate")]
    Rcgen(#[from] rcgen::Error),
}

impl Certificates {
    /// The certificates of the broker with this state folder.
    pub fn of(state: &Path) -> Self {
        Self { folder: state.join("tls") }
    }

    /// The path of the CA's certificate, which all clients have to trust.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The paths of the broker's certificate and its key.
    pub fn server(&self) -> (PathBuf, PathBuf) {
        (self.folder.join("server.pem"), self.folder.join("server-key.pem"))
    }

    fn authority_key(&self) -> PathBuf {
        self.folder.join("ca-key.pem")
    }

    /// Issues a certificate for `names`, valid for `days` from `now`. Creates the CA first if there is none. Returns
    /// true if the CA is new; then no client trusts it yet.
    pub fn issue(&self, names: &[String], days: u32, now: Timestamp) -> Result<bool, CertificateError> {
        let names: Vec<SanType> = names.iter().map(|name| subject_alt_name(name)).collect::<Result<_, _>>()?;
        let (key, is_new_authority) = self.load_or_create_key()?;
        let authority = authority();
        if is_new_authority || !self.authority().exists() {
            let certificate = with_validity(authority.clone(), AUTHORITY_DAYS, now).self_signed(&key)?;
            write(&self.authority(), &certificate.pem())?;
        }
        let issuer = Issuer::new(authority, &key);
        let mut server = CertificateParams::default();
        server.distinguished_name = common_name("papo broker");
        server.subject_alt_names = names;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let server_key = KeyPair::generate()?;
        let certificate = with_validity(server, days, now).signed_by(&server_key, &issuer)?;
        let (certificate_file, key_file) = self.server();
        write(&key_file, &server_key.serialize_pem())?;
        write(&certificate_file, &certificate.pem())?;
        Ok(is_new_authority)
    }

    /// The CA's key, and whether this call created it.
    fn load_or_create_key(&self) -> Result<(KeyPair, bool), CertificateError> {
        let path = self.authority_key();
        match owner_only::read_if_present(&path) {
            Ok(Some(text)) => match KeyPair::from_pem(&text) {
                Ok(key) => Ok((key, false)),
                Err(source) => Err(CertificateError::Key { path, source }),
            },
            Ok(None) => {
                let key = KeyPair::generate()?;
                write(&path, &key.serialize_pem())?;
                Ok((key, true))
            }
            Err(source) => Err(CertificateError::Io { path, source }),
        }
    }
}

/// The CA's parameters. Always the same, so that certificates it signs match the CA certificate that clients have.
fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(AUTHORITY_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

fn with_validity(mut params: CertificateParams, days: u32, now: Timestamp) -> CertificateParams {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now.as_millis());
    params.not_before = (now - CLOCK_SKEW).into();
    params.not_after = (now + DAY * days).into();
    params
}

/// Parses an IP address or a DNS name (RFC 1123). Underscores and a leading `*.` are allowed.
fn subject_alt_name(name: &str) -> Result<SanType, CertificateError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let wrong = || CertificateError::Name(name.to_owned());
    let plain = name.strip_prefix("*.").unwrap_or(name);
    if name.len() > 253 || !plain.split('.').all(is_label) {
        return Err(wrong());
    }
    Ia5String::try_from(name).map(SanType::DnsName).map_err(|_| wrong())
}

fn write(path: &Path, text: &str) -> Result<(), CertificateError> {
    owner_only::replace(path, text).map_err(|source| CertificateError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn new_certificate_keeps_the_ca() {
        let state = tempfile::tempdir().unwrap();
        let certificates = Certificates::of(state.path());
        let first = certificates.issue(&names(&["boat", "127.0.0.1", "::1"]), 10, NOW).unwrap();
        let read = |path: PathBuf| fs::read_to_string(path).unwrap();
        let before = (read(certificates.authority()), read(certificates.server().0));
        let second = certificates.issue(&names(&["boat.local"]), 10, NOW).unwrap();
        assert_eq!((first, second), (true, false), "only the first call makes a CA");
        assert_eq!(before.0, read(certificates.authority()));
        assert_ne!(before.1, read(certificates.server().0));
        for file in fs::read_dir(state.path().join("tls")).unwrap() {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn invalid_name_is_refused_before_anything_is_written() {
        let state = tempfile::tempdir().unwrap();
        let certificates = Certificates::of(state.path());
        for name in ["", "a b", "-a", "ü", "a..b", "mqtts://boat"] {
            let issued = certificates.issue(&names(&[name]), 1, NOW);
            assert!(matches!(issued, Err(CertificateError::Name(_))), "{name:?}");
        }
        assert!(!certificates.authority().exists());
    }

    #[test]
    fn invalid_ca_key_is_not_overwritten() {
        let state = tempfile::tempdir().unwrap();
        let certificates = Certificates::of(state.path());
        certificates.issue(&names(&["boat"]), 1, NOW).unwrap();
        fs::write(certificates.authority_key(), "mine").unwrap();
        assert!(matches!(certificates.issue(&names(&["boat"]), 1, NOW), Err(CertificateError::Key { .. })));
        assert_eq!(fs::read_to_string(certificates.authority_key()).unwrap(), "mine");
    }
}
