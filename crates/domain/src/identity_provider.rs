//! Who vouches for somebody who accepts an invitation: Roster itself, the system, an organization's own identity provider, one
//! of those that are known by name, or another issuer that the operator has configured.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityProvider {
    Any,
    Password,
    Pam,
    Saml,
    Google,
    Microsoft,
    Github,
    Bitbucket,
    /// By what the configuration calls it.
    Issuer(IssuerSlug),
}

impl IdentityProvider {
    /// Those that every instance knows by name.
    pub const KNOWN: &[Self] = &[
        Self::Any,
        Self::Password,
        Self::Pam,
        Self::Saml,
        Self::Google,
        Self::Microsoft,
        Self::Github,
        Self::Bitbucket,
    ];

    pub fn name(&self) -> &str {
        match self {
            Self::Any => "any",
            Self::Password => "password",
            Self::Pam => "pam",
            Self::Saml => "saml",
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Github => "github",
            Self::Bitbucket => "bitbucket",
            Self::Issuer(slug) => slug.as_str(),
        }
    }

    /// What is none of the known ones is the slug of an issuer, of which nobody says here whether it is configured.
    pub fn parse(text: &str) -> Option<Self> {
        let known = Self::KNOWN.iter().find(|known| known.name() == text);
        known.copied().or_else(|| IssuerSlug::parse(text).map(Self::Issuer))
    }

    /// Whether this instance can check such an identity by itself.
    pub const fn is_usable(&self) -> bool {
        matches!(self, Self::Any | Self::Password)
    }

    /// Whether it is somebody else who vouches for such an identity, on a round trip.
    pub const fn is_elsewhere(&self) -> bool {
        matches!(
            self,
            Self::Google | Self::Microsoft | Self::Github | Self::Bitbucket | Self::Issuer(_)
        )
    }

    pub fn label(&self) -> &str {
        match self {
            Self::Any => "Any",
            Self::Password => "Password",
            Self::Pam => "PAM",
            Self::Saml => "SAML",
            Self::Google => "Google",
            Self::Microsoft => "Microsoft Entra ID",
            Self::Github => "GitHub",
            Self::Bitbucket => "Bitbucket",
            Self::Issuer(slug) => slug.as_str(),
        }
    }
}

impl Serialize for IdentityProvider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for IdentityProvider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            let known: Vec<&str> = Self::KNOWN.iter().map(Self::name).collect();
            let known = known.join(", ");
            de::Error::custom(format!(
                "{text:?} is no identity provider: it takes {known}, or the slug of another issuer"
            ))
        })
    }
}

/// What the configuration calls an issuer: 2 to 40 letters a to z, digits and hyphens. Small enough to be copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IssuerSlug {
    letters: [u8; Self::LONGEST],
    length: usize,
}

impl IssuerSlug {
    pub const LONGEST: usize = 40;

    pub fn parse(text: &str) -> Option<Self> {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.len() < 2 || !text.bytes().all(is_letter) {
            return None;
        }
        let mut letters = [0; Self::LONGEST];
        letters.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self {
            letters,
            length: text.len(),
        })
    }

    pub fn as_str(&self) -> &str {
        let letters = self.letters.get(..self.length).unwrap_or_default();
        std::str::from_utf8(letters).unwrap_or_default()
    }
}

impl fmt::Debug for IssuerSlug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        for known in IdentityProvider::KNOWN {
            assert_eq!(IdentityProvider::parse(known.name()), Some(*known));
        }
        let okta = IdentityProvider::parse("acme-okta-2").unwrap();
        assert!(okta.is_elsewhere());
        assert_eq!((okta.name(), okta.label()), ("acme-okta-2", "acme-okta-2"));
        let written = serde_json::to_string(&okta).unwrap();
        assert_eq!(written, "\"acme-okta-2\"");
        assert_eq!(serde_json::from_str::<IdentityProvider>(&written).unwrap(), okta);
    }

    #[test]
    fn what_no_issuer_can_be_called_is_none() {
        for text in ["", "x", "Google", "two words", "söme", &"x".repeat(41)] {
            assert_eq!(IdentityProvider::parse(text), None, "{text}");
        }
        assert!(IssuerSlug::parse(&"x".repeat(40)).is_some());
    }
}
