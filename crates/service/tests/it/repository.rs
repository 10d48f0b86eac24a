//! What working on the repository of a project gives there.

use domain::id::AccountId;
use domain::permission::{
    Level, Permission, ProjectAccessManage, ProjectAccessView, ProjectCreate, ProjectView, RoleManage,
};
use domain::project::{Repository, Visibility};
use domain::time::{DAY, HOUR};
use service::federation::Asked;
use service::project::access::Access;
use service::project::{NewProject, ProjectEdit, access, repository};
use service::role::making::NewRole;
use service::sign_in::Errand;
use service::{OrganizationRef, Request};
use testkit::elsewhere::Elsewhere;
use testkit::persona::{self, done, previewed, refused};
use testkit::{Persona, on_both_databases};

on_both_databases! {
    whoever_works_on_the_repository_has_a_role_on_the_project,
    a_host_that_tells_no_more_is_believed_for_a_day,
    nobodys_account_is_used_once_they_are_shut_out,
    a_repository_named_no_more_gives_nothing_and_the_preview_says_so,
    nobody_gives_by_a_repository_what_they_lack,
    where_the_preset_gives_nothing_no_host_is_asked,
}

/// An organization whose preset lets repositories give roles, with Dora who owns it, Wes who writes and Rita who reads.
struct Pipes {
    organization: OrganizationRef,
    dora: Persona,
    wes: Persona,
    rita: Persona,
}

async fn pipes(world: &Elsewhere) -> Pipes {
    let roster = &world.app.roster;
    let dora = persona::open(roster, &world.app.sid, "pipes", "dora", "delivery").await;
    let organization = persona::organization("pipes");
    let wes = persona::create(roster, &dora, &organization, "wes", "member").await;
    let rita = persona::create(roster, &dora, &organization, "rita", "member").await;
    for (id, who, right) in [(1, &dora, "admin"), (2, &wes, "write"), (3, &rita, "read")] {
        world.host.add(id, &who.username, &who.email);
        world.host.share("acme/website", &who.username, right);
    }
    connect(world, &dora).await;
    connect(world, &wes).await;
    connect(world, &rita).await;
    Pipes {
        organization,
        dora,
        wes,
        rita,
    }
}

async fn connect(world: &Elsewhere, who: &Persona) {
    let account: AccountId = who.account;
    // Connecting asks for a recent proof.
    let token = persona::sign_in(&world.app.roster, &who.username, persona::PASSWORD).await;
    let request = persona::request(&world.app.roster, &token).await;
    let back = world
        .go("github", &who.username, Asked::Repositories, Errand::Link { account })
        .await;
    world.arrive(&back, Some(&request)).await.unwrap();
}

fn named(world: &Elsewhere) -> Repository {
    Repository {
        host: world.host.url.trim_start_matches("http://").to_owned(),
        name: "acme/website".to_owned(),
    }
}

async fn website(world: &Elsewhere, pipes: &Pipes) {
    let request = world.app.by(&pipes.dora).await;
    let authorized = world
        .app
        .roster
        .authorize::<ProjectCreate>(&request, &pipes.organization)
        .await
        .unwrap();
    let new = NewProject {
        name: "Website".to_owned(),
        visibility: Some(Visibility::MembersOnly),
        repository: Some(named(world)),
        ..NewProject::default()
    };
    done(service::project::create(authorized, new).await);
}

async fn can(world: &Elsewhere, pipes: &Pipes, who: &Persona, permission: Permission) -> bool {
    let request = world.app.by(who).await;
    let seen = world
        .app
        .roster
        .see_on::<ProjectView>(&request, &pipes.organization, "website")
        .await;
    seen.is_ok_and(|seen| seen.actor().grants.has_on(permission, &seen.facts().unwrap()))
}

async fn told(world: &Elsewhere, pipes: &Pipes) -> Access {
    let request = world.app.by(&pipes.dora).await;
    let mut seen = world
        .app
        .roster
        .see_on::<ProjectAccessView>(&request, &pipes.organization, "website")
        .await
        .unwrap();
    access::list(&mut seen, None, None, 50).await.unwrap()
}

