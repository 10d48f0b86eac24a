//! Signing in with an account that somebody else keeps, connecting one and taking it away again.

use domain::session::Method;
use service::federation::Asked;
use service::sign_in::{Arrived, Errand, SignedIn};
use service::{Request, Result};
use testkit::app::origin;
use testkit::elsewhere::{Elsewhere, WithIssuers};
use testkit::issuer::TENANTS;
use testkit::persona::{PASSWORD, done, refused, request};
use testkit::{Persona, on_both_databases};

on_both_databases! {
    an_account_that_was_connected_signs_its_owner_in,
    an_address_connects_nobody,
    an_account_that_is_connected_is_nobody_elses,
    a_trip_is_finished_where_it_was_begun_and_once,
    somebody_who_was_suspended_stays_outside,
    connecting_asks_for_a_recent_proof,
    more_access_is_kept_when_signing_in_with_less,
    a_bitbucket_account_is_its_uuid,
    google_and_others_sign_in_who_connected_them,
    a_tenant_that_claims_to_be_another_is_refused,
    whoever_cancels_at_the_provider_is_told_so,
}

fn signed_in(arrived: Result<Arrived>) -> SignedIn {
    match arrived.unwrap() {
        Arrived::SignedIn(signed_in) => *signed_in,
        _ => panic!("nobody was signed in"),
    }
}

fn to_sign_in() -> Errand {
    Errand::SignIn { next: String::new() }
}

fn to_link(request: &Request) -> Errand {
    Errand::Link {
        account: request.caller.account().unwrap(),
    }
}

async fn connect(world: &Elsewhere, who: &Persona, provider: &str, login: &str) {
    let request = world.app.by(who).await;
    let arrived = world.travel(provider, login, to_link(&request), Some(&request)).await;
    assert!(matches!(arrived.unwrap(), Arrived::Linked(_)));
}

async fn an_account_that_was_connected_signs_its_owner_in(world: Elsewhere) {
    world.host.add(7, "MiaCodes", "mia@elsewhere.example");
    let unknown = world.travel("github", "MiaCodes", to_sign_in(), None).await;
    assert_eq!(refused(unknown), "identity_not_linked");
    connect(&world, &world.app.mia, "github", "MiaCodes").await;

    let back = signed_in(world.travel("github", "MiaCodes", to_sign_in(), None).await);
    assert_eq!(back.account.id, world.app.mia.account);
    assert_eq!(back.session.proof.method, Method::Github);

    // The name may change; whoever takes it is somebody else.
    world.host.rename(7, "MiaLeft");
    world.host.add(8, "MiaCodes", "mallory@elsewhere.example");
    let taken = world.travel("github", "MiaCodes", to_sign_in(), None).await;
    assert_eq!(refused(taken), "identity_not_linked");
    let renamed = signed_in(world.travel("github", "MiaLeft", to_sign_in(), None).await);
    assert_eq!(renamed.account.id, world.app.mia.account);

    let by = world.app.by(&world.app.mia).await;
    let all = world.app.roster.my_identities(&by).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].provider.as_str(), all[0].username.as_deref()),
        ("github", Some("MiaLeft"))
    );
    assert_eq!(all[0].scopes, ["read:user", "user:email"]);
    done(world.app.roster.unlink(&by, all[0].id).await);
    let gone = world.travel("github", "MiaLeft", to_sign_in(), None).await;
    assert_eq!(refused(gone), "identity_not_linked");
}

async fn an_address_connects_nobody(world: Elsewhere) {
    let mia = &world.app.mia;
    world.host.add(9, "mia", &mia.email);
    let same_name_and_address = world.travel("github", "mia", to_sign_in(), None).await;
    assert_eq!(refused(same_name_and_address), "identity_not_linked");
}

