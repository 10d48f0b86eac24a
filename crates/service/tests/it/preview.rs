//! Seeing a change before it is made: it tells what would happen, and nothing of it remains.

use domain::effect::Preview;
use domain::permission::{InvitationSend, MemberManage};
use domain::policy::PolicyChange;
use futures_util::StreamExt;
use service::member::belongings::Belongings;
use service::member::creation::{NewPerson, create};
use service::member::disablement::disable;
use service::member::removal::remove;
use service::member::role_change::change_role;
use service::superuser::Filter;
use service::{Outcome, bulk};
use testkit::persona::{PASSWORD, previewed, refused, sign_in};
use testkit::{App, on_both_databases};

use crate::story::{audited, member, unmailed};

on_both_databases! {
    a_tried_role_change_tells_who_gains_what,
    a_tried_removal_tells_what_ends_and_leaves_everything,
    a_tried_account_and_invitation_leave_nothing_behind,
    a_tried_policy_tells_who_may_invite,
    a_tried_list_is_checked_row_by_row_and_against_itself,
    a_list_is_carried_out_row_by_row,
}

fn told(preview: &Preview, kind: &str) -> Vec<String> {
    let of_kind = preview.effects.iter().filter(|effect| effect.kind.name() == kind);
    of_kind
        .filter_map(|effect| effect.permission.clone().or_else(|| effect.detail.clone()))
        .collect()
}

async fn a_tried_role_change_tells_who_gains_what(app: App) {
    let before = audited(&app).await.len();
    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize::<MemberManage>(&request, &app.acme).await.unwrap();
    let preview = previewed(change_role(tried, app.mia.id(), "guest", None).await);
    assert_eq!(told(&preview, "changed"), ["role: Member → Guest"]);
    let lost = told(&preview, "permission_lost");
    assert!(lost.contains(&"roster.member.view".to_owned()) && !lost.contains(&"roster.organization.view".to_owned()));
    assert!(told(&preview, "permission_gained").is_empty());
    assert_eq!(member(&app, app.mia.id()).await.role.slug, "member");
    assert_eq!(audited(&app).await.len(), before);
}

async fn a_tried_removal_tells_what_ends_and_leaves_everything(app: App) {
    sign_in(&app.roster, "mia", PASSWORD).await;
    let before = member(&app, app.mia.id()).await;
    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize::<MemberManage>(&request, &app.acme).await.unwrap();
    let preview = previewed(remove(tried, app.mia.id(), Belongings::Block).await);
    assert_eq!(
        (preview.counts["member_removed"], preview.counts["session_ended"]),
        (1, 2)
    );
    let tried = app.roster.authorize::<MemberManage>(&request, &app.acme).await.unwrap();
    let preview = previewed(disable(tried, app.mia.id(), Some("On leave.")).await);
    assert_eq!(told(&preview, "seat"), ["a slot becomes free"]);
    let after = member(&app, app.mia.id()).await;
    assert_eq!(service::member::etag(&after), service::member::etag(&before));
    assert!(
        app.roster
            .authenticate(&app.mia.token, &testkit::app::origin())
            .await
            .is_ok()
    );
}

async fn a_tried_account_and_invitation_leave_nothing_behind(app: App) {
    let request = app.tried_by(&app.adam).await;
    let new = NewPerson {
        name: "Ada".into(),
        email: Some("ada@example.net".into()),
        ..NewPerson::default()
    };
    let outcome = create(&app.roster, &request, &app.acme, new).await;
    let preview = previewed(outcome);
    assert_eq!(
        (
            preview.counts["account_created"],
            preview.counts["member_added"],
            preview.counts["seat"]
        ),
        (1, 1, 1)
    );
    let tried = app
        .roster
        .authorize::<InvitationSend>(&request, &app.acme)
        .await
        .unwrap();
    let mailed = service::invitation::NewInvitation {
        send: true,
        ..unmailed("ada@example.net")
    };
    assert_eq!(
        previewed(service::invitation::send(tried, mailed).await).counts["invitation_sent"],
        1
    );
    assert!(
        app.roster
            .accounts(&app.by(&app.sid).await, &Filter::of(Some("ada@")), 5)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(app.roster.deliver_due().await.unwrap(), 0);
    assert_eq!(
        audited(&app)
            .await
            .iter()
            .filter(|action| *action == "invitation.sent")
            .count(),
        0
    );
}

async fn a_tried_policy_tells_who_may_invite(app: App) {
    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&request, &app.acme).await.unwrap();
    let change = PolicyChange {
        members_may_invite: Some(true),
        ..PolicyChange::default()
    };
    let preview = previewed(service::organization::change_policies(tried, change).await);
    assert_eq!(told(&preview, "permission_gained"), ["roster.invitation.send"]);
    assert_eq!(told(&preview, "changed"), ["members_may_invite: false → true"]);
    let by_mia = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.see::<InvitationSend>(&by_mia, &app.acme).await),
        "permission_required"
    );
}

fn people(emails: &[&str]) -> Vec<NewPerson> {
    emails
        .iter()
        .map(|email| NewPerson {
            email: Some((*email).to_owned()),
            ..NewPerson::default()
        })
        .collect()
}

async fn a_tried_list_is_checked_row_by_row_and_against_itself(app: App) {
    let limit = PolicyChange {
        member_limit: Some(Some(6)),
        ..PolicyChange::default()
    };
    crate::story::change_policies(&app, &app.sid, limit).await.unwrap();
    let rows = people(&[
        "ada@example.net",
        "no address",
        "ADA@example.net",
        "mia@example.com",
        "ben@example.net",
        "cleo@example.net",
    ]);
    let request = app.tried_by(&app.adam).await;
    let outcomes = bulk::create(app.roster.clone(), request, app.acme.clone(), rows)
        .await
        .unwrap();
    let told: Vec<_> = outcomes
        .map(|row| match row.outcome {
            Ok(Outcome::Previewed(_)) => "good".to_owned(),
            Ok(Outcome::Done(_)) => panic!("row {} was carried out", row.number),
            other => refused(other),
        })
        .collect()
        .await;
    assert_eq!(
        told,
        [
            "good",
            "/email is no e-mail address: it needs a name, @ and a domain",
            "already_member",
            "already_member",
            "good",
            "member_limit_reached"
        ]
    );
    assert_eq!(
        app.roster
            .accounts(&app.by(&app.sid).await, &Filter::default(), 50)
            .await
            .unwrap()
            .len(),
        6
    );
}

async fn a_list_is_carried_out_row_by_row(app: App) {
    let emails: Vec<_> = (0..30).map(|number| format!("guest{number}@example.net")).collect();
    let mut rows = people(&emails.iter().map(String::as_str).collect::<Vec<_>>());
    rows[7].email = Some("mia@example.com".to_owned());
    let request = app.by(&app.adam).await;
    let outcomes = bulk::create(app.roster.clone(), request, app.acme.clone(), rows)
        .await
        .unwrap();
    let outcomes: Vec<_> = outcomes.collect().await;
    assert_eq!(
        outcomes.iter().map(|row| row.number).collect::<Vec<_>>(),
        (1..=30).collect::<Vec<_>>()
    );
    let failed: Vec<_> = outcomes
        .iter()
        .filter(|row| row.outcome.is_err())
        .map(|row| row.number)
        .collect();
    assert_eq!(failed, [8]);
    assert_eq!(
        audited(&app)
            .await
            .iter()
            .filter(|action| *action == "member.created")
            .count(),
        3 + 29
    );
}
