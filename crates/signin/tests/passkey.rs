//! Passkeys as an authenticator answers for them, and as somebody else would like to.

#[path = "../../testkit/src/authenticator.rs"]
mod authenticator;

use authenticator::Authenticator;
use serde_json::Value;
use signin::passkey::{Claim, Made, Passkeys, Right, Wrong};

const SITE: &str = "https://people.example.com";
const MIA: [u8; 16] = [7; 16];

fn passkeys() -> Passkeys {
    Passkeys::new(SITE, "People of Example").unwrap()
}

fn made_for(user: [u8; 16]) -> (Authenticator, Made) {
    let passkeys = passkeys();
    let challenge = passkeys.begin_making(user, "mia", "Mia Costa", Vec::new()).unwrap();
    let (authenticator, answer) = Authenticator::make(SITE, &challenge.options);
    let made = passkeys.finish_making(challenge.state(), answer).unwrap();
    (authenticator, made)
}

fn judged(state: &str, answer: Value, kept: &str) -> Result<Right, Wrong> {
    passkeys().judge(state, &Claim::read(answer).unwrap(), kept)
}

#[test]
fn a_passkey_signs_in_and_says_whose_it_is() {
    let (mut authenticator, made) = made_for(MIA);
    let challenge = passkeys().begin_asking(&[]).unwrap();
    let claim = Claim::read(authenticator.answer(&challenge.options)).unwrap();
    assert_eq!((claim.credential(), claim.user()), (&made.credential[..], Some(MIA)));
    let right = passkeys().judge(challenge.state(), &claim, &made.kept).unwrap();
    assert_ne!(right.kept.unwrap(), made.kept, "its counter moved on");
}

#[test]
fn making_asks_for_one_that_knows_its_account_and_is_unlocked() {
    let challenge = passkeys()
        .begin_making(MIA, "mia", "Mia Costa", vec![vec![1, 2, 3]])
        .unwrap();
    let asked = &challenge.options["publicKey"];
    assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(asked["rp"]["id"], "people.example.com");
    assert_eq!(asked["rp"]["name"], "People of Example");
    assert_eq!(asked["excludeCredentials"][0]["id"], "AQID");
}

#[test]
fn asking_for_certain_ones_names_them() {
    let challenge = passkeys().begin_asking(&[vec![1, 2, 3]]).unwrap();
    assert_eq!(challenge.options["publicKey"]["allowCredentials"][0]["id"], "AQID");
    assert_eq!(challenge.options["publicKey"]["userVerification"], "required");
}

#[test]
fn a_passkey_that_nobody_unlocked_is_not_taken() {
    let challenge = passkeys().begin_making(MIA, "mia", "Mia Costa", Vec::new()).unwrap();
    let (_, answer) = Authenticator::make_with(SITE, &challenge.options, false);
    assert_eq!(
        passkeys().finish_making(challenge.state(), answer).unwrap_err(),
        Wrong::NotAccepted
    );
    let (mut authenticator, made) = made_for(MIA);
    authenticator.unlocked = false;
    let challenge = passkeys().begin_asking(&[]).unwrap();
    let answer = authenticator.answer(&challenge.options);
    assert_eq!(
        judged(challenge.state(), answer, &made.kept).unwrap_err(),
        Wrong::NotAccepted
    );
}

#[test]
fn an_answer_given_to_another_site_or_another_question_is_not_taken() {
    let (mut authenticator, made) = made_for(MIA);
    let (first, second) = (
        passkeys().begin_asking(&[]).unwrap(),
        passkeys().begin_asking(&[]).unwrap(),
    );
    let answer = authenticator.answer(&first.options);
    assert_eq!(
        judged(second.state(), answer, &made.kept).unwrap_err(),
        Wrong::NotAccepted
    );
    authenticator.origin = "https://people.example.com.evil.test".to_owned();
    let answer = authenticator.answer(&first.options);
    assert_eq!(
        judged(first.state(), answer, &made.kept).unwrap_err(),
        Wrong::NotAccepted
    );
}

#[test]
fn somebody_elses_passkey_is_not_taken() {
    let (_, made) = made_for(MIA);
    let (mut other, _) = made_for([8; 16]);
    let challenge = passkeys().begin_asking(&[]).unwrap();
    let answer = other.answer(&challenge.options);
    assert_eq!(
        judged(challenge.state(), answer, &made.kept).unwrap_err(),
        Wrong::NotAccepted
    );
}

#[test]
fn a_counter_that_goes_back_tells_of_a_copy() {
    let (mut authenticator, made) = made_for(MIA);
    authenticator.counter = 5;
    let challenge = passkeys().begin_asking(&[]).unwrap();
    let answer = authenticator.answer(&challenge.options);
    let kept = judged(challenge.state(), answer, &made.kept).unwrap().kept.unwrap();
    authenticator.counter = 3;
    let answer = authenticator.answer(&challenge.options);
    assert_eq!(judged(challenge.state(), answer, &kept).unwrap_err(), Wrong::Copied);
}

#[test]
fn what_is_no_answer_is_told_so() {
    let challenge = passkeys().begin_making(MIA, "mia", "Mia Costa", Vec::new()).unwrap();
    for answer in [Value::Null, "passkey".into(), serde_json::json!({"id": "AQID"})] {
        let made = passkeys().finish_making(challenge.state(), answer.clone());
        assert_eq!(made.unwrap_err(), Wrong::Unreadable);
        assert!(Claim::read(answer).is_err());
    }
}

#[test]
fn passkeys_need_a_name_and_a_safe_way() {
    for (url, can) in [
        ("https://people.example.com", true),
        ("http://localhost:8080", true),
        ("http://people.example.com", false),
        ("http://127.0.0.1:8080", false),
        ("https://192.0.2.7", false),
        ("people", false),
    ] {
        assert_eq!(Passkeys::new(url, "Roster").is_some(), can, "{url}");
    }
}
