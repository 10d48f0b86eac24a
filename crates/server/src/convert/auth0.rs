//! Auth0: users as JSON, one to a line as its export writes them, or as the array that its import reads; the file of hashes
//! that its support hands out is read alike.

use std::io::{BufRead, Write};

use domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::person::Person;
use super::{LeftOut, Lines, Unreadable, array, hash, next_line};

const PRODUCT: &str = "Auth0";

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: Option<String>,
    email: Option<String>,
    email_verified: bool,
    given_name: Option<String>,
    family_name: Option<String>,
    name: Option<String>,
    phone_number: Option<String>,
    blocked: bool,
    created_at: Option<Value>,
    identities: Vec<Identity>,
    mfa_factors: Vec<Value>,
    multifactor: Vec<Value>,
    app_metadata: Option<Value>,
    user_metadata: Option<Value>,
    password_hash: Option<String>,
    /// In the file of hashes.
    #[serde(rename = "passwordHash")]
    hash_of_support: Option<String>,
    custom_password_hash: Option<CustomHash>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Identity {
    provider: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CustomHash {
    algorithm: String,
    hash: Encoded,
    salt: Option<Encoded>,
    password: Option<Value>,
    keylen: Option<u64>,
    cost: Option<u64>,
    #[serde(rename = "blockSize")]
    block_size: Option<u64>,
    parallelization: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Encoded {
    value: String,
    encoding: Option<String>,
}

impl Encoded {
    fn bytes(&self) -> Result<Vec<u8>, String> {
        match self.encoding.as_deref().unwrap_or("utf8") {
            "base64" => hash::from_base64(&self.value),
            "hex" => hash::from_hex(&self.value),
            "utf8" => Ok(self.value.as_bytes().to_vec()),
            other => Err(format!(
                "Its hash or salt is encoded as {other:?}, which is not known here."
            )),
        }
    }
}

pub fn read<W: Write, T: FnMut(LeftOut)>(mut input: impl BufRead, lines: &mut Lines<W, T>) -> Result<(), Unreadable> {
    if array::begins(&mut input)? {
        return array::read(PRODUCT, input, |user, place| lines.person(taken(user, place)));
    }
    let mut line = Vec::new();
    let mut place = 0;
    let mut any = false;
    while next_line(&mut input, &mut line)?.is_some() {
        place += 1;
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<User>(text) {
            Ok(user) => {
                any = true;
                lines.person(taken(user, place))?;
            }
            // Nothing was good so far: it is another file altogether.
            Err(error) if !any => {
                let why = format!("line {place} is no user as JSON ({error}). It takes one user to a line");
                return Err(Unreadable::form(PRODUCT, why));
            }
            Err(error) => lines.leave_out(LeftOut {
                place,
                who: String::new(),
                what: "the whole line".to_owned(),
                why: format!("It is no user as JSON: {error}."),
            }),
        }
    }
    Ok(())
}

fn taken(user: User, place: u64) -> Person {
    let mut person = Person {
        place,
        email_verified: user.email_verified,
        name: name(&user),
        username: user.username,
        email: user.email,
        phone: user.phone_number,
        created_at: user.created_at.as_ref().and_then(time),
        disabled: user.blocked.then_some("Blocked where they came from"),
        ..Person::default()
    };
    let hash = user.password_hash.or(user.hash_of_support);
    person.hash = match (hash, user.custom_password_hash) {
        (Some(hash), _) => Some(Ok(hash)),
        (None, Some(custom)) => Some(written(&custom)),
        (None, None) => None,
    };
    for provider in user.identities.iter().map(|identity| identity.provider.as_str()) {
        if !matches!(provider, "" | "auth0") {
            person.leave_out(
                format!("identity at {provider}"),
                "An account elsewhere is connected by its owner, in their profile.",
            );
        }
    }
    if !user.mfa_factors.is_empty() || !user.multifactor.is_empty() {
        person.leave_out(
            "second factors",
            "Their secrets stay where they are; they are enrolled anew.",
        );
    }
    for (what, value) in [
        ("app_metadata", user.app_metadata),
        ("user_metadata", user.user_metadata),
    ] {
        if value.is_some_and(|value| value.as_object().is_some_and(|fields| !fields.is_empty())) {
            person.leave_out(what, "Roster keeps no fields of an application's own.");
        }
    }
    person
}

/// The parts go before the whole, which is the address where nothing else was told.
fn name(user: &User) -> Option<String> {
    let parts = [&user.given_name, &user.family_name].into_iter().flatten();
    let joined = parts.map(|part| part.trim()).filter(|part| !part.is_empty());
    let joined = joined.collect::<Vec<_>>().join(" ");
    if !joined.is_empty() {
        return Some(joined);
    }
    user.name.clone().filter(|name| user.email.as_ref() != Some(name))
}

/// As a text, or as the file of hashes writes times.
fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str().or_else(|| value.get("$date")?.as_str())?;
    text.parse().ok()
}

fn written(custom: &CustomHash) -> hash::Hash {
    if custom.password.is_some() {
        return Err("Its hash is made of the password and more, which Roster does not check.".to_owned());
    }
    let salt = || {
        let salt = custom.salt.as_ref().ok_or("Its salt is missing.".to_owned())?;
        salt.bytes()
    };
    match custom.algorithm.to_ascii_lowercase().as_str() {
        // Whole strings with everything in them.
        "bcrypt" | "argon2" | "pbkdf2" => Ok(custom.hash.value.clone()),
        "scrypt" => {
            let hash = custom.hash.bytes()?;
            if custom.keylen.is_some_and(|length| length != hash.len() as u64) {
                return Err("Its hash is not as long as its keylen says.".to_owned());
            }
            let cost = custom.cost.unwrap_or(16_384);
            let (size, lanes) = (custom.block_size.unwrap_or(8), custom.parallelization.unwrap_or(1));
            hash::scrypt(cost, size, lanes, &salt()?, &hash)
        }
        other => Err(hash::unknown(other)),
    }
}