async fn asked(world: &Elsewhere) -> usize {
    world.app.roster.ask_hosts_due().await.unwrap()
}

async fn whoever_works_on_the_repository_has_a_role_on_the_project(world: Elsewhere) {
    let pipes = pipes(&world).await;
    website(&world, &pipes).await;
    assert!(!can(&world, &pipes, &pipes.rita, Permission::ProjectView).await);
    assert_eq!(asked(&world).await, 1);
    assert!(can(&world, &pipes, &pipes.wes, Permission::ProjectEdit).await);
    assert!(can(&world, &pipes, &pipes.rita, Permission::ProjectView).await);
    assert!(!can(&world, &pipes, &pipes.rita, Permission::ProjectEdit).await);
    let followed = told(&world, &pipes).await.followed.unwrap();
    let people: Vec<_> = followed
        .people
        .iter()
        .map(|one| (one.name.as_str(), one.role.slug.as_str()))
        .collect();
    assert_eq!(
        people,
        [("Dora", "contributor"), ("Rita", "reader"), ("Wes", "contributor")]
    );

    // An account that is connected no more gives nothing, at once.
    let wes = world.app.by(&pipes.wes).await;
    let own = world.app.roster.my_identities(&wes).await.unwrap().remove(0);
    done(world.app.roster.unlink(&wes, own.id).await);
    assert!(!can(&world, &pipes, &pipes.wes, Permission::ProjectView).await);

    // What is given or taken there is known within the hour.
    world.host.share("acme/website", "rita", "admin");
    assert_eq!(asked(&world).await, 0);
    world.app.pass(HOUR);
    assert_eq!(asked(&world).await, 1);
    assert!(can(&world, &pipes, &pipes.rita, Permission::ProjectEdit).await);
    world.host.share("acme/website", "rita", "");
    world.app.pass(HOUR);
    asked(&world).await;
    assert!(!can(&world, &pipes, &pipes.rita, Permission::ProjectView).await);
}

async fn a_host_that_tells_no_more_is_believed_for_a_day(world: Elsewhere) {
    let pipes = pipes(&world).await;
    website(&world, &pipes).await;
    asked(&world).await;
    world.host.forget_access();
    world.app.pass(HOUR);
    assert_eq!(asked(&world).await, 1);
    let watched = told(&world, &pipes).await.followed.unwrap().watched.unwrap();
    let answer = watched.answer.unwrap();
    assert!(
        answer.starts_with("401") && answer.contains("connect GitHub"),
        "{answer}"
    );
    assert!(can(&world, &pipes, &pipes.wes, Permission::ProjectEdit).await);
    world.app.pass(DAY - HOUR);
    assert!(!can(&world, &pipes, &pipes.wes, Permission::ProjectView).await);

    // Whoever connects again may have it asked again, in their own name.
    connect(&world, &pipes.dora).await;
    let authorized = on::<ProjectAccessManage>(&world, &pipes, &world.app.by(&pipes.dora).await).await;
    done(repository::ask_again(authorized.unwrap()).await);
    assert_eq!(asked(&world).await, 1);
    assert!(can(&world, &pipes, &pipes.wes, Permission::ProjectEdit).await);
}

async fn nobodys_account_is_used_once_they_are_shut_out(world: Elsewhere) {
    let pipes = pipes(&world).await;
    website(&world, &pipes).await;
    let roster = &world.app.roster;
    let ada = persona::create(roster, &pipes.dora, &pipes.organization, "ada", "admin").await;
    world.host.add(4, &ada.username, &ada.email);
    world.host.share("acme/website", &ada.username, "admin");
    connect(&world, &ada).await;
    let authorized = on::<ProjectAccessManage>(&world, &pipes, &world.app.by(&ada).await).await;
    done(repository::ask_again(authorized.unwrap()).await);
    assert_eq!(asked(&world).await, 1);
    let manages = roster
        .authorize(&world.app.by(&pipes.dora).await, &pipes.organization)
        .await;
    done(service::member::disablement::disable(manages.unwrap(), ada.id(), None).await);
    world.app.pass(HOUR);
    assert_eq!(asked(&world).await, 1);
    let watched = told(&world, &pipes).await.followed.unwrap().watched.unwrap();
    assert!(watched.answer.unwrap().contains("no active member"));
    world.app.pass(DAY);
    assert!(!can(&world, &pipes, &pipes.wes, Permission::ProjectView).await);
}

