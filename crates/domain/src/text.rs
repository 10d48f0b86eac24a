//! What people type, parsed at the edge: below it only these types travel, and each is what its name says.

use std::fmt;

use serde::Serialize;

/// Why a text was not taken; reads as "… {problem}" beside the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

fn malformed<T>(problem: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed(problem.into()))
}

macro_rules! text_type {
    ($kind:ident) => {
        impl $kind {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl From<$kind> for String {
            fn from(text: $kind) -> Self {
                text.0
            }
        }
    };
}

/// An address as its owner writes it, the domain in its ASCII form (IDNA, UTS 46).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);
text_type!(EmailAddress);

impl EmailAddress {
    /// At most 254 characters (RFC 5321 §4.5.3.1.3).
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        let Some((local, domain)) = text.rsplit_once('@') else {
            return malformed("is no e-mail address: it needs a name, @ and a domain");
        };
        let Ok(domain) = idna::domain_to_ascii_strict(domain) else {
            return malformed("is no e-mail address: its domain is not valid");
        };
        let address = format!("{local}@{domain}");
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        // A quoted local part is legal and never meant; it is where header injection hides.
        if local.contains('"') || email_address::EmailAddress::parse_with_options(&address, options).is_err() {
            return malformed("is no e-mail address such as ada@example.com");
        }
        if address.len() > 254 {
            return malformed("is longer than the 254 characters an e-mail address may have");
        }
        Ok(Self(address))
    }

    /// What is unique: two addresses that differ only in case are one.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or(self.0.as_str(), |(local, _)| local)
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// A screen name. Keeps its case, is unique without it. One with `@` is an e-mail address, and must be the account's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Username(String);
text_type!(Username);

impl Username {
    pub const LONGEST: usize = 64;

    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if text.contains('@') {
            return match EmailAddress::parse(text) {
                Ok(email) => Ok(Self(email.0)),
                Err(_) => malformed("with @ must be an e-mail address"),
            };
        }
        if text.is_empty() {
            return malformed("must not be empty");
        }
        if text.len() > Self::LONGEST {
            return malformed(format!("must have at most {} characters", Self::LONGEST));
        }
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-' | '+');
        if !text.chars().all(allowed) {
            return malformed("may have only letters a to z, digits, and . _ - +");
        }
        Ok(Self(text.to_owned()))
    }

    /// The name that an address suggests: its local part, with what a username may not have replaced by `-`.
    pub fn inferred_from(email: &EmailAddress) -> Self {
        let local = email.local_part();
        let plain = if local.is_ascii() {
            local.to_owned()
        } else {
            crate::search::folded(local)
        };
        let name: String = plain
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-' | '+') {
                    letter
                } else {
                    '-'
                }
            })
            .take(Self::LONGEST - 8)
            .collect();
        Self(name)
    }

    /// The same name with a number behind it, for when it is taken.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}{number}", self.0))
    }

    pub fn is_email(&self) -> bool {
        self.0.contains('@')
    }

    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

/// What a person is called. Any script; no control or direction-changing characters, which could disguise other text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PersonName(String);
text_type!(PersonName);

impl PersonName {
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        visible_line(text, 200).map(Self)
    }
}

/// What an organization, role or the like is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Title(String);
text_type!(Title);

impl Title {
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        visible_line(text, 100).map(Self)
    }
}

/// Free text of a line or more that people write for people: a reason, a description. May be empty.
pub fn remark(text: &str) -> Result<String, Malformed> {
    let text = text.trim();
    if text.chars().count() > 1_000 {
        return malformed("must have at most 1,000 characters");
    }
    if text
        .chars()
        .any(|letter| letter != '\n' && letter != '\r' && disguises(letter))
    {
        return malformed("must not have control characters");
    }
    Ok(text.to_owned())
}

/// `[a-z0-9-]`, 2 to 40 characters, no dash at either end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OrganizationSlug(String);
text_type!(OrganizationSlug);

impl OrganizationSlug {
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        slug(text, 2, 40).map(Self)
    }
}

/// What a role, group or project is called in paths: `[a-z0-9-]`, 1 to 63 characters, no dash at either end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Slug(String);
text_type!(Slug);

impl Slug {
    const LONGEST: usize = 63;

    pub fn parse(text: &str) -> Result<Self, Malformed> {
        slug(text, 1, Self::LONGEST).map(Self)
    }

    /// From a name; none where nothing of it can stand in one.
    pub fn of_name(name: &str) -> Option<Self> {
        let plain = crate::search::folded(name);
        let words = plain.split(|letter: char| !letter.is_ascii_alphanumeric());
        let joined = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        let cut: String = joined.chars().take(Self::LONGEST).collect();
        Self::parse(cut.trim_end_matches('-')).ok()
    }

