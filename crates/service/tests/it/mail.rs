//! The outbox: what a mail server says is told, what passes is tried again, what is over is not sent.

use std::sync::Arc;
use std::time::Duration;

use domain::invitation::{DeliveryState, Invitation};
use domain::permission::InvitationSend;
use domain::time::{MINUTE, SECOND};
use service::invitation::{NewInvitation, resend};
use testkit::persona::{accept, done};
use testkit::{App, Behavior, on_both_databases};

use crate::story::{invite, inviting, revoke};

on_both_databases! {
    an_invitation_is_mailed_in_text_and_html,
    a_refused_mail_shows_what_the_server_said,
    a_passing_failure_is_tried_again_after_a_while,
    nothing_is_sent_after_it_was_revoked_or_accepted,
    two_workers_send_a_mail_once,
    a_mail_that_a_node_died_with_is_sent_by_the_other,
    a_mail_server_that_is_gone_is_told_and_asked_again,
    whoever_writes_while_mails_go_out_is_not_held_up_and_each_mail_goes_out,
}

/// For what would otherwise never end.
const PATIENCE: Duration = Duration::from_secs(30);

fn mailed(email: &str) -> NewInvitation {
    NewInvitation {
        email: Some(email.to_owned()),
        ..NewInvitation::default()
    }
}

async fn look_at(app: &App, invitation: &Invitation) -> Invitation {
    let by_adam = app.by(&app.adam).await;
    let mut seen = app.roster.see::<InvitationSend>(&by_adam, &app.acme).await.unwrap();
    service::invitation::get(&mut seen, invitation.id).await.unwrap()
}

async fn an_invitation_is_mailed_in_text_and_html(app: App) {
    let sent = invite(&app, &app.adam, mailed("ada@example.net")).await;
    assert_eq!(sent.invitation.delivery.state, DeliveryState::Queued);
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
    let mail = app.mailbox.next_to("ada@example.net").await;
    assert_eq!(mail.subject, "Adam invites you to Acme");
    assert!(
        mail.html.contains(mail.link()) && mail.text.contains("2026-11-29, 09:00 UTC"),
        "{}",
        mail.text
    );
    assert!(!mail.raw.contains(sent.link.expose()));
    assert_eq!(
        look_at(&app, &sent.invitation).await.delivery.state,
        DeliveryState::Sent
    );
    assert_eq!(app.roster.deliver_due().await.unwrap(), 0);
}

async fn a_refused_mail_shows_what_the_server_said(app: App) {
    app.mailbox.refuse("ada@example.net", "550 5.1.1 Nobody of that name");
    let sent = invite(&app, &app.adam, mailed("ada@example.net")).await;
    let other = invite(&app, &app.adam, mailed("ben@example.net")).await;
    app.roster.deliver_due().await.unwrap();
    let delivery = look_at(&app, &sent.invitation).await.delivery;
    assert_eq!(delivery.state, DeliveryState::Failed);
    let detail = delivery.detail.unwrap();
    assert!(
        detail.starts_with("The mail server answered 550") && detail.contains("5.1.1 Nobody of that name"),
        "{detail}"
    );
    assert_eq!(
        look_at(&app, &other.invitation).await.delivery.state,
        DeliveryState::Sent
    );
    // It is still pending: its link can be passed on, or the mail sent anew.
    let resent = done(resend(inviting(&app, &app.adam).await, sent.invitation.id).await);
    assert_eq!(resent.invitation.delivery.state, DeliveryState::Queued);
    accept(&app.roster, resent.link.expose(), "ada", "ada@example.net").await;
}

async fn a_passing_failure_is_tried_again_after_a_while(app: App) {
    app.mailbox.behave(Behavior::RefuseTemporarily(2));
    let sent = invite(&app, &app.adam, mailed("ada@example.net")).await;
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
    let delivery = look_at(&app, &sent.invitation).await.delivery;
    assert_eq!(delivery.state, DeliveryState::Queued);
    assert!(delivery.detail.unwrap().ends_with("It is tried again."));
    app.pass(9 * SECOND);
    assert_eq!(app.roster.deliver_due().await.unwrap(), 0);
    app.pass(SECOND);
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
    app.pass(19 * SECOND);
    assert_eq!(app.roster.deliver_due().await.unwrap(), 0);
    app.pass(SECOND);
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
    let mail = app.mailbox.next_to("ada@example.net").await;
    assert_eq!(
        look_at(&app, &sent.invitation).await.delivery.state,
        DeliveryState::Sent
    );
    accept(
        &app.roster,
        mail.link().rsplit('/').next().unwrap(),
        "ada",
        "ada@example.net",
    )
    .await;
}

