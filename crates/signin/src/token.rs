//! Secrets that are carried instead of a password: by programs, by sessions, by mailed links. All are 256 random bits, so
//! a plain SHA-256 is enough to store them by: a stolen database lets nobody in, and there is nothing to guess.

mod base62;
mod crc32;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Whose secret it is; the second part of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Session,
    Personal,
    Service,
    Project,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Session, Self::Personal, Self::Service, Self::Project];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Personal => "personal",
            Self::Service => "service",
            Self::Project => "project",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// `roster_{kind}_{43 characters}{6 of checksum}`: known at sight by scanners, and told from a typing error without
/// asking the database.
pub struct Secret {
    kind: Kind,
    text: SecretString,
}

impl Secret {
    pub fn from_entropy(kind: Kind, bytes: [u8; 32]) -> Self {
        let body = format!("roster_{}_{}", kind.name(), base62::encode(&bytes));
        let checksum = checksum(&body);
        Self {
            kind,
            text: SecretString::from(body + &checksum),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.strip_prefix("roster_")?.split_once('_')?;
        let kind = Kind::parse(kind)?;
        base62::decode(rest.get(..base62::OF_256_BITS)?)?;
        let (body, given) = text.split_at_checked(text.len().checked_sub(base62::OF_32_BITS)?)?;
        let whole = rest.len() == base62::OF_256_BITS + base62::OF_32_BITS && checksum(body) == given;
        whole.then(|| Self {
            kind,
            text: SecretString::from(text),
        })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What is stored and looked up. It covers the kind: a secret of one kind is never found as another.
    pub fn hash(&self) -> [u8; 32] {
        Self::hash_of(self.expose())
    }

    /// The same of a text that may be none: whoever knows the hash of a secret need not read its letters again.
    pub fn hash_of(text: &str) -> [u8; 32] {
        Sha256::digest(text.as_bytes()).into()
    }

    /// The secret itself, to be shown once or sent back to its owner.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secret(roster_{}_…)", self.kind.name())
    }
}

fn checksum(body: &str) -> String {
    base62::encode_u32(crc32::of(body.as_bytes()))
}

/// The last segment of a one-time link.
pub struct LinkToken {
    bytes: [u8; 32],
    text: SecretString,
}

impl LinkToken {
    pub fn from_entropy(bytes: [u8; 32]) -> Self {
        Self {
            bytes,
            text: SecretString::from(URL_SAFE_NO_PAD.encode(bytes)),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        // 32 bytes are 43 characters; nothing longer is worth decoding.
        if text.len() != 43 {
            return None;
        }
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        Some(Self::from_entropy(bytes))
    }

    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.bytes).into()
    }

    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LinkToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn bytes(seed: u8) -> [u8; 32] {
        Sha256::digest([seed]).into()
    }

    #[test]
    fn a_secret_is_known_by_its_text_and_keeps_its_kind() {
        for kind in Kind::ALL {
            for entropy in [[0; 32], [0xff; 32], bytes(1)] {
                let secret = Secret::from_entropy(kind, entropy);
                let text = secret.expose();
                assert!(text.starts_with(&format!("roster_{}_", kind.name())));
                assert_eq!(text.rsplit('_').next().map(str::len), Some(49), "{text}");
                let parsed = Secret::parse(text).unwrap();
                assert_eq!(
                    (parsed.kind(), parsed.hash(), parsed.expose()),
                    (kind, secret.hash(), text)
                );
            }
        }
    }

    #[test]
    fn a_changed_letter_is_noticed_without_a_database() {
        let secret = Secret::from_entropy(Kind::Personal, bytes(2));
        let text = secret.expose();
        for at in 0..text.len() {
            let mut changed = text.to_owned();
            let other = if &text[at..=at] == "a" { "b" } else { "a" };
            changed.replace_range(at..=at, other);
            assert!(Secret::parse(&changed).is_none(), "{changed}");
        }
        let renamed = text.replacen("personal", "session", 1);
        assert!(Secret::parse(&renamed).is_none());
    }

    #[test]
    fn what_is_no_secret_is_none() {
        let text = Secret::from_entropy(Kind::Session, bytes(3)).expose().to_owned();
        let longer = format!("{text}a");
        let shorter = &text[..text.len() - 1];
        let accented = format!("roster_session_{}", "é".repeat(25));
        let cut_letter = format!("roster_session_{}é{}", "a".repeat(42), "a".repeat(5));
        let too_large = format!("roster_session_{}", "z".repeat(43));
        let too_large = format!("{too_large}{}", checksum(&too_large));
        for text in [
            "",
            "roster",
            "roster_",
            "roster_session_",
            "roster__",
            "Bearer x",
            &longer,
            shorter,
            &accented,
            &cut_letter,
            &too_large,
        ] {
            assert!(Secret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = Secret::from_entropy(Kind::Service, bytes(4));
        assert_eq!(format!("{secret:?}"), "Secret(roster_service_…)");
        assert_eq!(format!("{:?}", LinkToken::from_entropy(bytes(4))), "LinkToken(…)");
    }

    #[test]
    fn hashes_tell_kinds_and_secrets_apart() {
        let mut hashes: BTreeSet<[u8; 32]> = Kind::ALL.map(|kind| Secret::from_entropy(kind, bytes(5)).hash()).into();
        hashes.insert(LinkToken::from_entropy(bytes(5)).hash());
        hashes.insert(Secret::from_entropy(Kind::Session, bytes(6)).hash());
        assert_eq!(hashes.len(), Kind::ALL.len() + 2);
    }

    #[test]
    fn a_link_token_is_one_path_segment() {
        for seed in 0..50 {
            let token = LinkToken::from_entropy(bytes(seed));
            let text = token.expose();
            assert_eq!(text.len(), 43);
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            );
            assert_eq!(LinkToken::parse(text).unwrap().hash(), token.hash());
        }
        // The last character holds four bits of the token; one that says more is another spelling of the same bytes.
        for text in [
            "",
            "x",
            &"A".repeat(42),
            &"A".repeat(44),
            &format!("{}B", "A".repeat(42)),
            &format!("{}=", "A".repeat(42)),
            &"+".repeat(43),
        ] {
            assert!(LinkToken::parse(text).is_none(), "{text}");
        }
    }
}
