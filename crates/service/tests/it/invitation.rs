//! Invitations and their links.

use domain::invitation::Status;
use domain::permission::InvitationSend;
use domain::policy::PolicyChange;
use domain::time::DAY;
use service::invitation::{NewInvitation, resend, send};
use service::invitation_acceptance::Acceptance;
use testkit::app::{origin, secret};
use testkit::persona::{PASSWORD, accept, done, refused, request};
use testkit::{App, on_both_databases};

use crate::story::{change_policies, invite, inviting, manage, revoke, unmailed};

on_both_databases! {
    an_accepted_invitation_makes_a_member_with_its_role,
    looking_at_a_link_uses_nothing_up,
    a_revoked_link_is_dead,
    a_resent_link_replaces_the_old_one,
    an_expired_invitation_can_be_sent_again,
    a_link_lets_nobody_else_in,
    whoever_has_an_account_signs_in_to_accept,
    only_the_mailed_link_proves_the_mailbox,
    a_link_sent_to_another_address_proves_nothing,
    nobody_offers_what_they_do_not_hold,
    nobody_is_invited_twice,
    members_invite_where_the_policy_lets_them_and_see_their_own,
    an_invitation_by_username_is_for_that_name,
    whoever_holds_less_by_now_cannot_send_an_old_invitation_again,
    the_first_owners_link_is_for_superusers_to_handle,
}

fn with(name: &str) -> Acceptance {
    Acceptance {
        username: Some(name.to_owned()),
        password: Some(secret(PASSWORD)),
        ..Acceptance::default()
    }
}

async fn an_accepted_invitation_makes_a_member_with_its_role(app: App) {
    let new = NewInvitation {
        role: Some("admin".into()),
        ..unmailed("Ada@Example.net")
    };
    let sent = invite(&app, &app.adam, new).await;
    let ada = accept(&app.roster, sent.link.expose(), "ada", "Ada@Example.net").await;
    let joined = crate::story::member(&app, ada.id()).await;
    assert_eq!((joined.role.slug.as_str(), joined.managed), ("admin", true));
    assert_eq!(joined.account.email.as_deref(), Some("Ada@example.net"));
    let again = app
        .roster
        .accept_invitation(sent.link.expose(), None, with("ada2"), &origin())
        .await;
    assert_eq!(refused(again), "link_invalid");
    let resent = resend(inviting(&app, &app.adam).await, sent.invitation.id).await;
    assert_eq!(refused(resent), "invitation_accepted");
}

async fn looking_at_a_link_uses_nothing_up(app: App) {
    let sent = invite(&app, &app.adam, unmailed("ada@example.net")).await;
    for _ in 0..3 {
        let seen = app.roster.look_up_invitation(sent.link.expose()).await.unwrap();
        assert_eq!(
            (seen.status, seen.organization.slug.as_str()),
            (Status::Pending, "acme")
        );
        // A link that was passed on tells nobody whether the address has an account.
        assert_eq!(seen.has_account, None);
    }
    accept(&app.roster, sent.link.expose(), "ada", "ada@example.net").await;
}

async fn a_revoked_link_is_dead(app: App) {
    let sent = invite(&app, &app.adam, unmailed("ada@example.net")).await;
    revoke(&app, &app.olivia, sent.invitation.id).await;
    assert_eq!(
        refused(app.roster.look_up_invitation(sent.link.expose()).await),
        "link_invalid"
    );
    let tried = app
        .roster
        .accept_invitation(sent.link.expose(), None, with("ada"), &origin())
        .await;
    assert_eq!(refused(tried), "link_invalid");
    let resent = resend(inviting(&app, &app.adam).await, sent.invitation.id).await;
    assert_eq!(refused(resent), "invitation_revoked");
    // Whoever was revoked can be invited anew.
    invite(&app, &app.adam, unmailed("ada@example.net")).await;
}

async fn a_resent_link_replaces_the_old_one(app: App) {
    let sent = invite(&app, &app.adam, unmailed("ada@example.net")).await;
    app.pass(DAY);
    let resent = done(resend(inviting(&app, &app.adam).await, sent.invitation.id).await);
    assert_eq!(resent.invitation.expires_at, Some(app.roster.now().plus(7 * DAY)));
    assert_eq!(
        refused(app.roster.look_up_invitation(sent.link.expose()).await),
        "link_invalid"
    );
    accept(&app.roster, resent.link.expose(), "ada", "ada@example.net").await;
}

