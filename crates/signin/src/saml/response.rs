//! An identity provider's answer, and the one way to believe it. It is parsed once; the signature is verified on the
//! parsed nodes, and claims are read from the very node that it covers. All else is as if it were not there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bergshamra::xml::{Document, NodeId};
use domain::Timestamp;
use domain::time::MINUTE;

use super::certificate::Certificate;
use super::{ASSERTION, Fault, LARGEST, PROTOCOL, claim, signature, xml};

pub use super::claim::Attribute;

/// How far the clocks of the two servers may differ.
pub const SKEW: i64 = 2 * MINUTE;

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const LONGEST_NAME: usize = 256;

/// What an answer has to fit: the organization's settings and the request that was sent.
pub struct Expected<'e> {
    pub issuer: &'e str,
    pub certificates: &'e [Certificate],
    pub entity_id: &'e str,
    pub callback_url: &'e str,
    pub request_id: &'e str,
    pub now: Timestamp,
}

/// Who the identity provider says is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    pub issuer: String,
    pub name_id: String,
    pub email: Option<String>,
    pub name: Option<String>,
    pub attributes: Vec<Attribute>,
    /// Taken once; until `good_until` it has to be remembered.
    pub assertion_id: String,
    pub good_until: Timestamp,
}

/// The answer as the browser brings it: base64, in a form field.
///
/// # Errors
/// It is not believed, for the reason told.
pub fn verify(field: &str, expected: &Expected<'_>) -> Result<Proven, Fault> {
    // Four letters carry three bytes; line breaks are allowed for.
    if field.len() > LARGEST * 3 / 2 {
        return Err(Fault::TooLarge);
    }
    let compact: String = field.chars().filter(|letter| !letter.is_whitespace()).collect();
    let bytes = STANDARD
        .decode(compact)
        .map_err(|_| Fault::Malformed("it is not base64".to_owned()))?;
    let text = String::from_utf8(bytes).map_err(|_| Fault::Malformed("it is not UTF-8".to_owned()))?;
    verify_text(&text, expected)
}

fn verify_text(text: &str, expected: &Expected<'_>) -> Result<Proven, Fault> {
    let document = xml::parse(text)?;
    let response = xml::root(&document)?;
    if !xml::is(&document, response, PROTOCOL, "Response") {
        return Err(Fault::Malformed("its root is no Response".to_owned()));
    }
    version(&document, response)?;
    success(&document, response)?;
    let assertion = only_assertion(&document, response)?;
    let covered = signature::signed(&document, &[response, assertion], expected.certificates)?;
    // A signature over the response covers what is in it; the assertion is its child.
    if !covered.contains(&assertion) && !covered.contains(&response) {
        return Err(Fault::Unsigned);
    }
    about_response(&document, response, covered.contains(&response), expected)?;
    about_assertion(&document, assertion, expected)
}

fn version(document: &Document<'_>, node: NodeId) -> Result<(), Fault> {
    match xml::attribute(document, node, "Version") {
        Some("2.0") => Ok(()),
        _ => Err(Fault::Malformed("its version is not 2.0".to_owned())),
    }
}

fn success(document: &Document<'_>, response: NodeId) -> Result<(), Fault> {
    let status = xml::only(document, response, PROTOCOL, "Status")?;
    let outer = xml::only(document, status, PROTOCOL, "StatusCode")?;
    let code = xml::attribute(document, outer, "Value").unwrap_or_default();
    if code == SUCCESS {
        return Ok(());
    }
    // The inner code tells more; only its last word is shown, for nobody has signed it.
    let inner = xml::child(document, outer, PROTOCOL, "StatusCode");
    let told = inner
        .and_then(|inner| xml::attribute(document, inner, "Value"))
        .unwrap_or(code);
    let word = told.rsplit(':').next().unwrap_or_default();
    let word: String = word.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    Err(Fault::NotSuccess { code: word })
}

