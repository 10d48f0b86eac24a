//! What no sincere provider sends is refused, each time for the reason that it is refused for.

use domain::time::MINUTE;
use signin::saml::{Fault, LARGEST};

use crate::provider::{Answer, CANONICAL, ENVELOPED, Provider, RSA_SHA256, SHA1, cut, judge_by};

#[test]
fn an_unsigned_answer_is_refused() {
    let provider = Provider::new();
    let answer = Answer::default();
    assert_eq!(
        provider.judge(&answer.response("", &answer.assertion(""))),
        Err(Fault::Unsigned)
    );
}

#[test]
fn an_answer_that_was_changed_after_signing_is_refused() {
    let provider = Provider::new();
    let response = provider.response(&Answer::default());
    for (from, to) in [
        (">ada@example.com<", ">olivia@example.com<"),
        ("Ada Lovelace", "Olivia"),
        ("_5f2b\" Recipient", "_5f2c\" Recipient"),
    ] {
        assert!(response.contains(from));
        assert_eq!(provider.judge(&response.replace(from, to)), Err(Fault::Forged), "{to}");
    }
    let whole = provider.whole(&Answer::default());
    assert_eq!(provider.judge(&whole.replace(">ada@", ">olivia@")), Err(Fault::Forged));
}

#[test]
fn a_key_that_the_answer_brings_along_counts_for_nothing() {
    let (provider, attacker) = (Provider::new(), Provider::new());
    let key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        attacker.certificate.base64()
    );
    let response = attacker.response(&Answer {
        key_info,
        ..Answer::default()
    });
    assert!(attacker.judge(&response).is_ok());
    assert_eq!(provider.judge(&response), Err(Fault::Forged));
    // Without any pinned certificate nobody is believed.
    assert_eq!(judge_by(&[], &response), Err(Fault::Forged));
}

/// The eight classic ways to wrap a signed assertion and put another in its place.
#[test]
fn wrapped_signatures_are_refused() {
    let provider = Provider::new();
    let answer = Answer::default();
    let evil = Answer {
        name_id: "olivia@example.com",
        ..Answer::default()
    };
    let signed = provider.sign(&answer.assertion(&answer.signature("_a1")));
    let signature = cut(&signed, "<ds:Signature ", "</ds:Signature>").to_owned();
    let bare = signed.replace(&signature, "");
    let inside = |outer: &str, inner: &str| outer.replace("</saml:Assertion>", &format!("{inner}</saml:Assertion>"));
    let object = |inner: &str| {
        signature.replace(
            "</ds:Signature>",
            &format!("<ds:Object>{inner}</ds:Object></ds:Signature>"),
        )
    };
    let extensions = |inner: &str| format!("<samlp:Extensions>{inner}</samlp:Extensions>");
    let whole = provider.whole(&answer);
    let whole_signature = cut(&whole, "<ds:Signature ", "</ds:Signature>").to_owned();
    let evil_response = |signature: &str| {
        evil.response(signature, &evil.assertion_called("_a2", ""))
            .replace("ID=\"_r1\"", "ID=\"_r2\"")
    };

    let attacks = [
        ("the signed response in the signature of another", {
            let object = whole_signature.replace(
                "</ds:Signature>",
                &format!(
                    "<ds:Object>{}</ds:Object></ds:Signature>",
                    whole.replace(&whole_signature, "")
                ),
            );
            evil_response(&object)
        }),
        ("the signed response beside, in another", {
            let bare = whole.replace(&whole_signature, "");
            evil_response(&format!("{whole_signature}{bare}"))
        }),
        (
            "another assertion first",
            evil.response("", &(evil.assertion_called("_a2", "") + &signed)),
        ),
        (
            "another assertion last",
            evil.response("", &(signed.clone() + &evil.assertion_called("_a2", ""))),
        ),
        (
            "the signed one in another",
            evil.response("", &inside(&evil.assertion_called("_a2", ""), &signed)),
        ),
        (
            "another with the signature, the signed one behind it",
            evil.response("", &(evil.assertion_called("_a2", &signature) + &bare)),
        ),
        (
            "another with the signature and the signed one in it",
            evil.response("", &inside(&evil.assertion_called("_a2", &signature), &bare)),
        ),
        (
            "another, the signed one in its signature",
            evil.response("", &evil.assertion_called("_a2", &object(&bare))),
        ),
        (
            "the signed one in extensions",
            evil.response(&extensions(&signed), &evil.assertion_called("_a2", "")),
        ),
        (
            "the same id twice",
            evil.response(&extensions(&bare), &evil.assertion_called("_a1", &signature)),
        ),
        (
            "the signed one in another namespace's wrapping",
            evil.response(
                &format!("<x xmlns=\"urn:x\">{signed}</x>"),
                &evil.assertion_called("_a2", ""),
            ),
        ),
    ];
    for (attack, response) in attacks {
        let judged = provider.judge(&response);
        assert!(judged.is_err(), "{attack}: {judged:?}");
        let fault = judged.unwrap_err();
        let is_structure = matches!(
            fault,
            Fault::NotOneAssertion { .. } | Fault::Misplaced(_) | Fault::Malformed(_) | Fault::Forged
        );
        assert!(is_structure, "{attack}: {fault}");
    }
}

