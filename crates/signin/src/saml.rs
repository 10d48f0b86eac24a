//! SAML 2.0 as a service provider: Roster asks an organization's identity provider who somebody is, and believes the
//! answer only as far as the provider's pinned certificate signed it. Nothing here fetches anything: metadata comes as
//! text, answers come from the browser.

pub mod certificate;
mod claim;
mod fault;
pub mod key;
pub mod metadata;
pub mod request;
pub mod response;
mod signature;
mod xml;

pub use fault::Fault;

/// Above this nothing is read at all: real metadata and answers are a tenth of it.
pub const LARGEST: usize = 128 * 1024;

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
