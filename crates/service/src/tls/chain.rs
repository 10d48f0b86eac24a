//! The chain: who issued the certificate, who issued that one, and so on, each signed by the next.

use std::time::Duration;

use domain::Timestamp;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::{CHAIN, Certificate, algorithms, wrong};
use crate::FieldError;

/// What keeps the chain from being believed; `all` begins with the certificate itself.
pub fn unfit(all: &[CertificateDer<'_>], own: &Certificate, chain: &[Certificate], now: Timestamp) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = chain
        .iter()
        .filter_map(|issuer| issuer.out_of_time(CHAIN, now))
        .collect();
    let below = std::iter::once(own).chain(chain);
    if let Some((below, above)) = below.zip(chain).find(|(below, above)| !below.is_issued_by(above)) {
        errors.push(wrong(
            CHAIN,
            format!(
                "is out of order: {} was issued by {}, and {} follows; begin with who issued the certificate, then who \
                 issued that one",
                below.subject, below.issuer, above.subject
            ),
        ));
    }
    if errors.is_empty()
        && let Some(error) = unsigned(all, now)
    {
        errors.push(error);
    }
    errors
}

/// Whether the last of the chain vouches for the certificate by every signature between.
fn unsigned(all: &[CertificateDer<'_>], now: Timestamp) -> Option<FieldError> {
    let [own, between @ .., last] = all else { return None };
    let seconds = u64::try_from(now.micros() / 1_000_000).unwrap_or(0);
    let verified = || {
        let anchors = [anchor_from_trusted_cert(last)?];
        let own = EndEntityCert::try_from(own)?;
        own.verify_for_usage(
            algorithms().all,
            &anchors,
            between,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            KeyUsage::server_auth(),
            None,
            None,
        )
        .map(|_| ())
    };
    let detail = match verified().err()? {
        webpki::Error::InvalidSignatureForPublicKey | webpki::Error::UnknownIssuer => {
            "has the right names and other keys: it did not sign this certificate. Take the chain that came with it"
                .to_owned()
        }
        webpki::Error::RequiredEkuNotFoundContext(_) => {
            "leads to a certificate that is not for servers: have one issued for server authentication".to_owned()
        }
        other => format!("does not lead to the certificate ({other}): take the chain that came with it"),
    };
    Some(wrong(CHAIN, detail))
}
