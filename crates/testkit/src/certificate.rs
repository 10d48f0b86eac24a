//! Certificates for tests: authorities that issue them, for any host and any time.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};

/// Somebody who issues certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// As it is handed to a server: PEM texts.
#[derive(Clone, Debug)]
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

type Day = (i32, u8, u8);

impl Authority {
    pub fn new(name: &str) -> Self {
        let issuer = CertifiedIssuer::self_signed(authority(name), key());
        Self {
            issuer: issuer.expect("an authority"),
        }
    }

    /// One that this one vouches for.
    pub fn below(&self, name: &str) -> Self {
        let issuer = CertifiedIssuer::signed_by(authority(name), key(), &self.issuer);
        Self {
            issuer: issuer.expect("an authority"),
        }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Good from 2020 to 2040.
    pub fn issue(&self, host: &str) -> Issued {
        self.issue_for(host, (2020, 1, 1), (2040, 1, 1))
    }

    pub fn issue_for(&self, host: &str, from: Day, until: Day) -> Issued {
        let key = key();
        let mut params = params(host, from, until);
        params.subject_alt_names = CertificateParams::new([host.to_owned()])
            .expect("a host")
            .subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Issued {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

/// One that nobody vouches for.
pub fn self_signed(host: &str) -> Issued {
    let key = key();
    let mut params = params(host, (2020, 1, 1), (2040, 1, 1));
    params.subject_alt_names = CertificateParams::new([host.to_owned()])
        .expect("a host")
        .subject_alt_names;
    let certificate = params.self_signed(&key).expect("a certificate");
    Issued {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn params(name: &str, from: Day, until: Day) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(from.0, from.1, from.2);
    params.not_after = date_time_ymd(until.0, until.1, until.2);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name, (2020, 1, 1), (2040, 1, 1));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}
