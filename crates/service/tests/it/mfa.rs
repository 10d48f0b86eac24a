//! A second factor: enrolled, asked for, used once, taken away.

use domain::account::SecondFactor;
use domain::permission::{MemberManage, MemberView};
use domain::session::PROOF_LIFETIME;
use secrecy::ExposeSecret;
use service::Error;
use service::mfa::giving::Given;
use service::sign_in::Next;
use testkit::app::{origin, secret};
use testkit::persona::{PASSWORD, done, previewed, refused, request, sign_in};
use testkit::{App, Phone, on_both_databases};

use crate::factor::{add_passkey, answer, code, enrol, give, next_code, password, pending};
use crate::story::{audited, manage, member};

on_both_databases! {
    an_app_counts_once_a_code_of_it_was_given_and_is_asked_for_from_then_on,
    until_the_second_factor_is_given_the_session_opens_nothing,
    a_code_works_once,
    of_many_who_bring_one_code_at_once_one_gets_in,
    of_many_who_bring_one_recovery_code_at_once_one_gets_in,
    a_recovery_code_stands_in_for_a_lost_phone_once,
    whoever_guesses_codes_has_to_wait_and_the_phone_does_too,
    a_passkey_is_a_second_factor,
    without_a_factor_there_is_nothing_to_recover,
    an_app_that_was_never_confirmed_asks_for_nothing,
    factors_change_only_after_a_recent_proof,
    the_owner_is_told_by_mail_when_a_factor_comes_or_goes,
    an_admin_resets_mfa_and_every_session_ends,
    mfa_is_reset_for_managed_accounts_and_never_for_the_greater,
}

async fn an_app_counts_once_a_code_of_it_was_given_and_is_asked_for_from_then_on(app: App) {
    let by_mia = app.by(&app.mia).await;
    let enrolment = app.roster.begin_totp(&by_mia).await.unwrap();
    let uri = enrolment.uri.expose_secret();
    assert!(
        uri.starts_with("otpauth://totp/Roster:mia%40example.com?secret="),
        "{uri}"
    );
    assert!(enrolment.picture.is_some());
    assert_eq!(password(&app, &app.mia).await.next, Next::Done);

    let wrong = app.roster.confirm_totp(&by_mia, &secret("000000")).await;
    assert!(refused(wrong).starts_with("/code is not what the app shows now"));
    let shown_again = app.roster.pending_totp(&by_mia).await.unwrap().unwrap();
    assert_eq!(shown_again.secret.expose_secret(), enrolment.secret.expose_secret());
    let phone = Phone::with(enrolment.secret.expose_secret());
    let codes = app.roster.confirm_totp(&by_mia, &code(&app, &phone)).await.unwrap();
    assert_eq!(codes.len(), 10);
    let mfa = app.roster.mfa(&app.by(&app.mia).await).await.unwrap();
    assert_eq!((mfa.methods, mfa.recovery_codes_left), (vec![SecondFactor::Totp], 10));
    assert_eq!(refused(app.roster.begin_totp(&by_mia).await), "totp_enrolled");
    assert_eq!(
        member(&app, app.mia.id()).await.account.second_factors,
        [SecondFactor::Totp]
    );

    let signed_in = password(&app, &app.mia).await;
    assert_eq!(signed_in.next, Next::Mfa);
    let token = signed_in.token.expose();
    let next = give(&app.roster, token, Given::Totp(next_code(&app, &phone))).await;
    assert_eq!(next.unwrap(), Next::Done);
    let whole = request(&app.roster, token).await;
    assert!(app.roster.see::<MemberView>(&whole, &app.acme).await.is_ok());
}

async fn until_the_second_factor_is_given_the_session_opens_nothing(app: App) {
    enrol(&app, &app.mia).await;
    let signed_in = password(&app, &app.mia).await;
    let token = signed_in.token.expose();
    let asked = app.roster.authenticate(token, &origin()).await;
    assert!(matches!(asked, Err(Error::MfaRequired)));
    // Proving again is no way round.
    let (session, request) = pending(&app.roster, token).await;
    let by = service::proof::Again::Password(secret(PASSWORD));
    let proved = app.roster.prove_again(&request, &session, by).await;
    assert!(matches!(proved, Err(Error::MfaRequired)));
    assert!(app.roster.authenticate(token, &origin()).await.is_err());
    // Whoever gives up signs out.
    app.roster.sign_out(&request).await.unwrap();
    assert!(app.roster.authenticate_pending(token).await.is_err());
}

async fn a_code_works_once(app: App) {
    let (phone, _) = enrol(&app, &app.mia).await;
    let first = password(&app, &app.mia).await;
    // Its step was used up by enrolling.
    let used = give(&app.roster, first.token.expose(), Given::Totp(code(&app, &phone))).await;
    assert!(matches!(used, Err(Error::WrongCode)));
    let shown = next_code(&app, &phone);
    give(&app.roster, first.token.expose(), Given::Totp(shown.clone()))
        .await
        .unwrap();
    let second = password(&app, &app.mia).await;
    let again = give(&app.roster, second.token.expose(), Given::Totp(shown)).await;
    assert!(matches!(again, Err(Error::WrongCode)));
    let late = next_code(&app, &phone);
    app.pass(60_000_000);
    let late = give(&app.roster, second.token.expose(), Given::Totp(late)).await;
    assert!(matches!(late, Err(Error::WrongCode)));
}

