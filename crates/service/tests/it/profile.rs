//! One's own account: another address, an end for good, and what is told of it by mail.

use domain::time::{HOUR, MINUTE};
use service::project::NewProject;
use testkit::app::{origin, origin_at, secret};
use testkit::persona::{PASSWORD, create_only, done, previewed, refused, request, sign_in};
use testkit::{App, on_both_databases};

use crate::story::audited;

on_both_databases! {
    a_new_address_counts_once_its_mailbox_has_answered,
    the_old_address_is_told,
    an_address_of_somebody_else_is_told_to_them_alone,
    a_second_address_ends_the_link_of_the_first,
    an_address_is_changed_only_by_who_proved_themselves_lately,
    a_sign_in_from_a_new_device_is_told,
    an_account_is_deleted_by_its_owner_with_all_that_opens,
    who_owns_something_or_is_the_last_owner_stays,
}

async fn link(app: &App, to: &str) -> String {
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to(to).await;
    mail.link().rsplit('/').next().unwrap().to_owned()
}

async fn a_new_address_counts_once_its_mailbox_has_answered(app: App) {
    let by_mia = app.by(&app.mia).await;
    let tried = by_mia.with_dry_run(true);
    previewed(app.roster.ask_email_change(&tried, "new@example.net").await);
    done(app.roster.ask_email_change(&by_mia, " New@Example.net ").await);
    assert_eq!(
        app.roster.pending_email(&by_mia).await.unwrap().unwrap().as_str(),
        "New@example.net"
    );
    let token = link(&app, "new@example.net").await;
    assert_eq!(app.roster.look_up_email_change(&token).await.unwrap().username, "mia");
    // Until then nothing has changed.
    assert_eq!(
        app.roster.me(&by_mia).await.unwrap().account.email.as_deref(),
        Some("mia@example.com")
    );
    let after = app.roster.verify_email_change(&token, &origin()).await.unwrap();
    assert_eq!(
        (after.email.as_deref(), after.email_verified),
        (Some("New@example.net"), true)
    );
    assert_eq!(
        refused(app.roster.verify_email_change(&token, &origin()).await),
        "link_invalid"
    );
    sign_in(&app.roster, "new@example.net", PASSWORD).await;
    let old = app.roster.sign_in("mia@example.com", secret(PASSWORD), &origin()).await;
    assert!(old.is_err());
    let same = app
        .roster
        .ask_email_change(&app.by(&app.mia).await, "new@example.net")
        .await;
    assert_eq!(refused(same), "/email is your address already");
}

async fn the_old_address_is_told(app: App) {
    done(
        app.roster
            .ask_email_change(&app.by(&app.mia).await, "new@example.net")
            .await,
    );
    let token = link(&app, "new@example.net").await;
    app.roster.verify_email_change(&token, &origin()).await.unwrap();
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("mia@example.com").await;
    assert_eq!(mail.subject, "Your account has another e-mail address now");
    assert!(mail.text.contains("new@example.net"), "{}", mail.text);
    assert_eq!(mail.link(), "https://roster.example/me");
}

async fn an_address_of_somebody_else_is_told_to_them_alone(app: App) {
    // The same answer as for a free one.
    done(
        app.roster
            .ask_email_change(&app.by(&app.mia).await, "eve@example.com")
            .await,
    );
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("eve@example.com").await;
    assert_eq!(mail.subject, "Your address at Roster");
    assert_eq!(mail.link(), "https://roster.example/sign-in");
    // Taken between the mail and the click, it stays theirs.
    done(
        app.roster
            .ask_email_change(&app.by(&app.gus).await, "zoe@example.com")
            .await,
    );
    let token = link(&app, "zoe@example.com").await;
    create_only(&app.roster, &app.adam, &app.acme, "zoe", "member").await;
    assert_eq!(
        refused(app.roster.verify_email_change(&token, &origin()).await),
        "email_taken"
    );
}

