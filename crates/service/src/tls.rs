//! What this server proves by that it is who it says: a certificate with its key and its chain. Each is looked at before it
//! is taken, and what is wrong with it is told together with how to mend it.

mod certificate;
mod chain;

use std::sync::Arc;

use domain::Timestamp;
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::{ExposeSecret, SecretString};

use crate::FieldError;

pub use certificate::Certificate;

/// A certificate that was read, the key that fits it, and who issued it, the nearest first.
pub struct Identity {
    certified: Arc<CertifiedKey>,
    pub certificate: Certificate,
    pub chain: Vec<Certificate>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Identity({})", self.certificate.subject)
    }
}

/// As it was given: PEM texts.
#[derive(Clone, Debug)]
pub struct Given {
    /// The certificate, and those that issued it where they stand in the same text.
    pub certificate: String,
    pub key: SecretString,
    pub chain: String,
}

const CERTIFICATE: &str = "certificate";
const KEY: &str = "key";
const CHAIN: &str = "chain";

fn wrong(field: &str, detail: impl Into<String>) -> FieldError {
    FieldError::new(field, detail)
}

impl Identity {
    /// Reads it and finds whether the key fits. What is true only at a time or for a name is asked by [`Self::fit`].
    ///
    /// # Errors
    /// A text is no PEM, the key fits another certificate or cannot be used.
    pub fn parse(given: &Given) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut all = read(CERTIFICATE, &given.certificate, &mut errors);
        if all.is_empty() && errors.is_empty() {
            errors.push(wrong(
                CERTIFICATE,
                "has no certificate in it: paste the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
            ));
        }
        all.extend(read(CHAIN, &given.chain, &mut errors));
        let key = key(given.key.expose_secret()).map_err(|error| errors.push(error)).ok();
        let (Some(key), true) = (key, errors.is_empty()) else {
            return Err(errors);
        };
        let signing = any_supported_type(&key).map_err(|_| {
            vec![wrong(
                KEY,
                "cannot be used: take an RSA key of 2048 bits or more, ECDSA P-256 or P-384, or Ed25519",
            )]
        })?;
        let certified = CertifiedKey::new(all.iter().map(|(der, _)| der.clone()).collect(), signing);
        if certified.keys_match().is_err() {
            return Err(vec![wrong(
                KEY,
                "belongs to another certificate: give the key that this certificate was requested with",
            )]);
        }
        let mut read = all.into_iter().map(|(_, read)| read);
        let Some(certificate) = read.next() else {
            return Err(errors);
        };
        Ok(Self {
            certified: Arc::new(certified),
            certificate,
            chain: read.collect(),
        })
    }

    /// What to watch out for, of one that may be served to whoever opens this host.
    ///
    /// # Errors
    /// It is for other hosts, not for this time or not for a server, or its chain is not the one that issued it.
    pub fn fit(&self, host: &str, now: Timestamp) -> Result<Vec<String>, Vec<FieldError>> {
        let mut errors = self.certificate.unfit(CERTIFICATE, host, now);
        errors.extend(chain::unfit(&self.certified.cert, &self.certificate, &self.chain, now));
        if errors.is_empty() {
            Ok(self.warnings(now))
        } else {
            Err(errors)
        }
    }

    pub fn warnings(&self, now: Timestamp) -> Vec<String> {
        let mut warnings: Vec<String> = self.certificate.ends_soon(now).into_iter().collect();
        if self.certificate.is_self_signed() {
            warnings.push(
                "It is signed by itself: browsers warn of it, and programs refuse it unless they were told.".to_owned(),
            );
        } else if self.chain.is_empty() {
            warnings.push(format!(
                "There is no chain: who does not know {} already refuses it. Add the certificates that the issuer sent along.",
                self.certificate.issuer
            ));
        }
        warnings
    }

    /// For the TLS library.
    pub fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

type Read = (CertificateDer<'static>, Certificate);

fn read(field: &str, text: &str, errors: &mut Vec<FieldError>) -> Vec<Read> {
    let mut all = Vec::new();
    for (number, der) in CertificateDer::pem_slice_iter(text.as_bytes()).enumerate() {
        let read = der
            .ok()
            .and_then(|der| Certificate::read(&der).map(|read| (der.into_owned(), read)));
        match read {
            Some(read) => all.push(read),
            None => {
                errors.push(wrong(
                    field,
                    format!(
                        "cannot be read: certificate {} in it is cut off or broken; paste it again, whole",
                        number + 1
                    ),
                ));
                return all;
            }
        }
    }
    if all.is_empty() && field == CHAIN && !text.trim().is_empty() {
        errors.push(wrong(field, "has no certificate in it: leave it empty, or paste PEM"));
    }
    all
}

fn key(text: &str) -> Result<PrivateKeyDer<'static>, FieldError> {
    if text.contains("ENCRYPTED") {
        return Err(wrong(
            KEY,
            "is locked by a passphrase: unlock it first, such as by openssl pkey -in locked.pem -out key.pem",
        ));
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        wrong(
            KEY,
            "has no private key in it: paste the text from -----BEGIN PRIVATE KEY----- to its end",
        )
    })
}

/// What the library checks signatures by.
fn algorithms() -> rustls::crypto::WebPkiSupportedAlgorithms {
    default_provider().signature_verification_algorithms
}
