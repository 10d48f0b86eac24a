//! Settings of single sign-on as they were typed or uploaded, and as they are once every field was read.

use domain::single_sign_on::{Binding, SingleSignOn};
use signin::saml::certificate::Certificate;
use signin::saml::metadata;

use crate::Result;
use crate::error::{Check, checked};

const LONGEST_TEXT: usize = 500;
const MOST_CERTIFICATES: usize = 5;

/// Either the identity provider's metadata, or what stands in it field by field.
#[derive(Clone, Debug, Default)]
pub struct NewSettings {
    pub metadata: Option<String>,
    pub entity_id: Option<String>,
    pub sso_url: Option<String>,
    pub binding: Option<Binding>,
    /// PEM, or the text between its lines.
    pub certificates: Vec<String>,
    pub sign_requests: Option<bool>,
    pub provisioning: bool,
    pub default_role: Option<String>,
    pub admin_contact: Option<String>,
}

pub(super) struct Wanted {
    pub entity_id: String,
    pub sign_on_url: String,
    pub binding: Binding,
    pub certificates: Vec<Certificate>,
    pub sign_requests: bool,
    pub provisioning: bool,
    pub role: Option<String>,
    pub admin_contact: Option<String>,
}

pub(super) fn parse(new: &NewSettings) -> Result<Wanted> {
    let mut check = Check::default();
    let contact = filled(new.admin_contact.as_deref());
    if contact.is_some_and(|contact| contact.chars().count() > LONGEST_TEXT || contact.chars().any(char::is_control)) {
        check.wrong(
            "admin_contact",
            format!("must be a line of at most {LONGEST_TEXT} characters"),
        );
    }
    let provider = match filled(new.metadata.as_deref()) {
        Some(text) => read_metadata(&mut check, text),
        None => read_fields(&mut check, new),
    };
    check.done()?;
    let provider = checked(provider)?;
    Ok(Wanted {
        entity_id: provider.entity_id,
        sign_on_url: provider.sign_on_url,
        binding: provider.binding,
        certificates: provider.certificates,
        sign_requests: new.sign_requests.unwrap_or(provider.wants_signed_requests),
        provisioning: new.provisioning,
        role: filled(new.default_role.as_deref()).map(str::to_owned),
        admin_contact: contact.map(str::to_owned),
    })
}

/// Whether others than before would be believed, or asked.
pub(super) fn believes_others(before: &SingleSignOn, wanted: &Wanted) -> bool {
    let certificates: String = wanted.certificates.iter().map(Certificate::pem).collect();
    before.entity_id != wanted.entity_id
        || before.sign_on_url != wanted.sign_on_url
        || before.certificates != certificates
}

fn read_metadata(check: &mut Check, text: &str) -> Option<metadata::IdentityProvider> {
    metadata::read(text)
        .map_err(|fault| check.wrong("metadata", format!("cannot be taken. {fault}")))
        .ok()
}

fn read_fields(check: &mut Check, new: &NewSettings) -> Option<metadata::IdentityProvider> {
    let entity_id = filled(new.entity_id.as_deref());
    match entity_id {
        None => check.wrong(
            "entity_id",
            "is needed: the name by which the identity provider calls itself",
        ),
        Some(id) if id.chars().count() > LONGEST_TEXT || id.chars().any(char::is_control) => {
            check.wrong(
                "entity_id",
                format!("must be a line of at most {LONGEST_TEXT} characters"),
            );
        }
        Some(_) => {}
    }
    let sign_on_url = metadata::sign_on_address(new.sso_url.as_deref().unwrap_or_default())
        .map_err(|fault| check.wrong("sso_url", format!("cannot be taken. {fault}")))
        .ok();
    let pasted = new.certificates.join("\n-----END CERTIFICATE-----\n");
    let certificates = Certificate::parse_all(&pasted)
        .map_err(|fault| check.wrong("certificates", format!("cannot be taken. {fault}")))
        .ok();
    match certificates.as_ref().map(Vec::len) {
        Some(0) => check.wrong("certificates", "are needed: what the identity provider signs with"),
        Some(count) if count > MOST_CERTIFICATES => {
            check.wrong("certificates", format!("must be at most {MOST_CERTIFICATES}"));
        }
        _ => {}
    }
    Some(metadata::IdentityProvider {
        entity_id: entity_id?.to_owned(),
        sign_on_url: sign_on_url?,
        binding: new.binding.unwrap_or_default(),
        wants_signed_requests: false,
        certificates: certificates?,
    })
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
