//! Secrets that must be read again are kept sealed by the instance's own key: XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha-03). What a seal is for is part of it: a secret moved to another place does not open there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox, SecretString};

pub const KEY_LENGTH: usize = 32;
pub const NONCE_LENGTH: usize = 24;

/// The instance's key: 32 bytes, in base64 outside.
#[derive(Clone)]
pub struct Key(std::sync::Arc<SecretBox<[u8; KEY_LENGTH]>>);

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key(…)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("is no key of 32 bytes in base64")]
    NoKey,
    #[error("was sealed by another key or for something else")]
    Foreign,
}

impl Key {
    pub fn from_entropy(bytes: [u8; KEY_LENGTH]) -> Self {
        Self(std::sync::Arc::new(SecretBox::new(Box::new(bytes))))
    }

    /// # Errors
    /// The text is no key.
    pub fn parse(text: &str) -> Result<Self, Broken> {
        let text = text.trim().trim_end_matches('=');
        let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| Broken::NoKey)?;
        let bytes: [u8; KEY_LENGTH] = bytes.try_into().map_err(|_| Broken::NoKey)?;
        Ok(Self::from_entropy(bytes))
    }

    /// As it is written into a file.
    pub fn written(&self) -> SecretString {
        SecretString::from(STANDARD_NO_PAD.encode(self.0.expose_secret()))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose_secret().into())
    }

    /// Seals for a purpose, such as "totp" and whose it is. `nonce` is chance, new each time.
    pub fn seal(&self, purpose: &str, secret: &[u8], nonce: [u8; NONCE_LENGTH]) -> String {
        let payload = Payload {
            msg: secret,
            aad: purpose.as_bytes(),
        };
        // Encrypting fails only for texts of hundreds of gigabytes.
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// # Errors
    /// It was sealed by another key, for another purpose, or changed since.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, Broken> {
        let bytes = STANDARD_NO_PAD.decode(sealed).map_err(|_| Broken::Foreign)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(Broken::Foreign)?;
        let payload = Payload {
            msg: sealed,
            aad: purpose.as_bytes(),
        };
        self.cipher()
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| Broken::Foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        Key::from_entropy([byte; KEY_LENGTH])
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_for_the_same_purpose_alone() {
        let sealed = key(1).seal("totp acc_1", b"secret", [7; NONCE_LENGTH]);
        assert_eq!(key(1).open("totp acc_1", &sealed), Ok(b"secret".to_vec()));
        assert_eq!(key(2).open("totp acc_1", &sealed), Err(Broken::Foreign));
        assert_eq!(key(1).open("totp acc_2", &sealed), Err(Broken::Foreign));
        let mut changed = sealed.into_bytes();
        changed[40] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(key(1).open("totp acc_1", &changed), Err(Broken::Foreign));
        assert_eq!(key(1).open("totp acc_1", ""), Err(Broken::Foreign));
    }

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let written = key(9).written();
        let sealed = key(9).seal("x", b"y", [0; NONCE_LENGTH]);
        let read = Key::parse(&format!("{}=\n", written.expose_secret())).unwrap();
        assert_eq!(read.open("x", &sealed), Ok(b"y".to_vec()));
        assert_eq!(Key::parse("short").err(), Some(Broken::NoKey));
        assert_eq!(format!("{read:?}"), "Key(…)");
    }
}
