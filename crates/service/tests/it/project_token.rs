//! Tokens of projects.

use domain::permission::ProjectTokenManage;
use service::member::disablement::disable;
use service::project::token::{self, NewProjectToken};
use testkit::persona::{done, previewed, refused};
use testkit::{App, Persona, on_both_databases};

use crate::project::{make, on, token_of};
use crate::story::{audited, manage};

on_both_databases! {
    a_token_belongs_to_who_makes_it_and_is_shown_once,
    nobody_puts_into_a_token_what_they_do_not_hold_on_the_project,
    a_revoked_token_is_gone_and_owned_by_nobody,
    a_token_that_rests_works_again_in_the_hands_of_somebody_active,
    nobody_hands_over_a_token_that_carries_what_they_lack,
}

async fn tokens(app: &App, by: &Persona, project: &str) -> Vec<domain::project::ProjectToken> {
    let request = app.by(by).await;
    let mut seen = app.roster.see_on(&request, &app.acme, project).await.unwrap();
    token::list(&mut seen, None, 50).await.unwrap()
}

fn with(capabilities: &[&str]) -> NewProjectToken {
    NewProjectToken {
        name: "Uploads".to_owned(),
        capabilities: capabilities.iter().map(|name| (*name).to_owned()).collect(),
        expires_at: None,
    }
}

async fn a_token_belongs_to_who_makes_it_and_is_shown_once(app: App) {
    make(&app, &app.mia, "Website").await;
    let made = token_of(&app, &app.mia, "website", &["roster.project.view"]).await;
    assert!(made.secret.expose().starts_with("roster_project_"));
    let listed = tokens(&app, &app.mia, "website").await;
    assert_eq!((listed.len(), listed[0].owner_name.as_str()), (1, "Mia"));
    assert!(listed[0].works(app.roster.now()));
    assert_eq!(audited(&app).await[0], "token.created");
    let mut there = app.roster.store().see(&app.acme).await.unwrap();
    let owned = store::ownership::of_member(&mut there, app.mia.id()).await.unwrap();
    assert_eq!(
        owned.iter().map(|thing| thing.kind.as_str()).collect::<Vec<_>>(),
        ["project", "token"]
    );
}

async fn nobody_puts_into_a_token_what_they_do_not_hold_on_the_project(app: App) {
    make(&app, &app.adam, "Website").await;
    let mia = app.mia.id().to_string();
    done(service::project::access::grant(on(&app, &app.adam, "website").await, &mia, "contributor", None).await);
    for (capabilities, told) in [
        (&["roster.project.delete"][..], "cannot_grant"),
        (&["roster.project.view", "roster.project.access.manage"], "cannot_grant"),
        (
            &["roster.member.view"],
            "/capabilities has \"roster.member.view\", which is no permission of projects",
        ),
        (
            &["error:post"],
            "/capabilities has \"error:post\", which is no permission of projects",
        ),
        (&[], "/capabilities must name at least one permission"),
    ] {
        let tried = token::create(on(&app, &app.mia, "website").await, with(capabilities)).await;
        assert_eq!(refused(tried.map(|_| ())), told);
    }
    let by_gus = app
        .roster
        .authorize_on::<ProjectTokenManage>(&app.by(&app.gus).await, &app.acme, "website")
        .await;
    assert_eq!(refused(by_gus.map(|_| ())), "not_found");
    // A superuser from outside owns nothing here.
    let outside = token::create(on(&app, &app.sid, "website").await, with(&["roster.project.view"])).await;
    assert_eq!(refused(outside.map(|_| ())), "member_required");
    token_of(&app, &app.mia, "website", &["roster.project.edit"]).await;
}

async fn a_revoked_token_is_gone_and_owned_by_nobody(app: App) {
    make(&app, &app.mia, "Website").await;
    make(&app, &app.adam, "Handbook").await;
    let made = token_of(&app, &app.mia, "website", &["roster.project.view"]).await;
    let id = made.token.token.id;
    // Not by way of another project.
    assert_eq!(
        refused(token::revoke(on(&app, &app.adam, "handbook").await, id).await),
        "not_found"
    );
    done(token::revoke(on(&app, &app.adam, "website").await, id).await);
    assert!(tokens(&app, &app.mia, "website").await.is_empty());
    assert_eq!(
        refused(token::revoke(on(&app, &app.adam, "website").await, id).await),
        "not_found"
    );
    done(service::project::delete(on(&app, &app.mia, "website").await).await);
    app.roster.leave(&app.by(&app.mia).await, &app.acme).await.unwrap();
}

async fn lives(app: &App, secret: &str) -> bool {
    app.roster.authenticate(secret, &testkit::app::origin()).await.is_ok()
}

async fn a_token_that_rests_works_again_in_the_hands_of_somebody_active(app: App) {
    make(&app, &app.mia, "Website").await;
    let made = token_of(&app, &app.mia, "website", &["roster.project.view"]).await;
    let (id, secret) = (made.token.token.id, made.secret.expose().to_owned());
    assert!(lives(&app, &secret).await);
    done(disable(manage(&app, &app.adam).await, app.mia.id(), None).await);
    assert!(!lives(&app, &secret).await);
    let to_mia = token::hand_over(on(&app, &app.adam, "website").await, id, app.mia.id()).await;
    assert_eq!(refused(to_mia.map(|_| ())), "not_a_transfer_target");
    let tried = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize_on(&tried, &app.acme, "website").await.unwrap();
    let preview = previewed(
        token::hand_over(tried, id, app.adam.id())
            .await
            .map(|outcome| outcome.map(|_| ())),
    );
    assert_eq!(preview.counts["ownership_transferred"], 1);
    assert!(!lives(&app, &secret).await);
    let handed_over = done(token::hand_over(on(&app, &app.adam, "website").await, id, app.adam.id()).await);
    assert_eq!(handed_over.owner_name, "Adam");
    assert!(lives(&app, &secret).await, "it is the same secret");
    assert_eq!(audited(&app).await[0], "token.owner_changed");
    assert_eq!(owned(&app, &app.adam).await, ["token Uploads"]);
}

async fn owned(app: &App, by: &Persona) -> Vec<String> {
    let owned = app.roster.owned_in(&app.by(by).await, &app.acme).await.unwrap();
    owned
        .iter()
        .map(|thing| format!("{} {}", thing.kind, thing.name))
        .collect()
}

async fn nobody_hands_over_a_token_that_carries_what_they_lack(app: App) {
    make(&app, &app.adam, "Website").await;
    let mia = app.mia.id().to_string();
    done(service::project::access::grant(on(&app, &app.adam, "website").await, &mia, "contributor", None).await);
    let greater = token_of(&app, &app.adam, "website", &["roster.project.delete"]).await;
    let lesser = token_of(&app, &app.adam, "website", &["roster.project.edit"]).await;
    let by_mia = async |id, to| {
        refused(
            token::hand_over(on(&app, &app.mia, "website").await, id, to)
                .await
                .map(|_| ()),
        )
    };
    assert_eq!(by_mia(greater.token.token.id, app.mia.id()).await, "cannot_grant");
    assert_eq!(by_mia(lesser.token.token.id, app.eve.id()).await, "not_found");
    done(token::hand_over(on(&app, &app.mia, "website").await, lesser.token.token.id, app.mia.id()).await);
}