async fn on<P: domain::permission::Needs>(
    world: &Elsewhere,
    pipes: &Pipes,
    request: &Request,
) -> service::Result<service::Authorized<P>> {
    world
        .app
        .roster
        .authorize_on::<P>(request, &pipes.organization, "website")
        .await
}

async fn a_repository_named_no_more_gives_nothing_and_the_preview_says_so(world: Elsewhere) {
    let pipes = pipes(&world).await;
    website(&world, &pipes).await;
    asked(&world).await;
    let none = || ProjectEdit {
        repository: Some(None),
        ..ProjectEdit::default()
    };
    let tried = world.app.tried_by(&pipes.dora).await;
    let authorized = on::<ProjectView>(&world, &pipes, &tried).await.unwrap();
    let preview = previewed(service::project::edit(authorized, none()).await);
    let losing: std::collections::BTreeSet<&str> = preview
        .effects
        .iter()
        .filter(|effect| effect.kind == domain::effect::Kind::PermissionLost)
        .map(|effect| effect.subject.name.as_str())
        .collect();
    assert_eq!(losing.into_iter().collect::<Vec<_>>(), ["Rita", "Wes"]);
    let authorized = on::<ProjectView>(&world, &pipes, &world.app.by(&pipes.dora).await)
        .await
        .unwrap();
    done(service::project::edit(authorized, none()).await);
    assert!(!can(&world, &pipes, &pipes.wes, Permission::ProjectView).await);
    world.app.pass(HOUR);
    assert_eq!(asked(&world).await, 0);
}

async fn nobody_gives_by_a_repository_what_they_lack(world: Elsewhere) {
    let pipes = pipes(&world).await;
    website(&world, &pipes).await;
    let request = world.app.by(&pipes.dora).await;
    let making = world
        .app
        .roster
        .authorize::<RoleManage>(&request, &pipes.organization)
        .await
        .unwrap();
    let new = NewRole {
        name: "Keeper".to_owned(),
        applies_to: Some(Level::Project),
        permissions: vec!["roster.project.view".to_owned(), "roster.project.manage".to_owned()],
        ..NewRole::default()
    };
    let keeper = done(service::role::making::create(making, new).await).role.slug;
    let authorized = on::<ProjectAccessManage>(&world, &pipes, &world.app.by(&pipes.dora).await)
        .await
        .unwrap();
    done(access::grant(authorized, &pipes.wes.id().to_string(), &keeper, None).await);
    let authorized = on::<ProjectView>(&world, &pipes, &world.app.by(&pipes.wes).await)
        .await
        .unwrap();
    let other = ProjectEdit {
        repository: Some(Some(Repository {
            name: "acme/backend".to_owned(),
            ..named(&world)
        })),
        ..ProjectEdit::default()
    };
    assert_eq!(refused(service::project::edit(authorized, other).await), "cannot_grant");
}

async fn where_the_preset_gives_nothing_no_host_is_asked(world: Elsewhere) {
    let request = world.app.by(&world.app.olivia).await;
    let authorized = world
        .app
        .roster
        .authorize::<ProjectCreate>(&request, &world.app.acme)
        .await
        .unwrap();
    let new = NewProject {
        name: "Website".to_owned(),
        repository: Some(named(&world)),
        ..NewProject::default()
    };
    done(service::project::create(authorized, new).await);
    assert_eq!(asked(&world).await, 0);
}
