//! The key that an organization's requests are signed with. RSA, because that is what identity providers verify; the
//! certificate around it is the form in which they want it, and signs nothing else.

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, SerialNumber, SigningKey};
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::{CryptoRng, Error, RngCore};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};

use super::Fault;
use super::certificate::Certificate;

const BITS: usize = 2048;

/// A signing key with its certificate. Kept sealed, as two byte strings.
pub struct ServiceKey {
    private: SecretSlice<u8>,
    pair: KeyPair,
    certificate: Certificate,
}

impl ServiceKey {
    /// Makes a key from 256 bits of chance. It takes a good part of a second: not in a transaction.
    ///
    /// # Errors
    /// The libraries disagree about what they made; nothing that a caller could help.
    pub fn from_entropy(seed: [u8; 32], name: &str) -> Result<Self, Fault> {
        let private = rsa::RsaPrivateKey::new(&mut Stretched::new(seed), BITS).map_err(key_fault)?;
        let private = private.to_pkcs8_der().map_err(key_fault)?;
        let pair = pair(private.as_bytes())?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(SerialNumber::from(serial(seed)));
        let certificate = params.self_signed(&pair).map_err(key_fault)?;
        Self::from_stored(private.as_bytes(), certificate.der())
    }

    /// # Errors
    /// What was stored is not what was made here.
    pub fn from_stored(private: &[u8], certificate: &[u8]) -> Result<Self, Fault> {
        Ok(Self {
            pair: pair(private)?,
            private: private.to_vec().into(),
            certificate: Certificate::from_der(certificate.to_vec())?,
        })
    }

    /// PKCS #8: to be sealed and kept.
    pub fn private(&self) -> &[u8] {
        self.private.expose_secret()
    }

    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// RSA with SHA-256 over some bytes.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.pair.sign(message).map_err(key_fault)
    }
}

fn pair(private: &[u8]) -> Result<KeyPair, Fault> {
    KeyPair::from_pkcs8_der_and_sign_algo(&private.into(), &PKCS_RSA_SHA256).map_err(key_fault)
}

fn key_fault(error: impl std::fmt::Display) -> Fault {
    Fault::Key(error.to_string())
}

/// Derived from the same chance, so that no second portion is asked for; positive, as certificates want it.
fn serial(seed: [u8; 32]) -> Vec<u8> {
    let digest = Sha256::new().chain_update(b"serial").chain_update(seed).finalize();
    let mut serial = digest.get(..16).unwrap_or_default().to_vec();
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    serial
}

/// As many bytes as the search for primes takes, out of 256 random bits: SHA-256 over them and a counter.
struct Stretched {
    seed: [u8; 32],
    counter: u64,
}

impl Stretched {
    const fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        let hasher = Sha256::new().chain_update(self.seed);
        hasher.chain_update(self.counter.to_be_bytes()).finalize().into()
    }
}

impl RngCore for Stretched {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.block();
            for (to, from) in chunk.iter_mut().zip(block) {
                *to = from;
            }
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Stretched {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_after_it_was_stored_and_the_same_chance_makes_the_same_key() {
        let key = ServiceKey::from_entropy([7; 32], "Larkspur").unwrap();
        let again = ServiceKey::from_stored(key.private(), key.certificate().der()).unwrap();
        assert_eq!(key.certificate(), again.certificate());
        assert_eq!(key.sign(b"x").unwrap(), again.sign(b"x").unwrap());
        assert_eq!(key.certificate().subject(), "CN=Larkspur");
        let other = ServiceKey::from_entropy([8; 32], "Larkspur").unwrap();
        assert_ne!(key.certificate(), other.certificate());
        assert_eq!(
            Certificate::parse(&key.certificate().pem()).unwrap(),
            *key.certificate()
        );
    }
}
