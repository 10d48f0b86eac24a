//! Password hashes as other products store them, in the one string that Roster reads.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Products differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a hash cannot be written in a form that Roster reads.
pub type Hash = Result<String, String>;

pub fn unknown(algorithm: &str) -> String {
    format!(
        "It was hashed by {algorithm:?}, which Roster does not check: argon2, bcrypt, scrypt and PBKDF2 can be taken over."
    )
}

/// `digest` is `sha1`, `sha256` or `sha512`; salt and hash are bytes.
pub fn pbkdf2(digest: &str, rounds: u64, salt: &[u8], hash: &[u8]) -> String {
    format!(
        "$pbkdf2-{digest}$i={rounds}${}${}",
        BASE64.encode(salt),
        BASE64.encode(hash)
    )
}

pub struct Argon2<'a> {
    /// `i`, `d` or `id`
    pub kind: &'a str,
    pub memory_kib: u64,
    pub passes: u64,
    pub lanes: u64,
    pub salt: &'a [u8],
    pub hash: &'a [u8],
}

impl Argon2<'_> {
    /// Of version 1.3, which is 19 in hexadecimal 13.
    pub fn written(&self) -> String {
        format!(
            "$argon2{}$v=19$m={},t={},p={}${}${}",
            self.kind,
            self.memory_kib,
            self.passes,
            self.lanes,
            BASE64.encode(self.salt),
            BASE64.encode(self.hash)
        )
    }
}

/// `blocks` is scrypt's N, a power of two.
pub fn scrypt(blocks: u64, size: u64, lanes: u64, salt: &[u8], hash: &[u8]) -> Hash {
    if !blocks.is_power_of_two() {
        return Err(format!("Its cost {blocks} is no power of two, as scrypt's must be."));
    }
    Ok(format!(
        "$scrypt$ln={},r={size},p={lanes}${}${}",
        blocks.trailing_zeros(),
        BASE64.encode(salt),
        BASE64.encode(hash)
    ))
}

/// Firebase's own scrypt; everything but the numbers in base64.
pub fn firebase_scrypt(salt: &str, hash: &str, key: &str, separator: &str, rounds: &str, memory_cost: &str) -> String {
    format!("$firebase-scrypt$ln={memory_cost},r={rounds},p=1,sep={separator},key={key}${salt}${hash}")
}

pub fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    BASE64
        .decode(text.trim())
        .map_err(|_| "Its salt or hash is not written in base64.".to_owned())
}

pub fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let unreadable = || "Its salt or hash is not written in hexadecimal.".to_owned();
    let text = text.trim().as_bytes();
    if !text.len().is_multiple_of(2) {
        return Err(unreadable());
    }
    text.chunks_exact(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).map_err(|_| unreadable())?;
            u8::from_str_radix(pair, 16).map_err(|_| unreadable())
        })
        .collect()
}
