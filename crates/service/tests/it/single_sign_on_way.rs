//! On the way in by single sign-on: which organization is meant, and that nobody passes by their second factor.

use domain::permission::{OrganizationView, SignupDomainManage};
use domain::time::SECOND;
use secrecy::ExposeSecret;
use service::Error;
use service::mfa::giving::Given;
use service::sign_in::Next;
use service::sign_in::place::Place;
use service::signup_domain::{self, NewDomain};
use testkit::persona::{done, request};
use testkit::{App, Phone, on_both_databases};

use crate::factor::{code, give};
use crate::single_sign_on::{again, come, signed_in, with_provider};

on_both_databases! {
    an_organization_is_found_by_what_people_know_of_it,
    whoever_comes_by_it_gives_their_second_factor_too,
}

async fn an_organization_is_found_by_what_people_know_of_it(app: App) {
    let Some(_provider) = with_provider(&app, false).await else {
        return;
    };
    let place = async |typed: &str| app.roster.single_sign_on_place(typed).await.unwrap();
    let acme = Place::One("acme".to_owned());
    let olivia = again(&app, &app.olivia).await;
    let id = app.roster.see::<OrganizationView>(&olivia, &app.acme).await.unwrap();
    let id = id.organization().id;
    for typed in [
        "acme",
        " ACME ",
        "https://roster.example/o/acme/people",
        &id.to_string(),
    ] {
        assert_eq!(place(typed).await, acme, "{typed}");
    }
    for typed in ["ac me", "@", "mia@", "a"] {
        assert_eq!(place(typed).await, Place::Unreadable, "{typed}");
    }
    let nobodys = Place::OfDomain {
        domain: "example.net".to_owned(),
        all: Vec::new(),
    };
    assert_eq!(place("mia@Example.net").await, nobodys);
    let domain = NewDomain {
        domain: "example.net".to_owned(),
        authentication_method: None,
        role: Some("guest".to_owned()),
    };
    let listed = app
        .roster
        .authorize::<SignupDomainManage>(&olivia, &app.acme)
        .await
        .unwrap();
    let domain = done(signup_domain::add(listed, domain).await);
    // Whoever lists a domain says nothing about whose it is.
    assert_eq!(place("mia@example.net").await, nobodys);
    app.names.publish(&domain.domain.proof_name(), &domain.proof_record());
    done(signup_domain::prove(&app.roster, &olivia, &app.acme, "example.net").await);
    for typed in ["mia@Example.net", "nobody-of-that-name@example.net"] {
        assert_eq!(place(typed).await, acme, "{typed}");
    }
}

async fn whoever_comes_by_it_gives_their_second_factor_too(app: App) {
    let Some(provider) = with_provider(&app, true).await else {
        return;
    };
    let (first, _) = signed_in(come(&app, &provider, "ida@example.com").await);
    assert_eq!(first.next, Next::Done);
    let by_ida = request(&app.roster, first.token.expose()).await;
    let enrolment = app.roster.begin_totp(&by_ida).await.unwrap();
    let phone = Phone::with(enrolment.secret.expose_secret());
    app.roster.confirm_totp(&by_ida, &code(&app, &phone)).await.unwrap();
    let (second, _) = signed_in(come(&app, &provider, "ida@example.com").await);
    assert_eq!(second.next, Next::Mfa);
    assert!(matches!(
        app.roster
            .authenticate(second.token.expose(), &testkit::app::origin())
            .await,
        Err(Error::MfaRequired)
    ));
    app.pass(30 * SECOND);
    let given = Given::Totp(code(&app, &phone));
    assert_eq!(
        give(&app.roster, second.token.expose(), given).await.unwrap(),
        Next::Done
    );
    let by_ida = request(&app.roster, second.token.expose()).await;
    assert!(app.roster.see::<OrganizationView>(&by_ida, &app.acme).await.is_ok());
}
