//! One certificate: what it says, and whether it may be served to whoever opens a host.

use std::net::IpAddr;
use std::time::Duration;

use domain::Timestamp;
use domain::time::DAY;
use rustls::pki_types::{CertificateDer, ServerName};
use sha2::{Digest, Sha256};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};

use super::wrong;
use crate::FieldError;

/// From so long before its end on people are warned: microseconds.
const SOON: i64 = 30 * DAY;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    /// Hosts that it is for.
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// SHA-256 of the whole.
    pub fingerprint: String,
    pub is_authority: bool,
    der: Vec<u8>,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
}

impl Certificate {
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let read = x509_cert::Certificate::from_der(der).ok()?;
        let read = read.tbs_certificate();
        let names = read.get_extension::<SubjectAltName>().ok()?;
        let constraints = read.get_extension::<BasicConstraints>().ok()?;
        let time = |since: Duration| Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
        let digest = Sha256::digest(der);
        Some(Self {
            subject: read.subject().to_string(),
            issuer: read.issuer().to_string(),
            names: names
                .map(|(_, names)| names.0.iter().filter_map(host).collect())
                .unwrap_or_default(),
            not_before: time(read.validity().not_before.to_unix_duration()),
            not_after: time(read.validity().not_after.to_unix_duration()),
            fingerprint: digest
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect::<Vec<_>>()
                .join(":"),
            is_authority: constraints.is_some_and(|(_, constraints)| constraints.ca),
            der: der.to_vec(),
            subject_der: read.subject().to_der().ok()?,
            issuer_der: read.issuer().to_der().ok()?,
        })
    }

    pub fn is_self_signed(&self) -> bool {
        self.is_issued_by(self)
    }

    /// By its name alone; who signed it is asked of the signature.
    pub(super) fn is_issued_by(&self, other: &Self) -> bool {
        self.issuer_der == other.subject_der
    }

    pub(super) fn ends_soon(&self, now: Timestamp) -> Option<String> {
        let left = self.not_after.since(now);
        (left < SOON).then(|| match left / DAY {
            ..0 => "It has ended. Replace it.".to_owned(),
            0 => "It ends within a day. Replace it.".to_owned(),
            days => format!("It ends in {days} days. Replace it before."),
        })
    }

    /// Why it cannot be served at this time.
    pub(super) fn out_of_time(&self, field: &str, now: Timestamp) -> Option<FieldError> {
        if self.not_after <= now {
            let detail = format!("of {} ended at {}: have a new one issued", self.subject, self.not_after);
            return Some(wrong(field, detail));
        }
        (self.not_before > now).then(|| {
            let begins = self.not_before;
            let detail = format!(
                "of {} begins at {begins} only: wait, or set this machine's clock",
                self.subject
            );
            wrong(field, detail)
        })
    }

    pub(super) fn unfit(&self, field: &str, host: &str, now: Timestamp) -> Vec<FieldError> {
        if self.is_authority && (self.names.is_empty() || !self.is_self_signed()) {
            let detail = "is an issuer's: put the server's own certificate first, and this one into the chain";
            return vec![wrong(field, detail)];
        }
        let mut errors: Vec<FieldError> = self.out_of_time(field, now).into_iter().collect();
        if !self.covers(host) {
            let names = match self.names.as_slice() {
                [] => "no host at all (it has no subject alternative names)".to_owned(),
                names => names.join(", "),
            };
            let detail = format!(
                "is for {names}, and people open {host}: have one issued for that name, or change the public URL"
            );
            errors.push(wrong(field, detail));
        }
        errors
    }

    fn covers(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let der = CertificateDer::from(self.der.as_slice());
        let (Ok(name), Ok(read)) = (ServerName::try_from(bare), webpki::EndEntityCert::try_from(&der)) else {
            return false;
        };
        read.verify_is_valid_for_subject_name(&name).is_ok()
    }

    /// As PEM.
    pub fn pem(&self) -> String {
        signin::pem::armour("CERTIFICATE", &self.der)
    }
}

fn host(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => match bytes.as_bytes() {
            four if four.len() == 4 => Some(IpAddr::from(<[u8; 4]>::try_from(four).ok()?).to_string()),
            sixteen => Some(IpAddr::from(<[u8; 16]>::try_from(sixteen).ok()?).to_string()),
        },
        _ => None,
    }
}
