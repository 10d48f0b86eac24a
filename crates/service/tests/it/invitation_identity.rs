//! Invitations that are for an account somewhere else, and for no other.

use domain::invitation::{IdentityProvider, Status};
use service::Request;
use service::federation::Asked;
use service::invitation::{NewInvitation, Sent};
use service::invitation_acceptance::{Acceptance, Accepted, Joined};
use service::sign_in::{Arrived, Errand};
use testkit::app::{origin, secret};
use testkit::elsewhere::{Elsewhere, WithIssuers};
use testkit::issuer::TENANTS;
use testkit::persona::{PASSWORD, refused, request};
use testkit::{App, on_both_databases};

use crate::story::{invite, inviting, unmailed};

on_both_databases! {
    whoever_is_invited_by_handle_is_a_member_at_once,
    another_account_leaves_the_invitation_pending,
    a_handle_of_other_letters_is_another_account,
    somebody_signed_in_joins_with_the_account_they_connect,
    somebody_who_connected_the_account_before_signs_in_and_joins,
    an_invitation_for_a_provider_takes_no_password,
    any_lets_the_person_choose,
    a_provider_that_is_not_set_up_is_refused_with_the_reason,
    a_copied_link_verifies_no_address,
    an_address_that_has_an_account_is_signed_in_to_first,
    a_slot_is_needed_here_too,
    google_invitations_want_a_verified_address,
    an_entra_invitation_wants_its_tenant,
    another_issuer_that_is_configured_can_be_named_and_no_other,
}

fn for_account(provider: IdentityProvider, username: &str) -> NewInvitation {
    NewInvitation {
        username: Some(username.to_owned()),
        provider: Some(provider),
        send: false,
        ..NewInvitation::default()
    }
}

fn to_join(sent: &Sent, caller: Option<&Request>) -> Errand {
    Errand::Join {
        token: sent.link.expose().to_owned(),
        account: caller.map(|request| request.caller.account().unwrap()),
    }
}

fn accepted(arrived: service::Result<Arrived>) -> Accepted {
    match arrived.unwrap() {
        Arrived::Joined(joined) => match *joined {
            Joined::Accepted(accepted) => *accepted,
            Joined::SignedIn(_) => panic!("something else comes first"),
        },
        _ => panic!("nobody joined"),
    }
}

async fn status(app: &App, sent: &Sent) -> Status {
    app.roster.look_up_invitation(sent.link.expose()).await.unwrap().status
}

async fn whoever_is_invited_by_handle_is_a_member_at_once(world: Elsewhere) {
    world.host.add(7, "TomFern", "tom@elsewhere.example");
    let new = NewInvitation {
        role: Some("admin".into()),
        ..for_account(IdentityProvider::Github, "TomFern")
    };
    let sent = invite(&world.app, &world.app.olivia, new).await;
    let joined = accepted(world.travel("github", "TomFern", to_join(&sent, None), None).await);
    assert_eq!(joined.member.role.slug, "admin");
    assert_eq!(joined.member.account.username, "TomFern");
    assert_eq!(joined.member.account.home, Some(joined.organization.id));
    assert!(joined.member.managed);
    // They are signed in, and can sign in again.
    let own = request(&world.app.roster, joined.token.unwrap().expose()).await;
    let identities = world.app.roster.my_identities(&own).await.unwrap();
    assert_eq!(identities[0].username.as_deref(), Some("TomFern"));
    let refusal = refused(world.app.roster.unlink(&own, identities[0].id).await);
    assert_eq!(refusal, "last_way_in");
    let again = world
        .travel("github", "TomFern", Errand::SignIn { next: String::new() }, None)
        .await;
    assert!(matches!(again.unwrap(), Arrived::SignedIn(_)));
    assert_eq!(
        refused(world.app.roster.look_up_invitation(sent.link.expose()).await),
        "link_invalid"
    );
}

