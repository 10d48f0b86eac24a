//! What Roster sends: a request to sign somebody in, by a link or by a form, signed when the identity provider wants it.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bergshamra::keys::loader;
use bergshamra::{DsigContext, KeysManager};
use domain::Timestamp;
use domain::time::SECOND;
use url::form_urlencoded::byte_serialize;

use super::key::ServiceKey;
use super::xml::escape;
use super::{ASSERTION, Fault, POST, PROTOCOL, SIGNATURE};
use crate::pem::armour;

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// A request to an identity provider.
pub struct Request<'r> {
    /// Begins with a letter, as XML wants it, and cannot be guessed.
    pub id: &'r str,
    pub now: Timestamp,
    /// Roster's name at the identity provider.
    pub entity_id: &'r str,
    /// Where the identity provider takes requests.
    pub sign_on_url: &'r str,
    /// Where it sends its answer.
    pub callback_url: &'r str,
    /// Comes back with the answer, as it is.
    pub relay_state: &'r str,
    /// The person has to prove themselves anew, even if the identity provider knows them from this morning.
    pub anew: bool,
}

/// A form that a browser has to send.
pub struct Form {
    pub action: String,
    pub saml_request: String,
    pub relay_state: String,
}

/// An id from chance.
pub fn id(entropy: [u8; 16]) -> String {
    let mut id = "_".to_owned();
    for byte in entropy {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

impl Request<'_> {
    /// The link to follow. What is signed is the query itself.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn redirect(&self, key: Option<&ServiceKey>) -> Result<String, Fault> {
        let request = STANDARD.encode(deflate(self.xml("").as_bytes()));
        let mut query = format!(
            "SAMLRequest={}&RelayState={}",
            encode(&request),
            encode(self.relay_state)
        );
        if let Some(key) = key {
            let _ = write!(query, "&SigAlg={}", encode(RSA_SHA256));
            let signature = STANDARD.encode(key.sign(query.as_bytes())?);
            let _ = write!(query, "&Signature={}", encode(&signature));
        }
        let joint = if self.sign_on_url.contains('?') { '&' } else { '?' };
        Ok(format!("{}{joint}{query}", self.sign_on_url))
    }

    /// The form to send, for an identity provider that takes no links.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn form(&self, key: Option<&ServiceKey>) -> Result<Form, Fault> {
        let request = match key {
            None => self.xml(""),
            Some(key) => {
                let private = loader::load_rsa_private_pem(armour("PRIVATE KEY", key.private()).as_bytes());
                let mut keys = KeysManager::new();
                keys.add_key(private.map_err(|error| Fault::Key(error.to_string()))?);
                let template = self.xml(&template(self.id, &key.certificate().base64()));
                bergshamra::sign(&DsigContext::new(keys), &template).map_err(|error| Fault::Key(error.to_string()))?
            }
        };
        Ok(Form {
            action: self.sign_on_url.to_owned(),
            saml_request: STANDARD.encode(request),
            relay_state: self.relay_state.to_owned(),
        })
    }

    fn xml(&self, signature: &str) -> String {
        // Some identity providers read no fractions of a second.
        let second = Timestamp::from_micros(self.now.micros() - self.now.micros().rem_euclid(SECOND));
        let force = if self.anew { " ForceAuthn=\"true\"" } else { "" };
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" \
             IssueInstant=\"{second}\" Destination=\"{}\" AssertionConsumerServiceURL=\"{}\" \
             ProtocolBinding=\"{POST}\"{force}><saml:Issuer>{}</saml:Issuer>{signature}\
             <samlp:NameIDPolicy AllowCreate=\"true\"/></samlp:AuthnRequest>",
            escape(self.id),
            escape(self.sign_on_url),
            escape(self.callback_url),
            escape(self.entity_id),
        )
    }
}

/// The signature without its values, for the library to fill in.
fn template(id: &str, certificate: &str) -> String {
    let id = escape(id);
    format!(
        "<ds:Signature xmlns:ds=\"{SIGNATURE}\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue></ds:DigestValue>\
         </ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
}

fn encode(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// DEFLATE that does not compress: the format wants to be kept, and half a kilobyte is not worth a library.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 0xffff;
    let mut out = Vec::with_capacity(bytes.len() + 5);
    let mut blocks = bytes.chunks(LONGEST).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out
}
