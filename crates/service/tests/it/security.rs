//! How people have to sign in to an organization: saved only after it was said whom it keeps out, and asked at every entry.

use domain::permission::{MemberView, OrganizationManage, SecurityManage};
use domain::security::SecurityChange;
use domain::session::Method;
use domain::time::{DAY, MINUTE};
use service::mfa::giving::Given;
use service::proof::Again;
use service::sign_in::Next;
use service::{Error, OrganizationRef, Result};
use testkit::app::{origin, origin_at, secret};
use testkit::persona::{PASSWORD, previewed, refused, request, sign_in};
use testkit::{App, Persona, on_both_databases};

use crate::factor::{add_passkey, answer, enrol, next_code, pending};

on_both_databases! {
    who_would_be_kept_out_is_told_by_name_before_it_is_saved,
    nobody_keeps_themselves_out,
    whoever_has_no_second_factor_is_sent_to_enrol_one_when_the_grace_is_over,
    a_way_that_does_not_count_opens_no_door_but_those_of_others,
    a_session_that_rested_too_long_is_proved_again,
    the_policy_takes_its_own_permission_and_a_recent_proof,
    after_too_many_failures_the_account_is_closed_for_a_while_and_the_door_does_not_say_so,
    the_strictest_organization_says_how_long_a_password_is,
}

async fn change(app: &App, by: &Persona, json: &str) -> Result<()> {
    let request = app.by(by).await;
    let authorized = app.roster.authorize::<SecurityManage>(&request, &app.acme).await?;
    let change: SecurityChange = serde_json::from_str(json).unwrap();
    service::security::change(authorized, change).await.map(|_| ())
}

async fn preview(app: &App, by: &Persona, json: &str) -> domain::effect::Preview {
    let request = app.tried_by(by).await;
    let authorized = app
        .roster
        .authorize::<SecurityManage>(&request, &app.acme)
        .await
        .unwrap();
    previewed(service::security::change(authorized, serde_json::from_str(json).unwrap()).await)
}

fn named(preview: &domain::effect::Preview, kind: &str) -> Vec<String> {
    let of_kind = preview.effects.iter().filter(|effect| effect.kind.name() == kind);
    of_kind.map(|effect| effect.subject.name.clone()).collect()
}

async fn enters(app: &App, token: &str, organization: &OrganizationRef) -> Result<()> {
    let request = request(&app.roster, token).await;
    app.roster.see::<MemberView>(&request, organization).await.map(|_| ())
}

/// By passkey alone.
async fn with_passkey(app: &App, persona: &Persona) -> String {
    let mut authenticator = add_passkey(app, persona).await;
    let answered = answer(&app.roster, &mut authenticator, None).await;
    let signed_in = app.roster.sign_in_with_passkey(answered, &origin()).await.unwrap();
    signed_in.token.expose().to_owned()
}

