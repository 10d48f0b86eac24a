//! Whom people mean who type a name instead of an id.

use domain::permission::{GroupView, OrganizationView, ServiceAccountManage, ServiceAccountView};
use service::authorization::Reading;
use service::group::making::{self, NewGroup};
use service::naming::{Kind, Meant, meant, suggestions};
use service::organization::{FirstOwner, NewTenant};
use service::service_account::{self, NewServiceAccount};
use service::{Authorized, Result};
use testkit::persona::{self, done};
use testkit::{App, Persona, on_both_databases};

use crate::group::managing;

on_both_databases! {
    people_groups_and_service_accounts_are_meant_by_what_they_are_called,
    of_two_people_of_one_name_neither_is_meant,
    nobody_of_another_organization_is_meant,
    nobody_is_offered_what_they_may_not_see,
    lists_are_searched_without_the_marks_of_letters,
}

const ALL: [Kind; 3] = [Kind::Member, Kind::Group, Kind::ServiceAccount];

async fn seen(app: &App, by: &Persona) -> Authorized<OrganizationView, Reading> {
    app.roster.see(&app.by(by).await, &app.acme).await.unwrap()
}

async fn found(app: &App, by: &Persona, typed: &str) -> Result<Meant> {
    meant(&mut seen(app, by).await, &ALL, typed).await
}

async fn name_of(app: &App, typed: &str) -> String {
    match found(app, &app.gus, typed).await.unwrap() {
        Meant::One(named) => format!("{} {}", named.who.kind(), named.name),
        other => format!("{other:?}"),
    }
}

async fn group(app: &App, name: &str) {
    let new = NewGroup {
        name: name.to_owned(),
        ..NewGroup::default()
    };
    done(making::create(managing(app, &app.olivia).await, new).await);
}

async fn robot(app: &App, name: &str) {
    let by = app.by(&app.olivia).await;
    let authorized: Authorized<ServiceAccountManage> = app.roster.authorize(&by, &app.acme).await.unwrap();
    let new = NewServiceAccount {
        name: name.to_owned(),
        ..NewServiceAccount::default()
    };
    done(service_account::create(authorized, &new).await);
}

async fn people_groups_and_service_accounts_are_meant_by_what_they_are_called(app: App) {
    group(&app, "Night Watch").await;
    robot(&app, "Deployer").await;
    let (id, email) = (app.mia.id().to_string(), app.mia.email.to_uppercase());
    for (typed, name) in [
        ("mia", "member Mia"),
        (" @Mia ", "member Mia"),
        (&email, "member Mia"),
        (&id, "member Mia"),
        ("deployer", "service_account Deployer"),
        ("night-watch", "group Night Watch"),
        ("NIGHT WATCH", "group Night Watch"),
        ("m", "Nobody"),
        ("%", "Nobody"),
        ("", "Nobody"),
    ] {
        assert_eq!(name_of(&app, typed).await, name, "{typed:?}");
    }
    let only_people = meant(&mut seen(&app, &app.gus).await, &[Kind::Member], "night-watch").await;
    assert_eq!(only_people.unwrap(), Meant::Nobody);
}

async fn of_two_people_of_one_name_neither_is_meant(app: App) {
    group(&app, "Mia Two").await;
    for username in ["mia.one", "mia.two"] {
        let new = service::member::creation::NewPerson {
            name: "Mia Two".to_owned(),
            email: Some(format!("{username}@example.net")),
            username: Some(username.to_owned()),
            ..Default::default()
        };
        done(service::member::creation::create(&app.roster, &app.by(&app.olivia).await, &app.acme, new).await);
    }
    assert_eq!(name_of(&app, "Mia Two").await, "Several");
    assert_eq!(name_of(&app, "mia.two").await, "member Mia Two");
    // A short name is one group's alone.
    assert_eq!(name_of(&app, "mia-two").await, "group Mia Two");
}

async fn nobody_of_another_organization_is_meant(app: App) {
    for typed in ["eve", app.eve.email.as_str(), &app.eve.id().to_string()] {
        assert_eq!(name_of(&app, typed).await, "Nobody", "{typed}");
    }
}

async fn nobody_is_offered_what_they_may_not_see(app: App) {
    group(&app, "Night Watch").await;
    robot(&app, "Deployer").await;
    persona::create(&app.roster, &app.olivia, &app.acme, "ada", "member").await;
    let offered = async |by: &Persona, of_each| {
        let found = suggestions(&mut seen(&app, by).await, &ALL, of_each).await.unwrap();
        found.into_iter().map(|named| named.typed).collect::<Vec<_>>()
    };
    assert_eq!(
        offered(&app.olivia, 50).await,
        ["ada", "adam", "gus", "mia", "olivia", "night-watch", "Deployer"]
    );
    assert_eq!(offered(&app.mia, 2).await, ["ada", "adam", "night-watch"]);
    assert!(offered(&app.gus, 50).await.is_empty());
}

async fn lists_are_searched_without_the_marks_of_letters(app: App) {
    group(&app, "Señores").await;
    group(&app, "Equipo González").await;
    robot(&app, "Müller-Bot").await;
    crate::project::make(&app, &app.olivia, "Façade").await;
    let tenant = NewTenant {
        name: "Société Générale d'Essai".to_owned(),
        slug: "essai".to_owned(),
        preset: None,
        owner: FirstOwner::Me,
    };
    done(app.roster.open_organization(&app.by(&app.sid).await, &tenant).await);
    for typed in ["gonzalez", " GONZÁLEZ ", "equipo gonza\u{301}lez"] {
        let mut seen: Authorized<GroupView, Reading> =
            app.roster.see(&app.by(&app.mia).await, &app.acme).await.unwrap();
        let found = service::group::list(&mut seen, Some(typed), None, 5).await.unwrap();
        let names: Vec<&str> = found.items.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["Equipo González"], "{typed}");
    }
    for typed in ["facade", "FAÇ"] {
        let found = service::project::list(&mut seen(&app, &app.olivia).await, Some(typed), None, 5).await;
        assert_eq!(found.unwrap().projects.len(), 1, "{typed}");
    }
    for typed in ["muller", "müller-b"] {
        let mut seen: Authorized<ServiceAccountView, Reading> =
            app.roster.see(&app.by(&app.olivia).await, &app.acme).await.unwrap();
        let found = service_account::list(&mut seen, Some(typed), None, 5).await.unwrap();
        assert_eq!(found.len(), 1, "{typed}");
    }
    for typed in ["societe generale", "GÉNÉRALE", "essai"] {
        let filter = service::tenant::Filter {
            needle: Some(typed.to_owned()),
            ..Default::default()
        };
        let found = app.roster.tenants(&app.by(&app.sid).await, &filter, 5).await.unwrap();
        assert_eq!(found.len(), 1, "{typed}");
    }
}
