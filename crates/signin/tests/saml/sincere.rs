//! What a sincere provider sends is taken, in each of the ways in which they send it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::MINUTE;
use signin::saml::key::ServiceKey;
use signin::saml::request::Request;

use crate::provider::{Answer, CALLBACK, ENTITY, ISSUER, Provider, REQUEST, judge_by, now};

#[test]
fn ada_is_known_by_a_signed_assertion() {
    let provider = Provider::new();
    let proven = provider.judge(&provider.response(&Answer::default())).unwrap();
    assert_eq!(proven.name_id, "ada@example.com");
    assert_eq!(proven.issuer, ISSUER);
    assert_eq!(proven.email.as_deref(), Some("ada@example.com"));
    assert_eq!(proven.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(proven.assertion_id, "_a1");
    assert!(proven.good_until > now().plus(5 * MINUTE));
}

#[test]
fn ada_is_known_by_a_signed_response_and_by_one_that_is_signed_twice_over() {
    let provider = Provider::new();
    let answer = Answer::default();
    assert!(provider.judge(&provider.whole(&answer)).is_ok());
    let inner = provider.sign(&answer.assertion(&answer.signature("_a1")));
    let both = provider.sign(&answer.response(&answer.signature("_r1"), &inner));
    assert_eq!(both.matches("<ds:Signature ").count(), 2);
    assert!(provider.judge(&both).is_ok());
}

#[test]
fn old_and_new_certificate_are_good_beside_each_other() {
    let (old, new) = (Provider::new(), Provider::new());
    let certificates = [old.certificate.clone(), new.certificate.clone()];
    assert!(judge_by(&certificates, &old.response(&Answer::default())).is_ok());
    assert!(judge_by(&certificates, &new.response(&Answer::default())).is_ok());
}

#[test]
fn clocks_may_differ_a_little() {
    let provider = Provider::new();
    let fast = Answer {
        not_before: MINUTE,
        ..Answer::default()
    };
    assert!(provider.judge(&provider.response(&fast)).is_ok());
    let slow = Answer {
        not_on_or_after: -MINUTE,
        ..Answer::default()
    };
    assert!(provider.judge(&provider.response(&slow)).is_ok());
}

#[test]
fn a_request_says_who_asks_and_where_to_answer() {
    let key = ServiceKey::from_entropy([3; 32], "Larkspur").unwrap();
    let request = Request {
        id: REQUEST,
        now: now(),
        entity_id: ENTITY,
        sign_on_url: "https://idp.example/sso?tenant=a&b=c",
        callback_url: CALLBACK,
        relay_state: "state token",
        anew: true,
    };
    let link = url::Url::parse(&request.redirect(Some(&key)).unwrap()).unwrap();
    let names: Vec<String> = link.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(
        names,
        ["tenant", "b", "SAMLRequest", "RelayState", "SigAlg", "Signature"]
    );
    let value = |wanted: &str| {
        link.query_pairs()
            .find(|(name, _)| name == wanted)
            .unwrap()
            .1
            .into_owned()
    };
    assert_eq!(value("RelayState"), "state token");
    let deflated = STANDARD.decode(value("SAMLRequest")).unwrap();
    // A stored block: its header, then the text as it is.
    let xml = String::from_utf8(deflated[5..].to_vec()).unwrap();
    for part in [
        REQUEST,
        ENTITY,
        CALLBACK,
        "ForceAuthn=\"true\"",
        "IssueInstant=\"2026-11-22T09:30:00Z\"",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    let form = request.form(Some(&key)).unwrap();
    let signed = String::from_utf8(STANDARD.decode(form.saml_request).unwrap()).unwrap();
    assert!(signed.contains("<ds:SignatureValue>") && !signed.contains("<ds:SignatureValue></"));
    assert!(!request.redirect(None).unwrap().contains("Signature="));
}
