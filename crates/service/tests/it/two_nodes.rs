//! Ways in from elsewhere on two nodes: what was disconnected or turned off on one lets nobody in on the other, not even somebody
//! who is on their way.

use service::federation::Asked;
use service::invitation_acceptance::Acceptance;
use service::sign_in::saml::{Purpose, Taken, Way};
use service::sign_in::{Arrived, Errand};
use service::{Error, Result, Roster};
use testkit::app::{origin, secret};
use testkit::elsewhere::{Back, Elsewhere};
use testkit::persona::{done, refused, sign_in};
use testkit::{App, on_both_databases};

use crate::pam::{self, SYSTEM};
use crate::single_sign_on::{again, with_provider};

on_both_databases! {
    an_account_elsewhere_that_was_disconnected_on_one_node_signs_nobody_in_on_the_other,
    a_trip_that_ended_on_one_node_goes_on_nowhere,
    an_identity_provider_that_was_removed_on_one_node_lets_nobody_in_on_the_other,
    a_way_in_that_an_organization_turned_off_on_one_node_is_closed_on_the_other,
}

fn to_sign_in() -> Errand {
    Errand::SignIn { next: String::new() }
}

/// Who has come back from a provider, at this node.
async fn arrive(node: &Roster, back: &Back) -> Result<Arrived> {
    let trip = node.come_back(&back.state, Some(&back.state)).await?;
    node.arrive(&trip, &back.provider, &back.callback(), None, &origin())
        .await
}

async fn connected(world: &Elsewhere) -> Roster {
    world.host.add(7, "MiaCodes", "mia@elsewhere.example");
    let mia = world.app.by(&world.app.mia).await;
    let account = mia.caller.account().unwrap();
    let linked = world
        .travel("github", "MiaCodes", Errand::Link { account }, Some(&mia))
        .await;
    assert!(matches!(linked.unwrap(), Arrived::Linked(_)));
    let providers = world.app.roster.settings().providers.clone();
    world.app.node(|settings| settings.providers = providers).await
}

async fn an_account_elsewhere_that_was_disconnected_on_one_node_signs_nobody_in_on_the_other(world: Elsewhere) {
    let there = connected(&world).await;
    let back = world.go("github", "MiaCodes", Asked::Identity, to_sign_in()).await;
    assert!(matches!(arrive(&there, &back).await.unwrap(), Arrived::SignedIn(_)));
    // On her way when it is taken away at the other node.
    let back = world.go("github", "MiaCodes", Asked::Identity, to_sign_in()).await;
    let mia = world.app.by(&world.app.mia).await;
    let identity = world.app.roster.my_identities(&mia).await.unwrap()[0].id;
    done(there.unlink(&mia, identity).await);
    assert_eq!(refused(arrive(&world.app.roster, &back).await), "identity_not_linked");
    let back = world.go("github", "MiaCodes", Asked::Identity, to_sign_in()).await;
    assert_eq!(refused(arrive(&there, &back).await), "identity_not_linked");
    assert!(world.app.roster.my_identities(&mia).await.unwrap().is_empty());
}

async fn a_trip_that_ended_on_one_node_goes_on_nowhere(world: Elsewhere) {
    let there = connected(&world).await;
    let back = world.go("github", "MiaCodes", Asked::Identity, to_sign_in()).await;
    assert!(matches!(arrive(&there, &back).await.unwrap(), Arrived::SignedIn(_)));
    assert_eq!(refused(arrive(&world.app.roster, &back).await), "sign_in_interrupted");
    assert_eq!(refused(arrive(&there, &back).await), "sign_in_interrupted");
}

async fn an_identity_provider_that_was_removed_on_one_node_lets_nobody_in_on_the_other(app: App) {
    let Some(provider) = with_provider(&app, true).await else {
        return;
    };
    let there = app.node(|_| {}).await;
    let begun = there
        .begin_saml(&app.acme, Purpose::SignIn, "/me", false)
        .await
        .unwrap();
    let Way::Link(link) = &begun.way else {
        panic!("the metadata says redirect")
    };
    let answer = provider.answer(link, "somebody").await;
    let olivia = again(&app, &app.olivia).await;
    done(service::single_sign_on::remove(&app.roster, &olivia, &app.acme).await);
    // Nobody sets out, and whoever is back is not let in.
    assert!(
        there
            .begin_saml(&app.acme, Purpose::SignIn, "/me", false)
            .await
            .is_err()
    );
    let place = answer.to.split('/').rev().nth(1).unwrap().parse().unwrap();
    let taken = there
        .take_saml_answer(place, answer.response.clone(), &answer.state)
        .await;
    assert!(
        !matches!(taken, Ok(Taken::GoOn(_))),
        "an answer of who is trusted no more is taken"
    );
}

async fn a_way_in_that_an_organization_turned_off_on_one_node_is_closed_on_the_other(app: App) {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (pam::node(&app, &folder).await, pam::node(&app, &folder).await);
    pam::turn(&here, &app.adam, &app, true).await.unwrap();
    let link = pam::invite(&there, &app.adam, &app, Some("kim")).await.unwrap();
    let acceptance = Acceptance {
        password: Some(secret(SYSTEM)),
        ..Acceptance::default()
    };
    there
        .accept_invitation(&link, None, acceptance, &origin())
        .await
        .unwrap();
    sign_in(&there, "kim", SYSTEM).await;
    pam::turn(&here, &app.olivia, &app, false).await.unwrap();
    let off = there.sign_in("kim", secret(SYSTEM), &origin()).await;
    assert!(matches!(off, Err(Error::WrongCredentials)));
    assert_eq!(
        refused(pam::invite(&there, &app.adam, &app, Some("kim")).await),
        "method_not_set_up"
    );
}