async fn an_account_that_is_connected_is_nobody_elses(world: Elsewhere) {
    world.host.add(7, "MiaCodes", "mia@elsewhere.example");
    connect(&world, &world.app.mia, "github", "MiaCodes").await;
    let adam = world.app.by(&world.app.adam).await;
    let taken = world.travel("github", "MiaCodes", to_link(&adam), Some(&adam)).await;
    assert_eq!(refused(taken), "identity_taken");
    // Who set out to connect it for adam is not olivia.
    let back = world.go("github", "MiaCodes", Asked::Identity, to_link(&adam)).await;
    let olivia = world.app.by(&world.app.olivia).await;
    assert_eq!(refused(world.arrive(&back, Some(&olivia)).await), "sign_in_interrupted");
    let back = world.go("github", "MiaCodes", Asked::Identity, to_link(&adam)).await;
    assert_eq!(refused(world.arrive(&back, None).await), "sign_in_interrupted");
    // Nor is what is mia's to be seen or taken away by adam.
    let mias = world.app.by(&world.app.mia).await;
    let identity = world.app.roster.my_identities(&mias).await.unwrap()[0].id;
    assert!(world.app.roster.my_identities(&adam).await.unwrap().is_empty());
    assert_eq!(refused(world.app.roster.unlink(&adam, identity).await), "not_found");
}

async fn a_trip_is_finished_where_it_was_begun_and_once(world: Elsewhere) {
    world.host.add(7, "MiaCodes", "mia@elsewhere.example");
    connect(&world, &world.app.mia, "github", "MiaCodes").await;
    let roster = &world.app.roster;
    let back = world.go("github", "MiaCodes", Asked::Identity, to_sign_in()).await;
    let strange = roster.come_back(&back.state, Some("another browser's")).await;
    assert_eq!(refused(strange), "sign_in_interrupted");
    assert_eq!(
        refused(roster.come_back(&back.state, None).await),
        "sign_in_interrupted"
    );
    let trip = roster.come_back(&back.state, Some(&back.state)).await.unwrap();
    let again = roster.come_back(&back.state, Some(&back.state)).await;
    assert_eq!(refused(again), "sign_in_interrupted");
    // The answer of one provider is not brought to another's address.
    let mixed = roster
        .arrive(&trip, "bitbucket", &back.callback(), None, &origin())
        .await;
    assert_eq!(refused(mixed), "identity_provider_failed");
    signed_in(roster.arrive(&trip, "github", &back.callback(), None, &origin()).await);
    // A code is good once.
    let reused = roster.arrive(&trip, "github", &back.callback(), None, &origin()).await;
    assert_eq!(refused(reused), "identity_provider_failed");
    // A code that was stolen from another trip does not fit this one's verifier.
    let stolen = world.go("github", "MiaCodes", Asked::Identity, to_sign_in()).await;
    let own = world.go("github", "MiaCodes", Asked::Identity, to_sign_in()).await;
    let trip = roster.come_back(&own.state, Some(&own.state)).await.unwrap();
    let swapped = roster
        .arrive(&trip, "github", &stolen.callback(), None, &origin())
        .await;
    assert_eq!(refused(swapped), "identity_provider_failed");
    // Ten minutes are enough for anybody.
    let late = world.go("github", "MiaCodes", Asked::Identity, to_sign_in()).await;
    world.app.pass(10 * domain::time::MINUTE);
    let late = roster.come_back(&late.state, Some(&late.state)).await;
    assert_eq!(refused(late), "sign_in_interrupted");
}

async fn somebody_who_was_suspended_stays_outside(world: Elsewhere) {
    world.host.add(7, "MiaCodes", "mia@elsewhere.example");
    connect(&world, &world.app.mia, "github", "MiaCodes").await;
    let authorized = crate::story::manage(&world.app, &world.app.adam).await;
    done(service::member::suspension::suspend(authorized, world.app.mia.id(), None).await);
    let outside = world.travel("github", "MiaCodes", to_sign_in(), None).await;
    assert!(matches!(outside, Err(service::Error::AccountSuspended)));
}