async fn who_would_be_kept_out_is_told_by_name_before_it_is_saved(app: App) {
    enrol(&app, &app.olivia).await;
    enrol(&app, &app.mia).await;
    let required = preview(&app, &app.olivia, r#"{"mfa_required": true}"#).await;
    assert_eq!(named(&required, "must_enrol"), ["Adam", "Gus"]);
    assert_eq!(required.counts["must_enrol"], 2);
    assert_eq!(required.counts.get("locked_out"), None);
    let later = preview(&app, &app.olivia, r#"{"mfa_required": true, "mfa_grace_days": 7}"#).await;
    assert_eq!(later.counts.get("must_enrol"), None);
    // With days of grace they are named too, with the last moment they have.
    assert_eq!(named(&later, "enrolment_due"), ["Adam", "Gus"]);
    assert_eq!(later.counts["enrolment_due"], 2);
    let due = later
        .effects
        .iter()
        .find(|effect| effect.kind.name() == "enrolment_due")
        .unwrap();
    let detail = due.detail.as_deref().unwrap();
    assert!(
        detail.starts_with("has until ") && detail.ends_with(" UTC to set up a second factor"),
        "{detail}"
    );
    let elsewhere = preview(&app, &app.olivia, r#"{"password_length": 20, "sign_in_attempts": 5}"#).await;
    assert_eq!(elsewhere.counts.get("enrolment_due"), None);
    let told: Vec<_> = elsewhere
        .effects
        .iter()
        .filter_map(|effect| effect.detail.as_deref())
        .collect();
    assert_eq!(
        told,
        [
            "After 5 failed tries in a row an account is closed for a while.",
            "A new password needs at least 20 characters. Passwords of today stay good.",
        ]
    );

    let passkey = with_passkey(&app, &app.olivia).await;
    let olivia = Persona {
        token: passkey,
        ..app.olivia.clone()
    };
    let methods = preview(&app, &olivia, r#"{"methods": ["passkey"]}"#).await;
    assert_eq!(named(&methods, "locked_out"), ["Adam", "Gus", "Mia"]);
    // Nothing was kept.
    assert!(enters(&app, &app.adam.token, &app.acme).await.is_ok());
    change(&app, &olivia, r#"{"methods": ["passkey"]}"#).await.unwrap();
    assert_eq!(
        refused(enters(&app, &app.adam.token, &app.acme).await),
        "method_not_allowed"
    );
    // They are kept out already: a further change says so of nobody again.
    let again = preview(&app, &olivia, r#"{"methods": ["passkey"], "password_length": 20}"#).await;
    assert_eq!(again.counts.get("locked_out"), None);
}

async fn nobody_keeps_themselves_out(app: App) {
    assert_eq!(
        refused(change(&app, &app.olivia, r#"{"mfa_required": true}"#).await),
        "keeps_you_out"
    );
    assert_eq!(
        refused(change(&app, &app.olivia, r#"{"methods": ["saml"]}"#).await),
        "keeps_you_out"
    );
    assert!(enters(&app, &app.olivia.token, &app.acme).await.is_ok());
    change(&app, &app.olivia, r#"{"mfa_required": true, "mfa_grace_days": 3}"#)
        .await
        .unwrap();
    // A superuser from outside enters by another right.
    change(&app, &app.sid, r#"{"methods": ["saml"], "mfa_grace_days": 0}"#)
        .await
        .unwrap();
    assert!(enters(&app, &app.sid.token, &app.acme).await.is_ok());
}

async fn whoever_has_no_second_factor_is_sent_to_enrol_one_when_the_grace_is_over(app: App) {
    change(&app, &app.olivia, r#"{"mfa_required": true, "mfa_grace_days": 3}"#)
        .await
        .unwrap();
    let early = app.roster.sign_in("mia", secret(PASSWORD), &origin()).await.unwrap();
    assert_eq!(early.next, Next::Done);
    app.pass(3 * DAY);
    assert_eq!(
        refused(enters(&app, &app.mia.token, &app.acme).await),
        "mfa_enrolment_required"
    );
    let late = app.roster.sign_in("mia", secret(PASSWORD), &origin()).await.unwrap();
    assert_eq!(late.next, Next::EnrolMfa);
    let mia = Persona {
        token: late.token.expose().to_owned(),
        ..app.mia.clone()
    };
    enrol(&app, &mia).await;
    assert!(enters(&app, &mia.token, &app.acme).await.is_ok());
    // Her other session never gave the second factor.
    assert_eq!(
        refused(enters(&app, &app.mia.token, &app.acme).await),
        "second_factor_required"
    );
}

async fn a_way_that_does_not_count_opens_no_door_but_those_of_others(app: App) {
    let passkey = with_passkey(&app, &app.olivia).await;
    let olivia = Persona {
        token: passkey,
        ..app.olivia.clone()
    };
    change(&app, &olivia, r#"{"methods": ["passkey", "saml"]}"#)
        .await
        .unwrap();
    let by_mia = sign_in(&app.roster, "mia", PASSWORD).await;
    assert_eq!(refused(enters(&app, &by_mia, &app.acme).await), "method_not_allowed");
    assert!(enters(&app, &app.eve.token, &app.elsewhere).await.is_ok());
    let by_passkey = with_passkey(&app, &app.mia).await;
    assert!(enters(&app, &by_passkey, &app.acme).await.is_ok());
    let proof = request(&app.roster, &by_passkey).await.caller.visitor.proof.unwrap();
    assert_eq!(proof.method, Method::Passkey);
}

async fn a_session_that_rested_too_long_is_proved_again(app: App) {
    let limits = r#"{"session_idle_minutes": 30, "session_lifetime_minutes": 120}"#;
    change(&app, &app.olivia, limits).await.unwrap();
    app.pass(29 * MINUTE);
    assert!(enters(&app, &app.mia.token, &app.acme).await.is_ok());
    app.pass(31 * MINUTE);
    assert_eq!(refused(enters(&app, &app.mia.token, &app.acme).await), "proof_required");
    let (session, by_mia) = pending(&app.roster, &app.mia.token).await;
    let password = Again::Password(secret(PASSWORD));
    app.roster.prove_again(&by_mia, &session, password).await.unwrap();
    assert!(enters(&app, &app.mia.token, &app.acme).await.is_ok());
    for _ in 0..6 {
        app.pass(20 * MINUTE);
        let _ = enters(&app, &app.mia.token, &app.acme).await;
    }
    assert_eq!(refused(enters(&app, &app.mia.token, &app.acme).await), "proof_required");
    let (phone, session) = {
        let fresh = sign_in(&app.roster, "mia", PASSWORD).await;
        let mia = Persona {
            token: fresh,
            ..app.mia.clone()
        };
        (enrol(&app, &mia).await.0, pending(&app.roster, &app.mia.token).await)
    };
    let code = Again::SecondFactor(Given::Totp(next_code(&app, &phone)));
    let (session, by_mia) = (session.0, pending(&app.roster, &app.mia.token).await.1);
    app.roster.prove_again(&by_mia, &session, code).await.unwrap();
    assert!(enters(&app, &app.mia.token, &app.acme).await.is_ok());
}

async fn the_policy_takes_its_own_permission_and_a_recent_proof(app: App) {
    assert_eq!(
        refused(change(&app, &app.mia, r#"{"password_length": 20}"#).await),
        "permission_required"
    );
    assert_eq!(
        refused(change(&app, &app.olivia, r#"{"password_length": 3}"#).await),
        "/security/password_length must be 8 to 64 characters, or null"
    );
    app.pass(11 * MINUTE);
    assert_eq!(
        refused(change(&app, &app.olivia, r#"{"password_length": 20}"#).await),
        "proof_required"
    );
    // Along with other policies it asks for the same.
    let request = app.by(&app.olivia).await;
    let authorized = app
        .roster
        .authorize::<OrganizationManage>(&request, &app.acme)
        .await
        .unwrap();
    let both = serde_json::from_str(r#"{"members_may_invite": true, "security": {"password_length": 20}}"#).unwrap();
    assert_eq!(
        refused(service::organization::change_policies(authorized, both).await),
        "proof_required"
    );
}

async fn after_too_many_failures_the_account_is_closed_for_a_while_and_the_door_does_not_say_so(app: App) {
    change(&app, &app.olivia, r#"{"sign_in_attempts": 3, "lock_out_minutes": 5}"#)
        .await
        .unwrap();
    let attempt = |password: &'static str, address: &'static str| async {
        let signed_in = app.roster.sign_in("mia", secret(password), &origin_at(address)).await;
        signed_in.map(|_| ())
    };
    for _ in 0..3 {
        assert!(matches!(
            attempt("a guess", "198.51.100.9").await,
            Err(Error::WrongCredentials)
        ));
    }
    let right = attempt(PASSWORD, "198.51.100.9").await;
    assert!(matches!(right, Err(Error::WrongCredentials)));
    // Where she signed in from before she still gets in.
    assert!(attempt(PASSWORD, "192.0.2.1").await.is_ok());
    app.pass(6 * MINUTE);
    assert!(attempt(PASSWORD, "198.51.100.9").await.is_ok());
    // Eve's organization closes nobody.
    for _ in 0..5 {
        let guess = app
            .roster
            .sign_in("eve", secret("a guess"), &origin_at("198.51.100.9"))
            .await;
        assert!(matches!(guess, Err(Error::WrongCredentials)));
    }
    let eve = app
        .roster
        .sign_in("eve", secret(PASSWORD), &origin_at("198.51.100.9"))
        .await;
    assert!(eve.is_ok());
}

async fn the_strictest_organization_says_how_long_a_password_is(app: App) {
    change(&app, &app.olivia, r#"{"password_length": 30}"#).await.unwrap();
    let by_mia = app.by(&app.mia).await;
    let short = secret("vivid otter juggles plums");
    let told = "has 25 characters and needs at least 30 in an organization of this account";
    let changed = app
        .roster
        .change_password(&by_mia, secret(PASSWORD), short.clone())
        .await;
    assert_eq!(refused(changed), format!("/new_password {told}"));
    let by_adam = app.by(&app.adam).await;
    let reset =
        service::member::credential::reset_password(&app.roster, &by_adam, &app.acme, app.mia.id(), Some(short));
    assert_eq!(refused(reset.await), format!("/temporary_password {told}"));
    let long = secret("vivid otter juggles plums at noon");
    assert!(
        app.roster
            .change_password(&by_mia, secret(PASSWORD), long)
            .await
            .is_ok()
    );
    let by_eve = app.by(&app.eve).await;
    let other = secret("vivid otter juggles plums");
    assert!(
        app.roster
            .change_password(&by_eve, secret(PASSWORD), other)
            .await
            .is_ok()
    );
}
