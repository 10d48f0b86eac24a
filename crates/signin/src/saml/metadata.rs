//! Metadata: what Roster tells an identity provider of itself, and what it takes over from an identity provider's.

pub use domain::single_sign_on::Binding;
use url::Url;

use super::certificate::Certificate;
use super::xml::{self, escape};
use super::{Fault, METADATA, POST, PROTOCOL, REDIRECT, SIGNATURE};

/// What an identity provider's metadata says, as far as Roster needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    pub entity_id: String,
    pub sign_on_url: String,
    pub binding: Binding,
    pub wants_signed_requests: bool,
    pub certificates: Vec<Certificate>,
}

/// Roster's metadata for one organization.
pub fn of_service(entity_id: &str, callback_url: &str, signs: bool, certificate: &Certificate) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <md:EntityDescriptor xmlns:md=\"{METADATA}\" xmlns:ds=\"{SIGNATURE}\" entityID=\"{}\">\
         <md:SPSSODescriptor AuthnRequestsSigned=\"{signs}\" WantAssertionsSigned=\"true\" \
         protocolSupportEnumeration=\"{PROTOCOL}\">\
         <md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
         <md:AssertionConsumerService Binding=\"{POST}\" Location=\"{}\" index=\"0\" isDefault=\"true\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>\n",
        escape(entity_id),
        certificate.base64(),
        escape(callback_url),
    )
}

/// # Errors
/// It is not the metadata of exactly one identity provider, or something Roster needs is missing in it.
pub fn read(text: &str) -> Result<IdentityProvider, Fault> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let document = xml::parse(text)?;
    let providers = xml::anywhere(&document, METADATA, "IDPSSODescriptor");
    let [provider] = providers.as_slice() else {
        return Err(Fault::Metadata(format!(
            "The metadata has to describe exactly one identity provider; it describes {}.",
            providers.len()
        )));
    };
    let entity_id = document
        .parent(*provider)
        .and_then(|entity| xml::attribute(&document, entity, "entityID"))
        .filter(|id| !id.is_empty())
        .ok_or_else(|| Fault::Metadata("The metadata names no entity id.".to_owned()))?;
    let services = xml::children(&document, *provider, METADATA, "SingleSignOnService");
    let location = |wanted: &str| {
        services
            .iter()
            .find(|service| xml::attribute(&document, **service, "Binding") == Some(wanted))
            .and_then(|service| xml::attribute(&document, *service, "Location"))
    };
    let (sign_on_url, binding) = match (location(REDIRECT), location(POST)) {
        (Some(url), _) => (url, Binding::Redirect),
        (None, Some(url)) => (url, Binding::Post),
        (None, None) => {
            let what = "The metadata names no address to sign in at by HTTP-Redirect or HTTP-POST.";
            return Err(Fault::Metadata(what.to_owned()));
        }
    };
    let certificates = certificates(&document, *provider)?;
    let wants = xml::attribute(&document, *provider, "WantAuthnRequestsSigned");
    Ok(IdentityProvider {
        entity_id: entity_id.to_owned(),
        sign_on_url: sign_on_address(sign_on_url)?,
        binding,
        wants_signed_requests: matches!(wants, Some("true" | "1")),
        certificates,
    })
}

/// An address that a browser may be sent to. Plain HTTP only on this machine, where tests and trials run.
///
/// # Errors
/// It is no such address.
pub fn sign_on_address(text: &str) -> Result<String, Fault> {
    let wrong = || Fault::Metadata("The SSO URL has to be an address that begins with https://.".to_owned());
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let is_fine = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    let has_user = !url.username().is_empty() || url.password().is_some();
    if !is_fine || has_user || url.fragment().is_some() {
        return Err(wrong());
    }
    Ok(url.into())
}

fn certificates(
    document: &bergshamra::xml::Document<'_>,
    provider: bergshamra::xml::NodeId,
) -> Result<Vec<Certificate>, Fault> {
    let mut found = Vec::new();
    for key in xml::children(document, provider, METADATA, "KeyDescriptor") {
        if xml::attribute(document, key, "use").is_some_and(|wanted| wanted != "signing") {
            continue;
        }
        for info in xml::children(document, key, SIGNATURE, "KeyInfo") {
            for data in xml::children(document, info, SIGNATURE, "X509Data") {
                for certificate in xml::children(document, data, SIGNATURE, "X509Certificate") {
                    let certificate = Certificate::parse(&xml::text(document, certificate)?)?;
                    if !found.contains(&certificate) {
                        found.push(certificate);
                    }
                }
            }
        }
    }
    if found.is_empty() {
        let what = "The metadata holds no certificate to check signatures with.";
        return Err(Fault::Metadata(what.to_owned()));
    }
    Ok(found)
}
