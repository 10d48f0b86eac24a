//! Forgotten passwords: who gets a mail, what its link is good for, and what nobody learns from it.

use domain::account::AuthenticationMethod;
use domain::permission::MemberView;
use domain::time::{HOUR, MINUTE};
use service::Error;
use service::member::edit::MemberEdit;
use service::password_reset::mail_to_member;
use testkit::app::{origin, origin_at, secret};
use testkit::persona::{PASSWORD, create_only, done, previewed, refused, request, sign_in};
use testkit::{App, on_both_databases};

use crate::story::{audited, invite, manage};

on_both_databases! {
    whoever_forgot_the_password_sets_a_new_one_by_mail,
    a_link_is_good_once_and_for_half_an_hour,
    asking_for_a_stranger_leaves_as_much_behind_and_mails_nothing,
    one_mailbox_is_not_flooded_and_the_asker_is_not_told,
    a_link_is_over_when_the_password_or_the_address_changes,
    whoever_signs_in_by_single_sign_on_is_told_so_and_gets_no_link,
    a_suspended_account_gets_no_link_and_one_it_has_is_dead,
    a_new_password_is_not_made_of_where_one_works,
    an_admin_has_the_link_mailed,
    the_lesser_mails_nothing_to_the_greater,
    a_hash_of_another_system_opens_once_and_is_made_anew,
}

const NEW: &str = "vivid otter juggles plums";

async fn asked(app: &App, email: &str) -> String {
    app.roster.ask_password_reset(email, &origin()).await.unwrap();
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to(&email.to_lowercase()).await;
    mail.link().rsplit('/').next().unwrap().to_owned()
}

async fn whoever_forgot_the_password_sets_a_new_one_by_mail(app: App) {
    app.roster
        .ask_password_reset("Mia@Example.com", &origin())
        .await
        .unwrap();
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
    let mail = app.mailbox.next_to("mia@example.com").await;
    assert_eq!(mail.subject, "Set a new password for Roster");
    assert!(mail.link().starts_with("https://roster.example/password-resets/"));
    assert!(mail.text.lines().any(|line| line == mail.link()), "{}", mail.text);
    let token = mail.link().rsplit('/').next().unwrap();
    // Looking uses nothing up.
    for _ in 0..2 {
        assert_eq!(app.roster.look_up_password_reset(token).await.unwrap().username, "mia");
    }
    let weak = app
        .roster
        .redeem_password_reset(token, secret("short"), &origin())
        .await;
    assert!(refused(weak).starts_with("/new_password has 5 characters"));
    app.roster
        .redeem_password_reset(token, secret(NEW), &origin())
        .await
        .unwrap();
    // Every session is over, and nobody was signed in.
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_err());
    let old = app.roster.sign_in("mia", secret(PASSWORD), &origin()).await;
    assert!(matches!(old, Err(Error::WrongCredentials)));
    let by_mia = request(&app.roster, &sign_in(&app.roster, "mia", NEW).await).await;
    assert!(app.roster.me(&by_mia).await.unwrap().account.email_verified);
    assert_eq!(app.roster.my_sessions(&by_mia).await.unwrap().len(), 1);
}

