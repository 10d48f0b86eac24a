//! Why an answer or a document of an identity provider was not taken. Each says what an admin has to look at; who only
//! wants to sign in is told less.

use super::LARGEST;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("It is larger than {} KiB. Nothing above that is read.", LARGEST / 1024)]
    TooLarge,
    #[error("It holds a DOCTYPE. Documents that declare entities are refused unread.")]
    Doctype,
    #[error("It is not the XML that was expected: {0}.")]
    Malformed(String),
    #[error("The assertion is encrypted. Turn off the encryption of assertions for Roster at the identity provider.")]
    Encrypted,
    #[error("The identity provider did not sign anybody in. It answered {code}.")]
    NotSuccess { code: String },
    #[error("There are {found} assertions where there has to be exactly one.")]
    NotOneAssertion { found: usize },
    #[error("The assertion is not signed. Let the identity provider sign assertions or responses.")]
    Unsigned,
    #[error("The signature stands where none belongs: {0}.")]
    Misplaced(&'static str),
    #[error(
        "The signature uses {0}, which is not accepted. Let the identity provider sign with RSA or ECDSA and SHA-256."
    )]
    Algorithm(String),
    #[error(
        "The signature does not fit any of the certificates in the settings. Somebody changed the answer, or the \
         identity provider has a new certificate: take over its metadata again."
    )]
    Forged,
    #[error("It was issued by {said}, not by {expected}.")]
    Issuer { said: String, expected: String },
    #[error("It is meant for {said}, not for {expected}. Compare the entity id at the identity provider.")]
    Audience { said: String, expected: String },
    #[error("It was sent to {said}, not to {expected}. Compare the callback URL at the identity provider.")]
    Destination { said: String, expected: String },
    #[error("It answers another request than the one that was sent.")]
    InResponseTo,
    #[error("It is no longer good: it ended at {0}.")]
    Expired(String),
    #[error("It is not good yet: it begins at {0}. Compare the clocks of both servers.")]
    NotYet(String),
    #[error("It does not say how the person was confirmed: a bearer confirmation with an end is missing.")]
    NotConfirmed,
    #[error("It does not say that anybody signed in: an authentication statement is missing.")]
    NotAuthenticated,
    #[error(
        "It names nobody who could be recognised again: {0}. Let the identity provider send a persistent id, a user \
         name or an e-mail address as NameID."
    )]
    Nobody(&'static str),
    #[error("{0} is no certificate that can be read. Paste it as PEM, or as the text between its first and last line.")]
    Certificate(String),
    #[error("The key of a certificate is too weak: RSA keys need 2048 bits.")]
    WeakKey,
    #[error("{0}")]
    Metadata(String),
    #[error("The signing key cannot be used: {0}.")]
    Key(String),
}

impl Fault {
    /// For logs and the record of sign-ins.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "saml_too_large",
            Self::Doctype => "saml_doctype",
            Self::Malformed(_) => "saml_malformed",
            Self::Encrypted => "saml_encrypted",
            Self::NotSuccess { .. } => "saml_not_success",
            Self::NotOneAssertion { .. } => "saml_not_one_assertion",
            Self::Unsigned => "saml_unsigned",
            Self::Misplaced(_) => "saml_signature_misplaced",
            Self::Algorithm(_) => "saml_algorithm",
            Self::Forged => "saml_signature_wrong",
            Self::Issuer { .. } => "saml_issuer",
            Self::Audience { .. } => "saml_audience",
            Self::Destination { .. } => "saml_destination",
            Self::InResponseTo => "saml_in_response_to",
            Self::Expired(_) => "saml_expired",
            Self::NotYet(_) => "saml_not_yet",
            Self::NotConfirmed => "saml_not_confirmed",
            Self::NotAuthenticated => "saml_not_authenticated",
            Self::Nobody(_) => "saml_nobody",
            Self::Certificate(_) | Self::WeakKey => "saml_certificate",
            Self::Metadata(_) => "saml_metadata",
            Self::Key(_) => "saml_key",
        }
    }
}