#[test]
fn one_assertion_signed_twice_and_two_signed_assertions_are_refused() {
    let provider = Provider::new();
    let answer = Answer::default();
    let signed = provider.sign(&answer.assertion(&answer.signature("_a1")));
    let signature = cut(&signed, "<ds:Signature ", "</ds:Signature>").to_owned();
    let twice = signed.replace(&signature, &format!("{signature}{signature}"));
    let refused = provider.judge(&answer.response("", &twice)).unwrap_err();
    assert!(matches!(refused, Fault::Misplaced(_)), "{refused}");
    let second = provider.sign(&answer.assertion_called("_a2", &answer.signature("_a2")));
    let two = provider.judge(&answer.response("", &(signed + &second)));
    assert_eq!(two, Err(Fault::NotOneAssertion { found: 2 }));
}

/// A good signature over the response does not make up for a bad one over the assertion, nor the other way round.
#[test]
fn one_wrong_signature_beside_a_right_one_is_refused() {
    let (provider, attacker) = (Provider::new(), Provider::new());
    let answer = Answer::default();
    let inner = attacker.sign(&answer.assertion(&answer.signature("_a1")));
    let outer = provider.sign(&answer.response(&answer.signature("_r1"), &inner));
    assert_eq!(provider.judge(&outer), Err(Fault::Forged));
    assert_eq!(attacker.judge(&outer), Err(Fault::Forged));
}

#[test]
fn expired_and_future_answers_are_refused() {
    let provider = Provider::new();
    let old = Answer {
        not_on_or_after: -3 * MINUTE,
        ..Answer::default()
    };
    assert!(matches!(
        provider.judge(&provider.response(&old)),
        Err(Fault::Expired(_))
    ));
    let early = Answer {
        not_before: 3 * MINUTE,
        ..Answer::default()
    };
    assert!(matches!(
        provider.judge(&provider.response(&early)),
        Err(Fault::NotYet(_))
    ));
}

#[test]
fn an_answer_for_somebody_else_or_to_another_question_is_refused() {
    let provider = Provider::new();
    let judge = |answer: Answer| provider.judge(&provider.response(&answer)).unwrap_err();
    let audience = judge(Answer {
        audience: "https://other.example",
        ..Answer::default()
    });
    assert!(audience.to_string().contains("https://other.example"), "{audience}");
    assert!(matches!(audience, Fault::Audience { .. }));
    let recipient = judge(Answer {
        recipient: "https://other.example/acs",
        ..Answer::default()
    });
    assert!(matches!(recipient, Fault::Destination { .. }));
    let destination = judge(Answer {
        destination: "https://other.example/acs",
        ..Answer::default()
    });
    assert!(matches!(destination, Fault::Destination { .. }));
    assert_eq!(
        judge(Answer {
            in_response_to: "_other",
            ..Answer::default()
        }),
        Fault::InResponseTo
    );
    let issuer = judge(Answer {
        issuer: "https://evil.example",
        ..Answer::default()
    });
    assert!(matches!(issuer, Fault::Issuer { .. }));
}

#[test]
fn an_answer_nobody_asked_for_is_refused() {
    let provider = Provider::new();
    let response = provider.response(&Answer::default());
    let unasked = response.replacen(" InResponseTo=\"_5f2b\"", "", 1);
    assert_eq!(provider.judge(&unasked), Err(Fault::InResponseTo));
}

#[test]
fn a_signed_answer_without_a_destination_is_refused() {
    let provider = Provider::new();
    let answer = Answer::default();
    let response = answer.response(&answer.signature("_r1"), &answer.assertion(""));
    let nowhere = response.replace(&format!(" Destination=\"{}\"", answer.destination), "");
    assert!(matches!(
        provider.judge(&provider.sign(&nowhere)),
        Err(Fault::Destination { .. })
    ));
}

#[test]
fn a_document_type_is_refused_even_where_nothing_uses_it() {
    let provider = Provider::new();
    let response = provider.response(&Answer::default());
    let bomb = format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{response}");
    assert_eq!(provider.judge(&bomb), Err(Fault::Doctype));
    let giant = response.replace("Ada Lovelace", &"A".repeat(LARGEST));
    assert_eq!(provider.judge(&giant), Err(Fault::TooLarge));
}

