//! What a realm's users prove by who they are.

use serde::Deserialize;
use serde_json::Value;

use super::super::hash::{self, Argon2, Hash};
use super::super::person::Person;

/// In today's form two texts of JSON; in that of old versions fields beside.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Credential {
    #[serde(rename = "type")]
    kind: String,
    secret_data: Option<String>,
    credential_data: Option<String>,
    temporary: Option<bool>,
    hashed_salted_value: Option<String>,
    salt: Option<String>,
    hash_iterations: Option<u64>,
    algorithm: Option<String>,
    /// Where a file for an import was written by hand.
    value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Secret {
    value: String,
    salt: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Data {
    hash_iterations: u64,
    algorithm: String,
    additional_parameters: Value,
}

/// The password, and word of everything else.
pub fn take(credentials: Vec<Credential>, must_change: bool, person: &mut Person) {
    for credential in credentials {
        match credential.kind.as_str() {
            "password" if person.hash.is_some() => {}
            "password" if must_change || credential.temporary == Some(true) => {
                person.hash = Some(Err("It had to be changed at the next sign-in.".to_owned()));
            }
            "password" => person.hash = Some(written(&credential)),
            "password-history" => {}
            "otp" | "totp" | "hotp" => person.leave_out(
                "authenticator app",
                "A secret that was exported is none any more; the app is enrolled anew.",
            ),
            "webauthn" | "webauthn-passwordless" => person.leave_out(
                "passkey",
                "It is bound to the address it was made for; a new one is made here.",
            ),
            "recovery-authn-codes" => person.leave_out("recovery codes", "They come with a second factor, anew."),
            other => person.leave_out(format!("credential {other}"), "Roster has no such way to sign in."),
        }
    }
}

fn written(credential: &Credential) -> Hash {
    if credential.value.is_some() {
        return Err("The file has it in plain text, which is never taken.".to_owned());
    }
    let (secret, data) = parts(credential)?;
    let (salt, value) = (hash::from_base64(&secret.salt)?, hash::from_base64(&secret.value)?);
    let rounds = data.hash_iterations;
    match data.algorithm.as_str() {
        "pbkdf2" => Ok(hash::pbkdf2("sha1", rounds, &salt, &value)),
        "pbkdf2-sha256" => Ok(hash::pbkdf2("sha256", rounds, &salt, &value)),
        "pbkdf2-sha512" => Ok(hash::pbkdf2("sha512", rounds, &salt, &value)),
        "argon2" => argon2(&data, &salt, &value),
        other => Err(hash::unknown(other)),
    }
}

fn parts(credential: &Credential) -> Result<(Secret, Data), String> {
    if let (Some(secret), Some(data)) = (&credential.secret_data, &credential.credential_data) {
        let unreadable = |error: serde_json::Error| format!("Its credential cannot be read: {error}.");
        return Ok((
            serde_json::from_str(secret).map_err(unreadable)?,
            serde_json::from_str(data).map_err(unreadable)?,
        ));
    }
    let missing = || "The export has no hash of it. Export the realm on its server, with users.".to_owned();
    let secret = Secret {
        value: credential.hashed_salted_value.clone().ok_or_else(missing)?,
        salt: credential.salt.clone().ok_or_else(missing)?,
    };
    let data = Data {
        hash_iterations: credential.hash_iterations.ok_or_else(missing)?,
        algorithm: credential.algorithm.clone().unwrap_or_else(|| "pbkdf2".to_owned()),
        additional_parameters: Value::Null,
    };
    Ok((secret, data))
}

fn argon2(data: &Data, salt: &[u8], hash: &[u8]) -> Hash {
    let parameter = |name: &str| {
        let value = data.additional_parameters.get(name)?;
        value
            .as_array()
            .and_then(|values| values.first())
            .or(Some(value))?
            .as_str()
    };
    let number = |name: &str| {
        let value = parameter(name).and_then(|text| text.parse().ok());
        value.ok_or_else(|| format!("Its credential does not tell argon2's {name}."))
    };
    match parameter("version") {
        None | Some("1.3") => {}
        Some(other) => {
            return Err(format!(
                "It was made by version {other} of argon2, which Roster does not check."
            ));
        }
    }
    let kind = match parameter("type") {
        None => "id",
        Some(kind @ ("id" | "i" | "d")) => kind,
        Some(other) => return Err(hash::unknown(&format!("argon2{other}"))),
    };
    let argon2 = Argon2 {
        kind,
        memory_kib: number("memory")?,
        passes: data.hash_iterations,
        lanes: number("parallelism")?,
        salt,
        hash,
    };
    Ok(argon2.written())
}
