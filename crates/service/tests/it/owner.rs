//! Ownership of an organization: it moves by its own acts, and never leaves an organization without one.

use domain::permission::OrganizationChangeOwner;
use service::member::ownership::{give_up, grant};
use service::{Authorized, Roster};
use testkit::persona::{done, refused, request};
use testkit::{App, Persona, on_both_databases};

use crate::story::member;

on_both_databases! {
    an_owner_grants_ownership_and_gives_up_their_own,
    of_two_owners_who_give_up_at_once_one_stays,
    an_admin_cannot_make_an_owner,
}

async fn owning(app: &App, by: &Persona) -> Authorized<OrganizationChangeOwner> {
    let request = app.by(by).await;
    app.roster
        .authorize::<OrganizationChangeOwner>(&request, &app.acme)
        .await
        .unwrap()
}

async fn an_owner_grants_ownership_and_gives_up_their_own(app: App) {
    assert_eq!(
        refused(give_up(owning(&app, &app.olivia).await, app.olivia.id()).await),
        "last_owner"
    );
    done(grant(owning(&app, &app.olivia).await, app.mia.id()).await);
    assert!(member(&app, app.mia.id()).await.is_active_owner());
    // Nobody takes another's ownership.
    assert_eq!(
        refused(give_up(owning(&app, &app.mia).await, app.olivia.id()).await),
        "owner_protected"
    );
    done(give_up(owning(&app, &app.olivia).await, app.olivia.id()).await);
    assert_eq!(member(&app, app.olivia.id()).await.role.slug, "admin");
}

async fn of_two_owners_who_give_up_at_once_one_stays(app: App) {
    done(grant(owning(&app, &app.olivia).await, app.adam.id()).await);
    let second = app.peer().await;
    let one = tokio::spawn(leave_office(app.roster.clone(), app.olivia.clone()));
    let other = tokio::spawn(leave_office(second, app.adam.clone()));
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    assert_eq!(
        [&one, &other].into_iter().filter(|outcome| outcome.is_ok()).count(),
        1,
        "{one:?} {other:?}"
    );
    assert_eq!(one.and(other).unwrap_err(), "last_owner");
    let owners = [app.olivia.id(), app.adam.id()].map(|id| member(&app, id));
    let [olivia, adam] = owners;
    assert!(olivia.await.is_active_owner() != adam.await.is_active_owner());
}

async fn leave_office(roster: Roster, persona: Persona) -> Result<(), String> {
    let request = request(&roster, &persona.token).await;
    let acme = testkit::persona::organization("acme");
    let authorized = match roster.authorize::<OrganizationChangeOwner>(&request, &acme).await {
        Ok(authorized) => authorized,
        Err(error) => return Err(error.to_string()),
    };
    match give_up(authorized, persona.id()).await {
        Ok(_) => Ok(()),
        Err(service::Error::Refused(refusal)) => Err(refusal.code().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

async fn an_admin_cannot_make_an_owner(app: App) {
    let by_adam = app.by(&app.adam).await;
    let asked = app
        .roster
        .authorize::<OrganizationChangeOwner>(&by_adam, &app.acme)
        .await;
    assert_eq!(refused(asked), "permission_required");
}