async fn nothing_is_sent_after_it_was_revoked_or_accepted(app: App) {
    let revoked = invite(&app, &app.adam, mailed("ada@example.net")).await;
    let accepted = invite(&app, &app.adam, mailed("ben@example.net")).await;
    revoke(&app, &app.adam, revoked.invitation.id).await;
    accept(&app.roster, accepted.link.expose(), "ben", "ben@example.net").await;
    assert_eq!(app.roster.deliver_due().await.unwrap(), 0);
    assert_eq!(app.mailbox.deliveries(), 0);
}

async fn two_workers_send_a_mail_once(app: App) {
    for number in 0..20 {
        invite(&app, &app.adam, mailed(&format!("guest{number}@example.net"))).await;
    }
    let second = app.peer().await;
    loop {
        let (one, other) = tokio::join!(app.roster.deliver_due(), second.deliver_due());
        if one.unwrap() + other.unwrap() == 0 {
            break;
        }
    }
    assert_eq!(app.mailbox.deliveries(), 20);
    let mut tx = app.roster.store().see_server().await.unwrap();
    assert_eq!(store::job::count(&mut tx).await.unwrap(), 0);
}

async fn a_mail_that_a_node_died_with_is_sent_by_the_other(app: App) {
    let other = app.peer().await;
    invite(&app, &app.adam, mailed("ada@example.net")).await;
    app.mailbox.behave(Behavior::Hang);
    let dying = tokio::spawn({
        let roster = app.roster.clone();
        async move { roster.deliver_due().await }
    });
    while app.mailbox.connections() == 0 {
        tokio::task::yield_now().await;
    }
    dying.abort();
    assert!(dying.await.is_err());
    app.mailbox.behave(Behavior::Accept);
    // Nobody knows yet that it died.
    assert_eq!(other.deliver_due().await.unwrap(), 0);
    app.pass(2 * MINUTE);
    assert_eq!(other.deliver_due().await.unwrap(), 1);
    app.mailbox.next_to("ada@example.net").await;
    assert_eq!(other.deliver_due().await.unwrap(), 0);
    assert_eq!(app.mailbox.deliveries(), 1);
}

async fn a_mail_server_that_is_gone_is_told_and_asked_again(app: App) {
    let sent = invite(&app, &app.adam, mailed("ada@example.net")).await;
    let lost = app.node(|settings| {
        let nobody = service::mail::Server::parse("smtp://127.0.0.1:1", "Roster <roster@example.com>");
        settings.mail = nobody
            .ok()
            .map(|server| service::Fixed::new(service::FixedBy::File, server));
    });
    assert_eq!(lost.await.deliver_due().await.unwrap(), 1);
    let delivery = look_at(&app, &sent.invitation).await.delivery;
    assert_eq!(delivery.state, DeliveryState::Queued);
    assert!(
        delivery
            .detail
            .unwrap()
            .starts_with("The mail server could not be reached")
    );
    app.pass(10 * SECOND);
    app.roster.deliver_due().await.unwrap();
    app.mailbox.next_to("ada@example.net").await;
}

/// Each mail that has gone out is noted, and the next one leased, by changes that wait for their turn as everybody's do.
async fn whoever_writes_while_mails_go_out_is_not_held_up_and_each_mail_goes_out(app: App) {
    let roster = app.roster.clone();
    let worker = tokio::spawn(async move { roster.deliver().await });
    let app = Arc::new(app);
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                for number in 0..15 {
                    invite(&app, &app.adam, mailed(&format!("guest{writer}-{number}@example.net"))).await;
                }
            })
        })
        .collect();
    for (writer, writing) in writers.into_iter().enumerate() {
        tokio::time::timeout(PATIENCE, writing)
            .await
            .expect("somebody who writes waits for the mails")
            .unwrap();
        for number in 0..15 {
            app.mailbox
                .next_to(&format!("guest{writer}-{number}@example.net"))
                .await;
        }
    }
    worker.abort();
}