async fn a_link_is_good_once_and_for_half_an_hour(app: App) {
    let first = asked(&app, "mia@example.com").await;
    app.pass(30 * MINUTE);
    let late = app.roster.redeem_password_reset(&first, secret(NEW), &origin()).await;
    assert_eq!(refused(late), "link_invalid");
    let second = asked(&app, "mia@example.com").await;
    let from = origin();
    let (one, other) = tokio::join!(
        app.roster.redeem_password_reset(&second, secret(NEW), &from),
        app.roster
            .redeem_password_reset(&second, secret("eleven brave turnips hum"), &from),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    let again = app.roster.redeem_password_reset(&second, secret(NEW), &origin()).await;
    assert_eq!(refused(again), "link_invalid");
    for wrong in ["", "x", &"A".repeat(43)] {
        assert_eq!(
            refused(app.roster.redeem_password_reset(wrong, secret(NEW), &origin()).await),
            "link_invalid"
        );
    }
}

async fn asking_for_a_stranger_leaves_as_much_behind_and_mails_nothing(app: App) {
    let jobs = async || {
        let mut tx = app.roster.store().see_server().await.unwrap();
        store::job::count(&mut tx).await.unwrap()
    };
    for (already, email) in ["mia@example.com", "nobody@example.com"].into_iter().enumerate() {
        app.roster.ask_password_reset(email, &origin()).await.unwrap();
        assert_eq!(jobs().await, i64::try_from(already).unwrap() + 1, "{email}");
    }
    assert_eq!(app.roster.deliver_due().await.unwrap(), 2);
    app.mailbox.next_to("mia@example.com").await;
    assert_eq!((app.mailbox.deliveries(), jobs().await), (1, 0));
    let no_address = app.roster.ask_password_reset("mia", &origin()).await;
    assert!(refused(no_address).starts_with("/email is no e-mail address"));
}

async fn one_mailbox_is_not_flooded_and_the_asker_is_not_told(app: App) {
    for number in 0..9 {
        let from = origin_at(&format!("192.0.2.{number}"));
        app.roster.ask_password_reset("mia@example.com", &from).await.unwrap();
    }
    assert_eq!(app.roster.deliver_due().await.unwrap(), 5);
    app.pass(HOUR);
    app.roster
        .ask_password_reset("mia@example.com", &origin())
        .await
        .unwrap();
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
}

async fn a_link_is_over_when_the_password_or_the_address_changes(app: App) {
    let token = asked(&app, "mia@example.com").await;
    let by_mia = app.by(&app.mia).await;
    app.roster
        .change_password(&by_mia, secret(PASSWORD), secret(NEW))
        .await
        .unwrap();
    let late = app
        .roster
        .redeem_password_reset(&token, secret(PASSWORD), &origin())
        .await;
    assert_eq!(refused(late), "link_invalid");

    let token = asked(&app, "gus@example.com").await;
    let edit = MemberEdit {
        email: Some("gustav@example.com".to_owned()),
        ..MemberEdit::default()
    };
    done(service::member::edit::edit(manage(&app, &app.adam).await, app.gus.id(), edit).await);
    let late = app.roster.redeem_password_reset(&token, secret(NEW), &origin()).await;
    assert_eq!(refused(late), "link_invalid");
}

async fn whoever_signs_in_by_single_sign_on_is_told_so_and_gets_no_link(app: App) {
    let token = asked(&app, "mia@example.com").await;
    set_method(&app, AuthenticationMethod::Saml).await;
    let late = app.roster.redeem_password_reset(&token, secret(NEW), &origin()).await;
    assert_eq!(refused(late), "link_invalid");
    app.roster
        .ask_password_reset("mia@example.com", &origin())
        .await
        .unwrap();
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("mia@example.com").await;
    assert_eq!(mail.subject, "How you sign in to Roster");
    assert_eq!(mail.link(), "https://roster.example/sign-in");
    assert!(mail.text.contains("single sign-on"), "{}", mail.text);
    assert_eq!(
        refused(mail_to_member(manage(&app, &app.adam).await, app.mia.id()).await),
        "no_password"
    );
}

/// As the settings of single sign-on will; no operation does it yet that needs no identity provider.
async fn set_method(app: &App, method: AuthenticationMethod) {
    let mut tx = app.roster.store().server().await.unwrap();
    store::account::set_authentication_method(&mut tx, app.mia.account, method)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn a_suspended_account_gets_no_link_and_one_it_has_is_dead(app: App) {
    let token = asked(&app, "mia@example.com").await;
    done(service::member::suspension::suspend(manage(&app, &app.adam).await, app.mia.id(), None).await);
    let dead = app.roster.redeem_password_reset(&token, secret(NEW), &origin()).await;
    assert_eq!(refused(dead), "link_invalid");
    let before = app.mailbox.deliveries();
    app.roster
        .ask_password_reset("mia@example.com", &origin())
        .await
        .unwrap();
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
    assert_eq!(app.mailbox.deliveries(), before);
    assert_eq!(
        refused(mail_to_member(manage(&app, &app.adam).await, app.mia.id()).await),
        "account_suspended"
    );
}

async fn a_new_password_is_not_made_of_where_one_works(app: App) {
    let sent = invite(
        &app,
        &app.adam,
        service::invitation::NewInvitation {
            email: Some("ada@example.net".to_owned()),
            ..Default::default()
        },
    )
    .await;
    testkit::persona::accept(&app.roster, sent.link.expose(), "ada", "ada@example.net").await;
    let mut scope = app.roster.store().change(&app.acme).await.unwrap();
    let title = domain::text::Title::parse("Analytical Engines").unwrap();
    let slug = domain::text::OrganizationSlug::parse("acme").unwrap();
    store::organization::rename(&mut scope, &title, &slug).await.unwrap();
    scope.commit().await.unwrap();
    let token = asked(&app, "ada@example.net").await;
    let made_of = app
        .roster
        .redeem_password_reset(&token, secret("analyticalengines2026"), &origin())
        .await;
    assert!(refused(made_of).starts_with("/new_password is mostly “analyticalengines”"));
    let made_of = app
        .roster
        .redeem_password_reset(&token, secret("roster.example 9!"), &origin())
        .await;
    assert!(refused(made_of).contains("which anybody would try first"));
}

async fn an_admin_has_the_link_mailed(app: App) {
    let by_adam = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&by_adam, &app.acme).await.unwrap();
    let preview = previewed(mail_to_member(tried, app.mia.id()).await);
    assert_eq!(preview.effects.len(), 1);
    done(mail_to_member(manage(&app, &app.adam).await, app.mia.id()).await);
    assert_eq!(audited(&app).await[0], "password.reset_mailed");
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("mia@example.com").await;
    assert!(mail.text.contains("An administrator of Acme asks you"), "{}", mail.text);
    // Until it is used, nothing changes.
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_ok());
    let token = mail.link().rsplit('/').next().unwrap();
    app.roster
        .redeem_password_reset(token, secret(NEW), &origin())
        .await
        .unwrap();
    sign_in(&app.roster, "mia", NEW).await;
    // Without a mail server it is said why not.
    let alone = app.node(|settings| settings.mail = None).await;
    let by_adam = request(&alone, &app.adam.token).await;
    let authorized = alone.authorize(&by_adam, &app.acme).await.unwrap();
    assert_eq!(
        refused(mail_to_member(authorized, app.mia.id()).await),
        "mail_not_set_up"
    );
}