async fn an_expired_invitation_can_be_sent_again(app: App) {
    let new = NewInvitation {
        expires_in_days: Some(2),
        ..unmailed("ada@example.net")
    };
    let sent = invite(&app, &app.adam, new).await;
    app.pass(2 * DAY);
    assert_eq!(
        app.roster.look_up_invitation(sent.link.expose()).await.unwrap().status,
        Status::Expired
    );
    let late = app
        .roster
        .accept_invitation(sent.link.expose(), None, with("ada"), &origin())
        .await;
    assert_eq!(refused(late), "invitation_expired");
    let resent = done(resend(inviting(&app, &app.adam).await, sent.invitation.id).await);
    assert_eq!(resent.invitation.expires_at, Some(app.roster.now().plus(2 * DAY)));
    accept(&app.roster, resent.link.expose(), "ada", "ada@example.net").await;
}

async fn a_link_lets_nobody_else_in(app: App) {
    let sent = invite(&app, &app.adam, unmailed("ada@example.net")).await;
    let by_eve = app.by(&app.eve).await;
    let tried = app
        .roster
        .accept_invitation(sent.link.expose(), Some(&by_eve), Acceptance::default(), &origin())
        .await;
    assert_eq!(refused(tried), "invitation_for_somebody_else");
    // A username that looks like the invited address is refused before it could be taken for it.
    let ada = with("ada@example.org");
    let posing = app
        .roster
        .accept_invitation(sent.link.expose(), None, ada, &origin())
        .await;
    assert_eq!(
        refused(posing),
        "/username with @ must be the account's own e-mail address"
    );
}

async fn whoever_has_an_account_signs_in_to_accept(app: App) {
    let sent = invite(&app, &app.adam, unmailed("EVE@example.com")).await;
    let tried = app
        .roster
        .accept_invitation(sent.link.expose(), None, with("eve2"), &origin())
        .await;
    assert_eq!(refused(tried), "sign_in_to_accept");
    let by_eve = app.by(&app.eve).await;
    let accepted = app
        .roster
        .accept_invitation(sent.link.expose(), Some(&by_eve), Acceptance::default(), &origin())
        .await;
    let accepted = accepted.unwrap();
    assert_eq!(
        (accepted.member.account.id, accepted.token.is_none()),
        (app.eve.account, true)
    );
}

async fn only_the_mailed_link_proves_the_mailbox(app: App) {
    let shown = invite(
        &app,
        &app.adam,
        NewInvitation {
            email: Some("ada@example.net".into()),
            ..NewInvitation::default()
        },
    )
    .await;
    invite(
        &app,
        &app.adam,
        NewInvitation {
            email: Some("ben@example.net".into()),
            ..NewInvitation::default()
        },
    )
    .await;
    app.roster.deliver_due().await.unwrap();
    let ada = accept(&app.roster, shown.link.expose(), "ada", "ada@example.net").await;
    assert!(!crate::story::member(&app, ada.id()).await.account.email_verified);
    let mail = app.mailbox.next_to("ben@example.net").await;
    let token = mail.link().strip_prefix("https://roster.example/invitations/").unwrap();
    assert_eq!(
        app.roster.look_up_invitation(token).await.unwrap().has_account,
        Some(false)
    );
    let ben = accept(&app.roster, token, "ben", "ben@example.net").await;
    assert!(crate::story::member(&app, ben.id()).await.account.email_verified);
}

async fn a_link_sent_to_another_address_proves_nothing(app: App) {
    let new = NewInvitation {
        email: Some("ada@example.net".into()),
        notify: Some("assistant@example.net".into()),
        ..NewInvitation::default()
    };
    invite(&app, &app.adam, new).await;
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to("assistant@example.net").await;
    let token = mail.link().rsplit('/').next().unwrap();
    let ada = accept(&app.roster, token, "ada", "ada@example.net").await;
    let account = crate::story::member(&app, ada.id()).await.account;
    assert_eq!(
        (account.email.as_deref(), account.email_verified),
        (Some("ada@example.net"), false)
    );
}

async fn nobody_offers_what_they_do_not_hold(app: App) {
    let as_role = |role: &str| NewInvitation {
        role: Some(role.to_owned()),
        ..unmailed("ada@example.net")
    };
    assert_eq!(
        refused(send(inviting(&app, &app.olivia).await, as_role("owner")).await),
        "owner_never_offered"
    );
    let narrow = PolicyChange {
        offered_roles: Some(Some(vec!["guest".into()])),
        ..PolicyChange::default()
    };
    change_policies(&app, &app.adam, narrow).await.unwrap();
    assert_eq!(
        refused(send(inviting(&app, &app.olivia).await, as_role("member")).await),
        "role_not_offered"
    );
    invite(&app, &app.adam, as_role("guest")).await;
}