/// The only assertion of the whole document, which has to be the response's own child.
fn only_assertion(document: &Document<'_>, response: NodeId) -> Result<NodeId, Fault> {
    let encrypted = ["EncryptedAssertion", "EncryptedID", "EncryptedAttribute"]
        .iter()
        .any(|name| !xml::anywhere(document, ASSERTION, name).is_empty());
    if encrypted {
        return Err(Fault::Encrypted);
    }
    let all = xml::anywhere(document, ASSERTION, "Assertion");
    let responses = xml::anywhere(document, PROTOCOL, "Response");
    match all.as_slice() {
        [one] if document.parent(*one) == Some(response) && responses == [response] => {
            version(document, *one)?;
            Ok(*one)
        }
        [_] => Err(Fault::Malformed(
            "the assertion does not stand in the response".to_owned(),
        )),
        _ => Err(Fault::NotOneAssertion { found: all.len() }),
    }
}

fn about_response(
    document: &Document<'_>,
    response: NodeId,
    is_signed: bool,
    expected: &Expected<'_>,
) -> Result<(), Fault> {
    match xml::attribute(document, response, "Destination") {
        Some(said) if said == expected.callback_url => {}
        // What is signed and says no place could be carried to any.
        None if !is_signed => {}
        said => return Err(destination(said, expected)),
    }
    if xml::attribute(document, response, "InResponseTo") != Some(expected.request_id) {
        return Err(Fault::InResponseTo);
    }
    if let Some(issuer) = xml::child(document, response, ASSERTION, "Issuer") {
        issued_by(document, issuer, expected)?;
    }
    Ok(())
}

fn about_assertion(document: &Document<'_>, assertion: NodeId, expected: &Expected<'_>) -> Result<Proven, Fault> {
    let issuer = xml::only(document, assertion, ASSERTION, "Issuer")?;
    issued_by(document, issuer, expected)?;
    let subject = xml::only(document, assertion, ASSERTION, "Subject")?;
    let ends = confirmed(document, subject, expected)?;
    conditions(document, assertion, expected)?;
    if xml::children(document, assertion, ASSERTION, "AuthnStatement").is_empty() {
        return Err(Fault::NotAuthenticated);
    }
    let id = xml::attribute(document, assertion, "ID").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Fault::Malformed("the assertion has no ID".to_owned()))?;
    let (name_id, format) = name_id(document, subject)?;
    let attributes = attributes(document, assertion)?;
    let spelled = (format == EMAIL_FORMAT || name_id.contains('@')).then(|| name_id.clone());
    Ok(Proven {
        issuer: expected.issuer.to_owned(),
        email: claim::email(&attributes).or(spelled),
        name: claim::name(&attributes),
        name_id,
        attributes,
        assertion_id: id.to_owned(),
        good_until: ends.plus(SKEW),
    })
}

fn issued_by(document: &Document<'_>, issuer: NodeId, expected: &Expected<'_>) -> Result<(), Fault> {
    let said = xml::text(document, issuer)?;
    if said == expected.issuer {
        return Ok(());
    }
    Err(Fault::Issuer {
        said,
        expected: expected.issuer.to_owned(),
    })
}

/// One bearer confirmation has to fit in all points; its end is the answer's end.
fn confirmed(document: &Document<'_>, subject: NodeId, expected: &Expected<'_>) -> Result<Timestamp, Fault> {
    let mut fault = Fault::NotConfirmed;
    for confirmation in xml::children(document, subject, ASSERTION, "SubjectConfirmation") {
        if xml::attribute(document, confirmation, "Method") != Some(BEARER) {
            continue;
        }
        let Some(data) = xml::child(document, confirmation, ASSERTION, "SubjectConfirmationData") else {
            continue;
        };
        match bearer(document, data, expected) {
            Ok(ends) => return Ok(ends),
            Err(told) => fault = told,
        }
    }
    Err(fault)
}