async fn a_second_address_ends_the_link_of_the_first(app: App) {
    let by_mia = app.by(&app.mia).await;
    done(app.roster.ask_email_change(&by_mia, "one@example.net").await);
    let first = link(&app, "one@example.net").await;
    done(app.roster.ask_email_change(&by_mia, "two@example.net").await);
    assert_eq!(
        refused(app.roster.verify_email_change(&first, &origin()).await),
        "link_invalid"
    );
    let second = link(&app, "two@example.net").await;
    app.roster.drop_email_change(&by_mia).await.unwrap();
    assert_eq!(
        refused(app.roster.verify_email_change(&second, &origin()).await),
        "link_invalid"
    );
    assert_eq!(refused(app.roster.drop_email_change(&by_mia).await), "not_found");
    done(app.roster.ask_email_change(&by_mia, "three@example.net").await);
    let third = link(&app, "three@example.net").await;
    app.pass(24 * HOUR);
    assert_eq!(
        refused(app.roster.verify_email_change(&third, &origin()).await),
        "link_invalid"
    );
}

async fn an_address_is_changed_only_by_who_proved_themselves_lately(app: App) {
    app.pass(10 * MINUTE);
    let by_mia = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.ask_email_change(&by_mia, "new@example.net").await),
        "proof_required"
    );
    assert_eq!(refused(app.roster.delete_me(&by_mia).await), "proof_required");
}

async fn a_sign_in_from_a_new_device_is_told(app: App) {
    let from = |user_agent: &str| domain::actor::Origin {
        user_agent: user_agent.to_owned(),
        ..origin_at("203.0.113.9")
    };
    let linux = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let newer = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";
    let mut tx = app.roster.store().account().await.unwrap();
    store::account::verify_email(&mut tx, app.mia.account).await.unwrap();
    tx.commit().await.unwrap();
    for (user_agent, told) in [(linux, 1), (linux, 1), (newer, 1), ("a test", 1), ("curl/8.10.1", 2)] {
        app.pass(1);
        app.roster
            .sign_in("mia", secret(PASSWORD), &from(user_agent))
            .await
            .unwrap();
        app.roster.deliver_due().await.unwrap();
        assert_eq!(app.mailbox.deliveries(), told, "{user_agent}");
    }
    let mail = app.mailbox.next_to("mia@example.com").await;
    assert_eq!(mail.subject, "A sign-in from a new device");
    assert!(
        mail.text.contains("Firefox on Linux") && mail.text.contains("203.0.113.9"),
        "{}",
        mail.text
    );
}

async fn an_account_is_deleted_by_its_owner_with_all_that_opens(app: App) {
    let by_mia = app.by(&app.mia).await;
    previewed(app.roster.delete_me(&by_mia.with_dry_run(true)).await);
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_ok());
    done(app.roster.delete_me(&by_mia).await);
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_err());
    let gone = app.roster.sign_in("mia", secret(PASSWORD), &origin()).await;
    assert!(matches!(gone, Err(service::Error::WrongCredentials)));
    assert_eq!(audited(&app).await[0], "member.left");
    // The name is free, and inherits nothing.
    create_only(&app.roster, &app.adam, &app.acme, "mia", "guest").await;
}

async fn who_owns_something_or_is_the_last_owner_stays(app: App) {
    let by_mia = app.by(&app.mia).await;
    let authorized = app.roster.authorize(&by_mia, &app.acme).await.unwrap();
    let website = NewProject {
        name: "Website".to_owned(),
        ..NewProject::default()
    };
    done(service::project::create(authorized, website).await);
    match app.roster.delete_me(&by_mia).await {
        Err(service::Error::Refused(refusal)) => {
            assert_eq!(
                refusal.to_string(),
                "You still own the project Website in Acme. Transfer or delete what you own first."
            );
            assert_eq!(refusal.code(), "still_owns");
        }
        other => panic!("{}", other.is_ok()),
    }
    let by_olivia = app.by(&app.olivia).await;
    match app.roster.delete_me(&by_olivia).await {
        Err(service::Error::Refused(domain::Refusal::LastOwnerOf { organizations })) => {
            assert_eq!(organizations, ["Acme"]);
        }
        other => panic!("{}", other.is_ok()),
    }
    let by_sid = app.by(&app.sid).await;
    assert_eq!(refused(app.roster.delete_me(&by_sid).await), "last_superuser");
    // Nothing of it happened.
    let by_mia = request(&app.roster, &app.mia.token).await;
    assert_eq!(app.roster.me(&by_mia).await.unwrap().memberships.len(), 1);
}
