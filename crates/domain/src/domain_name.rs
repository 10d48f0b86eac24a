//! The domain of a mailbox, which an organization may let in: exact, in its ASCII form, and somebody's own. What everybody
//! can have a mailbox at says nothing about where they belong.

use std::fmt;

use serde::Serialize;

use crate::text::{EmailAddress, Malformed};

/// Such as `example.com`: lower-case, ASCII (IDNA, UTS 46), neither a public suffix nor a public mail provider's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct DomainName(String);

impl DomainName {
    const LONGEST: usize = 253;

    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let malformed = |problem: &str| Err(Malformed(problem.to_owned()));
        let text = text.trim();
        let text = text.strip_prefix('@').unwrap_or(text);
        let Ok(name) = idna::domain_to_ascii_strict(text) else {
            return malformed("is no domain such as example.com");
        };
        let is_label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
        let last_is_number = |name: &str| name.rsplit('.').next().is_some_and(|last| last.parse::<u32>().is_ok());
        if name.len() > Self::LONGEST || !name.contains('.') || !name.split('.').all(is_label) || last_is_number(&name)
        {
            return malformed("is no domain such as example.com");
        }
        if psl::domain_str(&name).is_none() {
            return malformed("is a suffix under which anybody can have a domain; name your own");
        }
        if is_public_mail(&name) {
            return malformed("is a public mail provider's: anybody can have an address there");
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the record stands that proves whose the domain is.
    pub fn proof_name(&self) -> String {
        format!("_roster.{}", self.0)
    }

    /// The domain of an address, whatever it is: whether it is anybody's own was asked when it was listed.
    pub fn of(email: &EmailAddress) -> String {
        email.domain().to_lowercase()
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A subdomain of a public mail provider is as public.
fn is_public_mail(name: &str) -> bool {
    let registrable = psl::domain_str(name).unwrap_or(name);
    PUBLIC_MAIL.contains(&registrable)
        || registrable
            .split('.')
            .next()
            .is_some_and(|brand| BRANDS.contains(&brand))
}

/// Providers with a domain in many countries.
const BRANDS: &[&str] = &["gmx", "hotmail", "live", "outlook", "yahoo", "ymail", "yandex"];

/// Public and throw-away mail providers.
const PUBLIC_MAIL: &[&str] = &[
    "10minutemail.com",
    "126.com",
    "139.com",
    "163.com",
    "189.cn",
    "aim.com",
    "aliyun.com",
    "alice.it",
    "aol.com",
    "aol.de",
    "arcor.de",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "bk.ru",
    "bluewin.ch",
    "bol.com.br",
    "btinternet.com",
    "centrum.cz",
    "charter.net",
    "comcast.net",
    "cox.net",
    "daum.net",
    "discard.email",
    "disroot.org",
    "docomo.ne.jp",
    "duck.com",
    "earthlink.net",
    "email.cz",
    "email.de",
    "ezweb.ne.jp",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "freenet.de",
    "getnada.com",
    "gmail.com",
    "googlemail.com",
    "guerrillamail.com",
    "hanmail.net",
    "hey.com",
    "hushmail.com",
    "icloud.com",
    "inbox.com",
    "inbox.ru",
    "interia.pl",
    "internode.on.net",
    "juno.com",
    "laposte.net",
    "libero.it",
    "list.ru",
    "mac.com",
    "mail.com",
    "mail.de",
    "mail.ru",
    "mailbox.org",
    "mailfence.com",
    "mailinator.com",
    "mailnesia.com",
    "maildrop.cc",
    "me.com",
    "msn.com",
    "naver.com",
    "netscape.net",
    "netzero.net",
    "nifty.com",
    "ntlworld.com",
    "o2.pl",
    "op.pl",
    "optonline.net",
    "optusnet.com.au",
    "orange.fr",
    "pm.me",
    "posteo.de",
    "posteo.net",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "riseup.net",
    "rocketmail.com",
    "rogers.com",
    "runbox.com",
    "sapo.pt",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "shaw.ca",
    "sharklasers.com",
    "simplelogin.com",
    "sina.cn",
    "sina.com",
    "sky.com",
    "softbank.ne.jp",
    "sohu.com",
    "startmail.com",
    "sympatico.ca",
    "t-online.de",
    "talktalk.net",
    "telenet.be",
    "telus.net",
    "temp-mail.org",
    "tempmail.com",
    "terra.com.br",
    "tiscali.it",
    "trashmail.com",
    "tuta.com",
    "tuta.io",
    "tutanota.com",
    "tutanota.de",
    "ukr.net",
    "uol.com.br",
    "verizon.net",
    "vip.qq.com",
    "virgilio.it",
    "virginmedia.com",
    "voila.fr",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "xtra.co.nz",
    "ya.ru",
    "yeah.net",
    "yopmail.com",
    "zoho.com",
    "zohomail.com",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_made_ascii_and_lower_case() {
        for (typed, name) in [
            (" Example.COM ", "example.com"),
            ("@example.com", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("team.example.co.uk", "team.example.co.uk"),
        ] {
            assert_eq!(DomainName::parse(typed).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_is_no_domain_of_anybodys_own_is_refused() {
        for text in [
            "",
            "example",
            "ada@example.com",
            "https://example.com",
            "example..com",
            "-a.example",
            "10.0.0.1",
            "[::1]",
            "com",
            "co.uk",
            "github.io",
            "*.example.com",
            &"a.".repeat(130),
        ] {
            assert!(DomainName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn public_mail_providers_are_refused_in_every_country_and_under_every_name() {
        for text in [
            "gmail.com",
            "GMail.com",
            "outlook.com",
            "hotmail.co.uk",
            "yahoo.de",
            "mail.yahoo.co.jp",
            "gmx.net",
            "qq.com",
        ] {
            let problem = DomainName::parse(text).unwrap_err().0;
            assert!(problem.starts_with("is a public mail provider's"), "{text} {problem}");
        }
        // Looks alike, and is somebody else's.
        assert_ne!(
            DomainName::parse("ехample.com").unwrap().as_str(),
            DomainName::parse("example.com").unwrap().as_str()
        );
    }

    #[test]
    fn an_address_belongs_to_its_domain_exactly() {
        let of = |text| DomainName::of(&EmailAddress::parse(text).unwrap());
        assert_eq!(of("Ada@Example.Com"), "example.com");
        assert_eq!(of("ada@Bücher.example"), "xn--bcher-kva.example");
        assert_ne!(of("ada@team.example.com"), "example.com");
        assert_ne!(of("ada@notexample.com"), "example.com");
    }
}
