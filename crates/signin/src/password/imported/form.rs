//! The forms that hashes are stored in, each read into what it takes to check a password.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::work::{Bcrypt, Digest, FirebaseScrypt, Pbkdf2, Scrypt};
use super::{LONGEST_PART, Unimportable};

/// Systems differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(in crate::password) enum Imported {
    Bcrypt(Bcrypt),
    Scrypt(Scrypt),
    FirebaseScrypt(FirebaseScrypt),
    Pbkdf2(Pbkdf2),
}

type Read<T> = Result<T, Unimportable>;

impl Imported {
    /// Reads any form but argon2's own, which [`crate::password::argon`] reads.
    pub(in crate::password) fn read(text: &str) -> Read<Self> {
        let parts: Vec<&str> = text.split('$').collect();
        match parts.as_slice() {
            ["", "2a" | "2b" | "2y", _, _] => Bcrypt::new(text.to_owned(), false).map(Self::Bcrypt),
            ["bcrypt", rest @ ..] => Bcrypt::new(rest.join("$"), false).map(Self::Bcrypt),
            ["bcrypt_sha256", rest @ ..] => Bcrypt::new(rest.join("$"), true).map(Self::Bcrypt),
            ["", "scrypt", settings, salt, hash] => phc_scrypt(settings, salt, hash).map(Self::Scrypt),
            ["scrypt", blocks, salt, size, lanes, hash] => {
                django_scrypt(blocks, salt, size, lanes, hash).map(Self::Scrypt)
            }
            ["", "firebase-scrypt", settings, salt, hash] => {
                firebase_scrypt(settings, salt, hash).map(Self::FirebaseScrypt)
            }
            ["", digest, rounds, salt, hash] if digest.starts_with("pbkdf2") => {
                let digest = Digest::named(digest.trim_start_matches("pbkdf2").trim_start_matches('-'));
                let rounds = rounds.strip_prefix("i=").unwrap_or(rounds);
                // Some tell the result's length, which it has anyway.
                let rounds = number(rounds.split_once(",l=").map_or(rounds, |(rounds, _)| rounds))?;
                pbkdf2(digest, rounds, decoded(&salt.replace('.', "+"))?, hash).map(Self::Pbkdf2)
            }
            [digest, rounds, salt, hash] if digest.starts_with("pbkdf2_") => {
                let digest = Digest::named(digest.trim_start_matches("pbkdf2_"));
                pbkdf2(digest, number(rounds)?, salted(salt)?, hash).map(Self::Pbkdf2)
            }
            _ => Err(Unimportable::Unreadable),
        }
    }

    /// Whether the password, as it was typed, is the one.
    pub(in crate::password) fn is(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(hash) => hash.is(password),
            Self::Scrypt(hash) => hash.is(password),
            Self::FirebaseScrypt(hash) => hash.is(password),
            Self::Pbkdf2(hash) => hash.is(password),
        }
    }
}

/// `ln=14,r=8,p=1`
fn phc_scrypt(settings: &str, salt: &str, hash: &str) -> Read<Scrypt> {
    let [log_blocks, size, lanes] = named(settings, ["ln", "r", "p"])?;
    Scrypt::new(
        number(log_blocks)?,
        number(size)?,
        number(lanes)?,
        decoded(salt)?,
        decoded(hash)?,
    )
}

/// Django tells the number of blocks and not its logarithm, and takes the salt's text as it stands.
fn django_scrypt(blocks: &str, salt: &str, size: &str, lanes: &str, hash: &str) -> Read<Scrypt> {
    let blocks: u32 = number(blocks)?;
    if !blocks.is_power_of_two() {
        return Err(Unimportable::Unreadable);
    }
    Scrypt::new(
        blocks.trailing_zeros(),
        number(size)?,
        number(lanes)?,
        salted(salt)?,
        decoded(hash)?,
    )
}