/// Who may choose the end of their own address at the provider must not become somebody else here.
#[test]
fn a_comment_in_the_name_does_not_cut_it_short() {
    let provider = Provider::new();
    let response = provider.response(&Answer {
        name_id: "ada@example.com.evil.example",
        ..Answer::default()
    });
    let cut_short = response.replace(">ada@example.com.evil", ">ada@example.com<!-- -->.evil");
    assert_ne!(response, cut_short);
    let proven = provider.judge(&cut_short).unwrap();
    assert_eq!(proven.name_id, "ada@example.com.evil.example");
    assert_eq!(proven.email.as_deref(), Some("ada@example.com.evil.example"));
}

#[test]
fn comments_in_a_signature_are_refused() {
    let provider = Provider::new();
    let response = provider.response(&Answer::default());
    let commented = response.replace("<ds:DigestValue>", "<ds:DigestValue><!---->");
    assert!(matches!(provider.judge(&commented), Err(Fault::Misplaced(_))));
}

#[test]
fn old_algorithms_and_other_transforms_are_refused() {
    let provider = Provider::new();
    let sha1 = Answer {
        digest: SHA1,
        ..Answer::default()
    };
    assert_eq!(
        provider.judge(&provider.response(&sha1)),
        Err(Fault::Algorithm(SHA1.to_owned()))
    );
    let signature = cut(
        &Answer::default().signature("_a1"),
        "<ds:SignedInfo>",
        "</ds:SignedInfo>",
    )
    .to_owned();
    for method in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
    ] {
        let answer = Answer {
            method,
            ..Answer::default()
        };
        let response = answer.response("", &answer.assertion(&answer.signature("_a1")));
        assert_eq!(
            provider.judge(&response),
            Err(Fault::Algorithm(method.to_owned())),
            "{signature}"
        );
    }
    for transforms in [
        [ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"].as_slice(),
        &[ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116"],
        &[ENVELOPED],
        &[CANONICAL],
        &[],
    ] {
        let answer = Answer {
            transforms,
            ..Answer::default()
        };
        let response = answer.response("", &answer.assertion(&answer.signature("_a1")));
        assert!(
            matches!(provider.judge(&response), Err(Fault::Algorithm(_))),
            "{transforms:?}"
        );
    }
    // A method that does not fit the pinned key.
    let response = provider
        .response(&Answer::default())
        .replace("#ecdsa-sha256", "#rsa-sha256");
    assert!(RSA_SHA256.ends_with("#rsa-sha256"));
    assert_eq!(provider.judge(&response), Err(Fault::Forged));
}

#[test]
fn a_reference_never_reaches_out_of_the_document() {
    let provider = Provider::new();
    for target in [
        "",
        "#",
        "#_r1",
        "#xpointer(/)",
        "/etc/passwd",
        "cid:x",
        "https://idp.example/x",
    ] {
        let answer = Answer::default();
        let signature = answer
            .signature("_a1")
            .replace("URI=\"#_a1\"", &format!("URI=\"{target}\""));
        let refused = provider
            .judge(&answer.response("", &answer.assertion(&signature)))
            .unwrap_err();
        assert!(matches!(refused, Fault::Misplaced(_)), "{target}: {refused}");
    }
}

#[test]
fn a_refusal_an_encrypted_assertion_and_no_statement_sign_nobody_in() {
    let provider = Provider::new();
    let denied = Answer {
        status: "urn:oasis:names:tc:SAML:2.0:status:Responder",
        ..Answer::default()
    };
    let told = provider.judge(&provider.response(&denied)).unwrap_err();
    assert_eq!(
        told,
        Fault::NotSuccess {
            code: "Responder".to_owned()
        }
    );
    let encrypted = Answer::default().response(
        "",
        "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>",
    );
    assert_eq!(provider.judge(&encrypted), Err(Fault::Encrypted));
    let silent = Answer {
        authenticated: false,
        ..Answer::default()
    };
    assert_eq!(
        provider.judge(&provider.response(&silent)),
        Err(Fault::NotAuthenticated)
    );
    let nobody = Answer {
        format: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        ..Answer::default()
    };
    assert!(matches!(
        provider.judge(&provider.response(&nobody)),
        Err(Fault::Nobody(_))
    ));
    let empty = Answer {
        name_id: " ",
        ..Answer::default()
    };
    assert!(matches!(
        provider.judge(&provider.response(&empty)),
        Err(Fault::Nobody(_))
    ));
}