fn bearer(document: &Document<'_>, data: NodeId, expected: &Expected<'_>) -> Result<Timestamp, Fault> {
    let recipient = xml::attribute(document, data, "Recipient");
    if recipient != Some(expected.callback_url) {
        return Err(destination(recipient, expected));
    }
    if xml::attribute(document, data, "InResponseTo") != Some(expected.request_id) {
        return Err(Fault::InResponseTo);
    }
    let ends = time(document, data, "NotOnOrAfter")?.ok_or(Fault::NotConfirmed)?;
    let begins = time(document, data, "NotBefore")?;
    within(begins, Some(ends), expected.now)?;
    Ok(ends)
}

fn conditions(document: &Document<'_>, assertion: NodeId, expected: &Expected<'_>) -> Result<(), Fault> {
    let conditions = xml::only(document, assertion, ASSERTION, "Conditions")?;
    let begins = time(document, conditions, "NotBefore")?;
    let ends = time(document, conditions, "NotOnOrAfter")?;
    within(begins, ends, expected.now)?;
    let restrictions = xml::children(document, conditions, ASSERTION, "AudienceRestriction");
    let mut named = Vec::new();
    let mut is_meant = !restrictions.is_empty();
    // Each restriction has to hold; within one, any audience will do.
    for restriction in restrictions {
        let mut audiences = Vec::new();
        for audience in xml::children(document, restriction, ASSERTION, "Audience") {
            audiences.push(xml::text(document, audience)?);
        }
        is_meant &= audiences.iter().any(|audience| audience == expected.entity_id);
        named.append(&mut audiences);
    }
    if is_meant {
        return Ok(());
    }
    Err(Fault::Audience {
        said: if named.is_empty() {
            "nobody".to_owned()
        } else {
            named.join(", ")
        },
        expected: expected.entity_id.to_owned(),
    })
}

fn within(begins: Option<Timestamp>, ends: Option<Timestamp>, now: Timestamp) -> Result<(), Fault> {
    if let Some(begins) = begins.filter(|begins| now.plus(SKEW) < *begins) {
        return Err(Fault::NotYet(begins.to_string()));
    }
    if let Some(ends) = ends.filter(|ends| now.plus(-SKEW) >= *ends) {
        return Err(Fault::Expired(ends.to_string()));
    }
    Ok(())
}

fn time(document: &Document<'_>, node: NodeId, name: &str) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = xml::attribute(document, node, name) else {
        return Ok(None);
    };
    let time = text
        .parse()
        .map_err(|_| Fault::Malformed(format!("{name} is no time")))?;
    Ok(Some(time))
}

fn name_id(document: &Document<'_>, subject: NodeId) -> Result<(String, String), Fault> {
    let node = xml::child(document, subject, ASSERTION, "NameID").ok_or(Fault::Nobody("there is no NameID"))?;
    xml::only(document, subject, ASSERTION, "NameID")?;
    let format = xml::attribute(document, node, "Format").unwrap_or_default();
    if format == TRANSIENT {
        return Err(Fault::Nobody("the NameID is transient, another one each time"));
    }
    let text = xml::text(document, node)?;
    if text.is_empty() {
        return Err(Fault::Nobody("the NameID is empty"));
    }
    if text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err(Fault::Nobody("the NameID is too long or holds control characters"));
    }
    Ok((text, format.to_owned()))
}

fn attributes(document: &Document<'_>, assertion: NodeId) -> Result<Vec<Attribute>, Fault> {
    let mut found = Vec::new();
    for statement in xml::children(document, assertion, ASSERTION, "AttributeStatement") {
        for attribute in xml::children(document, statement, ASSERTION, "Attribute") {
            let name = xml::attribute(document, attribute, "Name")
                .unwrap_or_default()
                .to_owned();
            let mut values = Vec::new();
            for value in xml::children(document, attribute, ASSERTION, "AttributeValue") {
                // A value made of elements is nothing that Roster reads.
                if let Ok(text) = xml::text(document, value) {
                    values.push(text);
                }
            }
            found.push(Attribute { name, values });
        }
    }
    Ok(found)
}

fn destination(said: Option<&str>, expected: &Expected<'_>) -> Fault {
    Fault::Destination {
        said: said.unwrap_or("no address").to_owned(),
        expected: expected.callback_url.to_owned(),
    }
}
