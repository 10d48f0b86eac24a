//! Pages about second factors, and about proving oneself again.

use super::{Sample, outside, own};
use crate::page::form::Errors;
use crate::page::mfa::{Codes, Overview, Passkey, Totp};
use crate::page::part::Time;
use crate::page::proof;
use crate::page::shell::Section;
use crate::page::sign_in::SecondFactor;

const CODES: [&str; 10] = [
    "0048m4", "7h3k9p", "q2w4e6", "r8t0y1", "a1s2d3", "f4g5h6", "j7k8m9", "z1x2c3", "v4b5n6", "p9q8r7",
];

impl Sample for Overview {
    fn samples() -> Vec<(&'static str, Self)> {
        let day = |text: &str| Time::new("2026-11-22T01:00:00Z", text);
        let passkey = |id: &str, name: &str, last_used| Passkey {
            id: id.to_owned(),
            name: name.to_owned(),
            made: day("18 Nov 2026"),
            last_used,
        };
        let none = Self {
            shell: own("Multi-factor authentication", Section::Profile),
            ..Self::default()
        };
        let required = Self {
            required:
                "An organization of yours lets you in with a second factor only. Set up an authenticator app, or add \
                       a passkey."
                    .to_owned(),
            no_passkeys: "Passkeys need this instance to be reached by a name over HTTPS.".to_owned(),
            ..none.clone()
        };
        let on = Self {
            totp: Some(day("18 Nov 2026")),
            passkeys: vec![
                passkey("pky_1", "Work laptop", day("3 hours ago")),
                passkey("pky_2", "Chrome on Android", Time::never("never")),
            ],
            codes_left: 9,
            ..none.clone()
        };
        vec![("mfa", on), ("mfa-none", none), ("mfa-required", required)]
    }
}

impl Sample for Totp {
    fn samples() -> Vec<(&'static str, Self)> {
        let uri = "otpauth://totp/Roster:olivia%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Roster";
        let page = Self {
            shell: own("Set up an authenticator app", Section::Profile),
            secret: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
            picture:
                "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E%3Crect width='9' \
                      height='9' fill='white'/%3E%3Cpath d='M1 1h7v7H1z'/%3E%3C/svg%3E"
                    .to_owned(),
            uri: uri.to_owned(),
            errors: Errors::none(),
        };
        let wrong = Self {
            errors: Errors::none().with("code", "The code is not what the app shows now."),
            ..page.clone()
        };
        vec![("mfa-totp", page), ("mfa-totp-error", wrong)]
    }
}

impl Sample for Codes {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "mfa-codes",
            Self {
                shell: own("Recovery codes", Section::Profile),
                heading: "Multi-factor authentication is on".to_owned(),
                lead: "From now on you are asked for a code of your app when you sign in with your password."
                    .to_owned(),
                codes: CODES.map(|code| format!("8m4q2r-7h3k9p-q2w4e6-{code}")).to_vec(),
                done_href: "/me/mfa".to_owned(),
            },
        )]
    }
}

impl Sample for SecondFactor {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Second factor"),
            has_totp: true,
            has_passkey: true,
            next: "/o/analytical/people".to_owned(),
            ..Self::default()
        };
        let wrong = Self {
            has_passkey: false,
            errors: Errors::none().with("code", "This code or passkey was not accepted."),
            ..page.clone()
        };
        let passkey = Self {
            has_totp: false,
            throttled: "Too many failed tries. Try again in 2 minutes.".to_owned(),
            ..page.clone()
        };
        vec![
            ("second-factor", page),
            ("second-factor-error", wrong),
            ("second-factor-throttled", passkey),
        ]
    }
}

impl Sample for proof::Page {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Is it still you?"),
            lead: "What you are about to do is sensitive, and you last proved who you are more than ten minutes ago."
                .to_owned(),
            has_password: true,
            has_code: true,
            has_passkey: true,
            hidden: vec![("name".to_owned(), "Laptop".to_owned())],
            action: "/proof?next=/me/tokens/new".to_owned(),
            cancel_href: "/".to_owned(),
            ..Self::default()
        };
        let wrong = Self {
            has_code: false,
            has_passkey: false,
            errors: Errors::none().with("proof_password", "The password is wrong."),
            ..page.clone()
        };
        let nothing = Self {
            has_password: false,
            has_code: false,
            has_passkey: false,
            ..page.clone()
        };
        vec![("proof", page), ("proof-error", wrong), ("proof-nothing", nothing)]
    }
}