async fn the_lesser_mails_nothing_to_the_greater(app: App) {
    for (who, code) in [(app.olivia.id(), "owner_protected"), (app.adam.id(), "not_yourself")] {
        assert_eq!(refused(mail_to_member(manage(&app, &app.adam).await, who).await), code);
    }
    let by_mia = app.by(&app.mia).await;
    let may_not = app
        .roster
        .authorize::<domain::permission::MemberManage>(&by_mia, &app.acme)
        .await;
    assert_eq!(refused(may_not), "permission_required");
    drop(app.roster.see::<MemberView>(&by_mia, &app.acme).await.unwrap());
}

async fn a_hash_of_another_system_opens_once_and_is_made_anew(app: App) {
    create_only(&app.roster, &app.adam, &app.acme, "ada", "member").await;
    // Django's own, of `lètmein`.
    let imported = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
    let hash = service::PasswordHash::imported(imported).unwrap();
    let mut tx = app.roster.store().sign_in().await.unwrap();
    let ada = store::account::find_by_login(&mut tx, "ada").await.unwrap().unwrap();
    let kept = store::password::Password {
        hash: hash.as_str().to_owned(),
        must_change: false,
        expires_at: None,
    };
    store::password::set(&mut tx, ada.id, &kept, app.roster.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let wrong = app.roster.sign_in("ada", secret("letmein"), &origin()).await;
    assert!(matches!(wrong, Err(Error::WrongCredentials)));
    sign_in(&app.roster, "ada", "lètmein").await;
    let mut tx = app.roster.store().see_account().await.unwrap();
    let now = store::password::find(&mut tx, ada.id).await.unwrap().unwrap();
    assert!(now.hash.starts_with("$argon2id$"), "{}", now.hash);
    drop(tx);
    sign_in(&app.roster, "ada", "lètmein").await;
}
