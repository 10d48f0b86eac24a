//! Stolen passwords: every way to set one refuses them with the reason.

use std::sync::Arc;

use domain::permission::SignupDomainManage;
use service::invitation_acceptance::Acceptance;
use service::member::creation::{self, NewPerson};
use service::member::credential::reset_password;
use service::sign_up::NewSignUp;
use service::signup_domain::{self, NewDomain};
use service::{Breached, Error, Result, Roster};
use testkit::app::{origin, secret};
use testkit::breached::{STOLEN, list};
use testkit::persona::{PASSWORD, done, refused, request};
use testkit::{App, on_both_databases};

use crate::story::{invite, unmailed};

on_both_databases! {
    no_way_to_set_a_password_takes_a_stolen_one,
    without_the_list_the_same_password_is_taken,
    a_list_that_is_gone_lets_no_password_in,
}

const REASON: &str =
    "is in a list of passwords that were stolen elsewhere, which is tried first; choose one that you have used nowhere";

/// A node whose operator gave it the list.
async fn careful(app: &App) -> Roster {
    let file = list();
    // Opened once, it stays readable when its name is gone.
    let breached = Arc::new(Breached::open(file.path()).unwrap());
    app.node(|settings| settings.breached = Some(breached)).await
}

fn told<T>(field: &str, outcome: Result<T>) {
    assert_eq!(refused(outcome), format!("/{field} {REASON}"));
}

fn accepting(password: &str) -> Acceptance {
    Acceptance {
        name: Some("Ada Lovelace".to_owned()),
        username: Some("ada".to_owned()),
        password: Some(secret(password)),
    }
}

async fn no_way_to_set_a_password_takes_a_stolen_one(app: App) {
    let roster = careful(&app).await;
    let by_mia = request(&roster, &app.mia.token).await;
    let changed = roster.change_password(&by_mia, secret(PASSWORD), secret(STOLEN)).await;
    told("new_password", changed);

    app.roster
        .ask_password_reset("mia@example.com", &origin())
        .await
        .unwrap();
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("mia@example.com").await;
    let token = mail.link().rsplit('/').next().unwrap();
    told(
        "new_password",
        roster.redeem_password_reset(token, secret(STOLEN), &origin()).await,
    );

    let by_adam = request(&roster, &app.adam.token).await;
    let temporary = Some(secret(STOLEN));
    let reset = reset_password(&roster, &by_adam, &app.acme, app.mia.id(), temporary.clone()).await;
    told("temporary_password", reset);
    let person = NewPerson {
        name: "Ada Lovelace".to_owned(),
        email: None,
        username: Some("ada".to_owned()),
        role: None,
        until: None,
        temporary_password: temporary,
    };
    let created = creation::create(&roster, &by_adam, &app.acme, person).await;
    told("temporary_password", created);

    let sent = invite(&app, &app.adam, unmailed("ada@example.net")).await;
    let accepted = roster
        .accept_invitation(sent.link.expose(), None, accepting(STOLEN), &origin())
        .await;
    told("password", accepted);

    told(
        "password",
        roster
            .create_superuser("ada", "ada@example.net", None, secret(STOLEN))
            .await,
    );
    signing_up(&app, &roster).await;

    // Whatever was refused has used nothing up.
    roster
        .redeem_password_reset(token, secret("eleven brave turnips hum"), &origin())
        .await
        .unwrap();
    roster
        .accept_invitation(
            sent.link.expose(),
            None,
            accepting("eleven brave turnips hum"),
            &origin(),
        )
        .await
        .unwrap();
}

async fn signing_up(app: &App, roster: &Roster) {
    let by_adam = app.by(&app.adam).await;
    let open = app
        .roster
        .authorize::<SignupDomainManage>(&by_adam, &app.acme)
        .await
        .unwrap();
    done(signup_domain::allow(open, true).await);
    let open = app
        .roster
        .authorize::<SignupDomainManage>(&by_adam, &app.acme)
        .await
        .unwrap();
    let domain = NewDomain {
        domain: "example.net".to_owned(),
        authentication_method: None,
        role: Some("guest".to_owned()),
    };
    done(signup_domain::add(open, domain).await);
    let wanted = |password: Option<&str>| NewSignUp {
        email: "grace@example.net".to_owned(),
        name: "Grace Hopper".to_owned(),
        password: password.map(secret),
        organization: None,
    };
    told("password", roster.ask_sign_up(wanted(Some(STOLEN)), &origin()).await);
    roster.ask_sign_up(wanted(None), &origin()).await.unwrap();
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("grace@example.net").await;
    let token = mail.link().rsplit('/').next().unwrap();
    let verified = roster
        .verify_sign_up(token, None, Some(secret(STOLEN)), &origin())
        .await;
    told("password", verified);
}

async fn without_the_list_the_same_password_is_taken(app: App) {
    let by_mia = app.by(&app.mia).await;
    let changed = app
        .roster
        .change_password(&by_mia, secret(PASSWORD), secret(STOLEN))
        .await;
    assert!(changed.is_ok());
}

async fn a_list_that_is_gone_lets_no_password_in(app: App) {
    let file = list();
    let breached = Arc::new(Breached::open(file.path()).unwrap());
    let roster = app.node(|settings| settings.breached = Some(breached)).await;
    file.as_file().set_len(0).unwrap();
    let by_mia = request(&roster, &app.mia.token).await;
    let changed = roster
        .change_password(&by_mia, secret(PASSWORD), secret("eleven brave turnips hum"))
        .await;
    let Err(Error::Unexpected(cause)) = changed.map(drop) else {
        panic!("an unread list judges nothing")
    };
    assert!(cause.contains("cannot be read"), "{cause}");
    assert!(!cause.contains("turnips"), "{cause}");
    assert!(roster.sign_in("mia", secret(PASSWORD), &origin()).await.is_ok());
}