async fn another_account_leaves_the_invitation_pending(world: Elsewhere) {
    world.host.add(7, "TomFern", "tom@elsewhere.example");
    world.host.add(8, "Mallory", "mallory@elsewhere.example");
    let sent = invite(
        &world.app,
        &world.app.olivia,
        for_account(IdentityProvider::Github, "TomFern"),
    )
    .await;
    for (provider, login) in [("github", "Mallory"), ("bitbucket", "TomFern")] {
        let other = world.travel(provider, login, to_join(&sent, None), None).await;
        let error = other.err().unwrap();
        assert!(error.to_string().contains("the GitHub account TomFern"), "{error}");
        assert_eq!(status(&world.app, &sent).await, Status::Pending);
    }
    accepted(world.travel("github", "TomFern", to_join(&sent, None), None).await);
}

async fn a_handle_of_other_letters_is_another_account(world: Elsewhere) {
    world.host.add(7, "tomfern", "tom@elsewhere.example");
    let sent = invite(
        &world.app,
        &world.app.olivia,
        for_account(IdentityProvider::Github, "TomFern"),
    )
    .await;
    let other = world.travel("github", "tomfern", to_join(&sent, None), None).await;
    assert_eq!(refused(other), "invitation_for_other_identity");
}

async fn somebody_signed_in_joins_with_the_account_they_connect(world: Elsewhere) {
    world.host.add(7, "EveCodes", "eve@elsewhere.example");
    let sent = invite(
        &world.app,
        &world.app.olivia,
        for_account(IdentityProvider::Github, "EveCodes"),
    )
    .await;
    let eve = world.app.by(&world.app.eve).await;
    // Whoever set out as nobody does not come back as eve, nor eve as nobody.
    let back = world
        .go("github", "EveCodes", Asked::Identity, to_join(&sent, None))
        .await;
    assert_eq!(refused(world.arrive(&back, Some(&eve)).await), "sign_in_interrupted");
    let joined = accepted(
        world
            .travel("github", "EveCodes", to_join(&sent, Some(&eve)), Some(&eve))
            .await,
    );
    assert_eq!(joined.member.account.id, world.app.eve.account);
    assert!(!joined.member.managed);
    assert_eq!(world.app.roster.my_identities(&eve).await.unwrap().len(), 1);
}

async fn somebody_who_connected_the_account_before_signs_in_and_joins(world: Elsewhere) {
    world.host.add(7, "EveCodes", "eve@elsewhere.example");
    let eve = world.app.by(&world.app.eve).await;
    let link = Errand::Link {
        account: world.app.eve.account,
    };
    world.travel("github", "EveCodes", link, Some(&eve)).await.unwrap();
    let sent = invite(
        &world.app,
        &world.app.olivia,
        for_account(IdentityProvider::Github, "EveCodes"),
    )
    .await;
    let joined = accepted(world.travel("github", "EveCodes", to_join(&sent, None), None).await);
    assert_eq!(joined.member.account.id, world.app.eve.account);
    let own = request(&world.app.roster, joined.token.unwrap().expose()).await;
    assert_eq!(own.caller.account().unwrap(), world.app.eve.account);
}

async fn an_invitation_for_a_provider_takes_no_password(world: Elsewhere) {
    let sent = invite(
        &world.app,
        &world.app.olivia,
        for_account(IdentityProvider::Github, "TomFern"),
    )
    .await;
    let acceptance = Acceptance {
        name: Some("Tom".into()),
        username: Some("TomFern".into()),
        password: Some(secret(PASSWORD)),
    };
    let roster = &world.app.roster;
    let typed = roster
        .accept_invitation(sent.link.expose(), None, acceptance.clone(), &origin())
        .await;
    assert_eq!(refused(typed), "invitation_for_other_identity");
    let eve = world.app.by(&world.app.eve).await;
    let signed_in = roster
        .accept_invitation(sent.link.expose(), Some(&eve), acceptance, &origin())
        .await;
    assert_eq!(refused(signed_in), "invitation_for_other_identity");
    assert_eq!(status(&world.app, &sent).await, Status::Pending);
}

