//! A certificate authority (CA) for tests, and certificates it signs, as PEM files.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A CA. Dropping it deletes its files.
pub struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    /// The number of certificates signed so far, which is part of the file names.
    signed: Cell<u32>,
}

/// The validity of a certificate, in days from now; negative is the past.
pub type Validity = std::ops::Range<i32>;

impl Authority {
    pub fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key), signed: Cell::new(0) }
    }

    /// The path of the CA's own certificate.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Signs a server certificate for these host names; returns the paths of the certificate and of its key.
    pub fn server(&self, names: &[&str], validity: Validity) -> (PathBuf, PathBuf) {
        self.sign("server", names, ExtendedKeyUsagePurpose::ServerAuth, validity)
    }

    /// Signs a client certificate with this common name; returns the paths of the certificate and of its key.
    pub fn client(&self, name: &str) -> (PathBuf, PathBuf) {
        self.sign(name, &[], ExtendedKeyUsagePurpose::ClientAuth, -1..1)
    }

    #[expect(clippy::disallowed_methods, reason = "TLS checks the validity against the system clock")]
    fn sign(
        &self,
        file: &str,
        names: &[&str],
        purpose: ExtendedKeyUsagePurpose,
        validity: Validity,
    ) -> (PathBuf, PathBuf) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, file);
        params.extended_key_usages = vec![purpose];
        let days_from_now = |days: i32| {
            let distance = DAY * days.unsigned_abs();
            if days < 0 { SystemTime::now() - distance } else { SystemTime::now() + distance }
        };
        params.not_before = days_from_now(validity.start).into();
        params.not_after = days_from_now(validity.end).into();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.signed.set(self.signed.get() + 1);
        let path = |suffix: &str| self.folder.path().join(format!("{file}-{}{suffix}", self.signed.get()));
        write(&path(".pem"), &certificate.pem());
        write(&path("-key.pem"), &key.serialize_pem());
        (path(".pem"), path("-key.pem"))
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}
