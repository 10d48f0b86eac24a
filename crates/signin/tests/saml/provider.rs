//! An identity provider that signs whatever it is told, so that tests can tell it what no sincere one would say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bergshamra::keys::loader;
use bergshamra::{DsigContext, KeysManager};
use domain::Timestamp;
use domain::time::MINUTE;
use rcgen::{CertificateParams, KeyPair};
use signin::saml::Fault;
use signin::saml::certificate::Certificate;
use signin::saml::response::{Expected, Proven, verify};

pub const ISSUER: &str = "https://idp.example/metadata";
pub const ENTITY: &str = "https://roster.example/sign-in/saml/larkspur";
pub const CALLBACK: &str = "https://roster.example/sign-in/saml/larkspur/callback";
pub const REQUEST: &str = "_5f2b";

pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub const CANONICAL: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

pub struct Provider {
    pem: String,
    pub certificate: Certificate,
}

impl Provider {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        Self {
            pem: key.serialize_pem(),
            certificate: Certificate::from_der(certificate.der().to_vec()).unwrap(),
        }
    }

    /// Fills in the first signature of a document.
    pub fn sign(&self, document: &str) -> String {
        let mut keys = KeysManager::new();
        keys.add_key(loader::load_ec_p256_private_pem(self.pem.as_bytes()).unwrap());
        bergshamra::sign(&DsigContext::new(keys), document).unwrap()
    }

    /// A response whose assertion is signed.
    pub fn response(&self, answer: &Answer) -> String {
        answer.response("", &self.sign(&answer.assertion(&answer.signature("_a1"))))
    }

    /// A response that is signed as a whole.
    pub fn whole(&self, answer: &Answer) -> String {
        self.sign(&answer.response(&answer.signature("_r1"), &answer.assertion("")))
    }

    pub fn judge(&self, response: &str) -> Result<Proven, Fault> {
        judge_by(std::slice::from_ref(&self.certificate), response)
    }
}

pub fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().unwrap()
}

pub fn judge_by(certificates: &[Certificate], response: &str) -> Result<Proven, Fault> {
    verify(&STANDARD.encode(response), &expected(certificates))
}

pub fn expected(certificates: &[Certificate]) -> Expected<'_> {
    Expected {
        issuer: ISSUER,
        certificates,
        entity_id: ENTITY,
        callback_url: CALLBACK,
        request_id: REQUEST,
        now: now(),
    }
}

/// What the provider says; sincere unless told otherwise.
pub struct Answer {
    pub issuer: &'static str,
    pub name_id: &'static str,
    pub format: &'static str,
    pub audience: &'static str,
    pub recipient: &'static str,
    pub destination: &'static str,
    pub in_response_to: &'static str,
    pub not_before: i64,
    pub not_on_or_after: i64,
    pub status: &'static str,
    pub authenticated: bool,
    pub method: &'static str,
    pub digest: &'static str,
    pub transforms: &'static [&'static str],
    pub key_info: String,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            issuer: ISSUER,
            name_id: "ada@example.com",
            format: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            audience: ENTITY,
            recipient: CALLBACK,
            destination: CALLBACK,
            in_response_to: REQUEST,
            not_before: -MINUTE,
            not_on_or_after: 5 * MINUTE,
            status: "urn:oasis:names:tc:SAML:2.0:status:Success",
            authenticated: true,
            method: ECDSA_SHA256,
            digest: SHA256,
            transforms: &[ENVELOPED, CANONICAL],
            key_info: String::new(),
        }
    }
}

impl Answer {
    pub fn assertion(&self, signature: &str) -> String {
        self.assertion_called("_a1", signature)
    }

    pub fn assertion_called(&self, id: &str, signature: &str) -> String {
        let (begins, ends) = (now().plus(self.not_before), now().plus(self.not_on_or_after));
        let statement = if self.authenticated {
            "<saml:AuthnStatement AuthnInstant=\"2026-11-22T09:29:58Z\"><saml:AuthnContext><saml:AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>\
             </saml:AuthnStatement>"
        } else {
            ""
        };
        format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" \
             IssueInstant=\"2026-11-22T09:29:59Z\"><saml:Issuer>{}</saml:Issuer>{signature}<saml:Subject>\
             <saml:NameID Format=\"{}\">{}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData InResponseTo=\"{}\" Recipient=\"{}\" NotOnOrAfter=\"{ends}\"/>\
             </saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"{begins}\" NotOnOrAfter=\"{ends}\">\
             <saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
             {statement}<saml:AttributeStatement><saml:Attribute Name=\"displayName\">\
             <saml:AttributeValue>Ada Lovelace</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>\
             </saml:Assertion>",
            self.issuer, self.format, self.name_id, self.in_response_to, self.recipient, self.audience,
        )
    }

    pub fn response(&self, signature: &str, body: &str) -> String {
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" \
             IssueInstant=\"2026-11-22T09:29:59Z\" Destination=\"{}\" InResponseTo=\"{}\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer>{signature}\
             <samlp:Status><samlp:StatusCode Value=\"{}\"/></samlp:Status>{body}</samlp:Response>",
            self.destination, self.in_response_to, self.issuer, self.status,
        )
    }

    pub fn signature(&self, id: &str) -> String {
        let transforms: String = self
            .transforms
            .iter()
            .map(|transform| format!("<ds:Transform Algorithm=\"{transform}\"/>"))
            .collect();
        format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{CANONICAL}\"/><ds:SignatureMethod Algorithm=\"{}\"/>\
             <ds:Reference URI=\"#{id}\"><ds:Transforms>{transforms}</ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>\
             <ds:SignatureValue></ds:SignatureValue>{}</ds:Signature>",
            self.method, self.digest, self.key_info,
        )
    }
}

/// The part of a text between two marks, marks included.
pub fn cut<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap();
    let end = start + text[start..].find(to).unwrap() + to.len();
    &text[start..end]
}
