//! Passkeys (WebAuthn): a key in a phone, a computer or a stick that says who somebody is, after the finger, face or PIN of
//! its owner unlocked it. Because that is asked for always, a passkey is two factors in one and signs in alone.
//!
//! The challenges come from webauthn-rs itself, which asks for no other source; everything else is handed in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::Webauthn;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Uuid, WebauthnBuilder, WebauthnError,
};

/// Makes and judges passkeys for one public URL.
pub struct Passkeys {
    webauthn: Webauthn,
}

/// What is sent to the browser, and what is kept until it answers.
pub struct Challenge {
    pub options: Value,
    pub state: SecretString,
}

/// A new passkey: under which id it is found, and what is kept of it. Neither is secret.
#[derive(Debug)]
pub struct Made {
    pub credential: Vec<u8>,
    pub kept: String,
}

/// Whose passkey an answer says it is. Believed only after [`Passkeys::judge`].
pub struct Claim {
    answer: PublicKeyCredential,
}

/// A passkey was right; what is kept of it may have moved on (its counter).
#[derive(Debug)]
pub struct Right {
    pub kept: Option<String>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Wrong {
    #[error("is no answer of a passkey")]
    Unreadable,
    #[error("was not accepted: it answers another question, another site, or was not unlocked by its owner")]
    NotAccepted,
    /// Its counter went back: there may be a copy of it.
    #[error("was used before by somebody who may have a copy of it. Remove it, and make a new one")]
    Copied,
    #[error("cannot be judged by what is kept of it")]
    Spoiled,
}

impl Passkeys {
    /// None where passkeys cannot be: browsers bind them to a name, so an address in numbers has none, and only HTTPS or
    /// this very machine is trusted.
    pub fn new(public_url: &str, instance: &str) -> Option<Self> {
        let url = Url::parse(public_url).ok()?;
        let name = url.domain()?.to_owned();
        let local = name == "localhost" || name.ends_with(".localhost");
        if url.scheme() != "https" && !local {
            return None;
        }
        let webauthn = WebauthnBuilder::new(&name, &url).ok()?.rp_name(instance).build().ok()?;
        Some(Self { webauthn })
    }

    /// Asks a browser to make a passkey. `user` is told by it at sign-in; `excluded` are the ids of those that are there.
    ///
    /// # Errors
    /// The library refuses what it was given.
    pub fn begin_making(
        &self,
        user: [u8; 16],
        username: &str,
        name: &str,
        excluded: Vec<Vec<u8>>,
    ) -> Result<Challenge, Wrong> {
        let (options, state) = self
            .webauthn
            .start_passkey_registration(Uuid::from_bytes(user), username, name, Some(excluded))
            .map_err(|_| Wrong::Spoiled)?;
        let mut options = plain(&options)?;
        // One that keeps no account in itself could not sign in without a username.
        options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("required");
        options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok(Challenge {
            options,
            state: sealed(&state)?,
        })
    }

    /// # Errors
    /// The answer is none to what was asked.
    pub fn finish_making(&self, state: &str, answer: Value) -> Result<Made, Wrong> {
        let state: PasskeyRegistration = read(state)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer).map_err(|_| Wrong::Unreadable)?;
        let passkey = self
            .webauthn
            .finish_passkey_registration(&answer, &state)
            .map_err(judgement)?;
        Ok(Made {
            credential: passkey.cred_id().to_vec(),
            kept: serde_json::to_string(&passkey).map_err(|_| Wrong::Spoiled)?,
        })
    }

    /// Asks a browser for a passkey: for any of this site, or for one of those named.
    ///
    /// # Errors
    /// The library refuses what it was given.
    pub fn begin_asking(&self, allowed: &[Vec<u8>]) -> Result<Challenge, Wrong> {
        let (options, state) = self
            .webauthn
            .start_discoverable_authentication()
            .map_err(|_| Wrong::Spoiled)?;
        let mut options = plain(&options)?;
        // Whether the browser offers it while a name is typed is for the page to say.
        if let Some(whole) = options.as_object_mut() {
            whole.remove("mediation");
        }
        let allowed = allowed
            .iter()
            .map(|id| json!({"type": "public-key", "id": encoded(id)}));
        options["publicKey"]["allowCredentials"] = allowed.collect();
        Ok(Challenge {
            options,
            state: sealed(&state)?,
        })
    }

    /// # Errors
    /// The answer is none to what was asked, or not of that passkey.
    pub fn judge(&self, state: &str, claim: &Claim, kept: &str) -> Result<Right, Wrong> {
        let state: DiscoverableAuthentication = read(state)?;
        let mut passkey: Passkey = read(kept)?;
        let key = DiscoverableKey::from(&passkey);
        let result: AuthenticationResult = self
            .webauthn
            .finish_discoverable_authentication_v2(&claim.answer, state, &key)
            .map_err(judgement)?;
        if !result.user_verified() {
            return Err(Wrong::NotAccepted);
        }
        let moved = passkey.update_credential(&result) == Some(true);
        let kept = moved.then(|| serde_json::to_string(&passkey)).transpose();
        Ok(Right {
            kept: kept.map_err(|_| Wrong::Spoiled)?,
        })
    }
}

impl Claim {
    /// # Errors
    /// It is no answer of a passkey.
    pub fn read(answer: Value) -> Result<Self, Wrong> {
        let answer = serde_json::from_value(answer).map_err(|_| Wrong::Unreadable)?;
        Ok(Self { answer })
    }

    pub fn credential(&self) -> &[u8] {
        self.answer.get_credential_id()
    }

    /// The user that the passkey was made for, which it tells where any of the site was asked for.
    pub fn user(&self) -> Option<[u8; 16]> {
        self.answer.get_user_unique_id()?.try_into().ok()
    }
}

/// Which challenge an answer signs, as it says itself: by it what was asked is found again.
pub fn challenge_of(answer: &Value) -> Option<String> {
    let client = answer["response"]["clientDataJSON"].as_str()?;
    let client = URL_SAFE_NO_PAD.decode(client.trim_end_matches('=')).ok()?;
    let client: Value = serde_json::from_slice(&client).ok()?;
    client["challenge"].as_str().map(str::to_owned)
}

fn judgement(error: WebauthnError) -> Wrong {
    match error {
        WebauthnError::CredentialPossibleCompromise => Wrong::Copied,
        _ => Wrong::NotAccepted,
    }
}

fn plain(options: &impl Serialize) -> Result<Value, Wrong> {
    serde_json::to_value(options).map_err(|_| Wrong::Spoiled)
}

fn sealed(state: &impl Serialize) -> Result<SecretString, Wrong> {
    let text = serde_json::to_string(state).map_err(|_| Wrong::Spoiled)?;
    Ok(SecretString::from(text))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Wrong> {
    serde_json::from_str(text).map_err(|_| Wrong::Spoiled)
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Challenge {
    /// 32 random bytes in base64: what the answer will sign.
    pub fn challenge(&self) -> Option<&str> {
        self.options["publicKey"]["challenge"].as_str()
    }

    /// To be kept until the answer comes, and shown to nobody.
    pub fn state(&self) -> &str {
        self.state.expose_secret()
    }
}
