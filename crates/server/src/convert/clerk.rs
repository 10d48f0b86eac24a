//! Clerk: users as CSV, as its dashboard exports them, or the same fields as a JSON array.

use std::io::{BufRead, Write};

use domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::person::Person;
use super::{LeftOut, Lines, Unreadable, array, hash};

const PRODUCT: &str = "Clerk";

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    #[serde(alias = "email")]
    primary_email_address: Option<String>,
    verified_email_addresses: Several,
    unverified_email_addresses: Several,
    primary_phone_number: Option<String>,
    verified_phone_numbers: Several,
    totp_secret: Option<String>,
    password_digest: Option<String>,
    password_hasher: Option<String>,
    banned: Option<Value>,
    locked: Option<Value>,
    created_at: Option<Value>,
    public_metadata: Option<Value>,
    private_metadata: Option<Value>,
    unsafe_metadata: Option<Value>,
    external_accounts: Option<Value>,
}

/// A list as JSON, or a text with separators as CSV has it.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Several(Value);

impl Several {
    fn all(&self) -> Vec<String> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            // A phone number without its + looks like a number.
            other => other.to_string(),
        };
        let texts: Vec<String> = match &self.0 {
            Value::Array(list) => list.iter().map(text).collect(),
            one => text(one).split(['|', ',', ';']).map(str::to_owned).collect(),
        };
        let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
        texts.map(str::to_owned).collect()
    }
}

pub fn read<W: Write, T: FnMut(LeftOut)>(mut input: impl BufRead, lines: &mut Lines<W, T>) -> Result<(), Unreadable> {
    if array::begins(&mut input)? {
        return array::read(PRODUCT, input, |user, place| lines.person(taken(user, place)));
    }
    read_csv(input, lines)
}

fn read_csv<W: Write, T: FnMut(LeftOut)>(input: impl BufRead, lines: &mut Lines<W, T>) -> Result<(), Unreadable> {
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let headings = rows
        .headers()
        .map_err(|error| Unreadable::form(PRODUCT, error))?
        .clone();
    let known = |name: &str| {
        headings
            .iter()
            .any(|heading| heading.trim_start_matches('\u{feff}') == name)
    };
    if !known("primary_email_address") && !known("username") {
        return Err(Unreadable::form(
            PRODUCT,
            "its first line names neither primary_email_address nor username",
        ));
    }
    let mut row = csv::StringRecord::new();
    loop {
        let place = rows.position().line();
        match rows.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => match row.deserialize::<User>(Some(&headings)) {
                Ok(user) => lines.person(taken(user, place))?,
                Err(error) => lines.leave_out(unreadable(place, &error)),
            },
            Err(error) if error.is_io_error() => return Err(Unreadable::form(PRODUCT, error)),
            Err(error) => lines.leave_out(unreadable(place, &error)),
        }
    }
}

fn unreadable(place: u64, error: &csv::Error) -> LeftOut {
    LeftOut {
        place,
        who: String::new(),
        what: "the whole row".to_owned(),
        why: format!("It cannot be read: {error}."),
    }
}

