//! A passkey in software: answers what a page asks of `navigator.credentials`, as a phone or a stick would. For tests that
//! have no browser; those that do use the browser's own virtual one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const KEY_INCLUDED: u8 = 0x40;

pub struct Authenticator {
    key: KeyPair,
    credential: Vec<u8>,
    user: String,
    /// The address of the page that asks, as the browser knows it.
    pub origin: String,
    /// How often it was used. Setting it back is what a copy of the key looks like.
    pub counter: u32,
    /// Whether its owner unlocks it.
    pub unlocked: bool,
}

impl Authenticator {
    /// Makes the passkey that the options ask for, and says so.
    pub fn make(origin: &str, options: &Value) -> (Self, Value) {
        Self::make_with(origin, options, true)
    }

    pub fn make_with(origin: &str, options: &Value, unlocked: bool) -> (Self, Value) {
        let asked = &options["publicKey"];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap_or_else(|error| panic!("no key: {error}"));
        let credential = Sha256::digest(key.public_key_raw()).to_vec();
        let authenticator = Self {
            key,
            credential,
            user: text(&asked["user"]["id"]),
            origin: origin.to_owned(),
            counter: 0,
            unlocked,
        };
        let client = authenticator.client("webauthn.create", asked);
        let mut data = authenticator.data(&text(&asked["rp"]["id"]), KEY_INCLUDED);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&length(&authenticator.credential));
        data.extend_from_slice(&authenticator.credential);
        data.extend_from_slice(&authenticator.public_key());
        let answer = json!({
            "id": encode(&authenticator.credential),
            "rawId": encode(&authenticator.credential),
            "type": "public-key",
            "response": {
                "clientDataJSON": encode(&client),
                "attestationObject": encode(&unattested(&data)),
                "transports": ["internal"],
            },
            "clientExtensionResults": {"credProps": {"rk": true}},
        });
        (authenticator, answer)
    }

    /// Signs what the options ask.
    pub fn answer(&mut self, options: &Value) -> Value {
        let asked = &options["publicKey"];
        self.counter += 1;
        let client = self.client("webauthn.get", asked);
        let data = self.data(&text(&asked["rpId"]), 0);
        let mut signed = data.clone();
        signed.extend_from_slice(&Sha256::digest(&client));
        let signature = self
            .key
            .sign(&signed)
            .unwrap_or_else(|error| panic!("no signature: {error}"));
        json!({
            "id": encode(&self.credential),
            "rawId": encode(&self.credential),
            "type": "public-key",
            "response": {
                "clientDataJSON": encode(&client),
                "authenticatorData": encode(&data),
                "signature": encode(&signature),
                "userHandle": self.user,
            },
            "clientExtensionResults": {},
        })
    }

    fn client(&self, kind: &str, asked: &Value) -> Vec<u8> {
        let client = json!({
            "type": kind,
            "challenge": asked["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        client.to_string().into_bytes()
    }

    fn data(&self, site: &str, more: u8) -> Vec<u8> {
        let verified = if self.unlocked { VERIFIED } else { 0 };
        let mut data = Sha256::digest(site.as_bytes()).to_vec();
        data.push(PRESENT | verified | more);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data
    }

    /// A COSE key for ES256 (RFC 9052, RFC 9053 §7.1), in CBOR.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key_raw();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend_from_slice(&point[1..33]);
        key.extend_from_slice(&[0x22, 0x58, 0x20]);
        key.extend_from_slice(&point[33..65]);
        key
    }
}

/// An attestation object without attestation, in CBOR.
fn unattested(data: &[u8]) -> Vec<u8> {
    let mut object = vec![0xa3];
    object.extend_from_slice(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x59");
    object.extend_from_slice(&length(data));
    object.extend_from_slice(data);
    object
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// In two bytes.
fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}