async fn of_many_who_bring_one_code_at_once_one_gets_in(app: App) {
    let (phone, _) = enrol(&app, &app.mia).await;
    let shown = next_code(&app, &phone);
    assert_eq!(many_give(&app, || Given::Totp(shown.clone())).await, 1);
}

async fn of_many_who_bring_one_recovery_code_at_once_one_gets_in(app: App) {
    let (_, codes) = enrol(&app, &app.mia).await;
    let lent = codes[3].clone();
    assert_eq!(many_give(&app, || Given::RecoveryCode(lent.clone())).await, 1);
}

/// How many of five get in, on two nodes where there are two.
async fn many_give(app: &App, given: impl Fn() -> Given) -> usize {
    let second = app.peer().await;
    let mut tries = Vec::new();
    for number in 0..5 {
        let token = password(app, &app.mia).await.token;
        let roster = if number % 2 == 0 {
            app.roster.clone()
        } else {
            second.clone()
        };
        let given = given();
        tries.push(tokio::spawn(async move {
            give(&roster, token.expose(), given).await.is_ok()
        }));
    }
    let mut admitted = 0;
    for one in tries {
        admitted += usize::from(one.await.unwrap());
    }
    admitted
}

async fn a_recovery_code_stands_in_for_a_lost_phone_once(app: App) {
    let (_, codes) = enrol(&app, &app.mia).await;
    let first = password(&app, &app.mia).await;
    let typed = secret(&codes[0].expose_secret().to_uppercase().replace('-', " "));
    give(&app.roster, first.token.expose(), Given::RecoveryCode(typed))
        .await
        .unwrap();
    let second = password(&app, &app.mia).await;
    let again = give(
        &app.roster,
        second.token.expose(),
        Given::RecoveryCode(codes[0].clone()),
    )
    .await;
    assert!(matches!(again, Err(Error::WrongCode)));
    let whole = request(&app.roster, first.token.expose()).await;
    assert_eq!(app.roster.mfa(&whole).await.unwrap().recovery_codes_left, 9);

    let fresh = app.roster.renew_recovery_codes(&whole).await.unwrap();
    let old = give(
        &app.roster,
        second.token.expose(),
        Given::RecoveryCode(codes[1].clone()),
    )
    .await;
    assert!(matches!(old, Err(Error::WrongCode)));
    let new = give(
        &app.roster,
        second.token.expose(),
        Given::RecoveryCode(fresh[1].clone()),
    )
    .await;
    assert!(new.is_ok());
}

async fn whoever_guesses_codes_has_to_wait_and_the_phone_does_too(app: App) {
    let (phone, _) = enrol(&app, &app.mia).await;
    let token = password(&app, &app.mia).await.token;
    for _ in 0..10 {
        let guess = give(&app.roster, token.expose(), Given::Totp(secret("000000"))).await;
        assert!(matches!(guess, Err(Error::WrongCode)));
    }
    let right = give(&app.roster, token.expose(), Given::Totp(next_code(&app, &phone))).await;
    // A step later the first second of waiting is over.
    assert!(right.is_ok());
    for _ in 0..15 {
        let guess = give(&app.roster, token.expose(), Given::Totp(secret("000000"))).await;
        assert!(guess.is_err());
    }
    let right = give(&app.roster, token.expose(), Given::Totp(secret("000000"))).await;
    assert!(matches!(right, Err(Error::Throttled { .. })));
}

async fn a_passkey_is_a_second_factor(app: App) {
    let mut laptop = add_passkey(&app, &app.mia).await;
    let signed_in = password(&app, &app.mia).await;
    assert_eq!(signed_in.next, Next::Mfa);
    // What was asked for a sign-in is no answer to this.
    let other = answer(&app.roster, &mut laptop, None).await;
    let other = give(&app.roster, signed_in.token.expose(), Given::Passkey(other)).await;
    assert!(matches!(other, Err(Error::WrongCode)));
    let mut adams = add_passkey(&app, &app.adam).await;
    let foreign = answer(&app.roster, &mut adams, Some(&app.mia)).await;
    let foreign = give(&app.roster, signed_in.token.expose(), Given::Passkey(foreign)).await;
    assert!(matches!(foreign, Err(Error::WrongCode)));
    let right = answer(&app.roster, &mut laptop, Some(&app.mia)).await;
    let given = give(&app.roster, signed_in.token.expose(), Given::Passkey(right.clone())).await;
    assert_eq!(given.unwrap(), Next::Done);
    let again = password(&app, &app.mia).await;
    let again = give(&app.roster, again.token.expose(), Given::Passkey(right)).await;
    assert!(matches!(again, Err(Error::WrongCode)));
}