async fn nobody_is_invited_twice(app: App) {
    let twice = |email: &str| unmailed(email);
    invite(&app, &app.adam, twice("ada@example.net")).await;
    assert_eq!(
        refused(send(inviting(&app, &app.adam).await, twice("ADA@example.net")).await),
        "already_invited"
    );
    assert_eq!(
        refused(send(inviting(&app, &app.adam).await, twice("mia@example.com")).await),
        "already_member"
    );
    let nobody = NewInvitation {
        send: false,
        ..NewInvitation::default()
    };
    assert_eq!(
        refused(send(inviting(&app, &app.adam).await, nobody).await),
        "/email or a username is needed"
    );
}

async fn members_invite_where_the_policy_lets_them_and_see_their_own(app: App) {
    let by_mia = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.authorize::<InvitationSend>(&by_mia, &app.acme).await),
        "permission_required"
    );
    let change = PolicyChange {
        members_may_invite: Some(true),
        ..PolicyChange::default()
    };
    change_policies(&app, &app.adam, change).await.unwrap();
    let others = invite(&app, &app.adam, unmailed("ada@example.net")).await;
    let own = invite(&app, &app.mia, unmailed("ben@example.net")).await;
    let admin = NewInvitation {
        role: Some("admin".into()),
        ..unmailed("cleo@example.net")
    };
    assert_eq!(
        refused(send(inviting(&app, &app.mia).await, admin).await),
        "cannot_grant"
    );
    let mut seen = app.roster.see::<InvitationSend>(&by_mia, &app.acme).await.unwrap();
    let listed = service::invitation::list(&mut seen, None, None, None, 50)
        .await
        .unwrap();
    assert_eq!(
        listed.iter().map(|invitation| invitation.id).collect::<Vec<_>>(),
        [own.invitation.id]
    );
    assert_eq!(
        refused(service::invitation::get(&mut seen, others.invitation.id).await),
        "permission_required"
    );
    drop(seen);
    let by_hers = service::invitation::revoke(inviting(&app, &app.mia).await, others.invitation.id).await;
    assert_eq!(refused(by_hers), "permission_required");
    revoke(&app, &app.mia, own.invitation.id).await;
}

async fn an_invitation_by_username_is_for_that_name(app: App) {
    let new = NewInvitation {
        username: Some("Ada.L".into()),
        send: false,
        ..NewInvitation::default()
    };
    let sent = invite(&app, &app.adam, new).await;
    let ada = app
        .roster
        .accept_invitation(sent.link.expose(), None, with("something-else"), &origin())
        .await
        .unwrap();
    assert_eq!(ada.member.account.username, "Ada.L");
    let by_ada = request(&app.roster, ada.token.unwrap().expose()).await;
    assert_eq!(app.roster.me(&by_ada).await.unwrap().account.email, None);
}

async fn whoever_holds_less_by_now_cannot_send_an_old_invitation_again(app: App) {
    let change = PolicyChange {
        members_may_invite: Some(true),
        ..PolicyChange::default()
    };
    change_policies(&app, &app.adam, change).await.unwrap();
    let admin = NewInvitation {
        role: Some("admin".into()),
        ..unmailed("ada@example.net")
    };
    let sent = invite(&app, &app.adam, admin).await;
    let demoted =
        service::member::role_change::change_role(manage(&app, &app.olivia).await, app.adam.id(), "member", None);
    done(demoted.await);
    assert_eq!(
        refused(resend(inviting(&app, &app.adam).await, sent.invitation.id).await),
        "cannot_grant"
    );
    revoke(&app, &app.adam, sent.invitation.id).await;
}

async fn the_first_owners_link_is_for_superusers_to_handle(app: App) {
    let new = service::organization::NewTenant {
        name: "Later".into(),
        slug: "later".into(),
        preset: None,
        owner: service::organization::FirstOwner::Invited {
            email: "olga@example.net".into(),
        },
    };
    let opened = done(app.roster.open_organization(&app.by(&app.sid).await, &new).await);
    let (invitation, _) = opened.invitation.unwrap();
    let later = testkit::persona::organization("later");
    let ada = testkit::persona::create(&app.roster, &app.sid, &later, "ada", "admin").await;
    for persona in [&ada, &app.sid] {
        let request = app.by(persona).await;
        let authorized = app.roster.authorize::<InvitationSend>(&request, &later).await.unwrap();
        let resent = resend(authorized, invitation.id).await;
        match persona.username.as_str() {
            "ada" => assert_eq!(refused(resent), "owner_never_offered"),
            _ => {
                let link = done(resent).link;
                let olga = accept(&app.roster, link.expose(), "olga", "olga@example.net").await;
                let joined = testkit::persona::look_at(&app.roster, &olga, &later, olga.id()).await;
                assert!(joined.is_active_owner());
            }
        }
    }
}