/// `ln=14,r=8,p=1,sep=Bw==,key=…`: the project's salt separator and signer key stand with each hash, so that one string is
/// all that is needed, as of every other form.
fn firebase_scrypt(settings: &str, salt: &str, hash: &str) -> Read<FirebaseScrypt> {
    let [log_blocks, size, lanes, separator, key] = named(settings, ["ln", "r", "p", "sep", "key"])?;
    let mut salt = decoded(salt)?;
    salt.extend(decoded(separator)?);
    let derived = Scrypt::new(
        number(log_blocks)?,
        number(size)?,
        number(lanes)?,
        salt,
        vec![0; FirebaseScrypt::KEY],
    )?;
    FirebaseScrypt::new(derived, decoded(key)?, decoded(hash)?)
}

fn pbkdf2(digest: Option<Digest>, rounds: u32, salt: Vec<u8>, hash: &str) -> Read<Pbkdf2> {
    let digest = digest.ok_or(Unimportable::Unreadable)?;
    Pbkdf2::new(digest, rounds, salt, decoded(&hash.replace('.', "+"))?)
}

/// The values of `name=value,…`, which must be just these, in this order.
fn named<'a, const N: usize>(settings: &'a str, names: [&str; N]) -> Read<[&'a str; N]> {
    let values: Option<Vec<&str>> = settings
        .splitn(N, ',')
        .zip(names)
        .map(|(setting, name)| setting.strip_prefix(name)?.strip_prefix('='))
        .collect();
    values
        .and_then(|values| values.try_into().ok())
        .ok_or(Unimportable::Unreadable)
}

fn number<N: std::str::FromStr>(text: &str) -> Read<N> {
    let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if !digits {
        return Err(Unimportable::Unreadable);
    }
    // Digits that fit into no number are more than any cap.
    text.parse().map_err(|_| Unimportable::TooCostly)
}

fn salted(text: &str) -> Read<Vec<u8>> {
    if text.len() > LONGEST_PART {
        return Err(Unimportable::Unreadable);
    }
    Ok(text.as_bytes().to_vec())
}

