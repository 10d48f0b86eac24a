//! Samples of signing up by oneself, and of configuring it.

use super::account::ADVICE;
use super::{Sample, inside, member, outside};
use crate::page::form::{Choice, Errors};
use crate::page::part::Time;
use crate::page::shell::Section;
use crate::page::sign_up::{Ask, Asked, Verify};
use crate::page::signup_domain::{Configuration, Edit, Proof, Row};

impl Sample for Ask {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Sign up"),
            password_advice: ADVICE.to_owned(),
            ..Self::default()
        };
        let error = Self {
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.com".to_owned(),
            errors: Errors::none().with("password", "This password is one of the most common ones"),
            ..page.clone()
        };
        let no_mail = Self {
            impossible: "This server cannot send mail, so nobody can sign up by themselves.".to_owned(),
            ..page.clone()
        };
        vec![
            ("sign-up-ask", page),
            ("sign-up-ask-error", error),
            ("sign-up-no-mail", no_mail),
        ]
    }
}

impl Sample for Asked {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Look into your mailbox"),
            email: "ada@example.com".to_owned(),
        };
        vec![("sign-up-asked", page)]
    }
}

impl Sample for Verify {
    fn samples() -> Vec<(&'static str, Self)> {
        let one = Self {
            shell: outside("Verify your address"),
            action: "/sign-ups/sample".to_owned(),
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.com".to_owned(),
            organization: "Analytical Engines".to_owned(),
            ..Self::default()
        };
        let several = Self {
            organization: String::new(),
            organizations: vec![
                Choice::new("analytical", "Analytical Engines"),
                Choice::new("harbour", "Harbour Freight Desk"),
            ],
            ask_password: true,
            password_advice: ADVICE.to_owned(),
            ..one.clone()
        };
        vec![("sign-up-verify", one), ("sign-up-choose", several)]
    }
}

pub fn configuration() -> Configuration {
    let row = |domain: &str, proved| Row {
        domain: domain.to_owned(),
        method: "password".to_owned(),
        role: member(),
        proved,
    };
    Configuration {
        allowed: true,
        impossible: String::new(),
        rows: vec![
            row(
                "analytical.example",
                Some(Time::new("2026-11-20T10:00:00Z", "20 Nov 2026")),
            ),
            row("xn--bcher-kva.example", None),
        ],
    }
}

impl Sample for Edit {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Add allowlisted domain", Section::People),
            base: "/o/analytical".to_owned(),
            heading: "Add allowlisted domain".to_owned(),
            action: "/o/analytical/signup-domains/new".to_owned(),
            submit: "Add domain".to_owned(),
            is_new: true,
            methods: vec![
                Choice::new("password", "password")
                    .hint("Recommended. The person sets a password.")
                    .selected(true),
                Choice::new("pam", "pam").unavailable("Not set up here"),
                Choice::new("saml", "saml").unavailable("Not set up here"),
            ],
            roles: vec![
                Choice::new("member", "Member").selected(true),
                Choice::new("guest", "Guest"),
            ],
            ..Self::default()
        };
        let error = Self {
            domain: "gmail.com".to_owned(),
            errors: Errors::none().with(
                "domain",
                "Domain name is a public mail provider's: anybody can have an address there",
            ),
            ..page.clone()
        };
        vec![("signup-domain-add", page), ("signup-domain-add-error", error)]
    }
}

impl Sample for Proof {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Prove analytical.example", Section::People),
            base: "/o/analytical".to_owned(),
            domain: "analytical.example".to_owned(),
            action: "/o/analytical/signup-domains/analytical.example/proof".to_owned(),
            record_name: "_roster.analytical.example".to_owned(),
            record_value: "roster-domain-proof=Wm9lIHdhcyBoZXJlIGFuZCBzbyB3YXMgQWRhIQ".to_owned(),
            problem: String::new(),
        };
        let not_yet = Self {
            problem: "There is no such record yet.".to_owned(),
            ..page.clone()
        };
        vec![("signup-domain-proof", page), ("signup-domain-not-proved", not_yet)]
    }
}
