//! An account that belongs to more than one organization: whose it is, and how it is added.

use domain::id::MemberId;
use domain::member::{Act, MemberStatus};
use domain::permission::{MemberManage, MemberView};
use service::instance::{ExistingAccounts, InstancePolicyChange};
use service::invitation_acceptance::Acceptance;
use service::member::belongings::Belongings;
use service::member::creation::{Created, NewPerson, create};
use service::member::credential::reset_password;
use service::member::disablement::disable;
use service::member::removal::delete_account;
use service::member::suspension::suspend;
use service::{Outcome, Result};
use testkit::app::origin;
use testkit::persona::{done, refused};
use testkit::{App, Persona, on_both_databases};

use crate::story::{end_membership, invite, manage, manage_in, member, unmailed};

on_both_databases! {
    an_account_with_its_home_elsewhere_is_touched_as_a_membership_only,
    an_account_is_unmanaged_from_joining_a_second_organization_until_it_leaves,
    being_asked_by_another_organization_changes_nothing,
    an_account_with_a_verified_address_agrees_when_signed_in,
    an_account_with_an_unverified_address_agrees_by_mail_alone,
    without_a_mail_server_nobody_is_sent_to_wait_for_a_mail,
    whoever_is_asked_can_decline,
    the_instance_may_add_existing_accounts_at_once,
    whoever_is_suspended_is_added_nowhere,
    looking_up_addresses_is_counted_and_told_even_when_only_tried,
}

/// Eve adds somebody by their address to Elsewhere.
async fn add_elsewhere(app: &App, email: &str) -> Result<Outcome<Created>> {
    let new = NewPerson {
        email: Some(email.to_owned()),
        ..NewPerson::default()
    };
    create(&app.roster, &app.by(&app.eve).await, &app.elsewhere, new).await
}

async fn join_by_invitation(app: &App, persona: &Persona) -> MemberId {
    let sent = invite(app, &app.adam, unmailed(&persona.email)).await;
    let request = app.by(persona).await;
    let accepted = app
        .roster
        .accept_invitation(sent.link.expose(), Some(&request), Acceptance::default(), &origin())
        .await;
    accepted.unwrap().member.id
}

async fn an_account_with_its_home_elsewhere_is_touched_as_a_membership_only(app: App) {
    let eve = join_by_invitation(&app, &app.eve).await;
    assert!(!member(&app, eve).await.managed);
    let by_adam = app.by(&app.adam).await;
    assert_eq!(
        refused(reset_password(&app.roster, &by_adam, &app.acme, eve, None).await),
        "not_managed"
    );
    assert_eq!(
        refused(suspend(manage(&app, &app.adam).await, eve, None).await),
        "not_managed"
    );
    assert_eq!(
        refused(delete_account(manage(&app, &app.adam).await, eve, Belongings::Block).await),
        "not_managed"
    );
    let mut seen = app.roster.see::<MemberManage>(&by_adam, &app.acme).await.unwrap();
    assert_eq!(refused(service::member::sessions(&mut seen, eve).await), "not_managed");
    // Her sign-ins are nobody's here to see.
    assert!(
        service::member::activity(&mut seen, eve, None, 50)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        !service::member::activity(&mut seen, app.mia.id(), None, 50)
            .await
            .unwrap()
            .is_empty()
    );
    drop(seen);
    // Disabling reaches the membership and leaves her session elsewhere alone.
    done(disable(manage(&app, &app.adam).await, eve, None).await);
    let by_eve = app.by(&app.eve).await;
    assert!(app.roster.see::<MemberView>(&by_eve, &app.elsewhere).await.is_ok());
    assert_eq!(
        refused(app.roster.see::<MemberView>(&by_eve, &app.acme).await),
        "not_found"
    );
}

