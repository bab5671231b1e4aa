//! Password hashes: argon2id with the parameters of OWASP, in the PHC string format.

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, PasswordHasher, Version,
    password_hash::{self, Output, Salt, SaltString},
};
use ring::rand::{SecureRandom, SystemRandom};

/// The longest password, in bytes.
pub const MAX_PASSWORD: usize = 1024;

/// The least capacity of a block of memory, in kilobytes. Allocators map one of this size from the system and give it back
/// when it is freed; glibc keeps smaller ones. What a hash does not touch takes no memory.
const MAPPED_CAPACITY: usize = 33 * 1024;

/// Hashes a password with a random salt. [`None`] if the system has no random bytes.
pub fn hash(password: &str) -> Option<String> {
    let mut salt = [0; Salt::RECOMMENDED_LENGTH];
    SystemRandom::new().fill(&mut salt).ok()?;
    let salt = SaltString::encode_b64(&salt).ok()?;
    Some(Argon2::default().hash_password(password.as_bytes(), &salt).ok()?.to_string())
}

/// Verifies passwords one after another in the same block of memory, about 19 MB.
#[derive(Debug, Default)]
pub struct Verifier {
    memory: Vec<Block>,
}

impl Verifier {
    /// Whether the hash is that of the password. False if the hash is not valid. Takes some 30 ms of computing.
    pub fn verify(&mut self, password: &[u8], hash: &str) -> bool {
        let is_right = self.compute(password, hash);
        if let Err(error) = is_right {
            tracing::error!(%error, "a hash in the user file is not valid");
        }
        is_right == Ok(true)
    }

    fn compute(&mut self, password: &[u8], hash: &str) -> password_hash::Result<bool> {
        let hash = PasswordHash::new(hash)?;
        let (Some(salt), Some(expected)) = (hash.salt, hash.hash) else { return Err(password_hash::Error::Password) };
        let algorithm = Algorithm::try_from(hash.algorithm)?;
        let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let params = Params::try_from(&hash)?;
        let blocks = params.block_count();
        if self.memory.len() < blocks {
            self.memory.reserve_exact(blocks.max(MAPPED_CAPACITY) - self.memory.len());
            self.memory.resize(blocks, Block::default());
        }
        let mut salt_bytes = [0; Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut salt_bytes)?;
        let argon2 = Argon2::new(algorithm, version, params);
        let actual = Output::init_with(expected.len(), |out| {
            Ok(argon2.hash_password_into_with_memory(password, salt, out, &mut self.memory)?)
        })?;
        // Compares in constant time.
        Ok(actual == expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by the broker library that earlier versions used.
    const EARLIER: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$HNM8VISJEF6RBJ/Gk7Z1Hw$OpGP36Y1csJE8NLSgajhsnC8U+unjfmGFvw3ebbmopM";

    #[test]
    fn earlier_hashes_remain_valid() {
        let mut verifier = Verifier::default();
        assert!(verifier.verify(b"correct horse", EARLIER));
        assert!(!verifier.verify(b"correct horsf", EARLIER));
        let again = hash("correct horse").unwrap();
        let parameters = |hash: &str| hash.rsplitn(3, '$').nth(2).unwrap().to_owned();
        assert_eq!(parameters(&again), parameters(EARLIER));
        assert_ne!(again, EARLIER, "each hash has a salt of its own");
    }

    #[test]
    fn memory_is_reused_by_hashes_of_other_sizes() {
        let of = |kilobytes| {
            let params = Params::new(kilobytes, 1, 1, None).unwrap();
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2.hash_password(b"p", &SaltString::encode_b64(&[7; 16]).unwrap()).unwrap().to_string()
        };
        let mut verifier = Verifier::default();
        for hash in [of(64), of(8), of(128), of(8)] {
            assert!(verifier.verify(b"p", &hash) && !verifier.verify(b"q", &hash), "{hash}");
        }
        assert_eq!(verifier.memory.len(), 128);
    }

    #[test]
    fn invalid_hash_matches_nothing() {
        for hash in
            ["", "$argon2id$v=19$m=19456,t=2,p=1", "x", "$argon2id$v=19$m=1,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAA"]
        {
            assert!(!Verifier::default().verify(b"", hash), "{hash}");
        }
    }
}