async fn without_a_factor_there_is_nothing_to_recover(app: App) {
    let (_, codes) = enrol(&app, &app.mia).await;
    let by_mia = app.by(&app.mia).await;
    app.roster.remove_totp(&by_mia).await.unwrap();
    let mfa = app.roster.mfa(&by_mia).await.unwrap();
    assert_eq!((mfa.methods.len(), mfa.recovery_codes_left), (0, 0));
    assert_eq!(
        refused(app.roster.renew_recovery_codes(&by_mia).await),
        "no_second_factor"
    );
    assert_eq!(refused(app.roster.remove_totp(&by_mia).await), "not_found");
    let signed_in = password(&app, &app.mia).await;
    assert_eq!(signed_in.next, Next::Done);
    let spent = Given::RecoveryCode(codes[0].clone());
    assert!(give(&app.roster, signed_in.token.expose(), spent).await.is_err());
}

async fn an_app_that_was_never_confirmed_asks_for_nothing(app: App) {
    let by_mia = app.by(&app.mia).await;
    let first = app.roster.begin_totp(&by_mia).await.unwrap();
    let second = app.roster.begin_totp(&by_mia).await.unwrap();
    let (old, new) = (
        Phone::with(first.secret.expose_secret()),
        Phone::with(second.secret.expose_secret()),
    );
    assert!(app.roster.confirm_totp(&by_mia, &code(&app, &old)).await.is_err());
    let unconfirmed = Given::Totp(code(&app, &new));
    let token = password(&app, &app.mia).await.token;
    assert!(give(&app.roster, token.expose(), unconfirmed).await.is_err());
    app.pass(60 * 60 * 1_000_000);
    let fresh = sign_in(&app.roster, "mia", PASSWORD).await;
    let by_mia = request(&app.roster, &fresh).await;
    let late = app.roster.confirm_totp(&by_mia, &code(&app, &new)).await;
    assert_eq!(refused(late), "nothing_to_confirm");
}

async fn factors_change_only_after_a_recent_proof(app: App) {
    enrol(&app, &app.mia).await;
    app.pass(PROOF_LIFETIME);
    let by_mia = app.by(&app.mia).await;
    assert_eq!(refused(app.roster.remove_totp(&by_mia).await), "proof_required");
    assert_eq!(refused(app.roster.begin_passkey(&by_mia).await), "proof_required");
    assert_eq!(
        refused(app.roster.renew_recovery_codes(&by_mia).await),
        "proof_required"
    );
    let by_gus = app.by(&app.gus).await;
    assert_eq!(refused(app.roster.begin_totp(&by_gus).await), "proof_required");
}

async fn the_owner_is_told_by_mail_when_a_factor_comes_or_goes(app: App) {
    let mut tx = app.roster.store().account().await.unwrap();
    store::account::verify_email(&mut tx, app.mia.account).await.unwrap();
    tx.commit().await.unwrap();
    enrol(&app, &app.mia).await;
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("mia@example.com").await;
    assert_eq!(mail.subject, "Your second factors were changed");
    assert!(mail.text.contains("an authenticator app was added"), "{}", mail.text);
    done(service::member::credential::reset_mfa(manage(&app, &app.adam).await, app.mia.id()).await);
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("mia@example.com").await;
    assert!(mail.text.contains("took all second factors away"), "{}", mail.text);
}

async fn an_admin_resets_mfa_and_every_session_ends(app: App) {
    enrol(&app, &app.mia).await;
    add_passkey(&app, &app.mia).await;
    let by_adam = app.tried_by(&app.adam).await;
    let authorized = app.roster.authorize::<MemberManage>(&by_adam, &app.acme).await.unwrap();
    let preview = previewed(service::member::credential::reset_mfa(authorized, app.mia.id()).await);
    assert_eq!(preview.counts["session_ended"], 1);
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_ok());

    done(service::member::credential::reset_mfa(manage(&app, &app.adam).await, app.mia.id()).await);
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_err());
    assert!(member(&app, app.mia.id()).await.account.second_factors.is_empty());
    assert_eq!(password(&app, &app.mia).await.next, Next::Done);
    assert_eq!(audited(&app).await[0], "mfa.reset");
    let again = service::member::credential::reset_mfa(manage(&app, &app.adam).await, app.mia.id()).await;
    assert_eq!(refused(again), "no_second_factor");
}

async fn mfa_is_reset_for_managed_accounts_and_never_for_the_greater(app: App) {
    enrol(&app, &app.olivia).await;
    let greater = service::member::credential::reset_mfa(manage(&app, &app.adam).await, app.olivia.id()).await;
    assert_eq!(refused(greater), "owner_protected");
    enrol(&app, &app.adam).await;
    let oneself = service::member::credential::reset_mfa(manage(&app, &app.adam).await, app.adam.id()).await;
    assert_eq!(refused(oneself), "not_yourself");
}
