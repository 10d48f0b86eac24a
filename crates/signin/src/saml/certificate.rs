//! Certificates that an admin has pinned. Only their keys count; who signed them does not, and neither does their end:
//! it is shown, so that somebody looks into it, but a Monday's sign-ins must not fail for it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bergshamra::Key;
use bergshamra::keys::loader;
use domain::Timestamp;
use sha2::{Digest, Sha256};
use x509_cert::der::Decode;

use super::Fault;
use crate::pem::armour;

const RSA: &str = "1.2.840.113549.1.1.1";
/// The bytes of a 2048 bit modulus.
const SMALLEST_RSA: usize = 256;

/// A certificate that was read, and whose key is good enough.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: String,
    not_after: Timestamp,
}

impl Certificate {
    /// From PEM, or from the base64 text that metadata holds.
    ///
    /// # Errors
    /// It cannot be read, or its key is too weak or of no known kind.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let body: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("-----"))
            .flat_map(str::chars)
            .filter(|letter| !letter.is_whitespace())
            .collect();
        let der = STANDARD.decode(&body).map_err(|_| unreadable(text))?;
        Self::from_der(der).map_err(|fault| match fault {
            Fault::Certificate(_) => unreadable(text),
            other => other,
        })
    }

    /// All that are in a text, one PEM block after the other, or one without its first and last line.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, Fault> {
        const END: &str = "-----END CERTIFICATE-----";
        let mut found: Vec<Self> = Vec::new();
        for block in text.split(END).filter(|block| !block.trim().is_empty()) {
            let certificate = Self::parse(block)?;
            if !found.contains(&certificate) {
                found.push(certificate);
            }
        }
        Ok(found)
    }

    /// # Errors
    /// It cannot be read, or its key is too weak or of no known kind.
    pub fn from_der(der: Vec<u8>) -> Result<Self, Fault> {
        let read = x509_cert::Certificate::from_der(&der).map_err(|_| Fault::Certificate("It".to_owned()))?;
        let read = read.tbs_certificate();
        let key = read.subject_public_key_info();
        let is_rsa = key.algorithm.oid.to_string() == RSA;
        if is_rsa && key.subject_public_key.raw_bytes().len() < SMALLEST_RSA {
            return Err(Fault::WeakKey);
        }
        let ends: Duration = read.validity().not_after.to_unix_duration();
        let micros = i64::try_from(ends.as_micros()).unwrap_or(i64::MAX);
        let certificate = Self {
            subject: read.subject().to_string(),
            not_after: Timestamp::from_micros(micros),
            der,
        };
        certificate.key()?;
        Ok(certificate)
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn subject(&self) -> &str {
        &self.subject
    }

    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// SHA-256 over the certificate, as identity providers show it.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.der);
        let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    pub fn base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    pub fn pem(&self) -> String {
        armour("CERTIFICATE", &self.der)
    }

    pub(super) fn key(&self) -> Result<Key, Fault> {
        loader::load_x509_cert_der(&self.der).map_err(|_| Fault::Certificate(self.subject.clone()))
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Certificate({} {})", self.subject, self.fingerprint())
    }
}

/// Names what was pasted by its beginning, so that the one among several is found.
fn unreadable(text: &str) -> Fault {
    let first: String = text.trim().chars().take(24).collect();
    Fault::Certificate(format!("“{first}…”"))
}
