//! Whether an ID token is to be believed: signed by the issuer with a key pair, made for us, for this very round trip, and
//! just now. Nothing of it is read before all of that holds.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Timestamp;
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, ClientId, IdToken, IdTokenVerifier, IssuerUrl, Nonce,
    SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far two clocks may differ.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// A token of this round trip was made a moment ago.
const OLDEST: TimeDelta = TimeDelta::minutes(10);
const TENANT: &str = "{tenantid}";
/// Key pairs only: a shared secret would let whoever knows it sign, and `none` anybody.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a token has to say to be ours.
pub struct Expected<'a> {
    /// Where it holds `{tenantid}`, that is the token's own tenant.
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: Timestamp,
}

/// What a believed token says.
#[derive(Debug)]
pub struct Told {
    pub issuer: String,
    pub subject: String,
    pub tenant: Option<String>,
    /// Entra's own id of the account, the same for every application.
    pub object: Option<String>,
    pub username: Option<String>,
    pub principal: Option<String>,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    #[error("it is signed with a key that the issuer does not publish")]
    UnknownKey,
    #[error("{0}")]
    Refused(String),
}

/// What Entra adds, and the time before which a token does not hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Extra {
    tid: Option<String>,
    oid: Option<String>,
    upn: Option<String>,
    nbf: Option<i64>,
}

impl AdditionalClaims for Extra {}

type Token = IdToken<Extra, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// # Errors
/// Anything about it is not as expected.
pub fn verify(token: &str, keys: &Value, expected: &Expected<'_>) -> Result<Told, Disbelief> {
    let parsed: Token = token
        .parse()
        .map_err(|_| Disbelief::Refused("it is no signed ID token".to_owned()))?;
    let tenant = if expected.issuer.contains(TENANT) {
        Some(claimed_tenant(token)?)
    } else {
        None
    };
    let issuer = match &tenant {
        Some(tenant) => expected.issuer.replace(TENANT, tenant),
        None => expected.issuer.to_owned(),
    };
    let now = DateTime::<Utc>::from_timestamp_micros(expected.now.micros()).unwrap_or_default();
    let verifier = IdTokenVerifier::<CoreJsonWebKey>::new_public_client(
        ClientId::new(expected.client_id.to_owned()),
        IssuerUrl::new(issuer.clone()).map_err(|_| Disbelief::Refused("its issuer is no address".to_owned()))?,
        keys_of(keys, &issuer)?,
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || now - SKEW)
    .set_issue_time_verifier_fn(move |issued| {
        if issued > now + SKEW {
            Err("it was issued in the future".to_owned())
        } else if issued < now - OLDEST {
            Err("it was issued too long ago".to_owned())
        } else {
            Ok(())
        }
    });
    let claims = parsed
        .into_claims(&verifier, &Nonce::new(expected.nonce.to_owned()))
        .map_err(disbelief)?;
    let extra = claims.additional_claims();
    if extra.nbf.is_some_and(|start| start > (now + SKEW).timestamp()) {
        return Err(Disbelief::Refused("it does not hold yet".to_owned()));
    }
    if claims
        .authorized_party()
        .is_some_and(|party| party.as_str() != expected.client_id)
    {
        return Err(Disbelief::Refused("it was made for another application".to_owned()));
    }
    Ok(Told {
        issuer,
        subject: claims.subject().as_str().to_owned(),
        tenant: extra.tid.clone(),
        object: extra.oid.clone(),
        username: claims.preferred_username().map(|name| name.as_str().to_owned()),
        principal: extra.upn.clone(),
        email: claims.email().map(|email| email.as_str().to_owned()),
        email_verified: claims.email_verified().unwrap_or(false),
        name: claims
            .name()
            .and_then(|name| name.get(None))
            .map(|name| name.as_str().to_owned()),
    })
}

/// The tenant that the token claims; believed only when issuer and signature, which depend on it, have been checked.
fn claimed_tenant(token: &str) -> Result<String, Disbelief> {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let refused = || Disbelief::Refused("it names no tenant".to_owned());
    let payload = token.split('.').nth(1).ok_or_else(refused)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| refused())?;
    let extra: Extra = serde_json::from_slice(&bytes).map_err(|_| refused())?;
    let tenant = extra.tid.ok_or_else(refused)?;
    // It becomes part of an address.
    let plain = tenant.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if plain && tenant.len() == 36 {
        Ok(tenant)
    } else {
        Err(refused())
    }
}

/// The issuer's keys. Where a key says whose it is, as Entra's do, it signs for no other tenant.
fn keys_of(keys: &Value, issuer: &str) -> Result<CoreJsonWebKeySet, Disbelief> {
    let tenant = issuer.rsplit('/').nth(1).unwrap_or_default();
    let own: Vec<&Value> = keys
        .get("keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|key| {
            key.get("issuer")
                .and_then(Value::as_str)
                .is_none_or(|whose| whose.replace(TENANT, tenant) == issuer)
        })
        .collect();
    serde_json::from_value(serde_json::json!({ "keys": own }))
        .map_err(|_| Disbelief::Refused("the issuer's keys cannot be read".to_owned()))
}

fn disbelief(error: ClaimsVerificationError) -> Disbelief {
    let text = match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            return Disbelief::UnknownKey;
        }
        ClaimsVerificationError::Expired(_) => "it has expired, or was issued at another time. Check the clocks",
        ClaimsVerificationError::InvalidAudience(_) => "it was made for another application",
        ClaimsVerificationError::InvalidIssuer(_) => "another issuer made it",
        ClaimsVerificationError::InvalidNonce(_) => "it belongs to another sign-in",
        ClaimsVerificationError::SignatureVerification(_) => "its signature does not hold",
        _ => "it is not as it has to be",
    };
    Disbelief::Refused(text.to_owned())
}

#[cfg(test)]
mod tests;
