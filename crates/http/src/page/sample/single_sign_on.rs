//! Single sign-on with sample data.

use super::{Sample, inside, outside};
use crate::page::form::{Choice, Errors};
use crate::page::part::Time;
use crate::page::shell::Section;
use crate::page::single_sign_on::{Carry, Certificate, Failed, Form, Settings, SignIn, Tested};

fn certificate(subject: &str, is_over: bool) -> Certificate {
    Certificate {
        subject: subject.to_owned(),
        fingerprint: "9A:41:0C:5E:77:12:BB:08:3F:D2:64:91:AE:55:20:C7:1D:83:F6:0B:49:E8:9C:32:70:15:DB:A4:66:8E:F1:2A"
            .to_owned(),
        expires: Time::new("2031-05-01T00:00:00Z", "1 May 2031"),
        is_over,
    }
}

impl Sample for Settings {
    fn samples() -> Vec<(&'static str, Self)> {
        let base = "https://people.example.org/sign-in/saml/org_01kamh4z3pf9t8x1q2w3e4r5t6";
        let empty = Self {
            shell: inside("Single sign-on", Section::Settings),
            base: "/o/analytical".to_owned(),
            may_see_general: true,
            may_see_roles: true,
            service_entity_id: base.to_owned(),
            callback_url: format!("{base}/callback"),
            start_url: base.to_owned(),
            form: Form {
                roles: vec![
                    Choice::new("member", "Member").selected(true),
                    Choice::new("guest", "Guest"),
                ],
                ..Form::default()
            },
            ..Self::default()
        };
        let filled = Self {
            enabled: true,
            signing: Some(certificate("CN=Roster for analytical", false)),
            pinned: vec![
                certificate("CN=idp.example.org", false),
                certificate("CN=idp.example.org", true),
            ],
            form: Form {
                entity_id: "https://idp.example.org/metadata".to_owned(),
                sso_url: "https://idp.example.org/sso".to_owned(),
                certificates: "-----BEGIN CERTIFICATE-----\nMIIC…\n-----END CERTIFICATE-----\n".to_owned(),
                sign_requests: true,
                provisioning: true,
                admin_contact: "Ask Olivia Ortega, olivia@example.org".to_owned(),
                ..empty.form.clone()
            },
            ..empty.clone()
        };
        let wrong = Self {
            errors: Errors::none().with("sso_url", "SSO URL has to be an address that begins with https://"),
            ..filled.clone()
        };
        vec![
            ("single-sign-on", filled),
            ("single-sign-on-empty", empty),
            ("single-sign-on-error", wrong),
        ]
    }
}

impl Sample for SignIn {
    fn samples() -> Vec<(&'static str, Self)> {
        let asked = Self {
            shell: outside("Single sign-on"),
            ..Self::default()
        };
        let named = Self {
            slug: "analytical".to_owned(),
            start_href: "/sign-in/saml/analytical".to_owned(),
            ..asked.clone()
        };
        vec![("single-sign-on-which", asked), ("single-sign-on-door", named)]
    }
}

impl Sample for Carry {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Single sign-on"),
            action: "https://idp.example.org/sso".to_owned(),
            saml_request: "PHNhbWxwOkF1dGhuUmVxdWVzdC8+".to_owned(),
            relay_state: "sample".to_owned(),
        };
        vec![("single-sign-on-carry", page)]
    }
}

impl Sample for Failed {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("You are not signed in"),
            heading: "You are not signed in".to_owned(),
            reason: "You are not a member of Analytical Engines. Ask to be invited.".to_owned(),
            contact: "Olivia Ortega, olivia@example.org".to_owned(),
            again_href: "/o/analytical/sign-in".to_owned(),
        };
        vec![("single-sign-on-failed", page)]
    }
}

impl Sample for Tested {
    fn samples() -> Vec<(&'static str, Self)> {
        let good = Self {
            shell: outside("Test of single sign-on"),
            would: "They would become a new member with the role Member.".to_owned(),
            facts: vec![
                ("NameID".to_owned(), "ida@example.org".to_owned()),
                ("E-mail address".to_owned(), "ida@example.org".to_owned()),
                ("displayName".to_owned(), "Ida Okafor".to_owned()),
            ],
            back_href: "/o/analytical/settings/single-sign-on".to_owned(),
            ..Self::default()
        };
        let bad = Self {
            fault: "It is meant for https://other.example, not for https://people.example.org. Compare the entity id at the \
                    identity provider."
                .to_owned(),
            facts: Vec::new(),
            ..good.clone()
        };
        vec![("single-sign-on-tested", good), ("single-sign-on-test-failed", bad)]
    }
}