async fn an_account_is_unmanaged_from_joining_a_second_organization_until_it_leaves(app: App) {
    let mia = app.mia.id();
    assert!(member(&app, mia).await.managed);
    let by_eve = app.by(&app.eve).await;
    let authorized = app.roster.authorize(&by_eve, &app.elsewhere).await.unwrap();
    let sent = done(service::invitation::send(authorized, unmailed(&app.mia.email)).await);
    let by_mia = app.by(&app.mia).await;
    app.roster
        .accept_invitation(sent.link.expose(), Some(&by_mia), Acceptance::default(), &origin())
        .await
        .unwrap();
    assert!(!member(&app, mia).await.managed);
    assert_eq!(
        refused(suspend(manage(&app, &app.adam).await, mia, None).await),
        "not_managed"
    );
    let by_adam = app.by(&app.adam).await;
    let seen = app.roster.see::<MemberManage>(&by_adam, &app.acme).await.unwrap();
    assert!(service::member::possible(&seen, &member(&app, mia).await, Act::EndSession).is_err());
    drop(seen);
    end_membership(&app, &app.mia, &app.elsewhere).await;
    assert!(member(&app, mia).await.managed);
}

async fn being_asked_by_another_organization_changes_nothing(app: App) {
    let asked = done(add_elsewhere(&app, &app.mia.email).await);
    assert!(asked.temporary_password.is_none());
    assert_eq!(asked.member.status(), MemberStatus::AwaitingConsent);
    assert!(member(&app, app.mia.id()).await.managed);
    // Who has not agreed is no member: not to be reset, and not let in.
    let by_eve = app.by(&app.eve).await;
    assert_eq!(
        refused(reset_password(&app.roster, &by_eve, &app.elsewhere, asked.member.id, None).await),
        "not_managed"
    );
    let disabled = disable(manage_in(&app, &app.eve, &app.elsewhere).await, asked.member.id, None).await;
    assert_eq!(refused(disabled), "already_awaiting_consent");
    assert_eq!(
        refused(
            app.roster
                .see::<MemberView>(&app.by(&app.mia).await, &app.elsewhere)
                .await
        ),
        "not_found"
    );
    assert_eq!(
        refused(add_elsewhere(&app, &app.mia.email).await),
        "already_awaiting_consent"
    );
}

async fn an_account_with_a_verified_address_agrees_when_signed_in(app: App) {
    let new = NewPerson {
        email: Some(app.eve.email.clone()),
        ..NewPerson::default()
    };
    verify(&app, &app.eve).await;
    let asked = done(create(&app.roster, &app.by(&app.adam).await, &app.acme, new.clone()).await);
    let by_eve = app.by(&app.eve).await;
    assert_eq!(
        app.roster.consent(&by_eve, &app.acme, None).await.unwrap(),
        asked.member.id
    );
    assert!(app.roster.see::<MemberView>(&by_eve, &app.acme).await.is_ok());
    assert_eq!(
        refused(app.roster.consent(&by_eve, &app.acme, None).await),
        "nothing_to_consent_to"
    );
    let again = create(&app.roster, &app.by(&app.adam).await, &app.acme, new).await;
    assert_eq!(refused(again), "already_member");
}

async fn verify(app: &App, persona: &Persona) {
    let mut tx = app.roster.store().account().await.unwrap();
    store::account::verify_email(&mut tx, persona.account).await.unwrap();
    tx.commit().await.unwrap();
}

async fn without_a_mail_server_nobody_is_sent_to_wait_for_a_mail(app: App) {
    let mailed = done(add_elsewhere(&app, &app.gus.email).await);
    assert!(mailed.asked(&app.roster).unwrap().contains("asked by mail"));
    let unmailed = app.node(|settings| settings.mail = None).await;
    let by_eve = testkit::persona::request(&unmailed, &app.eve.token).await;
    let mia = NewPerson {
        email: Some(app.mia.email.clone()),
        ..NewPerson::default()
    };
    let asked = done(create(&unmailed, &by_eve, &app.elsewhere, mia).await);
    let told = asked.asked(&unmailed).unwrap();
    assert!(
        told.starts_with("No mail is sent") && told.contains("Your organizations"),
        "{told}"
    );
    let by_mia = testkit::persona::request(&unmailed, &app.mia.token).await;
    match unmailed.consent(&by_mia, &app.elsewhere, None).await {
        Err(service::Error::Refused(refusal)) => {
            assert_eq!(refusal.code(), "consent_by_mail_only");
            let told = refusal.to_string();
            assert!(
                told.contains("No mail was sent") && told.contains("invitation"),
                "{told}"
            );
        }
        other => panic!("{}", other.is_ok()),
    }
    // As it advises: she declines, and an invitation's link brings her in.
    unmailed.leave(&by_mia, &app.elsewhere).await.unwrap();
    let by_eve = testkit::persona::request(&unmailed, &app.eve.token).await;
    let authorized = unmailed.authorize(&by_eve, &app.elsewhere).await.unwrap();
    let sent = done(service::invitation::send(authorized, crate::story::unmailed(&app.mia.email)).await);
    let accepted = unmailed
        .accept_invitation(sent.link.expose(), Some(&by_mia), Acceptance::default(), &origin())
        .await;
    assert_eq!(accepted.unwrap().member.status(), MemberStatus::Active);
}

