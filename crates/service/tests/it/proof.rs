//! Proving again that it is oneself: what is taken for a proof, for how long, and who need not.

use domain::session::{Method, PROOF_LIFETIME};
use service::mfa::giving::Given;
use service::proof::Again;
use service::token::NewToken;
use service::{Error, Request};
use testkit::app::secret;
use testkit::persona::{PASSWORD, done, refused, request};
use testkit::{App, Persona, on_both_databases};

use crate::factor::{add_passkey, answer, enrol, next_code, pending};

on_both_databases! {
    a_password_renews_the_proof_for_ten_minutes,
    a_second_factor_renews_the_proof_and_a_code_does_so_once,
    a_passkey_renews_the_proof,
    guesses_at_the_proof_are_counted_with_those_at_the_door,
    what_is_only_tried_asks_for_no_proof,
    a_token_does_what_it_could_before,
}

async fn prove(app: &App, persona: &Persona, by: Again) -> service::Result<domain::Timestamp> {
    app.pass(1);
    let (session, request) = pending(&app.roster, &persona.token).await;
    app.roster.prove_again(&request, &session, by).await
}

fn laptop() -> NewToken {
    NewToken {
        name: "Laptop".to_owned(),
        expires_at: None,
        scopes: None,
    }
}

/// A sensitive act: whether it is let through.
async fn makes_a_token(app: &App, by: &Request) -> service::Result<()> {
    app.roster.create_my_token(by, &laptop(), None).await.map(|_| ())
}

async fn a_password_renews_the_proof_for_ten_minutes(app: App) {
    assert!(makes_a_token(&app, &app.by(&app.mia).await).await.is_ok());
    app.pass(PROOF_LIFETIME);
    assert_eq!(
        refused(makes_a_token(&app, &app.by(&app.mia).await).await),
        "proof_required"
    );
    let wrong = prove(&app, &app.mia, Again::Password(secret("not this one"))).await;
    assert_eq!(refused(wrong), "/password is wrong");
    assert_eq!(
        refused(makes_a_token(&app, &app.by(&app.mia).await).await),
        "proof_required"
    );
    let until = prove(&app, &app.mia, Again::Password(secret(PASSWORD))).await.unwrap();
    assert_eq!(until, app.roster.now().plus(PROOF_LIFETIME));
    assert!(makes_a_token(&app, &app.by(&app.mia).await).await.is_ok());
    app.pass(PROOF_LIFETIME);
    assert!(makes_a_token(&app, &app.by(&app.mia).await).await.is_err());
}

async fn a_second_factor_renews_the_proof_and_a_code_does_so_once(app: App) {
    let (phone, codes) = enrol(&app, &app.mia).await;
    app.pass(PROOF_LIFETIME);
    let shown = next_code(&app, &phone);
    let by_code = || Again::SecondFactor(Given::Totp(shown.clone()));
    prove(&app, &app.mia, by_code()).await.unwrap();
    let by_mia = app.by(&app.mia).await;
    assert!(makes_a_token(&app, &by_mia).await.is_ok());
    assert_eq!(by_mia.caller.visitor.proof.unwrap().method, Method::Password);
    let again = prove(&app, &app.mia, by_code()).await;
    assert!(matches!(again, Err(Error::WrongCode)));
    app.pass(PROOF_LIFETIME);
    let lent = Again::SecondFactor(Given::RecoveryCode(codes[0].clone()));
    prove(&app, &app.mia, lent).await.unwrap();
    assert!(makes_a_token(&app, &app.by(&app.mia).await).await.is_ok());
}

async fn a_passkey_renews_the_proof(app: App) {
    let mut authenticator = add_passkey(&app, &app.mia).await;
    app.pass(PROOF_LIFETIME);
    let answered = answer(&app.roster, &mut authenticator, Some(&app.mia)).await;
    prove(&app, &app.mia, Again::SecondFactor(Given::Passkey(answered)))
        .await
        .unwrap();
    let by_mia = app.by(&app.mia).await;
    assert!(makes_a_token(&app, &by_mia).await.is_ok());
    assert_eq!(by_mia.caller.visitor.proof.unwrap().method, Method::Passkey);
}

async fn guesses_at_the_proof_are_counted_with_those_at_the_door(app: App) {
    for _ in 0..10 {
        let wrong = prove(&app, &app.mia, Again::Password(secret("a guess"))).await;
        assert_eq!(refused(wrong), "/password is wrong");
    }
    let held = prove(&app, &app.mia, Again::Password(secret(PASSWORD))).await;
    assert!(matches!(held, Err(Error::Throttled { .. })));
    let door = app
        .roster
        .sign_in("mia", secret(PASSWORD), &testkit::app::origin())
        .await;
    assert!(matches!(door, Err(Error::Throttled { .. })));
}

async fn what_is_only_tried_asks_for_no_proof(app: App) {
    app.pass(PROOF_LIFETIME);
    assert!(makes_a_token(&app, &app.tried_by(&app.mia).await).await.is_ok());
}

async fn a_token_does_what_it_could_before(app: App) {
    let by_adam = app.by(&app.adam).await;
    let issued = done(app.roster.create_my_token(&by_adam, &laptop(), None).await);
    app.pass(PROOF_LIFETIME);
    let by_token = request(&app.roster, issued.secret.expose()).await;
    // It never could touch its owner's credentials, and still resets a managed member's password.
    assert_eq!(refused(makes_a_token(&app, &by_token).await), "session_required");
    assert_eq!(refused(app.roster.begin_totp(&by_token).await), "session_required");
    let reset = service::member::credential::reset_password(&app.roster, &by_token, &app.acme, app.mia.id(), None);
    done(reset.await);
}