    /// The slug that a project's name suggests, with room for a number behind it.
    pub fn of_project(name: &Title) -> Self {
        let whole = Self::of_name(name.as_str()).unwrap_or_else(|| Self("project".to_owned()));
        let cut: String = whole.0.chars().take(Self::LONGEST - 8).collect();
        Self(cut.trim_end_matches('-').to_owned())
    }

    /// The same with a number behind it, for when it is taken.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }
}

/// A telephone number as it is dialled: digits, spaces, `+ - ( ) . / #`, and letters for extensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Phone(String);
text_type!(Phone);

impl Phone {
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || " +-().,/#".contains(letter);
        let digits = text.chars().filter(char::is_ascii_digit).count();
        if text.len() > 40 || digits < 2 || !text.chars().all(allowed) {
            return malformed("is no telephone number such as +44 20 7946 0000");
        }
        Ok(Self(text.to_owned()))
    }
}

fn slug(text: &str, shortest: usize, longest: usize) -> Result<String, Malformed> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.len() < shortest || text.len() > longest || !text.bytes().all(allowed) {
        return malformed(format!(
            "must have {shortest} to {longest} of the characters a to z, 0 to 9 and -"
        ));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return malformed("must not begin or end with -");
    }
    Ok(text.to_owned())
}

fn visible_line(text: &str, longest: usize) -> Result<String, Malformed> {
    let text = text.trim();
    if text.is_empty() {
        return malformed("must not be empty");
    }
    if text.chars().count() > longest {
        return malformed(format!("must have at most {longest} characters"));
    }
    if text.chars().any(disguises) {
        return malformed("must not have control or direction-changing characters");
    }
    Ok(text.to_owned())
}

/// Control characters, and those that change the direction of what follows (Unicode UAX #9).
fn disguises(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_makes_a_slug_where_it_can() {
        assert_eq!(Slug::of_name(" Night  Watch (EU) ").unwrap().as_str(), "night-watch-eu");
        assert_eq!(Slug::of_name(&"ab ".repeat(40)).unwrap().as_str().len(), 62);
        assert_eq!(
            Slug::of_name("Ångström & Söhne, Łódź").unwrap().as_str(),
            "angstrom-sohne-lodz"
        );
        assert_eq!(Slug::of_name("Straße 7").unwrap().as_str(), "strasse-7");
        assert!(Slug::of_name("夜警").is_none());
        for text in ["", "-a", "A", "a_b", &"a".repeat(64)] {
            assert!(Slug::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_trimmed_and_its_domain_made_ascii() {
        assert_eq!(
            EmailAddress::parse(" Ada@Bücher.example ").unwrap().as_str(),
            "Ada@xn--bcher-kva.example"
        );
        assert_eq!(EmailAddress::parse("Ada@Example.com").unwrap().key(), "ada@example.com");
        for text in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@host",
            "a b@example.com",
            "\"a\"@example.com",
            "Ada <ada@example.com>",
            "a@b@example.com",
            "ada@example.com\nBcc: x@y.z",
            "ada@[127.0.0.1]",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_username_keeps_its_case_and_is_unique_without_it() {
        let name = Username::parse("TomFern").unwrap();
        assert_eq!((name.as_str(), name.key().as_str()), ("TomFern", "tomfern"));
        for text in ["", "two words", "a/b", "naïve", "@", "x@", &"a".repeat(65)] {
            assert!(Username::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_username_is_inferred_from_an_address() {
        let email = EmailAddress::parse("ada.o'hara@example.com").unwrap();
        assert_eq!(Username::inferred_from(&email).as_str(), "ada.o-hara");
        assert_eq!(Username::inferred_from(&email).numbered(2).as_str(), "ada.o-hara2");
    }

    #[test]
    fn a_name_may_be_of_any_script_but_cannot_disguise_text() {
        for name in ["Aïssata Maiga", "李", "O’Neill", "محمد"] {
            assert_eq!(PersonName::parse(&format!(" {name} ")).unwrap().as_str(), name);
        }
        for name in ["", "  ", "a\nb", "a\u{202e}b", &"x".repeat(201)] {
            assert!(PersonName::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_projects_slug_is_inferred_from_its_name() {
        for (name, slug) in [
            ("Web Site 2.0", "web-site-2-0"),
            ("  --Ärger!  ", "arger"),
            ("李", "project"),
        ] {
            let name = Title::parse(name).unwrap();
            assert_eq!(Slug::of_project(&name).as_str(), slug);
        }
        let long = Title::parse(&"very long ".repeat(10)).unwrap();
        let slug = Slug::of_project(&long).numbered(1000);
        assert!(Slug::parse(slug.as_str()).is_ok(), "{slug}");
    }

    #[test]
    fn a_slug_has_its_length_and_letters() {
        assert!(OrganizationSlug::parse("acme-2").is_ok());
        for text in ["a", "Acme", "-acme", "acme-", "a_b", &"a".repeat(41)] {
            assert!(OrganizationSlug::parse(text).is_err(), "{text}");
        }
    }
}
