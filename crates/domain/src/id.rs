//! Ids are kinds: `MemberId` cannot be passed where an `AccountId` is wanted. Inside a UUIDv7 (RFC 9562), outside a
//! TypeID: the kind's prefix, `_`, and 26 characters of lower-case Crockford base32.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::Timestamp;

/// What all kinds of id have in common.
pub trait Id: Copy + Eq + fmt::Display + FromStr<Err = NotAnId> + Send + Sync + 'static {
    const PREFIX: &'static str;

    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;

    /// A new id (UUIDv7): sorts by `now`, and cannot be guessed because of `entropy`.
    fn new(now: Timestamp, mut entropy: [u8; 10]) -> Self {
        let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
        // The first 12 bits say which part of the millisecond it was (RFC 9562 §6.2, method 3): lists that are ordered by
        // id, the audit log above all, keep the order in which things happened.
        let part = u16::try_from(now.micros().rem_euclid(1_000) * 4_096 / 1_000).unwrap_or(0);
        [entropy[0], entropy[1]] = part.to_be_bytes();
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?} is no id of the form {prefix}_…")]
pub struct NotAnId {
    prefix: &'static str,
    text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $kind:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $kind(Uuid);

        impl Id for $kind {
            const PREFIX: &'static str = $prefix;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!($prefix, "_"))?;
                out.write_str(std::str::from_utf8(&encode(self.0)).unwrap_or_default())
            }
        }

        impl fmt::Debug for $kind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }

        impl FromStr for $kind {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or_else(|| NotAnId { prefix: $prefix, text: text.chars().take(64).collect() })
            }
        }

        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

ids! {
    AccountId = "acc";
    /// An address that an account is to have.
    EmailChangeId = "emc";
    EventId = "evt";
    GroupId = "grp";
    /// An account elsewhere that signs somebody in.
    IdentityId = "idn";
    /// This installation.
    InstanceId = "ins";
    InvitationId = "inv";
    JobId = "job";
    /// A membership: an account in an organization.
    MemberId = "mem";
    /// A mail that only tells something.
    NoticeId = "ntc";
    OrganizationId = "org";
    /// A new password that was asked for and not mailed yet.
    PasswordResetId = "pwr";
    PasskeyId = "pky";
    ProjectId = "prj";
    RoleId = "rol";
    ServiceAccountId = "svc";
    SessionId = "ses";
    /// Signing up, until the mailbox answered.
    SignUpId = "sup";
    SignupDomainId = "dom";
    TokenId = "tok";
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(uuid: Uuid) -> [u8; 26] {
    let mut value = uuid.as_u128();
    let mut digits = [0; 26];
    for digit in digits.iter_mut().rev() {
        // The last byte is the number modulo 256.
        *digit = ALPHABET[usize::from(value.to_le_bytes()[0] & 31)];
        value >>= 5;
    }
    digits
}

fn decode(text: &str) -> Option<Uuid> {
    // 26 characters hold 130 bits: a first one above 7 would overflow.
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    let value = text.bytes().try_fold(0_u128, |value, byte| {
        let digit = DIGITS[usize::from(byte)];
        (digit != NO_DIGIT).then_some(value << 5 | u128::from(digit))
    })?;
    Some(Uuid::from_u128(value))
}

const NO_DIGIT: u8 = 0xff;

/// What each byte stands for: ids are read with every access check.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut digit = 0_u8;
    while (digit as usize) < ALPHABET.len() {
        digits[ALPHABET[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_typeid_and_reads_back() {
        // The pair is the TypeID specification's own example.
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let id = MemberId::from_uuid(uuid);
        assert_eq!(id.to_string(), "mem_01h455vb4pex5vsknk084sn02q");
        assert_eq!(id.to_string().parse::<MemberId>().unwrap(), id);
    }

    #[test]
    fn an_id_of_another_kind_or_with_other_letters_is_refused() {
        for text in [
            "acc_01h455vb4pex5vsknk084sn02q",
            "mem_81h455vb4pex5vsknk084sn02q",
            "mem_",
            "mem_é1h455vb4pex5vsknk084sn02",
            "",
        ] {
            assert!(text.parse::<MemberId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_later_id_sorts_after_an_earlier_one() {
        let earlier = MemberId::new(Timestamp::from_micros(1_000_000), [255; 10]);
        let later = MemberId::new(Timestamp::from_micros(1_000_001), [0; 10]);
        assert!(earlier < later && earlier.to_string() < later.to_string());
    }
}