fn taken(user: User, place: u64) -> Person {
    let verified = user.verified_email_addresses.all();
    let unverified = user.unverified_email_addresses.all();
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let email = filled(user.primary_email_address).or_else(|| verified.first().or(unverified.first()).cloned());
    let mut person = Person {
        place,
        email_verified: email.as_ref().is_some_and(|email| has(&verified, email)),
        username: filled(user.username),
        name: filled(Some(
            [user.first_name, user.last_name]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        )),
        phone: filled(user.primary_phone_number).or_else(|| user.verified_phone_numbers.all().into_iter().next()),
        created_at: user.created_at.as_ref().and_then(time),
        disabled: [&user.banned, &user.locked]
            .into_iter()
            .any(is_true)
            .then_some("Banned or locked where they came from"),
        hash: filled(user.password_digest)
            .map(|digest| written(&digest, user.password_hasher.as_deref().unwrap_or_default())),
        ..Person::default()
    };
    for other in verified.iter().chain(&unverified) {
        if email.as_ref().is_none_or(|email| !email.eq_ignore_ascii_case(other)) {
            person.leave_out(format!("e-mail address {other}"), "An account has one address here.");
        }
    }
    person.email = email;
    if filled(user.totp_secret).is_some() {
        person.leave_out(
            "authenticator app",
            "A secret that was exported is none any more; the app is enrolled anew.",
        );
    }
    let metadata = [&user.public_metadata, &user.private_metadata, &user.unsafe_metadata];
    if metadata.into_iter().any(has_something) {
        person.leave_out("metadata", "Roster keeps no fields of an application's own.");
    }
    if has_something(&user.external_accounts) {
        person.leave_out(
            "accounts elsewhere",
            "An account elsewhere is connected by its owner, in their profile.",
        );
    }
    person
}

fn has(all: &[String], one: &str) -> bool {
    all.iter().any(|other| other.eq_ignore_ascii_case(one))
}

fn is_true(value: &Option<Value>) -> bool {
    matches!(value, Some(Value::Bool(true))) || matches!(value, Some(Value::String(text)) if text == "true")
}

fn has_something(value: &Option<Value>) -> bool {
    match value {
        Some(Value::Object(fields)) => !fields.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::String(text)) => !matches!(text.trim(), "" | "{}" | "[]"),
        _ => false,
    }
}

/// Milliseconds, or a text.
fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => Some(Timestamp::from_micros(number.as_i64()?.checked_mul(1_000)?)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn written(digest: &str, hasher: &str) -> hash::Hash {
    let digest = digest.trim();
    let parts: Vec<&str> = digest.split('$').collect();
    match (hasher, parts.as_slice()) {
        // Each of them one string with everything in it.
        ("bcrypt" | "bcrypt_sha256_django" | "argon2i" | "argon2id" | "pbkdf2_sha256_django", _) => {
            Ok(digest.to_owned())
        }
        ("pbkdf2_sha256", ["pbkdf2_sha256", rounds, salt, hash]) => Ok(hash::pbkdf2(
            "sha256",
            number(rounds)?,
            &hash::from_base64(salt)?,
            &hash::from_base64(hash)?,
        )),
        // Its salt counts as it stands.
        ("pbkdf2_sha1", ["pbkdf2_sha1", rounds, salt, hash]) => Ok(hash::pbkdf2(
            "sha1",
            number(rounds)?,
            salt.as_bytes(),
            &hash::from_hex(hash)?,
        )),
        ("scrypt_firebase", [hash, salt, key, separator, rounds, cost]) => {
            Ok(hash::firebase_scrypt(salt, hash, key, separator, rounds, cost))
        }
        ("scrypt_werkzeug", [settings, salt, hash]) => werkzeug(settings, salt, hash),
        ("", _) => Err("The export does not say by what it was hashed.".to_owned()),
        ("pbkdf2_sha256" | "pbkdf2_sha1" | "scrypt_firebase" | "scrypt_werkzeug", _) => {
            Err(format!("It is not of the form that {hasher} has."))
        }
        (other, _) => Err(hash::unknown(other)),
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "Its rounds are no number.".to_owned())
}

/// `scrypt:32768:8:1`, the salt as it stands, the hash in hexadecimal.
fn werkzeug(settings: &str, salt: &str, hash: &str) -> hash::Hash {
    let numbers: Option<Vec<u64>> = settings
        .strip_prefix("scrypt:")
        .map(|rest| rest.split(':').filter_map(|number| number.parse().ok()).collect());
    match numbers.as_deref() {
        Some([blocks, size, lanes]) => hash::scrypt(*blocks, *size, *lanes, salt.as_bytes(), &hash::from_hex(hash)?),
        _ => Err("Its settings are not of the form scrypt:N:r:p.".to_owned()),
    }
}