async fn any_lets_the_person_choose(world: Elsewhere) {
    world.host.add(7, "TomFern", "tom@elsewhere.example");
    let any = |email: &str| NewInvitation {
        provider: Some(IdentityProvider::Any),
        ..unmailed(email)
    };
    let sent = invite(&world.app, &world.app.olivia, any("tom@elsewhere.example")).await;
    let joined = accepted(world.travel("bitbucket", "TomFern", to_join(&sent, None), None).await);
    assert_eq!(joined.member.account.email.as_deref(), Some("tom@elsewhere.example"));
    let sent = invite(&world.app, &world.app.olivia, any("una@elsewhere.example")).await;
    let password = Acceptance {
        username: Some("una".into()),
        password: Some(secret(PASSWORD)),
        ..Acceptance::default()
    };
    let joined = world
        .app
        .roster
        .accept_invitation(sent.link.expose(), None, password, &origin())
        .await;
    assert!(joined.is_ok());
    // One that wants a password takes nothing else.
    let only = NewInvitation {
        provider: Some(IdentityProvider::Password),
        ..unmailed("tim@elsewhere.example")
    };
    let sent = invite(&world.app, &world.app.olivia, only).await;
    world.host.add(9, "Tim", "tim@elsewhere.example");
    let elsewhere = world.travel("github", "Tim", to_join(&sent, None), None).await;
    assert_eq!(refused(elsewhere), "invitation_for_other_identity");
}

async fn a_provider_that_is_not_set_up_is_refused_with_the_reason(world: Elsewhere) {
    for provider in [IdentityProvider::Google, IdentityProvider::Microsoft] {
        let authorized = inviting(&world.app, &world.app.olivia).await;
        let sent = service::invitation::send(authorized, for_account(provider, "ada@example.net")).await;
        assert_eq!(refused(sent), "provider_unavailable");
    }
    let tenant = NewInvitation {
        tenant: Some(TENANTS[0].into()),
        ..for_account(IdentityProvider::Github, "TomFern")
    };
    let sent = service::invitation::send(inviting(&world.app, &world.app.olivia).await, tenant).await;
    assert_eq!(refused(sent), "/identity/tenant is for Microsoft Entra ID alone");
}

async fn a_copied_link_verifies_no_address(world: Elsewhere) {
    world.host.add(7, "TomFern", "tom@elsewhere.example");
    let new = NewInvitation {
        provider: Some(IdentityProvider::Github),
        ..unmailed("tom@elsewhere.example")
    };
    let sent = invite(&world.app, &world.app.olivia, new).await;
    let joined = accepted(world.travel("github", "TomFern", to_join(&sent, None), None).await);
    assert!(!joined.member.account.email_verified);
}

async fn an_address_that_has_an_account_is_signed_in_to_first(world: Elsewhere) {
    let email = world.app.eve.email.clone();
    world.host.add(7, "EveCodes", &email);
    let new = NewInvitation {
        provider: Some(IdentityProvider::Github),
        ..unmailed(&email)
    };
    let sent = invite(&world.app, &world.app.olivia, new).await;
    let nobody = world.travel("github", "EveCodes", to_join(&sent, None), None).await;
    assert_eq!(refused(nobody), "sign_in_to_accept");
    let eve = world.app.by(&world.app.eve).await;
    accepted(
        world
            .travel("github", "EveCodes", to_join(&sent, Some(&eve)), Some(&eve))
            .await,
    );
}