async fn an_account_with_an_unverified_address_agrees_by_mail_alone(app: App) {
    done(add_elsewhere(&app, &app.mia.email).await);
    let by_mia = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.consent(&by_mia, &app.elsewhere, None).await),
        "consent_by_mail_only"
    );
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to(&app.mia.email).await;
    assert_eq!(mail.subject, "Elsewhere would like to add you");
    let token = mail.link().rsplit('/').next().unwrap().to_owned();
    // The link is for her alone.
    let by_gus = app.by(&app.gus).await;
    assert_eq!(
        refused(app.roster.consent(&by_gus, &app.elsewhere, Some(&token)).await),
        "not_found"
    );
    app.roster.consent(&by_mia, &app.elsewhere, Some(&token)).await.unwrap();
    assert!(app.roster.me(&by_mia).await.unwrap().account.email_verified);
    assert!(app.roster.see::<MemberView>(&by_mia, &app.elsewhere).await.is_ok());
}

async fn whoever_is_asked_can_decline(app: App) {
    done(add_elsewhere(&app, &app.mia.email).await);
    end_membership(&app, &app.mia, &app.elsewhere).await;
    assert_eq!(
        app.roster.me(&app.by(&app.mia).await).await.unwrap().memberships.len(),
        1
    );
    assert_eq!(
        refused(app.roster.consent(&app.by(&app.mia).await, &app.elsewhere, None).await),
        "not_found"
    );
    // The mail is not sent any more, and asking again is possible.
    app.roster.deliver_due().await.unwrap();
    assert_eq!(app.mailbox.deliveries(), 0);
    done(add_elsewhere(&app, &app.mia.email).await);
}

async fn the_instance_may_add_existing_accounts_at_once(app: App) {
    let change = InstancePolicyChange {
        existing_accounts: Some(ExistingAccounts::Add),
        ..InstancePolicyChange::default()
    };
    app.roster
        .change_instance_policies(&app.by(&app.sid).await, change)
        .await
        .unwrap();
    let added = done(add_elsewhere(&app, &app.mia.email).await);
    assert_eq!(added.member.status(), MemberStatus::Active);
    assert!(!added.member.managed && added.temporary_password.is_none());
    assert!(
        app.roster
            .see::<MemberView>(&app.by(&app.mia).await, &app.elsewhere)
            .await
            .is_ok()
    );
}

async fn whoever_is_suspended_is_added_nowhere(app: App) {
    done(suspend(manage(&app, &app.adam).await, app.mia.id(), None).await);
    assert_eq!(refused(add_elsewhere(&app, &app.mia.email).await), "account_suspended");
}

async fn looking_up_addresses_is_counted_and_told_even_when_only_tried(app: App) {
    let by_adam = app.tried_by(&app.adam).await;
    let new = NewPerson {
        email: Some(app.eve.email.clone()),
        ..NewPerson::default()
    };
    testkit::persona::previewed(create(&app.roster, &by_adam, &app.acme, new.clone()).await);
    assert_eq!(crate::story::audited(&app).await[0], "address.looked_up");
    for _ in 1..200 {
        testkit::persona::previewed(create(&app.roster, &by_adam, &app.acme, new.clone()).await);
    }
    let late = create(&app.roster, &by_adam, &app.acme, new).await;
    assert!(matches!(late, Err(service::Error::Throttled { .. })));
}