fn decoded(text: &str) -> Read<Vec<u8>> {
    if text.len() > LONGEST_PART * 4 / 3 + 4 {
        return Err(Unimportable::Unreadable);
    }
    BASE64.decode(text).map_err(|_| Unimportable::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn opens(hash: &str, password: &str) {
        let imported = Imported::read(hash).unwrap_or_else(|error| panic!("{hash}: {error}"));
        assert!(imported.is(password.as_bytes()), "{hash}");
        assert!(!imported.is(format!("{password}z").as_bytes()), "{hash}");
        assert!(!imported.is(b""), "{hash}");
    }

    fn base64(hex: &str) -> String {
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        BASE64.encode(bytes)
    }

    /// The reference implementation's own vector, and others that glibc's crypt made.
    #[test]
    fn bcrypt_opens() {
        opens("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U");
        opens(
            "$2b$04$CCCCCCCCCCCCCCCCCCCCC.gkH6UnjS0HnlIFKPrxOxecnCGXTwVua",
            "lètmein",
        );
        opens(
            "$2y$04$CCCCCCCCCCCCCCCCCCCCC.gkH6UnjS0HnlIFKPrxOxecnCGXTwVua",
            "lètmein",
        );
    }

    /// RFC 7914, section 12, and Python's own scrypt.
    #[test]
    fn scrypt_opens() {
        let hash = base64(
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
        );
        let salt = BASE64.encode("SodiumChloride");
        opens(&format!("$scrypt$ln=14,r=8,p=1${salt}${hash}"), "pleaseletmein");
        opens(
            "$scrypt$ln=10,r=8,p=1$c2Vhc2FsdA$+qO2jTkVUbPNlniTkHY96ldSJKs4U0WQif8UbWlfO3w",
            "lètmein",
        );
    }

    /// RFC 6070 for SHA-1, RFC 7914, section 11, for SHA-256, Python's own for SHA-512.
    #[test]
    fn pbkdf2_opens_as_it_is_stored_by_several_programs() {
        let (salt, hash) = (
            BASE64.encode("salt"),
            base64("4b007901b765489abead49d926f721d065a429c1"),
        );
        opens(&format!("$pbkdf2$4096${salt}${hash}"), "password");
        opens(&format!("$pbkdf2-sha1$i=4096${salt}${hash}"), "password");
        let (salt, hash) = (
            BASE64.encode("NaCl"),
            base64(
                "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
            ),
        );
        opens(&format!("$pbkdf2-sha256$i=80000${salt}${hash}"), "Password");
        opens(&format!("$pbkdf2-sha256$i=80000,l=64${salt}${hash}"), "Password");
        opens(
            "$pbkdf2-sha512$1000$c2Vhc2FsdA$MvpYzRb9t8IHUO1U7cCcGPfI.JLcFRBOUbkty.vHmXzMoGO3EGn5ZDxFwkkOHVT55Elz3Qczs2.FNpDKUjv/RA",
            "lètmein",
        );
    }

    /// From its own tests where they have a fixed result; the bcrypt one is glibc's, of the hexadecimal SHA-256.
    #[test]
    fn djangos_forms_open() {
        opens(
            "pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
            "lètmein",
        );
        opens("pbkdf2_sha1$1000$seasalt$ljleU4wBmTtz/MoG5YTwxpM0d7I=", "lètmein");
        opens(
            "bcrypt_sha256$$2b$04$CCCCCCCCCCCCCCCCCCCCC.3TTwpC5Bwj7ds9p/UadWA7yfctaiUsS",
            "lètmein",
        );
        opens(
            "bcrypt$$2b$04$CCCCCCCCCCCCCCCCCCCCC.gkH6UnjS0HnlIFKPrxOxecnCGXTwVua",
            "lètmein",
        );
        opens(
            "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==",
            "lètmein",
        );
    }

    /// The example that Firebase publishes with its utility.
    #[test]
    fn firebases_scrypt_opens() {
        opens(
            "$firebase-scrypt$ln=14,r=8,p=1,sep=Bw==,key=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
            "user1password",
        );
    }

    #[test]
    fn what_would_cost_too_much_is_refused_before_any_work() {
        let key = "A".repeat(86);
        for hash in [
            "$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "bcrypt_sha256$$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$scrypt$ln=18,r=8,p=1$c2FsdHNhbHQ$+qO2jTkVUbPNlniTkHY96ldSJKs4U0WQif8UbWlfO3w",
            "$scrypt$ln=63,r=4294967295,p=4294967295$c2FsdHNhbHQ$+qO2jTkVUbPNlniTkHY96ldSJKs4U0WQif8UbWlfO3w",
            "$scrypt$ln=10,r=8,p=1024$c2FsdHNhbHQ$+qO2jTkVUbPNlniTkHY96ldSJKs4U0WQif8UbWlfO3w",
            "scrypt$2147483648$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==",
            "pbkdf2_sha256$4000000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
            "pbkdf2_sha256$99999999999999999999$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
            &format!("$firebase-scrypt$ln=20,r=8,p=1,sep=Bw==,key={key}$42xEC+ixf3L2lw==${key}"),
        ] {
            assert_eq!(Imported::read(hash).err(), Some(Unimportable::TooCostly), "{hash}");
        }
    }

    #[test]
    fn what_is_no_hash_or_an_unsafe_one_is_refused() {
        let long = "A".repeat(1_000);
        for hash in [
            "",
            "!",
            "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3",
            "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8",
            "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC",
            "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "bcrypt$",
            "$scrypt$ln=1$YWJj$YWJj",
            "$scrypt$r=8,ln=10,p=1$c2Vhc2FsdA$+qO2jTkVUbPNlniTkHY96ldSJKs4U0WQif8UbWlfO3w",
            "$scrypt$ln=10,r=8,p=1$c2Vhc2FsdA$",
            "$scrypt$ln=10,r=0,p=1$c2Vhc2FsdA$+qO2jTkVUbPNlniTkHY96ldSJKs4U0WQif8UbWlfO3w",
            "scrypt$16383$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==",
            "pbkdf2_md5$1000$seasalt$ljleU4wBmTtz/MoG5YTwxpM0d7I=",
            "pbkdf2_sha256$0$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
            "pbkdf2_sha256$-1$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
            "pbkdf2_sha256$1000$seasalt$YQ==",
            &format!("pbkdf2_sha256$1000$seasalt${long}"),
            &format!("pbkdf2_sha256$1000${long}$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c="),
            "$firebase-scrypt$ln=14,r=8,p=1,sep=Bw==,key=AAAA$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        ] {
            assert_eq!(Imported::read(hash).err(), Some(Unimportable::Unreadable), "{hash}");
        }
    }
}