async fn a_slot_is_needed_here_too(world: Elsewhere) {
    world.host.add(7, "TomFern", "tom@elsewhere.example");
    let sent = invite(
        &world.app,
        &world.app.olivia,
        for_account(IdentityProvider::Github, "TomFern"),
    )
    .await;
    let limit = domain::policy::PolicyChange {
        member_limit: Some(Some(1)),
        ..domain::policy::PolicyChange::default()
    };
    crate::story::change_policies(&world.app, &world.app.sid, limit)
        .await
        .unwrap();
    let full = world.travel("github", "TomFern", to_join(&sent, None), None).await;
    assert_eq!(refused(full), "member_limit_reached");
    assert_eq!(status(&world.app, &sent).await, Status::Pending);
    let nobody = world
        .travel("github", "TomFern", Errand::SignIn { next: String::new() }, None)
        .await;
    assert_eq!(refused(nobody), "identity_not_linked");
}

async fn google_invitations_want_a_verified_address(world: WithIssuers) {
    let WithIssuers { elsewhere: world, .. } = world;
    let email = "unverified.ada@elsewhere.example";
    let sent = invite(
        &world.app,
        &world.app.olivia,
        for_account(IdentityProvider::Google, email),
    )
    .await;
    let unverified = world.travel("google", email, to_join(&sent, None), None).await;
    assert_eq!(refused(unverified), "invitation_for_other_identity");
    let sent = invite(
        &world.app,
        &world.app.olivia,
        for_account(IdentityProvider::Google, "ada@elsewhere.example"),
    )
    .await;
    let joined = accepted(
        world
            .travel("google", "ada@elsewhere.example", to_join(&sent, None), None)
            .await,
    );
    let account = &joined.member.account;
    assert_eq!(
        (account.username.as_str(), account.name.as_str()),
        ("ada@elsewhere.example", "Ada Elsewhere")
    );
}

async fn an_entra_invitation_wants_its_tenant(world: WithIssuers) {
    let WithIssuers { elsewhere: world, .. } = world;
    let of = |tenant: &str, username: &str| NewInvitation {
        tenant: Some(tenant.to_owned()),
        ..for_account(IdentityProvider::Microsoft, username)
    };
    let other = invite(&world.app, &world.app.olivia, of(TENANTS[1], "ada@corp.example")).await;
    let refusal = world
        .travel("microsoft", "ada@corp.example", to_join(&other, None), None)
        .await;
    let text = refusal.err().unwrap().to_string();
    assert!(text.contains(TENANTS[1]) && text.contains("ada@corp.example"), "{text}");
    let own = invite(&world.app, &world.app.olivia, of(TENANTS[0], "bea@corp.example")).await;
    let joined = accepted(
        world
            .travel("microsoft", "bea@corp.example", to_join(&own, None), None)
            .await,
    );
    assert_eq!(joined.member.account.username, "bea@corp.example");
    assert!(!joined.member.account.email_verified);
}

async fn another_issuer_that_is_configured_can_be_named_and_no_other(world: WithIssuers) {
    let WithIssuers { elsewhere: world, .. } = world;
    let issuer = |slug| IdentityProvider::parse(slug).unwrap();
    let email = "ada@elsewhere.example";
    let unknown = service::invitation::send(
        inviting(&world.app, &world.app.olivia).await,
        for_account(issuer("nowhere"), email),
    )
    .await;
    assert_eq!(refused(unknown), "provider_unavailable");
    let sent = invite(&world.app, &world.app.olivia, for_account(issuer("plain"), email)).await;
    let other = world.travel("google", email, to_join(&sent, None), None).await;
    let told = other.err().unwrap().to_string();
    assert!(told.contains("the plain account ada@elsewhere.example"), "{told}");
    let joined = accepted(world.travel("plain", email, to_join(&sent, None), None).await);
    assert_eq!(joined.member.account.email.as_deref(), Some(email));
    let own = request(&world.app.roster, joined.token.unwrap().expose()).await;
    let identities = world.app.roster.my_identities(&own).await.unwrap();
    assert_eq!(identities[0].provider, "plain");
}
