//! Which nodes of a document an identity provider has signed. The shape of each signature is held to the one that SAML
//! allows before any of it is computed: one reference, to the element the signature stands in, with the two transforms
//! that change nothing. So there is no file to be read, no other place to point to, and no key but the pinned ones.

use bergshamra::dsig::verify::verify_all_document;
use bergshamra::xml::uppsala::{Document, NodeId, NodeKind};
use bergshamra::{DsigContext, KeysManager, VerifyResult};

use super::certificate::Certificate;
use super::{Fault, SIGNATURE, xml};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const CANONICAL: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

const METHODS: &[&str] = &[
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
];
const DIGESTS: &[&str] = &[
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];

/// The elements that are signed with one of the certificates. Every signature in the document has to be good and has to
/// stand directly in one of the `places`: a wrong one beside a right one is an attack or a fault, and neither signs
/// anybody in.
pub fn signed(document: &Document<'_>, places: &[NodeId], certificates: &[Certificate]) -> Result<Vec<NodeId>, Fault> {
    let signatures = xml::anywhere(document, SIGNATURE, "Signature");
    if signatures.is_empty() {
        return Err(Fault::Unsigned);
    }
    let mut covered = Vec::new();
    for signature in &signatures {
        let place = shaped(document, *signature, places)?;
        if covered.contains(&place) {
            return Err(Fault::Misplaced("one element is signed twice"));
        }
        covered.push(place);
    }
    let mut keys = KeysManager::new();
    for certificate in certificates {
        keys.add_key(certificate.key()?);
    }
    let results = verify_all_document(&DsigContext::new(keys), document).map_err(|_| Fault::Forged)?;
    if results.len() != signatures.len() {
        return Err(Fault::Forged);
    }
    for result in results {
        let VerifyResult::Valid {
            signature_node,
            references,
            ..
        } = result
        else {
            return Err(Fault::Forged);
        };
        let [reference] = references.as_slice() else {
            return Err(Fault::Forged);
        };
        // What was digested is the very node that claims are read from, not one that bears the same id.
        let is_its_place = reference.resolved_node == document.parent(signature_node);
        if !is_its_place || !reference.digest_verified {
            return Err(Fault::Misplaced("it covers another element than the one it stands in"));
        }
    }
    Ok(covered)
}

/// The element that a signature of the allowed shape stands in.
fn shaped(document: &Document<'_>, signature: NodeId, places: &[NodeId]) -> Result<NodeId, Fault> {
    let place = document
        .parent(signature)
        .filter(|parent| places.contains(parent))
        .ok_or(Fault::Misplaced("it is neither the response's nor the assertion's own"))?;
    let has_comment = document
        .descendants(signature)
        .into_iter()
        .any(|node| matches!(document.node_kind(node), Some(NodeKind::Comment(_))));
    if has_comment {
        return Err(Fault::Misplaced("there are comments in it"));
    }
    for child in document.children(signature) {
        let is_element = document.element(child).is_some();
        let is_known = ["SignedInfo", "SignatureValue", "KeyInfo"]
            .iter()
            .any(|name| xml::is(document, child, SIGNATURE, name));
        if is_element && !is_known {
            return Err(Fault::Misplaced("it holds more than a signature"));
        }
    }
    xml::only(document, signature, SIGNATURE, "SignatureValue")?;
    let info = xml::only(document, signature, SIGNATURE, "SignedInfo")?;
    allowed(document, info, "CanonicalizationMethod", &[CANONICAL])?;
    allowed(document, info, "SignatureMethod", METHODS)?;
    let reference = xml::only(document, info, SIGNATURE, "Reference")?;
    points_to(document, reference, place)?;
    allowed(document, reference, "DigestMethod", DIGESTS)?;
    xml::only(document, reference, SIGNATURE, "DigestValue")?;
    let transforms = xml::only(document, reference, SIGNATURE, "Transforms")?;
    let transforms = xml::children(document, transforms, SIGNATURE, "Transform");
    let methods: Vec<_> = transforms
        .iter()
        .map(|transform| xml::attribute(document, *transform, "Algorithm").unwrap_or_default())
        .collect();
    if methods != [ENVELOPED, CANONICAL] {
        return Err(Fault::Algorithm(format!("the transforms {}", methods.join(", "))));
    }
    Ok(place)
}

fn points_to(document: &Document<'_>, reference: NodeId, place: NodeId) -> Result<(), Fault> {
    let id = xml::attribute(document, place, "ID").filter(|id| !id.is_empty());
    let target = xml::attribute(document, reference, "URI").and_then(|uri| uri.strip_prefix('#'));
    if id.is_some() && id == target {
        return Ok(());
    }
    Err(Fault::Misplaced("it covers another element than the one it stands in"))
}

fn allowed(document: &Document<'_>, node: NodeId, name: &str, methods: &[&str]) -> Result<(), Fault> {
    let method = xml::only(document, node, SIGNATURE, name)?;
    let algorithm = xml::attribute(document, method, "Algorithm").unwrap_or_default();
    if methods.contains(&algorithm) {
        return Ok(());
    }
    Err(Fault::Algorithm(algorithm.to_owned()))
}