async fn connecting_asks_for_a_recent_proof(world: Elsewhere) {
    world.host.add(7, "MiaCodes", "mia@elsewhere.example");
    let early = world.app.by(&world.app.mia).await;
    let back = world.go("github", "MiaCodes", Asked::Identity, to_link(&early)).await;
    world.app.pass(9 * domain::time::MINUTE);
    assert!(
        world
            .arrive(&back, Some(&world.app.by(&world.app.mia).await))
            .await
            .is_ok()
    );
    world.app.pass(2 * domain::time::MINUTE);
    let late = world.app.by(&world.app.mia).await;
    let refused_late = world.travel("github", "MiaCodes", to_link(&late), Some(&late)).await;
    assert_eq!(refused(refused_late), "proof_required");
    let identity = world.app.roster.my_identities(&late).await.unwrap()[0].id;
    assert_eq!(
        refused(world.app.roster.unlink(&late, identity).await),
        "proof_required"
    );
}

async fn more_access_is_kept_when_signing_in_with_less(world: Elsewhere) {
    world.host.add(7, "MiaCodes", "mia@elsewhere.example");
    let by = world.app.by(&world.app.mia).await;
    let back = world.go("github", "MiaCodes", Asked::Repositories, to_link(&by)).await;
    world.arrive(&back, Some(&by)).await.unwrap();
    connect(&world, &world.app.mia, "github", "MiaCodes").await;
    signed_in(world.travel("github", "MiaCodes", to_sign_in(), None).await);
    let all = world.app.roster.my_identities(&by).await.unwrap();
    assert_eq!(all[0].scopes, ["read:user", "user:email", "repo"]);
}

async fn a_bitbucket_account_is_its_uuid(world: Elsewhere) {
    world.host.add(7, "Mia Codes", "mia@elsewhere.example");
    connect(&world, &world.app.mia, "bitbucket", "Mia Codes").await;
    let back = signed_in(world.travel("bitbucket", "Mia Codes", to_sign_in(), None).await);
    assert_eq!(
        (back.account.id, back.session.proof.method),
        (world.app.mia.account, Method::Bitbucket)
    );
    // The same number at the other host is somebody else.
    let other = world.travel("github", "Mia Codes", to_sign_in(), None).await;
    assert_eq!(refused(other), "identity_not_linked");
}

async fn google_and_others_sign_in_who_connected_them(world: WithIssuers) {
    let WithIssuers { elsewhere: world, .. } = world;
    for (provider, method) in [
        ("google", Method::Google),
        ("microsoft", Method::Microsoft),
        ("plain", Method::Oidc),
    ] {
        let unknown = world
            .travel(provider, "mia@elsewhere.example", to_sign_in(), None)
            .await;
        assert_eq!(refused(unknown), "identity_not_linked", "{provider}");
        let token = testkit::persona::sign_in(&world.app.roster, "mia", PASSWORD).await;
        let by = request(&world.app.roster, &token).await;
        world
            .travel(provider, "mia@elsewhere.example", to_link(&by), Some(&by))
            .await
            .unwrap();
        let back = signed_in(
            world
                .travel(provider, "mia@elsewhere.example", to_sign_in(), None)
                .await,
        );
        assert_eq!(
            (back.account.id, back.session.proof.method),
            (world.app.mia.account, method)
        );
        let identities = world.app.roster.my_identities(&by).await.unwrap();
        let identity = identities.iter().find(|one| one.provider == provider).unwrap();
        // The issuer that tells addresses only when asked once more was asked.
        assert_eq!(identity.email.as_deref(), Some("mia@elsewhere.example"), "{provider}");
        assert_eq!(
            identity.tenant.as_deref(),
            (provider == "microsoft").then_some(TENANTS[0])
        );
    }
}

async fn a_tenant_that_claims_to_be_another_is_refused(world: WithIssuers) {
    world.issuer.claim_tenant(TENANTS[1]).await;
    let hostile = world
        .elsewhere
        .travel("microsoft", "mia@elsewhere.example", to_sign_in(), None)
        .await;
    assert_eq!(refused(hostile), "identity_provider_failed");
}

async fn whoever_cancels_at_the_provider_is_told_so(world: Elsewhere) {
    let mut back = world.go("github", "nobody", Asked::Identity, to_sign_in()).await;
    back.query = [("error", "access_denied"), ("error_description", "You said no.")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let error = world.arrive(&back, None).await.err().unwrap();
    assert!(error.to_string().contains("You said no."), "{error}");
}
