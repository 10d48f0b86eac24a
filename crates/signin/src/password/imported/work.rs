//! The work that other systems' hashes take. Each is made only within its cap, and compared in constant time.

use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::{MOST_BCRYPT, MOST_PBKDF2, MOST_SCRYPT_BLOCKS, MOST_SCRYPT_MEMORY, Unimportable};

/// What is shorter is hit by chance.
const SHORTEST_RESULT: usize = 16;
const LONGEST_RESULT: usize = 64;

pub(in crate::password) struct Bcrypt {
    hash: String,
    /// The password goes in as its hexadecimal SHA-256, which bcrypt does not cut off.
    digested: bool,
}

impl Bcrypt {
    pub(super) fn new(hash: String, digested: bool) -> Result<Self, Unimportable> {
        let unreadable = || Unimportable::Unreadable;
        // 2x marks hashes of a faulty program, which many passwords open.
        if hash.starts_with("$2x") {
            return Err(unreadable());
        }
        let parts: bcrypt::HashParts = hash.parse().map_err(|_| unreadable())?;
        match parts.get_cost() {
            0..4 => Err(unreadable()),
            4..=MOST_BCRYPT => Ok(Self { hash, digested }),
            _ => Err(Unimportable::TooCostly),
        }
    }

    pub(super) fn is(&self, password: &[u8]) -> bool {
        let verified = if self.digested {
            bcrypt::verify(hexadecimal(&Sha256::digest(password)), &self.hash)
        } else {
            bcrypt::verify(password, &self.hash)
        };
        verified.unwrap_or(false)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(in crate::password) struct Scrypt {
    params: scrypt::Params,
    salt: Vec<u8>,
    result: Vec<u8>,
}

impl Scrypt {
    pub(super) fn new(
        log_blocks: u32,
        size: u32,
        lanes: u32,
        salt: Vec<u8>,
        result: Vec<u8>,
    ) -> Result<Self, Unimportable> {
        if log_blocks == 0 || size == 0 || lanes == 0 || !fits(&result) {
            return Err(Unimportable::Unreadable);
        }
        let blocks = 1_u64.checked_shl(log_blocks).unwrap_or(u64::MAX);
        let mixed = blocks.saturating_mul(size.into()).saturating_mul(lanes.into());
        let memory = blocks.saturating_mul(size.into()).saturating_mul(128);
        if memory > MOST_SCRYPT_MEMORY || mixed > MOST_SCRYPT_BLOCKS {
            return Err(Unimportable::TooCostly);
        }
        let log_blocks = u8::try_from(log_blocks).map_err(|_| Unimportable::TooCostly)?;
        let params = scrypt::Params::new(log_blocks, size, lanes).map_err(|_| Unimportable::Unreadable)?;
        Ok(Self { params, salt, result })
    }

    pub(super) fn is(&self, password: &[u8]) -> bool {
        self.derive(password)
            .is_some_and(|derived| derived.ct_eq(&self.result).into())
    }

    fn derive(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut derived = vec![0; self.result.len()];
        scrypt::scrypt(password, &self.salt, &self.params, &mut derived).ok()?;
        Some(derived)
    }
}

/// Scrypt's result is a key, with which the project's own key was encrypted; that is what is stored.
pub(in crate::password) struct FirebaseScrypt {
    derived: Scrypt,
    signer_key: Vec<u8>,
    result: Vec<u8>,
}

impl FirebaseScrypt {
    /// Of AES-256.
    pub(super) const KEY: usize = 32;

    pub(super) fn new(derived: Scrypt, signer_key: Vec<u8>, result: Vec<u8>) -> Result<Self, Unimportable> {
        if signer_key.len() != result.len() || !fits(&result) {
            return Err(Unimportable::Unreadable);
        }
        Ok(Self {
            derived,
            signer_key,
            result,
        })
    }

    pub(super) fn is(&self, password: &[u8]) -> bool {
        let Some(key) = self.derived.derive(password) else {
            return false;
        };
        let Ok(mut cipher) = Ctr128BE::<Aes256>::new_from_slices(&key, &[0; 16]) else {
            return false;
        };
        let mut encrypted = self.signer_key.clone();
        cipher.apply_keystream(&mut encrypted);
        encrypted.ct_eq(&self.result).into()
    }
}

#[derive(Clone, Copy)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    /// PBKDF2's own is SHA-1, where none is named.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "" | "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

pub(in crate::password) struct Pbkdf2 {
    digest: Digest,
    rounds: u32,
    salt: Vec<u8>,
    result: Vec<u8>,
}

impl Pbkdf2 {
    pub(super) fn new(digest: Digest, rounds: u32, salt: Vec<u8>, result: Vec<u8>) -> Result<Self, Unimportable> {
        if rounds == 0 || !fits(&result) {
            return Err(Unimportable::Unreadable);
        }
        let blocks = result.len().div_ceil(digest.length()) as u64;
        if u64::from(rounds).saturating_mul(blocks) > MOST_PBKDF2 {
            return Err(Unimportable::TooCostly);
        }
        Ok(Self {
            digest,
            rounds,
            salt,
            result,
        })
    }

    pub(super) fn is(&self, password: &[u8]) -> bool {
        let mut derived = vec![0; self.result.len()];
        match self.digest {
            Digest::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, &self.salt, self.rounds, &mut derived),
            Digest::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, &self.salt, self.rounds, &mut derived),
            Digest::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, &self.salt, self.rounds, &mut derived),
        }
        derived.ct_eq(&self.result).into()
    }
}

fn fits(result: &[u8]) -> bool {
    (SHORTEST_RESULT..=LONGEST_RESULT).contains(&result.len())
}
