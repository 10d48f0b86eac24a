//! Whoever has tokens: how many, and what a program does by one.

use domain::actor::Identity;
use service::Error;
use testkit::persona::{done, refused, request};
use testkit::{App, on_both_databases};

use crate::token::{called, robot};

on_both_databases! {
    nobody_has_more_tokens_than_a_list_shows,
    a_service_account_invites_somebody_and_answers_for_it,
}

async fn nobody_has_more_tokens_than_a_list_shows(app: App) {
    let by = app.by(&app.mia).await;
    for _ in 0..service::token::MOST {
        done(app.roster.create_my_token(&by, &called("One more"), None).await);
    }
    let beyond = app.roster.create_my_token(&by, &called("Too many"), Some("acme")).await;
    let Err(Error::Refused(refusal)) = beyond else {
        panic!("it was made")
    };
    assert_eq!(
        refusal.to_string(),
        "There are 100 tokens already, and no more can be made. Revoke those that are not used any more."
    );
    let all = app.roster.my_tokens(&by).await.unwrap();
    assert_eq!(all.len(), service::token::MOST as usize);
    // Whoever has as many replaces one, or makes room.
    done(app.roster.rotate_my_token(&by, all[0].token.id).await);
    done(app.roster.revoke_my_token(&by, all[1].token.id).await);
    done(
        app.roster
            .create_my_token(&by, &called("In its place"), Some("acme"))
            .await,
    );
    // Nobody else is kept from theirs.
    done(
        app.roster
            .create_my_token(&app.by(&app.adam).await, &called("His"), None)
            .await,
    );
}

async fn a_service_account_invites_somebody_and_answers_for_it(app: App) {
    let (id, token) = robot(&app, "admin").await;
    let by = request(&app.roster, &token).await;
    let inviting = app.roster.authorize(&by, &app.acme).await.unwrap();
    let new = service::invitation::NewInvitation {
        email: Some("ida@example.net".to_owned()),
        send: false,
        ..Default::default()
    };
    let sent = done(service::invitation::send(inviting, new).await);
    assert_eq!(sent.invitation.invited_by.identity, Identity::ServiceAccount(id));
    let ida = testkit::persona::accept(&app.roster, sent.link.expose(), "ida", "ida@example.net").await;
    assert_eq!(crate::story::member(&app, ida.id()).await.role.slug, "member");
    // It gives no more than it holds.
    let (_, token) = robot(&app, "member").await;
    let by = request(&app.roster, &token).await;
    let lesser = app
        .roster
        .authorize::<domain::permission::InvitationSend>(&by, &app.acme)
        .await;
    assert_eq!(refused(lesser.map(|_| ())), "permission_required");
}
